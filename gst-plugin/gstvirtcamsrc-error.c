/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Failures, in words for the user (what to do) and for the developer (why). */

#include "gstvirtcamsrc.h"

/* The camera that is open: the property may already name the next one. */
static gchar *
device_name (GstVirtcamSrc *self)
{
  gchar *device;

  if (self->node)
    return g_strdup (virtcam_node_get_path (self->node));
  g_object_get (self, "device", &device, NULL);
  return device;
}

/* doing: the user's word for what failed, an infinitive. A camera that is gone
 * is no error if the user said so: then self->lost is set. */
void
gst_virtcam_src_post_error (
    GstVirtcamSrc *self, const gchar *doing, const GError *error)
{
  g_autofree gchar *device = device_name (self);
  const gchar *cause = error->message;

  if (error->code == VIRTCAM_NODE_ERROR_GONE &&
      gst_virtcam_src_note_lost (self))
    return;
  switch (error->code) {
  case VIRTCAM_NODE_ERROR_NOT_FOUND:
    GST_ELEMENT_ERROR (self, RESOURCE, NOT_FOUND,
        ("There is no camera %s. Is it plugged in, and its driver loaded?",
            device),
        ("%s", cause));
    break;
  case VIRTCAM_NODE_ERROR_NOT_CAPTURE:
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
        ("%s is not a camera. Set the property \"device\" to one that captures "
         "video.",
            device),
        ("%s", cause));
    break;
  case VIRTCAM_NODE_ERROR_ACCESS:
    GST_ELEMENT_ERROR (self, RESOURCE, OPEN_READ_WRITE,
        ("Permission denied for camera %s. Is the user in the group that owns "
         "it (mostly \"video\")?",
            device),
        ("%s", cause));
    break;
  case VIRTCAM_NODE_ERROR_BUSY:
    GST_ELEMENT_ERROR (self, RESOURCE, BUSY,
        ("Camera %s is busy: another program captures from it.", device),
        ("%s", cause));
    break;
  case VIRTCAM_NODE_ERROR_GONE:
    GST_ELEMENT_ERROR (self, RESOURCE, READ,
        ("Camera %s was unplugged.", device), ("%s", cause));
    break;
  default:
    GST_ELEMENT_ERROR (self, RESOURCE, FAILED,
        ("Camera %s failed to %s.", device, doing), ("%s", cause));
    break;
  }
}

/* Leaves the first n of fields in every structure. */
static GstCaps *
reduce_caps (GstCaps *caps, const gchar *const *fields, guint n)
{
  GstCaps *reduced = gst_caps_new_empty ();

  for (guint i = 0; i < gst_caps_get_size (caps); i++) {
    const GstStructure *full = gst_caps_get_structure (caps, i);
    GstStructure *part =
        gst_structure_new_empty (gst_structure_get_name (full));

    for (guint f = 0; f < n; f++) {
      const GValue *value = gst_structure_get_value (full, fields[f]);

      if (value)
        gst_structure_set_value (part, fields[f], value);
    }
    gst_caps_append_structure (reduced, part);
  }
  return reduced;
}

/* The first field on which no two structures can agree. */
static const gchar *
find_culprit (GstCaps *camera, GstCaps *peer)
{
  static const gchar *const fields[] = { "format", "width", "height",
    "framerate", "pixel-aspect-ratio", "interlace-mode", "field-order",
    "colorimetry", "chroma-site", "multiview-mode" };

  for (guint n = 0; n <= G_N_ELEMENTS (fields); n++) {
    g_autoptr (GstCaps) reduced = reduce_caps (peer, fields, n);

    if (!gst_caps_can_intersect (camera, reduced))
      return n == 0 ? "media type" : fields[n - 1];
  }
  return "memory or other features";
}

void
gst_virtcam_src_post_no_caps (
    GstVirtcamSrc *self, GstCaps *camera, GstCaps *peer)
{
  const gchar *culprit = find_culprit (camera, peer);
  g_autofree gchar *device = device_name (self);

  GST_ELEMENT_ERROR (self, STREAM, FORMAT,
      ("Camera %s has no video that the next element takes: they do not agree "
       "on the %s.",
          device, culprit),
      ("the %s cannot be agreed on; camera: %" GST_PTR_FORMAT
       "; next element: %" GST_PTR_FORMAT,
          culprit, camera, peer));
}
