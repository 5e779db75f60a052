#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The explorer's views that ask questions of their own, by scripts: a person's two questions, and
# every view at every kind of size.
. tests/lib/tap.sh

script=$SCRATCH/script
play() { # play ARGUMENTS... <<script
    cat >"$script"
    run --headless --script "$script" --seed 1 "$@"
}
shows() { # shows FILE TEXT: on the saved screen, line breaks and frames apart
    tr '\n' ' ' <"$1" | sed 's/[┃│]/ /g' | tr -s ' ' | grep -qF -e "$2"
    ok "$(basename "$1"): $2"
}

# ---- is tgm at epsilon 50 as private as it says, for paris and london? ----
play --mech laplace:epsilon=10,tgm:epsilon=50 <<-END
	paris<Enter>
	:sample 200
	:audit london
	<Tab>
	:save-screen $SCRATCH/audit
	-
	:save-screen $SCRATCH/below
	:audit paris
	END
[ "$status" -eq 65 ]
ok "a word against itself: refused"
shows "$SCRATCH/audit" "is trunc. Gumbel (tgm) ε 50 as private as it says, for paris and london?"
shows "$SCRATCH/audit" "NO: the promise is broken."
shows "$SCRATCH/audit" "at most 231 nats"
shows "$SCRATCH/audit" "32.6 % of paris"
shows "$SCRATCH/audit" "gaulle"
shows "$SCRATCH/below" "40.92"
play --mech exponential:epsilon=20,tgm-floor:epsilon=50 <<-END
	paris<Enter>
	:sample 200
	:audit london
	:save-screen $SCRATCH/exponential
	<Tab>
	:save-screen $SCRATCH/floor
	END
shows "$SCRATCH/exponential" "YES: the promise holds."
shows "$SCRATCH/floor" "YES: the promise holds."

# ---- which epsilon keeps 95 % of words unchanged at most half of the time? ----
play --limit 3000 --mech exponential:epsilon=20,tgm:epsilon=50 <<-END
	:sample 200
	:sweep 5
	:save-screen $SCRATCH/sweep
	:target far<=2
	:save-screen $SCRATCH/any
	:target nw>=2@50%
	:save-screen $SCRATCH/none
	:target nw<=0.1@95%
	:save-screen $SCRATCH/short
	END
[ "$status" -eq 0 ]
ok "sweeps: exit 0"
shows "$SCRATCH/sweep" "Wanted: 95 % of the words come out unchanged in at most 50 % of their draws."
shows "$SCRATCH/sweep" "exponential: ε "
shows "$SCRATCH/sweep" "trunc. Gumbel: ε "
shows "$SCRATCH/none" "exponential: no ε: falls short."
shows "$SCRATCH/short" "trunc. Gumbel: no ε: falls short."
shows "$SCRATCH/short" "would be met."
play <<-END
	:target nonsense
	END
[ "$status" -eq 65 ]
ok "a target that is none: exit 65"
says "nw<=0.5@95%"

# ---- the same numbers as the command line ----
run audit paris london --mech tgm --epsilon 50 --json
near_to "$(number_of delta_forward)" 0.326 0.0005
ok "audit: the command says the same"

# ---- every view at every kind of size: few words, mechanisms with laws, for speed ----
views() { # views ARGUMENTS...
    play --limit 3000 --mech exponential:epsilon=5,tgm:epsilon=50 "$@" <<-END
		paris<Enter>
		:sample 200
		:sweep 3
		:save-screen $SCRATCH/sweep.txt
		:focus 2
		:audit
		:save-screen $SCRATCH/audit.txt
		:attack
		:save-screen $SCRATCH/attack.txt
		:label
		:save-screen $SCRATCH/label.txt
		:form
		<Down>
		:save-screen $SCRATCH/form.txt
	END
    [ "$status" -eq 0 ]
    ok "all views: $*"
}
for size in 60x16 80x24 120x40; do
    views --size $size
    for name in sweep audit attack label form; do
        picture "$name-$size.txt" "$SCRATCH/$name.txt"
    done
done
views --size 80x24 --charset ascii
! LC_ALL=C grep -q "$(printf '[\200-\377]')" "$SCRATCH"/*.txt
ok "all views: ASCII where ASCII is asked for"
shows "$SCRATCH/sweep.txt" "E exponential G trunc. Gumbel"
for sign in E G; do
    [ "$(grep -c "[.:+]${sign}[.:+]" "$SCRATCH/sweep.txt")" -ge 2 ]
    ok "sweep: the curves of $sign differ from the others without colours"
done
shows "$SCRATCH/sweep.txt" "34,700"
finish
