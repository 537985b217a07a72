/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a node enumerates. Each list is asked of the device once, when somebody
 * wants to know it. Whether the source is interlaced may change at any time, and
 * is asked each time. */

#include "v4l2/modes.h"

#include <errno.h>
#include <string.h>

/* no device has more; ends the loop with a driver that never says EINVAL */
#define MAX_ENTRIES 4096

/* What is listed: formats (all 0), sizes of a format, intervals of a size. */
typedef struct {
  guint32 fourcc, width, height;
} ModeKey;

struct _GstVirtcamModes {
  GstVirtcamNode *node; /* whose they are; it lives longer */

  /* guards all below; caps queries come from any thread */
  GMutex lock;
  GHashTable *lists; /* of GArray */
  gboolean has_native;
  struct v4l2_cropcap native;
};

typedef enum { NO_SUCH, ONE_OF_MANY, LAST_ONE } Answer;
typedef Answer (*Ask) (
    GstVirtcamNode *node, const ModeKey *key, guint n, gpointer item);

static guint
mode_key_hash (gconstpointer data)
{
  const ModeKey *key = data;

  return (key->fourcc * 31 + key->width) * 31 + key->height;
}

static gboolean
mode_key_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof (ModeKey)) == 0;
}

GstVirtcamModes *
gst_virtcam_modes_new (GstVirtcamNode *node)
{
  GstVirtcamModes *self = g_new0 (GstVirtcamModes, 1);

  self->node = node;
  g_mutex_init (&self->lock);
  self->lists = g_hash_table_new_full (
      mode_key_hash, mode_key_equal, g_free, (GDestroyNotify) g_array_unref);
  return self;
}

void
gst_virtcam_modes_free (GstVirtcamModes *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->lists);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* For a device that now enumerates something else. */
void
gst_virtcam_modes_forget (GstVirtcamModes *self)
{
  g_mutex_lock (&self->lock);
  g_hash_table_remove_all (self->lists);
  self->has_native = FALSE;
  g_mutex_unlock (&self->lock);
}

/* NULL: the device is gone before it has told all. */
static GArray *
ask_all (GstVirtcamNode *node, const ModeKey *key, Ask ask, gsize item_size)
{
  g_autoptr (GArray) list = g_array_new (FALSE, TRUE, item_size);
  Answer answer = ONE_OF_MANY;

  while (answer == ONE_OF_MANY && list->len < MAX_ENTRIES) {
    guint n = list->len;

    g_array_set_size (list, n + 1);
    answer = ask (node, key, n, list->data + n * item_size);
  }
  if (answer == NO_SUCH && errno == ENODEV)
    return NULL;
  if (answer == NO_SUCH)
    g_array_set_size (list, list->len - 1);
  return g_steal_pointer (&list);
}

/* The caller's reference. */
static GArray *
get_list (GstVirtcamModes *self, const ModeKey *key, Ask ask, gsize item_size)
{
  GArray *list;

  g_mutex_lock (&self->lock);
  list = g_hash_table_lookup (self->lists, key);
  if (list == NULL) {
    list = ask_all (self->node, key, ask, item_size);
    if (list)
      g_hash_table_insert (self->lists, g_memdup2 (key, sizeof *key), list);
  }
  if (list)
    g_array_ref (list);
  g_mutex_unlock (&self->lock);
  return list ? list : g_array_new (FALSE, FALSE, item_size);
}

static Answer
ask_format (GstVirtcamNode *node, const ModeKey *key, guint n, gpointer item)
{
  struct v4l2_fmtdesc *format = item;

  format->index = n;
  format->type = gst_virtcam_node_get_type (node);
  if (gst_virtcam_node_ioctl (node, VIDIOC_ENUM_FMT, format) < 0)
    return NO_SUCH;
  /* libv4l2 lists what it converts to after what the device has */
  if ((format->flags & V4L2_FMT_FLAG_EMULATED) &&
      !gst_virtcam_node_is_converting (node)) {
    errno = EINVAL;
    return NO_SUCH;
  }
  return ONE_OF_MANY;
}

/* A device that enumerates no sizes has at least the one that is set. */
static Answer
ask_current_size (GstVirtcamNode *node, struct v4l2_frmsizeenum *size)
{
  struct v4l2_pix_format picture;

  if (!gst_virtcam_node_get_format (node, &picture, NULL))
    return NO_SUCH;
  *size = (struct v4l2_frmsizeenum){ .type = V4L2_FRMSIZE_TYPE_DISCRETE,
    .discrete = { picture.width, picture.height } };
  return LAST_ONE;
}

