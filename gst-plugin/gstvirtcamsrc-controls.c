/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The child "controls": when there is one, and its way to the camera. */

#include "gstvirtcamsrc.h"
#include "gstvirtcamcontrolspec.h"
#include "gstvirtcamcontrolvalue.h"

#include <errno.h>
#include <string.h>

#define GST_CAT_DEFAULT gst_virtcam_src_debug

/* To and from the camera */

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

/* A camera that is gone is held to the range that it had. */
static GstVirtcamWritten
keep_for_return (
    const VirtcamControl *control, const GValue *value, gchar **refusal)
{
  *refusal = gst_virtcam_control_refuse (control, &control->query, value);
  if (*refusal)
    return GST_VIRTCAM_REFUSED;
  *refusal = refusal_by_errno (ENODEV);
  return GST_VIRTCAM_KEPT;
}

/* The range is asked for each time: with some drivers it depends on the
 * format, or on other controls. */
static GstVirtcamWritten
write_to_node (VirtcamNode *node, const VirtcamControl *control,
    const GValue *value, gchar **refusal)
{
  struct v4l2_query_ext_ctrl range;
  struct v4l2_ext_control raw;
  g_autofree gpointer memory = NULL;
  gint number = virtcam_node_query_control (node, control->query.id, &range);

  if (number == 0) {
    *refusal = gst_virtcam_control_refuse (control, &range, value);
    if (*refusal)
      return GST_VIRTCAM_REFUSED;
    memory = gst_virtcam_control_pack (control, value, &raw);
    number = virtcam_node_set_control (node, &raw);
  }
  if (number == 0)
    return GST_VIRTCAM_SET;
  if (number == ENODEV && control->query.type != V4L2_CTRL_TYPE_BUTTON)
    return keep_for_return (control, value, refusal);
  *refusal = refusal_by_errno (number);
  return GST_VIRTCAM_REFUSED;
}

/* refusal: (out) the end of a sentence that begins with the control. */
GstVirtcamWritten
gst_virtcam_src_write_control (GstVirtcamSrc *self,
    const VirtcamControl *control, const GValue *value, gchar **refusal)
{
  GstVirtcamWritten written = GST_VIRTCAM_CLOSED;

  g_rw_lock_reader_lock (&self->node_lock);
  if (self->node)
    written = write_to_node (self->node, control, value, refusal);
  g_rw_lock_reader_unlock (&self->node_lock);
  return written;
}

static gboolean
read_from_node (VirtcamNode *node, const VirtcamControl *control, GValue *value)
{
  struct v4l2_query_ext_ctrl range = control->query;
  struct v4l2_ext_control raw;
  g_autofree gpointer memory = NULL;

  /* the length of an array may follow the format */
  if (gst_virtcam_control_is_array (control) &&
      virtcam_node_query_control (node, range.id, &range) != 0)
    return FALSE;
  memory = gst_virtcam_control_prepare (control, &range, &raw);
  if (virtcam_node_get_control (node, &raw) != 0)
    return FALSE;
  gst_virtcam_control_unpack (control, &raw, value);
  return TRUE;
}

/* FALSE: the camera is closed, gone, or does not say. */
gboolean
gst_virtcam_src_read_control (
    GstVirtcamSrc *self, const VirtcamControl *control, GValue *value)
{
  gboolean read = FALSE;

  g_rw_lock_reader_lock (&self->node_lock);
  if (self->node)
    read = read_from_node (self->node, control, value);
  g_rw_lock_reader_unlock (&self->node_lock);
  return read;
}

/* To be freed. */
gchar *
gst_virtcam_src_get_path (GstVirtcamSrc *self)
{
  gchar *path = NULL;

  g_rw_lock_reader_lock (&self->node_lock);
  if (self->node)
    path = g_strdup (virtcam_node_get_path (self->node));
  g_rw_lock_reader_unlock (&self->node_lock);
  return path ? path : g_strdup ("(closed)");
}

void
gst_virtcam_src_post_refusal (GstVirtcamSrc *self, GstVirtcamControls *controls,
    GParamSpec *spec, const gchar *refusal)
{
  g_autofree gchar *path = gst_virtcam_src_get_path (self);

  GST_ELEMENT_WARNING (self, RESOURCE, SETTINGS,
      ("Control \"%s\" of camera %s %s.", spec->name, path, refusal),
      ("%s", g_param_spec_get_blurb (spec)));
}

