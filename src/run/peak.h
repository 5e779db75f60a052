/* SPDX-License-Identifier: GPL-3.0-or-later */
/* peak.h - what one thread of this processor can do at most, measured: the limits of the kernels.
 */
#ifndef WH_PEAK_H
#define WH_PEAK_H

#include <stdbool.h>
#include <stddef.h>

struct wh_peak { /* multiply-adds a second with a kernel's instructions */
    double floats;
    double bytes; /* NAN where the kernel has none */
};
/* False if the kernel is unknown; names are those of vec.h. It must be usable. */
bool wh_peak_multiply(const char *kernel, struct wh_peak *peak);

/* Bytes a second, read once from memory that holds zeros. */
double wh_peak_read(const void *zeros, size_t size);

/* A clock that only goes forward. */
double wh_peak_seconds(void);

#endif
