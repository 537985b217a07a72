/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The camera's two flips, as GstVideoOrientation and GstVideoDirection have
 * them. */

#include "controls/direction.h"

struct _GstVirtcamDirection {
  GstVirtcamPanel *panel;

  GMutex lock; /* guards the rest; held for no call out */
  GstVideoOrientationMethod method;
  gboolean waits; /* until the camera is open */
};

GstVirtcamDirection *
gst_virtcam_direction_new (GstVirtcamPanel *panel)
{
  GstVirtcamDirection *self = g_new0 (GstVirtcamDirection, 1);

  self->panel = panel;
  g_mutex_init (&self->lock);
  self->method = GST_VIDEO_ORIENTATION_IDENTITY;
  return self;
}

void
gst_virtcam_direction_free (GstVirtcamDirection *self)
{
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* FALSE: the camera has no such control. */
gboolean
gst_virtcam_direction_get_flip (
    GstVirtcamDirection *self, guint32 id, gboolean *flip)
{
  gint number;

  if (!gst_virtcam_panel_get_number (self->panel, id, &number))
    return FALSE;
  *flip = number != 0;
  return TRUE;
}

gboolean
gst_virtcam_direction_set_flip (
    GstVirtcamDirection *self, guint32 id, gboolean flip)
{
  g_autoptr (GstVirtcamControls) child =
      gst_virtcam_panel_get_child (self->panel);

  return child && gst_virtcam_controls_set_number (child, id, flip);
}

static const struct {
  GstVideoOrientationMethod method;
  gboolean hflip, vflip;
} directions[] = {
  { GST_VIDEO_ORIENTATION_IDENTITY, FALSE, FALSE },
  { GST_VIDEO_ORIENTATION_HORIZ, TRUE, FALSE },
  { GST_VIDEO_ORIENTATION_VERT, FALSE, TRUE },
  { GST_VIDEO_ORIENTATION_180, TRUE, TRUE },
};

static gboolean
find_direction (
    GstVideoOrientationMethod method, gboolean *hflip, gboolean *vflip)
{
  for (guint i = 0; i < G_N_ELEMENTS (directions); i++) {
    if (directions[i].method != method)
      continue;
    *hflip = directions[i].hflip;
    *vflip = directions[i].vflip;
    return TRUE;
  }
  return FALSE;
}

static gboolean
apply_flip (GstVirtcamDirection *self, guint32 id, gboolean now, gboolean flip)
{
  return now == flip || gst_virtcam_direction_set_flip (self, id, flip);
}

/* Both or none. A camera without a flip is never flipped. */
static gboolean
apply_flips (GstVirtcamDirection *self, gboolean hflip, gboolean vflip)
{
  gboolean was_hflip = FALSE, was_vflip = FALSE;

  if (!gst_virtcam_direction_get_flip (self, V4L2_CID_HFLIP, &was_hflip) &&
      hflip)
    return FALSE;
  if (!gst_virtcam_direction_get_flip (self, V4L2_CID_VFLIP, &was_vflip) &&
      vflip)
    return FALSE;
  if (!apply_flip (self, V4L2_CID_HFLIP, was_hflip, hflip))
    return FALSE;
  if (apply_flip (self, V4L2_CID_VFLIP, was_vflip, vflip))
    return TRUE;
  apply_flip (self, V4L2_CID_HFLIP, hflip, was_hflip);
  return FALSE;
}

static void
apply_direction (GstVirtcamDirection *self, GstVideoOrientationMethod method)
{
  g_autofree gchar *name =
      g_enum_to_string (GST_TYPE_VIDEO_ORIENTATION_METHOD, method);
  gboolean hflip, vflip;

  if (find_direction (method, &hflip, &vflip) &&
      apply_flips (self, hflip, vflip))
    return;
  GST_ELEMENT_WARNING (gst_virtcam_panel_get_element (self->panel), RESOURCE,
      SETTINGS,
      ("The camera cannot turn the picture by video-direction=%d. It can do "
       "identity, and as far as it has controls to flip the picture, horiz, "
       "vert and 180.",
          method),
      ("%s", name));
}

/* While the camera is closed, this waits. */
void
gst_virtcam_direction_set (
    GstVirtcamDirection *self, GstVideoOrientationMethod method)
{
  gboolean open = gst_virtcam_panel_is_open (self->panel);

  g_mutex_lock (&self->lock);
  self->method = method;
  self->waits = !open;
  g_mutex_unlock (&self->lock);
  if (open)
    apply_direction (self, method);
}

/* The camera has been opened. */
void
gst_virtcam_direction_open (GstVirtcamDirection *self)
{
  GstVideoOrientationMethod method;
  gboolean waits;

  g_mutex_lock (&self->lock);
  method = self->method;
  waits = self->waits;
  self->waits = FALSE;
  g_mutex_unlock (&self->lock);
  if (waits)
    apply_direction (self, method);
}

/* The camera's if that is open, else what it will be set to. */
GstVideoOrientationMethod
gst_virtcam_direction_get (GstVirtcamDirection *self)
{
  GstVideoOrientationMethod method;
  gboolean hflip = FALSE, vflip = FALSE;
  gboolean waits;

  g_mutex_lock (&self->lock);
  method = self->method;
  waits = self->waits;
  g_mutex_unlock (&self->lock);
  if (waits)
    return method;
  gst_virtcam_direction_get_flip (self, V4L2_CID_HFLIP, &hflip);
  gst_virtcam_direction_get_flip (self, V4L2_CID_VFLIP, &vflip);
  for (guint i = 0; i < G_N_ELEMENTS (directions); i++) {
    if (directions[i].hflip == hflip && directions[i].vflip == vflip)
      return directions[i].method;
  }
  return GST_VIDEO_ORIENTATION_IDENTITY;
}
