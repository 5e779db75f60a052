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
forgotten=$folder/0123456789abcdef0123456789abcdef.facts
: >"$forgotten" && old "$forgotten"
: >"$folder/notes.facts" && old "$folder/notes.facts"
: >"$folder/notes.wordhaze-mine.txt"
: >"$folder/f123456789abcdef0123456789abcdef.facts"
rm "$folder"/*.haze
flock "$folder/4567.haze.wordhaze-89abcdef" "$WORDHAZE" near w7 -e words.txt >"$out" 2>"$err"
[ ! -e "$folder/0123.haze.wordhaze-89abcdef" ] && [ ! -e "$forgotten" ] &&
    [ -e "$folder/4567.haze.wordhaze-89abcdef" ] && [ -e "$folder/notes.facts" ] &&
    [ -e "$folder/notes.wordhaze-mine.txt" ] &&
    [ -e "$folder/f123456789abcdef0123456789abcdef.facts" ]
ok "what killed processes left is removed, what is being written is not"
for place in /dev/null/cache none relative; do
    XDG_CACHE_HOME=$place HOME=/nowhere "$WORDHAZE" near w7 --json -e words.txt >"$out" 2>"$err"
    cmp -s "$out" plain.out
    ok "no cache can be made in $place"
done
[ ! -e none ] && [ ! -e relative ]
ok "a path that is not absolute is not used"

# --- a bound -----------------------------------------------------------------------------------------------

rm -rf "$folder"
for file in a b c d; do
    sed "s/^w7 [^ ]*/$file 9.5/" words.txt >"$file.txt"
    old "$file.txt"
done
near() { # near FILE: opens it
    run near w9 --json -e "$1.txt"
}
keep() { # keep FILE: opens it, for the first time; its entry is $entry
    ls "$folder" >before 2>/dev/null
    near "$1"
    entry=$folder/$(ls "$folder" | grep '\.haze$' | grep -vxFf before)
}
: >before
keep a && a=$entry
keep b && b=$entry
size=$(stat -c %s "$a")
WORDHAZE_CACHE_SIZE=$((2 * size + size / 2))
export WORDHAZE_CACHE_SIZE
touch -d '2021-01-01' "$a"
touch -d '2022-01-01' "$b"
near a # used: so b is the one that is oldest now
[ "$(stat -c %Y "$a")" -gt "$(stat -c %Y "$b")" ]
ok "using an entry is kept in its time of change"
keep c && c=$entry
[ -e "$a" ] && [ ! -e "$b" ] && [ -e "$c" ]
ok "beyond the bound the entry goes that was used longest ago"
touch -d '2021-01-01' "$a" "$c"
WORDHAZE_CACHE_SIZE=$((size + size / 2)) near d
[ "$(entries)" -eq 1 ] && [ ! -e "$a" ] && [ ! -e "$c" ]
ok "a smaller bound leaves only what was written last"
near a && WORDHAZE_CACHE_SIZE=$((size / 2)) near b && cp "$err" note
[ "$status" -eq 0 ] && [ "$(entries)" -eq 2 ] &&
    [ "$(grep -c 'b.txt: not kept for the next time: larger than WORDHAZE_CACHE_SIZE allows$' note)" -eq 1 ]
ok "an embedding larger than the bound is not kept, removes nothing, and a line says so"
rm -rf "$folder"
WORDHAZE_CACHE_SIZE=0 near a
[ "$(entries)" -eq 0 ] && ! grep -q 'not kept' "$err"
ok "with 0 nothing is kept"
WORDHAZE_CACHE_SIZE=8q near a
[ "$status" -eq 64 ] && grep -qx 'wordhaze: WORDHAZE_CACHE_SIZE=8q: expected a size such as 500M or 8G' "$err"
ok "what is no size is refused"

# --- what is not ours ----------------------------------------------------------------------------------------

