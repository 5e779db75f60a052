/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_clean.c - cleaned text holds no control byte, and cleaning it again changes nothing. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct wh_buf once = {0}, twice = {0};
    wh_str_clean(&once, (const char *)data, size);
    for (size_t i = 0; i < once.length; i++)
        if ((unsigned char)once.data[i] < 0x20 || once.data[i] == 0x7f)
            abort();
    if (once.data)
        wh_str_clean(&twice, once.data, once.length);
    if (once.length != twice.length || (once.data && memcmp(once.data, twice.data, once.length)))
        abort();
    wh_buf_free(&once);
    wh_buf_free(&twice);
    return 0;
}
