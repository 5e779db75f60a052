/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * export.c - writing GloVe text, word2vec text and binary, and NumPy .npy with its words beside it.
 * Texts have the fewest digits that read back as the same float32. A file appears whole or not at
 * all; a word that a format cannot hold is refused, not changed.
 */
#include "embed/export.h"

#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/str.h"
#include "embed/decimal.h"
#include "embed/embed_private.h"

/* ---- what a format can hold ---- */

static enum wh_status cannot_hold(const struct wh_embed *embed, uint32_t id, const char *format) {
    struct wh_buf word = {0};
    const char *raw = wh_embed_word(embed, id);
    wh_str_clean(&word, raw, strnlen(raw, 60));
    enum wh_status status = wh_fail(WH_DATA, "word %u, '%s', cannot be written as %s", id + 1,
                                    word.data ? word.data : "", format);
    wh_buf_free(&word);
    return status;
}

/* No word may have one of these bytes. */
static enum wh_status check_words(const struct wh_embed *embed, const char *bytes,
                                  const char *format) {
    for (uint32_t id = 0; id < embed->words; id++)
        if (strpbrk(wh_embed_word(embed, id), bytes))
            return cannot_hold(embed, id, format);
    return WH_OK;
}

static enum wh_status pause(struct wh_token *token, uint32_t id, uint32_t words) {
    if (id % WH_ROWS_TOLD)
        return WH_OK;
    wh_token_progress(token, "rows", id, words);
    return wh_token_check(token);
}

/* Closes the file: it stays if all went well. */
static enum wh_status finish(struct wh_outfile *file, enum wh_status status) {
    if (status == WH_OK)
        return wh_outfile_commit(file);
    wh_outfile_abort(file);
    return status;
}

/* ---- texts ---- */

#define NUMBER_BYTES 32

/* Fewest digits: six are enough for what most files say, nine for every float32. */
static void shortest(float value, char text[NUMBER_BYTES]) {
    for (int digits = 6; digits <= 9; digits++) {
        float back;
        int length = snprintf(text, NUMBER_BYTES, "%.*g", digits, (double)value);
        if (wh_decimal_float(text, text + length, &back) && back == value)
            return;
    }
}

static enum wh_status write_rows(const struct wh_embed *embed, FILE *out, struct wh_token *token) {
    enum wh_status status = WH_OK;
    char number[NUMBER_BYTES];
    for (uint32_t id = 0; id < embed->words; id++) {
        const float *row = wh_embed_row(embed, id);
        WH_TRY(pause(token, id, embed->words));
        fputs(wh_embed_word(embed, id), out);
        for (uint32_t j = 0; j < embed->dim; j++) {
            shortest(row[j], number);
            fputc(' ', out);
            fputs(number, out);
        }
        fputc('\n', out);
    }
out:
    return status;
}

static enum wh_status write_text(const struct wh_embed *embed, const char *path, bool header,
                                 struct wh_token *token) {
    struct wh_outfile file;
    enum wh_status status = check_words(embed, "\n", "a line of text");
    if (status == WH_OK)
        status = wh_outfile_open(path, &file);
    if (status != WH_OK)
        return status;
    if (header)
        fprintf(file.stream, "%u %u\n", embed->words, embed->dim);
    return finish(&file, write_rows(embed, file.stream, token));
}

static enum wh_status write_glove(const struct wh_embed *embed, const char *path,
                                  struct wh_token *token) {
    return write_text(embed, path, false, token);
}

static enum wh_status write_word2vec(const struct wh_embed *embed, const char *path,
                                     struct wh_token *token) {
    return write_text(embed, path, true, token);
}

/* ---- binaries ---- */

/* Least significant byte first, whatever the machine's order. */
static void write_row(const struct wh_embed *embed, uint32_t id, FILE *out) {
    const float *row = wh_embed_row(embed, id);
    for (uint32_t j = 0; j < embed->dim; j++) {
        uint32_t bits;
        memcpy(&bits, &row[j], sizeof bits);
        const unsigned char bytes[4] = {(unsigned char)bits, (unsigned char)(bits >> 8),
                                        (unsigned char)(bits >> 16), (unsigned char)(bits >> 24)};
        fwrite(bytes, 1, sizeof bytes, out);
    }
}

