/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Failures, in words for the user (what to do) and for the developer (why). */

#include <string.h>

#include "report/report.h"
#include "v4l2/error.h"
#include "v4l2/find.h"

GST_DEBUG_CATEGORY_EXTERN (gst_virtcam_src_debug);
#define GST_CAT_DEFAULT gst_virtcam_src_debug

#define LONGEST_CAPS 500 /* bytes */

static void
report_no_node (GstElement *element, const gchar *device, const gchar *cause)
{
  g_autofree gchar *hint = gst_virtcam_find_hint (device);

  if (hint)
    GST_ELEMENT_ERROR (element, RESOURCE, NOT_FOUND,
        ("There is no camera %s. Did you mean device=%s?", device, hint),
        ("%s", cause));
  else
    GST_ELEMENT_ERROR (element, RESOURCE, NOT_FOUND,
        ("There is no camera %s. Is it plugged in, and its driver loaded?",
            device),
        ("%s", cause));
}

/* doing: the user's word for what failed, an infinitive. */
void
gst_virtcam_report_error (
    GstVirtcamReport *self, const gchar *doing, const GError *error)
{
  GstElement *element = gst_virtcam_report_get_element (self);
  g_autofree gchar *device = gst_virtcam_report_dup_camera (self);
  const gchar *cause = error->message;

  switch (error->code) {
  case GST_VIRTCAM_NODE_ERROR_NOT_FOUND:
    report_no_node (element, device, cause);
    break;
  case GST_VIRTCAM_NODE_ERROR_NOT_CAPTURE:
    GST_ELEMENT_ERROR (element, RESOURCE, SETTINGS,
        ("%s is not a camera. Set the property \"device\" to one that captures "
         "video.",
            device),
        ("%s", cause));
    break;
  case GST_VIRTCAM_NODE_ERROR_ACCESS:
    GST_ELEMENT_ERROR (element, RESOURCE, OPEN_READ_WRITE,
        ("Permission denied for camera %s. Is the user in the group that owns "
         "it (mostly \"video\")?",
            device),
        ("%s", cause));
    break;
  case GST_VIRTCAM_NODE_ERROR_BUSY:
    GST_ELEMENT_ERROR (element, RESOURCE, BUSY,
        ("Camera %s is busy: another program captures from it.", device),
        ("%s", cause));
    break;
  case GST_VIRTCAM_NODE_ERROR_GONE:
    GST_ELEMENT_ERROR (element, RESOURCE, READ,
        ("Camera %s was unplugged.", device), ("%s", cause));
    break;
  case GST_VIRTCAM_NODE_ERROR_OTHER_MODE:
    GST_ELEMENT_ERROR (element, RESOURCE, SETTINGS,
        ("Camera %s does not do a mode that it offers. Ask for another one "
         "with a caps filter.",
            device),
        ("%s", cause));
    break;
  case GST_VIRTCAM_NODE_ERROR_LOST_MODE:
    GST_ELEMENT_ERROR (element, RESOURCE, SETTINGS,
        ("Camera %s changes its mode when it is asked for the same again.",
            device),
        ("%s", cause));
    break;
  case GST_VIRTCAM_NODE_ERROR_BAD_SIZE:
    GST_ELEMENT_ERROR (element, RESOURCE, SETTINGS,
        ("The driver of camera %s reports a frame size that cannot be.",
            device),
        ("%s", cause));
    break;
  case GST_VIRTCAM_NODE_ERROR_MISFIT:
    GST_ELEMENT_ERROR (element, RESOURCE, SETTINGS,
        ("The next element's buffers do not suit the pictures of camera %s.",
            device),
        ("%s", cause));
    break;
  default:
    GST_ELEMENT_ERROR (element, RESOURCE, FAILED,
        ("Camera %s failed to %s.", device, doing), ("%s", cause));
    break;
  }
}

/* error: of gst_virtcam_find_camera(). */
void
gst_virtcam_report_not_found (GstVirtcamReport *self, const GError *error)
{
  GstElement *element = gst_virtcam_report_get_element (self);

  if (error->code == GST_VIRTCAM_NODE_ERROR_ACCESS)
    GST_ELEMENT_ERROR (
        element, RESOURCE, OPEN_READ_WRITE, ("%s", error->message), (NULL));
  else
    GST_ELEMENT_ERROR (element, RESOURCE, NOT_FOUND, ("%s", error->message),
        ("no node in /dev has that card name or bus_info"));
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

/* The beginning of caps, which may be very long. */
static gchar *
shorten (GstCaps *caps)
{
  g_autofree gchar *text = gst_caps_to_string (caps);

  return strlen (text) <= LONGEST_CAPS
             ? g_steal_pointer (&text)
             : g_strdup_printf ("%.*s ...", LONGEST_CAPS, text);
}

/* What the caps are about, in a line: formats, or else media types. */
static gchar *
summarise (GstCaps *caps)
{
  GString *text = g_string_new (gst_caps_is_empty (caps) ? "nothing" : NULL);
  const gchar *last = NULL;

  for (guint i = 0; i < gst_caps_get_size (caps) && text->len < 200; i++) {
    const GstStructure *structure = gst_caps_get_structure (caps, i);
    const gchar *format = gst_structure_get_string (structure, "format");

    if (format == NULL)
      format = gst_structure_get_name (structure);
    if (g_strcmp0 (format, last) != 0)
      g_string_append_printf (text, "%s%s", last ? ", " : "", format);
    last = format;
  }
  return g_string_free (text, FALSE);
}

void
gst_virtcam_report_no_caps (
    GstVirtcamReport *self, GstCaps *camera, GstCaps *peer)
{
  GstElement *element = gst_virtcam_report_get_element (self);
  const gchar *culprit = find_culprit (camera, peer);
  g_autofree gchar *device = gst_virtcam_report_dup_camera (self);
  g_autofree gchar *has = summarise (camera);
  g_autofree gchar *camera_text = shorten (camera);
  g_autofree gchar *peer_text = shorten (peer);

  GST_INFO_OBJECT (element,
      "no common caps: camera %" GST_PTR_FORMAT
      ", next element %" GST_PTR_FORMAT,
      camera, peer);
  if (gst_caps_is_empty (peer))
    GST_ELEMENT_ERROR (element, STREAM, FORMAT,
        ("The next element takes no video at all; camera %s has %s.", device,
            has),
        ("the answer to the caps query is EMPTY: elements further on may not "
         "agree among themselves"));
  else
    GST_ELEMENT_ERROR (element, STREAM, FORMAT,
        ("Camera %s has no video that the next element takes: they do not "
         "agree on the %s.",
            device, culprit),
        ("the %s cannot be agreed on; camera: %s; next element: %s "
         "(GST_DEBUG=virtcamsrc:4 shows all)",
            culprit, camera_text, peer_text));
}
