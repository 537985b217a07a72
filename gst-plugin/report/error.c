/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Failures, in words for the user (what to do) and for the developer (why). */

#include <string.h>

#include "report/report.h"
#include "v4l2/find.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

#define LONGEST_CAPS 500 /* bytes */

static void
report_no_node (GstElement *element, const gchar *device, const gchar *cause)
{
  g_autofree gchar *hint = gst_virtcam_find_hint (device);

  if (device[0] == '\0')
    GST_ELEMENT_ERROR (element, RESOURCE, NOT_FOUND,
        ("The property \"device\" is empty. Set it to the path of a camera, as "
         "in device=/dev/video0."),
        ("%s", cause));
  else
    GST_ELEMENT_ERROR (element, RESOURCE, NOT_FOUND,
        ("There is no camera %s. %s%s?", device,
            hint ? "Did you mean device="
                 : "Is it plugged in, and its driver loaded",
            hint ? hint : ""),
        ("%s", cause));
}

/* What a GstVirtcamNodeError is to the user; %s is the camera. */
typedef struct {
  GstResourceError code;
  const gchar *text;
} Failure;

static const Failure failures[] = {
  [GST_VIRTCAM_NODE_ERROR_NOT_CAPTURE] = { GST_RESOURCE_ERROR_SETTINGS,
      "%s is not a camera. Set the property \"device\" to one that captures "
      "video." },
  [GST_VIRTCAM_NODE_ERROR_ACCESS] = { GST_RESOURCE_ERROR_OPEN_READ_WRITE,
      "Permission denied for camera %s. Is the user in the group that owns it "
      "(mostly \"video\"), and may this container or service use it?" },
  [GST_VIRTCAM_NODE_ERROR_BUSY] = { GST_RESOURCE_ERROR_BUSY,
      "Camera %s is busy: another program captures from it." },
  [GST_VIRTCAM_NODE_ERROR_GONE] = { GST_RESOURCE_ERROR_READ,
      "Camera %s was unplugged." },
  [GST_VIRTCAM_NODE_ERROR_OTHER_MODE] = { GST_RESOURCE_ERROR_SETTINGS,
      "Camera %s does not do a mode that it offers. Ask for another one with a "
      "caps filter." },
  [GST_VIRTCAM_NODE_ERROR_LOST_MODE] = { GST_RESOURCE_ERROR_SETTINGS,
      "Camera %s changes its mode when it is asked for the same again." },
  [GST_VIRTCAM_NODE_ERROR_BAD_SIZE] = { GST_RESOURCE_ERROR_SETTINGS,
      "The driver of camera %s reports a frame size that cannot be." },
  [GST_VIRTCAM_NODE_ERROR_MISFIT] = { GST_RESOURCE_ERROR_SETTINGS,
      "The next element's buffers do not suit the pictures of camera %s." },
};

/* The same, where a camera is fed. */
static const Failure feeding_failures[] = {
  [GST_VIRTCAM_NODE_ERROR_NOT_CAPTURE] = { GST_RESOURCE_ERROR_SETTINGS,
      "%s does not take frames. Set the property \"device\" to the output node "
      "of a camera, or \"camera\" to its name." },
  [GST_VIRTCAM_NODE_ERROR_BUSY] = { GST_RESOURCE_ERROR_BUSY,
      "Camera %s is busy: another program feeds it. Stop that one, or choose "
      "another camera." },
  [GST_VIRTCAM_NODE_ERROR_GONE] = { GST_RESOURCE_ERROR_WRITE,
      "Camera %s was unplugged." },
};

static const Failure *
find_failure (GstVirtcamReport *self, guint kind)
{
  if (gst_virtcam_report_get_direction (self) == GST_VIRTCAM_OUTPUT &&
      kind < G_N_ELEMENTS (feeding_failures) && feeding_failures[kind].text)
    return &feeding_failures[kind];
  return kind < G_N_ELEMENTS (failures) && failures[kind].text ? &failures[kind]
                                                               : NULL;
}

/* doing: the user's word for what failed, an infinitive. */
void
gst_virtcam_report_error (
    GstVirtcamReport *self, const gchar *doing, const GError *error)
{
  GstElement *element = gst_virtcam_report_get_element (self);
  g_autofree gchar *device = gst_virtcam_report_dup_camera (self);
  const gchar *cause = error->message;
  guint kind = error->code;
  const Failure *failure = find_failure (self, kind);

  if (kind == GST_VIRTCAM_NODE_ERROR_NOT_FOUND)
    report_no_node (element, device, cause);
  else if (failure)
    gst_element_message_full (element, GST_MESSAGE_ERROR, GST_RESOURCE_ERROR,
        failure->code, g_strdup_printf (failure->text, device),
        g_strdup (cause), __FILE__, GST_FUNCTION, __LINE__);
  else
    GST_ELEMENT_ERROR (element, RESOURCE, FAILED,
        ("Camera %s failed to %s.", device, doing), ("%s", cause));
}

/* error: of gst_virtcam_find_camera(), in words for the user. */
void
gst_virtcam_report_not_found (GstVirtcamReport *self, const GError *error)
{
  gst_element_message_full (gst_virtcam_report_get_element (self),
      GST_MESSAGE_ERROR, GST_RESOURCE_ERROR,
      error->code == GST_VIRTCAM_NODE_ERROR_ACCESS
          ? GST_RESOURCE_ERROR_OPEN_READ_WRITE
          : GST_RESOURCE_ERROR_NOT_FOUND,
      g_strdup (error->message), NULL, __FILE__, GST_FUNCTION, __LINE__);
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

/* offered: what the camera takes. why: what it was asked for. */
void
gst_virtcam_report_unwanted (
    GstVirtcamReport *self, GstCaps *offered, const gchar *why)
{
  g_autofree gchar *device = gst_virtcam_report_dup_camera (self);
  g_autofree gchar *text = shorten (offered);

  GST_ELEMENT_ERROR (gst_virtcam_report_get_element (self), STREAM, FORMAT,
      ("Camera %s takes no such video; videoconvert and videoscale before "
       "virtcamsink would make it.",
          device),
      ("%s; the camera takes %s", why, text));
}
