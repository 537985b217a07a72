/* SPDX-License-Identifier: LGPL-2.1-or-later */

#define _GNU_SOURCE /* statx */

#include "virtcam-watch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "virtcam-node.h"

#define FOLDER "/dev"
#define PREFIX "video"

/* A node appears before the driver answers for it, by less than this. */
#define PATIENCE_US (2 * G_USEC_PER_SEC)

struct _VirtcamWatch {
  VirtcamIdentity *lost;
  gint64 since;
  gint fd;
  GHashTable *pending; /* node's name -> until when to ask it, in us */
};

static void
expect (VirtcamWatch *self, const gchar *name)
{
  gint64 *until = g_new (gint64, 1);

  if (!g_str_has_prefix (name, PREFIX)) {
    g_free (until);
    return;
  }
  *until = g_get_monotonic_time () + PATIENCE_US;
  g_hash_table_replace (self->pending, g_strdup (name), until);
}

static void
expect_all (VirtcamWatch *self)
{
  g_autoptr (GDir) folder = g_dir_open (FOLDER, 0, NULL);
  const gchar *name;

  while (folder && (name = g_dir_read_name (folder)))
    expect (self, name);
}

static gboolean
open_inotify (VirtcamWatch *self, GError **error)
{
  self->fd = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC);
  /* udev gives the node to its group after its creation: an attribute */
  if (self->fd >= 0 && inotify_add_watch (self->fd, FOLDER,
                           IN_CREATE | IN_ATTRIB | IN_MOVED_TO) >= 0)
    return TRUE;
  g_set_error (error, VIRTCAM_NODE_ERROR, VIRTCAM_NODE_ERROR_FAILED,
      "inotify of " FOLDER ": %s", g_strerror (errno));
  return FALSE;
}

VirtcamWatch *
virtcam_watch_new (const VirtcamIdentity *lost, gint64 since, GError **error)
{
  VirtcamWatch *self = g_new0 (VirtcamWatch, 1);

  self->lost = virtcam_identity_copy (lost);
  self->since = since;
  self->pending =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (!open_inotify (self, error)) {
    virtcam_watch_free (self);
    return NULL;
  }
  expect_all (self);
  return self;
}

void
virtcam_watch_free (VirtcamWatch *self)
{
  if (self == NULL)
    return;
  if (self->fd >= 0)
    close (self->fd);
  g_hash_table_unref (self->pending);
  virtcam_identity_free (self->lost);
  g_free (self);
}

gint
virtcam_watch_get_fd (const VirtcamWatch *self)
{
  return self->fd;
}

static void
read_events (VirtcamWatch *self)
{
  gchar buffer[4096] __attribute__ ((aligned (8)));
  gssize length;

  while ((length = read (self->fd, buffer, sizeof buffer)) > 0) {
    for (gchar *at = buffer; at < buffer + length;) {
      const struct inotify_event *event = (const struct inotify_event *) at;

      if (event->mask & IN_Q_OVERFLOW)
        expect_all (self);
      else if (event->len > 0)
        expect (self, event->name);
      at += sizeof *event + event->len;
    }
  }
}

/* A file system without times of birth tells that nothing is new. */
static gboolean
is_younger (const gchar *path, gint64 since)
{
  struct statx status;

  if (statx (AT_FDCWD, path, 0, STATX_BTIME, &status) < 0 ||
      !(status.stx_mask & STATX_BTIME))
    return FALSE;
  return status.stx_btime.tv_sec * G_GINT64_CONSTANT (1000000000) +
             status.stx_btime.tv_nsec >=
         since;
}

static gboolean
is_lost_one (VirtcamWatch *self, const VirtcamIdentity *camera)
{
  VirtcamLikeness likeness;

  if (!virtcam_identity_is_camera (camera))
    return FALSE;
  likeness = virtcam_identity_likeness (
      camera, self->lost->bus_info, self->lost->card);
  if (likeness == VIRTCAM_LIKENESS_CARD)
    return is_younger (camera->path, self->since);
  return likeness == VIRTCAM_LIKENESS_SAME;
}

/* done: nothing more is to be expected of this node. */
static gboolean
check_node (VirtcamWatch *self, const gchar *path, gint64 until, gboolean *done)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VirtcamIdentity) camera = virtcam_identity_read (path, &error);

  *done = TRUE;
  if (camera)
    return is_lost_one (self, camera);
  /* a permission that comes later is an event of its own; that another program
   * has let go is none */
  if (g_error_matches (
          error, VIRTCAM_NODE_ERROR, VIRTCAM_NODE_ERROR_NOT_FOUND) ||
      g_error_matches (error, VIRTCAM_NODE_ERROR, VIRTCAM_NODE_ERROR_BUSY))
    *done = g_get_monotonic_time () >= until;
  return FALSE;
}

gchar *
virtcam_watch_look (VirtcamWatch *self)
{
  GHashTableIter iter;
  gpointer name, until;

  read_events (self);
  g_hash_table_iter_init (&iter, self->pending);
  while (g_hash_table_iter_next (&iter, &name, &until)) {
    g_autofree gchar *path = g_build_filename (FOLDER, name, NULL);
    gboolean done;
    gboolean found = check_node (self, path, *(gint64 *) until, &done);

    if (done)
      g_hash_table_iter_remove (&iter);
    if (found)
      return g_steal_pointer (&path);
  }
  return NULL;
}

void
virtcam_watch_look_again (VirtcamWatch *self, const gchar *path)
{
  g_autofree gchar *name = g_path_get_basename (path);

  expect (self, name);
}
