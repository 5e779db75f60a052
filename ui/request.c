/* SPDX-License-Identifier: GPL-3.0-or-later */
/* request.c - the rows of request.def, by number, by name and by the beginning of a name. */
#include "ui/request.h"

#include <stdbool.h>
#include <string.h>

static const struct ui_request_info infos[UI_REQ_COUNT] = {
#define REQUEST(id, name, argument, help) [UI_REQ_##id] = {name, argument, help},
#include "ui/request.def"
#undef REQUEST
};

const struct ui_request_info *ui_request_info(enum ui_request request) {
    return &infos[request];
}

enum ui_request ui_request_find(const char *name) {
    for (int i = 0; i < UI_REQ_COUNT; i++)
        if (strcmp(infos[i].name, name) == 0)
            return (enum ui_request)i;
    return UI_REQ_NONE;
}

/* The one request whose name begins with the first length bytes of name; an exact name wins. */
static enum wh_status find_beginning(const char *name, size_t length, enum ui_request *request) {
    int found = 0;
    for (int i = 0; i < UI_REQ_COUNT; i++) {
        if (strncmp(infos[i].name, name, length) != 0)
            continue;
        *request = (enum ui_request)i;
        if (infos[i].name[length] == '\0')
            return WH_OK;
        found++;
    }
    if (found == 1)
        return WH_OK;
    *request = UI_REQ_NONE;
    return wh_fail(WH_USAGE,
                   found ? "':%.*s' could be several commands; Tab lists them"
                         : "no command ':%.*s'; ? lists them all",
                   (int)(length < 40 ? length : 40), name);
}

enum wh_status ui_request_parse(const char *text, enum ui_request *request, const char **argument) {
    enum wh_status status;
    text += strspn(text, " \t");
    size_t length = strcspn(text, " \t");
    if (length == 0)
        return wh_fail(WH_USAGE, "a command is missing after ':'; ? lists them all");
    WH_TRY(find_beginning(text, length, request));
    text += length;
    *argument = text + strspn(text, " \t");
    const char *wanted = infos[*request].argument;
    bool needs = *wanted && *wanted != '[';
    if (needs && !**argument)
        return wh_fail(WH_USAGE, "usage: :%s %s", infos[*request].name, wanted);
    if (!*wanted && **argument)
        return wh_fail(WH_USAGE, "usage: :%s, without anything after it", infos[*request].name);
out:
    return status;
}
