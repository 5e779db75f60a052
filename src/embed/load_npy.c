/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * load_npy.c - NumPy's .npy (NEP 1): "\x93NUMPY", major and minor version, the header's length (2
 * bytes in version 1, else 4), a Python literal {'descr': ..., 'fortran_order': ..., 'shape': ...},
 * then the numbers. The words come from a vocabulary file.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "embed/matrix.h"

#define MAGIC      "\x93NUMPY"
#define MAGIC_SIZE (sizeof MAGIC - 1)
#define HEADER_MAX (1u << 20)

static bool detect(const unsigned char *head, size_t size) {
    return size >= MAGIC_SIZE && memcmp(head, MAGIC, MAGIC_SIZE) == 0;
}

static enum wh_status refuse(const struct wh_input *input, const char *expected,
                             const char *found) {
    struct wh_buf clean = {0};
    wh_str_clean(&clean, found, strnlen(found, 60));
    enum wh_status status =
        wh_fail(WH_DATA, "%s: byte %llu: expected %s, found '%s'", input->name,
                (unsigned long long)input->position, expected, clean.data ? clean.data : "");
    wh_buf_free(&clean);
    return status;
}

static enum wh_status header_length(struct wh_input *input, uint32_t *length) {
    enum wh_status status = WH_OK;
    unsigned char fixed[MAGIC_SIZE + 2], size[4] = {0};
    WH_TRY(wh_input_exact(input, fixed, sizeof fixed, "a NumPy header"));
    const unsigned major = fixed[MAGIC_SIZE];
    if (!detect(fixed, sizeof fixed) || major < 1 || major > 3)
        return wh_fail(WH_DATA, "%s: byte 0: expected a NumPy file of version 1 to 3, found %u",
                       input->name, major);
    WH_TRY(wh_input_exact(input, size, major == 1 ? 2 : 4, "a header's length"));
    *length = wh_little32(size);
    if (*length > HEADER_MAX)
        status = wh_fail(WH_DATA, "%s: byte 8: expected a header of at most %u bytes, found %u",
                         input->name, HEADER_MAX, *length);
out:
    return status;
}

/* What follows the key and its colon; NULL if the key is not there. */
static const char *value_of(const char *header, const char *key) {
    const char *at = strstr(header, key);
    if (!at)
        return NULL;
    at += strlen(key);
    at += strspn(at, " ");
    return *at == ':' ? at + 1 + strspn(at + 1, " ") : NULL;
}

static enum wh_status read_type(const struct wh_input *input, const char *descr,
                                struct wh_matrix *matrix) {
    static const struct {
        const char *name;
        enum wh_number kind;
    } types[] = {{"f4'", WH_NUMBER_F32}, {"f2'", WH_NUMBER_F16}, {"f8'", WH_NUMBER_F64}};
    if (!descr)
        return refuse(input, "'descr' in the header", "none");
    if (strncmp(descr, "'|O'", 4) == 0)
        return wh_fail(WH_DATA,
                       "%s: byte %llu: expected numbers, found pickled objects, which can run code "
                       "when read; convert them: python3 -c \"import numpy as n; "
                       "n.save('new.npy', n.load('%s', allow_pickle=True).astype('f4'))\"",
                       input->name, (unsigned long long)input->position, input->path);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (descr[0] == '\'' && descr[1] && strchr("<>=", descr[1]) &&
            strncmp(descr + 2, types[i].name, 3) == 0) {
            matrix->kind = types[i].kind;
            matrix->big = descr[1] == '>';
            return WH_OK;
        }
    return refuse(input, "numbers of type f2, f4 or f8", descr);
}

static bool read_count(const char **at, uint64_t *value) {
    *at += strspn(*at, " ");
    if (**at < '0' || **at > '9')
        return false;
    for (*value = 0; **at >= '0' && **at <= '9'; ++*at) {
        if (*value > UINT64_MAX / 20)
            return false;
        *value = *value * 10 + (uint64_t)(**at - '0');
    }
    *at += strspn(*at, " ");
    return true;
}

static enum wh_status read_shape(const struct wh_input *input, const char *shape,
                                 struct wh_matrix *matrix) {
    const char *at = shape;
    if (!shape)
        return refuse(input, "'shape' in the header", "none");
    bool two = *at++ == '(' && read_count(&at, &matrix->rows) && *at++ == ',' &&
               read_count(&at, &matrix->dim);
    if (two && *at == ',')
        at += 1 + strspn(at + 1, " ");
    return two && *at == ')' ? WH_OK : refuse(input, "a shape (WORDS, DIM)", shape);
}

static enum wh_status read_order(const struct wh_input *input, const char *order,
                                 struct wh_matrix *matrix) {
    matrix->by_column = order && strncmp(order, "True", 4) == 0;
    if (!matrix->by_column && !(order && strncmp(order, "False", 5) == 0))
        return refuse(input, "'fortran_order' True or False in the header", order ? order : "none");
    return WH_OK;
}

static enum wh_status read_header(struct wh_input *input, struct wh_matrix *matrix) {
    enum wh_status status = WH_OK;
    char *header = NULL;
    uint32_t length = 0;
    WH_TRY(header_length(input, &length));
    WH_TRY(wh_input_promise(input, length, "a header"));
    WH_TRY(WH_ALLOC(header, length + 1));
    WH_TRY(wh_input_exact(input, header, length, "a header"));
    WH_TRY(read_type(input, value_of(header, "'descr'"), matrix));
    WH_TRY(read_order(input, value_of(header, "'fortran_order'"), matrix));
    WH_TRY(read_shape(input, value_of(header, "'shape'"), matrix));
out:
    free(header);
    return status;
}

/* The file must end with its numbers; a packed one tells when it is read. */
static enum wh_status check_size(const struct wh_input *input, uint64_t bytes) {
    if (!input->size || bytes == input->size - input->position)
        return WH_OK;
    return wh_fail(WH_DATA, "%s: byte %llu: expected %llu bytes of numbers, found %llu",
                   input->name, (unsigned long long)input->position, (unsigned long long)bytes,
                   (unsigned long long)(input->size - input->position));
}

static enum wh_status load(const struct wh_embed_options *options, struct wh_input *input,
                           struct wh_embed *embed) {
    enum wh_status status = WH_OK;
    struct wh_matrix matrix = {.last = true};
    uint64_t bytes;
    WH_TRY(read_header(input, &matrix));
    WH_TRY(wh_matrix_check(&matrix, input, &bytes));
    WH_TRY(check_size(input, bytes));
    WH_TRY(wh_matrix_load(options, input, &matrix, embed));
out:
    return status;
}

const struct wh_loader wh_load_npy = {
    .name = "npy", .detect = detect, .load = load, .wordless = true};
