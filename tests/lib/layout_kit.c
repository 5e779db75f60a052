/* SPDX-License-Identifier: GPL-3.0-or-later */
/* layout_kit.c - see layout_kit.h. */
#include "tests/lib/layout_kit.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/fixture.h"

static float value(const struct layout_words *words, uint32_t id, uint32_t j) {
    return words->rows[(size_t)id * words->dim + j];
}

void layout_number(struct wh_buf *out, uint64_t number, size_t size) {
    for (size_t i = 0; i < size; i++) {
        const char byte = (char)(i < 8 ? number >> 8 * i : 0);
        wh_buf_add(out, &byte, 1);
    }
}

static uint32_t bits(float number) {
    uint32_t result;
    memcpy(&result, &number, sizeof result);
    return result;
}

static void put_f32(struct wh_buf *out, float number) {
    layout_number(out, bits(number), 4);
}

static void put_big(struct wh_buf *out, float number) {
    layout_number(out, __builtin_bswap32(bits(number)), 4);
}

static void put_f64(struct wh_buf *out, float number) {
    double wide = (double)number;
    uint64_t result;
    memcpy(&result, &wide, sizeof result);
    layout_number(out, result, 8);
}

static void put_bf16(struct wh_buf *out, float number) {
    layout_number(out, bits(number) >> 16, 2);
}

/* For numbers that are a normal binary16, 0 or not finite. */
static void put_f16(struct wh_buf *out, float number) {
    uint32_t b = bits(number), sign = b >> 16 & 0x8000, exponent = b >> 23 & 0xff;
    exponent = number == 0 ? 0 : exponent == 255 ? 31 : exponent - 112;
    layout_number(out, sign | exponent << 10 | (b >> 13 & 0x3ff), 2);
}

typedef void (*put_number)(struct wh_buf *out, float number);

static void all_numbers(const struct layout_words *words, put_number put, struct wh_buf *out) {
    for (uint32_t id = 0; id < words->words; id++)
        for (uint32_t j = 0; j < words->dim; j++)
            put(out, value(words, id, j));
}

/* ---- texts ---- */

static void text(const struct layout_words *words, const char *line_end, struct wh_buf *out) {
    for (uint32_t id = 0; id < words->words; id++) {
        wh_buf_adds(out, words->texts[id]);
        for (uint32_t j = 0; j < words->dim; j++)
            wh_buf_addf(out, " %.9g", (double)value(words, id, j));
        wh_buf_adds(out, line_end);
    }
}

static void glove(const struct layout_words *words, struct wh_buf *out) {
    text(words, "\n", out);
}

static void glove_crlf(const struct layout_words *words, struct wh_buf *out) {
    text(words, "\r\n", out);
}

static void glove_unended(const struct layout_words *words, struct wh_buf *out) {
    text(words, "\n", out);
    out->length--;
}

static void word2vec(const struct layout_words *words, struct wh_buf *out) {
    wh_buf_addf(out, "%u %u\n", words->words, words->dim);
    text(words, "\n", out);
}

static void vec(const struct layout_words *words, struct wh_buf *out) {
    wh_buf_addf(out, "%u %u\n", words->words, words->dim);
    text(words, " \n", out);
}

static void tsv(const struct layout_words *words, struct wh_buf *out) {
    for (uint32_t id = 0; id < words->words; id++)
        for (uint32_t j = 0; j < words->dim; j++)
            wh_buf_addf(out, "%.9g%s", (double)value(words, id, j),
                        j + 1 < words->dim ? "\t" : "\n");
}

void layout_vocabulary(const struct layout_words *words, struct wh_buf *out) {
    for (uint32_t id = 0; id < words->words; id++)
        wh_buf_addf(out, "%s\n", words->texts[id]);
}

/* ---- word2vec's binary ---- */

static void word2vec_rows(const struct layout_words *words, const char *after, struct wh_buf *out) {
    wh_buf_addf(out, "%u %u\n", words->words, words->dim);
    for (uint32_t id = 0; id < words->words; id++) {
        wh_buf_addf(out, "%s ", words->texts[id]);
        for (uint32_t j = 0; j < words->dim; j++)
            put_f32(out, value(words, id, j));
        wh_buf_adds(out, after);
    }
}

static void word2vec_dense(const struct layout_words *words, struct wh_buf *out) {
    word2vec_rows(words, "", out);
}

static void word2vec_lines(const struct layout_words *words, struct wh_buf *out) {
    word2vec_rows(words, "\n", out);
}

