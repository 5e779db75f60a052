/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * camera.h - where a map is looked at from: an orbit around the word (yaw, pitch), zoom and pan.
 * Orthographic, so that a distance on the screen is the same at every depth.
 */
#ifndef UI_CAMERA_H
#define UI_CAMERA_H

#include <stdbool.h>

struct ui_camera {
    double yaw, pitch;   /* radians; 0, 0 looks along the third axis: x right, y up */
    double zoom;         /* 1: the whole picture; 0 counts as 1 */
    double pan_x, pan_y; /* of the word, in units of the picture, on the screen */
};

struct ui_seen {
    double x, y;  /* right and up on the screen, units of the picture times zoom */
    double depth; /* towards the eye */
};

/* flat pictures (radial) have no third axis: they zoom and pan but never turn. */
struct ui_seen ui_camera_see(const struct ui_camera *camera, bool flat, const double point[3]);

/* Moves "now" towards "goal" as time passes, fast first, then gently (a time constant of 80 ms).
 * Returns whether it still moves; once it is close it is the goal. */
bool ui_camera_ease(struct ui_camera *now, const struct ui_camera *goal, double seconds);

#endif
