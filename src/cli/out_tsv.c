/* SPDX-License-Identifier: GPL-3.0-or-later */
/* out_tsv.c - results as tables with a header line. */
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "cli/json_line.h"
#include "cli/out.h"

/* A word as a field: tabs and line ends are control characters, so they are shown, not printed. */
static void put_text(FILE *out, const char *word) {
    struct wh_buf clean = {0};
    wh_str_clean(&clean, word, strlen(word));
    fputs(clean.failed || !clean.data ? "" : clean.data, out);
    wh_buf_free(&clean);
}

static void put_word(FILE *out, const struct wh_session *session, uint32_t id) {
    put_text(out, wh_embed_word(wh_session_embed(session), id));
}

/* An unknown number is an empty field. */
static void put_number(FILE *out, double value) {
    char text[WH_REAL_BYTES];
    if (isfinite(value))
        fprintf(out, "\t%s", wh_real_text(value, text));
    else
        fputc('\t', out);
}

void wh_tsv_word(FILE *out, const struct wh_session *session, uint32_t id) {
    put_word(out, session, id);
}

void wh_tsv_number(FILE *out, double value) {
    if (isinf(value))
        fputs(value > 0 ? "\tinf" : "\t-inf", out);
    else
        put_number(out, value);
}

enum wh_status wh_tsv_near(FILE *out, const struct wh_session *session,
                           const struct wh_near_result *result, bool first) {
    if (first)
        fputs("word\trank\tneighbour\tdistance\tfrom\n", out);
    for (uint32_t i = 0; i < result->count; i++) {
        if (result->composed)
            put_text(out, result->composed);
        else
            put_word(out, session, result->word);
        fprintf(out, "\t%u\t", i + 1);
        put_word(out, session, result->items[i].id);
        put_number(out, result->items[i].distance);
        fprintf(out, "\t%s\n", result->composed ? "n-grams" : "vocabulary");
    }
    return wh_out_check(out);
}

enum wh_status wh_tsv_law(FILE *out, const struct wh_session *session,
                          const struct wh_law_result *result, bool first) {
    if (first)
        fputs("word\tmech\tlabel\tepsilon\toutput\trank\tdistance\tp\n", out);
    for (uint32_t i = 0; i < result->count; i++) {
        const struct wh_law_item *item = &result->items[i];
        put_word(out, session, result->word);
        fprintf(out, "\t%s\t%s", result->mech.spec.mech->name,
                wh_label_name(result->mech.guarantee.label));
        put_number(out, result->mech.epsilon);
        fputc('\t', out);
        put_word(out, session, item->id);
        fprintf(out, "\t%u", item->rank);
        put_number(out, item->distance);
        put_number(out, item->p);
        fputc('\n', out);
    }
    return wh_out_check(out);
}

enum wh_status wh_tsv_sim(FILE *out, const struct wh_session *session,
                          const struct wh_sim_result *result, bool first) {
    if (first)
        fputs(
            "word\tmech\tlabel\tepsilon\ttrials\tseeded\toutput\trank\tdistance\tcount\tp\tlo\thi\t"
            "exact\n",
            out);
    for (uint32_t i = 0; i < result->count; i++) {
        const struct wh_sim_item *item = &result->items[i];
        put_word(out, session, result->word);
        fprintf(out, "\t%s\t%s", result->mech.spec.mech->name,
                wh_label_name(result->mech.guarantee.label));
        put_number(out, result->mech.epsilon);
        fprintf(out, "\t%llu\t%d\t", (unsigned long long)result->trials, result->seeded);
        put_word(out, session, item->id);
        fprintf(out, "\t%u", item->rank);
        put_number(out, item->distance);
        fprintf(out, "\t%llu", (unsigned long long)item->count);
        put_number(out, item->p.value);
        put_number(out, item->p.lo);
        put_number(out, item->p.hi);
        put_number(out, item->exact);
        fputc('\n', out);
    }
    return wh_out_check(out);
}

enum wh_status wh_tsv_density(FILE *out, const struct wh_session *session, uint32_t word,
                              const struct wh_density *density, bool first) {
    if (first)
        fputs("word\tk\tradius\tradius_percentile\tknn_log_density\tkde_log_density\t"
              "kde_percentile\tbandwidth\tlid\tnearest\n",
              out);
    put_word(out, session, word);
    fprintf(out, "\t%u", density->k);
    put_number(out, density->radius);
    put_number(out, density->radius_percentile);
    put_number(out, density->knn_log_density);
    put_number(out, density->kde_log_density);
    put_number(out, density->kde_percentile);
    put_number(out, density->bandwidth);
    put_number(out, density->lid);
    put_number(out, density->nn_distance);
    fputc('\n', out);
    return wh_out_check(out);
}

enum wh_status wh_tsv_picture(FILE *out, const struct wh_session *session,
                              const struct wh_map_picture *picture, bool first) {
    if (first)
        fputs("word\tmethod\tpoint\trank\tdistance\tx\ty\n", out);
    for (uint32_t i = 0; i < picture->count; i++) {
        const struct wh_point *point = &picture->points[i];
        put_word(out, session, picture->word);
        fprintf(out, "\t%s\t", wh_map_name(picture->method));
        put_word(out, session, point->id);
        fprintf(out, "\t%u", point->rank);
        put_number(out, point->distance);
        put_number(out, point->x);
        put_number(out, point->y);
        fputc('\n', out);
    }
    return wh_out_check(out);
}
