/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a node enumerates. Each entry is asked of the device at most once, and
 * only when somebody wants to know it: a caller that has found what it looks for
 * does not ask for the rest. Whether the source is interlaced may change at any
 * time, and is asked each time. */

#include "v4l2/modes.h"

#include <errno.h>
#include <string.h>

/* no device has more; ends the loop with a driver that never says EINVAL */
#define MAX_ENTRIES 4096

/* What is listed: formats (all 0), sizes of a format, intervals of a size. */
typedef struct {
  guint32 fourcc, width, height;
} ModeKey;

typedef struct {
  guint32 fourcc;
  gboolean emulated;
} Format;

typedef struct {
  GArray *items;
  gboolean complete;
} List;

struct _GstVirtcamModes {
  GstVirtcamNode *node; /* whose they are; it lives longer */

  /* guards all below; caps queries come from any thread */
  GMutex lock;
  GHashTable *lists;
  gboolean has_native;
  struct v4l2_cropcap native;
};

typedef enum { NO_SUCH, ONE_OF_MANY, LAST_ONE, NO_ANSWER } Answer;
typedef Answer (*Ask) (
    GstVirtcamNode *self, const ModeKey *key, guint n, gpointer item);

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

static void
list_free (gpointer data)
{
  List *list = data;

  g_array_unref (list->items);
  g_free (list);
}

