/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "v4l2/node.h"

#include <errno.h>
#include <fcntl.h>
#include <libv4l2.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "v4l2/modes.h"

struct _GstVirtcamNode {
  GstVirtcamIdentity *identity;
  gboolean convert; /* libv4l2 adds formats; their buffers are its own */
  guint32 type;     /* V4L2_BUF_TYPE_VIDEO_CAPTURE or _MPLANE */
  guint32 buffer_capabilities; /* the streaming thread's; 0: unsaid */
  gint fd;
  GstVirtcamModes *modes;
};

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

  if (self->convert)
    return gst_virtcam_node_ioctl (self, request, argument);
  do
    result = ioctl (self->fd, request, argument);
  while (result < 0 && errno == EINTR);
  return result;
}

static gboolean
fail (const gchar *path, gint number, const gchar *what, GError **error)
{
  g_set_error (error, GST_VIRTCAM_NODE_ERROR,
      gst_virtcam_node_error_from_errno (number), "%s of %s: %s", what, path,
      g_strerror (number));
  return FALSE;
}

gboolean
gst_virtcam_node_fail (
    const GstVirtcamNode *self, gint number, const gchar *what, GError **error)
{
  return fail (self->identity->path, number, what, error);
}

gboolean
gst_virtcam_node_fail_streaming (
    GstVirtcamNode *self, const gchar *what, GError **error)
{
  gint number = errno;
  struct v4l2_capability capability;

  if (gst_virtcam_node_ioctl (self, VIDIOC_QUERYCAP, &capability) < 0 &&
      errno == ENODEV)
    number = ENODEV;
  return gst_virtcam_node_fail (self, number, what, error);
}

/* Opening */

static gboolean
check_capabilities (const GstVirtcamIdentity *identity, GError **error)
{
  const guint32 any_capture =
      V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE;
  guint32 has = gst_virtcam_identity_get_capabilities (identity);

  if ((has & any_capture) && (has & V4L2_CAP_STREAMING))
    return TRUE;
  g_set_error (error, GST_VIRTCAM_NODE_ERROR,
      GST_VIRTCAM_NODE_ERROR_NOT_CAPTURE,
      "%s (%s) has capabilities 0x%08x, without video capture by streaming",
      identity->path, identity->card, has);
  return FALSE;
}

