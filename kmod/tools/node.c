// SPDX-License-Identifier: GPL-2.0-only
#include "node.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system.h"

/* docs/feed-rules.md, and kmod/core/control.c */
#define CID_CAPTURED (V4L2_CID_USER_BASE + 0x1f00)
#define CID_DROPPED (V4L2_CID_USER_BASE + 0x1f01)
#define CID_FRAMES_IN (V4L2_CID_USER_BASE + 0x1f11)
#define CID_WITHOUT_BUFFER (V4L2_CID_USER_BASE + 0x1f13)

static void counter_free(gpointer data)
{
	struct counter *counter = data;

	g_free(counter->name);
	g_free(counter);
}

static gboolean read_counter(int fd, const struct v4l2_query_ext_ctrl *query,
			     gint64 *value)
{
	struct v4l2_ext_control control = { .id = query->id };
	struct v4l2_ext_controls controls = {
		.which = V4L2_CTRL_WHICH_CUR_VAL,
		.count = 1,
		.controls = &control,
	};

	if (ioctl(fd, VIDIOC_G_EXT_CTRLS, &controls))
		return FALSE;
	*value = query->type == V4L2_CTRL_TYPE_INTEGER64 ? control.value64 :
							   control.value;
	return TRUE;
}

static gboolean is_counter(const struct v4l2_query_ext_ctrl *query)
{
	return query->flags & V4L2_CTRL_FLAG_READ_ONLY &&
	       (query->type == V4L2_CTRL_TYPE_INTEGER ||
		query->type == V4L2_CTRL_TYPE_INTEGER64);
}

static void read_counters(struct node *node, int fd)
{
	struct v4l2_query_ext_ctrl query = { .id = 0 };

	for (;;) {
		struct counter *counter;
		gint64 value;

		query.id |= V4L2_CTRL_FLAG_NEXT_CTRL;
		if (ioctl(fd, VIDIOC_QUERY_EXT_CTRL, &query))
			return;
		if (!is_counter(&query) || !read_counter(fd, &query, &value))
			continue;
		counter = g_new0(struct counter, 1);
		counter->name = g_strdup(query.name);
		counter->id = query.id;
		counter->value = value;
		g_ptr_array_add(node->counters, counter);
	}
}

static guint32 buffer_type(const struct node *node)
{
	return node->output ? V4L2_BUF_TYPE_VIDEO_OUTPUT :
			      V4L2_BUF_TYPE_VIDEO_CAPTURE;
}

static void read_mode(struct node *node, int fd)
{
	struct v4l2_format format = { .type = buffer_type(node) };
	struct v4l2_streamparm parm = { .type = buffer_type(node) };

	if (!ioctl(fd, VIDIOC_G_FMT, &format))
		node->pix = format.fmt.pix;
	/* parm.output has the same members as parm.capture, but for their names. */
	if (!ioctl(fd, VIDIOC_G_PARM, &parm))
		node->interval = parm.parm.capture.timeperframe;
}

/*
 * To give back buffers is refused where another program has some, or gives the
 * camera frames by write(); elsewhere there are none, and nothing happens.
 */
static gboolean is_busy(const struct node *node, int fd)
{
	struct v4l2_requestbuffers request = {
		.count = 0,
		.type = buffer_type(node),
		.memory = V4L2_MEMORY_MMAP,
	};

	return ioctl(fd, VIDIOC_REQBUFS, &request) && errno == EBUSY;
}

static void ask(struct node *node, int fd)
{
	struct v4l2_capability capability = { 0 };

	if (ioctl(fd, VIDIOC_QUERYCAP, &capability)) {
		node->denied = errno;
		return;
	}
	node->output = capability.device_caps & V4L2_CAP_VIDEO_OUTPUT;
	read_mode(node, fd);
	node->busy = is_busy(node, fd);
	read_counters(node, fd);
}

/**
 * node_read() - ask a node
 * @name: such as video2
 *
 * Return: what it says, the caller's to free; NULL if there is no such node.
 */
struct node *node_read(const char *name)
{
	g_autofree char *label = g_strdup_printf(
		"/sys/class/video4linux/%s/name", name);
	g_autofree char *path = g_build_filename("/dev", name, NULL);
	g_autofree char *card = system_read(label);
	struct node *node;
	struct stat status;
	int fd;

	if (!card)
		return NULL;
	node = g_new0(struct node, 1);
	node->name = g_strdup(name);
	node->card = g_steal_pointer(&card);
	node->counters = g_ptr_array_new_with_free_func(counter_free);
	if (!stat(path, &status))
		node->device = status.st_rdev;
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		node->denied = errno;
		return node;
	}
	ask(node, fd);
	close(fd);
	return node;
}

void node_free(gpointer data)
{
	struct node *node = data;

	if (!node)
		return;
	g_free(node->name);
	g_free(node->card);
	g_ptr_array_unref(node->counters);
	g_free(node);
}

/* Such as YUYV */
void node_print_format(const struct node *node, char text[5])
{
	for (int i = 0; i < 4; i++)
		text[i] = node->pix.pixelformat >> (8 * i);
	text[4] = 0;
}

static gint64 count(const struct node *node, guint32 id)
{
	for (guint i = 0; i < node->counters->len; i++) {
		struct counter *counter = node->counters->pdata[i];

		if (counter->id == id)
			return counter->value;
	}
	return 0;
}

/* Of a capture node since the stream began, of an output node since it was made */
gint64 node_frames(const struct node *node)
{
	return count(node, node->output ? CID_FRAMES_IN : CID_CAPTURED);
}

gint64 node_drops(const struct node *node)
{
	return count(node, node->output ? CID_WITHOUT_BUFFER : CID_DROPPED);
}
