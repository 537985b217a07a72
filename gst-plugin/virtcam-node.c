/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "virtcam-node-private.h"

#include <errno.h>
#include <fcntl.h>
#include <libv4l2.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

G_DEFINE_QUARK (virtcam - node - error - quark, virtcam_node_error)

gint
virtcam_node_ioctl (VirtcamNode *self, gulong request, gpointer argument)
{
  gint result;

  if (self->fd < 0) {
    errno = ENODEV;
    return -1;
  }
  do
    result = v4l2_ioctl (self->fd, request, argument);
  while (result < 0 && errno == EINTR);
  return result;
}

/* For what happens at every frame: goes past libv4l2 where it would pass on. */
gint
virtcam_node_ioctl_frame (VirtcamNode *self, gulong request, gpointer argument)
{
  gint result;

  if (!self->direct)
    return virtcam_node_ioctl (self, request, argument);
  do
    result = ioctl (self->fd, request, argument);
  while (result < 0 && errno == EINTR);
  return result;
}

static VirtcamNodeError
kind_of_errno (gint number)
{
  switch (number) {
  case ENOENT:
  case ENXIO:
  case ENOTDIR:
    return VIRTCAM_NODE_ERROR_NOT_FOUND;
  case EISDIR:
    return VIRTCAM_NODE_ERROR_NOT_CAPTURE;
  case EACCES:
  case EPERM:
    return VIRTCAM_NODE_ERROR_ACCESS;
  case EBUSY:
    return VIRTCAM_NODE_ERROR_BUSY;
  case ENODEV:
    return VIRTCAM_NODE_ERROR_GONE;
  case ENOTTY:
  case EINVAL:
    return VIRTCAM_NODE_ERROR_UNSUPPORTED;
  default:
    return VIRTCAM_NODE_ERROR_FAILED;
  }
}

gboolean
virtcam_node_fail (
    const VirtcamNode *self, gint number, const gchar *what, GError **error)
{
  g_set_error (error, VIRTCAM_NODE_ERROR, kind_of_errno (number),
      "%s of %s: %s", what, self->path, g_strerror (number));
  return FALSE;
}

/* A driver whose device goes away while a call is in it may give any error;
 * only a further call tells whether the device is still there. */
gboolean
virtcam_node_fail_streaming (
    VirtcamNode *self, const gchar *what, GError **error)
{
  gint number = errno;
  struct v4l2_capability capability;

  if (virtcam_node_ioctl (self, VIDIOC_QUERYCAP, &capability) < 0 &&
      errno == ENODEV)
    number = ENODEV;
  return virtcam_node_fail (self, number, what, error);
}

/* Opening */

