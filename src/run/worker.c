/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * worker.c - the background thread: what the screen asks for, in which order it is done, and what
 * is handed back.
 *
 * One lock guards requests and published results; work happens outside of it. The thread turns to,
 * in this order: the facts of the vocabulary when they have just been computed; a place to see; a
 * watch to take up; a batch of the slot whose turn it is. So a request waits for one batch at most.
 *
 * The facts are computed by a second thread, for they can take minutes, and other threads read them
 * without a lock. They are therefore handed over in a call of the screen while this thread stands
 * still.
 */
#include "run/worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "run/worker_private.h"

#define BIG_VOCABULARY 5e6 /* words x dim from which taking up a watch is worth announcing */

enum derive_state { DERIVE_NONE, DERIVE_RUNNING, DERIVE_READY, DERIVE_FAILED };

struct slot {
    struct wh_watch wanted;            /* under the lock */
    struct wh_slot_snapshot published; /* under the lock */
    bool fresh;                        /* under the lock */
    struct wh_slot_work work;
};

struct place_request {
    uint64_t serial; /* 0: none */
    uint32_t word, k;
    enum wh_map_method method;
};

/* A slot's whole result, asked for by the screen, which waits. */
struct whole {
    bool asked;
    unsigned slot;
    enum wh_status status;
    struct wh_sim_result result;
    char sentence[512];
};

struct wh_worker {
    struct wh_session *session;
    int wake_fd;
    pthread_t thread, derive_thread;
    bool derive_started;
    pthread_mutex_t lock;
    pthread_cond_t changed;

    /* under the lock */
    bool quit, paused, parked;
    struct whole whole;
    uint64_t next_serial;
    struct slot slots[WH_WORKER_SLOTS];
    struct place_request wanted_place;
    struct wh_place place;
    bool place_there, place_fresh;
    uint64_t place_serial; /* of the published one */
    enum derive_state derive;
    struct wh_derived derived;
    double derive_done;

    /* the thread's own */
    struct wh_place picture_place; /* the newest, for placing draws */
    uint64_t picture_serial;
    bool paused_seen;
    unsigned turn;
    struct wh_token derive_token;
    struct wh_token draw_token; /* of the batch being drawn: something else is wanted */
};

/* Under the lock: the thread is to look for work again, at once. */
static void call(struct wh_worker *worker) {
    atomic_store(&worker->draw_token.cancelled, true);
    pthread_cond_broadcast(&worker->changed);
}

static void wake(struct wh_worker *worker) {
    const uint64_t one = 1;
    ssize_t written = write(worker->wake_fd, &one, sizeof one);
    (void)written; /* full: the screen has not looked yet, and will */
}

/* ---- facts of the vocabulary ---- */

static void derive_progress(void *context, const char *what, double done, double total) {
    struct wh_worker *worker = context;
    double share = total > 0 ? done / total : 0;
    double first = wh_space_pairs_share(wh_session_embed(worker->session));
    double all = strcmp(what, "pairs") == 0 ? first * share : first + (1 - first) * share;
    pthread_mutex_lock(&worker->lock);
    bool step = (int)(100 * all) != (int)(100 * worker->derive_done);
    if (all > worker->derive_done && all < 1)
        worker->derive_done = all;
    pthread_mutex_unlock(&worker->lock);
    if (step)
        wake(worker);
}

static void *derive_main(void *argument) {
    struct wh_worker *worker = argument;
    struct wh_derived derived = {0};
    int threads = wh_session_threads(worker->session);
    /* One processor is left to sampling. */
    enum wh_status status = wh_session_compute(worker->session, threads > 1 ? threads - 1 : 1,
                                               &worker->derive_token, &derived);
    pthread_mutex_lock(&worker->lock);
    worker->derived = derived;
    worker->derive = status == WH_OK ? DERIVE_READY : DERIVE_FAILED;
    call(worker);
    pthread_mutex_unlock(&worker->lock);
    return NULL;
}

