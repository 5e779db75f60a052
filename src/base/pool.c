/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pool.c - fork and join over a range, chunks handed out by an atomic counter. */
#include "base/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/cpu.h"

#define THREADS_MAX 256

struct shared {
    wh_pool_work work;
    void *context;
    size_t items, chunk;
    atomic_size_t next;
    atomic_bool stop;
    pthread_mutex_t lock; /* of the two below */
    enum wh_status status;
    char sentence[1024];
};

struct member {
    struct shared *shared;
    int number;
    pthread_t thread;
};

static void report(struct shared *shared, enum wh_status status) {
    pthread_mutex_lock(&shared->lock);
    if (shared->status == WH_OK) {
        shared->status = status;
        snprintf(shared->sentence, sizeof shared->sentence, "%s", wh_error());
    }
    pthread_mutex_unlock(&shared->lock);
    atomic_store(&shared->stop, true);
}

static void *run(void *argument) {
    const struct member *member = argument;
    struct shared *shared = member->shared;
    while (!atomic_load(&shared->stop)) {
        size_t begin = atomic_fetch_add(&shared->next, shared->chunk);
        if (begin >= shared->items)
            break;
        size_t left = shared->items - begin;
        size_t end = begin + (left < shared->chunk ? left : shared->chunk);
        enum wh_status status = shared->work(shared->context, begin, end, member->number);
        if (status != WH_OK)
            report(shared, status);
    }
    return NULL;
}

static int thread_count(int wanted, size_t items, size_t chunk) {
    int threads = wanted > 0 ? wanted : wh_cpu_count();
    size_t chunks = items / chunk + (items % chunk != 0);
    if (threads > THREADS_MAX)
        threads = THREADS_MAX;
    return (size_t)threads > chunks ? (int)(chunks ? chunks : 1) : threads;
}

/* Signals are for the program's own threads; only a crash is handled where it happens. */
static void block_signals(sigset_t *before) {
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    sigset_t blocked;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++)
        sigdelset(&blocked, crashes[i]);
    pthread_sigmask(SIG_BLOCK, &blocked, before);
}

/* Starts members 1..wanted-1 and returns how many members there are, the caller included. Fewer
 * threads than wanted still do all the work. */
static int start(struct shared *shared, struct member *members, int wanted) {
    sigset_t before;
    int started = 1;
    block_signals(&before);
    for (; started < wanted; started++) {
        members[started] = (struct member){.shared = shared, .number = started};
        if (pthread_create(&members[started].thread, NULL, run, &members[started]) != 0)
            break;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

enum wh_status wh_pool_run(int threads, size_t items, size_t chunk, wh_pool_work work,
                           void *context) {
    struct shared shared = {.work = work,
                            .context = context,
                            .items = items,
                            .chunk = chunk ? chunk : 1,
                            .status = WH_OK};
    struct member members[THREADS_MAX];
    pthread_mutex_init(&shared.lock, NULL);
    members[0] = (struct member){.shared = &shared, .number = 0};
    int started = start(&shared, members, thread_count(threads, items, shared.chunk));
    run(&members[0]);
    for (int i = 1; i < started; i++)
        pthread_join(members[i].thread, NULL);
    pthread_mutex_destroy(&shared.lock);
    return shared.status == WH_OK ? WH_OK : wh_fail(shared.status, "%s", shared.sentence);
}
