/* SPDX-License-Identifier: GPL-3.0-or-later */
/* audit_exact.c - two laws against a claim, in the log domain: no mass is too small to matter. */
#include <math.h>

#include "audit/audit_pair.h"

const char *wh_verdict_name(enum wh_verdict verdict) {
    static const char *const names[] = {"within", "not refuted", "refuted", "no claim"};
    return names[verdict];
}

static void take_worse(struct wh_worst *worst, double difference, uint32_t word) {
    *worst = (struct wh_worst){fabs(difference), word, difference > 0};
}

double wh_audit_beyond(double log_from, double log_to, double loss) {
    return -exp(log_from) * expm1(loss + log_to - log_from);
}

void wh_audit_exact(const double *log_a, const double *log_b, uint32_t words, double loss,
                    struct wh_finding *finding) {
    const double likely = log(WH_LIKELY);
    *finding = (struct wh_finding){.exact = true, .event_words = 1};
    for (uint32_t u = 0; u < words; u++) {
        double a = log_a[u], b = log_b[u];
        if (a == b) /* both impossible, or just the same */
            continue;
        if (fabs(a - b) > finding->worst.value)
            take_worse(&finding->worst, a - b, u);
        if (fabs(a - b) > finding->likely.value && (a >= likely || b >= likely))
            take_worse(&finding->likely, a - b, u);
        if (a - b > loss)
            finding->deltas[0] += wh_audit_beyond(a, b, loss);
        else if (b - a > loss)
            finding->deltas[1] += wh_audit_beyond(b, a, loss);
    }
    for (int i = 0; i < 2; i++) { /* sums of a law may round beyond 1 */
        finding->deltas[i] = fmin(1, finding->deltas[i]);
        finding->delta = fmax(finding->delta, finding->deltas[i]);
    }
}

enum wh_verdict wh_audit_verdict(const struct wh_finding *finding, struct wh_claim claim) {
    if (claim.loss == HUGE_VAL)
        return WH_VERDICT_NO_CLAIM;
    if (!finding->exact) /* bounds are on the safe side already */
        return finding->delta > claim.delta ? WH_VERDICT_REFUTED : WH_VERDICT_NOT_REFUTED;
    bool within = claim.delta > 0
                      ? finding->delta <= claim.delta * (1 + WH_AUDIT_SLACK)
                      : finding->worst.value <= claim.loss * (1 + WH_AUDIT_SLACK) + WH_AUDIT_SLACK;
    return within ? WH_VERDICT_WITHIN : WH_VERDICT_REFUTED;
}
