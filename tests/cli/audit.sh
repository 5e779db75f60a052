#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# audit and attack as a user calls them, on the built-in embedding.
. tests/lib/tap.sh

# ---- one pair, exact ----
exits 1 "tgm for paris and london" audit paris london --mech tgm --epsilon 50 --json
prints '{"schema":"wordhaze.audit/1","embedding":"glove.6B.100d 20k"'
prints '"pair":["paris","london"]'
prints '"method":"exact"'
prints '"verdict":"refuted"'
prints '"worst_loss":{"value":122142.'
prints '"infinite":false,"word":"de","direction":"forward"}'
near_to "$(number_of claimed_loss)" 230.9577 1e-3
ok "claimed: 50 times the distance"
near_to "$(number_of delta_forward)" 0.3261 1e-3
ok "a third of what paris gives lies beyond 231 nats"
says 'refuted for 1 of 1 pairs'

# The mass of paris' law on words whose rank from london is beyond 130 is a sum of two other
# commands: there even Pr[K > rank] is below e^-220, below 110 the ratio stays within.
run law paris --mech tgm --epsilon 50 --min-p 0 --tsv
cp "$out" "$SCRATCH/law"
run near london -k 130 --tsv
cut -f 3 "$out" >"$SCRATCH/near"
echo london >>"$SCRATCH/near"
awk -F '\t' 'FNR == NR { near[$1] = 1; next } FNR > 1 && !($5 in near) { sum += $8 }
    END { exit !(sum > 0.325 && sum < 0.327) }' "$SCRATCH/near" "$SCRATCH/law"
ok "the same mass from law and near"

exits 1 "tgm for october and february" audit october february --mech tgm --epsilon 50 --json
awk -v d="$(number_of delta)" 'BEGIN { exit !(d < 1e-40) }'
ok "october and february: nothing to speak of lies beyond"
exits 0 "with a tolerance" audit october february --mech tgm --epsilon 50 --delta 1e-12
prints 'so little that no draws would ever show it'
prints 'verdict: within'

# ---- what is proven, everywhere ----
exits 0 "proven mechanisms, random pairs" audit --random 40 --seed 4 --epsilon 50 --tsv \
    --mech exponential,tem,tgm-floor,density
