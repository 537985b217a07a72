/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "pixel/frames.h"

/* Bytes of each frame; 0 where each has its own. */
gsize
gst_virtcam_frames_get_size (const GstVirtcamFrames *self)
{
  return self->has_layout ? self->layout.size : 0;
}

/* Bytes of each frame in the nth piece of memory; 0 where each has its own. */
gsize
gst_virtcam_frames_get_memory_size (const GstVirtcamFrames *self, guint n)
{
  if (self->format->n_memories == 1)
    return gst_virtcam_frames_get_size (self);
  return (gsize) self->layout.stride[n] * self->layout.rows[n];
}

/* Every buffer of raw video says where its planes are. NULL: they have none that
 * a GstVideoMeta could describe; it knows no Bayer. */
GstVideoMeta *
gst_virtcam_frames_describe (const GstVirtcamFrames *self, GstBuffer *buffer,
    const GstVirtcamLayout *layout)
{
  GstVirtcamLayout planes = *layout;

  if (!self->has_layout || self->format->media == GST_VIRTCAM_MEDIA_BAYER)
    return NULL;
  return gst_buffer_add_video_meta_full (buffer, self->flags,
      self->format->format, self->width, self->height, planes.n_planes,
      planes.offset, planes.stride);
}
