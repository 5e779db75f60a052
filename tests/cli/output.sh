#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Where the output goes wrong: full disk, closed pipe, closed descriptor; and hostile words on their way out.
. tests/lib/tap.sh

cat >"$SCRATCH/calls" <<END
near queen
near queen --json
near queen --tsv
law queen
law queen --json
sim queen -n 100
sim queen -n 100 --json
density queen
project queen --json
info
info --json
mechs
mechs --format mdoc
perturb --mech exponential --eps 5 tests/README.md
show queen
--help
--version
near --help
END
run --version
while read -r call; do
    # shellcheck disable=SC2086 # the call is words
    "$WORDHAZE" $call >/dev/full 2>"$err"
    [ $? -eq 74 ] && [ "$(wc -l <"$err")" -ge 1 ]
    ok "full disk: $call"
done <"$SCRATCH/calls"
: >"$out"
"$WORDHAZE" near queen >&- 2>"$err"
[ $? -eq 74 ]
ok "closed standard output: exit 74"
printf 'a 1 2\nb 2 3\n' >"$SCRATCH/small.txt"
exits 74 "import to a full disk" import "$SCRATCH/small.txt" /dev/full
says 'No space left on device'
rm -f "$SCRATCH/status"
{
    "$WORDHAZE" near queen -k 19999 --json 2>"$err"
    echo $? >"$SCRATCH/status"
} | head -c 10 >/dev/null
[ "$(cat "$SCRATCH/status")" -eq 141 ] && [ ! -s "$err" ]
ok "closed pipe: dies of SIGPIPE, quietly"

# Words that would move the cursor, change colours, reorder text or break tables.
printf 'ok 5 5\n\033[31mred 1 3\n\342\200\256evil 2 2\n\377\376 1 2\nna\302\205me 1 1\n\177del 3 1\n"q\\ 4 1\n' \
    >"$SCRATCH/hostile.txt"
for call in "near ok" "near ok --json" "near ok --tsv" "law ok --mech exponential" \
    "law ok --mech exponential --json" "sim ok --mech laplace -n 50" \
    "sim ok --mech exponential -n 50 --tsv" "density ok" "project ok" "project ok --json" \
    "info" "info --json" "show ok --mech laplace,exponential" "near q"; do
    # shellcheck disable=SC2086
    run -e "$SCRATCH/hostile.txt" $call
    [ "$status" -le 1 ] && harmless "$out" "$err"
    ok "hostile words are shown, not obeyed: $call"
done
run -e "$SCRATCH/hostile.txt" near ok --json
prints '\u202eevil'
prints '\u0085'
prints '<0xFF><0xFE>'
run -e "$SCRATCH/hostile.txt" near ok --tsv
[ "$(awk -F '\t' '{ print NF }' "$out" | sort -u)" = 5 ]
ok "every row of a table has its columns"

exits 0 "no colours in a file" sim queen -n 100
harmless "$out"
ok "no escape byte in a file"
finish
