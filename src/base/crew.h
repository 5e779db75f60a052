/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crew.h - a thing that is made once, by all threads that wait for it: the first of them leads, the
 * others take part in what it shares out.
 *
 *     if (wh_crew_lead(&crew)) {
 *         if (!made)
 *             made = make(...);    with wh_crew_share() for what takes long
 *         wh_crew_end(&crew);
 *     }
 *     use(made);
 */
#ifndef WH_CREW_H
#define WH_CREW_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

typedef enum wh_status wh_crew_work(void *context, size_t begin, size_t end);

struct wh_crew {
    pthread_mutex_t lock;
    pthread_cond_t change;
    /* under the lock: */
    bool led;
    unsigned busy; /* threads at work */
    wh_crew_work *work;
    void *context;
    size_t next, count, step;
    enum wh_status status;
};

void wh_crew_open(struct wh_crew *crew);
void wh_crew_close(struct wh_crew *crew); /* when no thread is in it */

/* True: the caller leads until wh_crew_end(); the thing may have been made before. False: another
 * thread led, and is done. */
bool wh_crew_lead(struct wh_crew *crew);
void wh_crew_end(struct wh_crew *crew);
/* For the leader: work on 0 .. count - 1, step of them at a time, by all who are there; done when
 * it returns. The first failure ends it. Without a crew (NULL) the caller does it alone. */
enum wh_status wh_crew_share(struct wh_crew *crew, size_t count, size_t step, wh_crew_work *work,
                             void *context);

#endif
