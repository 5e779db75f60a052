#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Words outside of a fastText model's vocabulary: "near" and "export --words" compose them from n-grams,
# whether the model was read now or comes from the cache; other commands say what to do.
. tests/lib/tap.sh
cd "$SCRATCH" || exit 1

# --- a model: words a (4 0) and b (0 4), one bucket (1 1), n-grams of three characters -----------------

le32() { # le32 NUMBER...
    for number32 in "$@"; do
        # shellcheck disable=SC2059 # the format is the bytes
        printf "$(printf '\\%03o\\%03o\\%03o\\%03o' $((number32 & 255)) $((number32 >> 8 & 255)) \
            $((number32 >> 16 & 255)) $((number32 >> 24 & 255)))"
    done
}
model() { # model LONGEST-N-GRAM
    one=1065353216 four=1082130432
    le32 793712314 12 2 5 5 1 5 1 2 2 1 3 "$1" 100 0 0
    le32 2 2 0 9 0 4294967295 4294967295
    for word in a b; do
        printf '%s\000' $word && le32 9 0 && printf '\000'
    done
    printf '\000' && le32 3 0 2 0 $four 0 0 $four $one $one
    printf '\000' && le32 131072 0 2 0 # so many rows that the cache takes it
    head -c 1048576 /dev/zero
}
model 3 >grams.bin
model 0 >whole.bin
touch -d '2020-01-01 12:00' grams.bin whole.bin
printf 'c 1 1\na 2.5 0.5\ncd 1 1\n' >wanted
printf 'c\na\ncd\n' >list

# --- near ---------------------------------------------------------------------------------------------

# a is (2.5 0.5) with its n-gram <a>, b is (0.5 2.5): both are as far from (1 1).
for cache in --no-cache '' ''; do
    # shellcheck disable=SC2086 # no option, or one
    run near c -e grams.bin $cache
    cat >expected <<'END'
c: composed from n-grams, 2 nearest of 2 words
    1  a                       1.5811
    2  b                       1.5811
END
    [ "$status" -eq 0 ] && cmp -s "$out" expected
    ok "near a composed word ${cache:-by the cache, $(ls "$XDG_CACHE_HOME/wordhaze" | wc -l) entry}"
done
run near c a --json -e grams.bin
prints '"word":"c","from":"n-grams","neighbours":[{"rank":1,"word":"a","distance":1.5811388300841898}'
prints '"word":"a","from":"vocabulary","neighbours":[{"rank":1,"word":"b","distance":2.8284271247461903}]'
run near c a --tsv -k 1 -e grams.bin
printf 'word\trank\tneighbour\tdistance\tfrom\nc\t1\ta\t1.5811388300841898\tn-grams\n' >expected
printf 'a\t1\tb\t2.8284271247461903\tvocabulary\n' >>expected
cmp -s "$out" expected
ok "and as a table"
run near a -k 1 -e grams.bin
prints 'a: 1 nearest of 2 words'
exits 1 "a model without n-grams" near c -e whole.bin
says "unknown word 'c'; near: a, b; 'c' cannot be composed: the model has no n-grams"
exits 1 "nor has a text any" near qqzzqq
[ "$(cat "$err")" = "wordhaze: unknown word 'qqzzqq'" ]
ok "it is unknown, as ever"
"$WORDHAZE" near c -e - <grams.bin >"$out" 2>"$err"
[ $? -eq 1 ] && grep -q 'came through a pipe; name its file' "$err"
ok "standard input cannot be read again"
run near "$(printf 'x\033[2J')" -e whole.bin
says "unknown word 'x<U+001B>[2J'"
gzip -k grams.bin
run near c --tsv -k 1 -e grams.bin.gz
prints "$(printf 'c\t1\ta\t1.58')"

# --- the others need words of the vocabulary ------------------------------------------------------------

for command in 'law c --mech exponential' 'sim c' 'density c' 'project c' 'audit a c --mech laplace' 'attack c' \
    'show c' 'tune c --target nw<=0.5@95%'; do
    # shellcheck disable=SC2086 # several words
    run $command -e grams.bin
    [ "$status" -eq 1 ] && grep -qF "unknown word 'c'; near: a, b; a word of the vocabulary is needed: \
'export grams.bin NEW.vec --words LIST' writes a file with words composed from n-grams" "$err"
    ok "$command: names the way"
done

# --- export --words --------------------------------------------------------------------------------------

for cache in --no-cache '' ''; do
    # shellcheck disable=SC2086
    run export grams.bin some.txt --words list $cache
    [ "$status" -eq 0 ] && [ ! -s "$err" ] && cmp -s some.txt wanted
    ok "the words of a list, in its order ${cache:-by the cache}"
done
printf 'c\r\n\r\na\r\ncd' | "$WORDHAZE" export grams.bin - --to glove --words - 2>"$err" | cmp -s - wanted
ok "of standard input, with CR LF, an empty line and no last line feed"
exits 0 "the way that was named" export grams.bin new.vec --words list
exits 0 "then works" density c -k 1 -e new.vec
printf 'b\na\nb\n' >twice
run export grams.bin some.txt --words twice
[ "$status" -eq 0 ] && [ "$(cut -d ' ' -f 1 some.txt | tr '\n' ' ')" = 'b a ' ]
ok "a word that stands there twice is taken once"
says 'twice: 1 rows skipped: the word was there before'
run export grams.bin one.txt --words list --limit 1
cmp -s one.txt wanted
ok "with a limit the rest of the vocabulary has its vectors all the same"
printf 'the\nqqzzqq\n' >strange
exits 65 "a word that only a model could compose" export --words strange built.txt
says "strange:2: expected a word of the vocabulary; 'qqzzqq' cannot be composed: only a fastText model (.bin)"
[ ! -e built.txt ]
ok "nothing is written then"
printf 'a\nc\n' >second
exits 65 "no n-grams" export whole.bin some.vec --words second
says "second:2: expected a word of the vocabulary; 'c' cannot be composed: the model has no n-grams"
one_line "refused"
printf 'a\n\000\n' >zero
exits 65 "a NUL byte" export grams.bin some.vec --words zero
says 'zero:2: expected a word, found a NUL byte in it'
: >empty
exits 65 "no words" export grams.bin some.vec --words empty
exits 66 "no list" export grams.bin some.vec --words missing
exits 64 "two files on standard input" export - some.vec --words -
[ ! -e some.vec ]
ok "nothing is written by any of them"
finish
