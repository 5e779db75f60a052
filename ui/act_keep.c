/* SPDX-License-Identifier: GPL-3.0-or-later */
/* act_keep.c - results and screens to files and to the clipboard. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "cli/out.h"
#include "ui/act.h"
#include "ui/figures.h"
#include "ui/render.h"
#include "ui/term.h"

#define NAME_MAX_BYTES 1024

/* ---- JSON ---- */

static enum wh_status write_result(struct ui_app *app, unsigned slot, FILE *out) {
    enum wh_status status;
    struct wh_sim_result result = {0};
    WH_TRY(wh_worker_result(app->worker, slot, &result));
    WH_TRY(wh_json_sim(out, app->session, &result));
out:
    wh_sim_result_close(&result);
    return status;
}

enum wh_status ui_act_SAVE_JSON(struct ui_app *app, const char *argument) {
    enum wh_status status;
    struct wh_outfile file = {0};
    int written = 0;
    WH_TRY(wh_outfile_open(argument, &file));
    for (unsigned slot = 0; slot < WH_WORKER_SLOTS; slot++)
        if (ui_slot_ready(&app->model, slot)) {
            WH_TRY(write_result(app, slot, file.stream));
            written++;
        }
    if (written == 0) {
        status = wh_fail(WH_UNAVAILABLE, "there are no draws to save yet");
        goto out;
    }
    WH_TRY(wh_outfile_commit(&file));
    ui_app_say(app, "saved %d results in %.300s", written, argument);
out:
    wh_outfile_abort(&file);
    return status;
}

/* OSC 52 reaches the clipboard through ssh too, where the terminal allows it. */
static enum wh_status send_clipboard(const char *text, size_t length) {
    size_t size = sodium_base64_encoded_len(length, sodium_base64_VARIANT_ORIGINAL);
    char *encoded = wh_alloc(size, 1);
    if (!encoded)
        return WH_NOMEM;
    sodium_bin2base64(encoded, size, (const unsigned char *)text, length,
                      sodium_base64_VARIANT_ORIGINAL);
    ui_term_write("\033]52;c;", 7);
    ui_term_write(encoded, strlen(encoded));
    ui_term_write("\007", 1);
    free(encoded);
    return WH_OK;
}

enum wh_status ui_act_COPY(struct ui_app *app, const char *argument) {
    enum wh_status status;
    char *text = NULL;
    size_t length = 0;
    FILE *stream = NULL;
    (void)argument;
    if (!ui_term_is_open())
        return wh_fail(WH_UNAVAILABLE, "there is no terminal to copy through");
    if (!ui_slot_ready(&app->model, app->panel))
        return wh_fail(WH_UNAVAILABLE, "there are no draws to copy yet");
    stream = open_memstream(&text, &length);
    if (!stream)
        return wh_fail(WH_NOMEM, "out of memory");
    status = write_result(app, app->panel, stream);
    fclose(stream);
    WH_TRY(status);
    WH_TRY(send_clipboard(text, length));
    ui_app_say(app, "copied the result of %s as JSON",
               app->model.params.mech[app->panel].mech->brief);
out:
    free(text);
    return status;
}

/* ---- the screen ---- */

static bool ends_with(const char *name, const char *end) {
    size_t length = strlen(name), tail = strlen(end);
    return length > tail && strcmp(name + length - tail, end) == 0;
}

/* "FILE [FORMAT]": without a format the name's end tells. */
static enum wh_status split_name(const char *argument, char name[NAME_MAX_BYTES],
                                 enum ui_picture *picture) {
    const char *last = strrchr(argument, ' ');
    if (strlen(argument) >= NAME_MAX_BYTES)
        return wh_fail(WH_USAGE, "the file's name is too long");
    snprintf(name, NAME_MAX_BYTES, "%s", argument);
    if (last) {
        name[last - argument] = '\0';
        return ui_picture_parse(last + 1, picture);
    }
    *picture = ends_with(name, ".svg")    ? UI_PICTURE_SVG
               : ends_with(name, ".ansi") ? UI_PICTURE_ANSI
                                          : UI_PICTURE_TEXT;
    return WH_OK;
}

enum wh_status ui_act_SAVE_SCREEN(struct ui_app *app, const char *argument) {
    enum wh_status status;
    char name[NAME_MAX_BYTES];
    struct wh_outfile file = {0};
    bool plain = strcmp(app->options->color, "never") == 0;
    struct ui_render how = {.theme = app->theme,
                            .colors = ui_term_is_open() ? ui_term_colors()
                                      : plain           ? 0
                                                        : 256};
    WH_TRY(split_name(argument, name, &how.picture));
    ui_app_draw(app);
    WH_TRY(wh_outfile_open(name, &file));
    WH_TRY(ui_render(file.stream, &app->grid, &how));
    WH_TRY(wh_outfile_commit(&file));
    ui_app_say(app, "saved the screen in %.300s", name);
out:
    wh_outfile_abort(&file);
    return status;
}
