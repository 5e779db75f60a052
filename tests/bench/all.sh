#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the benchmarks, keeps what they print, and shows all ratios against rivals in one table at the
# end. Usage: all.sh LOG EMBEDDING|"" PROGRAM...
set -u
log=$1 embedding=$2
shift 2
: >"$log"
for bench in "$@"; do
    # shellcheck disable=SC2086 # none or one
    { "$bench" $embedding || echo "failed: $bench"; } 2>&1 | tee -a "$log"
done
echo
echo "all ratios of this run: wordhaze, its best rival, ratio"
# A line "NAME: WORDS x DIMENSIONS, ..." says what the lines below it are about.
awk '/^[^ ].*: [0-9]+ x [0-9]+, / { set = $0; sub(/^.*: /, "", set); sub(/,.*/, "", set) }
    / x$/ { printf "%-16s %s\n", set, $0 }' "$log"
! grep '^failed: ' "$log"
