/* SPDX-License-Identifier: GPL-2.0-only */
/* Cameras in words, and in JSON. */
#ifndef TOOLS_DESCRIBE_H
#define TOOLS_DESCRIBE_H

#include "camera.h"

char *describe_mode(const struct node *node);
char *describe_users(const struct camera *camera, GPtrArray *users);
char *describe_camera(const struct camera *camera, GPtrArray *users);
char *describe_table(GPtrArray *cameras, GPtrArray *users);
void describe_json(GString *json, const struct camera *camera,
		   GPtrArray *users);

#endif
