/* SPDX-License-Identifier: LGPL-2.1-or-later */

#define _GNU_SOURCE /* statx */

#include "v4l2/search.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "v4l2/find.h"

struct _GstVirtcamSearch {
  GstVirtcamIdentity *lost;
  gint64 since;
  GHashTable
      *others; /* devices that are other cameras, as read_node() has them */
};

/* lost: the camera, by the path that the user gave. since: when it was opened,
 * in nanoseconds of CLOCK_REALTIME_COARSE, the clock of device files. */
GstVirtcamSearch *
gst_virtcam_search_new (const GstVirtcamIdentity *lost, gint64 since)
{
  GstVirtcamSearch *self = g_new0 (GstVirtcamSearch, 1);

  self->lost = gst_virtcam_identity_copy (lost);
  self->since = since;
  self->others =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  return self;
}

void
gst_virtcam_search_free (GstVirtcamSearch *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->others);
  gst_virtcam_identity_free (self->lost);
  g_free (self);
}

static gint64
to_ns (struct statx_timestamp time)
{
  return time.tv_sec * G_GINT64_CONSTANT (1000000000) + time.tv_nsec;
}

/* device: what tells one device from another that had its number before: the
 * inode of its folder in sysfs, which is not used again until the next boot. born:
 * G_MININT64 where the file system has no times of birth. FALSE: there is no such
 * node, or no device behind it; to open that would make the kernel look for a
 * module. */
static gboolean
read_node (const gchar *path, guint64 *device, gint64 *born)
{
  g_autofree gchar *folder = NULL;
  struct statx node, sysfs;

  if (statx (AT_FDCWD, path, 0, STATX_TYPE | STATX_BTIME, &node) < 0 ||
      !S_ISCHR (node.stx_mode))
    return FALSE;
  *born = node.stx_mask & STATX_BTIME ? to_ns (node.stx_btime) : G_MININT64;
  folder = g_strdup_printf (
      "/sys/dev/char/%u:%u", node.stx_rdev_major, node.stx_rdev_minor);
  if (statx (AT_FDCWD, folder, 0, STATX_INO, &sysfs) < 0)
    return FALSE;
  *device = sysfs.stx_ino;
  return TRUE;
}

/* The camera is the same at the same place (card and bus_info), else one of the
 * same card at a new place, whose node is younger: one that was there all the
 * time is another of its kind. Where the user named a link, the link decides. */
static gboolean
is_lost_one (
    GstVirtcamSearch *self, const GstVirtcamIdentity *camera, gint64 born)
{
  GstVirtcamLikeness likeness;

  if (!gst_virtcam_identity_is_camera (camera))
    return FALSE;
  if (self->lost->is_link)
    return TRUE;
  likeness = gst_virtcam_identity_likeness (
      camera, self->lost->bus_info, self->lost->card);
  if (likeness == GST_VIRTCAM_LIKENESS_CARD)
    return born >= self->since;
  return likeness == GST_VIRTCAM_LIKENESS_SAME;
}

/* A device that answers and is another camera is left alone from then on: opening
 * may wake it up. */
static gboolean
check (GstVirtcamSearch *self, const gchar *path)
{
  g_autoptr (GstVirtcamIdentity) camera = NULL;
  guint64 device;
  gint64 born;

  if (!read_node (path, &device, &born) ||
      g_hash_table_contains (self->others, &device))
    return FALSE;
  camera = gst_virtcam_identity_read (path, NULL);
  if (camera == NULL)
    return FALSE;
  if (is_lost_one (self, camera, born))
    return TRUE;
  g_hash_table_add (self->others, g_memdup2 (&device, sizeof device));
  return FALSE;
}

/* The path of the camera's node, to be freed; NULL: it is not there (yet). */
gchar *
gst_virtcam_search_look (GstVirtcamSearch *self)
{
  g_autoptr (GPtrArray) paths = NULL;

  if (check (self, self->lost->path))
    return g_strdup (self->lost->path);
  if (self->lost->is_link)
    return NULL;
  paths = gst_virtcam_find_nodes ();
  for (guint i = 0; i < paths->len; i++) {
    if (check (self, paths->pdata[i]))
      return g_strdup (paths->pdata[i]);
  }
  return NULL;
}