GstVirtcamModes *
gst_virtcam_modes_new (GstVirtcamNode *node)
{
  GstVirtcamModes *self = g_new0 (GstVirtcamModes, 1);

  self->node = node;
  g_mutex_init (&self->lock);
  self->lists =
      g_hash_table_new_full (mode_key_hash, mode_key_equal, g_free, list_free);
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

static List *
find_list (GstVirtcamModes *self, const ModeKey *key, gsize item_size)
{
  List *list = g_hash_table_lookup (self->lists, key);

  if (list == NULL) {
    list = g_new0 (List, 1);
    list->items = g_array_new (FALSE, FALSE, item_size);
    g_hash_table_insert (self->lists, g_memdup2 (key, sizeof *key), list);
  }
  return list;
}

/* A device that is gone does not end a list: what it had is not known. */
static Answer
none_or_no_answer (void)
{
  return errno == ENODEV ? NO_ANSWER : NO_SUCH;
}

/* FALSE: the device does not answer. */
static gboolean
ask_next (GstVirtcamNode *self, const ModeKey *key, List *list, Ask ask,
    gpointer scratch)
{
  Answer answer = ask (self, key, list->items->len, scratch);

  if (answer == NO_ANSWER)
    return FALSE;
  if (answer != NO_SUCH)
    g_array_append_vals (list->items, scratch, 1);
  list->complete = answer != ONE_OF_MANY || list->items->len >= MAX_ENTRIES;
  return TRUE;
}

/* FALSE: there are not so many. */
static gboolean
get_item (GstVirtcamModes *self, const ModeKey *key, guint n, Ask ask,
    gpointer item, gsize item_size)
{
  gboolean found;
  List *list;

  g_mutex_lock (&self->lock);
  list = find_list (self, key, item_size);
  while (n >= list->items->len && !list->complete &&
         ask_next (self->node, key, list, ask, item))
    continue;
  found = n < list->items->len;
  if (found)
    memcpy (item, list->items->data + n * item_size, item_size);
  g_mutex_unlock (&self->lock);
  return found;
}

static Answer
ask_fourcc (GstVirtcamNode *self, const ModeKey *key, guint n, gpointer item)
{
  struct v4l2_fmtdesc description = { .index = n,
    .type = gst_virtcam_node_get_type (self) };
  Format *format = item;

  if (gst_virtcam_node_ioctl (self, VIDIOC_ENUM_FMT, &description) < 0)
    return none_or_no_answer ();
  format->fourcc = description.pixelformat;
  format->emulated = (description.flags & V4L2_FMT_FLAG_EMULATED) != 0;
  /* libv4l2 lists what it converts to after what the device has */
  if (format->emulated && !gst_virtcam_node_is_converting (self))
    return NO_SUCH;
  return ONE_OF_MANY;
}

/* A device that enumerates no sizes has at least the one that is set. */
static Answer
ask_current_size (GstVirtcamNode *self, struct v4l2_frmsizeenum *size)
{
  struct v4l2_pix_format picture;

  if (!gst_virtcam_node_get_format (self, &picture, NULL))
    return none_or_no_answer ();
  *size = (struct v4l2_frmsizeenum){ .type = V4L2_FRMSIZE_TYPE_DISCRETE,
    .discrete = { picture.width, picture.height } };
  return LAST_ONE;
}

static Answer
ask_size (GstVirtcamNode *self, const ModeKey *key, guint n, gpointer item)
{
  struct v4l2_frmsizeenum *size = item;

  *size = (struct v4l2_frmsizeenum){ .index = n, .pixel_format = key->fourcc };
  if (gst_virtcam_node_ioctl (self, VIDIOC_ENUM_FRAMESIZES, size) < 0)
    return n == 0 && errno != ENODEV ? ask_current_size (self, size)
                                     : none_or_no_answer ();
  return size->type == V4L2_FRMSIZE_TYPE_DISCRETE ? ONE_OF_MANY : LAST_ONE;
}

static Answer
ask_interval (GstVirtcamNode *self, const ModeKey *key, guint n, gpointer item)
{
  struct v4l2_frmivalenum *interval = item;

  *interval = (struct v4l2_frmivalenum){ .index = n,
    .pixel_format = key->fourcc,
    .width = key->width,
    .height = key->height };
  if (gst_virtcam_node_ioctl (self, VIDIOC_ENUM_FRAMEINTERVALS, interval) < 0)
    return none_or_no_answer ();
  return interval->type == V4L2_FRMIVAL_TYPE_DISCRETE ? ONE_OF_MANY : LAST_ONE;
}

static gboolean
get_format (GstVirtcamModes *self, guint n, Format *format)
{
  const ModeKey key = { 0 };

  return get_item (self, &key, n, ask_fourcc, format, sizeof *format);
}

gboolean
gst_virtcam_modes_get_fourcc (GstVirtcamModes *self, guint n, guint32 *fourcc)
{
  Format format;

  if (!get_format (self, n, &format))
    return FALSE;
  *fourcc = format.fourcc;
  return TRUE;
}

static gboolean
find_format (GstVirtcamModes *self, guint32 fourcc, Format *format)
{
  for (guint n = 0; get_format (self, n, format); n++) {
    if (format->fourcc == fourcc)
      return TRUE;
  }
  return FALSE;
}

gboolean
gst_virtcam_modes_has_fourcc (GstVirtcamModes *self, guint32 fourcc)
{
  Format format;

  return find_format (self, fourcc, &format);
}

/* Whether libv4l2 makes that format of another one. */
gboolean
gst_virtcam_modes_is_emulated (GstVirtcamModes *self, guint32 fourcc)
{
  Format format;

  return find_format (self, fourcc, &format) && format.emulated;
}

gboolean
gst_virtcam_modes_get_size (GstVirtcamModes *self, guint32 fourcc, guint n,
    struct v4l2_frmsizeenum *size)
{
  const ModeKey key = { fourcc, 0, 0 };

  return get_item (self, &key, n, ask_size, size, sizeof *size);
}

/* FALSE: the only size there is, if any, is the one that is set. */
gboolean
gst_virtcam_modes_list_sizes (GstVirtcamModes *self, guint32 fourcc)
{
  struct v4l2_frmsizeenum size;

  return gst_virtcam_modes_get_size (self, fourcc, 0, &size) &&
         size.pixel_format == fourcc;
}

gboolean
gst_virtcam_modes_get_interval (GstVirtcamModes *self, guint32 fourcc,
    guint width, guint height, guint n, struct v4l2_frmivalenum *interval)
{
  const ModeKey key = { fourcc, width, height };

  return get_item (self, &key, n, ask_interval, interval, sizeof *interval);
}

/* Whether the source is interlaced, as it is set now. */
gboolean
gst_virtcam_modes_have_fields (GstVirtcamModes *self)
{
  struct v4l2_pix_format picture;

  return gst_virtcam_node_get_format (self->node, &picture, NULL) &&
         (V4L2_FIELD_HAS_BOTH (picture.field) ||
             picture.field == V4L2_FIELD_ALTERNATE);
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
void
gst_virtcam_modes_get_native (
    GstVirtcamModes *self, struct v4l2_cropcap *native)
{
  g_mutex_lock (&self->lock);
  if (!self->has_native)
    ask_native (self->node, &self->native);
  self->has_native = TRUE;
  *native = self->native;
  g_mutex_unlock (&self->lock);
}