/* ---- fastText's model, without n-grams ---- */

static void fasttext(const struct layout_words *words, struct wh_buf *out) {
    const uint32_t arguments[12] = {words->dim, 5, 5, 1, 5, 1, 2, 2, 0, 0, 0, 100};
    layout_number(out, 793712314, 4);
    layout_number(out, 12, 4);
    for (size_t i = 0; i < 12; i++)
        layout_number(out, arguments[i], 4);
    layout_number(out, 0, 8);            /* t */
    layout_number(out, words->words, 4); /* entries: at 64 */
    layout_number(out, words->words, 4); /* words: at 68 */
    layout_number(out, 0, 4);            /* labels: at 72 */
    layout_number(out, 1000, 8);         /* tokens */
    layout_number(out, (uint64_t)-1, 8); /* pruned */
    for (uint32_t id = 0; id < words->words; id++) {
        wh_buf_add(out, words->texts[id], strlen(words->texts[id]) + 1);
        layout_number(out, 7, 8);
        layout_number(out, 0, 1);
    }
    layout_number(out, 0, 1); /* not quantised */
    layout_number(out, words->words, 8);
    layout_number(out, words->dim, 8);
    all_numbers(words, put_f32, out);
    layout_number(out, 0, 1); /* the output matrix */
    layout_number(out, 2, 8);
    layout_number(out, words->dim, 8);
    for (uint32_t i = 0; i < 2 * words->dim; i++)
        put_f32(out, 0.5f);
}

/* ---- NumPy ---- */

static void npy(const struct layout_words *words, unsigned version, const char *type,
                put_number put, struct wh_buf *out) {
    char header[128];
    size_t fixed = version == 1 ? 10 : 12;
    int length =
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': %s, 'shape': (%u, %u), }",
                 type, put ? "False" : "True", words->words, words->dim);
    size_t padded = (fixed + (size_t)length + 1 + 63) / 64 * 64 - fixed;
    wh_buf_adds(out, "\x93NUMPY");
    layout_number(out, version, 1);
    layout_number(out, 0, 1);
    layout_number(out, padded, version == 1 ? 2 : 4);
    wh_buf_addf(out, "%-*s\n", (int)padded - 1, header);
    if (put) {
        all_numbers(words, put, out);
        return;
    }
    for (uint32_t j = 0; j < words->dim; j++)
        for (uint32_t id = 0; id < words->words; id++)
            put_f32(out, value(words, id, j));
}

static void npy_f4(const struct layout_words *words, struct wh_buf *out) {
    npy(words, 1, "<f4", put_f32, out);
}

static void npy_f2(const struct layout_words *words, struct wh_buf *out) {
    npy(words, 1, "<f2", put_f16, out);
}

static void npy_f8(const struct layout_words *words, struct wh_buf *out) {
    npy(words, 2, "<f8", put_f64, out);
}

static void npy_big(const struct layout_words *words, struct wh_buf *out) {
    npy(words, 1, ">f4", put_big, out);
}

static void npy_fortran(const struct layout_words *words, struct wh_buf *out) {
    npy(words, 3, "<f4", NULL, out);
}

/* ---- safetensors ---- */

static void safetensors(const struct layout_words *words, const char *header, size_t before,
                        struct wh_buf *out) {
    layout_number(out, strlen(header), 8);
    wh_buf_adds(out, header);
    for (size_t i = 0; i < before; i++)
        layout_number(out, 0xff, 1);
    (void)words;
}

static void safetensors_f32(const struct layout_words *words, struct wh_buf *out) {
    char header[256];
    snprintf(header, sizeof header,
             "{\"vectors\":{\"dtype\":\"F32\",\"shape\":[%u,%u],\"data_offsets\":[0,%u]}}",
             words->words, words->dim, words->words * words->dim * 4);
    safetensors(words, header, 0, out);
    all_numbers(words, put_f32, out);
}

/* Among others: tensors of one dimension before and behind it, and a remark. */
static void safetensors_16(const struct layout_words *words, const char *type, put_number put,
                           struct wh_buf *out) {
    char header[512];
    unsigned size = words->words * words->dim * 2;
    snprintf(header, sizeof header,
             "{\"__metadata__\":{\"format\":\"pt\"},"
             "\"bias\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]},"
             "\"embedding.weight\":{\"dtype\":\"%s\",\"shape\":[%u,%u],\"data_offsets\":[12,%u]},"
             "\"tail\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[%u,%u]}}   ",
             type, words->words, words->dim, 12 + size, 12 + size, 20 + size);
    safetensors(words, header, 12, out);
    all_numbers(words, put, out);
    layout_number(out, 0, 8);
}

