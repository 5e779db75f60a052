#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Imports that are stopped and killed: the old output stays, nothing is left lying about, and the next
# run goes on where the last one was, to the same bytes.
. tests/lib/tap.sh
cd "$SCRATCH" || exit 1
folder=$XDG_CACHE_HOME/wordhaze
WORDS=33000
HALF=$((WORDS * 80)) # bytes of findings after which half of the pairs are known, about

embedding() { # embedding WORDS DIMENSIONS
    awk -v words="$1" -v dimensions="$2" 'BEGIN {
        srand(7)
        for (i = 0; i < words; i++) {
            printf "w%d", i
            for (j = 0; j < dimensions; j++)
                printf " %.4f", rand() + rand() - rand()
            print ""
        }
    }'
}
embedding $WORDS 20 >big.txt
run import big.txt whole.haze
[ "$status" -eq 0 ] && [ ! -s "$err" ] && [ "$(ls "$folder" | wc -l)" -eq 0 ]
ok "an import that nobody disturbs says nothing and leaves nothing"
echo 'the old output' >before
cp before out.haze

facts() { # bytes of the checkpoint that is there
    cat "$folder"/*.facts 2>/dev/null | wc -c
}
start() { # start ARGUMENTS...: in the background, as $pid
    : >"$err"
    "$WORDHAZE" "$@" >"$out" 2>"$err" &
    pid=$!
}
stop() { # stop SIGNAL
    kill -"$1" "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    status=$?
}
reach() { # reach BYTES: waits until the checkpoint is so long, or the program has ended
    while kill -0 "$pid" 2>/dev/null && [ "$(facts)" -lt "$1" ]; do
        sleep 0.02
    done
}
reach_densities() { # waits until the last finding is that of the densities of 192 words
    while kill -0 "$pid" 2>/dev/null &&
        [ "$(tail -c 1568 "$folder"/*.facts 2>/dev/null | od -An -tu4 -N16 |
            awk '{ print $1, $3, $4 }')" != '2 192 192' ]; do
        sleep 0.02
    done
}
hear() { # hear [PATTERN]: waits until the program says it, or anything, or has ended
    while kill -0 "$pid" 2>/dev/null && ! grep -q "${1:-.}" "$err"; do
        sleep 0.02
    done
}
same() { # same: the output is the one of an undisturbed import, and nothing else is there
    cmp -s out.haze whole.haze && [ "$(facts)" -eq 0 ] && [ "$(ls | grep -c '^out\.haze')" -eq 1 ]
}

# --- at moments that matter ----------------------------------------------------------------------------

start import big.txt out.haze
reach 20000
stop KILL
cmp -s out.haze before && [ "$(facts)" -ge 20000 ]
ok "killed among the pairs: the old output is there, and the findings"
start import big.txt out.haze
reach $HALF
stop TERM
grep -q 'wordhaze: resuming all pairs at [0-9]* %$' "$err" && cmp -s out.haze before
ok "the next run says that it goes on; it is terminated"
start import big.txt out.haze
reach_densities
stop INT
[ "$status" -eq 130 ] && grep -q 'resuming all pairs at [1-9][0-9]* %$' "$err" &&
    cmp -s out.haze before && [ "$(ls | grep -c '^out\.haze')" -eq 1 ]
ok "the one after it; it is interrupted among the densities: exit 130, no half file"
cp "$folder"/*.facts kept.facts
name=$(echo "$folder"/*.facts)
: >out.haze.wordhaze-01234567
run import big.txt out.haze
grep -q 'resuming all pairs at 100 %$' "$err" && grep -q 'resuming densities at [0-9]* %$' "$err"
ok "the last one goes on with the densities"
[ "$status" -eq 0 ] && same
ok "its output has the bytes of an undisturbed import; what was left lying about is gone"

# --- checkpoints that are of no use ---------------------------------------------------------------------

bad=
size=$(wc -c <kept.facts)
for cut in 20 57 $((size - 1)); do
    cp before out.haze
    head -c "$cut" kept.facts >"$name"
    start import big.txt out.haze
    if [ "$cut" -lt 100 ]; then
        hear
        stop KILL
        continue
    fi
    wait "$pid"
    grep -q 'a damaged checkpoint: only what stands before' "$err" && same || bad="$bad $cut"
done
[ -z "$bad" ]
ok "cut short, it counts as far as it goes, at:$bad"
{ head -c 3000 kept.facts && printf X && tail -c +3002 kept.facts; } >"$name"
start import big.txt out.haze
hear
stop KILL
grep -q 'a damaged checkpoint: only what stands before' "$err" && [ "$(wc -l <"$err")" -le 2 ]
ok "damaged, it says so in a line"
sed 's/^w1 [^ ]*/w1 9.5/' big.txt >other.txt
"$WORDHAZE" import other.txt other.haze --no-cache -q &
other=$!
while kill -0 $other 2>/dev/null && [ "$(cat other.haze.facts 2>/dev/null | wc -c)" -lt 9000 ]; do
    sleep 0.02
done
kill -KILL $other
wait $other 2>/dev/null
rm -f "$name"
[ -s other.haze.facts ] && [ ! -e other.haze ] && [ "$(facts)" -eq 0 ]
ok "without a cache it stands beside the output"
start import big.txt other.haze --no-cache
hear
stop KILL
grep -q 'other.haze.facts: a checkpoint of other work: starting over$' "$err" && [ ! -e other.haze ]
ok "another embedding's is not believed"

# --- at any moment -------------------------------------------------------------------------------------

bad=
for delay in $(awk 'BEGIN { srand(11); for (i = 0; i < 4; i++) printf "%.3f ", 0.8 * rand() * rand() }'); do
    cp before out.haze
    start import big.txt out.haze
    sleep "$delay"
    stop KILL
    cmp -s out.haze before || same || bad="$bad $delay"
done
[ -z "$bad" ]
ok "killed at any moment the old output is there, or the whole new one; not after:$bad"
[ "$(ls "$folder" | wc -l)" -le 1 ]
ok "one checkpoint at most, however often it was killed"

# --- together ------------------------------------------------------------------------------------------

rm -f "$folder"/*
"$WORDHAZE" import big.txt out.haze 2>first.err &
first=$!
"$WORDHAZE" import big.txt out.haze 2>second.err
second=$?
wait $first
[ $? -eq 0 ] && [ "$second" -eq 0 ] && same
ok "two at once: both succeed, with the same bytes"
echo ':word w7' >script
start -e big.txt --headless --script script w5
reach $HALF
stop TERM
[ "$(facts)" -ge $HALF ]
ok "the explorer keeps what it has found, too"
start info big.txt
hear resuming
stop KILL
says 'wordhaze: resuming all pairs at '

# --- no room -------------------------------------------------------------------------------------------

rm -f "$folder"/*
embedding 25000 60 >big.txt
run import big.txt whole.haze
cp before out.haze
(
    ulimit -f 12000 # blocks of 512 bytes: enough for the findings, not for the output
    exec "$WORDHAZE" import big.txt out.haze
) >"$out" 2>"$err"
[ $? -eq 74 ] && grep -v resuming "$err" | grep -qx 'wordhaze: .*out.haze: File too large' &&
    cmp -s out.haze before && [ "$(ls | grep -c '^out\.haze')" -eq 1 ]
ok "no room for the output: exit 74 and the reason, the old output is there"
run import big.txt out.haze
grep -q 'resuming densities at 100 %$' "$err" && same
ok "with room again nothing has to be computed twice"
finish
