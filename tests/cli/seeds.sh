#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A seed gives the same bytes on any number of threads and in the scripted explorer; without one, runs
# differ.
. tests/lib/tap.sh

mechs=laplace:epsilon=8,tgm:epsilon=50,tgm-floor,exponential:epsilon=3
run sim queen --mech $mechs -n 5000 --seed 1 -j 1 --json
cp "$out" "$SCRATCH/one.json"
for threads in 2 3; do
    run sim queen --mech $mechs -n 5000 --seed 1 -j $threads --json
    cmp -s "$out" "$SCRATCH/one.json"
    ok "sim: -j 1 and -j $threads give the same bytes"
done
[ "$(grep -c '"seeded":true' "$SCRATCH/one.json")" -eq 4 ]
ok "every result is stamped as seeded"
run sim queen --mech $mechs -n 5000 --seed 2 --json
! cmp -s "$out" "$SCRATCH/one.json"
ok "another seed, other draws"

run sim queen --mech laplace:epsilon=8 -n 5000 --json
cp "$out" "$SCRATCH/first.json"
run sim queen --mech laplace:epsilon=8 -n 5000 --json
! cmp -s "$out" "$SCRATCH/first.json"
ok "without a seed two runs differ"
prints '"seeded":false'
[ ! -s "$err" ]
ok "without a seed there is no warning"

printf 'the quick brown fox met the queen of spain\n%.0s' 1 2 3 4 5 6 7 8 >"$SCRATCH/text"
run perturb --mech exponential --eps 3 --seed 4 -j 1 "$SCRATCH/text"
cp "$out" "$SCRATCH/perturbed"
run perturb --mech exponential --eps 3 --seed 4 -j 2 "$SCRATCH/text"
cmp -s "$out" "$SCRATCH/perturbed"
ok "perturb: -j 1 and -j 2 give the same bytes"
[ "$(sort -u "$out" | wc -l)" -gt 1 ]
ok "perturb: equal lines get independent noise"
run perturb --mech exponential --eps 3 "$SCRATCH/text"
! cmp -s "$out" "$SCRATCH/perturbed"
ok "perturb: without a seed it differs"

# The explorer's script waits for results; it never sleeps.
cat >"$SCRATCH/script" <<END
:mech 1 laplace:epsilon=8
:mech 2 tgm:epsilon=50
:sample 3000
:save-json $SCRATCH/explorer.json
:quit
END
"$WORDHAZE" queen --seed 5 --headless --script "$SCRATCH/script" >"$out" 2>"$err"
ok "the explorer runs a script"
run sim queen --mech laplace:epsilon=8,tgm:epsilon=50 -n 3000 --seed 5 --json
cmp -s "$out" "$SCRATCH/explorer.json"
ok "the scripted explorer and the command line give the same bytes"
finish
