# SPDX-License-Identifier: GPL-3.0-or-later
# load_rivals.py - reads a GloVe text as a person would with gensim, pandas or numpy, for bench_load.
# Usage: load_rivals.py METHOD FILE; prints the seconds without the imports, rows, and columns.
import sys
import time


def by_gensim(path):
    from gensim.models import KeyedVectors
    start = time.perf_counter()
    vectors = KeyedVectors.load_word2vec_format(path, binary=False, no_header=True)
    return start, vectors.vectors.shape


def by_pandas(path):
    import csv

    import numpy
    import pandas
    with open(path, encoding="utf-8") as file:
        columns = file.readline().count(" ") + 1
    start = time.perf_counter()
    types = {i: numpy.float32 for i in range(1, columns)}
    table = pandas.read_csv(path, sep=" ", header=None, quoting=csv.QUOTE_NONE, engine="c",
                            dtype={0: str, **types}, keep_default_na=False, na_filter=False)
    words = table[0].tolist()
    rows = table.iloc[:, 1:].to_numpy(numpy.float32)
    return start, (len(words), rows.shape[1])


def by_numpy(path):
    import numpy
    start = time.perf_counter()
    words, rest = [], []
    with open(path, encoding="utf-8") as file:
        for line in file:
            word, numbers = line.split(" ", 1)
            words.append(word)
            rest.append(numbers)
    rows = numpy.fromstring(" ".join(rest), dtype=numpy.float32, sep=" ").reshape(len(words), -1)
    return start, rows.shape


def main():
    methods = {"gensim": by_gensim, "pandas": by_pandas, "numpy": by_numpy}
    start, shape = methods[sys.argv[1]](sys.argv[2])
    print(time.perf_counter() - start, *shape, flush=True)


main()