/* The child */

static GstVirtcamControls *
peek_controls (GstVirtcamSrc *self)
{
  GstVirtcamControls *controls;

  GST_OBJECT_LOCK (self);
  controls = self->controls ? gst_object_ref (self->controls) : NULL;
  GST_OBJECT_UNLOCK (self);
  return controls;
}

/* Floats no more; NULL when the camera is closed, or away. */
static GstVirtcamControls *
make_controls (GstVirtcamSrc *self)
{
  g_autoptr (GPtrArray) list = NULL;

  g_rw_lock_reader_lock (&self->node_lock);
  if (self->node && virtcam_node_check_present (self->node, NULL))
    list = virtcam_node_list_controls (self->node);
  g_rw_lock_reader_unlock (&self->node_lock);
  if (list == NULL)
    return NULL;
  return gst_object_ref_sink (
      g_object_new (gst_virtcam_controls_type_for (list), "name",
          GST_VIRTCAM_CONTROLS_NAME, NULL));
}

/* Only from now on does the camera tell of changes: a pipeline that never asks
 * for its controls is not woken for them. */
static void
subscribe (GstVirtcamSrc *self, GstVirtcamControls *controls)
{
  g_rw_lock_reader_lock (&self->node_lock);
  for (guint i = 0; self->node && i < gst_virtcam_controls_count (controls);
       i++) {
    const VirtcamControl *control = gst_virtcam_controls_get (controls, i);

    virtcam_node_subscribe (self->node, V4L2_EVENT_CTRL, control->query.id);
  }
  g_rw_lock_reader_unlock (&self->node_lock);
}

/* Makes fresh the child in place of older, unless somebody was quicker. */
static gboolean
install_controls (
    GstVirtcamSrc *self, GstVirtcamControls *older, GstVirtcamControls *fresh)
{
  gboolean first;

  gst_object_set_parent (GST_OBJECT (fresh), GST_OBJECT (self));
  GST_OBJECT_LOCK (self);
  first = self->controls == older;
  if (first)
    g_atomic_pointer_set (&self->controls, fresh);
  GST_OBJECT_UNLOCK (self);
  if (!first)
    gst_object_unparent (GST_OBJECT (fresh));
  else if (older)
    gst_object_unparent (GST_OBJECT (older));
  return first;
}

/* A reference to the child; NULL if the camera has not been open yet. */
GstVirtcamControls *
gst_virtcam_src_get_controls (GstVirtcamSrc *self)
{
  GstVirtcamControls *controls = peek_controls (self);
  g_autoptr (GstVirtcamControls) fresh = NULL;

  if (controls)
    return controls;
  fresh = make_controls (self);
  if (fresh == NULL)
    return NULL;
  if (install_controls (self, NULL, fresh))
    subscribe (self, fresh);
  return peek_controls (self);
}

void
gst_virtcam_src_dispose_controls (GstVirtcamSrc *self)
{
  GstVirtcamControls *controls;

  GST_OBJECT_LOCK (self);
  controls = self->controls;
  self->controls = NULL;
  GST_OBJECT_UNLOCK (self);
  if (controls)
    gst_object_unparent (GST_OBJECT (controls));
}

/* Opening */

static void
post_lost (GstVirtcamSrc *self, const gchar *lost)
{
  g_autofree gchar *path = gst_virtcam_src_get_path (self);

  GST_ELEMENT_WARNING (self, RESOURCE, SETTINGS,
      ("Camera %s has no control %s, which was set for the camera before it.",
          path, lost),
      (NULL));
}

static void
replace_controls (
    GstVirtcamSrc *self, GstVirtcamControls *older, GstVirtcamControls *fresh)
{
  GstChildProxy *proxy = GST_CHILD_PROXY (self);
  g_autofree gchar *lost = NULL;

  if (older)
    lost = gst_virtcam_controls_inherit (fresh, older);
  if (!install_controls (self, older, fresh))
    return;
  subscribe (self, fresh);
  if (lost)
    post_lost (self, lost);
  gst_virtcam_controls_repeat (fresh);
  gst_virtcam_src_reset_launch (self);
  if (older)
    gst_child_proxy_child_removed (
        proxy, G_OBJECT (older), GST_VIRTCAM_CONTROLS_NAME);
  gst_child_proxy_child_added (
      proxy, G_OBJECT (fresh), GST_VIRTCAM_CONTROLS_NAME);
}

