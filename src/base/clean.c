/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * clean.c - untrusted text made harmless: what could move a cursor, change colours, reorder or hide
 * what stands on a terminal is shown by its code point instead.
 */
#include <string.h>
#include <unictype.h>
#include <unistr.h>

#include "base/str.h"

/* Controls, format characters (bidi among them), separators of lines, surrogates, private use and
 * unassigned code points. */
static bool acts_on_terminals(ucs4_t point) {
    const uint32_t kinds = UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf | UC_CATEGORY_MASK_Cs |
                           UC_CATEGORY_MASK_Co | UC_CATEGORY_MASK_Cn | UC_CATEGORY_MASK_Zl |
                           UC_CATEGORY_MASK_Zp;
    return uc_is_general_category_withtable(point, kinds);
}

void wh_str_clean(struct wh_buf *out, const char *text, size_t length) {
    size_t at = 0;
    while (at < length) {
        const uint8_t *bytes = (const uint8_t *)text + at;
        ucs4_t point;
        int used = u8_mbtoucr(&point, bytes, length - at);
        if (used <= 0) {
            wh_buf_addf(out, "<0x%02X>", bytes[0]);
            at++;
            continue;
        }
        if (acts_on_terminals(point))
            wh_buf_addf(out, "<U+%04X>", (unsigned)point);
        else
            wh_buf_add(out, text + at, (size_t)used);
        at += (size_t)used;
    }
}
