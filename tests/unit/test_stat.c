/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_stat.c - intervals against binomial sums, histograms, chi-square. */
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "stat/beta.h"
#include "stat/stat.h"
#include "tests/lib/fixture.h"

/* Pr[X <= k] for X ~ Binomial(n, p), summed term by term. */
static double binomial_cdf(int k, int n, double p) {
    double sum = 0;
    for (int i = 0; i <= k; i++)
        sum += exp(lgamma(n + 1.0) - lgamma(i + 1.0) - lgamma(n - i + 1.0) + i * log(p) +
                   (n - i) * log1p(-p));
    return sum;
}

static void clopper_pearson_is_its_definition(void **state) {
    (void)state;
    const int trials[] = {1, 2, 10, 100, 1000};
    for (size_t t = 0; t < sizeof trials / sizeof *trials; t++) {
        int n = trials[t];
        for (int k = 0; k <= n; k += n > 20 ? n / 10 : 1) {
            struct wh_interval at = wh_stat_proportion((uint64_t)k, (uint64_t)n, 0.05);
            assert_true(at.lo <= at.value && at.value <= at.hi);
            assert_true(k > 0 || at.lo == 0);
            assert_true(k < n || at.hi == 1);
            if (k > 0)
                assert_true(fabs(1 - binomial_cdf(k - 1, n, at.lo) - 0.025) < 1e-9);
            if (k < n)
                assert_true(fabs(binomial_cdf(k, n, at.hi) - 0.025) < 1e-9);
        }
    }
}

static void extreme_levels_work(void **state) {
    (void)state;
    double lower = wh_stat_lower(500000, 1000000, 1e-9);
    assert_true(lower > 0.496 && lower < 0.498);
    assert_true(wh_stat_upper(0, 1000000, 1e-9) < 3e-5);
    assert_true(wh_stat_upper(0, 1000000, 1e-9) > 2e-5);
    assert_true(wh_stat_lower(1000000, 1000000, 1e-9) < 1);
}

/* Far beyond where a binomial can be summed: few successes are Poisson (chi-square quantiles), many
 * are normal. Both limits are good to the stated tolerances: k^2/n and 1/sqrt(n). */
static void many_trials_follow_their_limits(void **state) {
    (void)state;
    const uint64_t trials[] = {123456789, 1000000000, 20000000000};
    for (int t = 0; t < 3; t++) {
        double n = (double)trials[t];
        for (uint64_t k = 1; k <= 20; k++) {
            double lo = gsl_cdf_gamma_Pinv(0.025, (double)k, 1);
            double hi = gsl_cdf_gamma_Qinv(0.025, (double)k + 1, 1);
            assert_true(fabs(wh_stat_lower(k, trials[t], 0.025) * n / lo - 1) < 1e-5);
            assert_true(fabs(wh_stat_upper(k, trials[t], 0.025) * n / hi - 1) < 1e-5);
        }
        for (uint64_t part = 2; part < 100; part += 7) {
            uint64_t k = trials[t] / part;
            double p = (double)k / n, half = 1.959963984540054 * sqrt(p * (1 - p) / n);
            struct wh_interval at = wh_stat_proportion(k, trials[t], 0.05);
            assert_true(fabs((p - at.lo) / half - 1) < 1e-3);
            assert_true(fabs((at.hi - p) / half - 1) < 1e-3);
        }
    }
}

/* The quantile put back into GSL's distribution function, where that can be relied on. */
static void quantiles_invert_the_distribution(void **state) {
    (void)state;
    const double levels[] = {0.025, 1e-3, 1e-6, 1e-9};
    for (double a = 1; a < 3000; a = ceil(a * 1.7))
        for (double b = 1; b < 3000; b = ceil(b * 1.7))
            for (int i = 0; i < 4; i++) {
                double x = exp(wh_beta_log_quantile(a, b, levels[i]));
                assert_true(fabs(gsl_cdf_beta_P(x, a, b) / levels[i] - 1) < 1e-9);
            }
}

static void means_have_intervals(void **state) {
    (void)state;
    /* 1, 2, 3, 4: mean 2.5, sd 1.29099, half width 1.95996 * sd / 2. */
    struct wh_interval at = wh_stat_mean(10, 30, 4, 0.05);
    assert_true(fabs(at.value - 2.5) < 1e-12);
    assert_true(fabs(at.hi - at.value - 1.959963985 * 1.2909944487 / 2) < 1e-8);
}

static void histograms_accumulate(void **state) {
    (void)state;
    struct wh_hist a, b;
    const uint32_t first[] = {3, 1, 3, 4}, second[] = {1, 1, 0};
    uint32_t sorted[5];
    must(wh_hist_open(5, &a));
    must(wh_hist_open(5, &b));
    wh_hist_add(&a, first, 4);
    wh_hist_add(&b, second, 3);
    wh_hist_merge(&a, &b);
    assert_int_equal(a.trials, 7);
    assert_int_equal(a.seen_count, 4);
    wh_hist_sorted(&a, sorted);
    const uint32_t expected[] = {1, 3, 0, 4}; /* by count, then id */
    assert_memory_equal(sorted, expected, sizeof expected);
    wh_hist_clear(&a);
    assert_int_equal(a.trials + a.seen_count + a.counts[1], 0);
    wh_hist_close(&a);
    wh_hist_close(&b);
}

static void bands_have_edges(void **state) {
    (void)state;
    const uint32_t ranks[] = {0, 1, 10, 11, 100, 101};
    const enum wh_band bands[] = {WH_BAND_SELF,    WH_BAND_NEAR10,  WH_BAND_NEAR10,
                                  WH_BAND_NEAR100, WH_BAND_NEAR100, WH_BAND_FAR};
    for (int i = 0; i < 6; i++)
        assert_int_equal(wh_band_of(ranks[i]), bands[i]);
}

static void chi_square_has_its_size(void **state) {
    (void)state;
    /* Textbook: (20, 30, 50) against thirds of 100: 14.0, two degrees of freedom, p = e^-7. */
    const uint64_t seen[] = {20, 30, 50};
    const double even[] = {1 / 3.0, 1 / 3.0, 1 / 3.0};
    size_t cells;
    double p = wh_stat_chi_square(seen, even, 3, 100, &cells);
    assert_int_equal(cells, 3);
    assert_true(fabs(p - exp(-7)) < 1e-9);
    /* A cell that cannot happen, and did. */
    const uint64_t impossible[] = {50, 49, 1};
    const double two[] = {0.5, 0.5, 0};
    assert_true(wh_stat_chi_square(impossible, two, 3, 100, NULL) < 1e-9);
}

static void entropy_and_percentiles(void **state) {
    (void)state;
    const double even[] = {0.25, 0.25, 0.25, 0.25, 0};
    const double values[] = {1, 2, 2, 3};
    assert_true(fabs(exp(wh_stat_entropy(even, 5)) - 4) < 1e-12);
    assert_true(wh_stat_percentile(values, 4, 2) == 50);
    assert_true(wh_stat_percentile(values, 4, 9) == 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clopper_pearson_is_its_definition),
        cmocka_unit_test(extreme_levels_work),
        cmocka_unit_test(many_trials_follow_their_limits),
        cmocka_unit_test(quantiles_invert_the_distribution),
        cmocka_unit_test(means_have_intervals),
        cmocka_unit_test(histograms_accumulate),
        cmocka_unit_test(bands_have_edges),
        cmocka_unit_test(chi_square_has_its_size),
        cmocka_unit_test(entropy_and_percentiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
