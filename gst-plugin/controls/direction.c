/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The camera's two flips, as GstVideoOrientation and GstVideoDirection have
 * them. */

#include "controls/panel.h"

/* The element's data: the method that waits until the camera is open, + 1. */
static G_DEFINE_QUARK (GstVirtcamDirection, waiting);

/* By the vertical flip and the horizontal one. */
static const GstVideoOrientationMethod methods[2][2] = {
  { GST_VIDEO_ORIENTATION_IDENTITY, GST_VIDEO_ORIENTATION_HORIZ },
  { GST_VIDEO_ORIENTATION_VERT, GST_VIDEO_ORIENTATION_180 },
};

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
  for (guint vflip = 0; vflip < 2; vflip++) {
    for (guint hflip = 0; hflip < 2; hflip++) {
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
    GstVirtcamPanel *panel, GstVideoOrientationMethod method)
{
  GObject *element = G_OBJECT (gst_virtcam_panel_get_element (panel));
  gboolean open = gst_virtcam_panel_is_open (panel);

  g_object_set_qdata (
      element, waiting_quark (), open ? NULL : GINT_TO_POINTER (method + 1));
  if (open)
    turn (panel, method);
}

/* The camera has been opened. */
void
gst_virtcam_direction_open (GstVirtcamPanel *panel)
{
  GObject *element = G_OBJECT (gst_virtcam_panel_get_element (panel));
  gpointer waiting = g_object_steal_qdata (element, waiting_quark ());

  if (waiting)
    turn (panel, GPOINTER_TO_INT (waiting) - 1);
}

/* The camera's if that is open, else what it will be set to. */
GstVideoOrientationMethod
gst_virtcam_direction_get (GstVirtcamPanel *panel)
{
  GObject *element = G_OBJECT (gst_virtcam_panel_get_element (panel));
  gpointer waiting = g_object_get_qdata (element, waiting_quark ());
  gboolean hflip = FALSE, vflip = FALSE;

  if (waiting)
    return GPOINTER_TO_INT (waiting) - 1;
  gst_virtcam_panel_get_number (panel, V4L2_CID_HFLIP, &hflip);
  gst_virtcam_panel_get_number (panel, V4L2_CID_VFLIP, &vflip);
  return methods[vflip != 0][hflip != 0];
}
