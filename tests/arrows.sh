#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Checks who includes whom against the table in src/README.md. Usage: arrows.sh [ROOT]
set -u
cd "${1:-.}" || exit 1

bad=0
complain() {
    echo "arrows: $*"
    bad=1
}

# The rows "    folder -> folder folder" of the table.
table=$(sed -n 's/^    \([a-z]*\) *->\(.*\)/\1:\2/p' src/README.md)
allowed() { # allowed FOLDER: the folders it may include
    echo "$table" | sed -n "s/^$1://p"
}

# The table itself: one row a folder, and each row names only folders of rows above it, so that
# data flows one way.
above=
for row in $(echo "$table" | tr -d ' ' | cut -d: -f1); do
    for folder in $(allowed "$row"); do
        case " $above " in
        *" $folder "*) ;;
        *) complain "src/README.md: $row -> $folder, but $folder has no row above it" ;;
        esac
    done
    above="$above $row"
done
for folder in src/*/ ui/; do
    folder=$(basename "$folder")
    case " $above " in
    *" $folder "*) ;;
    *) complain "src/README.md: no row for $folder" ;;
    esac
done

files=$(find src ui -name '*.[chS]' -o -name '*.def' | sort)

# Every include of ours, as "FILE TARGET"; ours are those in quotes and those in angle brackets
# that begin with one of our folders.
includes() {
    ours=$(echo $above | tr ' ' '|')
    # shellcheck disable=SC2086 # a list of files
    grep -HE '^[[:space:]]*#[[:space:]]*include' $files |
        sed -nE -e 's/^([^:]*):[^"<]*"([^"]*)".*/\1 \2/p' -e "s/^([^:]*):[^\"<]*<(($ours)\/[^>]*)>.*/\1 \2/p"
}

while read -r file target; do
    [ -n "$file" ] || continue
    folder=${file%/*}
    folder=${folder##*/}
    case $target in
    */*) ;;
    *) complain "$file: \"$target\" is not written from the root of the sources"; continue ;;
    esac
    case " base $folder $(allowed "$folder") " in
    *" ${target%%/*} "*) ;;
    *) complain "$file may not include \"$target\"" ;;
    esac
done <<END
$(includes)
END

only() { # only PATTERN FILE: nothing but FILE includes <PATTERN>
    # shellcheck disable=SC2086 # a list of files
    for file in $(grep -lE "^[[:space:]]*#[[:space:]]*include[[:space:]]*<($1)>" $files); do
        [ "$file" = "$2" ] || complain "$file: only $2 may include <$1>"
    done
}
only 'n?curses[^>]*|term\.h|panel\.h|menu\.h|form\.h' ui/term.c
only 'readline/[^>]*' ui/prompt.c

twice=$(find src ui tests -name '*.[chS]' -o -name '*.def' | sed 's,.*/,,' | sort | uniq -d)
# shellcheck disable=SC2086 # one line
[ -z "$twice" ] || complain "two files share a name:" $twice

[ "$bad" -eq 0 ] && echo "arrows: includes follow the table"
exit "$bad"
