#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tune, match and sweep as a user calls them: what they find is checked against what law says there.
. tests/lib/tap.sh

# unchanged WORD MECHANISM EPSILON: N_w by law, in $share
unchanged() {
    "$WORDHAZE" law "$1" --mech "$2" --epsilon "$3" --tsv >"$SCRATCH/law" 2>"$err"
    share=$(awk -F '\t' -v word="$1" 'FNR > 1 && $5 == word { print $8; exit }' "$SCRATCH/law")
}

# ---- tune ----
exits 0 "targets given one by one" tune queen paris --mech exponential --mech tem --json \
    --target 'nw<=0.5' --target 'sw>=10@50%' --trials 1000
[ "$(wc -l <"$out")" -eq 2 ]
ok "one answer a mechanism"
[ "$(grep -c '"target":"nw<=0.5".*"target":"sw>=10@50%"' "$out")" -eq 2 ]
ok "both targets are checked"
epsilon=$(number_of epsilon)
unchanged paris exponential "$epsilon"
near_to "$share" 0.5 1e-4
ok "the binding word stays half the time at epsilon $epsilon"
unchanged queen exponential "$epsilon"
awk -v p="$share" 'BEGIN { exit !(p > 0 && p < 0.5) }'
ok "the other word stays less often"

exits 1 "no epsilon for one of two" tune paris --mech exponential,tgm --target 'nw<=0.2'
prints 'exponential: epsilon = '
says 'wordhaze: tgm: no epsilon between the ends of the range meets nw<=0.2'
[ "$(wc -l <"$err")" -eq 1 ]
ok "one line says so"
# the nearest words are put out most where noise is neither large nor small
run tune queen --mech exponential --target 'near10>=0.9'
closest=$(sed 's/.*epsilon = \([0-9.]*\),.*/\1/' "$err")
[ "$status" -eq 1 ] && awk -v e="$closest" 'BEGIN { exit !(e > 0.5 && e < 20) }'
ok "the closest epsilon is none of the ends: $closest"

exits 0 "a drawn mechanism" tune queen --mech laplace --target 'sw>=10' --trials 500 --seed 5
prints '500 fresh draws of each:'
exits 64 "a target that is none" tune queen --target 'nw=1'
one_line

# ---- match ----
exits 0 "equal share of unchanged words" match queen --by nw --to 0.3 --mech exponential,tem --json
for mech in exponential tem; do
    grep "\"mech\":\"$mech\"" "$out" >"$SCRATCH/one"
    epsilon=$(grep -o '"epsilon":[0-9.e+-]*' "$SCRATCH/one" | cut -d : -f 2)
    unchanged queen "$mech" "$epsilon"
    near_to "$share" 0.3 1e-4
    ok "$mech: law says 0.3 at epsilon $epsilon"
done

# ---- sweep ----
exits 0 "a curve" sweep queen --mech exponential --from 1 --to 8 --points 4 --tsv
awk -F '\t' '$6 == "nw" { print $2, $7 }' "$out" >"$SCRATCH/curve"
[ "$(wc -l <"$SCRATCH/curve")" -eq 4 ]
ok "four points"
while read -r epsilon mean; do
    unchanged queen exponential "$epsilon"
    near_to "$share" "$mean" 1e-9
    ok "law says $mean at epsilon $epsilon"
done <"$SCRATCH/curve"
finish
