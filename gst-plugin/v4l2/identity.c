/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "v4l2/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>

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

static gint64
get_time (void)
{
  struct timespec now;

  clock_gettime (CLOCK_REALTIME_COARSE, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

GstVirtcamIdentity *
gst_virtcam_identity_read (const gchar *path, gint fd, GError **error)
{
  struct v4l2_capability capability = { 0 };
  gint64 asked_ns = get_time ();
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
  self = g_atomic_rc_box_new0 (GstVirtcamIdentity);
  self->path = g_strdup (path);
  self->is_link = g_file_test (path, G_FILE_TEST_IS_SYMLINK);
  self->asked_ns = asked_ns;
  self->card = read_text (capability.card, sizeof capability.card);
  self->bus_info = read_text (capability.bus_info, sizeof capability.bus_info);
  self->driver = read_text (capability.driver, sizeof capability.driver);
  self->version = capability.version;
  self->capabilities = capability.capabilities;
  self->device_caps = capability.device_caps;
  return self;
}

static void
clear_identity (gpointer data)
{
  GstVirtcamIdentity *self = data;

  g_free (self->path);
  g_free (self->card);
  g_free (self->bus_info);
  g_free (self->driver);
}

GstVirtcamIdentity *
gst_virtcam_identity_ref (GstVirtcamIdentity *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
gst_virtcam_identity_unref (GstVirtcamIdentity *self)
{
  g_atomic_rc_box_release_full (self, clear_identity);
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