/* Under the lock, in a call of the screen. */
static void hand_over(struct wh_worker *worker) {
    if (worker->derive != DERIVE_READY || !worker->parked)
        return;
    wh_session_adopt(worker->session, &worker->derived);
    worker->derived = (struct wh_derived){0};
    worker->derive = DERIVE_NONE;
    worker->derive_done = 1;
    if (worker->wanted_place.serial) /* percentiles are known now */
        worker->wanted_place.serial = ++worker->next_serial;
    pthread_cond_broadcast(&worker->changed);
}

/* ---- the thread ---- */

static bool must_wait_for_facts(const struct wh_worker *worker, const struct wh_watch *watch) {
    return (worker->derive == DERIVE_RUNNING || worker->derive == DERIVE_READY) &&
           watch->spec.mech && (watch->spec.mech->needs_pairs || watch->spec.mech->needs_density);
}

static enum wh_worker_state shown_state(const struct wh_worker *worker,
                                        enum wh_worker_state state) {
    return worker->paused_seen && state == WH_WORKER_SAMPLING ? WH_WORKER_PAUSED : state;
}

static void publish(struct wh_worker *worker, unsigned slot) {
    struct wh_slot_snapshot fresh, old;
    struct wh_slot_work *work = &worker->slots[slot].work;
    const struct wh_map_picture *picture =
        worker->picture_serial ? &worker->picture_place.picture : NULL;
    if (wh_slot_snapshot_take(work, picture, &fresh) != WH_OK)
        return; /* no memory just now: the old one stays, the next may do */
    fresh.state = shown_state(worker, fresh.state);
    pthread_mutex_lock(&worker->lock);
    old = worker->slots[slot].published;
    worker->slots[slot].published = fresh;
    worker->slots[slot].fresh = true;
    pthread_mutex_unlock(&worker->lock);
    wh_slot_snapshot_close(&old);
    wake(worker);
}

static void announce(struct wh_worker *worker, unsigned slot, enum wh_worker_state state) {
    worker->slots[slot].work.state = state;
    publish(worker, slot);
}

static void take_watch(struct wh_worker *worker, unsigned slot, const struct wh_watch *watch,
                       bool waiting) {
    struct wh_slot_work *work = &worker->slots[slot].work;
    const struct wh_embed *embed = wh_session_embed(worker->session);
    double size = (double)wh_embed_words(embed) * wh_embed_dim(embed);
    if (waiting || size > BIG_VOCABULARY) {
        wh_slot_drop(work);
        work->watch = *watch;
        announce(worker, slot, waiting ? WH_WORKER_WAITING : WH_WORKER_OPENING);
    }
    if (waiting)
        return;
    /* The other slot mostly shows the same word. */
    wh_slot_take(worker->session, watch, &worker->slots[!slot].work.tally.ranking, work);
    if (work->state != WH_WORKER_SAMPLING || worker->paused_seen)
        publish(worker, slot);
}

static void see_place(struct wh_worker *worker, const struct place_request *request) {
    struct wh_place place, copy = {0}, old;
    bool good =
        wh_run_place(worker->session, request->word, request->method, request->k, &place) == WH_OK;
    if (good && wh_place_copy(&copy, &place) != WH_OK) {
        wh_place_close(&place);
        good = false;
    }
    if (good) {
        wh_place_close(&worker->picture_place);
        worker->picture_place = place;
        worker->picture_serial = request->serial;
    }
    pthread_mutex_lock(&worker->lock);
    old = good ? worker->place : (struct wh_place){0};
    if (good) {
        worker->place = copy;
        worker->place_there = worker->place_fresh = true;
    }
    pthread_mutex_unlock(&worker->lock);
    wh_place_close(&old);
    for (unsigned slot = 0; good && slot < WH_WORKER_SLOTS; slot++)
        if (worker->slots[slot].work.landed && worker->slots[slot].work.watch.word == request->word)
            publish(worker, slot); /* the same draws, in the new picture */
    pthread_mutex_lock(&worker->lock);
    worker->place_serial = request->serial; /* all that belongs to it is there */
    pthread_mutex_unlock(&worker->lock);
    wake(worker);
}

