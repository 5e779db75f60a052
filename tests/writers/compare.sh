#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Files written by fastText, gensim and NumPy themselves load to the vectors that those programs report,
# and they read what "export" writes. Needs Debian's fasttext, python3-gensim and python3-numpy, so it is
# not part of the check. Usage: WORDHAZE=build/release/wordhaze sh tests/writers/compare.sh
. tests/lib/tap.sh
export XDG_CACHE_HOME="$SCRATCH/cache"
PYTHON=${PYTHON:-/usr/bin/python3}
WORDHAZE=$(realpath "$WORDHAZE")
corpus=$(realpath LICENSE README.md man/*.1 src/*/*.c ui/*.c)
cd "$SCRATCH" || exit 1
command -v fasttext >/dev/null && "$PYTHON" -c 'import gensim, numpy' || {
    echo "1..0 # SKIP needs fasttext, python3-gensim, python3-numpy"
    exit 0
}

checksum() {
    "$WORDHAZE" info --json --no-cache "$@" 2>/dev/null | sed 's/.*"checksum":"\([^"]*\)".*/\1/'
}

# --- fastText: every word's vector, all five digits that it prints ---------------------------------------

# shellcheck disable=SC2086 # a list of files
cat $corpus | tr -cs "[:alnum:]'_" ' ' | fold -s -w 2000 >corpus.txt
printf 'na\303\257ve \303\211cole \316\264\316\271\316\254 \346\227\245\346\234\254\350\252\236 \360\237\230\200 %.0s' 1 2 3 4 5 6 >>corpus.txt
train() { # train NAME METHOD OPTION...
    name=$1 method=$2
    shift 2
    fasttext "$method" -input corpus.txt -output "$name" -dim 40 -epoch 1 -thread 1 -minCount 3 "$@" \
        >"$out" 2>"$err"
}
same() { # same NAME LEAST: NAME.txt has the words and numbers of NAME.printed, at least so many
    awk -v least="$2" 'NR == FNR { printed[FNR] = $0; rows = FNR; next }
        {
            n = split(printed[FNR], theirs, " ")
            if (theirs[1] != $1 || n != NF) { print "row", FNR, $1, theirs[1]; bad++ }
            for (j = 2; j <= NF; j++) {
                d = $j - theirs[j]; d = d < 0 ? -d : d
                split(sprintf("%.4e", theirs[j]), parts, "e")
                if (d > 0.5001 * 10 ^ (parts[2] - 4)) { print $1, j, $j, theirs[j]; bad++ }
            }
        }
        END { print rows, "words"; exit bad > 0 || FNR != rows || rows < least }' \
        "$1.printed" "$1.txt" >"$out"
}
compare() { # compare NAME: the last words as well, which are not ASCII
    "$WORDHAZE" export "$1.bin" "$1.txt" 2>"$err"
    cut -d ' ' -f 1 "$1.txt" >"$1.words"
    fasttext print-word-vectors "$1.bin" <"$1.words" >"$1.printed" 2>/dev/null
    same "$1" 100
    ok "$1: $(tail -n 1 "$out") as print-word-vectors prints them"
}

# Words that no model has seen: other endings, other letters, bytes that are no UTF-8, the marks that
# frame a word, long ones; and some that all have.
{
    tr -s ' ' '\n' <corpus.txt | awk 'NR % 40 == 0 && !seen[$0]++ { print $0 "zq"; print "q\303\251" $0 }'
    printf '%s\n' '<' '>' '<>' '<a>' '<<b' 'c>d<e' '</s' '/s>' '<s>' '</s>' x xy int return
    printf '\303\251\n\302\240q\n\316\273\316\277\316\263\316\277\317\202zq\n'
    printf '\346\227\245\n\346\234\254\346\227\245zq\n\360\237\230\200\360\237\230\201\n\300\200q\377\nx\303\n\251\251y\n'
    head -c 40000 /dev/zero | tr '\0' w && echo
    awk 'BEGIN { for (i = 0; i < 9000; i++) printf "\316\261\316\262b%d", i; print "" }'
} >others
# fastText prints zeros for a word without n-grams, which is refused here, and where it has trained
# nothing: those words are tried one by one.
outside() { # outside NAME HAVE LACK: these words, of which at least so many have a vector, or none
    touch -d '2020-01-01 12:00' "$1.bin" # so that the cache takes it
    fasttext print-word-vectors "$1.bin" <others >"$1.o.all" 2>/dev/null
    awk '{ for (j = NF; j > NF - 40; j--) if ($j != 0) { print > had; next } print $1 > none }' \
        had="$1.o.printed" none="$1.none" "$1.o.all"
    : >>"$1.o.printed" && : >>"$1.none"
    [ "$(wc -l <"$1.o.all")" -eq "$(wc -l <others)" ]
    ok "$1: fastText prints $(wc -l <"$1.o.printed") words and $(wc -l <"$1.none") of zeros"
    cut -d ' ' -f 1 "$1.o.printed" >"$1.had"
    for cache in --no-cache '' ''; do
        # shellcheck disable=SC2086 # no option, or one
        "$WORDHAZE" export "$1.bin" "$1.o.txt" --words "$1.had" $cache 2>"$err"
        same "$1.o" "$2"
        ok "$1: $(tail -n 1 "$out") of a list, $(LC_ALL=C grep -avxFc -f "$1.words" "$1.had") \
of them in no vocabulary, ${cache:-with the cache}"
    done
    models=$((models + 1))
    [ "$(ls "$XDG_CACHE_HOME/wordhaze" | wc -l)" -eq "$models" ]
    ok "$1: came from the cache the last time"
    refused=0 zeros=0
    while IFS= read -r word; do
        printf '%s\n' "$word" | "$WORDHAZE" export "$1.bin" none.txt --words - 2>"$err"
        case $? in
        65) grep -q 'standard input:1: expected a word of the vocabulary' "$err" && refused=$((refused + 1)) ;;
        0) grep -q '[^ ]*\( 0\)\{40\}$' none.txt && zeros=$((zeros + 1)) ;;
        esac
    done <"$1.none"
    [ $((refused + zeros)) -eq "$(wc -l <"$1.none")" ] && [ "$refused" -ge "$3" ] && [ "$zeros" -lt 5 ]
    ok "$1: $refused words without n-grams are refused, $zeros have zeros"
}
train grams skipgram -minn 3 -maxn 6 -bucket 5000
compare grams
models=0
outside grams 500 0
train long skipgram -minn 5 -maxn 6 -bucket 5000
compare long
outside long 500 10
train short cbow -minn 1 -maxn 3 -bucket 200
compare short
outside short 500 0
train whole skipgram -minn 0 -maxn 0
compare whole
outside whole 3 500
sed 's/^[^ ]* /__label__a &/' corpus.txt | awk 'NR % 2 { sub("__label__a", "__label__b") } 1' >labelled.txt
mv labelled.txt corpus.txt
train labels supervised -minn 2 -maxn 4 -bucket 3000
compare labels
outside labels 500 0
fasttext quantize -input corpus.txt -output labels >/dev/null 2>&1
exits 65 "a quantised model" info labels.ftz
says "expected exact vectors, but this model is quantised"
"$WORDHAZE" info grams.vec >"$out" 2>"$err"
grep -q word2vec "$out"
ok "its .vec is read as well"