static gboolean
open_fd (VirtcamNode *self, GError **error)
{
  struct timespec now;

  clock_gettime (CLOCK_REALTIME_COARSE, &now);
  self->opening_time =
      now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
  self->fd = open (self->path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (self->fd < 0 && (errno == ENODEV || errno == ENXIO)) {
    /* a node whose driver is just leaving, or a stale device file */
    return virtcam_node_fail (self, ENOENT, "open", error);
  }
  if (self->fd < 0)
    return virtcam_node_fail (self, errno, "open", error);
  return TRUE;
}

/* Once it has turned out to be no camera: refusal says why, and is taken. */
static gboolean
refuse_file (VirtcamNode *self, GError *refusal, GError **error)
{
  struct stat status;

  if (fstat (self->fd, &status) == 0 && !S_ISCHR (status.st_mode)) {
    g_clear_error (&refusal);
    g_set_error (error, VIRTCAM_NODE_ERROR, VIRTCAM_NODE_ERROR_NOT_CAPTURE,
        "%s is no character device", self->path);
  } else {
    g_propagate_error (error, refusal);
  }
  return FALSE;
}

static gboolean
refuse (VirtcamNode *self, guint32 has, GError **error)
{
  g_set_error (error, VIRTCAM_NODE_ERROR, VIRTCAM_NODE_ERROR_NOT_CAPTURE,
      "%s (%s) has capabilities 0x%08x, without video capture by streaming",
      self->path, self->identity->card, has);
  return FALSE;
}

static guint32
capabilities_of (const struct v4l2_capability *capability)
{
  return capability->capabilities & V4L2_CAP_DEVICE_CAPS
             ? capability->device_caps
             : capability->capabilities;
}

/* A failure only means that libv4l2 has nothing to add for the device: the
 * v4l2_* calls then pass the fd on to the kernel. */
static gboolean
open_library (VirtcamNode *self, GError **error)
{
  gint flags =
      self->convert ? V4L2_ENABLE_ENUM_FMT_EMULATION : V4L2_DISABLE_CONVERSION;

  if (v4l2_fd_open (self->fd, flags) >= 0 || !self->convert)
    return TRUE;
  g_set_error (error, VIRTCAM_NODE_ERROR, VIRTCAM_NODE_ERROR_UNSUPPORTED,
      "libv4l2 cannot convert for %s: %s", self->path, g_strerror (errno));
  return FALSE;
}

static gboolean
check_capability (VirtcamNode *self, GError **error)
{
  const guint32 any_capture =
      V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE;
  struct v4l2_capability capability = { 0 };
  GError *refusal = NULL;
  guint32 has;

  self->identity = virtcam_identity_read_fd (self->path, self->fd, &refusal);
  if (self->identity == NULL)
    return refuse_file (self, refusal, error);
  capability.capabilities = self->identity->capabilities;
  capability.device_caps = self->identity->device_caps;
  has = capabilities_of (&capability);
  if (!(has & any_capture) || !(has & V4L2_CAP_STREAMING))
    return refuse (self, has, error);

  /* it loads its plug-ins at each opening, which costs more than all the rest */
  self->direct = !self->convert && (has & V4L2_CAP_VIDEO_CAPTURE);
  if (self->direct)
    return TRUE;
  if (!open_library (self, error))
    return FALSE;
  if (has & V4L2_CAP_VIDEO_CAPTURE)
    return TRUE;

  /* libv4l2 may present a multi-planar device as a single-planar one */
  if (virtcam_node_ioctl (self, VIDIOC_QUERYCAP, &capability) == 0)
    has = capabilities_of (&capability);
  return (has & V4L2_CAP_VIDEO_CAPTURE) ? TRUE : refuse (self, has, error);
}

/* A NULL result has freed everything. path is copied. convert: libv4l2 offers
 * formats that the device has not. Its buffers are not the driver's then: they
 * can be mapped, but neither exported nor imported nor become more, and what is
 * in them is valid until the node is closed. */
VirtcamNode *
virtcam_node_open (const gchar *path, gboolean convert, GError **error)
{
  VirtcamNode *self = g_new0 (VirtcamNode, 1);

  self->path = g_strdup (path);
  self->convert = convert;
  self->fd = -1;
  self->epoll_fd = -1;
  self->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (self->wake_fd < 0) {
    virtcam_node_fail (self, errno, "eventfd", error);
    goto close_node;
  }
  if (!open_fd (self, error) || !check_capability (self, error))
    goto close_node;

  self->modes = virtcam_modes_new ();
  return self;

close_node:
  virtcam_node_close (self);
  return NULL;
}

void
virtcam_node_close (VirtcamNode *self)
{
  if (self == NULL)
    return;
  virtcam_modes_free (self->modes);
  virtcam_node_hang_up (self);
  if (self->wake_fd >= 0)
    close (self->wake_fd);
  virtcam_identity_free (self->identity);
  g_free (self->path);
  g_free (self);
}

/* Lets go of a device that is gone, so that its number is free for its return.
 * Every call fails with ENODEV from here on; what was enumerated is kept. */
void
virtcam_node_hang_up (VirtcamNode *self)
{
  /* a mapping would keep the device in it */
  virtcam_node_forget_waiting (self);
  if (self->fd >= 0)
    v4l2_close (self->fd);
  self->fd = -1;
  self->direct = FALSE;
}

gboolean
virtcam_node_is_hung_up (const VirtcamNode *self)
{
  return self->fd < 0;
}

/* Inherits old's interruption, so that one which comes or came while the device
 * is replaced is not lost. old can only be closed after this. */
void
virtcam_node_take_over (VirtcamNode *self, VirtcamNode *old)
{
  close (self->wake_fd);
  self->wake_fd = old->wake_fd;
  old->wake_fd = -1;
}

const gchar *
virtcam_node_get_path (const VirtcamNode *self)
{
  return self->path;
}

const gchar *
virtcam_node_get_card (const VirtcamNode *self)
{
  return self->identity->card;
}

/* The node's, and valid as long as it is. */
const VirtcamIdentity *
virtcam_node_get_identity (const VirtcamNode *self)
{
  return self->identity;
}

gboolean
virtcam_node_is_converting (const VirtcamNode *self)
{
  return self->convert;
}

/* Nanoseconds of CLOCK_REALTIME_COARSE. */
gint64
virtcam_node_get_opening_time (const VirtcamNode *self)
{
  return self->opening_time;
}

/* Settings */

gboolean
virtcam_node_get_format (
    VirtcamNode *self, struct v4l2_pix_format *picture, GError **error)
{
  struct v4l2_format format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

  if (virtcam_node_ioctl (self, VIDIOC_G_FMT, &format) < 0)
    return virtcam_node_fail (self, errno, "G_FMT", error);
  *picture = format.fmt.pix;
  return TRUE;
}

/* picture: the wish (0 where there is none), then what the device made of it,
 * which need not be the same. */
gboolean
virtcam_node_set_format (
    VirtcamNode *self, struct v4l2_pix_format *picture, GError **error)
{
  struct v4l2_format format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

  format.fmt.pix = *picture;
  if (virtcam_node_ioctl (self, VIDIOC_S_FMT, &format) < 0)
    return virtcam_node_fail_streaming (self, "S_FMT", error);
  *picture = format.fmt.pix;
  return TRUE;
}

/* interval: the wish, then what the device does; 0/0 when it does not say. */
gboolean
virtcam_node_set_interval (
    VirtcamNode *self, struct v4l2_fract *interval, GError **error)
{
  struct v4l2_streamparm parm = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
  gint result = -1;

  errno = 0;
  parm.parm.capture.timeperframe = *interval;
  if (interval->numerator > 0 && interval->denominator > 0)
    result = virtcam_node_ioctl (self, VIDIOC_S_PARM, &parm);
  if (result < 0 && errno == EBUSY)
    return virtcam_node_fail (self, errno, "S_PARM", error);
  if (result < 0)
    result = virtcam_node_ioctl (self, VIDIOC_G_PARM, &parm);
  if (result < 0 && errno == ENODEV)
    return virtcam_node_fail (self, errno, "G_PARM", error);

  if (result < 0)
    *interval = (struct v4l2_fract){ 0, 0 };
  else
    *interval = parm.parm.capture.timeperframe;
  return TRUE;
}

/* What of the native picture is taken; FALSE if the driver does not say. */
gboolean
virtcam_node_get_crop (VirtcamNode *self, struct v4l2_rect *crop)
{
  struct v4l2_selection selection = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .target = V4L2_SEL_TGT_CROP };

  if (virtcam_node_ioctl (self, VIDIOC_G_SELECTION, &selection) < 0)
    return FALSE;
  *crop = selection.r;
  return TRUE;
}

/* FALSE: what is captured is no analogue television. */
gboolean
virtcam_node_get_standard (VirtcamNode *self, v4l2_std_id *standard)
{
  return virtcam_node_ioctl (self, VIDIOC_G_STD, standard) == 0;
}

/* How many buffers the driver must have to go on capturing; 1 if unsaid. */
guint
virtcam_node_get_min_buffers (VirtcamNode *self)
{
  struct v4l2_control control = { .id = V4L2_CID_MIN_BUFFERS_FOR_CAPTURE };

  if (virtcam_node_ioctl (self, VIDIOC_G_CTRL, &control) < 0)
    return 1;
  return CLAMP (control.value, 1, VIDEO_MAX_FRAME);
}

/* Whether the device is still there: enumerations do not tell. */
gboolean
virtcam_node_check_present (VirtcamNode *self, GError **error)
{
  struct v4l2_capability capability;

  if (virtcam_node_ioctl (self, VIDIOC_QUERYCAP, &capability) < 0)
    return virtcam_node_fail (self, errno, "QUERYCAP", error);
  return TRUE;
}