static void answer_whole(struct wh_worker *worker, unsigned slot) {
    const struct wh_slot_work *work = &worker->slots[slot].work;
    struct wh_sim_result result = {0};
    enum wh_status status;
    if (work->state == WH_WORKER_SAMPLING || work->state == WH_WORKER_DONE)
        status = wh_tally_result(&work->tally, &work->hist, 0, &result);
    else if (work->state == WH_WORKER_FAILED)
        status = wh_fail(WH_UNAVAILABLE, "%s", work->sentence);
    else
        status = wh_fail(WH_UNAVAILABLE, "nothing is sampled here yet");
    pthread_mutex_lock(&worker->lock);
    worker->whole.asked = false;
    worker->whole.status = status;
    worker->whole.result = result;
    snprintf(worker->whole.sentence, sizeof worker->whole.sentence, "%s", wh_error());
    pthread_cond_broadcast(&worker->changed);
    pthread_mutex_unlock(&worker->lock);
}

/* Work to do next; found under the lock. */
struct task {
    enum { TASK_NONE, TASK_PLACE, TASK_TAKE, TASK_WHOLE, TASK_SHOW, TASK_SAMPLE } kind;
    struct place_request place;
    unsigned slot;
    struct wh_watch watch;
    bool waiting;
};

static bool is_new(struct wh_worker *worker, const struct slot *slot) {
    const struct wh_slot_work *work = &slot->work;
    if (slot->wanted.serial != work->watch.serial)
        return true;
    return work->state == WH_WORKER_WAITING && !must_wait_for_facts(worker, &slot->wanted);
}

/* A slot that was taken up shows its first counts before another is, unless they take long. */
static struct task find_unseen(struct wh_worker *worker) {
    for (unsigned i = 0; i < WH_WORKER_SLOTS && !worker->paused; i++) {
        const struct slot *slot = &worker->slots[i];
        if (slot->work.state == WH_WORKER_SAMPLING && !slot->work.hist.trials &&
            slot->wanted.serial == slot->work.watch.serial && !slot->wanted.spec.mech->chains)
            return (struct task){.kind = TASK_SAMPLE, .slot = i};
    }
    return (struct task){.kind = TASK_NONE};
}

static struct task find_watch(struct wh_worker *worker) {
    for (unsigned i = 0; i < WH_WORKER_SLOTS; i++) {
        const struct slot *slot = &worker->slots[i];
        if (is_new(worker, slot))
            return (struct task){.kind = TASK_TAKE,
                                 .slot = i,
                                 .watch = slot->wanted,
                                 .waiting = must_wait_for_facts(worker, &slot->wanted)};
    }
    return (struct task){.kind = TASK_NONE};
}

/* A limit can move while the rest stays. */
static void follow_limits(struct wh_worker *worker) {
    for (unsigned i = 0; i < WH_WORKER_SLOTS; i++) {
        struct slot *slot = &worker->slots[i];
        struct wh_slot_work *work = &slot->work;
        work->watch.limit = slot->wanted.limit;
        if (work->state != WH_WORKER_SAMPLING && work->state != WH_WORKER_DONE)
            continue;
        bool done = work->hist.trials >= wh_slot_limit(work);
        work->state = done ? WH_WORKER_DONE : WH_WORKER_SAMPLING;
    }
}

static struct task find_sampling(struct wh_worker *worker) {
    for (unsigned i = 0; i < WH_WORKER_SLOTS && !worker->paused; i++) {
        unsigned slot = (worker->turn + i) % WH_WORKER_SLOTS;
        if (worker->slots[slot].work.state != WH_WORKER_SAMPLING)
            continue;
        worker->turn = slot + 1;
        return (struct task){.kind = TASK_SAMPLE, .slot = slot};
    }
    return (struct task){.kind = TASK_NONE};
}

