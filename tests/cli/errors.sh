#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every way to be called wrongly: one line that helps, and the right exit status.
. tests/lib/tap.sh

exits 1 "unknown word" near quene
says "unknown word 'quene'; near: queen"
one_line "unknown word"
exits 1 "one of three words is unknown" near queen quene king -k 1
[ "$(grep -c nearest "$out")" -eq 2 ]
ok "the other two are answered"
says "'quene'"
exits 1 "a word nothing is like" near zzzzqqqqzzzz
exits 1 "sim of an unknown word" sim quene
exits 1 "law of an unknown word" law quene

exits 64 "unknown option" near queen --epsilom 3
says "did you mean '--epsilon'"
one_line "unknown option"
exits 64 "a slip alone, without a terminal" naer
says "did you mean the command 'near'"
exits 64 "unknown command" naer queen
says "did you mean 'near'"
one_line "unknown command"
exits 64 "no word" near
exits 64 "a value too few" near queen -k
exits 64 "a bad number" near queen -k ten
exits 64 "no k" near queen -k 0
exits 64 "a negative epsilon" sim queen --epsilon -3
exits 64 "epsilon nan" sim queen --epsilon nan
exits 64 "an unknown mechanism" sim queen --mech gumble
exits 64 "a misspelt mechanism" law queen --mech exponentail
says "did you mean 'exponential'"
exits 64 "an unknown parameter" sim queen --mech tgm:noise=3
says 'noise-scale'
exits 64 "a parameter out of range" sim queen --mech tgm-floor:gamma=2
exits 64 "an unknown format" near queen --format xml
exits 64 "a command without that format" info --tsv
exits 64 "an argument too many" mechs queen
exits 64 "a bad colour" near queen --color green
exits 64 "a bad probability" law queen --min-p x
exits 64 "the explorer without a terminal" queen
one_line "the explorer without a terminal"
harmless "$err"
ok "no escape byte without a terminal"
exits 64 "nothing at all, without a terminal"

exits 66 "a missing file" -e "$SCRATCH/none.txt" near queen
says "none.txt: No such file"
one_line "a missing file"
exits 66 "a directory" -e "$SCRATCH" near queen
exits 66 "a missing input of perturb" perturb --mech exponential --eps 5 "$SCRATCH/none.txt"
: >"$SCRATCH/empty.txt"
exits 65 "an empty file" -e "$SCRATCH/empty.txt" near queen
printf 'a 1 2\nb 2\n' >"$SCRATCH/ragged.txt"
exits 65 "a ragged file, strictly" -e "$SCRATCH/ragged.txt" --strict near a
says 'ragged.txt:2: '
exits 0 "a ragged file, counted" -e "$SCRATCH/ragged.txt" near a
says '1 rows skipped'
exits 73 "an output nowhere" import "$SCRATCH/ragged.txt" "$SCRATCH/no/where.haze"
printf 'a 1 2\nb 2 3\nc 1 2\n' >"$SCRATCH/twins.txt"
exits 65 "tgm with twins" -e "$SCRATCH/twins.txt" law a --mech tgm
says "'a' and 'c'"
exits 0 "tgm with twins and a scale by hand" -e "$SCRATCH/twins.txt" law a --mech tgm:noise-scale=1

exits 0 "help" --help
prints 'Commands:'
for command in near law sim density project perturb mechs info import show; do
    exits 0 "help of $command" $command --help
    prints "wordhaze $command"
    [ ! -s "$err" ]
    ok "help of $command: nothing on standard error"
done
exits 0 "version" --version
prints 'GPL-3.0-or-later'

exits 0 "options before the command" --json -k2 near queen
exits 0 "a command's own option before it" --min-p 0.1 law queen
exits 0 "a value that begins with a dash" near -k 1 --format=tsv -- queen
exits 0 "a word that looks like an option" near -k 1 -- -
exits 0 "the word named like the command" near near -k 1
exits 0 "a value joined by =" near queen --neighbours=1

printf 'a 1 2\nb 2 3\n' | "$WORDHAZE" -e - near a >"$out" 2>"$err"
ok "an embedding from standard input"
name=$(printf 'a\033[2J\nb')
exits 66 "a hostile file name" -e "$name" near a
one_line "a hostile file name"
harmless "$err"
ok "a hostile file name does nothing to a terminal"
exits 1 "a hostile word" near "$(printf '\033]0;x\007')"
harmless "$err"
ok "a hostile word does nothing to a terminal"
finish
