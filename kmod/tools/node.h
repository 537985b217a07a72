/* SPDX-License-Identifier: GPL-2.0-only */
/* A node of a camera: what its ioctls tell, none of which disturbs a stream. */
#ifndef TOOLS_NODE_H
#define TOOLS_NODE_H

#include <glib.h>
#include <linux/videodev2.h>
#include <sys/types.h>

/**
 * struct node - a node as it was when it was asked
 * @name: such as video2
 * @card: the camera's name
 * @device: its number
 * @denied: why it could not be opened, an errno; 0: it was, and the rest is known
 * @output: it takes frames
 * @pix: format and size
 * @interval: seconds a frame
 * @busy: a program has buffers there, or gives it frames
 * @counters: its read-only controls, each a struct counter
 */
struct node {
	char *name;
	char *card;
	dev_t device;
	int denied;
	gboolean output;
	struct v4l2_pix_format pix;
	struct v4l2_fract interval;
	gboolean busy;
	GPtrArray *counters;
};

struct counter {
	char *name;
	guint32 id;
	gint64 value;
};

struct node *node_read(const char *name);
void node_free(gpointer data);
void node_print_format(const struct node *node, char text[5]);
gint64 node_frames(const struct node *node);
gint64 node_drops(const struct node *node);

#endif
