#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# "export": what is written reads back as the same words and vectors, whole or not at all.
. tests/lib/tap.sh
cd "$SCRATCH" || exit 1

checksum() { # checksum ARGUMENT...
    "$WORDHAZE" info --json "$@" 2>/dev/null | sed 's/.*"checksum":"\([^"]*\)".*/\1/'
}

sum=$(checksum --limit 3000)
for name in plain.txt header.vec binary.bin numbers.npy; do
    exits 0 "export $name" export "$name" --limit 3000
    [ ! -s "$out" ] && [ ! -s "$err" ] && [ "$(checksum $name)" = "$sum" ]
    ok "$name reads back as the same"
done
[ "$(head -n 1 header.vec)" = '3000 100' ] && [ "$(wc -l <numbers.vocab)" -eq 3000 ]
ok "a header, a vocabulary"
run export - --to glove --limit 3000
cmp -s "$out" plain.txt
ok "on standard output"
exits 0 "from one file to another" export header.vec again.bin
cmp -s again.bin binary.bin
ok "the same bytes"

# Numbers at the edges of float32, with as few digits as they need.
printf 'a 1e-45 3.4028235e+38 0.1 -0\nb 16777217 1.17549435e-38 -1.5 123456.79\n' >edges.txt
run export edges.txt out.txt
[ "$(checksum edges.txt)" = "$(checksum out.txt)" ] && grep -q ' 0\.1 -0$' out.txt
ok "every float comes back, 0.1 stays short"
printf 'the 0 1\na b 1 2\n. . . 3 4\nof 5 6\n' >blanks.txt
run export blanks.txt out.txt
cmp -s blanks.txt out.txt
ok "words with blanks as text"
exits 65 "and not as binary" export blanks.txt blanks.bin
says "word 2, 'a b', cannot be written as word2vec's binary: it holds a blank"
one_line "refused"
[ ! -e blanks.bin ]
ok "nothing is written then"
printf 'a\r 1 2\n' >return.txt
exits 65 "a vocabulary that would look like CR LF" export return.txt return.npy
[ "$(ls | grep -c return)" -eq 1 ]
ok "neither of two files is left"

exits 64 "an unknown format" export out --to hdf5
says "--to: expected one of glove (.txt), word2vec (.vec), word2vec-bin (.bin), npy (.npy), found 'hdf5'"
exits 64 "no format in the name" export out
exits 64 "two files on standard output" export - --to npy
exits 64 "two files on a device" export /dev/null --to npy
exits 64 "too many arguments" export a b c.txt
exits 64 "no argument" export
exits 66 "no such input" export missing.txt out.txt
exits 73 "no such folder" export none/out.txt --limit 10
if [ -w /dev/full ]; then
    exits 74 "a full disk" export /dev/full --to glove --limit 10
fi
[ -z "$(ls | grep '\.[0-9a-f]\{8\}$')" ]
ok "no half-made file"
finish
