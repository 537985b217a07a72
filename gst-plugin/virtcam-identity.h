/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <linux/videodev2.h>

G_BEGIN_DECLS

/* Which device a node is, by QUERYCAP alone: nothing is set, nothing is
 * enumerated. The texts are valid UTF-8 whatever the driver wrote. */
typedef struct {
  gchar *path;
  gchar *card;
  gchar *bus_info;
  gchar *driver;
  guint32 version; /* of the driver, as KERNEL_VERSION() packs it */
  guint32 capabilities;
  guint32 device_caps; /* of this node; 0 from drivers before Linux 3.4 */
} VirtcamIdentity;

/* How sure it is that a device is the one that was seen before. */
typedef enum {
  VIRTCAM_LIKENESS_NONE,
  VIRTCAM_LIKENESS_CARD,     /* the same name, at another place */
  VIRTCAM_LIKENESS_BUS_INFO, /* the same place, with another name */
  VIRTCAM_LIKENESS_SAME,
} VirtcamLikeness;

/* Opens path, asks, and closes it. Free the result with
 * virtcam_identity_free(). NULL, with an error of VIRTCAM_NODE_ERROR, when path
 * is nothing that answers. */
VirtcamIdentity *virtcam_identity_read (const gchar *path, GError **error);

/* The same for a node that is open as fd, which stays open. */
VirtcamIdentity *virtcam_identity_read_fd (
    const gchar *path, gint fd, GError **error);

VirtcamIdentity *virtcam_identity_copy (const VirtcamIdentity *self);
void virtcam_identity_free (VirtcamIdentity *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VirtcamIdentity, virtcam_identity_free)

/* Whether it captures video by streaming: not an output, a codec, a radio, a
 * touch pad or a node of metadata. */
gboolean virtcam_identity_is_camera (const VirtcamIdentity *self);

/* bus_info and card of the device that was seen before; NULL is like nothing.*/
VirtcamLikeness virtcam_identity_likeness (
    const VirtcamIdentity *self, const gchar *bus_info, const gchar *card);

G_END_DECLS
