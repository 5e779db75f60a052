/* SPDX-License-Identifier: GPL-3.0-or-later */
/* numbers.h - binary numbers of other programs' files as float32. */
#ifndef WH_NUMBERS_H
#define WH_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wh_number {
    WH_NUMBER_F32,  /* IEEE 754 binary32 */
    WH_NUMBER_F16,  /* binary16 */
    WH_NUMBER_BF16, /* the upper half of binary32 */
    WH_NUMBER_F64,  /* binary64, rounded to nearest; too large ones become infinite */
};

size_t wh_number_size(enum wh_number kind);
/* count numbers at bytes (any alignment), least significant byte first unless big. */
void wh_numbers_decode(enum wh_number kind, bool big, const unsigned char *bytes, size_t count,
                       float *values);

uint32_t wh_little32(const unsigned char *bytes);
uint64_t wh_little64(const unsigned char *bytes);

#endif
