/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "v4l2/controls.h"

#include <errno.h>
#include <string.h>

/* no menu has more; a driver may say any number */
#define MAX_ITEMS 4096

static void
control_free (GstVirtcamControl *control)
{
  g_clear_pointer (&control->menu, g_array_unref);
  g_free (control);
}

/* Drivers leave the text in whatever encoding their author's editor had. */
static void
make_valid (gchar *text, gsize size)
{
  g_autofree gchar *valid = NULL;

  text[size - 1] = '\0';
  valid = g_utf8_make_valid (text, -1);
  if (strlen (valid) >= size)
    valid[g_utf8_find_prev_char (valid, valid + size) - valid] = '\0';
  g_strlcpy (text, valid, size);
}

/* A menu may have gaps. */
static GArray *
list_menu (GstVirtcamNode *self, const struct v4l2_query_ext_ctrl *query)
{
  GArray *menu = g_array_new (FALSE, TRUE, sizeof (GstVirtcamMenuItem));
  const gint64 first = CLAMP (query->minimum, 0, G_MAXINT);
  const gint64 last = MIN (query->maximum, first + MAX_ITEMS - 1);

  for (gint64 i = first; i <= last; i++) {
    struct v4l2_querymenu entry = { .id = query->id, .index = i };
    GstVirtcamMenuItem item = { .index = i };

    if (gst_virtcam_node_ioctl (self, VIDIOC_QUERYMENU, &entry) < 0)
      continue;
    if (query->type == V4L2_CTRL_TYPE_INTEGER_MENU)
      item.value = entry.value;
    else
      g_strlcpy (item.name, (const gchar *) entry.name, sizeof item.name);
    make_valid (item.name, sizeof item.name);
    g_array_append_val (menu, item);
  }
  return menu;
}

static void
append_control (GstVirtcamNode *self, GPtrArray *controls,
    const struct v4l2_query_ext_ctrl *query)
{
  GstVirtcamControl *control;

  if ((query->flags & V4L2_CTRL_FLAG_DISABLED) ||
      query->type == V4L2_CTRL_TYPE_CTRL_CLASS)
    return;
  control = g_new0 (GstVirtcamControl, 1);
  control->query = *query;
  make_valid (control->query.name, sizeof control->query.name);
  if (query->type == V4L2_CTRL_TYPE_MENU ||
      query->type == V4L2_CTRL_TYPE_INTEGER_MENU)
    control->menu = list_menu (self, query);
  g_ptr_array_add (controls, control);
}

GPtrArray *
gst_virtcam_node_list_controls (GstVirtcamNode *self)
{
  const guint32 next = V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND;
  GPtrArray *controls =
      g_ptr_array_new_with_free_func ((GDestroyNotify) control_free);
  struct v4l2_query_ext_ctrl query = { 0 };
  guint32 last = 0;

  while (gst_virtcam_node_query_control (self, last | next, &query) == 0) {
    /* a driver that does not know the flags gives the same again */
    if (query.id <= last)
      break;
    last = query.id;
    append_control (self, controls, &query);
  }
  return controls;
}

static gint
call (GstVirtcamNode *self, gulong request, gpointer argument)
{
  return gst_virtcam_node_ioctl (self, request, argument) < 0 ? errno : 0;
}

gint
gst_virtcam_node_query_control (
    GstVirtcamNode *self, guint32 id, struct v4l2_query_ext_ctrl *query)
{
  *query = (struct v4l2_query_ext_ctrl){ .id = id };
  return call (self, VIDIOC_QUERY_EXT_CTRL, query);
}

gint
gst_virtcam_node_get_control (
    GstVirtcamNode *self, struct v4l2_ext_control *control)
{
  struct v4l2_ext_controls controls = {
    .which = V4L2_CTRL_WHICH_CUR_VAL, .count = 1, .controls = control
  };

  return call (self, VIDIOC_G_EXT_CTRLS, &controls);
}

gint
gst_virtcam_node_set_controls (
    GstVirtcamNode *self, struct v4l2_ext_control *controls, guint n)
{
  struct v4l2_ext_controls all = {
    .which = V4L2_CTRL_WHICH_CUR_VAL, .count = n, .controls = controls
  };

  return call (self, VIDIOC_S_EXT_CTRLS, &all);
}
