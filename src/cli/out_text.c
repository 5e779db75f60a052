/* SPDX-License-Identifier: GPL-3.0-or-later */
/* out_text.c - results for people: aligned, cleaned, with a label on every guarantee. */
#include <math.h>
#include <string.h>
#include <unistr.h>
#include <uniwidth.h>

#include "base/str.h"
#include "cli/out.h"

#define WORD_COLUMN 20

/* ---- parts ---- */

static void put_padded(FILE *out, const char *text, int width) {
    int used = u8_strwidth((const uint8_t *)text, "UTF-8");
    fprintf(out, "%s%*s", text, used < width ? width - used : 0, "");
}

static void put_word(FILE *out, const struct wh_session *session, uint32_t id, int width) {
    struct wh_buf clean = {0};
    const char *word = wh_embed_word(wh_session_embed(session), id);
    wh_str_clean(&clean, word, strlen(word));
    put_padded(out, clean.failed || !clean.data ? "?" : clean.data, width);
    wh_buf_free(&clean);
}

static void put_clean(FILE *out, const char *text) {
    struct wh_buf clean = {0};
    wh_str_clean(&clean, text, strlen(text));
    fputs(clean.failed || !clean.data ? "" : clean.data, out);
    wh_buf_free(&clean);
}

/* A number with so many digits, or a dash for what is unknown. */
static const char *number(char out[32], double value, int digits) {
    if (isfinite(value))
        snprintf(out, 32, "%.*g", digits, value);
    else
        snprintf(out, 32, isnan(value) ? "-" : "infinite");
    return out;
}

static void put_mech(FILE *out, const struct wh_mech_facts *facts) {
    const struct wh_mech *mech = facts->spec.mech;
    char text[32];
    fprintf(out, "%s (%s)", mech->title, mech->name);
    if (!isnan(facts->epsilon))
        fprintf(out, ", epsilon %g", facts->epsilon);
    for (int i = 0; i < WH_PARAM_MAX && mech->params[i].name; i++)
        if (strcmp(mech->params[i].name, "epsilon") != 0 && !isnan(facts->spec.values[i]))
            fprintf(out, ", %s %g", mech->params[i].name, facts->spec.values[i]);
    fputc('\n', out);
    fprintf(out, "  guarantee: %s", wh_label_name(facts->guarantee.label));
    if (!isnan(facts->guarantee.loss_per_distance))
        fprintf(out, ", loss %s nats per unit of distance (%s)",
                number(text, facts->guarantee.loss_per_distance, 6), facts->guarantee.metric);
    if (!isnan(facts->guarantee.loss_constant))
        fprintf(out, ", loss %s nats for every pair",
                number(text, facts->guarantee.loss_constant, 6));
    fprintf(out, "\n  %s\n", facts->guarantee.note);
    for (size_t i = 0; i < facts->figure_count; i++)
        fprintf(out, "%s%s %s", i ? ", " : "  ", facts->figures[i].name,
                number(text, facts->figures[i].value, 6));
    if (facts->figure_count)
        fputc('\n', out);
}

void wh_text_word(FILE *out, const struct wh_session *session, uint32_t id) {
    put_word(out, session, id, 0);
}

void wh_text_column(FILE *out, const struct wh_session *session, uint32_t id, int width) {
    put_word(out, session, id, width);
}

void wh_text_mech_facts(FILE *out, const struct wh_mech_facts *facts) {
    put_mech(out, facts);
}

void wh_text_not_equal(FILE *out) {
    fputs("Equal epsilon is not equal privacy: compare mechanisms at equal measured quantities.\n",
          out);
}

/* ---- results ---- */

enum wh_status wh_text_near(FILE *out, const struct wh_session *session,
                            const struct wh_near_result *result) {
    if (result->composed)
        put_clean(out, result->composed);
    else
        put_word(out, session, result->word, 0);
    fprintf(out, ": %s%u nearest of %u words\n", result->composed ? "composed from n-grams, " : "",
            result->count, wh_embed_words(wh_session_embed(session)));
    for (uint32_t i = 0; i < result->count; i++) {
        fprintf(out, "%5u  ", i + 1);
        put_word(out, session, result->items[i].id, WORD_COLUMN);
        fprintf(out, " %9.4f\n", result->items[i].distance);
    }
    return wh_out_check(out);
}

enum wh_status wh_text_law(FILE *out, const struct wh_session *session,
                           const struct wh_law_result *result) {
    put_word(out, session, result->word, 0);
    fputs(": exact law of ", out);
    put_mech(out, &result->mech);
    fprintf(out, " rank  %-*s  distance        p\n", WORD_COLUMN, "output");
    for (uint32_t i = 0; i < result->count; i++) {
        const struct wh_law_item *item = &result->items[i];
        fprintf(out, "%5u  ", item->rank);
        put_word(out, session, item->id, WORD_COLUMN);
        fprintf(out, " %9.4f  %8.6f\n", item->distance, item->p);
    }
    fprintf(out,
            "unchanged %.6f, effective support %.1f words, mean distance %.4f, mass %.12f\n"
            "self %.2f %%, ranks 1-10 %.2f %%, 11-100 %.2f %%, beyond %.2f %%\n",
            result->unchanged, exp(result->entropy), result->mean_distance, result->mass,
            100 * result->bands[0], 100 * result->bands[1], 100 * result->bands[2],
            100 * result->bands[3]);
    return wh_out_check(out);
}

