/* SPDX-License-Identifier: GPL-3.0-or-later */
/* numbers.c - decoding that depends neither on the machine's byte order nor on alignment. */
#include "embed/numbers.h"

#include <math.h>
#include <string.h>

size_t wh_number_size(enum wh_number kind) {
    return kind == WH_NUMBER_F64 ? 8 : kind == WH_NUMBER_F32 ? 4 : 2;
}

static uint64_t integer(const unsigned char *bytes, size_t size, bool big) {
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)bytes[i] << 8 * (big ? size - 1 - i : i);
    return value;
}

uint32_t wh_little32(const unsigned char *bytes) {
    return (uint32_t)integer(bytes, 4, false);
}

uint64_t wh_little64(const unsigned char *bytes) {
    return integer(bytes, 8, false);
}

static float from_f32(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float from_f64(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return (float)value;
}

/* Every binary16 is a binary32: 5 bits of exponent with bias 15, 10 of fraction. */
static float from_f16(uint32_t bits) {
    uint32_t sign = (bits & 0x8000) << 16, exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
    if (exponent == 0) {
        float value = ldexpf((float)fraction, -24);
        return sign ? -value : value;
    }
    uint32_t wide = exponent == 0x1f ? 0xff : exponent + 127 - 15;
    return from_f32(sign | wide << 23 | fraction << 13);
}

static float decode(enum wh_number kind, uint64_t bits) {
    switch (kind) {
    case WH_NUMBER_F64:
        return from_f64(bits);
    case WH_NUMBER_F16:
        return from_f16((uint32_t)bits);
    case WH_NUMBER_BF16:
        return from_f32((uint32_t)bits << 16);
    default:
        return from_f32((uint32_t)bits);
    }
}

static bool little_machine(void) {
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    return first == 1;
}

void wh_numbers_decode(enum wh_number kind, bool big, const unsigned char *bytes, size_t count,
                       float *values) {
    size_t size = wh_number_size(kind);
    if (kind == WH_NUMBER_F32 && !big && little_machine()) {
        memcpy(values, bytes, count * size);
        return;
    }
    for (size_t i = 0; i < count; i++)
        values[i] = decode(kind, integer(bytes + i * size, size, big));
}