/* As word2vec writes it: a line feed after each row. */
static enum wh_status write_word2vec_bin(const struct wh_embed *embed, const char *path,
                                         struct wh_token *token) {
    struct wh_outfile file;
    enum wh_status status = check_words(embed, " \n", "word2vec's binary: it holds a blank");
    if (status == WH_OK)
        status = wh_outfile_open(path, &file);
    if (status != WH_OK)
        return status;
    fprintf(file.stream, "%u %u\n", embed->words, embed->dim);
    for (uint32_t id = 0; id < embed->words && status == WH_OK; id++) {
        fprintf(file.stream, "%s ", wh_embed_word(embed, id));
        write_row(embed, id, file.stream);
        fputc('\n', file.stream);
        status = pause(token, id, embed->words);
    }
    return finish(&file, status);
}

#define NPY_FIXED 10 /* bytes before the header's text */

static void write_npy_header(const struct wh_embed *embed, FILE *out) {
    char text[128];
    int length =
        snprintf(text, sizeof text, "{'descr': '<f4', 'fortran_order': False, 'shape': (%u, %u), }",
                 embed->words, embed->dim);
    int padded = (NPY_FIXED + length + 1 + 63) / 64 * 64 - NPY_FIXED;
    fputs("\x93NUMPY\x01", out);
    fputc(0, out);
    fputc(padded & 0xff, out);
    fputc(padded >> 8, out);
    fprintf(out, "%-*s\n", padded - 1, text);
}

/* The first word must not make the list look like one with CR LF. */
static enum wh_status write_vocab(const struct wh_embed *embed, struct wh_outfile *file) {
    const char *first = wh_embed_word(embed, 0);
    enum wh_status status = check_words(embed, "\n", "a line of the vocabulary");
    if (status == WH_OK && *first && first[strlen(first) - 1] == '\r')
        status = cannot_hold(embed, 0, "the vocabulary's first line");
    for (uint32_t id = 0; id < embed->words && status == WH_OK; id++)
        fprintf(file->stream, "%s\n", wh_embed_word(embed, id));
    return status;
}

/* "x.npy" goes with "x.vocab". */
static enum wh_status open_vocab(const char *path, struct wh_outfile *file) {
    struct wh_buf beside = {0};
    size_t length = strlen(path);
    struct stat facts;
    bool special = stat(path, &facts) == 0 && !S_ISREG(facts.st_mode);
    if (special || strcmp(path, "-") == 0)
        return wh_fail(WH_USAGE, "npy: two files are written; name one to stand beside its words");
    if (length > 4 && strcmp(path + length - 4, ".npy") == 0)
        length -= 4;
    wh_buf_add(&beside, path, length);
    wh_buf_adds(&beside, ".vocab");
    enum wh_status status =
        beside.failed ? wh_fail(WH_NOMEM, "out of memory") : wh_outfile_open(beside.data, file);
    wh_buf_free(&beside);
    return status;
}

/* Both files are complete before the first gets its name. */
static enum wh_status write_npy(const struct wh_embed *embed, const char *path,
                                struct wh_token *token) {
    enum wh_status status = WH_OK;
    struct wh_outfile words = {0}, numbers = {0};
    WH_TRY(open_vocab(path, &words));
    WH_TRY(wh_outfile_open(path, &numbers));
    WH_TRY(write_vocab(embed, &words));
    write_npy_header(embed, numbers.stream);
    for (uint32_t id = 0; id < embed->words; id++) {
        WH_TRY(pause(token, id, embed->words));
        write_row(embed, id, numbers.stream);
    }
    if (fflush(words.stream) != 0) {
        status = wh_outfile_commit(&words); /* fails, and tells why */
        goto out;
    }
    WH_TRY(wh_outfile_commit(&numbers));
    WH_TRY(wh_outfile_commit(&words));
out:
    wh_outfile_abort(&words);
    wh_outfile_abort(&numbers);
    return status;
}

/* ---- the formats ---- */

static const struct wh_export formats[] = {
    {"glove", ".txt", write_glove},
    {"word2vec", ".vec", write_word2vec},
    {"word2vec-bin", ".bin", write_word2vec_bin},
    {"npy", ".npy", write_npy},
};

static bool means(const struct wh_export *format, const char *name, const char *path) {
    size_t length = strlen(path), size = strlen(format->extension);
    if (name)
        return strcmp(format->name, name) == 0;
    return length > size && strcmp(path + length - size, format->extension) == 0;
}

enum wh_status wh_export_find(const char *name, const char *path, const struct wh_export **format) {
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (means(&formats[i], name, path)) {
            *format = &formats[i];
            return WH_OK;
        }
    struct wh_buf names = {0};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        wh_buf_addf(&names, "%s%s (%s)", i ? ", " : "", formats[i].name, formats[i].extension);
    enum wh_status status = wh_fail(WH_USAGE, "--to: expected one of %s, found '%.40s'",
                                    names.data ? names.data : "", name ? name : path);
    wh_buf_free(&names);
    return status;
}
