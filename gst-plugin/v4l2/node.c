/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "v4l2/node.h"

#include <errno.h>
#include <fcntl.h>
#include <libv4l2.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "v4l2/modes.h"

struct _GstVirtcamNode {
  GstVirtcamIdentity *identity;
  GstVirtcamDirection direction;
  gboolean convert; /* libv4l2 adds formats; their buffers are its own */
  guint32 type;     /* V4L2_BUF_TYPE_VIDEO_*, perhaps _MPLANE */
  guint32 buffer_capabilities; /* the streaming thread's; 0: unsaid */
  gint fd;
  GstVirtcamModes *modes;
};

/* Calls, and what becomes of them */

/* A name with dashes, which clang-format takes for a subtraction. */
/* clang-format off */
G_DEFINE_QUARK (gst-virtcam-node-error-quark, gst_virtcam_node_error)
/* clang-format on */

gint
gst_virtcam_node_ioctl (GstVirtcamNode *self, gulong request, gpointer argument)
{
  gint result;

  do
    result = v4l2_ioctl (self->fd, request, argument);
  while (result < 0 && errno == EINTR);
  return result;
}

gint
gst_virtcam_node_ioctl_frame (
    GstVirtcamNode *self, gulong request, gpointer argument)
{
  gint result;

  do
    result = self->convert ? v4l2_ioctl (self->fd, request, argument)
                           : ioctl (self->fd, request, argument);
  while (result < 0 && errno == EINTR);
  return result;
}

static GstVirtcamNodeError
kind_of_errno (gint number)
{
  switch (number) {
  case ENOENT:
  case ENXIO:
  case ENOTDIR:
    return GST_VIRTCAM_NODE_ERROR_NOT_FOUND;
  case EISDIR:
    return GST_VIRTCAM_NODE_ERROR_NOT_CAPTURE;
  case EACCES:
  case EPERM:
    return GST_VIRTCAM_NODE_ERROR_ACCESS;
  case EBUSY:
    return GST_VIRTCAM_NODE_ERROR_BUSY;
  case ENODEV:
    return GST_VIRTCAM_NODE_ERROR_GONE;
  case ENOTTY:
  case EINVAL:
    return GST_VIRTCAM_NODE_ERROR_UNSUPPORTED;
  case EIO:
    return GST_VIRTCAM_NODE_ERROR_IO;
  default:
    return GST_VIRTCAM_NODE_ERROR_FAILED;
  }
}

static gboolean
fail (const gchar *path, const gchar *what, gint number,
    GstVirtcamNodeError kind, GError **error)
{
  g_set_error (error, GST_VIRTCAM_NODE_ERROR, kind, "%s of %s: %s", what, path,
      g_strerror (number));
  return FALSE;
}

gboolean
gst_virtcam_node_fail (GstVirtcamNode *self, const gchar *what, GError **error)
{
  gint number = errno;
  struct v4l2_capability capability;

  if (error &&
      gst_virtcam_node_ioctl (self, VIDIOC_QUERYCAP, &capability) < 0 &&
      errno == ENODEV)
    number = ENODEV;
  return fail (
      self->identity->path, what, number, kind_of_errno (number), error);
}

/* Which device it is */

static GstVirtcamNodeError
kind_at_opening (gint number)
{
  switch (number) {
  case ENODEV: /* whose driver is just leaving, or a stale device file */
    return GST_VIRTCAM_NODE_ERROR_NOT_FOUND;
  case ENOTTY:
  case EINVAL:
    return GST_VIRTCAM_NODE_ERROR_NOT_CAPTURE;
  default:
    return kind_of_errno (number);
  }
}

