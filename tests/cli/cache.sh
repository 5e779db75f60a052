#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The cache: a file is read once, its facts are computed once; what comes out never differs.
. tests/lib/tap.sh
cd "$SCRATCH" || exit 1
folder=$XDG_CACHE_HOME/wordhaze
entries() {
    ls "$folder" 2>/dev/null | grep -c '\.haze$'
}
old() { # old FILE...: changed long ago
    touch -d '2020-01-01 12:00' "$@"
}

awk 'BEGIN {
    for (i = 0; i < 9000; i++) {
        printf "w%d", i % 8999
        for (j = 0; j < 16; j++)
            printf " %.5f", sin(i * 1.7 + j * j) + cos(i * j * 0.37)
        print ""
    }
}' >words.txt
[ "$(wc -c <words.txt)" -gt 1048576 ]
ok "a file of more than 1 MiB"
run near w7 -e words.txt
[ "$status" -eq 0 ] && [ "$(entries)" -eq 0 ]
ok "a file written a moment ago is not kept"
old words.txt
run near w7 --json -e words.txt --no-cache
[ "$(entries)" -eq 0 ]
ok "nothing is kept with --no-cache"
cp "$out" plain.out && cp "$err" plain.err
for time in first second; do
    run near w7 --json -e words.txt
    cmp -s "$out" plain.out && cmp -s "$err" plain.err && [ "$(entries)" -eq 1 ]
    ok "the $time time: the same answer and warnings, one entry"
done
says 'words.txt: 1 rows skipped: the word was there before'
[ "$(stat -c %a "$folder")" = 700 ]
ok "the folder is private"
run info words.txt --json --no-cache
cp "$out" info.out
before=$(stat -c %s "$folder"/*.haze)
run info words.txt --json
cmp -s "$out" info.out && [ "$(stat -c %s "$folder"/*.haze)" -gt "$before" ]
ok "the facts are added to the entry"
run info words.txt --json
cmp -s "$out" info.out
ok "and are the same when they come from there"
run info words.txt --verify
[ "$status" -eq 69 ]
ok "--verify means the file itself"

# --- broken entries ---------------------------------------------------------------------------------

entry=$(echo "$folder"/*.haze)
cp "$entry" good
bad=
for cut in 0 1 100 111 112 1000 $(($(wc -c <good) / 2)) $(($(wc -c <good) - 1)); do
    head -c "$cut" good >"$entry"
    run near w7 --json -e words.txt
    cmp -s "$out" plain.out && [ "$(wc -c <"$entry")" -gt 100000 ] || bad="$bad $cut"
done
[ -z "$bad" ]
ok "an entry cut short is made again, at:$bad"
head -c 200000 /dev/zero >"$entry"
run near w7 --json -e words.txt
cmp -s "$out" plain.out && ! cmp -s -n 1000 "$entry" /dev/zero
ok "an entry of zeros is made again"
"$WORDHAZE" import words.txt "$entry" -q
run near w7 --json -e words.txt
cmp -s "$out" plain.out && cmp -s "$err" plain.err
ok "a store that is no entry is made again"
rm "$entry" && mkdir "$entry"
run near w7 --json -e words.txt
cmp -s "$out" plain.out
ok "a folder in the entry's place does no harm"
rmdir "$entry"

# --- other files, other options ------------------------------------------------------------------------

rm -rf "$folder"
run near w7 -e words.txt
run near w7 -e words.txt --limit 5000
run near w7 -e words.txt --lowercase
run near w7 -e words.txt --merge-duplicates
run near w7 -e words.txt --embedding-format glove
[ "$(entries)" -eq 4 ]
ok "an entry for each way to read it, $(entries) of 4"
exits 65 "strict reads the file itself" near w7 -e words.txt --strict
sed -i 's/^w7 [^ ]*/w7 9.5/' words.txt
old words.txt
touch -d '2020-01-01 12:01' words.txt
run near w7 --json -e words.txt
! cmp -s "$out" plain.out
ok "a file that was changed is read again"
cut -d ' ' -f 2- words.txt | tr ' ' '\t' >vectors.tsv
cut -d ' ' -f 1 words.txt >vectors.vocab
old vectors.tsv vectors.vocab
run near w7 --json -e vectors.tsv
first=$(sed 's/.*"neighbours"//' "$out")
sed -i 's/^w7$/x7/; s/^w8$/w7/' vectors.vocab
touch -d '2020-01-01 12:02' vectors.vocab
run near w7 --json -e vectors.tsv
[ -n "$first" ] && [ "$(sed 's/.*"neighbours"//' "$out")" != "$first" ]
ok "so is one whose words were changed"

# --- together, and without a place -----------------------------------------------------------------------

rm -rf "$folder"
run near w7 --json -e words.txt --no-cache
cp "$out" plain.out
for i in 1 2 3 4; do
    "$WORDHAZE" near w7 --json -e words.txt >"out.$i" 2>/dev/null &
done
wait
cmp -s out.1 plain.out && cmp -s out.2 plain.out && cmp -s out.3 plain.out && cmp -s out.4 plain.out &&
    [ "$(ls "$folder" | wc -l)" -eq 1 ]
ok "four at once: the same answers, one entry"
: >"$folder/0123.haze.wordhaze-89abcdef"
: >"$folder/4567.haze.wordhaze-89abcdef"
: >"$folder/89ab.facts" && old "$folder/89ab.facts"
: >"$folder/cdef.facts"
rm "$folder"/*.haze
flock "$folder/4567.haze.wordhaze-89abcdef" "$WORDHAZE" near w7 -e words.txt >"$out" 2>"$err"
[ ! -e "$folder/0123.haze.wordhaze-89abcdef" ] && [ ! -e "$folder/89ab.facts" ] &&
    [ -e "$folder/4567.haze.wordhaze-89abcdef" ] && [ -e "$folder/cdef.facts" ]
ok "what killed processes left is removed, what is being written is not"
for place in /dev/null/cache none relative; do
    XDG_CACHE_HOME=$place HOME=/nowhere "$WORDHAZE" near w7 --json -e words.txt >"$out" 2>"$err"
    cmp -s "$out" plain.out
    ok "no cache can be made in $place"
done
[ ! -e none ] && [ ! -e relative ]
ok "a path that is not absolute is not used"
finish
