/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The camera's two flips, as GstVideoOrientation and GstVideoDirection have
 * them. */

#include "controls/direction.h"

struct _GstVirtcamDirection {
  GstVirtcamPanel *panel;
  gint waiting; /* atomic: a method, until the camera is open, or NONE */
};

#define NONE -1

/* By the vertical flip and the horizontal one. */
static const GstVideoOrientationMethod methods[2][2] = {
  { GST_VIDEO_ORIENTATION_IDENTITY, GST_VIDEO_ORIENTATION_HORIZ },
  { GST_VIDEO_ORIENTATION_VERT, GST_VIDEO_ORIENTATION_180 },
};

GstVirtcamDirection *
gst_virtcam_direction_new (GstVirtcamPanel *panel)
{
  GstVirtcamDirection *self = g_new0 (GstVirtcamDirection, 1);

  self->panel = panel;
  self->waiting = NONE;
  return self;
}

void
gst_virtcam_direction_free (GstVirtcamDirection *self)
{
  g_free (self);
}

static gboolean
apply_flip (GstVirtcamPanel *panel, guint32 id, gboolean now, gboolean flip)
{
  return now == flip || gst_virtcam_panel_set_number (panel, id, flip);
}

/* Both or none. A camera without a flip is never flipped. */
static gboolean
apply_flips (GstVirtcamPanel *panel, gboolean hflip, gboolean vflip)
{
  gboolean was_hflip = FALSE, was_vflip = FALSE;

  if (!gst_virtcam_panel_get_number (panel, V4L2_CID_HFLIP, &was_hflip) &&
      hflip)
    return FALSE;
  if (!gst_virtcam_panel_get_number (panel, V4L2_CID_VFLIP, &was_vflip) &&
      vflip)
    return FALSE;
  if (!apply_flip (panel, V4L2_CID_HFLIP, was_hflip, hflip))
    return FALSE;
  if (apply_flip (panel, V4L2_CID_VFLIP, was_vflip, vflip))
    return TRUE;
  apply_flip (panel, V4L2_CID_HFLIP, hflip, was_hflip);
  return FALSE;
}

static gboolean
apply_direction (GstVirtcamPanel *panel, GstVideoOrientationMethod method)
{
  for (gboolean vflip = FALSE; vflip <= TRUE; vflip++) {
    for (gboolean hflip = FALSE; hflip <= TRUE; hflip++) {
      if (methods[vflip][hflip] == method)
        return apply_flips (panel, hflip, vflip);
    }
  }
  return FALSE;
}

static void
turn (GstVirtcamPanel *panel, GstVideoOrientationMethod method)
{
  g_autofree gchar *name =
      g_enum_to_string (GST_TYPE_VIDEO_ORIENTATION_METHOD, method);

  if (apply_direction (panel, method))
    return;
  GST_ELEMENT_WARNING (gst_virtcam_panel_get_element (panel), RESOURCE,
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

  g_atomic_int_set (&self->waiting, open ? NONE : (gint) method);
  if (open)
    turn (self->panel, method);
}

/* The camera has been opened. */
void
gst_virtcam_direction_open (GstVirtcamDirection *self)
{
  gint method;

  do
    method = g_atomic_int_get (&self->waiting);
  while (!g_atomic_int_compare_and_exchange (&self->waiting, method, NONE));
  if (method != NONE)
    turn (self->panel, method);
}

/* The camera's if that is open, else what it will be set to. */
GstVideoOrientationMethod
gst_virtcam_direction_get (GstVirtcamDirection *self)
{
  gint waiting = g_atomic_int_get (&self->waiting);
  gboolean hflip = FALSE, vflip = FALSE;

  if (waiting != NONE)
    return waiting;
  gst_virtcam_panel_get_number (self->panel, V4L2_CID_HFLIP, &hflip);
  gst_virtcam_panel_get_number (self->panel, V4L2_CID_VFLIP, &vflip);
  return methods[vflip != 0][hflip != 0];
}
