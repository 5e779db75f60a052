#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# An audit by draws refutes a build that makes half the noise, and not the right one.
#
# Ten words on a line, one apart: with noise of density (epsilon/2) e^{-epsilon |x|} the outputs on
# one side of two neighbours have a ratio of exactly e^epsilon, of e^{2 epsilon} with half the noise.
# At level 1e-6 the right build is refuted by chance once in a million such runs; the seed is fixed.
. tests/lib/tap.sh
BROKEN=${WORDHAZE%/*}/tests/broken/wordhaze_broken

seq 0 9 | sed 's/.*/w& &/' >"$SCRATCH/line.txt"

# audit MECHANISM [FAULT]
audit() {
    "$BROKEN" ${2:+--test-break "$2"} -e "$SCRATCH/line.txt" --embedding-format glove --no-cache \
        audit w4 w5 --mech "$1:epsilon=1" --trials 20000 --level 1e-6 --seed 11 --json >"$out" 2>"$err"
    status=$?
}

claimed='laplace mahalanobis vickrey laplace-rank:c=10 laplace-ball:rho=8'
for mech in $claimed; do
    audit "$mech"
    [ "$status" -eq 0 ] && grep -q '"verdict":"not refuted"' "$out"
    ok "$mech: the right build is not refuted"
    claim=$(number_of claimed_loss)
    audit "$mech" half-noise
    [ "$status" -eq 1 ] && grep -q '"verdict":"refuted"' "$out"
    ok "$mech: half the noise is refuted"
    awk -v lower="$(number_of value)" -v claim="$claim" \
        'BEGIN { exit !(lower > claim && lower <= 2 * claim) }'
    ok "$mech: the loss lies between the claim and twice the claim"
done

# Every mechanism with a claim and without a law is among these.
run mechs --tsv
awk -F '\t' -v claimed=" $(echo "$claimed" | sed 's/:[^ ]*//g') " 'FNR > 1 && $5 == 0 &&
    $3 != "none" && $3 != "asymptotic" { seen++; if (!index(claimed, " " $1 " ")) exit 1 }
    END { exit seen != 5 }' "$out"
ok "every drawn mechanism with a claim was tried"
finish
