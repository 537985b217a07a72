/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "virtcam-node-private.h"

#include <errno.h>
#include <fcntl.h>
#include <libv4l2.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

G_DEFINE_QUARK (virtcam - node - error - quark, virtcam_node_error)

gint
virtcam_node_ioctl (VirtcamNode *self, gulong request, gpointer argument)
{
  gint result;

  do
    result = v4l2_ioctl (self->fd, request, argument);
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

static gboolean
fail (const VirtcamNode *self, gint number, const gchar *what, GError **error)
{
  g_set_error (error, VIRTCAM_NODE_ERROR, kind_of_errno (number),
      "%s of %s: %s", what, self->path, g_strerror (number));
  return FALSE;
}

/* A driver whose device goes away while a call is in it may give any error;
 * only a further call tells whether the device is still there. */
static gboolean
fail_streaming (VirtcamNode *self, const gchar *what, GError **error)
{
  gint number = errno;
  struct v4l2_capability capability;

  if (virtcam_node_ioctl (self, VIDIOC_QUERYCAP, &capability) < 0 &&
      errno == ENODEV)
    number = ENODEV;
  return fail (self, number, what, error);
}

/* Opening */

static gboolean
open_fd (VirtcamNode *self, GError **error)
{
  struct stat status;

  self->fd = open (self->path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (self->fd < 0 && (errno == ENODEV || errno == ENXIO)) {
    /* a node whose driver is just leaving, or a stale device file */
    return fail (self, ENOENT, "open", error);
  }
  if (self->fd < 0)
    return fail (self, errno, "open", error);

  if (fstat (self->fd, &status) < 0 || !S_ISCHR (status.st_mode)) {
    g_set_error (error, VIRTCAM_NODE_ERROR, VIRTCAM_NODE_ERROR_NOT_CAPTURE,
        "%s is no character device", self->path);
    return FALSE;
  }
  return TRUE;
}

static gboolean
refuse (VirtcamNode *self, guint32 has, GError **error)
{
  g_set_error (error, VIRTCAM_NODE_ERROR, VIRTCAM_NODE_ERROR_NOT_CAPTURE,
      "%s (%s) has capabilities 0x%08x, without video capture by streaming",
      self->path, self->card, has);
  return FALSE;
}

static guint32
capabilities_of (const struct v4l2_capability *capability)
{
  return capability->capabilities & V4L2_CAP_DEVICE_CAPS
             ? capability->device_caps
             : capability->capabilities;
}

static gboolean
check_capability (VirtcamNode *self, GError **error)
{
  const guint32 any_capture =
      V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE;
  struct v4l2_capability capability = { 0 };
  guint32 has;

  if (ioctl (self->fd, VIDIOC_QUERYCAP, &capability) < 0) {
    if (errno == ENODEV)
      return fail (self, ENOENT, "QUERYCAP", error);
    g_set_error (error, VIRTCAM_NODE_ERROR, VIRTCAM_NODE_ERROR_NOT_CAPTURE,
        "QUERYCAP of %s: %s", self->path, g_strerror (errno));
    return FALSE;
  }
  g_strlcpy (self->card, (const gchar *) capability.card, sizeof self->card);
  has = capabilities_of (&capability);
  if (!(has & any_capture) || !(has & V4L2_CAP_STREAMING))
    return refuse (self, has, error);

  /* A failure only means that libv4l2 has nothing to add for the device: the
   * v4l2_* calls then pass the fd on to the kernel. */
  v4l2_fd_open (self->fd, V4L2_DISABLE_CONVERSION);
  if (has & V4L2_CAP_VIDEO_CAPTURE)
    return TRUE;

  /* libv4l2 may present a multi-planar device as a single-planar one */
  if (virtcam_node_ioctl (self, VIDIOC_QUERYCAP, &capability) == 0)
    has = capabilities_of (&capability);
  return (has & V4L2_CAP_VIDEO_CAPTURE) ? TRUE : refuse (self, has, error);
}

/* A NULL result has freed everything. path is copied. */
VirtcamNode *
virtcam_node_open (const gchar *path, GError **error)
{
  VirtcamNode *self = g_new0 (VirtcamNode, 1);

  self->path = g_strdup (path);
  self->fd = -1;
  self->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (self->wake_fd < 0) {
    fail (self, errno, "eventfd", error);
    goto close_node;
  }
  if (!open_fd (self, error) || !check_capability (self, error))
    goto close_node;

  virtcam_modes_init (self);
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
  virtcam_modes_finish (self);
  if (self->fd >= 0)
    v4l2_close (self->fd);
  if (self->wake_fd >= 0)
    close (self->wake_fd);
  g_free (self->path);
  g_free (self);
}

const gchar *
virtcam_node_get_path (const VirtcamNode *self)
{
  return self->path;
}

const gchar *
virtcam_node_get_card (const VirtcamNode *self)
{
  return self->card;
}

/* Settings */

gboolean
virtcam_node_get_format (
    VirtcamNode *self, struct v4l2_pix_format *picture, GError **error)
{
  struct v4l2_format format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

  if (virtcam_node_ioctl (self, VIDIOC_G_FMT, &format) < 0)
    return fail (self, errno, "G_FMT", error);
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
    return fail_streaming (self, "S_FMT", error);
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
    return fail (self, errno, "S_PARM", error);
  if (result < 0)
    result = virtcam_node_ioctl (self, VIDIOC_G_PARM, &parm);
  if (result < 0 && errno == ENODEV)
    return fail (self, errno, "G_PARM", error);

  if (result < 0)
    *interval = (struct v4l2_fract){ 0, 0 };
  else
    *interval = parm.parm.capture.timeperframe;
  return TRUE;
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
    return fail (self, errno, "QUERYCAP", error);
  return TRUE;
}

/* Buffers */

/* count: the wish, then what there is. 0 frees the buffers; those that are
 * still mapped or exported live on without the node. */
gboolean
virtcam_node_request_buffers (VirtcamNode *self, guint *count, GError **error)
{
  struct v4l2_requestbuffers request = { .count = *count,
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_MMAP };

  if (virtcam_node_ioctl (self, VIDIOC_REQBUFS, &request) < 0)
    return fail_streaming (self, "REQBUFS", error);
  *count = request.count;
  return TRUE;
}

/* One buffer more, of the present format, while streaming. It must come to be
 * at index: the buffers are one array. */
gboolean
virtcam_node_create_buffer (VirtcamNode *self, guint index, GError **error)
{
  struct v4l2_create_buffers create = { .count = 1,
    .memory = V4L2_MEMORY_MMAP,
    .format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

  if (!virtcam_node_get_format (self, &create.format.fmt.pix, error))
    return FALSE;
  if (virtcam_node_ioctl (self, VIDIOC_CREATE_BUFS, &create) < 0)
    return fail_streaming (self, "CREATE_BUFS", error);
  if (create.count == 1 && create.index == index)
    return TRUE;
  g_set_error (error, VIRTCAM_NODE_ERROR, VIRTCAM_NODE_ERROR_UNSUPPORTED,
      "CREATE_BUFS of %s made %u buffers at %u, not one at %u", self->path,
      create.count, create.index, index);
  return FALSE;
}

static gboolean
query_buffer (
    VirtcamNode *self, guint index, struct v4l2_buffer *buffer, GError **error)
{
  memset (buffer, 0, sizeof *buffer);
  buffer->index = index;
  buffer->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  buffer->memory = V4L2_MEMORY_MMAP;
  if (virtcam_node_ioctl (self, VIDIOC_QUERYBUF, buffer) < 0)
    return fail_streaming (self, "QUERYBUF", error);
  return TRUE;
}

/* The mapping is the caller's, to be undone with munmap, also after close. */
gpointer
virtcam_node_map_buffer (
    VirtcamNode *self, guint index, gsize *length, GError **error)
{
  struct v4l2_buffer buffer;
  gpointer data;

  if (!query_buffer (self, index, &buffer, error))
    return NULL;
  data = v4l2_mmap (NULL, buffer.length, PROT_READ | PROT_WRITE, MAP_SHARED,
      self->fd, buffer.m.offset);
  if (data == MAP_FAILED) {
    fail_streaming (self, "mmap", error);
    return NULL;
  }
  *length = buffer.length;
  return data;
}

/* A dma-buf fd of the caller's, or -1. */
gint
virtcam_node_export_buffer (
    VirtcamNode *self, guint index, gsize *length, GError **error)
{
  struct v4l2_exportbuffer export = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .index = index,
    .flags = O_RDWR | O_CLOEXEC };
  struct v4l2_buffer buffer;

  if (!query_buffer (self, index, &buffer, error))
    return -1;
  if (virtcam_node_ioctl (self, VIDIOC_EXPBUF, &export) < 0) {
    fail_streaming (self, "EXPBUF", error);
    return -1;
  }
  *length = buffer.length;
  return export.fd;
}

gboolean
virtcam_node_queue (VirtcamNode *self, guint index, GError **error)
{
  struct v4l2_buffer buffer = { .index = index,
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_MMAP };

  if (virtcam_node_ioctl (self, VIDIOC_QBUF, &buffer) < 0)
    return fail_streaming (self, "QBUF", error);
  return TRUE;
}

/* FALSE without an error: nothing is there yet after all. */
gboolean
virtcam_node_dequeue (VirtcamNode *self, VirtcamFrame *frame, GError **error)
{
  struct v4l2_buffer buffer = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_MMAP };
  guint32 clock;

  if (virtcam_node_ioctl (self, VIDIOC_DQBUF, &buffer) < 0)
    return errno == EAGAIN ? FALSE : fail_streaming (self, "DQBUF", error);

  clock = buffer.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK;
  frame->index = buffer.index;
  frame->bytesused = buffer.bytesused;
  frame->sequence = buffer.sequence;
  frame->field = buffer.field;
  frame->time_ns = 0;
  if (clock == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC)
    frame->time_ns =
        (guint64) buffer.timestamp.tv_sec * G_GUINT64_CONSTANT (1000000000) +
        (guint64) buffer.timestamp.tv_usec * 1000;
  frame->damaged = (buffer.flags & V4L2_BUF_FLAG_ERROR) != 0;
  return TRUE;
}

gboolean
virtcam_node_stream_on (VirtcamNode *self, GError **error)
{
  gint type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

  if (virtcam_node_ioctl (self, VIDIOC_STREAMON, &type) < 0)
    return fail_streaming (self, "STREAMON", error);
  return TRUE;
}

/* Fails only if the device is gone, which is as good. */
void
virtcam_node_stream_off (VirtcamNode *self)
{
  gint type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

  virtcam_node_ioctl (self, VIDIOC_STREAMOFF, &type);
}

/* Waiting */

/* An error of the device counts as a frame: DQBUF will say what it is. */
VirtcamWait
virtcam_node_wait (VirtcamNode *self, GError **error)
{
  struct pollfd fds[] = {
    { .fd = self->fd, .events = POLLIN },
    { .fd = self->wake_fd, .events = POLLIN },
  };
  gint result;

  do
    result = poll (fds, G_N_ELEMENTS (fds), -1);
  while (result < 0 && errno == EINTR);

  if (result < 0) {
    fail (self, errno, "poll", error);
    return VIRTCAM_WAIT_FAILED;
  }
  return fds[1].revents ? VIRTCAM_WAIT_INTERRUPTED : VIRTCAM_WAIT_FRAME;
}

/* The present wait and every later one returns at once, until resume. */
void
virtcam_node_interrupt (VirtcamNode *self)
{
  guint64 one = 1;

  /* can only fail when the counter is full, and then it is readable too */
  if (write (self->wake_fd, &one, sizeof one) < 0)
    return;
}

void
virtcam_node_resume (VirtcamNode *self)
{
  guint64 count;

  /* fails when nobody interrupted, which is as good */
  if (read (self->wake_fd, &count, sizeof count) < 0)
    return;
}
