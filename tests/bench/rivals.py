# SPDX-License-Identifier: GPL-3.0-or-later
# rivals.py - the exact nearest rows to some points by numpy and faiss, timed on request, for
# bench_rivals. Each is given its rows ready in memory and its points ready as float32.
# Usage: rivals.py ROWS WORDS DIM POINTS COUNT PARTS; then, line by line, "METHOD BATCH K" on
# standard input; the answer is seconds and the sum of the nearest ids. The points go in so many
# equal parts to as many processes, on top of the threads that BLAS and OpenMP start.
import multiprocessing
import sys
import time

import numpy as np

try:
    import faiss
except ImportError:
    faiss = None


class Blocks:
    """numpy: one matrix product for every block of rows, best so far kept."""

    def __init__(self, rows, block):
        self.rows = rows
        self.block = block
        self.half = (rows * rows).sum(1) / 2

    def nearest(self, points):
        best = np.full(len(points), -np.inf, np.float32)
        ids = np.zeros(len(points), np.int64)
        here = np.arange(len(points))
        for first in range(0, len(self.rows), self.block):
            last = first + self.block
            scores = points @ self.rows[first:last].T
            scores -= self.half[first:last]
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


def maker(method):
    """The class and what it needs beside the rows: "numpy-1024" has blocks of 1024 rows."""
    if method.startswith("numpy-"):
        return lambda rows: Blocks(rows, int(method[6:]))
    return {"faiss-L2": Flat, "faiss-IP": Inner}[method] if faiss else None


def search(index, points, batch, k):
    return sum(int(index.search(points[first:first + batch], k)[:, 0].sum())
               for first in range(0, len(points), batch))


class Parts:
    """Processes that share an index made before they start, each with its part of the points."""

    def __init__(self, index, points, count):
        self.index = index
        self.pieces = np.array_split(points, count)
        self.doors = []
        for piece in self.pieces if count > 1 else []:
            ours, theirs = multiprocessing.Pipe()
            fork = multiprocessing.get_context("fork")
            fork.Process(target=self.serve, args=(theirs, piece), daemon=True).start()
            self.doors.append(ours)

    def serve(self, door, piece):
        while True:
            batch, k = door.recv()
            door.send(search(self.index, piece, batch, k))

    def search(self, batch, k):
        if not self.doors:
            return search(self.index, self.pieces[0], batch, k)
        for door in self.doors:
            door.send((batch, k))
        return sum(door.recv() for door in self.doors)


def main():
    words, dim, count, parts = (int(text) for text in sys.argv[2:4] + sys.argv[5:7])
    rows = np.fromfile(sys.argv[1], np.float32).reshape(words, dim)
    points = np.fromfile(sys.argv[4], np.float32).reshape(count, dim)
    made = {}
    print("ready", flush=True)
    for line in sys.stdin:
        method, batch, k = line.split()
        batch, k = int(batch), int(k)
        if not maker(method):
            print("none", flush=True)
            continue
        if method not in made:
            made = {method: Parts(maker(method)(rows), points, parts)}  # one at a time: memory
            made[method].search(batch, k)
        start = time.perf_counter()
        total = made[method].search(batch, k)
        print(time.perf_counter() - start, total, flush=True)


main()