# --- gensim and NumPy write -------------------------------------------------------------------------------

cat >write.py <<'END'
import numpy as np
from gensim.models import KeyedVectors
rng = np.random.default_rng(5)
words = ["w%d" % i for i in range(500)] + ["caf\u00e9", "\u65e5\u672c", "\u00a0nbsp", "</s>"]
rows = rng.integers(-500, 500, (len(words), 30)).astype(np.float16).astype(np.float32) / 256
kv = KeyedVectors(30)
kv.add_vectors(words, rows)
kv.save_word2vec_format("g.vec")
kv.save_word2vec_format("g.bin", binary=True)
kv.save("g.kv")
np.save("f4.npy", rows)
np.save("f2.npy", rows.astype("<f2"))
np.save("f8.npy", rows.astype("<f8"))
np.save("big.npy", rows.astype(">f4"))
np.save("fortran.npy", np.asfortranarray(rows))
np.save("ints.npy", (rows * 256).astype("<i4"))
np.save("objects.npy", rows.astype(object), allow_pickle=True)
np.savez("several.npz", a=rows, b=rows[:10])
for v in ((2, 0), (3, 0)):
    with open("v%d.npy" % v[0], "wb") as f:
        np.lib.format.write_array(f, rows, version=v)
with open("w.vocab", "w", encoding="utf-8") as f:
    f.write("".join(w + "\n" for w in words))
with open("plain.txt", "w", encoding="utf-8") as f:
    for w, r in zip(words, rows):
        f.write(w + "".join(" %r" % float(x) for x in r) + "\n")
END
"$PYTHON" write.py >"$out" 2>"$err"
ok "gensim and NumPy write"
sum=$(checksum plain.txt)
for file in g.vec g.bin; do
    [ "${#sum}" -eq 64 ] && [ "$(checksum $file)" = "$sum" ]
    ok "gensim's $file"
done
for file in f4 f2 f8 big fortran v2 v3; do
    [ "$(checksum $file.npy --vocab w.vocab)" = "$sum" ]
    ok "NumPy's $file.npy"
done
[ "$(checksum several.npz:a.npy --vocab w.vocab)" = "$sum" ]
ok "an array of NumPy's .npz"
exits 65 "gensim's pickle" info g.kv
exits 65 "an array of integers" info ints.npy --vocab w.vocab
exits 65 "an array of objects" info objects.npy --vocab w.vocab

# --- and read -----------------------------------------------------------------------------------------------

"$WORDHAZE" export plain.txt e.vec && "$WORDHAZE" export plain.txt e.bin &&
    "$WORDHAZE" export plain.txt e.npy && "$WORDHAZE" export plain.txt e.txt
cat >read.py <<'END'
import numpy as np
from gensim.models import KeyedVectors
rows = np.load("f4.npy")
words = open("w.vocab", encoding="utf-8").read().split("\n")[:-1]
assert (np.load("e.npy") == rows).all()
assert open("e.vocab", encoding="utf-8").read().split("\n")[:-1] == words
for kv in (KeyedVectors.load_word2vec_format("e.bin", binary=True),
           KeyedVectors.load_word2vec_format("e.vec"),
           KeyedVectors.load_word2vec_format("e.txt", no_header=True)):
    plain = [i for i, w in enumerate(words) if w == w.strip()]
    assert all((kv[words[i]] == rows[i]).all() for i in plain), kv
END
"$PYTHON" read.py >"$out" 2>"$err"
ok "gensim and NumPy read what export writes"
finish
