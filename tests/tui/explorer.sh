#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The explorer without a terminal: refusals, scripts, what it saves; and "show".
. tests/lib/tap.sh

script=$SCRATCH/script
play() { # play ARGUMENTS... <<script
    cat >"$script"
    run --headless --script "$script" --seed 1 "$@"
}
harmless_out() {
    ! LC_ALL=C grep -q "$(printf '\033')" "$out" "$err"
    ok "$1: no escape byte"
}

# ---- no terminal ----
exits 64 "no terminal"
says "wordhaze show"
one_line "no terminal"
harmless_out "no terminal"
exits 64 "no terminal, with a word" queen
exits 64 "headless needs a script" --headless
says "--script"
exits 66 "a script that is not there" --headless --script "$SCRATCH/none"
exits 64 "a size that is none" --headless --script "$script" --size 12by3
exits 64 "an unknown theme" --headless --script "$script" --theme pink
exits 1 "an unknown word" --headless --script /dev/null quen
says "queen"

# ---- scripts ----
play <<-END
	# nothing but comments

	END
[ "$status" -eq 0 ] && [ ! -s "$out" ]
ok "an empty script: exit 0, nothing printed"
play <<-END
	:word paris

	:jump
	END
[ "$status" -eq 65 ]
ok "an unknown command: exit 65"
says "script:3: no command ':jump'"
play <<-END
	a<Nix>
	END
[ "$status" -eq 65 ]
ok "an unknown key: exit 65"
says "script:1: expected the name of a key, found '<Nix>'"
play <<-END
	:word quen
	END
[ "$status" -eq 65 ]
ok "an unknown word in a command: exit 65"
says "script:1: unknown word 'quen'"
play <<-END
	:epsilon 20
	:mech 2 tgm:noise-scale=30
	:sample 500
	:save-screen $SCRATCH/a.txt
	:quit
	:jump
	END
[ "$status" -eq 0 ]
ok ":quit ends a script"
grep -q 'Laplace · ε 20' "$SCRATCH/a.txt" && grep -q '500 draws, seeded' "$SCRATCH/a.txt"
ok "the screen shows what the script asked for, to the draw"
play <<-END
	:save-screen $SCRATCH/nowhere/a.txt
	END
[ "$status" -eq 65 ]
ok "a file that cannot be made: exit 65"
play <<-END
	:epsilon 10
	paris<Enter>
	+
	<Backspace><Backspace><Backspace>
	:sample 100
	:save-screen $SCRATCH/b.txt
	<Ctrl-Y><Ctrl-Y><Ctrl-Y>
	:sample 100
	:save-screen $SCRATCH/c.txt
	END
grep -q '\[queen\]' "$SCRATCH/b.txt" && grep -q '\[paris\]' "$SCRATCH/c.txt" &&
    grep -q 'Laplace · ε 20' "$SCRATCH/c.txt"
ok "undo and redo of word and epsilon"

# ---- the same bits as the command line ----
play --mech laplace,tgm --epsilon 50 king <<-END
	:sample 3000
	:save-json $SCRATCH/explorer.json
	END
run sim king --mech laplace,tgm --epsilon 50 -n 3000 --seed 1 --json
cp "$out" "$SCRATCH/sim.json"
cmp -s "$SCRATCH/sim.json" "$SCRATCH/explorer.json"
ok "save-json: the bytes of sim with the same seed and trials"
play --mech laplace,tgm --epsilon 50 -j 1 king <<-END
	:sample 1000
	# a longer way: other parameters in between, sampling stopped and begun again
	:epsilon 10
	:epsilon 50
	<Space>
	<Space>
	:sample 3000
	:save-json $SCRATCH/again.json
	END
cmp -s "$SCRATCH/sim.json" "$SCRATCH/again.json"
ok "save-json: the same after detours, with one thread"
"$WORDHAZE" --headless --script "$script" --mech laplace,tgm --epsilon 50 king 2>"$err"
[ -s "$SCRATCH/again.json" ] && ! cmp -s "$SCRATCH/sim.json" "$SCRATCH/again.json"
ok "save-json: other bytes without a seed"

# ---- screens ----
for size in 120x40 80x24 60x16; do
    play --size $size <<-END
		:sample 2000
		:save-screen $SCRATCH/main
		2
		:save-screen $SCRATCH/list
		?
		:save-screen $SCRATCH/help
		<Esc>
		.
		.
		:save-screen $SCRATCH/step
		<Esc>
		<Hash>
		<Shift-Tab><Right><Right><Up>
		:save-screen $SCRATCH/turned
		parl<Tab>
		:save-screen $SCRATCH/typing
		END
    for name in main list help step turned typing; do
        picture "$name-$size.txt" "$SCRATCH/$name"
    done
done
for theme in dark light mono; do
    play --size 80x24 --theme $theme <<-END
		:sample 2000
		:save-screen $SCRATCH/theme.ansi
		:save-screen $SCRATCH/theme.svg
		END
    picture "$theme-80x24.ansi" "$SCRATCH/theme.ansi"
done
picture mono-80x24.svg "$SCRATCH/theme.svg"
LANG=C
export LANG
play --size 80x24 --color never <<-END
	:sample 2000
	:save-screen $SCRATCH/plain.ansi
	END
picture plain-80x24.ansi "$SCRATCH/plain.ansi"
! LC_ALL=C grep -q "$(printf '[\200-\377]')" "$SCRATCH/plain.ansi"
ok "a C locale: ASCII only"
LANG=C.UTF-8
play --size 40x10 <<-END
	:save-screen $SCRATCH/small
	END
picture small-40x10.txt "$SCRATCH/small"

# ---- show ----
exits 0 "show" show queen --seed 1 -n 2000 --size 80x24
prints "[queen]"
harmless_out "show"
run show queen --seed 1 -n 2000 --size 80x24 --format svg
prints "<svg xmlns"
run show queen --seed 1 -n 2000 --size 80x24 --format ansi
prints "$(printf '\033[0')"
exits 0 "show: one draw explained" show queen --seed 1 --step 3 -n 100
prints "One draw"
exits 64 "show: a format that is none" show queen --format png
exits 1 "show: an unknown word" show quen
exits 0 "show: the word of the story" show -n 100 --seed 1
prints "[queen]"
finish
