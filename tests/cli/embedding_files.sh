#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Embedding files at the command line: the same words in every form, and files that are broken, with exit
# status and sentence. Needs WORDHAZE (the program) and SCRATCH (a folder).
set -u
cd "$SCRATCH" || exit 1
number=0

report() { # report STATUS NAME [NOTE]
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        [ -n "${3:-}" ] && echo "$3" | sed 's/^/# /'
    fi
}

checksum() { # checksum FILE [OPTION...]
    file=$1
    shift
    "$WORDHAZE" info "$file" --json "$@" 2>/dev/null | sed 's/.*"checksum":"\([^"]*\)".*/\1/'
}

refused() { # refused NAME STATUS SENTENCE ARGUMENT...
    name=$1
    status=$2
    sentence=$3
    shift 3
    timeout 20 "$WORDHAZE" "$@" </dev/null >out 2>err
    found=$?
    [ "$found" -eq "$status" ] && [ "$(wc -l <err)" -eq 1 ] && [ ! -s out ] &&
        grep -qF -- "wordhaze: $sentence" err
    report $? "$name" "expected $status '$sentence', found $found '$(cat err)'"
}

# --- the same words in every form ---------------------------------------------------------------

printf 'the 0.5 1 -2\nof 1.25 0 3\n. . . 1 1 1\n\302\240 2 2 2.5\nand 4 0.1 0\n' >rows.txt
{ echo '5 3' && sed 's/$/ /' rows.txt; } >header.vec
sed 's/$/\r/' rows.txt >crlf.txt
"$WORDHAZE" import rows.txt rows.haze 2>err
report $? "import" "$(cat err)"
"$WORDHAZE" import header.vec header.haze 2>/dev/null
sum=$(checksum rows.txt)
[ "${#sum}" -eq 64 ]
report $? "a checksum of 64 digits" "$sum"
for file in header.vec crlf.txt rows.haze header.haze; do
    [ "$(checksum $file)" = "$sum" ]
    report $? "$file has the same checksum"
done
[ "$(checksum - <rows.txt)" = "$sum" ]
report $? "standard input has the same checksum"
[ "$(checksum rows.txt --limit 3)" = "$(checksum rows.haze --limit 3)" ]
report $? "so do the first three words"
[ "$(checksum rows.txt --limit 3)" != "$sum" ]
report $? "which are others than all five"
"$WORDHAZE" import rows.haze again.haze 2>/dev/null && cmp -s rows.haze again.haze
report $? "a store imported again is the same file"
"$WORDHAZE" info --verify rows.haze >/dev/null 2>&1
report $? "a store is verified"
"$WORDHAZE" info --verify >/dev/null 2>&1
report $? "the built-in embedding is verified"

# --- rows that are not sound -----------------------------------------------------------------------

printf 'a 1 2\nb 1\nc 3 nan\na 3 4\nd 5 6\n' >bad.txt
"$WORDHAZE" info bad.txt >out 2>err
[ $? -eq 0 ] && grep -q '2 words' out && grep -q 'line 2' err
report $? "bad rows are counted" "$(cat out err)"
sed '1s/.*/7 3/' header.vec >miscounted.vec
"$WORDHAZE" info miscounted.vec >/dev/null 2>err
[ $? -eq 0 ] && grep -q 'the header says 7 rows, there are 5' err
report $? "a header that counts wrong is told" "$(cat err)"
refused "strict stops at the first" 65 'bad.txt:2: expected a word and its numbers' \
    info bad.txt --strict
printf 'x 1 1\ny 2 \033[2J\n' >escape.txt
refused "an escape sequence is shown, not sent" 65 "escape.txt:2: expected a number, found '<U+001B>[2J'" \
    info escape.txt --strict
! grep -q "$(printf '\033')" err
report $? "and stderr has no escape byte"

# --- files that are nothing --------------------------------------------------------------------------

