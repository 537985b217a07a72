/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "controls/panel.h"

struct _GstVirtcamPanel {
  GstElement *element;
  GstVirtcamCamera *camera;
  GstVirtcamReport *report;

  /* guarded by the element's object lock; the streaming thread may look at it
   * without: it is replaced in that thread, or while there is none */
  GstVirtcamControls *child;
};

GstVirtcamPanel *
gst_virtcam_panel_new (
    GstElement *element, GstVirtcamCamera *camera, GstVirtcamReport *report)
{
  GstVirtcamPanel *self = g_new0 (GstVirtcamPanel, 1);

  self->element = element;
  self->camera = camera;
  self->report = report;
  return self;
}

/* The child may live on, and reaches no camera then. */
void
gst_virtcam_panel_dispose (GstVirtcamPanel *self)
{
  GstVirtcamControls *child;

  GST_OBJECT_LOCK (self->element);
  child = self->child;
  self->child = NULL;
  GST_OBJECT_UNLOCK (self->element);
  if (child)
    gst_object_unparent (GST_OBJECT (child));
}

void
gst_virtcam_panel_free (GstVirtcamPanel *self)
{
  g_free (self);
}

GstElement *
gst_virtcam_panel_get_element (GstVirtcamPanel *self)
{
  return self->element;
}

gboolean
gst_virtcam_panel_is_open (GstVirtcamPanel *self)
{
  return gst_virtcam_camera_is_open (self->camera);
}

/* Of an integer or a boolean, without making the child. FALSE: the camera has
 * no such control, or is closed. */
gboolean
gst_virtcam_panel_get_number (GstVirtcamPanel *self, guint32 id, gint *number)
{
  g_autoptr (GstVirtcamControls) child = gst_virtcam_panel_peek_child (self);
  g_autoptr (GstVirtcamNode) node = NULL;
  struct v4l2_ext_control raw = { .id = id };

  if (child)
    return gst_virtcam_controls_get_number (child, id, number);
  node = gst_virtcam_camera_ref_node (self->camera);
  if (node == NULL || gst_virtcam_node_get_control (node, &raw) != 0)
    return FALSE;
  *number = raw.value;
  return TRUE;
}

/* The same, making the child. FALSE also: the control does not take the number;
 * that has been told. */
gboolean
gst_virtcam_panel_set_number (GstVirtcamPanel *self, guint32 id, gint number)
{
  g_autoptr (GstVirtcamControls) child = gst_virtcam_panel_get_child (self);

  return child && gst_virtcam_controls_set_number (child, id, number);
}

/* The child */

/* A reference, or NULL: nobody has asked for it. */
GstVirtcamControls *
gst_virtcam_panel_peek_child (GstVirtcamPanel *self)
{
  GstVirtcamControls *child;

  GST_OBJECT_LOCK (self->element);
  child = self->child ? gst_object_ref (self->child) : NULL;
  GST_OBJECT_UNLOCK (self->element);
  return child;
}

/* Of the child, in any thread. */
static void
handle_change (GstElement *element, GstVirtcamControls *child, guint32 id)
{
  gst_virtcam_balance_tell (element, child, id);
  if (id == V4L2_CID_HFLIP || id == V4L2_CID_VFLIP)
    g_object_notify (G_OBJECT (element), "video-direction");
}

/* NULL when the camera is closed, or away; one that went while it told its controls
 * has told only some. Only from now on does the camera tell of changes: a pipeline
 * that never asks for its controls is not woken for them. */
static GstVirtcamControls *
make_child (GstVirtcamPanel *self)
{
  g_autoptr (GstVirtcamNode) node = gst_virtcam_camera_ref_node (self->camera);
  g_autoptr (GPtrArray) list = NULL;
  GstVirtcamControls *child;

  if (node == NULL)
    return NULL;
  list = gst_virtcam_node_list_controls (node);
  if (!gst_virtcam_node_check_present (node, NULL))
    return NULL;
  child = gst_virtcam_controls_new (
      list, self->camera, self->report, handle_change);
  for (guint i = 0; i < list->len; i++) {
    const GstVirtcamControl *control = g_ptr_array_index (list, i);

    gst_virtcam_node_subscribe (node, V4L2_EVENT_CTRL, control->query.id);
  }
  return child;
}

