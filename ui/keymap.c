/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keymap.c - the table of bindings and its file format (described in assets/keys.conf, which is
 * inside the binary and is read by the same code as a user's file).
 */
#include "ui/keymap.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"

extern const char ui_keys_begin[], ui_keys_end[]; /* keys_data.S */

#define BINDINGS_MAX 256
static struct {
    struct ui_binding items[BINDINGS_MAX];
    size_t count;
    bool loaded;
} keymap;

static const char *const section_names[UI_SECTION_COUNT] = {"all", "map", "panel", "page", "form"};

/* ---- reading ---- */

struct line {
    const char *path;
    int number;
    enum ui_section section;
    char text[256];
};

static enum wh_status fail_at(const struct line *line, const char *expected, const char *found) {
    return wh_fail(WH_DATA, "%s:%d: expected %s, found '%.60s'", line->path, line->number, expected,
                   found);
}

static struct ui_binding *find_exact(enum ui_section section, uint32_t key) {
    for (size_t i = 0; i < keymap.count; i++)
        if (keymap.items[i].section == section && keymap.items[i].key == key)
            return &keymap.items[i];
    return NULL;
}

static enum wh_status read_section(struct line *line) {
    for (int i = 0; i < UI_SECTION_COUNT; i++) {
        size_t length = strlen(section_names[i]);
        if (strncmp(line->text + 1, section_names[i], length) == 0 &&
            strcmp(line->text + 1 + length, "]") == 0) {
            line->section = (enum ui_section)i;
            return WH_OK;
        }
    }
    return fail_at(line, "[all], [map], [panel], [page] or [form]", line->text);
}

static enum wh_status read_request(const struct line *line, const char *words,
                                   struct ui_binding *binding) {
    char name[40];
    size_t length = strcspn(words, " \t");
    snprintf(name, sizeof name, "%.*s", (int)length, words);
    binding->request = ui_request_find(name);
    if (binding->request == UI_REQ_NONE && strcmp(name, "none") != 0)
        return fail_at(line, "a request", name);
    words += length;
    words += *words != '\0';
    words += strspn(words, " \t");
    if (strlen(words) >= UI_ARGUMENT)
        return fail_at(line, "a shorter argument", words);
    snprintf(binding->argument, UI_ARGUMENT, "%s", words);
    return WH_OK;
}

static enum wh_status read_binding(const struct line *line) {
    struct ui_binding binding = {.section = line->section};
    size_t length = strcspn(line->text, " \t");
    char key[40];
    snprintf(key, sizeof key, "%.*s", (int)length, line->text);
    binding.key = ui_key_parse(key, strlen(key));
    if (binding.key == UI_KEY_NONE)
        return fail_at(line, "a key", key);
    const char *words = line->text + length + strspn(line->text + length, " \t");
    enum wh_status status = read_request(line, words, &binding);
    struct ui_binding *old = find_exact(binding.section, binding.key);
    if (status != WH_OK)
        return status;
    if (!old && keymap.count == BINDINGS_MAX)
        return wh_fail(WH_DATA, "%s:%d: more than %d keys", line->path, line->number, BINDINGS_MAX);
    *(old ? old : &keymap.items[keymap.count++]) = binding;
    return WH_OK;
}

/* A blank line, a comment ("#" and a blank, or alone), [section], or a binding. */
static enum wh_status read_line(struct line *line) {
    const char *text = line->text;
    if (text[strspn(text, " \t")] == '\0' || text[0] == '#')
        return WH_OK;
    if (text[0] == '[' && text[1] != '\0' && text[1] != ' ' && text[1] != '\t')
        return read_section(line);
    return read_binding(line);
}

static enum wh_status read_lines(const char *path, const char *text, size_t length) {
    struct line line = {.path = path};
    enum wh_status status = WH_OK;
    while (length > 0 && status == WH_OK) {
        const char *end = memchr(text, '\n', length);
        size_t used = end ? (size_t)(end - text) : length;
        line.number++;
        if (used >= sizeof line.text)
            return wh_fail(WH_DATA, "%s:%d: the line is too long", path, line.number);
        memcpy(line.text, text, used);
        line.text[used] = '\0';
        line.text[strcspn(line.text, "\r")] = '\0';
        status = read_line(&line);
        used += end != NULL;
        text += used;
        length -= used;
    }
    return status;
}

static void load_builtin(void) {
    if (keymap.loaded)
        return;
    keymap.loaded = true;
    keymap.count = 0;
    read_lines("assets/keys.conf", ui_keys_begin, (size_t)(ui_keys_end - ui_keys_begin));
}

void ui_keymap_reset(void) {
    keymap.loaded = false;
    load_builtin();
}

enum wh_status ui_keymap_read(const char *path, const char *text, size_t length) {
    load_builtin();
    return read_lines(path, text, length);
}

enum wh_status ui_keymap_load(const char *path) {
    struct wh_map map;
    enum wh_status status;
    WH_TRY(wh_map_open(path, &map));
    status = ui_keymap_read(path, (const char *)map.data, map.size);
    wh_map_close(&map);
out:
    return status;
}

/* ---- asking ---- */

const struct ui_binding *ui_keymap_find(enum ui_section section, uint32_t key) {
    load_builtin();
    const struct ui_binding *found = find_exact(section, key);
    return found ? found : find_exact(UI_SECTION_ALL, key);
}

static bool named_before(size_t index) {
    for (size_t i = 0; i < index; i++)
        if (keymap.items[i].request == keymap.items[index].request &&
            keymap.items[i].key == keymap.items[index].key)
            return true;
    return false;
}

/* Keys that only prepare another request's command ("Ctrl-S" for save-screen) count for that. */
static bool is_for(const struct ui_binding *binding, enum ui_request request) {
    char name[UI_ARGUMENT];
    if (binding->request != UI_REQ_COMMAND || binding->argument[0] == '\0' ||
        strcmp(binding->argument, ":") == 0)
        return binding->request == request;
    if (strcmp(binding->argument, "/") == 0)
        return request == UI_REQ_SEARCH;
    snprintf(name, sizeof name, "%s", binding->argument + 1);
    name[strcspn(name, " ")] = '\0';
    return ui_request_find(name) == request;
}

void ui_keymap_names(enum ui_request request, char *out, size_t size) {
    size_t length = 0;
    load_builtin();
    out[0] = '\0';
    for (size_t i = 0; i < keymap.count; i++) {
        char name[UI_KEY_NAME];
        if (!is_for(&keymap.items[i], request) || named_before(i))
            continue;
        ui_key_name(keymap.items[i].key, name);
        int added = snprintf(out + length, size - length, "%s%s", length ? " " : "", name);
        if (added < 0 || (size_t)added >= size - length) {
            out[length] = '\0';
            return;
        }
        length += (size_t)added;
    }
}
