/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a node enumerates. Each question is put to the device at most once, and
 * only when somebody wants to know: entry by entry, because who has found what
 * he looks for does not ask for the rest. */

#include "virtcam-node-private.h"

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

typedef enum { NO_SUCH, ONE_OF_MANY, LAST_ONE, NO_ANSWER } Answer;
typedef Answer (*Ask) (
    VirtcamNode *self, const ModeKey *key, guint n, gpointer item);

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

VirtcamModes *
virtcam_modes_new (void)
{
  VirtcamModes *modes = g_new0 (VirtcamModes, 1);

  g_mutex_init (&modes->lock);
  modes->lists =
      g_hash_table_new_full (mode_key_hash, mode_key_equal, g_free, list_free);
  return modes;
}

void
virtcam_modes_free (VirtcamModes *modes)
{
  if (modes == NULL)
    return;
  g_hash_table_unref (modes->lists);
  g_mutex_clear (&modes->lock);
  g_free (modes);
}

/* For a device that now enumerates something else. */
void
virtcam_node_forget_modes (VirtcamNode *self)
{
  VirtcamModes *modes = self->modes;

  g_mutex_lock (&modes->lock);
  g_hash_table_remove_all (modes->lists);
  modes->recalled = FALSE;
  modes->has_native = FALSE;
  g_mutex_unlock (&modes->lock);
}

/* TRUE if there was something from an earlier opening, which is forgotten: what
 * it says may not be true any more. */
gboolean
virtcam_node_forget_recalled (VirtcamNode *self)
{
  gboolean recalled;

  g_mutex_lock (&self->modes->lock);
  recalled = self->modes->recalled;
  g_mutex_unlock (&self->modes->lock);
  if (recalled)
    virtcam_node_forget_modes (self);
  return recalled;
}

