/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which buffers go downstream: the driver's own, or copies where the peer
 * cannot read the driver's layout. */

#include "gstvirtcamsrc.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

/* beyond the driver's and downstream's needs: one being pushed, one spare */
#define EXTRA_BUFFERS 2
/* a peer that does not say what it holds */
#define UNSAID_BUFFERS 2

static guint
count_buffers (guint for_driver, GstQuery *query)
{
  guint downstream = UNSAID_BUFFERS;

  if (gst_query_get_n_allocation_pools (query) > 0)
    gst_query_parse_nth_allocation_pool (
        query, 0, NULL, NULL, &downstream, NULL);
  return MIN (for_driver + downstream + EXTRA_BUFFERS, VIDEO_MAX_FRAME);
}

static GstVirtcamAllocator *
make_allocator (GstVirtcamSrc *self, GstQuery *query)
{
  guint count = count_buffers (self->min_buffers, query);
  g_autoptr (GError) error = NULL;
  GstVirtcamAllocator *allocator;
  GstVirtcamIOMode io_mode;

  GST_OBJECT_LOCK (self);
  io_mode = self->settings.io_mode;
  GST_OBJECT_UNLOCK (self);

  allocator = gst_virtcam_allocator_new (
      self->node, io_mode == GST_VIRTCAM_IO_MODE_DMABUF, count, &error);
  if (allocator) {
    /* whose it is, for tracing */
    gst_object_set_name (GST_OBJECT_CAST (allocator), GST_OBJECT_NAME (self));
    return allocator;
  }

  if (io_mode == GST_VIRTCAM_IO_MODE_DMABUF &&
      g_error_matches (
          error, VIRTCAM_NODE_ERROR, VIRTCAM_NODE_ERROR_UNSUPPORTED))
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
        ("The driver of camera %s cannot export dma-bufs. Set io-mode=mmap.",
            virtcam_node_get_path (self->node)),
        ("%s", error->message));
  else
    gst_virtcam_src_post_error (self, "allocate buffers", error);
  return NULL;
}

static gboolean
ensure_buffers (GstVirtcamSrc *self, GstCaps *caps, GstQuery *query)
{
  const GstVirtcamMode *mode = &self->mode;

  if (self->allocator)
    return TRUE;
  self->min_buffers = virtcam_node_get_min_buffers (self->node);
  self->allocator = make_allocator (self, query);
  if (self->allocator == NULL)
    return FALSE;
  self->pool = gst_virtcam_pool_new (
      caps, mode->has_layout ? &mode->layout : NULL, mode->picture.sizeimage);
  gst_virtcam_sequence_reset (&self->sequence);
  gst_virtcam_src_announce_latency (self);
  return TRUE;
}

/* The peer reads strides from GstVideoMeta, or guesses them right. */
static gboolean
peer_understands (GstVirtcamSrc *self, GstQuery *query)
{
  const GstVirtcamMode *mode = &self->mode;
  const struct v4l2_pix_format *picture = &mode->picture;

  if (!mode->has_layout)
    return TRUE;
  if (mode->format->media != GST_VIRTCAM_MEDIA_BAYER &&
      gst_query_find_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL))
    return TRUE;
  return gst_virtcam_layout_default (&self->copy_layout, mode->format,
             picture->width, picture->height) &&
         gst_virtcam_layout_equal (&self->copy_layout, &mode->layout);
}

static GstBufferPool *
take_peer_pool (GstQuery *query, guint *min, guint *max)
{
  GstBufferPool *pool = NULL;

  if (gst_query_get_n_allocation_pools (query) > 0)
    gst_query_parse_nth_allocation_pool (query, 0, &pool, NULL, min, max);
  return pool;
}

/* Leaves one pool in the query, which the base class runs: the peer's if it
 * has one that works, else a plain one. */
static gboolean
decide_copy_pool (GstVirtcamSrc *self, GstCaps *caps, GstQuery *query)
{
  guint min = 0, max = 0, size = self->copy_layout.size;
  g_autoptr (GstBufferPool) pool = take_peer_pool (query, &min, &max);
  GstStructure *config;

  if (pool == NULL)
    pool = gst_buffer_pool_new ();
  config = gst_buffer_pool_get_config (pool);
  gst_buffer_pool_config_set_params (config, caps, size, min, max);
  if (!gst_buffer_pool_set_config (pool, config)) {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
        ("The next element's buffers do not suit the camera."),
        ("%" GST_PTR_FORMAT " refused size %u, min %u, max %u", pool, size, min,
            max));
    return FALSE;
  }
  if (gst_query_get_n_allocation_pools (query) > 0)
    gst_query_set_nth_allocation_pool (query, 0, pool, size, min, max);
  else
    gst_query_add_allocation_pool (query, pool, size, min, max);
  return TRUE;
}

/* The element's own pool is not the base class's business: it must not be
 * stopped when a renegotiation leaves it in use. So without copies the query
 * is left without a pool. */
gboolean
gst_virtcam_src_decide_allocation (GstBaseSrc *base, GstQuery *query)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (base);
  GstCaps *caps;

  gst_query_parse_allocation (query, &caps, NULL);
  if (!ensure_buffers (self, caps, query))
    return FALSE;

  self->copy_always = !peer_understands (self, query);
  if (self->copy_always)
    return decide_copy_pool (self, caps, query);
  while (gst_query_get_n_allocation_pools (query) > 0)
    gst_query_remove_nth_allocation_pool (query, 0);
  return TRUE;
}

/* Ends streaming; what downstream still holds stays valid. */
void
gst_virtcam_src_drop_buffers (GstVirtcamSrc *self)
{
  if (self->allocator)
    gst_virtcam_allocator_stop (self->allocator);
  if (self->pool)
    gst_buffer_pool_set_active (GST_BUFFER_POOL_CAST (self->pool), FALSE);
  gst_clear_object (&self->pool);
  gst_clear_object (&self->allocator);
  self->streaming = FALSE;
}
