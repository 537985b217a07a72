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
  gint64 asked_ns;  /* when, by CLOCK_REALTIME_COARSE, that of device files */
  gchar *card;
  gchar *bus_info;
  gchar *driver;
  guint32 version; /* of the driver, as KERNEL_VERSION() packs it */
  guint32 capabilities;
  guint32 device_caps; /* of this node; 0 from drivers before Linux 3.4 */
} GstVirtcamIdentity;

/* Opens a device as V4L2 programs do, without blocking; -1 with an error of
 * GST_VIRTCAM_NODE_ERROR. What is no character device is not opened: opening a
 * FIFO, say, has effects. */
gint gst_virtcam_identity_open_device (const gchar *path, GError **error);

/* fd: path, open; it stays open. A reference; NULL, with an error of
 * GST_VIRTCAM_NODE_ERROR, when it is nothing that answers. */
GstVirtcamIdentity *gst_virtcam_identity_read (
    const gchar *path, gint fd, GError **error);

GstVirtcamIdentity *gst_virtcam_identity_ref (GstVirtcamIdentity *self);
void gst_virtcam_identity_unref (GstVirtcamIdentity *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVirtcamIdentity, gst_virtcam_identity_unref)

/* V4L2_CAP_* of this node; of the whole device from drivers before Linux 3.4. */
guint32 gst_virtcam_identity_get_capabilities (const GstVirtcamIdentity *self);

/* Whether it captures video by streaming: not a codec, a radio, a touch pad or a
 * node of metadata. A loopback device is one, though it is an output as well. */
gboolean gst_virtcam_identity_is_camera (const GstVirtcamIdentity *self);

G_END_DECLS