/* libv4l2 loads its plug-ins at each opening, which costs more than all the
 * rest. */
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
node_new (const gchar *path, gint fd, gboolean convert, GError **error)
{
  g_autoptr (GstVirtcamIdentity) identity =
      gst_virtcam_identity_read (path, fd, error);
  GstVirtcamNode *self;

  if (identity == NULL || !check_capabilities (identity, error) ||
      (convert && !open_library (fd, path, error))) {
    close (fd);
    return NULL;
  }
  self = g_atomic_rc_box_new0 (GstVirtcamNode);
  self->type =
      gst_virtcam_identity_get_capabilities (identity) & V4L2_CAP_VIDEO_CAPTURE
          ? V4L2_BUF_TYPE_VIDEO_CAPTURE
          : V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
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

/* A reference, or NULL with an error. convert: libv4l2 offers formats that the
 * device has not. Its buffers are not the driver's then: they can be mapped, but
 * neither exported nor imported nor become more, and what is in them is valid
 * until the node is closed. */
GstVirtcamNode *
gst_virtcam_node_open (const gchar *path, gboolean convert, GError **error)
{
  gint fd = gst_virtcam_identity_open_device (path, error);

  return fd < 0 ? NULL : node_new (path, fd, convert, error);
}

/* The same for a node that somebody else has opened as fd, for reading and
 * writing, and keeps open; it does not block from here on. */
GstVirtcamNode *
gst_virtcam_node_open_fd (gint fd, gboolean convert, GError **error)
{
  g_autofree gchar *name = g_strdup_printf ("fd %d", fd);
  g_autofree gchar *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autofree gchar *target = g_file_read_link (link, NULL);
  const gchar *path = target ? target : name;
  gint own = fcntl (fd, F_DUPFD_CLOEXEC, 0);
  g_autoptr (GstVirtcamNode) node = NULL;

  if (own < 0) {
    fail (path, errno, "fcntl", error);
    return NULL;
  }
  node = node_new (path, own, convert, error);
  /* the flag is everybody's who has the file: not before it is a camera */
  if (node == NULL ||
      fcntl (own, F_SETFL, fcntl (own, F_GETFL) | O_NONBLOCK) >= 0)
    return g_steal_pointer (&node);
  fail (path, errno, "fcntl", error);
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
  return self->buffer_capabilities != 0;
}

gboolean
gst_virtcam_node_can_remove_buffers (const GstVirtcamNode *self)
{
  /* V4L2_BUF_CAP_SUPPORTS_REMOVE_BUFS */
  return (self->buffer_capabilities & 1u << 8) != 0;
}

/* Settings */

/* What the two APIs say of a picture is the same, but for more bits in one. */
static void
from_planes (struct v4l2_pix_format *picture,
    const struct v4l2_pix_format_mplane *planes)
{
  guint32 size = 0;

  for (guint i = 0; i < MIN (planes->num_planes, VIDEO_MAX_PLANES); i++)
    size += planes->plane_fmt[i].sizeimage;
  *picture = (struct v4l2_pix_format){ .width = planes->width,
    .height = planes->height,
    .pixelformat = planes->pixelformat,
    .field = planes->field,
    .bytesperline = planes->plane_fmt[0].bytesperline,
    .sizeimage = size,
    .colorspace = planes->colorspace,
    .priv = V4L2_PIX_FMT_PRIV_MAGIC,
    .flags = planes->flags,
    .ycbcr_enc = planes->ycbcr_enc,
    .quantization = planes->quantization,
    .xfer_func = planes->xfer_func };
}

static void
to_planes (struct v4l2_pix_format_mplane *to,
    const struct v4l2_pix_format *picture,
    const struct v4l2_plane_pix_format *planes)
{
  *to = (struct v4l2_pix_format_mplane){ .width = picture->width,
    .height = picture->height,
    .pixelformat = picture->pixelformat,
    .field = picture->field,
    .colorspace = picture->colorspace,
    .num_planes = 1,
    .flags = picture->flags,
    .ycbcr_enc = picture->ycbcr_enc,
    .quantization = picture->quantization,
    .xfer_func = picture->xfer_func };
  memcpy (to->plane_fmt, planes, sizeof to->plane_fmt);
  to->plane_fmt[0].bytesperline = picture->bytesperline;
  to->plane_fmt[0].sizeimage = picture->sizeimage;
}

static gboolean
has_planes (const GstVirtcamNode *self)
{
  return self->type == V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
}

static void
read_format (const GstVirtcamNode *self, const struct v4l2_format *format,
    struct v4l2_pix_format *picture)
{
  if (has_planes (self))
    from_planes (picture, &format->fmt.pix_mp);
  else
    *picture = format->fmt.pix;
}

/* In the words of the device's API. */
gboolean
gst_virtcam_node_ask_format (
    GstVirtcamNode *self, struct v4l2_format *format, GError **error)
{
  *format = (struct v4l2_format){ .type = self->type };
  if (gst_virtcam_node_ioctl (self, VIDIOC_G_FMT, format) < 0)
    return gst_virtcam_node_fail (self, errno, "G_FMT", error);
  return TRUE;
}

gboolean
gst_virtcam_node_get_format (
    GstVirtcamNode *self, struct v4l2_pix_format *picture, GError **error)
{
  struct v4l2_format format;

  if (!gst_virtcam_node_ask_format (self, &format, error))
    return FALSE;
  read_format (self, &format, picture);
  return TRUE;
}

/* picture: the wish (0 where there is none), then what the device made of it,
 * which need not be the same. planes, VIDEO_MAX_PLANES of them: the same for the
 * second one and those that follow, which have pieces of memory of their own. */
gboolean
gst_virtcam_node_set_format (GstVirtcamNode *self,
    struct v4l2_pix_format *picture, struct v4l2_plane_pix_format *planes,
    GError **error)
{
  struct v4l2_format format = { .type = self->type };

  if (has_planes (self))
    to_planes (&format.fmt.pix_mp, picture, planes);
  else
    format.fmt.pix = *picture;
  if (gst_virtcam_node_ioctl (self, VIDIOC_S_FMT, &format) < 0)
    return gst_virtcam_node_fail_streaming (self, "S_FMT", error);
  read_format (self, &format, picture);
  if (has_planes (self))
    memcpy (planes, format.fmt.pix_mp.plane_fmt,
        sizeof format.fmt.pix_mp.plane_fmt);
  return TRUE;
}

/* Whether it can be said in caps, whose numbers are ints. */
gboolean
gst_virtcam_fract_is_valid (const struct v4l2_fract *fract)
{
  return fract->numerator > 0 && fract->numerator <= G_MAXINT &&
         fract->denominator > 0 && fract->denominator <= G_MAXINT;
}

/* interval: the wish, then what the device does; 0/0 when it does not say, or
 * what cannot be. */
gboolean
gst_virtcam_node_set_interval (
    GstVirtcamNode *self, struct v4l2_fract *interval, GError **error)
{
  struct v4l2_streamparm parm = { .type = self->type };
  gint result = -1;

  errno = 0;
  parm.parm.capture.timeperframe = *interval;
  if (interval->numerator > 0 && interval->denominator > 0)
    result = gst_virtcam_node_ioctl (self, VIDIOC_S_PARM, &parm);
  if (result < 0 && errno == EBUSY)
    return gst_virtcam_node_fail (self, errno, "S_PARM", error);
  if (result < 0)
    result = gst_virtcam_node_ioctl (self, VIDIOC_G_PARM, &parm);
  if (result < 0 && errno == ENODEV)
    return gst_virtcam_node_fail (self, errno, "G_PARM", error);

  *interval = parm.parm.capture.timeperframe;
  if (result < 0 || !gst_virtcam_fract_is_valid (interval))
    *interval = (struct v4l2_fract){ 0, 0 };
  return TRUE;
}

/* What of the native picture is taken; FALSE if the driver does not say, or what
 * cannot be. */
gboolean
gst_virtcam_node_get_crop (GstVirtcamNode *self, struct v4l2_rect *crop)
{
  struct v4l2_selection selection = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .target = V4L2_SEL_TGT_CROP };

  if (gst_virtcam_node_ioctl (self, VIDIOC_G_SELECTION, &selection) < 0)
    return FALSE;
  *crop = selection.r;
  return crop->width > 0 && crop->width <= G_MAXINT && crop->height > 0 &&
         crop->height <= G_MAXINT;
}

/* FALSE: what is captured is no analogue television. */
gboolean
gst_virtcam_node_get_standard (GstVirtcamNode *self, v4l2_std_id *standard)
{
  return gst_virtcam_node_ioctl (self, VIDIOC_G_STD, standard) == 0;
}

/* How many buffers the driver must have to go on capturing; 1 if unsaid. */
guint
gst_virtcam_node_get_min_buffers (GstVirtcamNode *self)
{
  struct v4l2_control control = { .id = V4L2_CID_MIN_BUFFERS_FOR_CAPTURE };

  if (gst_virtcam_node_ioctl (self, VIDIOC_G_CTRL, &control) < 0)
    return 1;
  return CLAMP (control.value, 1, VIDEO_MAX_FRAME);
}

/* Whether the device is still there: enumerations do not tell. */
gboolean
gst_virtcam_node_check_present (GstVirtcamNode *self, GError **error)
{
  struct v4l2_capability capability;

  if (gst_virtcam_node_ioctl (self, VIDIOC_QUERYCAP, &capability) < 0)
    return gst_virtcam_node_fail (self, errno, "QUERYCAP", error);
  return TRUE;
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
