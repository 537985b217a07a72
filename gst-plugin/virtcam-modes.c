/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a node enumerates: each question is put to the device at most once,
 * and only when somebody wants to know. */

#include "virtcam-node-private.h"

#include <string.h>

/* no device has more; ends the loop with a driver that never says EINVAL */
#define MAX_ENTRIES 4096

typedef struct {
  guint32 fourcc, width, height;
} ModeKey;

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

void
virtcam_modes_init (VirtcamNode *self)
{
  g_mutex_init (&self->modes_lock);
  self->sizes =
      g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_array_unref);
  self->intervals = g_hash_table_new_full (
      mode_key_hash, mode_key_equal, g_free, (GDestroyNotify) g_array_unref);
}

/* Also for a node whose opening failed before init. */
void
virtcam_modes_finish (VirtcamNode *self)
{
  if (self->sizes == NULL)
    return;
  g_clear_pointer (&self->fourccs, g_array_unref);
  g_hash_table_unref (self->sizes);
  g_hash_table_unref (self->intervals);
  g_mutex_clear (&self->modes_lock);
}

static GArray *
ask_fourccs (VirtcamNode *self)
{
  GArray *fourccs = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < MAX_ENTRIES; i++) {
    struct v4l2_fmtdesc description = { .index = i,
      .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

    if (virtcam_node_ioctl (self, VIDIOC_ENUM_FMT, &description) < 0)
      break;
    if (!(description.flags & V4L2_FMT_FLAG_EMULATED))
      g_array_append_val (fourccs, description.pixelformat);
  }
  return fourccs;
}

/* A device that enumerates no sizes has at least the one that is set. */
static void
append_current_size (VirtcamNode *self, guint32 fourcc, GArray *sizes)
{
  struct v4l2_pix_format picture;
  struct v4l2_frmsizeenum size = { .pixel_format = fourcc,
    .type = V4L2_FRMSIZE_TYPE_DISCRETE };

  if (!virtcam_node_get_format (self, &picture, NULL))
    return;
  size.discrete.width = picture.width;
  size.discrete.height = picture.height;
  g_array_append_val (sizes, size);
}

static GArray *
ask_sizes (VirtcamNode *self, guint32 fourcc)
{
  GArray *sizes = g_array_new (FALSE, FALSE, sizeof (struct v4l2_frmsizeenum));

  for (guint i = 0; i < MAX_ENTRIES; i++) {
    struct v4l2_frmsizeenum size = { .index = i, .pixel_format = fourcc };

    if (virtcam_node_ioctl (self, VIDIOC_ENUM_FRAMESIZES, &size) < 0)
      break;
    g_array_append_val (sizes, size);
    if (size.type != V4L2_FRMSIZE_TYPE_DISCRETE)
      break;
  }
  if (sizes->len == 0)
    append_current_size (self, fourcc, sizes);
  return sizes;
}

static GArray *
ask_intervals (VirtcamNode *self, const ModeKey *key)
{
  GArray *intervals =
      g_array_new (FALSE, FALSE, sizeof (struct v4l2_frmivalenum));

  for (guint i = 0; i < MAX_ENTRIES; i++) {
    struct v4l2_frmivalenum interval = { .index = i,
      .pixel_format = key->fourcc,
      .width = key->width,
      .height = key->height };

    if (virtcam_node_ioctl (self, VIDIOC_ENUM_FRAMEINTERVALS, &interval) < 0)
      break;
    g_array_append_val (intervals, interval);
    if (interval.type != V4L2_FRMIVAL_TYPE_DISCRETE)
      break;
  }
  return intervals;
}

const GArray *
virtcam_node_get_fourccs (VirtcamNode *self)
{
  g_mutex_lock (&self->modes_lock);
  if (self->fourccs == NULL)
    self->fourccs = ask_fourccs (self);
  g_mutex_unlock (&self->modes_lock);
  return self->fourccs;
}

const GArray *
virtcam_node_get_sizes (VirtcamNode *self, guint32 fourcc)
{
  GArray *sizes;

  g_mutex_lock (&self->modes_lock);
  sizes = g_hash_table_lookup (self->sizes, GUINT_TO_POINTER (fourcc));
  if (sizes == NULL) {
    sizes = ask_sizes (self, fourcc);
    g_hash_table_insert (self->sizes, GUINT_TO_POINTER (fourcc), sizes);
  }
  g_mutex_unlock (&self->modes_lock);
  return sizes;
}

const GArray *
virtcam_node_get_intervals (
    VirtcamNode *self, guint32 fourcc, guint width, guint height)
{
  const ModeKey key = { fourcc, width, height };
  GArray *intervals;

  g_mutex_lock (&self->modes_lock);
  intervals = g_hash_table_lookup (self->intervals, &key);
  if (intervals == NULL) {
    intervals = ask_intervals (self, &key);
    g_hash_table_insert (
        self->intervals, g_memdup2 (&key, sizeof key), intervals);
  }
  g_mutex_unlock (&self->modes_lock);
  return intervals;
}
