/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* io-mode=dmabuf-import: the peer's dma-bufs, agreed with it and the driver. */

#include "gstvirtcamsrc.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

#define RETRY (2 * GST_MSECOND)

static gboolean
wants_import (GstVirtcamSrc *self)
{
  gboolean wanted;

  GST_OBJECT_LOCK (self);
  wanted = self->settings.io_mode == GST_VIRTCAM_IO_MODE_DMABUF_IMPORT;
  GST_OBJECT_UNLOCK (self);
  return wanted;
}

static gboolean
fail (GError **error, const gchar *why)
{
  g_set_error (
      error, VIRTCAM_NODE_ERROR, VIRTCAM_NODE_ERROR_UNSUPPORTED, "%s", why);
  return FALSE;
}

/* Makes the driver write as the pool's buffers are laid out. */
static gboolean
agree_on_layout (GstVirtcamSrc *self, GstBuffer *buffer, GError **error)
{
  const GstVirtcamMode *mode = &self->mode;
  const GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);
  guint32 before = mode->picture.bytesperline;
  GstVirtcamLayout wanted;

  if (!mode->has_layout)
    return TRUE;
  if (!gst_virtcam_layout_default (
          &wanted, mode->format, mode->picture.width, mode->picture.height))
    return FALSE;
  if (meta && meta->n_planes != wanted.n_planes)
    return fail (error, "the next element's buffers have other planes");
  for (guint i = 0; meta && i < wanted.n_planes; i++) {
    wanted.stride[i] = meta->stride[i];
    wanted.offset[i] = meta->offset[i];
  }
  if (!gst_virtcam_layout_equal (&wanted, &mode->layout) &&
      !gst_virtcam_src_set_bytesperline (self, wanted.stride[0]))
    return fail (error, "the driver failed to set the length of its lines");
  if (mode->has_layout && gst_virtcam_layout_equal (&wanted, &mode->layout))
    return TRUE;
  gst_virtcam_src_set_bytesperline (self, before);
  return fail (error,
      "the driver does not write in the layout of the next element's buffers");
}

/* As many as the driver and downstream need, if the pool may have so many. */
static gboolean
configure (GstVirtcamSrc *self, GstBufferPool *pool, GstCaps *caps,
    GstQuery *query, guint *count)
{
  guint size, min, max;

  gst_query_parse_nth_allocation_pool (query, 0, NULL, &size, &min, &max);
  size = MAX (size, self->mode.picture.sizeimage);
  min += *count;
  if (max > 0)
    min = MIN (min, max);
  *count = min;
  gst_query_set_nth_allocation_pool (query, 0, pool, size, min, max);
  return gst_virtcam_src_configure_pool (
      pool, gst_buffer_pool_get_config (pool), caps, size, min, max);
}

static gboolean
import_from (
    GstVirtcamSrc *self, GstBufferPool *pool, guint count, GError **error)
{
  g_autoptr (GstBuffer) probe = NULL;
  gsize frame_size;

  if (gst_buffer_pool_acquire_buffer (pool, &probe, NULL) != GST_FLOW_OK)
    return fail (error, "the next element's pool gives no buffer");
  if (!agree_on_layout (self, probe, error))
    return FALSE;
  gst_clear_buffer (&probe);
  frame_size = self->mode.has_layout ? self->mode.layout.size : 0;
  self->import = gst_virtcam_import_new (
      self->node, pool, MIN (count, VIDEO_MAX_FRAME), frame_size, error);
  if (self->import == NULL)
    return FALSE;
  gst_virtcam_src_announce_buffers (self);
  return TRUE;
}

static gboolean
try_pool (GstVirtcamSrc *self, GstCaps *caps, GstQuery *query, GError **error)
{
  g_autoptr (GstBufferPool) pool = NULL;
  guint count;

  if (gst_query_get_n_allocation_pools (query) > 0)
    gst_query_parse_nth_allocation_pool (query, 0, &pool, NULL, NULL, NULL);
  if (pool == NULL)
    return fail (error, "the next element offers no pool of buffers");
  if (self->import && gst_virtcam_import_get_pool (self->import) == pool)
    return TRUE;

  gst_virtcam_src_drop_buffers (self);
  self->min_buffers = virtcam_node_get_min_buffers (self->node);
  count = self->min_buffers + 2; /* one being pushed, one spare */
  if (!configure (self, pool, caps, query, &count))
    return fail (error, "the next element's pool refuses the camera's frames");
  if (!gst_buffer_pool_set_active (pool, TRUE))
    return fail (error, "the next element's pool cannot be started");
  if (import_from (self, pool, count, error))
    return TRUE;
  gst_buffer_pool_set_active (pool, FALSE);
  return FALSE;
}

/* A driver without a buffer to fill has nothing to wait for. What downstream
 * gives back to its pool tells nobody, so look again soon. */
VirtcamWait
gst_virtcam_src_wait (GstVirtcamSrc *self, GError **error)
{
  while (self->import) {
    if (!gst_virtcam_import_refill (self->import, error))
      return VIRTCAM_WAIT_FAILED;
    if (gst_virtcam_import_get_queued (self->import) > 0)
      break;
    if (virtcam_node_wait_without (self->node, -1, RETRY) ==
        VIRTCAM_WAIT_INTERRUPTED)
      return VIRTCAM_WAIT_INTERRUPTED;
  }
  return virtcam_node_wait (self->node, error);
}

/* TRUE: frames go into the dma-bufs of the pool in query. FALSE: they go into
 * the driver's buffers, and if the user wanted otherwise he is told why. */
gboolean
gst_virtcam_src_try_import (GstVirtcamSrc *self, GstCaps *caps, GstQuery *query)
{
  g_autoptr (GError) error = NULL;

  /* what was decided for a mode stays */
  if (self->allocator || !wants_import (self))
    return FALSE;
  if (try_pool (self, caps, query, &error))
    return TRUE;
  if (!self->import_refused)
    GST_ELEMENT_WARNING (self, RESOURCE, SETTINGS,
        ("Camera %s cannot fill the next element's buffers: it lends its own, "
         "as with io-mode=dmabuf.",
            virtcam_node_get_path (self->node)),
        ("%s", error->message));
  self->import_refused = TRUE;
  return FALSE;
}
