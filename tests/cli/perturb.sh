#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The text filter: bytes between words stay, unknown words do not, leaks must be asked for.
. tests/lib/tap.sh

# filter ARGUMENTS... < text
filter() {
    "$WORDHAZE" perturb "$@" >"$out" 2>"$err"
    status=$?
}
# The text with every word replaced by x.
shape() {
    sed 's/[[:alnum:]]\{1,\}\(['"'"'.-][[:alnum:]]\{1,\}\)*/x/g' "$1"
}

printf 'The queen met Zyxxqj in Paris.\n' >"$SCRATCH/in"
filter --mech exponential --epsilon 10 --seed 1 <"$SCRATCH/in"
[ "$status" -eq 0 ] && [ "$(shape "$out")" = "x x x x x x." ]
ok "spaces and punctuation stay"
! grep -qi zyxxqj "$out"
ok "the unknown word is gone"
word=$(awk '{ print $4 }' "$out")
run near "$word" -k 1
[ "$status" -eq 0 ]
ok "what stands for it is a word of the vocabulary: $word"
filter --mech exponential --epsilon 10 --seed 1 <"$SCRATCH/in"
says '1 out-of-vocabulary'
says '6 words'
says 'guarantee proven'

filter --mech tgm <"$SCRATCH/in"
[ "$status" -eq 64 ] && [ ! -s "$out" ]
ok "tgm is refused, and nothing printed"
says '--i-accept-leaks'
says 'claimed'
filter --mech tgm --i-accept-leaks <"$SCRATCH/in"
[ "$status" -eq 0 ]
ok "tgm with --i-accept-leaks"
filter --mech tgm-floor <"$SCRATCH/in"
[ "$status" -eq 0 ]
ok "tgm-floor needs no such option"
filter --mech exponential --eps 5 --oov keep <"$SCRATCH/in"
[ "$status" -eq 64 ]
ok "--oov keep is refused"
filter --mech exponential --eps 5 --oov keep --i-accept-leaks <"$SCRATCH/in"
grep -q Zyxxqj "$out"
ok "--oov keep with --i-accept-leaks keeps it"
filter --mech exponential --eps 5 --oov error <"$SCRATCH/in"
[ "$status" -eq 65 ]
ok "--oov error: exit 65"
filter --mech exponential --eps 5 --oov drop --seed 1 <"$SCRATCH/in"
! grep -qi zyxxqj "$out" && [ "$(wc -w <"$out")" -eq 5 ]
ok "--oov drop"
filter --mech laplace <"$SCRATCH/in"
[ "$status" -eq 64 ]
ok "laplace without epsilon is refused: there is no safe default"
filter <"$SCRATCH/in"
[ "$status" -eq 64 ]
ok "no mechanism: exit 64"

printf 'a\tThe queen\tz\nb\tking  of Spain!\tz\n' >"$SCRATCH/table"
filter --mech exponential --eps 4 --tsv-column 2 --seed 1 <"$SCRATCH/table"
[ "$(cut -f 1,3 "$out")" = "$(cut -f 1,3 "$SCRATCH/table")" ]
ok "--tsv-column leaves the other columns"
printf '{"id":1,"text":"The queen"}\n{"text":"king","id":2}\n' >"$SCRATCH/lines"
filter --mech exponential --eps 4 --jsonl text --seed 1 --report "$SCRATCH/report.json" <"$SCRATCH/lines"
grep -q '"id": *1' "$out" && [ "$(wc -l <"$out")" -eq 2 ]
ok "--jsonl leaves the other fields"
grep -q '"schema":"wordhaze.perturb/1".*"records":2' "$SCRATCH/report.json"
ok "--report writes JSON"
printf '  \r\n\t\377\376 -- \342\200\256\n\n' >"$SCRATCH/odd"
filter --mech exponential --eps 4 <"$SCRATCH/odd"
cmp -s "$out" "$SCRATCH/odd"
ok "bytes that are no words pass as they are"
: >"$SCRATCH/nothing"
filter --mech exponential --eps 4 <"$SCRATCH/nothing"
[ "$status" -eq 0 ] && [ ! -s "$out" ]
ok "no input, no output"
printf 'queen' | "$WORDHAZE" perturb --mech exponential --eps 50 --seed 1 - >"$out" 2>"$err"
[ "$(cat "$out")" = queen ] && [ "$(wc -c <"$out")" -eq 5 ]
ok "no line feed is added; - is standard input"

# The output of a line comes while the input is still open.
mkfifo "$SCRATCH/fifo"
"$WORDHAZE" perturb --mech exponential --eps 50 --seed 1 <"$SCRATCH/fifo" 2>"$err" | {
    read -r line
    echo "$line" >"$SCRATCH/first"
    cat >"$SCRATCH/rest"
} &
exec 9>"$SCRATCH/fifo"
echo 'the queen' >&9
while [ ! -s "$SCRATCH/first" ]; do
    sleep 0.05
done
ok "a line comes out when the input pauses"
exec 9>&-
wait
finish
