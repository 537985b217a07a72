/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what the application calls its camera to a node. */

#include "gstvirtcamsrc.h"
#include "virtcam-find.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

static gchar *
find_by_name (GstVirtcamSrc *self, const gchar *camera)
{
  g_autoptr (GError) error = NULL;
  guint n_alike;
  gchar *device = virtcam_find_camera (camera, &n_alike, &error);

  if (device == NULL) {
    GST_ELEMENT_ERROR (self, RESOURCE, NOT_FOUND, ("%s", error->message),
        ("no node of video4linux has that card name or bus_info"));
    return NULL;
  }
  GST_INFO_OBJECT (self, "\"%s\" is %s", camera, device);
  if (n_alike > 1)
    GST_ELEMENT_WARNING (self, RESOURCE, SETTINGS,
        ("%u cameras are called \"%s\": using %s. Set the property \"camera\" "
         "to a bus_info, or \"device\" to a path, to choose another one.",
            n_alike, camera, device),
        (NULL));
  return device;
}

/* The node to open, to be freed. The property "device" is that one afterwards.
 * NULL: there is none, and an error that says so has been posted. */
gchar *
gst_virtcam_src_find_device (GstVirtcamSrc *self)
{
  g_autofree gchar *camera = NULL;
  g_autofree gchar *device = NULL;

  GST_OBJECT_LOCK (self);
  device = g_strdup (self->settings.device);
  camera = g_strdup (self->settings.camera);
  GST_OBJECT_UNLOCK (self);
  if (camera == NULL || camera[0] == '\0')
    return g_steal_pointer (&device);

  g_free (device);
  device = find_by_name (self, camera);
  if (device)
    g_object_set (self, "device", device, NULL);
  return g_steal_pointer (&device);
}
