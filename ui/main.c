/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c - the binary: the headless commands, and those that draw. */
#include <locale.h>

#include "cli/cli.h"
#include "ui/faces.h"

int main(int argc, char **argv) {
    static const struct wh_cmd *const drawing[] = {&ui_cmd_show, NULL};
    setlocale(LC_CTYPE, ""); /* only that: numbers keep their point */
    return wh_cli_main(argc, argv, drawing, &ui_cmd_explore);
}
