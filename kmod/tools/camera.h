/* SPDX-License-Identifier: GPL-2.0-only */
/* The cameras of this machine, as the system shows them. */
#ifndef TOOLS_CAMERA_H
#define TOOLS_CAMERA_H

#include <glib.h>

#include "node.h"

/**
 * struct camera - a camera
 * @kind: pattern, feed, virtio, or what a module of somebody else's is called
 * @name: the directory that makes it; NULL: none does
 * @card: its name for people
 * @device: its device, such as virtcam-feed.0; NULL while it is not enabled
 * @nodes: its nodes, each a struct node, in the order of their numbers
 */
struct camera {
	char *kind;
	char *name;
	char *card;
	char *device;
	GPtrArray *nodes;
};

GPtrArray *camera_list(void);
GPtrArray *camera_list_nodes(void);
struct camera *camera_find(GPtrArray *cameras, const char *word,
			   GError **error);
const char *camera_label(const struct camera *camera);
gboolean camera_is_node(const char *node);
gboolean camera_is_idle(const struct camera *camera, GError **error);
GPtrArray *camera_users_of(GPtrArray *users, const struct node *node);

#endif
