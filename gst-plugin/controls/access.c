/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "controls/access.h"

#include <errno.h>

#include "controls/spec.h"

static gchar *
refusal_by_errno (gint number)
{
  switch (number) {
  case EBUSY:
    return g_strdup ("is held by the driver or by another program just now");
  case EACCES:
    return g_strdup ("is read-only");
  case ERANGE:
    return g_strdup ("does not take this value");
  case ENODEV:
    return g_strdup ("cannot be set: the camera was unplugged. It will be when "
                     "the camera is opened again");
  case EINVAL:
    return g_strdup ("is not there (any more), or does not take this value");
  default:
    return g_strdup_printf ("cannot be set: %s", g_strerror (number));
  }
}

static gboolean
is_button (const GstVirtcamSetting *setting)
{
  return gst_virtcam_control_of (setting->spec)->query.type ==
         V4L2_CTRL_TYPE_BUTTON;
}

/* Without a camera a value is kept, for when there is one, unless it is out of
 * the range that the control had. */
static void
keep (GstVirtcamSetting *setting)
{
  const GstVirtcamControl *control = gst_virtcam_control_of (setting->spec);

  setting->refusal =
      gst_virtcam_control_refuse (control, &control->query, setting->value);
  setting->taken = setting->refusal == NULL;
}

static void
keep_for_opening (GstVirtcamSetting *setting)
{
  setting->closed = TRUE;
  if (is_button (setting))
    setting->refusal =
        g_strdup ("cannot be pressed while the camera is closed");
  else
    keep (setting);
}

/* A button is not pressed later. */
static void
conclude (GstVirtcamSetting *setting, gint number)
{
  setting->taken = number == 0;
  if (number == ENODEV && is_button (setting))
    setting->refusal = g_strdup ("cannot be pressed: the camera was unplugged");
  else if (number == ENODEV)
    keep (setting);
  if (number != 0 && setting->refusal == NULL)
    setting->refusal = refusal_by_errno (number);
}

/* The range is asked for each time: with some drivers it depends on the format,
 * or on other controls. */
static gboolean
check_range (GstVirtcamNode *node, GstVirtcamSetting *setting)
{
  const GstVirtcamControl *control = gst_virtcam_control_of (setting->spec);
  struct v4l2_query_ext_ctrl range;
  gint number =
      gst_virtcam_node_query_control (node, control->query.id, &range);

  if (number != 0)
    conclude (setting, number);
  else
    setting->refusal =
        gst_virtcam_control_refuse (control, &range, setting->value);
  return setting->refusal == NULL;
}

static gint
write_raw (GstVirtcamNode *node, GstVirtcamSetting **settings, guint n)
{
  g_autofree struct v4l2_ext_control *raw = g_new0 (struct v4l2_ext_control, n);
  g_autoptr (GPtrArray) memory = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (memory,
        gst_virtcam_control_pack (gst_virtcam_control_of (settings[i]->spec),
            settings[i]->value, &raw[i]));
  return gst_virtcam_node_set_controls (node, raw, n);
}

/* All in one call, for the driver to see clusters whole; where it does not take
 * them so, one by one, to tell which it refuses. */
static void
write_all (GstVirtcamNode *node, GstVirtcamSetting **settings, guint n)
{
  gboolean together = n > 1 && write_raw (node, settings, n) == 0;

  for (guint i = 0; i < n; i++)
    conclude (settings[i], together ? 0 : write_raw (node, &settings[i], 1));
}

/**
 * gst_virtcam_access_write:
 * @camera: (nullable): NULL is as one that is closed
 * @settings: of which closed, taken and refusal are filled in
 */
void
gst_virtcam_access_write (
    GstVirtcamCamera *camera, GstVirtcamSetting *settings, guint n)
{
  g_autoptr (GstVirtcamNode) node =
      camera ? gst_virtcam_camera_ref_node (camera) : NULL;
  gboolean is_open = camera && gst_virtcam_camera_is_open (camera);
  g_autoptr (GPtrArray) in_range = g_ptr_array_new ();

  for (guint i = 0; i < n; i++) {
    if (node && check_range (node, &settings[i]))
      g_ptr_array_add (in_range, &settings[i]);
    else if (node == NULL && is_open)
      conclude (&settings[i], ENODEV);
    else if (node == NULL)
      keep_for_opening (&settings[i]);
  }
  write_all (node, (GstVirtcamSetting **) in_range->pdata, in_range->len);
}

/* Room for the value of a text or an array, to be freed. */
static gpointer
make_room (const GstVirtcamControl *control,
    const struct v4l2_query_ext_ctrl *range, struct v4l2_ext_control *raw)
{
  if (control->query.type == V4L2_CTRL_TYPE_STRING)
    raw->size = range->maximum + 1;
  else if (gst_virtcam_control_is_array (control))
    raw->size = range->elems * range->elem_size;
  if (raw->size == 0)
    return NULL;
  raw->ptr = g_malloc0 (raw->size);
  return raw->ptr;
}

/* FALSE: the camera is closed, gone, or does not say. */
gboolean
gst_virtcam_access_read (
    GstVirtcamCamera *camera, GParamSpec *spec, GValue *value)
{
  const GstVirtcamControl *control = gst_virtcam_control_of (spec);
  g_autoptr (GstVirtcamNode) node = gst_virtcam_camera_ref_node (camera);
  struct v4l2_query_ext_ctrl range = control->query;
  struct v4l2_ext_control raw = { .id = range.id };
  g_autofree gpointer memory = NULL;

  if (node == NULL)
    return FALSE;
  /* the length of an array may follow the format */
  if (gst_virtcam_control_is_array (control) &&
      gst_virtcam_node_query_control (node, range.id, &range) != 0)
    return FALSE;
  memory = make_room (control, &range, &raw);
  if (gst_virtcam_node_get_control (node, &raw) != 0)
    return FALSE;
  gst_virtcam_control_unpack (control, &raw, value);
  return TRUE;
}