static void put_share(FILE *out, struct wh_interval p, double exact) {
    fprintf(out, "%6.2f %% [%.2f, %.2f]", 100 * p.value, 100 * p.lo, 100 * p.hi);
    if (!isnan(exact))
        fprintf(out, ", exact %.4f %%", 100 * exact);
}

static void put_chains(FILE *out, const struct wh_chain_facts *chains) {
    fprintf(out,
            "  %llu chains, %llu steps after burn-in: %.1f %% accepted, effective size %.0f, "
            "Rhat %.3f\n  %s\n",
            (unsigned long long)chains->count, (unsigned long long)chains->length,
            100 * chains->acceptance, chains->effective_size, chains->rhat,
            chains->converged ? "converged, as far as such chains can tell"
                              : "not converged: the shares are those of chains cut short; more "
                                "steps may help");
}

/* What a noise radius is to be compared with. */
static void put_nearest(FILE *out, const struct wh_session *session, uint32_t word) {
    struct wh_near_result near;
    if (wh_run_near(session, word, 1, &near) != WH_OK)
        return;
    if (near.count)
        fprintf(out, "  nearest neighbour at distance %.4f\n", near.items[0].distance);
    wh_near_result_close(&near);
}

enum wh_status wh_text_sim(FILE *out, const struct wh_session *session,
                           const struct wh_sim_result *result, uint32_t rows) {
    static const char *const bands[] = {"self", "ranks 1-10", "ranks 11-100", "beyond"};
    uint32_t shown = result->count < rows ? result->count : rows;
    put_word(out, session, result->word, 0);
    fprintf(out, ": %llu draws%s of ", (unsigned long long)result->trials,
            result->seeded ? " (seeded)" : "");
    put_mech(out, &result->mech);
    if (result->chains.count)
        put_chains(out, &result->chains);
    if (result->mech.spec.mech->vector_noise)
        put_nearest(out, session, result->word);
    fprintf(out, " rank  %-*s  distance     count  share with 95 %% interval\n", WORD_COLUMN,
            "output");
    for (uint32_t i = 0; i < shown; i++) {
        const struct wh_sim_item *item = &result->items[i];
        fprintf(out, "%5u  ", item->rank);
        put_word(out, session, item->id, WORD_COLUMN);
        fprintf(out, " %9.4f %9llu  ", item->distance, (unsigned long long)item->count);
        put_share(out, item->p, item->exact);
        fputc('\n', out);
    }
    if (shown < result->distinct)
        fprintf(out, "       ... and %u more\n", result->distinct - shown);
    fprintf(out, "unchanged (N_w) ");
    put_share(out, result->unchanged, result->unchanged_exact);
    fprintf(out, "\ndistinct outputs (S_w) %u, other than the word %u\n", result->distinct,
            result->distinct_other);
    fprintf(out, "mean distance %.4f [%.4f, %.4f]\n", result->mean_distance.value,
            result->mean_distance.lo, result->mean_distance.hi);
    for (int band = 0; band < WH_BAND_COUNT; band++) {
        fprintf(out, "%-14s", bands[band]);
        put_share(out, result->bands[band], result->bands_exact[band]);
        fputc('\n', out);
    }
    return wh_out_check(out);
}

enum wh_status wh_text_density(FILE *out, const struct wh_session *session, uint32_t word,
                               const struct wh_density *density) {
    char text[32];
    put_word(out, session, word, 0);
    fprintf(out, "\n  nearest neighbour    %.4f\n", density->nn_distance);
    fprintf(out, "  radius r_%-4u        %.4f, larger than that of %s %% of the words\n",
            density->k, density->radius, number(text, density->radius_percentile, 4));
    fprintf(out, "  kNN log-density      %s\n", number(text, density->knn_log_density, 6));
    fprintf(out, "  kernel log-density   %s", number(text, density->kde_log_density, 6));
    fprintf(out, ", denser than %s %% of the words", number(text, density->kde_percentile, 4));
    fprintf(out, " (bandwidth %s)\n", number(text, density->bandwidth, 6));
    fprintf(out, "  intrinsic dimension  %s (%u neighbours)\n", number(text, density->lid, 4),
            density->lid_k);
    return wh_out_check(out);
}

enum wh_status wh_text_picture(FILE *out, const struct wh_session *session,
                               const struct wh_map_picture *picture) {
    put_word(out, session, picture->word, 0);
    fprintf(out,
            ": %s picture; variance kept %.1f %%, nearest neighbours kept %u of %u, stress %.3f\n",
            wh_map_name(picture->method), 100 * picture->variance_kept, picture->neighbours_kept,
            picture->kept_of, picture->stress);
    fprintf(out, " rank  %-*s  distance         x         y\n", WORD_COLUMN, "word");
    for (uint32_t i = 0; i < picture->count; i++) {
        const struct wh_point *point = &picture->points[i];
        fprintf(out, "%5u  ", point->rank);
        put_word(out, session, point->id, WORD_COLUMN);
        fprintf(out, " %9.4f %9.4f %9.4f\n", point->distance, point->x, point->y);
    }
    return wh_out_check(out);
}

