#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What the runner makes of programs that fail, crash, hang, stop early or say nothing.
set -u
number=0

program() { # program NAME BODY: a test script in the scratch folder
    echo "$2" >"$SCRATCH/$1.sh"
}

check() { # check WHAT WANTED GOT
    number=$((number + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1: wanted '$2', got '$3'"
    fi
}

expect() { # expect STATUS LAST_LINE NAME...: how the runner ends for these programs
    wanted="$1: $2"
    shift 2
    names=$*
    for name in $names; do
        shift
        set -- "$@" "$SCRATCH/$name.sh"
    done
    OUT=$SCRATCH TEST_TIMEOUT=1 sh tests/run.sh "$@" >"$SCRATCH/said"
    status=$?
    check "$names" "$wanted" "$status: $(tail -n 1 "$SCRATCH/said")"
}

program good 'echo "ok 1 - a"; echo "ok 2 - b"; echo 1..2'
program bad 'echo "ok 1 - a"; echo "not ok 2 - b"; echo 1..2; exit 1'
program quiet_bad 'echo "not ok 1 - a"'
program crash 'echo "ok 1 - a"; kill -SEGV $$'
program exits 'echo "ok 1 - a"; exit 3'
program hang 'echo "ok 1 - a"; sleep 30'
program silent ':'
program early 'echo 1..3; echo "ok 1 - a"; exit 0'
program cmocka_skip 'echo 1..2; echo "ok 1 - a"; echo "not ok 2 # SKIP b"'
program skip_all 'echo "1..0 # SKIP no terminal"'
program first 'sleep 0.5; echo "ok 1 - a"'
program place 'echo "ok 1 - $HOME"; [ "$HOME" = "$SCRATCH" ] && [ -d "$HOME" ] || exit 1; [ -z "${SECRET:-}" ]'

expect 0 "2 passed, 0 failed" good
expect 1 "1 passed, 1 failed" bad
expect 1 "0 passed, 1 failed" quiet_bad
expect 1 "1 passed, 1 failed" crash
expect 1 "1 passed, 1 failed" exits
expect 1 "1 passed, 1 failed" hang
expect 1 "0 passed, 1 failed" silent
expect 1 "1 passed, 1 failed" early
expect 0 "1 passed, 0 failed, 1 skipped" cmocka_skip
expect 0 "0 passed, 0 failed, 1 skipped" skip_all
expect 1 "3 passed, 2 failed" good silent bad
expect 1 "0 passed, 1 failed" missing
export SECRET=1
expect 0 "1 passed, 0 failed" place
expect 0 "3 passed, 0 failed" first good
check "order of the report" "first good" "$(sed -n 's,^passed .*/\([a-z]*\)\.sh.*,\1,p' "$SCRATCH/said" | xargs)"
check "no test at all" 1 "$(OUT=$SCRATCH sh tests/run.sh 2>/dev/null; echo $?)"
echo "1..$number"