static Answer
ask_size (GstVirtcamNode *node, const ModeKey *key, guint n, gpointer item)
{
  struct v4l2_frmsizeenum *size = item;

  size->index = n;
  size->pixel_format = key->fourcc;
  if (gst_virtcam_node_ioctl (node, VIDIOC_ENUM_FRAMESIZES, size) < 0)
    return n == 0 && errno != ENODEV ? ask_current_size (node, size) : NO_SUCH;
  return size->type == V4L2_FRMSIZE_TYPE_DISCRETE ? ONE_OF_MANY : LAST_ONE;
}

static Answer
ask_interval (GstVirtcamNode *node, const ModeKey *key, guint n, gpointer item)
{
  struct v4l2_frmivalenum *interval = item;

  *interval = (struct v4l2_frmivalenum){ .index = n,
    .pixel_format = key->fourcc,
    .width = key->width,
    .height = key->height };
  if (gst_virtcam_node_ioctl (node, VIDIOC_ENUM_FRAMEINTERVALS, interval) < 0)
    return NO_SUCH;
  return interval->type == V4L2_FRMIVAL_TYPE_DISCRETE ? ONE_OF_MANY : LAST_ONE;
}

/* Of struct v4l2_fmtdesc. */
GArray *
gst_virtcam_modes_get_formats (GstVirtcamModes *self)
{
  return get_list (
      self, &(ModeKey){ 0 }, ask_format, sizeof (struct v4l2_fmtdesc));
}

/* flags: V4L2_FMT_FLAG_*; EMULATED where libv4l2 makes the format of another one.
 * FALSE: there is no such format. */
gboolean
gst_virtcam_modes_get_flags (
    GstVirtcamModes *self, guint32 fourcc, guint32 *flags)
{
  g_autoptr (GArray) formats = gst_virtcam_modes_get_formats (self);

  for (guint i = 0; i < formats->len; i++) {
    const struct v4l2_fmtdesc *format =
        &g_array_index (formats, struct v4l2_fmtdesc, i);

    *flags = format->flags;
    if (format->pixelformat == fourcc)
      return TRUE;
  }
  return FALSE;
}

/* Of struct v4l2_frmsizeenum. One whose pixel_format is 0 is the size that is
 * set, of a device that does not list any. */
GArray *
gst_virtcam_modes_get_sizes (GstVirtcamModes *self, guint32 fourcc)
{
  return get_list (self, &(ModeKey){ .fourcc = fourcc }, ask_size,
      sizeof (struct v4l2_frmsizeenum));
}

/* Of struct v4l2_frmivalenum; empty where the device does not list any. */
GArray *
gst_virtcam_modes_get_intervals (
    GstVirtcamModes *self, guint32 fourcc, guint width, guint height)
{
  return get_list (self, &(ModeKey){ fourcc, width, height }, ask_interval,
      sizeof (struct v4l2_frmivalenum));
}

/* Whether the source is interlaced, as it is set now. */
gboolean
gst_virtcam_modes_have_fields (GstVirtcamModes *self)
{
  struct v4l2_pix_format picture;

  return gst_virtcam_node_get_format (self->node, &picture, NULL) &&
         (V4L2_FIELD_HAS_BOTH (picture.field) ||
             V4L2_FIELD_HAS_T_OR_B (picture.field));
}

static void
ask_native (GstVirtcamNode *self, struct v4l2_cropcap *native)
{
  *native = (struct v4l2_cropcap){ .type = gst_virtcam_node_get_type (self) };
  if (gst_virtcam_node_ioctl (self, VIDIOC_CROPCAP, native) < 0)
    memset (native, 0, sizeof *native);
  if (!gst_virtcam_fract_is_valid (&native->pixelaspect))
    native->pixelaspect = (struct v4l2_fract){ 1, 1 };
}

/* What the device sees before it crops and scales. Empty rectangles: it does
 * not say; the shape of a pixel is always there. */
struct v4l2_cropcap
gst_virtcam_modes_get_native (GstVirtcamModes *self)
{
  struct v4l2_cropcap native;

  g_mutex_lock (&self->lock);
  if (!self->has_native)
    ask_native (self->node, &self->native);
  self->has_native = TRUE;
  native = self->native;
  g_mutex_unlock (&self->lock);
  return native;
}
