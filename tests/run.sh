#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs test programs and scripts, two at a time, and counts their TAP lines. Usage: run.sh TEST...
# A program that crashes, times out or says nothing counts as one failure. OUT is the build folder,
# WRAP an optional prefix for programs (valgrind). The last line is "N passed, N failed".
set -u

OUT=$(cd "$OUT" && pwd)
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT INT TERM

run_one() {
    test=$1
    name=$(echo "$test" | sed "s,.*tests/,,; s,/,-,g")
    scratch=$results/$name.scratch
    mkdir -p "$scratch"
    case $test in
    *.sh) command="sh $test" ;;
    *) command="${WRAP:-} $test" ;;
    esac
    # shellcheck disable=SC2086 # the command is words
    env -i PATH="$PATH" HOME="$scratch" XDG_CACHE_HOME="$scratch/cache" \
        XDG_CONFIG_HOME="$scratch/config" XDG_STATE_HOME="$scratch/state" TMPDIR="$scratch" \
        LANG=C.UTF-8 TZ=UTC TERM=xterm-256color WORDHAZE="$OUT/wordhaze" SCRATCH="$scratch" \
        ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1}" UBSAN_OPTIONS=print_stacktrace=1 \
        ${UPDATE_GOLDENS:+UPDATE_GOLDENS=$UPDATE_GOLDENS} \
        ${WORDHAZE_KERNEL:+WORDHAZE_KERNEL=$WORDHAZE_KERNEL} CMOCKA_MESSAGE_OUTPUT=TAP \
        timeout -k 5 "${TEST_TIMEOUT:-300}" $command </dev/null >"$results/$name.out" 2>&1
    echo $? >"$results/$name.status"
    rm -rf "$scratch"
}

# One job a processor; results are read afterwards in the order given.
jobs=$(nproc 2>/dev/null || echo 2)
running=0
for test in "$@"; do
    run_one "$test" &
    running=$((running + 1))
    if [ "$running" -ge "$jobs" ]; then
        wait
        running=0
    fi
done
wait

passed=0
failed=0
for test in "$@"; do
    name=$(echo "$test" | sed "s,.*tests/,,; s,/,-,g")
    status=$(cat "$results/$name.status")
    good=$(grep -c '^ok ' "$results/$name.out")
    bad=$(grep -c '^not ok ' "$results/$name.out")
    if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$good" -eq 0 ]; }; then
        bad=1
    fi
    passed=$((passed + good))
    failed=$((failed + bad))
    if [ "$bad" -gt 0 ]; then
        echo "FAILED $name (exit status $status)"
        tail -n 60 "$results/$name.out" | sed 's/^/    /'
    else
        echo "passed $name ($good)"
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