: >empty
mkdir folder
head -c 100000 "$WORDHAZE" >binary
printf 'PK\003\004' >zip
refused "an empty file" 65 'empty:1: ' info empty
refused "a folder" 66 'folder: expected a file' info folder
refused "no file" 66 'missing: No such file' info missing
refused "a program" 65 'binary:1: ' info binary
refused "four bytes" 65 'zip: byte 0' info zip
refused "nothing on standard input" 65 'standard input:1: ' info -
if [ "$(id -u)" -ne 0 ]; then
    : >locked && chmod 0 locked
    refused "a file that may not be read" 66 'locked: Permission denied' info locked
fi
refused "no such folder to write to" 73 'none/x.haze: ' import rows.txt none/x.haze
refused "a full disk" 74 '/dev/full: ' import rows.txt /dev/full
refused "a folder as output" 73 'folder: expected a file' import rows.txt folder
[ ! -e none ] && [ -z "$(ls | grep 'haze\.')" ]
report $? "nothing half-made is left" "$(ls)"

# --- killed, and together ------------------------------------------------------------------------------

"$WORDHAZE" import rows.txt same.haze 2>/dev/null && cp same.haze before.haze
"$WORDHAZE" export many.txt --limit 20000 2>/dev/null
for delay in 0.02 0.1 0.2; do
    "$WORDHAZE" import many.txt same.haze 2>/dev/null &
    sleep "$delay"
    kill -KILL $! && wait $! 2>/dev/null
    cmp -s same.haze before.haze
    report $? "killed after $delay s: the old store is there"
done
rm -f same.haze.*
"$WORDHAZE" export few.txt --limit 2000 2>/dev/null
"$WORDHAZE" import few.txt same.haze 2>err.1 &
"$WORDHAZE" import few.txt same.haze 2>err.2
second=$?
wait $!
[ $? -eq 0 ] && [ "$second" -eq 0 ] && "$WORDHAZE" info --verify same.haze >/dev/null 2>&1 &&
    [ "$(checksum same.haze)" = "$(checksum few.txt)" ] && [ -z "$(ls | grep 'haze\.')" ]
report $? "two imports to the same store both succeed" "$(cat err.1 err.2)"

# --- stores that are broken --------------------------------------------------------------------------

size=$(wc -c <rows.haze)
bad=
for cut in 1 8 12 16 111 112 113 168 500 $((size / 2)) $((size - 64)) $((size - 1)); do
    head -c "$cut" rows.haze >cut.haze
    "$WORDHAZE" info cut.haze >/dev/null 2>err
    [ $? -eq 65 ] && grep -q '^wordhaze: cut.haze:' err || bad="$bad $cut"
done
[ -z "$bad" ]
report $? "a store cut short is refused" "at:$bad"
turn() { # turn OFFSET BYTE: rows.haze with one byte set
    cp rows.haze turned.haze
    # shellcheck disable=SC2059 # the format is the byte
    printf "$2" | dd of=turned.haze bs=1 seek="$1" conv=notrunc 2>/dev/null
}
turn 12 '\002'
refused "another version" 65 'turned.haze: store version 2, expected 1' info turned.haze
turn 8 '\001\002\003\004'
refused "another byte order" 65 'turned.haze: store of a machine with the other byte order' \
    info turned.haze
turn 16 '\377'
refused "a changed header" 65 'turned.haze: damaged store' info turned.haze
turn 1088 '\177'
"$WORDHAZE" info --verify turned.haze >out 2>err
[ $? -eq 65 ] && grep -q 'does not match its hash' err
report $? "verifying finds a changed byte" "$(cat err)"
printf 'wordhaze 1 2\nb 3 4\n' >named.txt
"$WORDHAZE" info named.txt >/dev/null 2>&1
report $? "a text that begins like a store is a text"

"$WORDHAZE" import rows.txt - 2>/dev/null | cmp -s - rows.haze
report $? "a store on standard output is the same"
[ "$(checksum - <rows.haze)" = "$sum" ] && [ "$(cat rows.haze | checksum -)" = "$sum" ]
report $? "and is read from standard input, a file or a pipe"

# --- packed files, words beside the numbers, other programs' files --------------------------------------

gzip -k rows.txt && [ "$(checksum rows.txt.gz)" = "$sum" ] && [ "$(checksum - <rows.txt.gz)" = "$sum" ] &&
    [ "$(cat rows.txt.gz | checksum -)" = "$sum" ]