/* A slot whose published state is no longer true: paused, resumed, its limit moved. */
static struct task find_stale(struct wh_worker *worker) {
    for (unsigned i = 0; i < WH_WORKER_SLOTS; i++) {
        const struct wh_slot_snapshot *published = &worker->slots[i].published;
        const struct wh_slot_work *work = &worker->slots[i].work;
        bool counting = work->state == WH_WORKER_SAMPLING || work->state == WH_WORKER_DONE;
        if (counting && published->serial == work->watch.serial &&
            published->state != shown_state(worker, work->state))
            return (struct task){.kind = TASK_SHOW, .slot = i};
    }
    return (struct task){.kind = TASK_NONE};
}

static struct task find_task(struct wh_worker *worker) {
    worker->paused_seen = worker->paused;
    atomic_store(&worker->draw_token.cancelled, false);
    if (worker->wanted_place.serial != worker->place_serial)
        return (struct task){.kind = TASK_PLACE, .place = worker->wanted_place};
    struct task task = find_unseen(worker);
    if (task.kind == TASK_NONE)
        task = find_watch(worker);
    if (task.kind != TASK_NONE)
        return task;
    if (worker->whole.asked)
        return (struct task){.kind = TASK_WHOLE, .slot = worker->whole.slot};
    follow_limits(worker);
    task = find_stale(worker);
    return task.kind == TASK_NONE ? find_sampling(worker) : task;
}

static void do_task(struct wh_worker *worker, const struct task *task) {
    switch (task->kind) {
    case TASK_PLACE:
        see_place(worker, &task->place);
        break;
    case TASK_TAKE:
        take_watch(worker, task->slot, &task->watch, task->waiting);
        break;
    case TASK_WHOLE:
        answer_whole(worker, task->slot);
        break;
    case TASK_SHOW:
        publish(worker, task->slot);
        break;
    case TASK_SAMPLE:
        wh_slot_sample(&worker->slots[task->slot].work);
        if (wh_slot_due(&worker->slots[task->slot].work))
            publish(worker, task->slot);
        break;
    case TASK_NONE:
        break;
    }
}

/* Stands still, under the lock, until the screen has taken the facts over. */
static void park(struct wh_worker *worker) {
    worker->parked = true;
    wake(worker);
    pthread_cond_broadcast(&worker->changed);
    while (worker->derive == DERIVE_READY && !worker->quit)
        pthread_cond_wait(&worker->changed, &worker->lock);
    worker->parked = false;
}

static void *worker_main(void *argument) {
    struct wh_worker *worker = argument;
    pthread_mutex_lock(&worker->lock);
    while (!worker->quit) {
        if (worker->derive == DERIVE_READY) {
            park(worker);
            continue;
        }
        struct task task = find_task(worker);
        if (task.kind == TASK_NONE) {
            pthread_cond_wait(&worker->changed, &worker->lock);
            continue;
        }
        pthread_mutex_unlock(&worker->lock);
        do_task(worker, &task);
        pthread_mutex_lock(&worker->lock);
    }
    pthread_mutex_unlock(&worker->lock);
    return NULL;
}

/* ---- opening and closing ---- */

static enum wh_status start(struct wh_worker *worker) {
    if (!wh_session_complete(worker->session)) {
        worker->derive = DERIVE_RUNNING;
        worker->derive_done = 0;
        if (pthread_create(&worker->derive_thread, NULL, derive_main, worker) != 0)
            return wh_fail(WH_NOMEM, "no thread can be started");
        worker->derive_started = true;
    }
    if (pthread_create(&worker->thread, NULL, worker_main, worker) != 0) {
        atomic_store(&worker->derive_token.cancelled, true);
        if (worker->derive_started)
            pthread_join(worker->derive_thread, NULL);
        free(worker->derived.memory);
        return wh_fail(WH_NOMEM, "no thread can be started");
    }
    return WH_OK;
}

