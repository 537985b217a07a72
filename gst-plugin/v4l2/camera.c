/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "v4l2/camera.h"

struct _GstVirtcamCamera {
  gint is_open; /* atomic; also while it is away */

  GMutex lock;          /* guards the rest; held for no ioctl and no call out */
  GstVirtcamNode *node; /* NULL: closed, or away */
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

/* Takes a reference of its own. NULL: the camera is away, and nothing here keeps
 * its number from being free for its return; it counts as open. */
void
gst_virtcam_camera_set_node (GstVirtcamCamera *self, GstVirtcamNode *node)
{
  g_autoptr (GstVirtcamNode) old = NULL;

  g_mutex_lock (&self->lock);
  old = self->node;
  self->node = node ? gst_virtcam_node_ref (node) : NULL;
  g_mutex_unlock (&self->lock);
}

void
gst_virtcam_camera_open (GstVirtcamCamera *self, GstVirtcamNode *node)
{
  gst_virtcam_camera_set_node (self, node);
  g_atomic_int_set (&self->is_open, TRUE);
}

void
gst_virtcam_camera_close (GstVirtcamCamera *self)
{
  g_atomic_int_set (&self->is_open, FALSE);
  gst_virtcam_camera_set_node (self, NULL);
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
  return g_atomic_int_get (&self->is_open);
}
