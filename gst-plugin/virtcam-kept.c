/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was learnt of a device outlives the node while it is the same device,
 * and enumerates the same.
 *
 *  1. The same device: a number is given to the next camera, which may even be
 *     of the same make. The folder of a device in sysfs is made when it appears,
 *     and the inode number of that folder is not used again until the next boot.
 *  2. The same modes: what is connected may have changed meanwhile, and some
 *     drivers enumerate only what somebody else has set. The input, what it
 *     carries, the first format and its first size are asked again; if a
 *     difference hides behind these, S_FMT finds it (forget_recalled). */

#include "virtcam-node-private.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* 0: unknown, and then no device is the same. */
static guint64
sysfs_inode (dev_t device)
{
  g_autofree gchar *path =
      g_strdup_printf ("/sys/dev/char/%u:%u", major (device), minor (device));
  struct stat status;

  return stat (path, &status) == 0 ? status.st_ino : 0;
}

static void
identify (VirtcamNode *self, VirtcamOrigin *origin)
{
  struct stat status;

  memset (origin, 0, sizeof *origin);
  if (fstat (self->fd, &status) < 0)
    return;
  origin->device = status.st_rdev;
  origin->sysfs_inode = sysfs_inode (status.st_rdev);
  origin->convert = self->convert;
  virtcam_node_ioctl (self, VIDIOC_QUERYCAP, &origin->capability);
}

/* Fields that the driver does not have stay 0. */
static void
look (VirtcamNode *self, VirtcamLook *look)
{
  struct v4l2_fmtdesc format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

  memset (look, 0, sizeof *look);
  virtcam_node_ioctl (self, VIDIOC_G_INPUT, &look->input);
  virtcam_node_ioctl (self, VIDIOC_G_STD, &look->standard);
  virtcam_node_ioctl (self, VIDIOC_G_DV_TIMINGS, &look->timings);
  virtcam_node_ioctl (self, VIDIOC_ENUM_FMT, &format);
  look->size.pixel_format = format.pixelformat;
  virtcam_node_ioctl (self, VIDIOC_ENUM_FRAMESIZES, &look->size);
}

/* What was learnt, for the next opening; the node is left without and is to be
 * closed. NULL if nothing can tell this device from another. */
VirtcamModes *
virtcam_node_part_modes (VirtcamNode *self)
{
  VirtcamModes *modes = g_steal_pointer (&self->modes);

  identify (self, &modes->origin);
  if (modes->origin.sysfs_inode == 0) {
    virtcam_modes_free (modes);
    return NULL;
  }
  look (self, &modes->look);
  return modes;
}

static gboolean
is_valid (VirtcamNode *self, const VirtcamModes *modes)
{
  VirtcamOrigin origin;
  VirtcamLook now;

  identify (self, &origin);
  if (memcmp (&origin, &modes->origin, sizeof origin) != 0)
    return FALSE;
  look (self, &now);
  return memcmp (&now, &modes->look, sizeof now) == 0;
}

/* Takes modes (or NULL), and uses them if they are this device's. Not once
 * anybody else may use the node. */
void
virtcam_node_recall_modes (VirtcamNode *self, VirtcamModes *modes)
{
  if (modes == NULL)
    return;
  if (is_valid (self, modes)) {
    virtcam_modes_free (self->modes);
    self->modes = modes;
    modes->recalled = TRUE;
  } else {
    virtcam_modes_free (modes);
  }
}