enum wh_status wh_worker_open(struct wh_session *session, struct wh_worker **worker) {
    enum wh_status status;
    struct wh_worker *made = NULL;
    *worker = NULL;
    WH_TRY(WH_ALLOC(made, 1));
    made->session = session;
    made->derive_done = 1;
    made->derive_token.progress = derive_progress;
    made->derive_token.context = made;
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        made->slots[slot].work.token = &made->draw_token;
    made->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (made->wake_fd < 0) {
        status = wh_fail(WH_NOMEM, "no event descriptor: %s", strerror(errno));
        goto out;
    }
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->changed, NULL);
    status = start(made);
    if (status != WH_OK) {
        close(made->wake_fd);
        goto out;
    }
    *worker = made;
    made = NULL;
out:
    free(made);
    return status;
}

void wh_worker_close(struct wh_worker *worker) {
    if (!worker)
        return;
    pthread_mutex_lock(&worker->lock);
    worker->quit = true;
    call(worker);
    pthread_mutex_unlock(&worker->lock);
    atomic_store(&worker->derive_token.cancelled, true);
    pthread_join(worker->thread, NULL);
    if (worker->derive_started)
        pthread_join(worker->derive_thread, NULL);
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++) {
        wh_slot_drop(&worker->slots[slot].work);
        wh_slot_snapshot_close(&worker->slots[slot].published);
    }
    wh_place_close(&worker->place);
    wh_place_close(&worker->picture_place);
    free(worker->derived.memory);
    pthread_cond_destroy(&worker->changed);
    pthread_mutex_destroy(&worker->lock);
    close(worker->wake_fd);
    free(worker);
}

/* ---- calls of the screen ---- */

int wh_worker_wake_fd(const struct wh_worker *worker) {
    return worker->wake_fd;
}

void wh_worker_wake_drain(struct wh_worker *worker) {
    uint64_t count;
    ssize_t got = read(worker->wake_fd, &count, sizeof count);
    (void)got; /* nothing there: nothing to drain */
    pthread_mutex_lock(&worker->lock);
    hand_over(worker);
    pthread_mutex_unlock(&worker->lock);
}

static bool same_value(double a, double b) {
    return a == b || (a != a && b != b);
}

static bool same_spec(const struct wh_mech_spec *a, const struct wh_mech_spec *b) {
    if (a->mech != b->mech)
        return false;
    for (int i = 0; a->mech && i < WH_PARAM_MAX && a->mech->params[i].name; i++)
        if (!same_value(a->values[i], b->values[i]))
            return false;
    return true;
}

uint64_t wh_worker_watch(struct wh_worker *worker, unsigned slot, uint32_t word,
                         const struct wh_mech_spec *spec, uint64_t limit) {
    static const struct wh_mech_spec nothing;
    struct wh_watch *wanted = &worker->slots[slot].wanted;
    pthread_mutex_lock(&worker->lock);
    spec = spec ? spec : &nothing;
    if (!wanted->serial || wanted->word != word || !same_spec(&wanted->spec, spec))
        *wanted = (struct wh_watch){.serial = ++worker->next_serial, .word = word, .spec = *spec};
    wanted->limit = limit;
    uint64_t serial = wanted->serial;
    call(worker);
    pthread_mutex_unlock(&worker->lock);
    return serial;
}

uint64_t wh_worker_restart(struct wh_worker *worker, unsigned slot) {
    pthread_mutex_lock(&worker->lock);
    if (worker->slots[slot].wanted.serial)
        worker->slots[slot].wanted.serial = ++worker->next_serial;
    uint64_t serial = worker->slots[slot].wanted.serial;
    call(worker);
    pthread_mutex_unlock(&worker->lock);
    return serial;
}

void wh_worker_pause(struct wh_worker *worker, bool paused) {
    pthread_mutex_lock(&worker->lock);
    worker->paused = paused;
    call(worker);
    pthread_mutex_unlock(&worker->lock);
}

