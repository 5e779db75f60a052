# SPDX-License-Identifier: GPL-3.0-or-later
# rivals.py - the exact nearest rows to some points by numpy and faiss, timed on request, for
# bench_rivals. Each is given its rows ready in memory and its points ready as float32.
# Usage: rivals.py ROWS WORDS DIM POINTS COUNT; then, line by line, "METHOD BATCH K" on standard
# input; the answer is seconds and the sum of the nearest ids.
import sys
import time

import numpy as np

try:
    import faiss
except ImportError:
    faiss = None

BLOCK = 8192


class Blocks:
    """numpy: one matrix product for every block of rows, best so far kept."""

    def __init__(self, rows):
        self.rows = rows
        self.half = (rows * rows).sum(1) / 2

    def nearest(self, points):
        best = np.full(len(points), -np.inf, np.float32)
        ids = np.zeros(len(points), np.int64)
        here = np.arange(len(points))
        for first in range(0, len(self.rows), BLOCK):
            scores = points @ self.rows[first:first + BLOCK].T - self.half[first:first + BLOCK]
            winner = scores.argmax(1)
            score = scores[here, winner]
            better = score > best
            best[better] = score[better]
            ids[better] = winner[better] + first
        return ids[:, None]

    def search(self, points, k):
        if k == 1:
            return self.nearest(points)
        scores = points @ self.rows.T - self.half
        part = np.argpartition(-scores, k, 1)[:, :k]
        order = np.take_along_axis(scores, part, 1).argsort(1)[:, ::-1]
        return np.take_along_axis(part, order, 1)


class Flat:
    def __init__(self, rows):
        self.index = faiss.IndexFlatL2(rows.shape[1])
        self.index.add(rows)

    def search(self, points, k):
        return self.index.search(points, k)[1]


class Inner:
    """faiss: the largest inner product of (x, 1) and (u, -|u|^2 / 2)."""

    def __init__(self, rows):
        half = -(rows * rows).sum(1, keepdims=True) / 2
        self.index = faiss.IndexFlatIP(rows.shape[1] + 1)
        self.index.add(np.ascontiguousarray(np.hstack([rows, half]), np.float32))

    def search(self, points, k):
        one = np.ones((len(points), 1), np.float32)
        return self.index.search(np.ascontiguousarray(np.hstack([points, one])), k)[1]


def main():
    words, dim, count = int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[5])
    rows = np.fromfile(sys.argv[1], np.float32).reshape(words, dim)
    points = np.fromfile(sys.argv[4], np.float32).reshape(count, dim)
    makers = {"numpy": Blocks}
    if faiss:
        makers.update({"faiss-L2": Flat, "faiss-IP": Inner})
    made = {}
    print("ready", *makers, flush=True)
    for line in sys.stdin:
        method, batch, k = line.split()
        if method not in made:
            made = {method: makers[method](rows)}  # one at a time: memory
            made[method].search(points[:int(batch)], int(k))
        total, start = 0, time.perf_counter()
        for first in range(0, count, int(batch)):
            ids = made[method].search(points[first:first + int(batch)], int(k))
            total += int(ids[:, 0].sum())
        print(time.perf_counter() - start, total, flush=True)


main()
