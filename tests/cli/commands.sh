#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What every command answers on the built-in embedding.
. tests/lib/tap.sh

# ---- near ----
exits 0 "near" near queen -k 5 --json
prints '{"schema":"wordhaze.near/1","embedding":"glove.6B.100d 20k","words":20000,"dim":100,"word":"queen"'
prints '{"rank":1,"word":"princess","distance":3.8532465'
near_to "$(number_of distance)" 3.853246544071144 1e-6
ok "near: distance as by a plain scan in double"
cp "$out" "$SCRATCH/near.json"
for kernel in scalar avx2 avxvnni avx512 vnni vbmi neon neondot; do
    if WORDHAZE_KERNEL=$kernel "$WORDHAZE" near queen -k 5 --json >"$out" 2>"$err"; then
        cmp -s "$out" "$SCRATCH/near.json"
        ok "near: the same bytes with kernel $kernel"
    fi
done
WORDHAZE_KERNEL=scalar "$WORDHAZE" sim queen --mech laplace --eps 8 -n 300 --seed 1 --json \
    >"$SCRATCH/scalar.json" 2>"$err"
run sim queen --mech laplace --eps 8 -n 300 --seed 1 --json
cmp -s "$out" "$SCRATCH/scalar.json"
ok "sim: the same bytes with kernel scalar"
WORDHAZE_KERNEL=steam run near queen
[ "$status" -eq 64 ]
ok "an unknown kernel: exit 64"

printf 'm 0 0\nz 0 2\ny 2 0\nx 1 0\na 0 1\nb 0 -1\n' >"$SCRATCH/ties.txt"
run -e "$SCRATCH/ties.txt" near m --tsv
[ "$(cut -f 3 "$out" | tr '\n' ' ')" = "neighbour x a b z y " ]
ok "near: ties by the order in the file"

exits 0 "near: two words" near queen King -k 1 --tsv
[ "$(cat "$out")" = "$(printf 'word\trank\tneighbour\tdistance\tfrom\nqueen\t1\tprincess\t3.853246544071144\tvocabulary\nking\t1\tprince\t%s\tvocabulary' \
    "$(tail -n 1 "$out" | cut -f 4)")" ]
ok "near: one header, then rows; King is looked up as king"

# ---- law ----
exits 0 "law" law queen --mech tgm --epsilon 50 --min-p 0 --json
tr '{' '\n' <"$out" | awk -F '"p":' '/"p":/ { split($2, a, "}"); sum += a[1] }
    END { d = sum - 1; exit !(d < 1e-9 && d > -1e-9) }'
ok "law: the p listed sum to 1 within 1e-9"
near_to "$(number_of mass)" 1 1e-9
ok "law: mass is 1 within 1e-9"
near_to "$(number_of unchanged)" 0.2424918 1e-6
ok "law: unchanged"
for key in alpha b lambda delta_min delta_max epsilon_min; do
    grep -q "\"$key\":[0-9]" "$out"
    ok "law: parameters hold $key"
done
prints '"guarantee":{"label":"claimed","loss_per_distance":50.0'
tr '{' '\n' <"$out" | awk -F '"p":' '/"p":/ { split($2, a, "}"); if (n++ && a[1] + 0 > last) exit 1; last = a[1] + 0 }'
ok "law: by p, descending"
exits 0 "law: a noise scale by hand" law queen --mech tgm:noise-scale=30 --json
prints '"epsilon":null'
prints '"label":"none"'
prints '"b":30.0'
exits 0 "law of the floor" law queen --mech tgm-floor --json
prints '"loss_constant":16.8'
exits 65 "law: tgm at epsilon_min or below" law queen --mech tgm --epsilon 40.9
says 'epsilon > 40.9214'
one_line "tgm below its domain"
exits 69 "law: laplace has none" law queen --mech laplace
says 'no closed law'
one_line "laplace has no law"

# ---- sim ----
exits 0 "sim: both mechanisms by themselves" sim queen -n 500 --seed 3
prints 'multivariate Laplace (laplace), epsilon '
prints 'guarantee: proven-ideal'
prints 'nearest neighbour at distance 3.8532'
prints 'truncated Gumbel (tgm), epsilon 50'
prints 'guarantee: claimed'
prints 'Equal epsilon is not equal privacy'
says 'not private'
[ "$(grep -c 'not private' "$err")" -eq 1 ]
ok "the seed's warning comes once"
exits 0 "sim: JSON" sim queen -n 500 --mech tgm --epsilon 50 --json
prints '"trials":500,"seeded":false,"unchanged":{"count":'
for key in distinct distinct_other mean_distance bands outputs; do
    prints "\"$key\":"