static void put_pair(FILE *out, const struct wh_session *session, const char *name, double value,
                     const uint32_t ids[2]) {
    fprintf(out, "%-22s %.7g (", name, value);
    put_word(out, session, ids[0], 0);
    fputc('/', out);
    put_word(out, session, ids[1], 0);
    fputs(")\n", out);
}

static void put_line(FILE *out, const char *name, const char *text) {
    fprintf(out, "%-22s ", name);
    put_clean(out, *text ? text : "unknown");
    fputc('\n', out);
}

enum wh_status wh_text_info(FILE *out, const struct wh_session *session) {
    const struct wh_embed *embed = wh_session_embed(session);
    const struct wh_derived *derived = wh_embed_derived(embed);
    double words = wh_embed_words(embed);
    put_line(out, "embedding", wh_embed_name(embed));
    put_line(out, "source", wh_embed_source(embed));
    put_line(out, "licence", wh_embed_license(embed));
    put_line(out, "format", wh_embed_format(embed));
    fprintf(out, "%-22s %u words x %u dimensions\n", "size", wh_embed_words(embed),
            wh_embed_dim(embed));
    put_line(out, "checksum (BLAKE2b)", wh_embed_checksum(embed));
    if (!derived->nn_distance) {
        fputs("distances              not computed; an embedding of one word has none\n", out);
        return wh_out_check(out);
    }
    put_pair(out, session, "smallest distance", derived->delta_min, derived->closest);
    put_pair(out, session, "largest distance", derived->delta_max, derived->farthest);
    fprintf(out, "%-22s %.6g\n", "median nearest", derived->median_nn);
    fprintf(out, "%-22s %llu\n", "pairs of equal vectors",
            (unsigned long long)derived->duplicate_pairs);
    if (derived->delta_min > 0)
        fprintf(out, "%-22s epsilon > %.6g\n", "truncated Gumbel needs",
                (5 + 2 * log(words)) / derived->delta_min);
    else
        fprintf(out, "%-22s a noise scale set by hand: two vectors are equal\n",
                "truncated Gumbel needs");
    return wh_out_check(out);
}

enum wh_status wh_text_cache(FILE *out, const char *folder, const struct wh_cache_facts *facts,
                             uint64_t bound) {
    const double mib = 1 << 20;
    put_line(out, "cache", *folder ? folder : "nowhere: neither XDG_CACHE_HOME nor HOME is set");
    fprintf(out, "%-22s %u\n", "embeddings kept", facts->entries);
    fprintf(out, "%-22s %u\n", "unfinished work", facts->unfinished);
    fprintf(out, "%-22s %.1f MiB of %.1f MiB\n", "size", (double)facts->bytes / mib,
            (double)bound / mib);
    return wh_out_check(out);
}

enum wh_status wh_text_mech(FILE *out, const struct wh_mech *mech) {
    char text[32];
    fprintf(out, "%s - %s\n  %s\n  guarantee: %s (%s), loss %s\n  law: %s\n", mech->name,
            mech->title, mech->method, wh_label_name(mech->label), wh_label_meaning(mech->label),
            mech->loss_text, mech->law ? "exact" : "by sampling, with intervals");
    for (int i = 0; i < WH_PARAM_MAX && mech->params[i].name; i++) {
        const struct wh_param *param = &mech->params[i];
        fprintf(out, "  %s (default %s): %s\n", param->name,
                isnan(param->fallback) ? "by itself" : number(text, param->fallback, 6),
                param->help);
    }
    fprintf(out, "  paper: %s\n", mech->paper);
    if (*mech->departure)
        fprintf(out, "  departure: %s\n", mech->departure);
    return wh_out_check(out);
}

static const char *plural(uint64_t count) {
    return count == 1 ? "" : "s";
}

enum wh_status wh_text_report(FILE *out, const struct wh_perturb_report *report) {
    char loss[32];
    fprintf(out,
            "wordhaze: %llu record%s, %llu word%s, %llu out-of-vocabulary, %llu unchanged, %llu "
            "kept as "
            "stop words\n",
            (unsigned long long)report->records, plural(report->records),
            (unsigned long long)report->words, plural(report->words),
            (unsigned long long)report->out_of_vocabulary, (unsigned long long)report->unchanged,
            (unsigned long long)report->stopwords_kept);
    fprintf(out, "wordhaze: %s", report->mech.spec.mech->name);
    if (!isnan(report->mech.epsilon))
        fprintf(out, ", epsilon %g a word", report->mech.epsilon);
    fprintf(out,
            ", guarantee %s; longest record: %llu words, worst-case loss %s nats; record lengths "
            "and word "
            "positions are public\n",
            wh_label_name(report->mech.guarantee.label), (unsigned long long)report->longest_record,
            number(loss, report->longest_loss, 6));
    return wh_out_check(out);
}
