/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json_line.c - dumped JSON made short and harmless. Outside of strings JSON is ASCII. */
#include "cli/json_line.h"

#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "base/str.h"

const char *wh_real_text(double value, char out[WH_REAL_BYTES]) {
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, WH_REAL_BYTES, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
    return out;
}

/* A number; a real stays recognisable as one. Returns what follows. */
static const char *put_number(FILE *out, const char *at) {
    char text[WH_REAL_BYTES];
    size_t length = strspn(at, "+-.0123456789eE");
    if (memchr(at, '.', length) || memchr(at, 'e', length)) {
        wh_real_text(strtod(at, NULL), text);
        fprintf(out, "%s%s", text, strpbrk(text, ".e") ? "" : ".0");
    } else {
        fwrite(at, 1, length, out);
    }
    return at + length;
}

static void put_escaped(FILE *out, ucs4_t point) {
    if (point < 0x10000) {
        fprintf(out, "\\u%04x", (unsigned)point);
        return;
    }
    point -= 0x10000;
    fprintf(out, "\\u%04x\\u%04x", (unsigned)(0xd800 + (point >> 10)),
            (unsigned)(0xdc00 + (point & 0x3ff)));
}

/* A character that is not plain ASCII: as it is, or escaped if cleaning would show it as a code
 * point. */
static const char *put_character(FILE *out, const char *at, struct wh_buf *clean) {
    ucs4_t point;
    int length = u8_strmbtouc(&point, (const uint8_t *)at);
    if (length <= 0)
        length = 1; /* cannot be: what dumps JSON checks UTF-8 */
    wh_buf_clear(clean);
    wh_str_clean(clean, at, (size_t)length);
    if (clean->failed || !clean->data || clean->data[0] == '<')
        put_escaped(out, point);
    else
        fwrite(at, 1, (size_t)length, out);
    return at + length;
}

static const char *put_string(FILE *out, const char *at, struct wh_buf *clean) {
    fputc(*at++, out);
    while (*at && *at != '"') {
        unsigned char byte = (unsigned char)*at;
        if (byte >= 0x7f) {
            at = put_character(out, at, clean);
            continue;
        }
        if (byte == '\\')
            fputc(*at++, out); /* what it escapes goes with it */
        fputc(*at++, out);
    }
    if (*at)
        fputc(*at++, out);
    return at;
}

void wh_json_line(FILE *out, const char *json) {
    struct wh_buf clean = {0};
    while (*json) {
        if (*json == '"')
            json = put_string(out, json, &clean);
        else if (strchr("-0123456789", *json))
            json = put_number(out, json);
        else
            fputc(*json++, out);
    }
    fputc('\n', out);
    wh_buf_free(&clean);
}