void wh_worker_see(struct wh_worker *worker, uint32_t word, enum wh_map_method method, uint32_t k) {
    struct place_request *wanted = &worker->wanted_place;
    pthread_mutex_lock(&worker->lock);
    if (!wanted->serial || wanted->word != word || wanted->method != method || wanted->k != k)
        *wanted = (struct place_request){++worker->next_serial, word, k, method};
    call(worker);
    pthread_mutex_unlock(&worker->lock);
}

enum wh_status wh_worker_slot(struct wh_worker *worker, unsigned slot,
                              struct wh_slot_snapshot *snapshot, bool *fresh) {
    pthread_mutex_lock(&worker->lock);
    hand_over(worker);
    const struct wh_slot_snapshot *published = &worker->slots[slot].published;
    *snapshot = *published;
    enum wh_status status = wh_sim_result_copy(&snapshot->sim, &published->sim);
    *fresh = worker->slots[slot].fresh;
    if (status == WH_OK)
        worker->slots[slot].fresh = false;
    pthread_mutex_unlock(&worker->lock);
    return status;
}

enum wh_status wh_worker_result(struct wh_worker *worker, unsigned slot,
                                struct wh_sim_result *result) {
    struct whole *whole = &worker->whole;
    pthread_mutex_lock(&worker->lock);
    whole->asked = true;
    whole->slot = slot;
    call(worker);
    while (whole->asked) {
        hand_over(worker); /* else the thread would stand still waiting for us */
        pthread_cond_wait(&worker->changed, &worker->lock);
    }
    enum wh_status status = whole->status;
    *result = whole->result;
    whole->result = (struct wh_sim_result){0};
    if (status != WH_OK)
        wh_fail(status, "%s", whole->sentence);
    pthread_mutex_unlock(&worker->lock);
    return status;
}

void wh_slot_snapshot_close(struct wh_slot_snapshot *snapshot) {
    wh_sim_result_close(&snapshot->sim);
    *snapshot = (struct wh_slot_snapshot){.state = WH_WORKER_IDLE};
}

enum wh_status wh_worker_place(struct wh_worker *worker, struct wh_place *place, bool *fresh) {
    pthread_mutex_lock(&worker->lock);
    hand_over(worker);
    enum wh_status status = wh_place_copy(place, &worker->place);
    *fresh = worker->place_fresh;
    if (status == WH_OK)
        worker->place_fresh = false;
    pthread_mutex_unlock(&worker->lock);
    return status;
}

double wh_worker_derive_done(struct wh_worker *worker) {
    pthread_mutex_lock(&worker->lock);
    double done = worker->derive_done;
    pthread_mutex_unlock(&worker->lock);
    return done;
}

static bool slot_settled(const struct wh_worker *worker, const struct slot *slot) {
    const struct wh_slot_snapshot *published = &slot->published;
    if (slot->wanted.serial != published->serial)
        return false;
    switch (published->state) {
    case WH_WORKER_WAITING:
    case WH_WORKER_OPENING:
        return false;
    case WH_WORKER_IDLE:
    case WH_WORKER_FAILED:
        return true;
    case WH_WORKER_PAUSED:
        return worker->paused; /* else it goes on in a moment */
    case WH_WORKER_SAMPLING:
        if (worker->paused)
            return false; /* it stops in a moment */
        break;
    case WH_WORKER_DONE:
        break;
    }
    return published->sim.trials > 0 && published->sim.trials >= slot->wanted.limit;
}

bool wh_worker_settled(struct wh_worker *worker) {
    pthread_mutex_lock(&worker->lock);
    hand_over(worker);
    bool settled = worker->wanted_place.serial == worker->place_serial &&
                   worker->derive != DERIVE_RUNNING && worker->derive != DERIVE_READY;
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        settled = settled && slot_settled(worker, &worker->slots[slot]);
    pthread_mutex_unlock(&worker->lock);
    return settled;
}
