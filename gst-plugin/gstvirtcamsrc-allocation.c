/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which buffers go downstream: the driver's own, or copies where the peer
 * cannot read the driver's layout. */

#include <string.h>

#include "gstvirtcamdrm.h"
#include "gstvirtcamsrc.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

/* beyond the driver's and downstream's needs: one being pushed, one spare */
#define EXTRA_BUFFERS 2
/* beyond the driver's needs, while the first frame is on its way */
#define FIRST_BUFFERS 1
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

/* The user's wish, until the driver has shown that it cannot. */
static gboolean
wants_dmabuf (GstVirtcamSrc *self)
{
  GstVirtcamIOMode io_mode;

  GST_OBJECT_LOCK (self);
  io_mode = self->settings.io_mode;
  GST_OBJECT_UNLOCK (self);
  return (self->drm || io_mode == GST_VIRTCAM_IO_MODE_DMABUF ||
             io_mode == GST_VIRTCAM_IO_MODE_DMABUF_IMPORT) &&
         !self->export_refused;
}

/* Who asked for dma-bufs is told: the peer by other caps, or the user. */
static void
note_refusal (GstVirtcamSrc *self)
{
  self->export_refused = TRUE;
  if (self->drm)
    return;
  GST_ELEMENT_WARNING (self, RESOURCE, SETTINGS,
      ("The driver of camera %s cannot export dma-bufs. Its buffers are mapped "
       "instead, as with io-mode=mmap.",
          virtcam_node_get_path (self->node)),
      ("EXPBUF is refused"));
}

static GstVirtcamAllocator *
make_allocator (GstVirtcamSrc *self, GstQuery *query)
{
  const GstVirtcamMode *mode = &self->mode;
  guint count = count_buffers (self->min_buffers, query);
  guint first = self->makes_no_more ? count : self->min_buffers + FIRST_BUFFERS;
  gboolean dmabuf = wants_dmabuf (self);
  gsize frame_size = mode->has_layout ? mode->layout.size : 0;
  g_autoptr (GError) error = NULL;
  GstVirtcamAllocator *allocator = gst_virtcam_allocator_new (
      self->node, dmabuf, first, count, frame_size, &error);

  if (allocator == NULL) {
    gst_virtcam_src_post_error (self, "allocate buffers", error);
    return NULL;
  }
  /* whose it is, for tracing */
  gst_object_set_name (GST_OBJECT_CAST (allocator), GST_OBJECT_NAME (self));
  if (dmabuf && !gst_virtcam_allocator_is_dmabuf (allocator))
    note_refusal (self);
  return allocator;
}

/* There are new buffers, and with them a new stream. */
void
gst_virtcam_src_announce_buffers (GstVirtcamSrc *self)
{
  gst_virtcam_src_note_buffers (self);
  gst_virtcam_sequence_continue (&self->sequence);
  gst_virtcam_src_announce_latency (self);
}

static gboolean
ensure_buffers (GstVirtcamSrc *self, GstCaps *caps, GstQuery *query)
{
  const GstVirtcamMode *mode = &self->mode;
  g_autoptr (GstCaps) raw = NULL;

  if (self->allocator) {
    /* the rate alone may have changed */
    gst_virtcam_src_announce_latency (self);
    return TRUE;
  }
  self->min_buffers = virtcam_node_get_min_buffers (self->node);
  self->allocator = make_allocator (self, query);
  if (self->allocator == NULL)
    return FALSE;
  gst_virtcam_src_announce_buffers (self);
  raw = self->drm ? gst_virtcam_drm_to_raw (caps) : gst_caps_ref (caps);
  self->wrapper = gst_virtcam_wrapper_new (
      self->allocator, raw, mode->has_layout ? &mode->layout : NULL);
  return TRUE;
}

/* Pools for copies */

/* A pool may make something else of what it was asked for: that will do if the
 * frames fit. Takes config. */
gboolean
gst_virtcam_src_configure_pool (GstBufferPool *pool, GstStructure *config,
    GstCaps *caps, guint size, guint min, guint max)
{
  gst_buffer_pool_config_set_params (config, caps, size, min, max);
  if (gst_buffer_pool_set_config (pool, config))
    return TRUE;
  config = gst_buffer_pool_get_config (pool);
  if (gst_buffer_pool_config_validate_params (config, caps, size, min, max))
    return gst_buffer_pool_set_config (pool, config);
  gst_structure_free (config);
  return FALSE;
}

static gboolean
is_aligned (const GstVideoAlignment *alignment)
{
  static const GstVideoAlignment none = { 0 };

  return memcmp (alignment, &none, sizeof none) != 0;
}

