/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camera.c - the orbit is one rotation matrix: pitch about the screen's x after yaw about y. */
#include "ui/camera.h"

#include <math.h>

#include <cglm/cglm.h>

struct ui_seen ui_camera_see(const struct ui_camera *camera, bool flat, const double point[3]) {
    double zoom = camera->zoom > 0 ? camera->zoom : 1;
    vec3 at = {(float)point[0], (float)point[1], (float)point[2]};
    mat4 turn = GLM_MAT4_IDENTITY_INIT;
    if (!flat) {
        glm_rotate_x(turn, (float)camera->pitch, turn);
        glm_rotate_y(turn, (float)camera->yaw, turn);
    }
    glm_mat4_mulv3(turn, at, 1.0F, at);
    return (struct ui_seen){.x = ((double)at[0] + camera->pan_x) * zoom,
                            .y = ((double)at[1] + camera->pan_y) * zoom,
                            .depth = (double)at[2]};
}

static bool ease_one(double *now, double goal, double share) {
    *now += (goal - *now) * share;
    if (fabs(goal - *now) < 1e-3) {
        *now = goal;
        return false;
    }
    return true;
}

bool ui_camera_ease(struct ui_camera *now, const struct ui_camera *goal, double seconds) {
    double share = seconds > 0 ? 1 - exp(-seconds / 0.08) : 0;
    bool moving = ease_one(&now->yaw, goal->yaw, share);
    moving |= ease_one(&now->pitch, goal->pitch, share);
    moving |= ease_one(&now->zoom, goal->zoom, share);
    moving |= ease_one(&now->pan_x, goal->pan_x, share);
    moving |= ease_one(&now->pan_y, goal->pan_y, share);
    return moving;
}
