/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <linux/videodev2.h>

G_BEGIN_DECLS

/* Which device a node is, by QUERYCAP alone: nothing is set, nothing is
 * enumerated. The texts are valid UTF-8 whatever the driver wrote. */
typedef struct {
  gchar *path;
  gboolean is_link; /* path was a symbolic link, as those of by-id are */
  gchar *card;
  gchar *bus_info;
  gchar *driver;
  guint32 version; /* of the driver, as KERNEL_VERSION() packs it */
  guint32 capabilities;
  guint32 device_caps; /* of this node; 0 from drivers before Linux 3.4 */
} GstVirtcamIdentity;

/* How sure it is that a device is the one that was seen before. */
typedef enum {
  GST_VIRTCAM_LIKENESS_NONE,
  GST_VIRTCAM_LIKENESS_CARD,     /* the same name, at another place */
  GST_VIRTCAM_LIKENESS_BUS_INFO, /* the same place, with another name */
  GST_VIRTCAM_LIKENESS_SAME,
} GstVirtcamLikeness;

/* Opens a device as V4L2 programs do, without blocking; -1 with an error of
 * GST_VIRTCAM_NODE_ERROR. What is no character device is not opened: opening a
 * FIFO, say, has effects. */
gint gst_virtcam_identity_open_device (const gchar *path, GError **error);

/* Opens path, asks, and closes it. Free the result with
 * gst_virtcam_identity_free(). NULL, with an error of GST_VIRTCAM_NODE_ERROR,
 * when path is nothing that answers. */
GstVirtcamIdentity *gst_virtcam_identity_read (
    const gchar *path, GError **error);

/* The same for a node that is open as fd, which stays open. */
GstVirtcamIdentity *gst_virtcam_identity_read_fd (
    const gchar *path, gint fd, GError **error);

GstVirtcamIdentity *gst_virtcam_identity_copy (const GstVirtcamIdentity *self);
void gst_virtcam_identity_free (GstVirtcamIdentity *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVirtcamIdentity, gst_virtcam_identity_free)

/* V4L2_CAP_* of this node; of the whole device from drivers before Linux 3.4. */
guint32 gst_virtcam_identity_get_capabilities (const GstVirtcamIdentity *self);

/* Whether it captures video by streaming: not a codec, a radio, a touch pad or a
 * node of metadata. A loopback device is one, though it is an output as well. */
gboolean gst_virtcam_identity_is_camera (const GstVirtcamIdentity *self);

/* bus_info and card of the device that was seen before; NULL is like nothing.*/
GstVirtcamLikeness gst_virtcam_identity_likeness (
    const GstVirtcamIdentity *self, const gchar *bus_info, const gchar *card);

G_END_DECLS
