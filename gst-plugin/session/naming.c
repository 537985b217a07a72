/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "session/naming.h"

#include "v4l2/find.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

static gchar *
find_by_name (GstVirtcamReport *report, const gchar *camera, GError **error)
{
  GstElement *element = gst_virtcam_report_get_element (report);
  GstVirtcamDirection direction = gst_virtcam_report_get_direction (report);
  guint n_alike;
  gchar *device = gst_virtcam_find_camera (direction, camera, &n_alike, error);

  if (device)
    GST_INFO_OBJECT (element, "\"%s\" is %s", camera, device);
  if (device && n_alike > 1)
    GST_ELEMENT_WARNING (element, RESOURCE, SETTINGS,
        ("%u cameras are called \"%s\": %s %s. Set the property \"camera\" to "
         "a bus_info, or \"device\" to a path, to choose another one.",
            n_alike, camera,
            direction == GST_VIRTCAM_CAPTURE ? "using" : "feeding", device),
        (NULL));
  return device;
}

gchar *
gst_virtcam_naming_find (GstVirtcamReport *report)
{
  GstElement *element = gst_virtcam_report_get_element (report);
  g_autofree gchar *device = NULL;
  g_autofree gchar *camera = NULL;
  g_autoptr (GError) error = NULL;

  g_object_get (element, "device", &device, "camera", &camera, NULL);
  if (camera && camera[0]) {
    g_free (device);
    device = find_by_name (report, camera, &error);
  } else if (device == NULL) {
    device = gst_virtcam_find_first (
        gst_virtcam_report_get_direction (report), &error);
  } else {
    return g_steal_pointer (&device);
  }
  if (device)
    g_object_set (element, "device", device, NULL);
  else
    gst_virtcam_report_not_found (report, error);
  return g_steal_pointer (&device);
}
