#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The text filter on much text: the same bytes on any number of threads, every byte between words in
# its place, failures in order, memory that does not grow.
. tests/lib/tap.sh

# Prose, odd lines, a line that is longer than any buffer, no line feed at the end.
prose=$SCRATCH/prose
sed -e 's/^\.[A-Z][a-z]* *//' -e 's/\\&//g' man/wordhaze.1 >"$SCRATCH/page"
{
    for i in 1 2 3 4 5 6 7 8 9 10; do
        cat "$SCRATCH/page"
        printf '\r\n\t \377\303\251 -- na\303\257ve  \343\200\200\n\n'
        [ $i -ne 5 ] || for j in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
            tr '\n' ' ' <"$SCRATCH/page"
        done
    done
    printf 'the end'
} >"$prose"
perturb() { # perturb THREADS ARGUMENTS... to $out
    "$WORDHAZE" perturb -q --seed 3 -j "$@" >"$out" 2>"$err"
    status=$?
}
perturb 1 --mech tgm-floor "$prose"
cp "$out" "$SCRATCH/one"
for threads in 2 5; do
    perturb $threads --mech tgm-floor "$prose"
    [ "$status" -eq 0 ] && cmp -s "$out" "$SCRATCH/one"
    ok "-j 1 and -j $threads give the same bytes"
done
cat "$prose" | "$WORDHAZE" perturb -q --seed 3 --mech tgm-floor >"$out"
cmp -s "$out" "$SCRATCH/one"
ok "a pipe and a file give the same bytes"
perturb 2 --mech tgm-floor:noise-scale=1e-6:gamma=1e-12 --oov keep --i-accept-leaks "$prose"
tr A-Z a-z <"$prose" >"$SCRATCH/small"
tr A-Z a-z <"$out" | cmp -s - "$SCRATCH/small"
ok "rejoined: where no word changes every byte comes back"

# The first fault in the text is the one that is told, and what stands before it is written.
awk 'BEGIN { for (i = 1; i <= 60000; i++) print (i == 41234 || i == 50000) ? "Zyxxqj" : "the queen" }' >"$SCRATCH/faulty"
perturb 3 --mech tgm-floor --oov error "$SCRATCH/faulty"
[ "$status" -eq 65 ] && [ "$(wc -l <"$out")" -eq 41233 ]
ok "what stands before the first fault is written"
says 'faulty:41234:'

# A fault ends the filter though the input stays open.
mkfifo "$SCRATCH/fifo"
"$WORDHAZE" perturb -j 2 --mech tgm-floor --oov error <"$SCRATCH/fifo" >"$out" 2>"$err" &
filter=$!
exec 9>"$SCRATCH/fifo"
echo Zyxxqj >&9
wait $filter
[ $? -eq 65 ]
ok "a fault ends the filter though the input stays open"
exec 9>&-

# Memory at its most, in kB, once the input has been taken. The text has met all its words by then.
# What a sanitizer holds back of freed memory is not the filter's.
most() {
    sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' /proc/$filter/status
}
rm "$SCRATCH/fifo" && mkfifo "$SCRATCH/fifo"
ASAN_OPTIONS="${ASAN_OPTIONS:-}:quarantine_size_mb=1:thread_local_quarantine_size_kb=64" \
    "$WORDHAZE" perturb -q -j 2 --mech tgm-floor <"$SCRATCH/fifo" >"$SCRATCH/long" 2>"$err" &
filter=$!
exec 9>"$SCRATCH/fifo"
several() { # the prose so many times
    for _ in $(seq "$1"); do cat "$prose"; done
}
several 12 >&9
before=$(most)
several 30 >&9
after=$(most)
exec 9>&-
wait $filter
[ $? -eq 0 ] && [ "$((2 * (after - before)))" -lt "$((30 * $(wc -c <"$prose") / 1024))" ]
ok "memory does not grow with the text: $before kB, then $after kB"
finish
