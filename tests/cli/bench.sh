#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# bench: every figure is there in every format, and is a number.
. tests/lib/tap.sh

names='peak-float peak-byte bandwidth load neighbours decode laplace-5 laplace-10 laplace-20 laplace-30
    laplace-50 tgm tgm-law perturb'
run bench --seconds 0.01 --json
[ "$status" -eq 0 ] && [ ! -s "$err" ]
ok "bench"
for name in $names; do
    # Bytes may be no faster than floats here; everything else has a value.
    line=$(grep "\"name\":\"$name\"" "$out")
    value=$(echo "$line" | sed -n 's/.*"value":\([^,}]*\).*/\1/p')
    [ "$name" = peak-byte ] || awk -v value="$value" 'BEGIN { exit !(value > 0) }'
    ok "$name: ${value:-missing}"
done
grep -q '"name":"decode".*"of_arithmetic":0\.' "$out"
ok "decoding is told as a share of the multiply-add peak, below it"

printf 'a 1 2\nb 3 4\nc 5 7\n' >"$SCRATCH/small.txt"
run bench --seconds 0.001 -e "$SCRATCH/small.txt" --tsv
[ "$status" -eq 0 ] && [ "$(wc -l <"$out")" -eq 15 ] && [ "$(head -n 1 "$out" | cut -f 1)" = name ]
ok "a table; an embedding of three words"
[ "$(awk -F '\t' '$1 == "tgm" { print $4 }' "$out")" = "" ]
ok "what needs all pairs stays empty until they are computed"
exits 64 "words are refused" bench queen
exits 64 "no time at all is refused" bench --seconds 0
finish