[ "$(cut -f 17 "$out" | sort | uniq -c | tr -s ' ')" = " 1 verdict
 160 within" ]
ok "all of 160 are within"
exits 0 "at a small epsilon" audit --random 20 --seed 5 --epsilon 0.5 --mech exponential,tem,density
prints '20 pairs: 0 refuted (0.0 %), 20 within'
exits 1 "tgm with neighbours" audit --neighbours queen -k 3 --mech tgm --epsilon 50
prints '3 pairs: 3 refuted (100.0 %)'
exits 1 "what is not proven" audit paris london --mech exponential --epsilon 5 --claim 2
exits 0 "what holds" audit paris london --mech exponential --epsilon 5 --claim 5
exits 0 "knn claims nothing" audit paris london --mech knn --epsilon 5 --json
prints '"claimed_loss":null'
prints '"infinite":true'
prints '"verdict":"no claim","contradicted":true'
exits 1 "knn, claimed to be private" audit paris london --mech knn --epsilon 5 --claim 5

# ---- a file of pairs ----
printf 'paris london\n\nking\tqueen\r\n' >"$SCRATCH/pairs"
exits 0 "pairs of a file" audit --pairs "$SCRATCH/pairs" --mech tem --epsilon 9 --json
[ "$(wc -l <"$out")" -eq 3 ]
ok "a line a pair, and a summary"
prints '"pair":["king","queen"]'
prints '{"schema":"wordhaze.audit-summary/1"'
prints '"pairs":2,"within":2,"not_refuted":0,"refuted":0,"no_claim":0,"contradicted":0'
printf 'paris london\nking\n' >"$SCRATCH/pairs"
exits 65 "a line of one word" audit --pairs "$SCRATCH/pairs"
says "pairs:2: expected two words, found 'king'"
one_line "a line of one word"
printf 'paris london\nking quene\n' >"$SCRATCH/pairs"
exits 1 "an unknown word in a file" audit --pairs "$SCRATCH/pairs"
says "pairs:2: unknown word 'quene'"
printf 'a b c\n' >"$SCRATCH/pairs"
exits 65 "a line of three words" audit --pairs "$SCRATCH/pairs"
: >"$SCRATCH/pairs"
exits 65 "a file without pairs" audit --pairs "$SCRATCH/pairs"
exits 66 "a missing file" audit --pairs "$SCRATCH/none"

# ---- sampled ----
exits 0 "laplace" audit october february --mech laplace,laplace-ball --epsilon 5 --seed 1 -n 4000 --tsv
[ "$(sed 1d "$out" | cut -f 15-17)" = "sampled	4000	not refuted
sampled	4000	not refuted" ]
ok "not refuted, by draws"
cp "$out" "$SCRATCH/two"
run audit october february --mech laplace,laplace-ball --epsilon 5 --seed 1 -n 4000 --tsv -j 1
cmp -s "$out" "$SCRATCH/two"
ok "the same with one thread"
exits 1 "laplace, claimed to be twice as good" audit october february --mech laplace --epsilon 40 \
    --claim 1 --seed 1 -n 4000
prints 'verdict: refuted'
prints 'draws each, which can show at most'

# ---- small vocabularies ----
printf 'a 1 2\nb 1 2\nc 3 3\n' >"$SCRATCH/twins.txt"
exits 0 "twins" -e "$SCRATCH/twins.txt" audit a b --mech exponential,knn:k=1,laplace-local \
    --epsilon 1 --tsv
[ "$(sed 1d "$out" | cut -f 17 | tr '\n' ' ')" = "within no claim no claim " ]
ok "what has no guarantee claims nothing for twins either"
printf 'a 1 2\n' >"$SCRATCH/one.txt"
exits 65 "one word has no pairs" -e "$SCRATCH/one.txt" audit --random 2
exits 65 "nor neighbours" -e "$SCRATCH/one.txt" audit --neighbours a
exits 0 "and is easily guessed" -e "$SCRATCH/one.txt" attack a --mech exponential,laplace -n 10
prints 'itself, 1 word'
printf 'a 1 2\nb 2 3\n' >"$SCRATCH/two.txt"
exits 0 "two words" -e "$SCRATCH/two.txt" audit a b --mech exponential,tem,tgm-floor:noise-scale=2

# ---- mistakes ----
exits 64 "no pair" audit
exits 64 "one word" audit paris
exits 64 "three words" audit paris london rome
exits 64 "a word with itself" audit paris paris
exits 64 "two ways" audit paris london --random 3
exits 64 "no level" audit paris london --level 0.7
exits 1 "an unknown word" audit paris londno
exits 65 "epsilon too small" audit paris london --mech tgm --epsilon 3
exits 0 "help" audit --help
[ "$(grep -c -e '--neighbours' "$out")" -eq 2 ] && grep -q '^  -k N  *how many' "$out"
ok "in the help a name means one thing"

# ---- attack ----
exits 0 "attack" attack queen --mech tgm --epsilon 50 --json
prints '{"schema":"wordhaze.attack/1"'
prints '"method":"exact","candidates":1000,"candidate_set":"it and its nearest, 1000 words"'
run law king --mech tgm --epsilon 50 --min-p 0 --tsv
p=$(awk -F '\t' '$5 == "queen" { print $8 }' "$out")
run attack queen --mech tgm --epsilon 50 -k 1 --candidates 3 --json
prints '"candidates":3'
printf 'king\nqueen\n' >"$SCRATCH/words"
exits 0 "candidates of a file" attack queen --mech tgm --epsilon 50 --candidates "$SCRATCH/words" --tsv
[ "$(awk -F '\t' -v p="$p" '$6 == "king" { print ($8 == p) }' "$out")" = 1 ]
ok "P(queen|king) is that of the law"
awk -F '\t' 'NR > 1 { sum += $9; other += $12; p[NR] = $8; q[NR] = $9 }
    END { d = q[2] / q[3] * p[3] / p[2] - 1; exit !(sum > 0.999999999 && sum < 1.000000001 &&
        other > 0.999999999 && other < 1.000000001 && d < 1e-9 && d > -1e-9) }' "$out"
ok "posteriors sum to 1, the uniform one as the law"
exits 0 "a sampled attack" attack queen --mech laplace --epsilon 9 --candidates 5 -n 400 --seed 2 --json
prints '"method":"sampled","trials":400,"seeded":true'
prints '"lo":'
cp "$out" "$SCRATCH/two"
run attack queen --mech laplace --epsilon 9 --candidates 5 -n 400 --seed 2 --json -j 1
cmp -s "$out" "$SCRATCH/two"
ok "the same with one thread"
exits 0 "an attack in words" attack queen --mech exponential --epsilon 5
prints 'Over all outputs:'
prints 'without looking 0.100 %'
exits 0 "a small vocabulary, all of it" --limit 500 attack the --mech exponential --epsilon 2 \
    --candidates all --json
prints '"candidates":500,"candidate_set":"the whole vocabulary, 500 words"'
printf 'king\nking\n' >"$SCRATCH/words"
exits 64 "a candidate twice" attack queen --candidates "$SCRATCH/words"
exits 1 "attack: an unknown word" attack quene
exits 64 "attack: no word" attack
exits 64 "attack: no candidates" attack queen --candidates 0
finish
