/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cpu.c - processor features, and how many processors we may use. */
#include "base/cpu.h"

#include <pthread.h>
#include <sched.h>

#if defined(__x86_64__)
#include <cpuid.h>
#define LEAF_FEATURES 7
#define AVX_VNNI      (1u << 4) /* of eax, subleaf 1 */
#elif defined(__aarch64__)
#include <sys/auxv.h>
#define HWCAP_DOT_PRODUCT (1UL << 20) /* asm/hwcap.h: HWCAP_ASIMDDP */
#endif

static struct wh_cpu features;
static pthread_once_t once = PTHREAD_ONCE_INIT;

#if defined(__x86_64__)
static bool has_avx_vnni(void) {
    unsigned a, b, c, d;
    return __get_cpuid_count(LEAF_FEATURES, 1, &a, &b, &c, &d) && (a & AVX_VNNI);
}
#endif

static void detect(void) {
#if defined(__x86_64__)
    __builtin_cpu_init(); /* also checks that the operating system saves the registers */
    features.avx2_fma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    features.avx512f = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                       __builtin_cpu_supports("avx512vl");
    features.avx512_vnni = features.avx512f && __builtin_cpu_supports("avx512vnni");
    features.avx512_vbmi = features.avx512_vnni && __builtin_cpu_supports("avx512vbmi");
    features.avx_vnni = features.avx2_fma && has_avx_vnni();
#elif defined(__aarch64__)
    features.neon = true;
    features.neon_dot = (getauxval(AT_HWCAP) & HWCAP_DOT_PRODUCT) != 0;
#endif
}

const struct wh_cpu *wh_cpu(void) {
    pthread_once(&once, detect);
    return &features;
}

int wh_cpu_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int count = CPU_COUNT(&set);
    return count > 0 ? count : 1;
}
