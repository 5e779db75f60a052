#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Checks who includes whom against the table in src/README.md. Usage: arrows.sh [ROOT]
set -eu
cd "${1:-.}"

allowed() { # allowed FOLDER: the folders it may include
    sed -n "s/^    $1 *->\(.*\)/\1/p" src/README.md
}

bad=0
complain() {
    echo "arrows: $*"
    bad=1
}

for file in src/*/*.[ch] src/*/*.def ui/*.[ch] ui/*.def; do
    [ -e "$file" ] || continue
    folder=${file%/*}
    folder=${folder##*/}
    may=" base $folder $(allowed "$folder") "
    for target in $(sed -n 's/^ *# *include "\([^"]*\)".*/\1/p' "$file"); do
        case $target in
        */*) ;;
        *) complain "$file: \"$target\" is not written from the root of the sources"; continue ;;
        esac
        case $may in
        *" ${target%%/*} "*) ;;
        *) complain "$file may not include \"$target\"" ;;
        esac
    done
done

only() { # only PATTERN FILE: nothing but FILE includes <PATTERN>
    for file in $(grep -lE "^ *# *include *<($1)" src/*/*.[ch] ui/*.[ch] 2>/dev/null || true); do
        [ "$file" = "$2" ] || complain "$file: only $2 may include <$1>"
    done
}
only 'n?curses[^>]*|term\.h|panel\.h' ui/term.c
only 'readline/[^>]*' ui/prompt.c

twice=$(find src ui tests -name '*.[ch]' | sed 's,.*/,,' | sort | uniq -d)
[ -z "$twice" ] || complain "two files share a name:" $twice

[ "$bad" -eq 0 ] && echo "arrows: includes follow the table"
exit "$bad"
