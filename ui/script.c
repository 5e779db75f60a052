/* SPDX-License-Identifier: GPL-3.0-or-later */
/* script.c - lines of a script, and keys out of a line. */
#include "ui/script.h"

#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "ui/key.h"

struct ui_script {
    char *path;
    struct wh_buf text;
    char *at; /* the next line */
    int number;
};

static enum wh_status read_stream(FILE *stream, struct wh_buf *text) {
    char block[4096];
    size_t got;
    while ((got = fread(block, 1, sizeof block, stream)) > 0)
        wh_buf_add(text, block, got);
    wh_buf_add(text, "", 0);
    if (ferror(stream))
        return wh_fail(WH_IO, "the script could not be read");
    return text->failed ? wh_fail(WH_NOMEM, "out of memory for the script") : WH_OK;
}

static enum wh_status read_file(const char *path, struct wh_buf *text) {
    struct wh_map map;
    enum wh_status status;
    if (strcmp(path, "-") == 0)
        return read_stream(stdin, text);
    WH_TRY(wh_map_open(path, &map));
    wh_buf_add(text, (const char *)map.data, map.size);
    wh_map_close(&map);
    status = text->failed ? wh_fail(WH_NOMEM, "out of memory for the script") : WH_OK;
out:
    return status;
}

enum wh_status ui_script_open(const char *path, struct ui_script **script) {
    enum wh_status status;
    struct ui_script *made = NULL;
    WH_TRY(WH_ALLOC(made, 1));
    made->path = strdup(path);
    if (!made->path) {
        status = wh_fail(WH_NOMEM, "out of memory for the script");
        goto out;
    }
    WH_TRY(read_file(path, &made->text));
    made->at = made->text.data;
    *script = made;
    made = NULL;
out:
    ui_script_close(made);
    return status;
}

void ui_script_close(struct ui_script *script) {
    if (!script)
        return;
    wh_buf_free(&script->text);
    free(script->path);
    free(script);
}

const char *ui_script_next(struct ui_script *script) {
    while (script->at && *script->at) {
        char *line = script->at, *end = line + strcspn(line, "\n");
        script->at = *end ? end + 1 : end;
        script->number++;
        *end = '\0';
        line[strcspn(line, "\r")] = '\0';
        if (line[strspn(line, " \t")] != '\0' && line[0] != '#')
            return line;
    }
    return NULL;
}

enum wh_status ui_script_key(const char **line, uint32_t *key) {
    const char *at = *line, *end;
    ucs4_t point;
    *key = UI_KEY_NONE;
    if (*at == '\0')
        return WH_OK;
    if (*at != '<' || !at[1] || !(end = strchr(at + 2, '>'))) {
        *line += u8_mbtouc(&point, (const uint8_t *)at, strlen(at));
        *key = point;
        return WH_OK;
    }
    *line = end + 1;
    *key = ui_key_parse(at + 1, (size_t)(end - at - 1));
    return *key != UI_KEY_NONE ? WH_OK
                               : wh_fail(WH_DATA, "expected the name of a key, found '%.*s'",
                                         end - at < 40 ? (int)(end - at + 1) : 40, at);
}

enum wh_status ui_script_fail(const struct ui_script *script) {
    char sentence[1024];
    snprintf(sentence, sizeof sentence, "%s", wh_error());
    return wh_fail(WH_DATA, "%s:%d: %s", script->path, script->number, sentence);
}
