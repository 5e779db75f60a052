#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Plants violations in a copy of the tree and expects arrows.sh to refuse each.
set -eu
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r src ui tests "$copy"

expect_refusal() { # expect_refusal FILE LINE
    cp "$copy/$1" "$copy/kept"
    echo "$2" >>"$copy/$1"
    if sh tests/arrows.sh "$copy" >/dev/null; then
        echo "arrows_test: not caught: $2 in $1"
        exit 1
    fi
    mv "$copy/kept" "$copy/$1"
}
sh tests/arrows.sh "$copy" >/dev/null
expect_refusal src/near/near.h '#include "mech/mech.h"'
expect_refusal src/run/run.h '#include "ui/grid.h"'
expect_refusal ui/grid.h '#include <ncurses.h>'
expect_refusal src/base/str.c '#include <curses.h>'
expect_refusal ui/grid.h '#include <readline/readline.h>'
echo "arrows_test: planted violations are refused"
