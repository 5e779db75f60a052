/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * load_safetensors.c - safetensors: the header's length (8 bytes, least significant first), a JSON
 * object {name: {dtype, shape, data_offsets: [begin, end]}}, then the data, from which offsets
 * count. Read are tensors of two dimensions in F32, F16, BF16 or F64. The words come from a
 * vocabulary file.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "embed/matrix.h"

#define HEADER_MAX   100000000u /* as in the format's own reader */
#define TENSORS_TOLD 8

/* Nothing else begins with a small number in eight bytes and a brace. */
static bool detect(const unsigned char *head, size_t size) {
    return size >= 10 && wh_little64(head) <= HEADER_MAX && head[8] == '{';
}

static enum wh_status refuse(const struct wh_input *input, const char *sentence) {
    return wh_fail(WH_DATA, "%s: byte 8: %s", input->name, sentence);
}

static enum wh_status read_header(struct wh_input *input, json_t **header) {
    enum wh_status status = WH_OK;
    unsigned char size[8];
    char *text = NULL;
    json_error_t error;
    WH_TRY(wh_input_exact(input, size, sizeof size, "a header's length"));
    const uint64_t length = wh_little64(size);
    if (length > HEADER_MAX)
        return wh_fail(WH_DATA, "%s: byte 0: expected a header of at most %u bytes, found %llu",
                       input->name, HEADER_MAX, (unsigned long long)length);
    WH_TRY(wh_input_promise(input, length, "a header"));
    WH_TRY(WH_ALLOC(text, length + 1));
    WH_TRY(wh_input_exact(input, text, length, "a header"));
    *header = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (!*header)
        status = wh_fail(WH_DATA, "%s: byte %llu: expected JSON, found: %s", input->name,
                         8 + (unsigned long long)error.position, error.text);
    else if (!json_is_object(*header))
        status = refuse(input, "expected an object of tensors, found something else");
out:
    free(text);
    return status;
}

/* ---- which tensor ---- */

static bool is_table(const json_t *tensor) {
    return json_array_size(json_object_get(tensor, "shape")) == 2;
}

static enum wh_status which(const struct wh_input *input, json_t *header, const char *wanted) {
    struct wh_buf sentence = {0};
    const char *name;
    json_t *tensor;
    size_t told = 0;
    wh_buf_adds(&sentence, "expected ");
    if (wanted) {
        wh_buf_adds(&sentence, "a tensor '");
        wh_str_clean(&sentence, wanted, strlen(wanted));
        wh_buf_adds(&sentence, "'");
    } else {
        wh_buf_adds(&sentence, "one tensor of two dimensions or --tensor NAME");
    }
    wh_buf_adds(&sentence, ", found: ");
    json_object_foreach(header, name, tensor) {
        if (strcmp(name, "__metadata__") == 0)
            continue;
        if (told == TENSORS_TOLD) {
            wh_buf_adds(&sentence, ", ...");
            break;
        }
        wh_buf_adds(&sentence, told++ ? ", " : "");
        wh_str_clean(&sentence, name, strnlen(name, 60));
    }
    enum wh_status status = refuse(input, sentence.data ? sentence.data : "");
    wh_buf_free(&sentence);
    return status;
}

/* What was asked for, else a name that embeddings usually have, else the only table. */
static json_t *choose(json_t *header, const char *wanted) {
    static const char *const usual[] = {"embeddings", "embedding.weight", "embedding", "vectors"};
    const char *name;
    json_t *tensor, *only = NULL;
    size_t tables = 0;
    if (wanted)
        return strcmp(wanted, "__metadata__") ? json_object_get(header, wanted) : NULL;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (is_table(json_object_get(header, usual[i])))
            return json_object_get(header, usual[i]);
    json_object_foreach(header, name, tensor) if (is_table(tensor)) {
        only = tensor;
        tables++;
    }
    return tables == 1 ? only : NULL;
}

/* ---- what it says ---- */

static enum wh_status read_type(const struct wh_input *input, const json_t *tensor,
                                struct wh_matrix *matrix) {
    static const struct {
        const char *name;
        enum wh_number kind;
    } types[] = {{"F32", WH_NUMBER_F32},
                 {"F16", WH_NUMBER_F16},
                 {"BF16", WH_NUMBER_BF16},
                 {"F64", WH_NUMBER_F64}};
    const char *dtype = json_string_value(json_object_get(tensor, "dtype"));
    for (size_t i = 0; dtype && i < sizeof types / sizeof *types; i++)
        if (strcmp(dtype, types[i].name) == 0) {
            matrix->kind = types[i].kind;
            return WH_OK;
        }
    return wh_fail(WH_DATA, "%s: byte 8: expected a tensor of F32, F16, BF16 or F64, found '%.20s'",
                   input->name, dtype ? dtype : "none");
}

static bool pair(const json_t *tensor, const char *key, uint64_t *first, uint64_t *second) {
    const json_t *array = json_object_get(tensor, key);
    const json_t *a = json_array_get(array, 0), *b = json_array_get(array, 1);
    if (json_array_size(array) != 2 || !json_is_integer(a) || !json_is_integer(b) ||
        json_integer_value(a) < 0 || json_integer_value(b) < 0)
        return false;
    *first = (uint64_t)json_integer_value(a);
    *second = (uint64_t)json_integer_value(b);
    return true;
}

/* A file that ends before any of its tensors does is damaged, even where the one that is wanted is
 * whole. */
static enum wh_status check_ends(const struct wh_input *input, json_t *header) {
    enum wh_status status = WH_OK;
    const char *name;
    json_t *tensor;
    uint64_t begin, end;
    json_object_foreach(header, name, tensor) {
        if (strcmp(name, "__metadata__") == 0)
            continue;
        if (!pair(tensor, "data_offsets", &begin, &end) || end < begin)
            return refuse(input, "expected data_offsets [BEGIN, END], found others");
        WH_TRY(wh_input_promise(input, end, "tensors"));
    }
out:
    return status;
}

static enum wh_status locate(const struct wh_input *input, const json_t *tensor,
                             struct wh_matrix *matrix, uint64_t *begin) {
    enum wh_status status = WH_OK;
    uint64_t end, bytes;
    WH_TRY(read_type(input, tensor, matrix));
    if (!pair(tensor, "shape", &matrix->rows, &matrix->dim))
        return refuse(input, "expected a shape [WORDS, DIM], found another");
    WH_TRY(wh_matrix_check(matrix, input, &bytes));
    pair(tensor, "data_offsets", begin, &end);
    if (end - *begin != bytes)
        status =
            wh_fail(WH_DATA, "%s: byte 8: expected a tensor of %llu bytes, found %llu", input->name,
                    (unsigned long long)bytes, (unsigned long long)(end - *begin));
out:
    return status;
}

static enum wh_status load(const struct wh_embed_options *options, struct wh_input *input,
                           struct wh_embed *embed) {
    enum wh_status status = WH_OK;
    struct wh_matrix matrix = {0};
    json_t *header = NULL;
    uint64_t begin;
    WH_TRY(read_header(input, &header));
    const json_t *tensor = choose(header, options->tensor);
    if (!tensor) {
        status = which(input, header, options->tensor);
        goto out;
    }
    WH_TRY(check_ends(input, header));
    WH_TRY(locate(input, tensor, &matrix, &begin));
    WH_TRY(wh_input_skip(input, begin, "tensors"));
    WH_TRY(wh_matrix_load(options, input, &matrix, embed));
out:
    json_decref(header);
    return status;
}

const struct wh_loader wh_load_safetensors = {
    .name = "safetensors", .detect = detect, .load = load, .wordless = true};
