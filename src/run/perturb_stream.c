/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * perturb_stream.c - bytes in, chunks of whole records, bytes out. Every thread reads a chunk,
 * works on it and writes it: two locks, and the chunks' numbers, keep both ends in order while the
 * middle runs on all processors. Memory is a few chunks a thread.
 *
 * Plain text lines may be of any length: once WH_RECORD_BYTES have gathered without a line end,
 * everything up to the last blank is a chunk, or up to the last whole character if there is no
 * blank; the rest of the line waits for its position in the record. Records of JSON and TSV must
 * fit.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/pool.h"
#include "run/perturb_private.h"

#define READ_BYTES  65536
#define CHUNK_BYTES ((size_t)131072) /* about; less when the input pauses */

struct input {
    int fd, wake; /* wake: readable when nothing more is wanted */
    const char *name;
    bool parts_allowed; /* a record may be cut */
    char *data;
    size_t begin, end; /* unread bytes */
    bool finished;
    bool inside;              /* the record at begin has begun in an earlier chunk */
    uint64_t chunks, records; /* begun so far */
};

struct chunk {
    char *text;
    size_t length;
    uint64_t number;
    uint64_t records; /* begun before this chunk */
    size_t lines;     /* in it, one that it begins inside of and one that does not end included */
    bool inside;      /* it begins inside a record */
};

struct stream {
    struct wh_perturb_job *job;
    FILE *out;
    struct wh_perturb_report *report;
    pthread_mutex_t reading; /* of input */
    struct input input;
    pthread_mutex_t writing; /* of what follows, out and report */
    pthread_cond_t turned;
    int wake[2];       /* a pipe; see stop() */
    uint64_t turn;     /* number of the chunk that is written next */
    uint64_t position; /* words of its record before it */
    bool stopped;      /* after a failure */
};

/* ---- reading ---- */

static bool pauses(int fd) {
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    return poll(&wait, 1, 0) == 0;
}

/* Waits for more, or for the news that nothing more is wanted, which is an end too. */
static ssize_t read_some(const struct input *input, char *to, size_t size) {
    struct pollfd wait[] = {{.fd = input->fd, .events = POLLIN},
                            {.fd = input->wake, .events = POLLIN}};
    ssize_t got;
    do {
        if (poll(wait, 2, -1) > 0 && wait[1].revents)
            return 0;
        got = read(input->fd, to, size);
    } while (got < 0 && errno == EINTR);
    return got;
}

static enum wh_status fill(struct input *input) {
    if (input->begin) {
        memmove(input->data, input->data + input->begin, input->end - input->begin);
        input->end -= input->begin;
        input->begin = 0;
    }
    ssize_t got = read_some(input, input->data + input->end, READ_BYTES);
    if (got < 0)
        return wh_fail(WH_IO, "%s: %s", input->name, strerror(errno));
    input->finished = got == 0;
    input->end += (size_t)got;
    return WH_OK;
}

static size_t safe_length(const char *text, size_t length) {
    for (size_t i = length; i > 0; i--)
        if (text[i - 1] == ' ' || text[i - 1] == '\t')
            return i;
    size_t whole = length;
    while (whole > length - 4 && ((unsigned char)text[whole - 1] & 0xC0) == 0x80)
        whole--;
    return whole - 1; /* before the lead byte of the last character */
}

/* How much of what is unread can be a chunk; 0: more must be read. */
static enum wh_status ready(const struct input *input, size_t *length) {
    const char *text = input->data + input->begin;
    size_t unread = input->end - input->begin;
    const char *newline = memrchr(text, '\n', unread);
    *length = input->finished ? unread : newline ? (size_t)(newline - text) + 1 : 0;
    if (*length || unread < WH_RECORD_BYTES)
        return WH_OK;
    if (!input->parts_allowed)
        return wh_fail(WH_DATA, "%s:%llu: a record longer than %u bytes", input->name,
                       (unsigned long long)input->records + 1, WH_RECORD_BYTES);
    *length = safe_length(text, unread);
    return WH_OK;
}