/* FALSE: somebody was quicker. */
static gboolean
install (
    GstVirtcamPanel *self, GstVirtcamControls *older, GstVirtcamControls *fresh)
{
  gboolean first;

  gst_object_set_parent (GST_OBJECT (fresh), GST_OBJECT (self->element));
  GST_OBJECT_LOCK (self->element);
  first = self->child == older;
  if (first)
    g_atomic_pointer_set (&self->child, fresh);
  GST_OBJECT_UNLOCK (self->element);
  if (!first)
    gst_object_unparent (GST_OBJECT (fresh));
  else if (older)
    gst_object_unparent (GST_OBJECT (older));
  return first;
}

/* What whoever is told of the child sets, as gst_parse does, is set at once. */
static void
announce (
    GstVirtcamPanel *self, GstVirtcamControls *older, GstVirtcamControls *fresh)
{
  GstChildProxy *proxy = GST_CHILD_PROXY (self->element);

  gst_virtcam_controls_hold (fresh);
  if (older)
    gst_child_proxy_child_removed (
        proxy, G_OBJECT (older), GST_VIRTCAM_CONTROLS_NAME);
  gst_child_proxy_child_added (
      proxy, G_OBJECT (fresh), GST_VIRTCAM_CONTROLS_NAME);
  gst_virtcam_controls_release (fresh);
}

/* Makes fresh the child in place of older, if there is one. */
static void
adopt (
    GstVirtcamPanel *self, GstVirtcamControls *older, GstVirtcamControls *fresh)
{
  g_autofree gchar *lost =
      older ? gst_virtcam_controls_inherit (fresh, older) : NULL;
  g_autofree gchar *camera = gst_virtcam_report_dup_camera (self->report);

  if (!install (self, older, fresh))
    return;
  if (lost)
    GST_ELEMENT_WARNING (self->element, RESOURCE, SETTINGS,
        ("Camera %s has no control %s, which was set for the camera before it.",
            camera, lost),
        (NULL));
  announce (self, older, fresh);
}

/* A reference to the child; NULL if the camera has not been open yet. */
GstVirtcamControls *
gst_virtcam_panel_get_child (GstVirtcamPanel *self)
{
  GstVirtcamControls *child = gst_virtcam_panel_peek_child (self);
  g_autoptr (GstVirtcamControls) fresh = child ? NULL : make_child (self);

  if (fresh == NULL)
    return child;
  adopt (self, NULL, fresh);
  return gst_virtcam_panel_peek_child (self);
}

/* To be called whenever another node is open, by the thread that opened it and
 * without a lock: the child goes on with it, or is replaced if this camera has
 * other controls, and what the application set is set again. Costs nothing if
 * the application never asked for the child. */
void
gst_virtcam_panel_restore (GstVirtcamPanel *self)
{
  g_autoptr (GstVirtcamControls) older = gst_virtcam_panel_peek_child (self);
  g_autoptr (GstVirtcamControls) fresh = older ? make_child (self) : NULL;

  if (fresh == NULL)
    return;
  if (G_OBJECT_TYPE (fresh) == G_OBJECT_TYPE (older))
    gst_virtcam_controls_repeat (older);
  else
    adopt (self, older, fresh);
}

/* Whether gst_parse, or somebody else, waits for the child: a launch line's
 * controls::NAME=VALUE is set when the child is announced. */
static gboolean
is_awaited (GstVirtcamPanel *self)
{
  return g_signal_has_handler_pending (self->element,
      g_signal_lookup ("child-added", GST_TYPE_CHILD_PROXY), 0, FALSE);
}

/* After the element opened its camera. */
void
gst_virtcam_panel_open (GstVirtcamPanel *self)
{
  g_autoptr (GstVirtcamControls) child = NULL;

  gst_virtcam_panel_restore (self);
  if (is_awaited (self))
    child = gst_virtcam_panel_get_child (self);
}

/* While streaming */

/* An event of the driver's, in the streaming thread. */
void
gst_virtcam_panel_notify (GstVirtcamPanel *self, guint32 id)
{
  g_autoptr (GstVirtcamControls) child = gst_virtcam_panel_peek_child (self);

  if (child)
    gst_virtcam_controls_notify (child, id);
}

/* What is set now shows in the next frame. For the streaming thread. */
void
gst_virtcam_panel_sync (GstVirtcamPanel *self, GstBuffer *buffer)
{
  GstVirtcamControls *child = g_atomic_pointer_get (&self->child);
  GstClockTime next = GST_BUFFER_PTS (buffer);

  if (child == NULL || !GST_CLOCK_TIME_IS_VALID (next) ||
      !gst_object_has_active_control_bindings (GST_OBJECT (child)))
    return;
  if (GST_BUFFER_DURATION_IS_VALID (buffer))
    next += GST_BUFFER_DURATION (buffer);
  gst_virtcam_controls_sync (child, next);
}
