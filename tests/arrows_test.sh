#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Plants one violation after the other in a copy of the sources and expects arrows.sh to refuse it.
set -eu
copy=$SCRATCH/tree
mkdir -p "$copy/tests/unit"
cp -r src ui "$copy"
number=0

verdict() { # verdict WANTED WHAT: arrows.sh answers with this status
    number=$((number + 1))
    status=0
    sh tests/arrows.sh "$copy" >"$SCRATCH/said" || status=$?
    if [ "$status" -eq "$1" ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        sed 's/^/# /' "$SCRATCH/said"
    fi
}

refuse() { # refuse FILE LINE
    cp "$copy/$1" "$SCRATCH/kept"
    echo "$2" >>"$copy/$1"
    verdict 1 "refused: $2 in $1"
    mv "$SCRATCH/kept" "$copy/$1"
}

verdict 0 "the sources as they are"
refuse src/near/near.h '#include "mech/mech.h"'
refuse src/vec/vec.h '  #  include "near/near.h"'
refuse src/run/run.h '#include "ui/grid.h"'
refuse src/run/run.h '#include <ui/grid.h>'
refuse src/run/run.h '#include "../ui/grid.h"'
refuse src/base/str.h '#include "mem.h"'
refuse src/mech/mech_list.def '#include "cli/cli.h"'
refuse ui/grid.h '#include <ncurses.h>'
refuse ui/grid.c '#include <ncursesw/curses.h>'
refuse src/base/str.c '#	include	<curses.h>'
refuse ui/grid.h '#include <readline/readline.h>'
refuse src/README.md '    near -> mech'
refuse src/README.md '    vec -> unheard'

mkdir "$copy/src/extra"
verdict 1 "refused: a folder without a row"
rmdir "$copy/src/extra"
touch "$copy/tests/unit/grid.c"
verdict 1 "refused: two files of one name"
rm "$copy/tests/unit/grid.c"
verdict 0 "the sources as they were"
echo "1..$number"