/* NULL if the peer has none, or none that holds such frames. */
static GstBufferPool *
configure_peer_pool (
    GstVirtcamSrc *self, GstCaps *caps, GstQuery *query, guint *min, guint *max)
{
  GstVideoAlignment alignment = self->demand.alignment;
  guint proposed, size = self->copy_layout.size;
  g_autoptr (GstBufferPool) pool = NULL;
  GstStructure *config;

  if (gst_query_get_n_allocation_pools (query) == 0)
    return NULL;
  gst_query_parse_nth_allocation_pool (query, 0, &pool, &proposed, min, max);
  if (pool == NULL)
    return NULL;
  config = gst_buffer_pool_get_config (pool);
  if (self->demand.reads_meta &&
      gst_buffer_pool_has_option (pool, GST_BUFFER_POOL_OPTION_VIDEO_META))
    gst_buffer_pool_config_add_option (
        config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  if (is_aligned (&alignment) && gst_buffer_pool_has_option (pool,
                                     GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT)) {
    gst_buffer_pool_config_add_option (
        config, GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT);
    gst_buffer_pool_config_set_video_alignment (config, &alignment);
  }
  if (gst_virtcam_src_configure_pool (
          pool, config, caps, MAX (size, proposed), *min, *max))
    return g_steal_pointer (&pool);
  GST_INFO_OBJECT (
      self, "%" GST_PTR_FORMAT " does not take %" GST_PTR_FORMAT, pool, caps);
  return NULL;
}

static GstBufferPool *
make_plain_pool (GstVirtcamSrc *self, GstCaps *caps, GstQuery *query, guint min)
{
  GstBufferPool *pool = gst_buffer_pool_new ();
  GstStructure *config = gst_buffer_pool_get_config (pool);
  g_autoptr (GstAllocator) allocator = NULL;
  GstAllocationParams params;

  gst_allocation_params_init (&params);
  if (gst_query_get_n_allocation_params (query) > 0)
    gst_query_parse_nth_allocation_param (query, 0, &allocator, &params);
  if (allocator &&
      GST_OBJECT_FLAG_IS_SET (allocator, GST_ALLOCATOR_FLAG_CUSTOM_ALLOC))
    gst_clear_object (&allocator);
  gst_buffer_pool_config_set_allocator (config, allocator, &params);
  gst_virtcam_src_configure_pool (
      pool, config, caps, self->copy_layout.size, min, 0);
  return pool;
}

/* Leaves one pool in the query, which the base class runs: the peer's if it
 * has one that works, else a plain one. */
static void
decide_copy_pool (GstVirtcamSrc *self, GstCaps *caps, GstQuery *query)
{
  guint min = 0, max = 0, size = self->copy_layout.size;
  g_autoptr (GstBufferPool) pool =
      configure_peer_pool (self, caps, query, &min, &max);

  if (pool == NULL) {
    max = 0;
    pool = make_plain_pool (self, caps, query, min);
  }
  if (gst_query_get_n_allocation_pools (query) > 0)
    gst_query_set_nth_allocation_pool (query, 0, pool, size, min, max);
  else
    gst_query_add_allocation_pool (query, pool, size, min, max);
}

static void
read_demand (GstVirtcamSrc *self, GstQuery *query)
{
  if (!gst_virtcam_demand_from_query (&self->demand, query))
    GST_WARNING_OBJECT (self,
        "the next element wants an alignment that cannot be, ignored: "
        "%" GST_PTR_FORMAT,
        gst_query_get_structure (query));
}

static gboolean
report_no_export (GstVirtcamSrc *self, GstCaps *caps)
{
  GST_ELEMENT_ERROR (self, STREAM, FORMAT,
      ("The next element takes dma-bufs only, and the driver of camera %s "
       "cannot export them.",
          virtcam_node_get_path (self->node)),
      ("EXPBUF is refused; agreed on %" GST_PTR_FORMAT, caps));
  return FALSE;
}

/* DMA_DRM caps promise dma-bufs, so there can be no copies. TRUE without
 * buffers: plain raw video is to be negotiated. */
static gboolean
decide_for_drm (GstVirtcamSrc *self, GstCaps *caps, GstQuery *query)
{
  if (self->copy_always &&
      gst_virtcam_src_give_up_drm (self, caps, "the peer reads no strides"))
    return TRUE;
  /* the meta is there for whoever looks at it */
  self->copy_always = FALSE;
  if (!self->export_refused && !ensure_buffers (self, caps, query))
    return FALSE;
  if (!self->export_refused)
    return TRUE;
  gst_virtcam_src_drop_buffers (self);
  return gst_virtcam_src_give_up_drm (self, caps, "EXPBUF is refused") ||
         report_no_export (self, caps);
}

static gboolean
decide_buffers (GstVirtcamSrc *self, GstCaps *caps, GstQuery *query)
{
  if (!gst_virtcam_src_fit_layout (self))
    return FALSE;
  return self->drm ? decide_for_drm (self, caps, query)
                   : ensure_buffers (self, caps, query);
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
  self->drm = gst_virtcam_drm_is_caps (caps);
  read_demand (self, query);
  if (gst_virtcam_src_try_import (self, caps, query))
    return TRUE;
  if (!decide_buffers (self, caps, query))
    return FALSE;

  if (self->copy_always) {
    decide_copy_pool (self, caps, query);
    return TRUE;
  }
  while (gst_query_get_n_allocation_pools (query) > 0)
    gst_query_remove_nth_allocation_pool (query, 0);
  return TRUE;
}

/* Ends streaming; what downstream still holds stays valid. */
void
gst_virtcam_src_drop_buffers (GstVirtcamSrc *self)
{
  g_clear_pointer (&self->completion, gst_virtcam_later_free);
  if (self->allocator)
    gst_virtcam_allocator_stop (self->allocator);
  g_clear_pointer (&self->wrapper, gst_virtcam_wrapper_free);
  gst_clear_object (&self->allocator);
  g_clear_pointer (&self->import, gst_virtcam_import_free);
  gst_virtcam_src_note_buffers (self);
  self->refused_bytesperline = 0;
  self->streaming = FALSE;
}