done
exits 0 "sim: several mechanisms with parameters" \
    sim queen -n 100 --mech laplace:epsilon=9,tgm:noise-scale=30,exponential --eps 3 --tsv
[ "$(cut -f 2-4 "$out" | sort -u | tr '\t\n' '  ')" = \
    "exponential proven 3 laplace proven-ideal 9 mech label epsilon tgm none  " ]
ok "sim: epsilon of the list before --eps, none with a noise scale"
awk -F '\t' 'NR > 1 { n[$2] += $10 } END { exit !(n["laplace"] == 100 && n["exponential"] == 100) }' "$out"
ok "sim: counts add up"
exits 65 "sim: tgm below its domain" sim queen -n 10 --mech tgm --eps 10

# ---- density, project, info, mechs ----
exits 0 "density" density monday insulin --tsv
awk -F '\t' '$1 == "monday" { m = $4 } $1 == "insulin" { i = $4 } END { exit !(m < 10 && i > 50) }' "$out"
ok "density: monday is dense, insulin is not"
exits 0 "density: JSON" density queen -k 5 --json
prints '"k":5,'
prints '"radius_percentile":null'
exits 0 "project" project queen -k 12 --json
prints '{"word":"queen","rank":0,"distance":0.0,"x":0.0,"y":0.0}'
for method in radial pca pca-global; do
    exits 0 "project: $method" project queen -k 12 --method $method --tsv
    [ "$(wc -l <"$out")" -eq 14 ]
    ok "project: $method: a header and 13 points"
done
run project queen -k 12 --tsv
awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    { d = sqrt($at["x"] ^ 2 + $at["y"] ^ 2) - $at["distance"]; if (d > 1e-9 || d < -1e-9) exit 1 }' "$out"
ok "project: radial keeps every distance from the word"
exits 64 "project: an unknown method" project queen --method globe
exits 0 "info" info --json
prints '"closest":["october","february"],"farthest":["gmina","non-families"]'
near_to "$(number_of epsilon_min_tgm)" 40.92 0.005
ok "info: epsilon_min"
near_to "$(number_of delta_min)" 0.606210 5e-7
ok "info: smallest distance"
near_to "$(number_of delta_max)" 16.78334 5e-6
ok "info: largest distance"
prints '"license":"PDDL-1.0"'
exits 0 "info --verify" info --verify
prints 'october/february'
exits 0 "mechs" mechs
prints 'guarantee: claimed'
prints 'Equal epsilon is not equal privacy'
exits 0 "mechs: TSV" mechs --tsv
grep -q "^tgm	" "$out" && grep -q "^laplace	" "$out"
ok "mechs: a row each"
exits 0 "mechs: JSON" mechs --json
[ "$(grep -c '^{"schema":"wordhaze.mechs/1".*}$' "$out")" -eq "$(wc -l <"$out")" ]
ok "mechs: one object a line"
exits 0 "mechs: manual" mechs --format mdoc
if command -v mandoc >/dev/null; then
    mandoc -Tlint -Wwarning "$out" >"$err"
    [ ! -s "$err" ]
    ok "mechs: mandoc finds nothing to warn of"
fi

# ---- import, and the store again ----
printf 'a 1 2\nb 2 3\nc 4 4\nb 9 9\nd 1 x\n' >"$SCRATCH/small.txt"
exits 0 "import" import "$SCRATCH/small.txt" "$SCRATCH/small.haze" --name tiny --license none
says '1 rows skipped: the word was there before'
says 'line 4'
run -e "$SCRATCH/small.txt" info --json -q
sed 's/^.*"checksum":"\([0-9a-f]*\)".*$/\1/' "$out" >"$SCRATCH/sum"
run info "$SCRATCH/small.haze" --json
prints "\"checksum\":\"$(cat "$SCRATCH/sum")\""
prints '"embedding":"tiny"'
exits 0 "info --verify of a store" info "$SCRATCH/small.haze" --verify
printf 'X' | dd of="$SCRATCH/small.haze" bs=1 seek=600 conv=notrunc 2>/dev/null
exits 65 "info --verify of a broken store" info "$SCRATCH/small.haze" --verify
exits 65 "import --strict" import "$SCRATCH/small.txt" "$SCRATCH/strict.haze" --strict
[ ! -e "$SCRATCH/strict.haze" ] && [ -z "$(ls "$SCRATCH" | grep '^strict')" ]
ok "import: a failure leaves no file"
finish