static gboolean
fail_to_open (const gchar *path, const gchar *what, GError **error)
{
  gint number = errno;

  return fail (path, what, number, kind_at_opening (number), error);
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

/* A text of the kernel's need not end, nor be UTF-8. */
static gchar *
read_text (const __u8 *text, gsize size)
{
  const gchar *start = (const gchar *) text;

  return g_utf8_make_valid (start, strnlen (start, size));
}

static gint64
get_time (void)
{
  struct timespec now;

  clock_gettime (CLOCK_REALTIME_COARSE, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

/* By QUERYCAP. */
static GstVirtcamIdentity *
identity_new (const gchar *path, gint fd, GError **error)
{
  struct v4l2_capability capability = { 0 };
  gint64 asked_ns = get_time ();
  GstVirtcamIdentity *self;
  gint result;

  do
    result = ioctl (fd, VIDIOC_QUERYCAP, &capability);
  while (result < 0 && errno == EINTR);
  if (result < 0) {
    fail_to_open (path, "QUERYCAP", error);
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

/* V4L2_CAP_* of the node; of the whole device from drivers before Linux 3.4. */
static guint32
capabilities_of (const GstVirtcamIdentity *self)
{
  return self->capabilities & V4L2_CAP_DEVICE_CAPS ? self->device_caps
                                                   : self->capabilities;
}

/* What nodes of each direction can do, and what sets the multi-planar ones of
 * them apart; their buffers' types. */
static const struct {
  guint32 plain, planes;
  guint32 plain_type, planes_type;
  const gchar *words;
} directions[] = {
  [GST_VIRTCAM_CAPTURE] = { V4L2_CAP_VIDEO_CAPTURE,
      V4L2_CAP_VIDEO_CAPTURE_MPLANE, V4L2_BUF_TYPE_VIDEO_CAPTURE,
      V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE, "video capture" },
  [GST_VIRTCAM_OUTPUT] = { V4L2_CAP_VIDEO_OUTPUT, V4L2_CAP_VIDEO_OUTPUT_MPLANE,
      V4L2_BUF_TYPE_VIDEO_OUTPUT, V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE,
      "video output" },
};

static gboolean
streams (const GstVirtcamIdentity *self, GstVirtcamDirection direction)
{
  const guint32 any =
      directions[direction].plain | directions[direction].planes;

  return (capabilities_of (self) & any) &&
         (capabilities_of (self) & V4L2_CAP_STREAMING);
}

gboolean
gst_virtcam_identity_is (
    const GstVirtcamIdentity *self, GstVirtcamDirection direction)
{
  const guint32 other =
      V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE | V4L2_CAP_TOUCH;

  return streams (self, direction) && !(capabilities_of (self) & other);
}

gboolean
gst_virtcam_identity_is_camera (const GstVirtcamIdentity *self)
{
  return gst_virtcam_identity_is (self, GST_VIRTCAM_CAPTURE);
}

/* Opening */

static gboolean
check_direction (const GstVirtcamIdentity *identity,
    GstVirtcamDirection direction, GError **error)
{
  if (streams (identity, direction))
    return TRUE;
  g_set_error (error, GST_VIRTCAM_NODE_ERROR,
      GST_VIRTCAM_NODE_ERROR_NOT_CAPTURE,
      "%s (%s) has capabilities 0x%08x, without %s by streaming",
      identity->path, identity->card, capabilities_of (identity),
      directions[direction].words);
  return FALSE;
}

static gboolean
open_library (gint fd, const gchar *path, GError **error)
{
  if (v4l2_fd_open (fd, V4L2_ENABLE_ENUM_FMT_EMULATION) >= 0)
    return TRUE;
  g_set_error (error, GST_VIRTCAM_NODE_ERROR,
      GST_VIRTCAM_NODE_ERROR_UNSUPPORTED, "libv4l2 cannot convert for %s: %s",
      path, g_strerror (errno));
  return FALSE;
}

/* Takes fd, which is path, open. */
static GstVirtcamNode *
node_new (const gchar *path, gint fd, GstVirtcamDirection direction,
    gboolean convert, GError **error)
{
  g_autoptr (GstVirtcamIdentity) identity = identity_new (path, fd, error);
  GstVirtcamNode *self;

  /* libv4l2 comes last: it loads its plug-ins at each opening, which costs more
   * than all the rest */
  if (identity == NULL || !check_direction (identity, direction, error) ||
      (convert && !open_library (fd, path, error))) {
    close (fd);
    return NULL;
  }
  self = g_atomic_rc_box_new0 (GstVirtcamNode);
  self->direction = direction;
  self->type = capabilities_of (identity) & directions[direction].plain
                   ? directions[direction].plain_type
                   : directions[direction].planes_type;
  self->identity = g_steal_pointer (&identity);
  self->convert = convert;
  self->fd = fd;
  self->modes = gst_virtcam_modes_new (self);
  return self;
}

static void
close_node (gpointer data)
{
  GstVirtcamNode *self = data;

  gst_virtcam_modes_free (self->modes);
  v4l2_close (self->fd);
  gst_virtcam_identity_unref (self->identity);
}

/* What is no character device is not opened: opening a FIFO, say, has effects. */
static GstVirtcamNode *
open_path (const gchar *path, GstVirtcamDirection direction, gboolean convert,
    GError **error)
{
  struct stat status;
  gint fd;

  if (stat (path, &status) == 0 && !check_device (path, &status, error))
    return NULL;
  fd = open (path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd >= 0)
    return node_new (path, fd, direction, convert, error);
  fail_to_open (path, "open", error);
  return NULL;
}

/* A capture node: a reference, or NULL with an error. convert: libv4l2 offers formats that the
 * device has not. Its buffers are not the driver's then: they can be mapped, but
 * neither exported nor imported nor become more, and what is in them is valid
 * until the node is closed. */
GstVirtcamNode *
gst_virtcam_node_open (const gchar *path, gboolean convert, GError **error)
{
  return open_path (path, GST_VIRTCAM_CAPTURE, convert, error);
}

/* The same for an output node. */
GstVirtcamNode *
gst_virtcam_node_open_output (const gchar *path, GError **error)
{
  return open_path (path, GST_VIRTCAM_OUTPUT, FALSE, error);
}

/* The same for a capture node that somebody else has opened as fd, for reading and
 * writing, and keeps open; it does not block from here on. */
GstVirtcamNode *
gst_virtcam_node_open_fd (gint fd, gboolean convert, GError **error)
{
  g_autofree gchar *name = g_strdup_printf ("fd %d", fd);
  g_autofree gchar *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autofree gchar *target = g_file_read_link (link, NULL);
  const gchar *path = target ? target : name;
  g_autoptr (GstVirtcamNode) node = NULL;
  struct stat status;
  gint own;

  if (fstat (fd, &status) == 0 && !check_device (path, &status, error))
    return NULL;
  own = fcntl (fd, F_DUPFD_CLOEXEC, 0);
  if (own >= 0)
    node = node_new (path, own, GST_VIRTCAM_CAPTURE, convert, error);
  /* the flag is everybody's who has the file: not before it is a camera */
  if (node && fcntl (own, F_SETFL, fcntl (own, F_GETFL) | O_NONBLOCK) >= 0)
    return g_steal_pointer (&node);
  if (node || own < 0)
    fail_to_open (path, "fcntl", error);
  return NULL;
}

GstVirtcamNode *
gst_virtcam_node_ref (GstVirtcamNode *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
gst_virtcam_node_unref (GstVirtcamNode *self)
{
  g_atomic_rc_box_release_full (self, close_node);
}

const gchar *
gst_virtcam_node_get_path (const GstVirtcamNode *self)
{
  return self->identity->path;
}

/* The node's. */
GstVirtcamIdentity *
gst_virtcam_node_get_identity (const GstVirtcamNode *self)
{
  return self->identity;
}

gboolean
gst_virtcam_node_is_converting (const GstVirtcamNode *self)
{
  return self->convert;
}

guint32
gst_virtcam_node_get_type (const GstVirtcamNode *self)
{
  return self->type;
}

GstVirtcamDirection
gst_virtcam_node_get_direction (const GstVirtcamNode *self)
{
  return self->direction;
}

GstVirtcamModes *
gst_virtcam_node_get_modes (GstVirtcamNode *self)
{
  return self->modes;
}

/* The node's, to wait by. */
gint
gst_virtcam_node_get_fd (const GstVirtcamNode *self)
{
  return self->fd;
}

void
gst_virtcam_node_note_buffers (GstVirtcamNode *self, guint32 capabilities)
{
  self->buffer_capabilities = self->convert ? 0 : capabilities;
}

gboolean
gst_virtcam_node_is_steady (const GstVirtcamNode *self)
{
  return self->direction == GST_VIRTCAM_CAPTURE &&
         self->buffer_capabilities != 0;
}

gboolean
gst_virtcam_node_can_remove_buffers (const GstVirtcamNode *self)
{
  /* V4L2_BUF_CAP_SUPPORTS_REMOVE_BUFS */
  return (self->buffer_capabilities & 1u << 8) != 0;
}

/* Whether the device is still there: enumerations do not tell. */
gboolean
gst_virtcam_node_check_present (GstVirtcamNode *self, GError **error)
{
  struct v4l2_capability capability;

  return gst_virtcam_node_ioctl (self, VIDIOC_QUERYCAP, &capability) >= 0 ||
         gst_virtcam_node_fail (self, "QUERYCAP", error);
}

/* Events */

/* FALSE: the driver has no such events. id: a control's, or for SOURCE_CHANGE
 * the index of the input. */
gboolean
gst_virtcam_node_subscribe (GstVirtcamNode *self, guint32 type, guint32 id)
{
  struct v4l2_event_subscription subscription = { .type = type, .id = id };

  return gst_virtcam_node_ioctl (self, VIDIOC_SUBSCRIBE_EVENT, &subscription) ==
         0;
}

/* FALSE: there is none (any more). */
gboolean
gst_virtcam_node_dequeue_event (GstVirtcamNode *self, struct v4l2_event *event)
{
  return gst_virtcam_node_ioctl (self, VIDIOC_DQEVENT, event) == 0;
}