mkdir -p "$folder"
hex=00000000000000000000000000000000
touch elsewhere
ln -s "$SCRATCH/elsewhere" "$folder/${hex%?}1.haze"
ln -s "$SCRATCH/elsewhere" "$folder/${hex%?}2.facts"
mkdir "$folder/${hex%?}3.haze" && : >"$folder/${hex%?}3.haze/file"
mkfifo "$folder/${hex%?}4.haze" "$folder/x.haze.wordhaze-01234567"
head -c 3000000 /dev/zero >"$folder/${hex%?}.haze"
head -c 3000000 /dev/zero >"$folder/${hex}0.haze"
head -c 3000000 /dev/zero >"$folder/G${hex#?}.haze"
head -c 3000000 /dev/zero >"$folder/$hex.haze.old"
head -c 3000000 /dev/zero >"$folder/mine.txt"
touch -h -d '2019-01-01' "$folder"/*
ls "$folder" >foreign
work=$folder/${hex%?}5.facts taken=$folder/${hex%?}6.facts
head -c 3000000 /dev/zero >"$work"
head -c 3000000 /dev/zero >"$taken"
ours() { # what is there besides
    ls "$folder" | grep -vxFf foreign
}
WORDHAZE_CACHE_SIZE=20M keep a
flock "$taken" "$WORDHAZE" near w9 -e b.txt >"$out" 2>"$err"
ours >left
[ "$(ls "$folder" | grep -cxFf foreign)" -eq "$(wc -l <foreign)" ] && [ ! -e "$entry" ] &&
    [ ! -e "$work" ] && [ -e "$taken" ] && [ "$(wc -l <left)" -eq 2 ]
ok "unfinished work counts, but not what a process is at; foreign names, links, folders stay"
rm "$taken"
head -c $((size / 4)) /dev/zero >"$work"
touch -d '3 days ago' "$work"
keep a && keep c
[ -e "$work" ] && [ -e "$entry" ] && [ "$(ours | wc -l)" -eq 3 ]
ok "entries go before unfinished work, though it is older"
run info --cache --json
[ "$(number_of unfinished)" -eq 1 ] && [ "$(number_of entries)" -eq 2 ] &&
    [ "$(number_of bytes)" -eq $((2 * size + size / 4)) ]
ok "info --cache counts them, and nothing else"
prints '"folder":"'"$folder"
run info --cache
prints 'unfinished work        1'
flock "$work" "$WORDHAZE" info --clear-cache >"$out" 2>"$err"
[ -e "$work" ]
ok "clearing leaves what a process is at"
run info --clear-cache
says 'wordhaze: 1 files removed from the cache, '
[ "$(ours | wc -l)" -eq 0 ] && [ "$(ls "$folder" | wc -l)" -eq "$(wc -l <foreign)" ] &&
    [ -e elsewhere ] && [ -e "$folder/${hex%?}3.haze/file" ]
ok "clearing removes what is ours and nothing else"
exits 64 "a file beside --cache" info --cache words.txt

# --- together, with a bound --------------------------------------------------------------------------------------

rm -rf "$folder"
for file in a b c d; do
    "$WORDHAZE" near w9 --json -e "$file.txt" --no-cache >"$file.plain" 2>/dev/null
done
bad=
for round in 1 2; do
    for file in a b c d; do
        "$WORDHAZE" near w9 --json -e "$file.txt" >"$file.1" 2>/dev/null &
        "$WORDHAZE" near w9 --json -e "$file.txt" >"$file.2" 2>/dev/null &
    done
    wait
    for file in a b c d; do
        cmp -s "$file.1" "$file.plain" && cmp -s "$file.2" "$file.plain" || bad="$bad $file"
    done
done
[ -z "$bad" ] && [ "$(entries)" -le 2 ] && [ "$(entries)" -ge 1 ] && [ "$(ls "$folder" | wc -l)" -eq "$(entries)" ]
ok "eight at once that remove each other's entries: all answers right, $(entries) left, not:$bad"
unset WORDHAZE_CACHE_SIZE

# --- no room ---------------------------------------------------------------------------------------------------

rm -rf "$folder"
(
    ulimit -f 100 # blocks of 512 bytes
    exec "$WORDHAZE" info --json a.txt
) >"$out" 2>"$err"
status=$?
"$WORDHAZE" info --json a.txt --no-cache >plain.out 2>/dev/null
[ "$status" -eq 0 ] && cmp -s "$out" plain.out && [ "$(ls "$folder" | wc -l)" -eq 0 ] &&
    [ "$(grep -c 'a.txt: not kept for the next time: .*: File too large$' "$err")" -eq 1 ]
ok "no room for the entry: the answer all the same, one line, nothing half left"
finish
