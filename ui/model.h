/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * model.h - everything the views read. app.c changes it in answer to requests; views never do. The
 * same model, filled by synchronous runs, is what "wordhaze show" draws.
 */
#ifndef UI_MODEL_H
#define UI_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "run/run.h"
#include "run/worker.h"
#include "ui/study.h"

enum ui_view { /* number keys choose; later views are added here and in view_list.def */
#define VIEW(name, key, title) UI_VIEW_##name,
#include "ui/view_list.def"
#undef VIEW
               UI_VIEW_COUNT
};

enum ui_focus { UI_FOCUS_MAP, UI_FOCUS_FIRST, UI_FOCUS_SECOND, UI_FOCUS_COUNT };

/* What undo and redo travel over: the parameters of the picture, nothing else. */
struct ui_params {
    uint32_t word;
    enum wh_map_method map;
    struct wh_mech_spec mech[WH_WORKER_SLOTS];
    bool linked; /* epsilon keys change both mechanisms */
};

struct ui_model {
    struct wh_session *session;
    struct ui_params params;
    enum ui_view view;
    enum ui_focus focus;
    bool paused;
    bool raw_hint; /* the reminder that this screen shows the true word */

    /* results, newest snapshots */
    struct wh_place place; /* place.picture.points NULL until the first */
    bool place_fresh;      /* place belongs to params.word and params.map */
    struct wh_density_profile profile;
    struct wh_slot_snapshot slot[WH_WORKER_SLOTS];
    double derive_done;

    /* step: one draw explained per slot */
    bool stepping;
    struct wh_trace_result trace[WH_WORKER_SLOTS]; /* mech.spec.mech NULL: none */
    uint64_t step_trial;

    /* what the views of audit, sweep and attack ask, and what is known so far */
    unsigned panel; /* the mechanism that keys work on and that is audited */
    uint32_t other; /* to be told from the word; WH_NONE: its nearest */
    struct wh_target target;
    size_t sweep_words; /* of the sample, at most */
    struct ui_findings findings;
    int form_row; /* of the parameter form, 0 the mechanism */

    /* camera of the 3-D maps */
    double yaw, pitch, zoom, pan_x, pan_y;

    /* prompt and messages */
    bool prompting;
    char prompt[512];      /* what to show, UTF-8, cleaned */
    int prompt_cursor;     /* cells from its start */
    char candidates[1024]; /* completions, separated by two blanks; "" none */
    char message[512];     /* last message, "" none */
    bool message_bad;
    char search[128]; /* highlighted word part on the map, "" none */
    int scroll;       /* of the help and list views */
};

#endif
