#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs test programs and scripts, one a processor at a time, and counts their TAP lines; results
# appear in the order given. Usage: run.sh TEST... with OUT the folder of the binary, WRAP an
# optional prefix for programs (valgrind), TEST_TIMEOUT in seconds.
# A program that crashes, times out, stops before its plan or says nothing counts as one failure.
# The last line is "N passed, N failed", with ", N skipped" if there were any.
set -u

name_of() {
    echo "$1" | sed 's,.*tests/,,'
}

# One test in a process of its own: run.sh --one INDEX TEST. Its environment is always the same.
run_one() {
    index=$1 test=$2 scratch=$RESULTS/$1.scratch
    mkdir -p "$scratch"
    case $test in
    *.sh) [ -x "$test" ] && command=./$test || command="sh $test" ;;
    *) command="${WRAP:-} $test" ;;
    esac
    # shellcheck disable=SC2086 # the command is words
    env -i PATH="$PATH" HOME="$scratch" XDG_CACHE_HOME="$scratch/cache" \
        XDG_CONFIG_HOME="$scratch/config" XDG_STATE_HOME="$scratch/state" \
        XDG_DATA_HOME="$scratch/data" TMPDIR="$scratch" SCRATCH="$scratch" \
        LANG=C.UTF-8 TZ=UTC TERM=xterm-256color WORDHAZE="$OUT/wordhaze" \
        ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1}" UBSAN_OPTIONS=print_stacktrace=1 \
        ${TSAN_OPTIONS:+TSAN_OPTIONS="$TSAN_OPTIONS"} \
        ${UPDATE_GOLDENS:+UPDATE_GOLDENS="$UPDATE_GOLDENS"} \
        ${WORDHAZE_KERNEL:+WORDHAZE_KERNEL="$WORDHAZE_KERNEL"} \
        ${WORDHAZE_DRAWS:+WORDHAZE_DRAWS="$WORDHAZE_DRAWS"} ${WH_LONG:+WH_LONG="$WH_LONG"} \
        CMOCKA_MESSAGE_OUTPUT=TAP \
        timeout -k 5 "${TEST_TIMEOUT:-120}" $command </dev/null >"$RESULTS/$index.out" 2>&1
    echo "$? $test" >"$RESULTS/$index.new"
    mv "$RESULTS/$index.new" "$RESULTS/$index.status"
    rm -rf "$scratch"
    echo "$index"
}

# Prints "PASSED FAILED SKIPPED" of the TAP in a file; the exit status of the program is $2.
# (cmocka writes a skipped test as "not ok N # SKIP name".)
count() {
    awk -v status="$2" '
        /^1\.\.0.*# *[Ss][Kk][Ii][Pp]/ { skipped++; next }
        /^1\.\.[0-9]+/ { planned += substr($1, 4) }
        /^(not )?ok .*# *[Ss][Kk][Ii][Pp]/ { skipped++; next }
        /^ok / { passed++ }
        /^not ok / { failed++ }
        END {
            seen = passed + failed + skipped
            if (!failed && (status != 0 || !seen || seen < planned))
                failed = 1
            print passed + 0, failed + 0, skipped + 0
        }' "$1"
}

report() {
    read -r status test <"$RESULTS/$1.status"
    read -r good bad left_out <<END
$(count "$RESULTS/$1.out" "$status")
END
    passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + left_out))
    if [ "$bad" -eq 0 ]; then
        [ "$left_out" -eq 0 ] && without= || without=", $left_out skipped"
        echo "passed $(name_of "$test") ($good$without)"
        return
    fi
    [ "$status" -eq 124 ] && status="$status: out of time"
    echo "FAILED $(name_of "$test") ($bad of $((good + bad)), exit status $status)"
    tail -n 100 "$RESULTS/$1.out" | sed 's/^/    /'
}

# Reads the indices of finished tests and reports as far as all before are finished too.
report_in_order() {
    passed=0 failed=0 skipped=0 next=1
    while read -r _; do
        while [ -e "$RESULTS/$next.status" ]; do
            report "$next"
            next=$((next + 1))
        done
    done
    if [ "$next" -le "$1" ]; then
        echo "FAILED $(($1 - next + 1)) tests were not run"
        failed=$((failed + $1 - next + 1))
    fi
    [ "$skipped" -eq 0 ] && tail= || tail=", $skipped skipped"
    echo "$passed passed, $failed failed$tail"
    [ "$failed" -eq 0 ]
}

if [ "${1:-}" = --one ]; then
    run_one "$2" "$3"
    exit 0
fi

if [ $# -eq 0 ]; then
    echo "run.sh: no test of that name" >&2
    exit 1
fi
OUT=$(cd "$OUT" && pwd)
RESULTS=$(mktemp -d)
export OUT RESULTS
trap 'rm -rf "$RESULTS"' EXIT
trap 'exit 130' INT TERM
index=0
for test in "$@"; do
    index=$((index + 1))
    echo "$index $test"
done | xargs -n 2 -P "$(nproc 2>/dev/null || echo 2)" sh "$0" --one | report_in_order $#
