/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "v4l2/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "v4l2/error.h"

static GstVirtcamNodeError
kind_of_errno (gint number)
{
  switch (number) {
  case ENODEV: /* whose driver is just leaving, or a stale device file */
    return GST_VIRTCAM_NODE_ERROR_NOT_FOUND;
  case ENOTTY:
  case EINVAL:
    return GST_VIRTCAM_NODE_ERROR_NOT_CAPTURE;
  default:
    return gst_virtcam_node_error_from_errno (number);
  }
}

static void
fail (const gchar *path, const gchar *what, GError **error)
{
  gint number = errno;

  g_set_error (error, GST_VIRTCAM_NODE_ERROR, kind_of_errno (number),
      "%s of %s: %s", what, path, g_strerror (number));
}

/* A text of the kernel's need not end, nor be UTF-8. */
static gchar *
read_text (const __u8 *text, gsize size)
{
  const gchar *start = (const gchar *) text;

  return g_utf8_make_valid (start, strnlen (start, size));
}

static gboolean
check_device (const gchar *path, const struct stat *status, GError **error)
{
  if (S_ISCHR (status->st_mode))
    return TRUE;
  g_set_error (error, GST_VIRTCAM_NODE_ERROR,
      GST_VIRTCAM_NODE_ERROR_NOT_CAPTURE, "%s is no character device", path);
  return FALSE;
}

GstVirtcamIdentity *
gst_virtcam_identity_read_fd (const gchar *path, gint fd, GError **error)
{
  struct v4l2_capability capability = { 0 };
  GstVirtcamIdentity *self;
  struct stat status;
  gint result;

  if (fstat (fd, &status) == 0 && !check_device (path, &status, error))
    return NULL;
  do
    result = ioctl (fd, VIDIOC_QUERYCAP, &capability);
  while (result < 0 && errno == EINTR);
  if (result < 0) {
    fail (path, "QUERYCAP", error);
    return NULL;
  }
  self = g_new0 (GstVirtcamIdentity, 1);
  self->path = g_strdup (path);
  self->is_link = g_file_test (path, G_FILE_TEST_IS_SYMLINK);
  self->card = read_text (capability.card, sizeof capability.card);
  self->bus_info = read_text (capability.bus_info, sizeof capability.bus_info);
  self->driver = read_text (capability.driver, sizeof capability.driver);
  self->version = capability.version;
  self->capabilities = capability.capabilities;
  self->device_caps = capability.device_caps;
  return self;
}

gint
gst_virtcam_identity_open_device (const gchar *path, GError **error)
{
  struct stat status;
  gint fd;

  if (stat (path, &status) == 0 && !check_device (path, &status, error))
    return -1;
  fd = open (path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    fail (path, "open", error);
  return fd;
}

GstVirtcamIdentity *
gst_virtcam_identity_read (const gchar *path, GError **error)
{
  gint fd = gst_virtcam_identity_open_device (path, error);
  GstVirtcamIdentity *self;

  if (fd < 0)
    return NULL;
  self = gst_virtcam_identity_read_fd (path, fd, error);
  close (fd);
  return self;
}

GstVirtcamIdentity *
gst_virtcam_identity_copy (const GstVirtcamIdentity *self)
{
  GstVirtcamIdentity *copy = g_memdup2 (self, sizeof *self);

  copy->path = g_strdup (self->path);
  copy->card = g_strdup (self->card);
  copy->bus_info = g_strdup (self->bus_info);
  copy->driver = g_strdup (self->driver);
  return copy;
}

void
gst_virtcam_identity_free (GstVirtcamIdentity *self)
{
  if (self == NULL)
    return;
  g_free (self->path);
  g_free (self->card);
  g_free (self->bus_info);
  g_free (self->driver);
  g_free (self);
}

guint32
gst_virtcam_identity_get_capabilities (const GstVirtcamIdentity *self)
{
  return self->capabilities & V4L2_CAP_DEVICE_CAPS ? self->device_caps
                                                   : self->capabilities;
}

gboolean
gst_virtcam_identity_is_camera (const GstVirtcamIdentity *self)
{
  const guint32 captures =
      V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE;
  const guint32 other =
      V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE | V4L2_CAP_TOUCH;
  guint32 has = gst_virtcam_identity_get_capabilities (self);

  return (has & captures) && (has & V4L2_CAP_STREAMING) && !(has & other);
}

GstVirtcamLikeness
gst_virtcam_identity_likeness (
    const GstVirtcamIdentity *self, const gchar *bus_info, const gchar *card)
{
  GstVirtcamLikeness likeness = GST_VIRTCAM_LIKENESS_NONE;

  /* what a driver leaves empty tells nothing */
  if (card && card[0] && g_str_equal (self->card, card))
    likeness |= GST_VIRTCAM_LIKENESS_CARD;
  if (bus_info && bus_info[0] && g_str_equal (self->bus_info, bus_info))
    likeness |= GST_VIRTCAM_LIKENESS_BUS_INFO;
  return likeness;
}