static enum wh_status gather(struct input *input, size_t *length) {
    enum wh_status status = WH_OK;
    WH_TRY(ready(input, length));
    while (!input->finished && (*length == 0 || input->end - input->begin < CHUNK_BYTES)) {
        if (*length && pauses(input->fd))
            break;
        WH_TRY(fill(input));
        WH_TRY(ready(input, length));
    }
out:
    return status;
}

static size_t count_lines(const char *text, size_t length) {
    size_t lines = 0;
    const char *end = text + length, *newline;
    for (; text < end && (newline = memchr(text, '\n', (size_t)(end - text))); text = newline + 1)
        lines++;
    return lines + (text < end);
}

/* The next chunk; of length 0 at the end of the input. A failure is a chunk too: it has its turn.
 */
static enum wh_status take(struct input *input, struct chunk *chunk) {
    enum wh_status status = gather(input, &chunk->length);
    chunk->number = input->chunks++;
    chunk->records = input->records;
    chunk->inside = input->inside;
    if (status != WH_OK || chunk->length == 0) {
        chunk->length = chunk->lines = 0;
        return status;
    }
    memcpy(chunk->text, input->data + input->begin, chunk->length);
    input->begin += chunk->length;
    chunk->lines = count_lines(chunk->text, chunk->length);
    input->records += chunk->lines - input->inside;
    input->inside = chunk->text[chunk->length - 1] != '\n';
    return WH_OK;
}

/* ---- one chunk ---- */

/* Records before one that fails are none the worse for it. */
static enum wh_status filter_chunk(struct wh_filter *filter, const struct chunk *chunk) {
    enum wh_status status = WH_OK;
    bool inside = chunk->inside;
    for (size_t at = 0; at < chunk->length && status == WH_OK; inside = false) {
        const char *line = chunk->text + at;
        const char *newline = memchr(line, '\n', chunk->length - at);
        size_t length = newline ? (size_t)(newline - line) + 1 : chunk->length - at;
        if (!inside)
            wh_filter_begin_record(filter);
        status = wh_filter_record(filter, line, length);
        if (filter->position > filter->report.longest_record)
            filter->report.longest_record = filter->position;
        at += length;
    }
    enum wh_status ended = wh_filter_end_chunk(filter);
    return status == WH_OK ? ended : status;
}

/* Whether the chunk is the next to be written: false if something failed before. Holds the lock
 * either way. */
static bool wait_turn(struct stream *stream, const struct chunk *chunk) {
    pthread_mutex_lock(&stream->writing);
    while (stream->turn != chunk->number && !stream->stopped)
        pthread_cond_wait(&stream->turned, &stream->writing);
    return !stream->stopped;
}

static void add_counts(struct wh_perturb_report *to, const struct wh_perturb_report *from) {
    to->words += from->words;
    to->out_of_vocabulary += from->out_of_vocabulary;
    to->unchanged += from->unchanged;
    to->stopwords_kept += from->stopwords_kept;
    if (from->longest_record > to->longest_record)
        to->longest_record = from->longest_record;
}

static enum wh_status write_out(const struct stream *stream, const struct wh_filter *filter) {
    size_t length = filter->out.length;
    if ((length && fwrite(filter->out.data, 1, length, stream->out) != length) ||
        fflush(stream->out) != 0)
        return wh_fail(WH_IO, "standard output: %s", strerror(errno));
    return WH_OK;
}

static void count_chunk(struct stream *stream, const struct wh_filter *filter) {
    add_counts(stream->report, &filter->report);
    stream->report->records = filter->record;
    stream->position = filter->position;
    stream->turn++;
}

static void stop(struct stream *stream) {
    stream->stopped = true;
    close(stream->wake[1]); /* which whoever waits for input sees */
    stream->wake[1] = -1;
}

