#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The manual tells the truth: pages are well formed, every example of wordhaze(1) and the README
# prints what the page shows, and every command, option, request, key and mechanism has its place in it.
. tests/lib/tap.sh

page=man/wordhaze.1
built=$(cd "$(dirname "$WORDHAZE")" && pwd)
mechanisms=$built/man/wordhaze-mech.7
PATH=$built:$PATH

# ---- form ----
for file in man/*.[1-8] "$mechanisms"; do
    # That pages are not installed yet is no fault of theirs.
    mandoc -Tlint "$file" >"$out" 2>&1
    ! grep -v 'referenced manual not found' "$out" >&2
    ok "$(basename "$file"): mandoc finds nothing"
done

# ---- examples ----
# Lines "$ COMMAND" of displays, each with what follows it, as files N.command, N.shown.
roff_displays() {
    awk '
        /^\.Bd/ { inside = 1; next }
        /^\.Ed/ { inside = 0 }
        inside { gsub(/\\e/, "\\"); gsub(/\\&/, ""); print; next }
        { print "." }' "$1"
}
markdown_displays() {
    sed -n 's/^    //p; t
        s/.*/./p' "$1"
}
split_examples() {
    awk -v folder="$SCRATCH" '
        $0 == "." { name = ""; next }
        /^\$ / { name = folder "/" ++n; print substr($0, 3) >(name ".command"); printf "" >(name ".shown") }
        name && !/^\$ / { print >(name ".shown") }
        END { print n + 0 }'
}
try_examples() { # try_examples FILE MINIMUM COUNT
    [ "$3" -ge "$2" ]
    ok "$(basename "$1"): has examples"
    n=1
    while [ "$n" -le "$3" ]; do
        (cd "$SCRATCH" && sh "$n.command") 2>"$err" </dev/null | sed 's/ *$//' >"$out"
        sed 's/ *$//' "$SCRATCH/$n.shown" | diff - "$out" >"$SCRATCH/difference"
        cat "$SCRATCH/difference" >&2
        [ ! -s "$SCRATCH/difference" ]
        ok "$(basename "$1"): $(tr -d '\\' <"$SCRATCH/$n.command")"
        n=$((n + 1))
    done
}
try_examples "$page" 10 "$(roff_displays "$page" | split_examples)"
try_examples "$mechanisms" 12 "$(roff_displays "$mechanisms" | split_examples)"
try_examples README.md 2 "$(markdown_displays README.md | split_examples)"

# ---- everything has its place ----
# all WHAT PREFIX MINIMUM FILE: each name of the file, of which there must be that many, follows the
# prefix in some line of the page
all() {
    missing=
    while read -r name; do
        sed 's/\\-/-/g' "$page" | grep -q -e "^$2$name\\( \|\$\)" || missing="$missing $name"
    done <"$4"
    [ -z "$missing" ] || echo "not in $page:$missing" >&2
    [ -z "$missing" ] && [ "$(wc -l <"$4")" -ge "$3" ]
    ok "every $1 is in the manual"
}

"$WORDHAZE" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p' >"$SCRATCH/names"
all command '\.Ss ' 12 "$SCRATCH/names"
{
    "$WORDHAZE" --help
    while read -r command; do "$WORDHAZE" "$command" --help; done <"$SCRATCH/names"
} | sed -n 's/^ *\(-[a-z], \)\{0,1\}--\([a-z][-a-z]*\).*/\2/p' | sort -u >"$SCRATCH/options"
all option '\.It Fl \(.*[ ,]\)\{0,1\}-' 30 "$SCRATCH/options"
sed -n 's/^REQUEST([A-Z_]*, "\([^"]*\)".*/\1/p' ui/request.def >"$SCRATCH/requests"
all request '\.It Ic :' 30 "$SCRATCH/requests"
"$WORDHAZE" mechs --tsv | sed 1d | cut -f1 | while read -r name; do
    grep -q "^\.Ss $name: " "$mechanisms" && grep -q "^\.Ss $name by hand" "$mechanisms" ||
        echo "$name"
done >"$SCRATCH/unknown"
sed 's/^/not in wordhaze-mech(7): /' "$SCRATCH/unknown" >&2
[ ! -s "$SCRATCH/unknown" ]
ok "every mechanism is in wordhaze-mech(7), with an example"

# Keys stand in the paragraph of their request.
awk '
    { gsub(/\\-/, "-") }
    FILENAME == ARGV[1] && /^\.It Ic :/ { request = substr($3, 2); next }
    FILENAME == ARGV[1] && /^\./ { next }
    FILENAME == ARGV[1] { text[request] = text[request] " " $0 " "; next }
    /^(#|\[|$)/ || $2 == "none" { next }
    {
        keys++
        if (!match(text[$2], "Keys?:.*") || !index(substr(text[$2], RSTART), " " $1)) {
            print $1 " of " $2 " is not in the manual" >"/dev/stderr"
            bad = 1
        }
    }
    END { exit bad || keys < 30 }' "$page" assets/keys.conf
ok "every key is in the manual"
finish