static void
make_first_controls (GstVirtcamSrc *self)
{
  g_autoptr (GstVirtcamControls) fresh = make_controls (self);

  if (fresh)
    replace_controls (self, NULL, fresh);
}

/**
 * gst_virtcam_src_restore_controls:
 *
 * To be called whenever self->node is another one, by the thread that changed
 * it and without a lock: the child goes on with it, or is replaced if this
 * camera has other controls, and what the application set is set again. Costs
 * nothing if the application never asked for the child.
 */
void
gst_virtcam_src_restore_controls (GstVirtcamSrc *self)
{
  g_autoptr (GstVirtcamControls) older = peek_controls (self);
  g_autoptr (GstVirtcamControls) fresh = NULL;

  if (older == NULL)
    return;
  fresh = make_controls (self);
  if (fresh == NULL)
    return;
  if (G_OBJECT_TYPE (fresh) != G_OBJECT_TYPE (older)) {
    replace_controls (self, older, fresh);
    return;
  }
  subscribe (self, older);
  gst_virtcam_controls_repeat (older);
}

/* After the camera has been opened. FALSE: a launch line sets a control that
 * there is not, or sets one to what is no value; that has been posted. */
gboolean
gst_virtcam_src_open_controls (GstVirtcamSrc *self)
{
  g_autoptr (GstVirtcamControls) controls = peek_controls (self);

  gst_virtcam_src_begin_launch (self);
  if (controls)
    gst_virtcam_src_restore_controls (self);
  else if (gst_virtcam_src_is_launched (self))
    make_first_controls (self);
  if (!gst_virtcam_src_end_launch (self))
    return FALSE;
  gst_virtcam_src_open_direction (self);
  return TRUE;
}

/* While streaming */

void
gst_virtcam_src_handle_control_event (
    GstVirtcamSrc *self, const struct v4l2_event *event)
{
  g_autoptr (GstVirtcamControls) controls = peek_controls (self);

  if (controls)
    gst_virtcam_controls_notify (controls, event->id);
}

/* What is set now shows in the next frame. */
void
gst_virtcam_src_sync_controls (GstVirtcamSrc *self, GstBuffer *buffer)
{
  GstVirtcamControls *controls = g_atomic_pointer_get (&self->controls);
  GstClockTime next = GST_BUFFER_PTS (buffer);

  if (controls == NULL || !GST_CLOCK_TIME_IS_VALID (next) ||
      !gst_object_has_active_control_bindings (GST_OBJECT (controls)))
    return;
  if (GST_BUFFER_DURATION_IS_VALID (buffer))
    next += GST_BUFFER_DURATION (buffer);
  gst_virtcam_controls_sync (controls, next);
}

/* A control has a new value, or another range. */
void
gst_virtcam_src_control_changed (GstVirtcamSrc *self,
    GstVirtcamControls *controls, const VirtcamControl *control)
{
  gst_virtcam_src_balance_changed (self, controls, control);
  if (control->query.id == V4L2_CID_HFLIP ||
      control->query.id == V4L2_CID_VFLIP)
    g_object_notify (G_OBJECT (self), "video-direction");
}

/* GstChildProxy */

static guint
get_children_count (GstChildProxy *proxy)
{
  g_autoptr (GstVirtcamControls) controls =
      gst_virtcam_src_get_controls (GST_VIRTCAM_SRC (proxy));

  return controls ? 1 : 0;
}

static GObject *
get_child_by_index (GstChildProxy *proxy, guint index)
{
  if (index > 0)
    return NULL;
  return (GObject *) gst_virtcam_src_get_controls (GST_VIRTCAM_SRC (proxy));
}

static GObject *
get_child_by_name (GstChildProxy *proxy, const gchar *name)
{
  if (strcmp (name, GST_VIRTCAM_CONTROLS_NAME) != 0)
    return NULL;
  gst_virtcam_src_note_launch (GST_VIRTCAM_SRC (proxy), FALSE);
  return (GObject *) gst_virtcam_src_get_controls (GST_VIRTCAM_SRC (proxy));
}

void
gst_virtcam_src_child_proxy_init (gpointer interface, gpointer data)
{
  GstChildProxyInterface *proxy = interface;

  proxy->get_children_count = get_children_count;
  proxy->get_child_by_index = get_child_by_index;
  proxy->get_child_by_name = get_child_by_name;
}