report $? "a packed text, as file, standard input and pipe"
cat rows.txt.gz rows.txt.gz >twice.gz && [ "$(checksum twice.gz)" = "$sum" ]
report $? "a packed file in two pieces"
printf '0.5\t1\t-2\n1.25\t0\t3\n1\t1\t1\n2\t2\t2.5\n4\t0.1\t0\n' >vectors.tsv
refused "numbers without words" 66 'vectors.tsv: expected its words in vectors.vocab or vectors.txt' \
    info vectors.tsv
sed 's/ [^ ]* [^ ]* [^ ]*$//' rows.txt >words
{ printf 'word\tcount\n' && sed 's/$/\t1/' words; } >metadata.tsv
[ "$(checksum vectors.tsv)" = "$sum" ]
report $? "a table with its metadata"
rm metadata.tsv
[ "$(checksum vectors.tsv --vocab words)" = "$sum" ] && cp words vectors.vocab &&
    [ "$(checksum vectors.tsv)" = "$sum" ]
report $? "a table with its words in a file named, or of its name"
head -n 4 words >few
refused "too few words" 65 'few:5: expected a word for every row of vectors.tsv' info vectors.tsv --vocab few
{ cat words && echo more; } >many
refused "too many words" 65 'many:6: expected 5 words, as many as rows in vectors.tsv, found 6' \
    info vectors.tsv --vocab many
refused "words for a file that has its own" 64 '--vocab: rows.txt has its own words' \
    info rows.txt --vocab words
refused "a tensor of a text" 64 '--tensor: rows.txt is no safetensors file' info rows.txt --tensor x
refused "a format that is none" 64 "unknown format 'hdf5'; there are: store" \
    info rows.txt --embedding-format hdf5
refused "a format that it is not" 65 'rows.txt: byte 0: expected a NumPy file' \
    info rows.txt --embedding-format npy --vocab words
printf '\200\004\225junk' >model.kv
refused "a pickle" 65 'model.kv: byte 0: expected words and vectors, found a Python pickle' info model.kv
grep -qF "K.load('model.kv').save_word2vec_format('model.kv.vec')" err
report $? "with the line that converts it"

# --- words and vectors that are the same ------------------------------------------------------------------

printf 'The 1 2\nthe 3 4\nZ\303\234RICH 5 6\nx -0 1\ny 0 1\n' >cases.txt
"$WORDHAZE" info cases.txt --lowercase >out 2>err
[ $? -eq 0 ] && grep -q '4 words' out && grep -q '1 rows skipped: the word was there before' err
report $? "lower case" "$(cat out err)"
"$WORDHAZE" near "$(printf 'z\303\274rich')" -k 1 -e cases.txt --lowercase >/dev/null 2>&1
report $? "by Unicode's rules"
"$WORDHAZE" info cases.txt --merge-duplicates >out 2>err
[ $? -eq 0 ] && grep -q '4 words' out && grep -q '1 rows merged' err
report $? "equal vectors are merged" "$(cat out err)"
"$WORDHAZE" import cases.txt cases.haze 2>/dev/null
[ "$(checksum cases.haze --lowercase --merge-duplicates)" = \
    "$(checksum cases.txt --lowercase --merge-duplicates)" ]
report $? "in a store as in a text"

# --- size and waiting --------------------------------------------------------------------------------

head -c 20000000 /dev/zero | tr '\0' 1 >endless
refused "one line of 20 MB" 65 'endless:1: expected a word and its numbers' info endless
# The address sanitizer reserves more address space than any limit would leave.
grep -q __asan_init "$WORDHAZE" || limit='ulimit -v 400000'
(${limit:-true} && exec "$WORDHAZE" info endless) >/dev/null 2>err
grep -q 'more than 4 MiB' err
report $? "within little memory" "$(cat err)"
mkfifo pipe
cat rows.txt >pipe &
[ "$(checksum pipe)" = "$sum" ]
report $? "a named pipe"
wait
echo "1..$number"
