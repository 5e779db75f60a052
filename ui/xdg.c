/* SPDX-License-Identifier: GPL-3.0-or-later */
/* xdg.c - paths after the XDG base directory specification: relative values do not count. */
#include "ui/xdg.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"

static char *path_of(const char *variable, const char *below_home, const char *name) {
    struct wh_buf path = {0};
    const char *base = getenv(variable), *home = getenv("HOME");
    if (base && *base == '/')
        wh_buf_addf(&path, "%s/wordhaze/%s", base, name);
    else if (home && *home == '/')
        wh_buf_addf(&path, "%s/%s/wordhaze/%s", home, below_home, name);
    if (!path.failed)
        return path.data;
    wh_buf_free(&path);
    return NULL;
}

/* Every folder above path; failures show when the file is opened. */
static void make_folders(char *path) {
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
}

char *ui_xdg_config(const char *name) {
    return path_of("XDG_CONFIG_HOME", ".config", name);
}

char *ui_xdg_state(const char *name) {
    char *path = path_of("XDG_STATE_HOME", ".local/state", name);
    if (path)
        make_folders(path);
    return path;
}