/* Writes, counts, and lets the next chunk have its turn. Once stopped, whoever failed says so. */
static enum wh_status publish(struct stream *stream, const struct chunk *chunk,
                              const struct wh_filter *filter, enum wh_status status) {
    if (wait_turn(stream, chunk)) {
        enum wh_status written = write_out(stream, filter);
        status = status == WH_OK ? written : status;
        count_chunk(stream, filter);
        if (status != WH_OK)
            stop(stream);
        pthread_cond_broadcast(&stream->turned);
    } else {
        status = WH_OK;
    }
    pthread_mutex_unlock(&stream->writing);
    return status;
}

/* The record goes on where the chunk before left it. */
static void go_on(struct stream *stream, struct wh_filter *filter, const struct chunk *chunk) {
    wait_turn(stream, chunk);
    uint64_t position = stream->position;
    pthread_mutex_unlock(&stream->writing);
    filter->record--;
    wh_filter_begin_record(filter);
    filter->position = position;
}

static enum wh_status do_chunk(struct stream *stream, struct wh_filter *filter,
                               const struct chunk *chunk, enum wh_status status) {
    enum wh_status begun = wh_filter_begin_chunk(filter, chunk->records, chunk->lines);
    status = status == WH_OK ? begun : status;
    if (chunk->inside)
        go_on(stream, filter, chunk);
    if (status == WH_OK)
        status = filter_chunk(filter, chunk);
    return publish(stream, chunk, filter, status);
}

/* ---- threads ---- */

/* What every thread does, until the input or the job ends. */
static enum wh_status work(void *context, size_t begin, size_t end, int thread) {
    enum wh_status status = WH_OK;
    struct stream *stream = context;
    struct wh_filter filter = {0};
    struct chunk chunk = {0};
    (void)begin, (void)end, (void)thread;
    WH_TRY(wh_filter_open(stream->job, &filter));
    WH_TRY(WH_ALLOC(chunk.text, WH_RECORD_BYTES + READ_BYTES));
    do {
        pthread_mutex_lock(&stream->reading);
        enum wh_status taken = take(&stream->input, &chunk);
        pthread_mutex_unlock(&stream->reading);
        if (chunk.length || taken != WH_OK)
            WH_TRY(do_chunk(stream, &filter, &chunk, taken));
    } while (chunk.length);
out:
    free(chunk.text);
    wh_filter_close(&filter);
    return status;
}

static void close_stream(struct stream *stream) {
    for (int i = 0; i < 2; i++)
        if (stream->wake[i] >= 0)
            close(stream->wake[i]);
    free(stream->input.data);
    pthread_cond_destroy(&stream->turned);
    pthread_mutex_destroy(&stream->writing);
    pthread_mutex_destroy(&stream->reading);
}

enum wh_status wh_perturb_stream(struct wh_perturb_job *job, int in_fd, FILE *out,
                                 struct wh_perturb_report *report) {
    enum wh_status status = WH_OK;
    const struct wh_perturb_options *options = job->options;
    size_t threads = (size_t)wh_session_threads(job->session);
    struct stream stream = {.job = job, .out = out, .report = report, .wake = {-1, -1}};
    stream.input = (struct input){.fd = in_fd,
                                  .name = options->input_name,
                                  .parts_allowed = !options->json_field && !options->tsv_column};
    pthread_mutex_init(&stream.reading, NULL);
    pthread_mutex_init(&stream.writing, NULL);
    pthread_cond_init(&stream.turned, NULL);
    if (pipe2(stream.wake, O_CLOEXEC) != 0) {
        status = wh_fail(WH_IO, "pipe: %s", strerror(errno));
        goto out;
    }
    stream.input.wake = stream.wake[0];
    WH_TRY(WH_ALLOC(stream.input.data, WH_RECORD_BYTES + READ_BYTES));
    WH_TRY(wh_pool_run((int)threads, threads, 1, work, &stream));
out:
    close_stream(&stream);
    return status;
}
