/* SPDX-License-Identifier: GPL-3.0-or-later */
/* crew.c - a thing that is made once, by all threads that wait for it. */
#include "base/crew.h"

void wh_crew_open(struct wh_crew *crew) {
    *crew = (struct wh_crew){.led = false};
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->change, NULL);
}

void wh_crew_close(struct wh_crew *crew) {
    pthread_mutex_destroy(&crew->lock);
    pthread_cond_destroy(&crew->change);
}

/* Under the lock, which others may have while this one works. */
static void take_part(struct wh_crew *crew) {
    crew->busy++;
    while (crew->next < crew->count) {
        size_t begin = crew->next, left = crew->count - begin;
        size_t end = begin + (left < crew->step ? left : crew->step);
        crew->next = end;
        pthread_mutex_unlock(&crew->lock);
        enum wh_status status = crew->work(crew->context, begin, end);
        pthread_mutex_lock(&crew->lock);
        if (status == WH_OK)
            continue;
        crew->status = crew->status == WH_OK ? status : crew->status;
        crew->next = crew->count;
    }
    if (--crew->busy == 0)
        pthread_cond_broadcast(&crew->change);
}

bool wh_crew_lead(struct wh_crew *crew) {
    pthread_mutex_lock(&crew->lock);
    bool leads = !crew->led;
    crew->led = true;
    while (!leads && crew->led) {
        if (crew->next < crew->count)
            take_part(crew);
        else
            pthread_cond_wait(&crew->change, &crew->lock);
    }
    pthread_mutex_unlock(&crew->lock);
    return leads;
}

void wh_crew_end(struct wh_crew *crew) {
    pthread_mutex_lock(&crew->lock);
    crew->led = false;
    pthread_cond_broadcast(&crew->change);
    pthread_mutex_unlock(&crew->lock);
}

enum wh_status wh_crew_share(struct wh_crew *crew, size_t count, size_t step, wh_crew_work *work,
                             void *context) {
    if (!crew)
        return work(context, 0, count);
    pthread_mutex_lock(&crew->lock);
    crew->work = work;
    crew->context = context;
    crew->next = 0;
    crew->count = count;
    crew->step = step;
    crew->status = WH_OK;
    pthread_cond_broadcast(&crew->change);
    take_part(crew);
    while (crew->busy > 0)
        pthread_cond_wait(&crew->change, &crew->lock);
    crew->count = crew->next = 0;
    enum wh_status status = crew->status;
    pthread_mutex_unlock(&crew->lock);
    return status;
}
