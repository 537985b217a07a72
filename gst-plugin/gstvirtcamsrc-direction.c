/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GstVideoOrientation and GstVideoDirection: the camera's two flips. */

#include "gstvirtcamsrc.h"

static gboolean
get_flip (GstVirtcamSrc *self, guint32 id, gboolean *flip)
{
  g_autoptr (GstVirtcamControls) controls = gst_virtcam_src_get_controls (self);
  gint number;

  if (controls == NULL ||
      !gst_virtcam_controls_get_number (controls, id, &number))
    return FALSE;
  *flip = number != 0;
  return TRUE;
}

static gboolean
set_flip (GstVirtcamSrc *self, guint32 id, gboolean flip)
{
  g_autoptr (GstVirtcamControls) controls = gst_virtcam_src_get_controls (self);

  return controls && gst_virtcam_controls_set_number (controls, id, flip);
}

/* GstVideoDirection */

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
apply_flip (GstVirtcamSrc *self, guint32 id, gboolean now, gboolean flip)
{
  return now == flip || set_flip (self, id, flip);
}

/* Both or none. A camera without a flip is never flipped. */
static gboolean
apply_flips (GstVirtcamSrc *self, gboolean hflip, gboolean vflip)
{
  gboolean was_hflip = FALSE, was_vflip = FALSE;

  if (!get_flip (self, V4L2_CID_HFLIP, &was_hflip) && hflip)
    return FALSE;
  if (!get_flip (self, V4L2_CID_VFLIP, &was_vflip) && vflip)
    return FALSE;
  if (!apply_flip (self, V4L2_CID_HFLIP, was_hflip, hflip))
    return FALSE;
  if (apply_flip (self, V4L2_CID_VFLIP, was_vflip, vflip))
    return TRUE;
  apply_flip (self, V4L2_CID_HFLIP, hflip, was_hflip);
  return FALSE;
}

static void
apply_direction (GstVirtcamSrc *self, GstVideoOrientationMethod method)
{
  g_autofree gchar *name =
      g_enum_to_string (GST_TYPE_VIDEO_ORIENTATION_METHOD, method);
  gboolean hflip, vflip;

  if (find_direction (method, &hflip, &vflip) &&
      apply_flips (self, hflip, vflip))
    return;
  GST_ELEMENT_WARNING (self, RESOURCE, SETTINGS,
      ("The camera cannot turn the picture by video-direction=%d. It can do "
       "identity, and as far as it has controls to flip the picture, horiz, "
       "vert and 180.",
          method),
      ("%s", name));
}

/* While the camera is closed, this waits. The property has a default that each
 * new element is set to; that one shall not turn cameras back. */
void
gst_virtcam_src_set_direction (
    GstVirtcamSrc *self, GstVideoOrientationMethod method)
{
  gboolean open = gst_virtcam_src_is_open (self);

  GST_OBJECT_LOCK (self);
  self->direction = method;
  self->direction_waits =
      !open && (self->constructed || method != GST_VIDEO_ORIENTATION_IDENTITY);
  GST_OBJECT_UNLOCK (self);
  if (open)
    apply_direction (self, method);
}

/* The camera has been opened. */
void
gst_virtcam_src_open_direction (GstVirtcamSrc *self)
{
  GstVideoOrientationMethod method;
  gboolean waits;

  GST_OBJECT_LOCK (self);
  method = self->direction;
  waits = self->direction_waits;
  self->direction_waits = FALSE;
  GST_OBJECT_UNLOCK (self);
  if (waits)
    apply_direction (self, method);
}

/* The camera's if that is open, else what it will be set to. */
GstVideoOrientationMethod
gst_virtcam_src_get_direction (GstVirtcamSrc *self)
{
  GstVideoOrientationMethod method;
  gboolean hflip = FALSE, vflip = FALSE;
  gboolean waits;

  GST_OBJECT_LOCK (self);
  method = self->direction;
  waits = self->direction_waits;
  GST_OBJECT_UNLOCK (self);
  if (waits)
    return method;
  get_flip (self, V4L2_CID_HFLIP, &hflip);
  get_flip (self, V4L2_CID_VFLIP, &vflip);
  for (guint i = 0; i < G_N_ELEMENTS (directions); i++) {
    if (directions[i].hflip == hflip && directions[i].vflip == vflip)
      return directions[i].method;
  }
  return GST_VIDEO_ORIENTATION_IDENTITY;
}

void
gst_virtcam_src_video_direction_init (gpointer interface, gpointer data)
{
  /* it is the property that counts */
}

/* GstVideoOrientation; what it calls centring no V4L2 camera has any more */

static gboolean
get_hflip (GstVideoOrientation *orientation, gboolean *flip)
{
  return get_flip (GST_VIRTCAM_SRC (orientation), V4L2_CID_HFLIP, flip);
}

static gboolean
get_vflip (GstVideoOrientation *orientation, gboolean *flip)
{
  return get_flip (GST_VIRTCAM_SRC (orientation), V4L2_CID_VFLIP, flip);
}

static gboolean
set_hflip (GstVideoOrientation *orientation, gboolean flip)
{
  return set_flip (GST_VIRTCAM_SRC (orientation), V4L2_CID_HFLIP, flip);
}

static gboolean
set_vflip (GstVideoOrientation *orientation, gboolean flip)
{
  return set_flip (GST_VIRTCAM_SRC (orientation), V4L2_CID_VFLIP, flip);
}

void
gst_virtcam_src_video_orientation_init (gpointer interface, gpointer data)
{
  GstVideoOrientationInterface *orientation = interface;

  orientation->get_hflip = get_hflip;
  orientation->get_vflip = get_vflip;
  orientation->set_hflip = set_hflip;
  orientation->set_vflip = set_vflip;
}