static void safetensors_f16(const struct layout_words *words, struct wh_buf *out) {
    safetensors_16(words, "F16", put_f16, out);
}

static void safetensors_bf16(const struct layout_words *words, struct wh_buf *out) {
    safetensors_16(words, "BF16", put_bf16, out);
}

const struct layout layouts[] = {
    {"glove", ".txt", "glove", false, false, 0, glove, {{0}}},
    {"glove with CR LF", ".txt", "glove", false, false, 0, glove_crlf, {{0}}},
    {"glove without last line feed", ".txt", "glove", false, false, 0, glove_unended, {{0}}},
    {"word2vec", ".txt", "word2vec", false, false, 0, word2vec, {{0}}},
    {"fastText's vec", ".vec", "word2vec", false, false, 0, vec, {{0}}},
    {"word2vec binary", ".bin", "word2vec-bin", false, true, 0, word2vec_dense, {{0}}},
    {"word2vec binary with lines", ".bin", "word2vec-bin", false, true, 1, word2vec_lines, {{0}}},
    {"fastText", ".bin", "fasttext", false, true, 0, fasttext, {{8, 4}, {64, 4}, {68, 4}, {72, 4}}},
    {"npy f4", ".npy", "npy", true, true, 0, npy_f4, {{8, 2}}},
    {"npy f2", ".npy", "npy", true, true, 0, npy_f2, {{8, 2}}},
    {"npy f8", ".npy", "npy", true, true, 0, npy_f8, {{8, 4}}},
    {"npy big-endian", ".npy", "npy", true, true, 0, npy_big, {{8, 2}}},
    {"npy by column", ".npy", "npy", true, true, 0, npy_fortran, {{8, 4}}},
    {"safetensors f32", ".safetensors", "safetensors", true, true, 0, safetensors_f32, {{0, 8}}},
    {"safetensors f16", ".safetensors", "safetensors", true, true, 0, safetensors_f16, {{0, 8}}},
    {"safetensors bf16", ".safetensors", "safetensors", true, true, 0, safetensors_bf16, {{0, 8}}},
    {"tsv", ".tsv", "tsv", true, false, 0, tsv, {{0}}},
};
const size_t layout_count = sizeof layouts / sizeof *layouts;

/* ---- packing ---- */

const char *const packings[] = {"", ".gz", ".xz", ".zst", ".bz2", ".zip"};
const size_t packing_count = sizeof packings / sizeof *packings;

static la_ssize_t take(struct archive *archive, void *context, const void *bytes, size_t size) {
    (void)archive;
    wh_buf_add(context, bytes, size);
    return (la_ssize_t)size;
}

static struct archive *begin(size_t packing) {
    static const int filters[] = {
        0, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_ZSTD, ARCHIVE_FILTER_BZIP2, 0};
    struct archive *archive = archive_write_new();
    assert_non_null(archive);
    if (filters[packing]) {
        assert_int_equal(archive_write_add_filter(archive, filters[packing]), ARCHIVE_OK);
        assert_int_equal(archive_write_set_format_raw(archive), ARCHIVE_OK);
    } else {
        assert_int_equal(archive_write_set_format_zip(archive), ARCHIVE_OK);
    }
    archive_write_set_bytes_in_last_block(archive, 1);
    return archive;
}

static void add_member(struct archive *archive, const char *name, const struct wh_buf *bytes) {
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)bytes->length);
    assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(archive, bytes->data, bytes->length), bytes->length);
    archive_entry_free(entry);
}

static void end(struct archive *archive) {
    assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
    archive_write_free(archive);
}

void layout_pack(size_t packing, const char *member, const struct wh_buf *bytes,
                 struct wh_buf *out) {
    if (packing == 0) {
        wh_buf_add(out, bytes->data, bytes->length);
        return;
    }
    struct archive *archive = begin(packing);
    assert_int_equal(archive_write_open(archive, out, NULL, take, NULL), ARCHIVE_OK);
    add_member(archive, member, bytes);
    end(archive);
}

void layout_zip(const char *const *members, size_t count, const struct wh_buf *bytes,
                struct wh_buf *out) {
    struct archive *archive = begin(packing_count - 1);
    assert_int_equal(archive_write_open(archive, out, NULL, take, NULL), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++)
        add_member(archive, members[i], bytes);
    end(archive);
}