static List *
find_list (VirtcamModes *modes, const ModeKey *key, gsize item_size)
{
  List *list = g_hash_table_lookup (modes->lists, key);

  if (list == NULL) {
    list = g_new0 (List, 1);
    list->items = g_array_new (FALSE, FALSE, item_size);
    g_hash_table_insert (modes->lists, g_memdup2 (key, sizeof *key), list);
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
ask_next (VirtcamNode *self, const ModeKey *key, List *list, Ask ask,
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
get_item (VirtcamNode *self, const ModeKey *key, guint n, Ask ask,
    gpointer item, gsize item_size)
{
  gboolean found;
  List *list;

  g_mutex_lock (&self->modes->lock);
  list = find_list (self->modes, key, item_size);
  while (n >= list->items->len && !list->complete &&
         ask_next (self, key, list, ask, item))
    continue;
  found = n < list->items->len;
  if (found)
    memcpy (item, list->items->data + n * item_size, item_size);
  g_mutex_unlock (&self->modes->lock);
  return found;
}

static Answer
ask_fourcc (VirtcamNode *self, const ModeKey *key, guint n, gpointer item)
{
  struct v4l2_fmtdesc description = { .index = n,
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
  Format *format = item;

  if (virtcam_node_ioctl (self, VIDIOC_ENUM_FMT, &description) < 0)
    return none_or_no_answer ();
  format->fourcc = description.pixelformat;
  format->emulated = (description.flags & V4L2_FMT_FLAG_EMULATED) != 0;
  /* libv4l2 lists what it converts to after what the device has */
  if (format->emulated && !self->convert)
    return NO_SUCH;
  return ONE_OF_MANY;
}

/* A device that enumerates no sizes has at least the one that is set. */
static Answer
ask_current_size (VirtcamNode *self, struct v4l2_frmsizeenum *size)
{
  struct v4l2_pix_format picture;

  if (!virtcam_node_get_format (self, &picture, NULL))
    return none_or_no_answer ();
  size->type = V4L2_FRMSIZE_TYPE_DISCRETE;
  size->discrete.width = picture.width;
  size->discrete.height = picture.height;
  return LAST_ONE;
}

static Answer
ask_size (VirtcamNode *self, const ModeKey *key, guint n, gpointer item)
{
  struct v4l2_frmsizeenum *size = item;

  *size = (struct v4l2_frmsizeenum){ .index = n, .pixel_format = key->fourcc };
  if (virtcam_node_ioctl (self, VIDIOC_ENUM_FRAMESIZES, size) < 0)
    return n == 0 && errno != ENODEV ? ask_current_size (self, size)
                                     : none_or_no_answer ();
  return size->type == V4L2_FRMSIZE_TYPE_DISCRETE ? ONE_OF_MANY : LAST_ONE;
}

static Answer
ask_interval (VirtcamNode *self, const ModeKey *key, guint n, gpointer item)
{
  struct v4l2_frmivalenum *interval = item;

  *interval = (struct v4l2_frmivalenum){ .index = n,
    .pixel_format = key->fourcc,
    .width = key->width,
    .height = key->height };
  if (virtcam_node_ioctl (self, VIDIOC_ENUM_FRAMEINTERVALS, interval) < 0)
    return none_or_no_answer ();
  return interval->type == V4L2_FRMIVAL_TYPE_DISCRETE ? ONE_OF_MANY : LAST_ONE;
}

static gboolean
get_format (VirtcamNode *self, guint n, Format *format)
{
  const ModeKey key = { 0 };

  return get_item (self, &key, n, ask_fourcc, format, sizeof *format);
}

gboolean
virtcam_node_get_fourcc (VirtcamNode *self, guint n, guint32 *fourcc)
{
  Format format;

  if (!get_format (self, n, &format))
    return FALSE;
  *fourcc = format.fourcc;
  return TRUE;
}

static gboolean
find_format (VirtcamNode *self, guint32 fourcc, Format *format)
{
  for (guint n = 0; get_format (self, n, format); n++) {
    if (format->fourcc == fourcc)
      return TRUE;
  }
  return FALSE;
}

gboolean
virtcam_node_has_fourcc (VirtcamNode *self, guint32 fourcc)
{
  Format format;

  return find_format (self, fourcc, &format);
}

/* Whether libv4l2 makes that format of another one. */
gboolean
virtcam_node_is_emulated (VirtcamNode *self, guint32 fourcc)
{
  Format format;

  return find_format (self, fourcc, &format) && format.emulated;
}

gboolean
virtcam_node_get_size (
    VirtcamNode *self, guint32 fourcc, guint n, struct v4l2_frmsizeenum *size)
{
  const ModeKey key = { fourcc, 0, 0 };

  return get_item (self, &key, n, ask_size, size, sizeof *size);
}

gboolean
virtcam_node_get_interval (VirtcamNode *self, guint32 fourcc, guint width,
    guint height, guint n, struct v4l2_frmivalenum *interval)
{
  const ModeKey key = { fourcc, width, height };

  return get_item (self, &key, n, ask_interval, interval, sizeof *interval);
}

static void
ask_native (VirtcamNode *self, struct v4l2_cropcap *native)
{
  *native = (struct v4l2_cropcap){ .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
  if (virtcam_node_ioctl (self, VIDIOC_CROPCAP, native) < 0)
    memset (native, 0, sizeof *native);
  if (native->pixelaspect.numerator == 0 ||
      native->pixelaspect.denominator == 0)
    native->pixelaspect = (struct v4l2_fract){ 1, 1 };
}

/* What the device sees before it crops and scales. Empty rectangles: it does
 * not say; the shape of a pixel is always there. */
void
virtcam_node_get_native (VirtcamNode *self, struct v4l2_cropcap *native)
{
  VirtcamModes *modes = self->modes;

  g_mutex_lock (&modes->lock);
  if (!modes->has_native)
    ask_native (self, &modes->native);
  modes->has_native = TRUE;
  *native = modes->native;
  g_mutex_unlock (&modes->lock);
}
