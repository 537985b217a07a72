/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "v4l2/camera.h"

struct _GstVirtcamCamera {
  /* guards all below; held for no ioctl and no call out */
  GMutex lock;
  GstVirtcamNode *node; /* NULL: closed, or away */
  gchar *path;          /* NULL: closed */
};

GstVirtcamCamera *
gst_virtcam_camera_new (void)
{
  GstVirtcamCamera *self = g_new0 (GstVirtcamCamera, 1);

  g_mutex_init (&self->lock);
  return self;
}

void
gst_virtcam_camera_free (GstVirtcamCamera *self)
{
  gst_virtcam_camera_close (self);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static void
replace (GstVirtcamCamera *self, GstVirtcamNode *node, const gchar *path)
{
  g_autoptr (GstVirtcamNode) old = NULL;
  g_autofree gchar *old_path = NULL;

  g_mutex_lock (&self->lock);
  old = self->node;
  old_path = self->path;
  self->node = node;
  self->path = g_strdup (path);
  g_mutex_unlock (&self->lock);
}

/* Takes a reference of its own. */
void
gst_virtcam_camera_open (GstVirtcamCamera *self, GstVirtcamNode *node)
{
  replace (self, gst_virtcam_node_ref (node), gst_virtcam_node_get_path (node));
}

/* Lets go of a device that is gone, so that its number is free for its return.
 * The camera counts as open. */
void
gst_virtcam_camera_hang_up (GstVirtcamCamera *self)
{
  g_autofree gchar *path = gst_virtcam_camera_dup_path (self);

  replace (self, NULL, path);
}

void
gst_virtcam_camera_close (GstVirtcamCamera *self)
{
  replace (self, NULL, NULL);
}

/* A reference of the caller's; NULL if the camera is closed, or away. */
GstVirtcamNode *
gst_virtcam_camera_ref_node (GstVirtcamCamera *self)
{
  GstVirtcamNode *node;

  g_mutex_lock (&self->lock);
  node = self->node ? gst_virtcam_node_ref (self->node) : NULL;
  g_mutex_unlock (&self->lock);
  return node;
}

/* Also while it is away. */
gboolean
gst_virtcam_camera_is_open (GstVirtcamCamera *self)
{
  gboolean open;

  g_mutex_lock (&self->lock);
  open = self->path != NULL;
  g_mutex_unlock (&self->lock);
  return open;
}

/* Where it is open, or was last before it went away; NULL if it is closed. */
gchar *
gst_virtcam_camera_dup_path (GstVirtcamCamera *self)
{
  gchar *path;

  g_mutex_lock (&self->lock);
  path = g_strdup (self->path);
  g_mutex_unlock (&self->lock);
  return path;
}
