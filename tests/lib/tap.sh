# SPDX-License-Identifier: GPL-3.0-or-later
# tap.sh - read by the shell tests: runs the binary, says what of it was right. $out and $err hold what
# the last run printed, $status how it ended.
set -u
WORDHAZE=${WORDHAZE:?the binary}
SCRATCH=${SCRATCH:-$(mktemp -d)}
out=$SCRATCH/out err=$SCRATCH/err
number=0 bad=0

# ok WHAT: by the status of the command before.
ok() {
    if [ $? -eq 0 ]; then
        number=$((number + 1))
        echo "ok $number - $1"
    else
        number=$((number + 1)) bad=$((bad + 1))
        echo "not ok $number - $1"
        sed 's/^/# out: /' "$out" | head -n 5 | cut -c 1-200
        sed 's/^/# err: /' "$err" | head -n 5 | cut -c 1-200
    fi
}

run() {
    "$WORDHAZE" "$@" >"$out" 2>"$err"
    status=$?
}

# exits STATUS WHAT ARGUMENTS...
exits() {
    wanted=$1 what=$2
    shift 2
    run "$@"
    [ "$status" -eq "$wanted" ]
    ok "$what: exit $wanted"
}

# prints TEXT / says TEXT: somewhere on standard output / standard error of the last run.
prints() {
    grep -qF -e "$1" "$out"
    ok "prints: $1"
}
says() {
    grep -qF -e "$1" "$err"
    ok "says: $1"
}

# one_line: the last run failed with one line that names the program, and printed nothing.
one_line() {
    [ "$(wc -l <"$err")" -eq 1 ] && grep -q '^wordhaze: ' "$err" && [ ! -s "$out" ]
    ok "one line on standard error, nothing on standard output: $*"
}

# harmless FILE...: no byte that could act on a terminal: C0 but for tab and line feed, DEL, C1 or bidi
# controls as UTF-8.
harmless() {
    ! LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]\\|\302[\200-\237]\\|\342\200[\252-\256]')" \
        "$@"
}

# number_of KEY: the first number of that key in JSON on standard output.
number_of() {
    grep -o "\"$1\":[-0-9.e+]*" "$out" | head -n 1 | cut -d : -f 2
}

# near_to A B TOLERANCE
near_to() {
    awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN { d = a - b; exit !(a != "" && d <= t && -d <= t) }'
}

# picture NAME FILE: equal to the golden screen of that name
picture() {
    golden=tests/tui/goldens/screen-$1
    [ -z "${UPDATE_GOLDENS:-}" ] || cp "$2" "$golden"
    diff "$golden" "$2" >"$out" 2>"$err"
    ok "screen $1"
}

finish() {
    echo "1..$number"
    exit $((bad > 0))
}
