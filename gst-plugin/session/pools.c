/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "session/supply.h"

#include <gst/allocators/gstfdmemory.h>

/* a peer that does not say what it holds */
#define UNSAID_BUFFERS 2

/* How many buffers the peer says it holds. */
guint
gst_virtcam_pools_count_held (GstQuery *query)
{
  guint held = UNSAID_BUFFERS;

  if (gst_query_get_n_allocation_pools (query) > 0)
    gst_query_parse_nth_allocation_pool (query, 0, NULL, NULL, &held, NULL);
  return held;
}

static GstAllocator *
get_allocator (GstQuery *query, GstAllocationParams *params)
{
  GstAllocator *allocator = NULL;

  gst_allocation_params_init (params);
  if (gst_query_get_n_allocation_params (query) > 0)
    gst_query_parse_nth_allocation_param (query, 0, &allocator, params);
  return allocator;
}

/* Whether the peer takes only memory that can be given to another process, as
 * unixfdsink does. */
gboolean
gst_virtcam_pools_wants_fds (GstQuery *query)
{
  GstAllocationParams params;
  g_autoptr (GstAllocator) allocator = get_allocator (query, &params);

  return allocator && GST_IS_FD_ALLOCATOR (allocator);
}

/* Allocators of file descriptors are marked as those that allocate in ways of
 * their own, also where a derived class does it in the usual way. */
static gboolean
can_allocate (GstAllocator *allocator)
{
  return !GST_OBJECT_FLAG_IS_SET (allocator, GST_ALLOCATOR_FLAG_CUSTOM_ALLOC) ||
         (GST_IS_FD_ALLOCATOR (allocator) &&
             GST_ALLOCATOR_GET_CLASS (allocator)->alloc);
}

/* The allocator is a reference of the caller's, or NULL. */
void
gst_virtcam_pools_get_copier (GstQuery *query, GstVirtcamCopier *copier)
{
  copier->allocator = get_allocator (query, &copier->params);
  if (copier->allocator && !can_allocate (copier->allocator))
    gst_clear_object (&copier->allocator);
}

/* A pool may make something else of what it was asked for: that will do if the
 * frames fit. Takes config. */
static gboolean
configure (GstBufferPool *pool, GstStructure *config, GstCaps *caps, guint size,
    guint min, guint max)
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

static void
set_demand (
    GstBufferPool *pool, GstStructure *config, const GstVirtcamDemand *demand)
{
  GstVideoAlignment alignment = demand->alignment;

  if (demand->reads_meta &&
      gst_buffer_pool_has_option (pool, GST_BUFFER_POOL_OPTION_VIDEO_META))
    gst_buffer_pool_config_add_option (
        config, GST_BUFFER_POOL_OPTION_VIDEO_META);
  if (!is_aligned (&alignment) || !gst_buffer_pool_has_option (pool,
                                      GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT))
    return;
  gst_buffer_pool_config_add_option (
      config, GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT);
  gst_buffer_pool_config_set_video_alignment (config, &alignment);
}

/* The peer's pool; NULL if it has none, or none that holds such frames. */
static GstBufferPool *
configure_peer_pool (GstQuery *query, GstCaps *caps,
    const GstVirtcamDemand *demand, guint size, guint *min, guint *max)
{
  g_autoptr (GstBufferPool) pool = NULL;
  GstStructure *config;
  guint proposed;

  if (gst_query_get_n_allocation_pools (query) == 0)
    return NULL;
  gst_query_parse_nth_allocation_pool (query, 0, &pool, &proposed, min, max);
  if (pool == NULL)
    return NULL;
  config = gst_buffer_pool_get_config (pool);
  set_demand (pool, config, demand);
  if (configure (pool, config, caps, MAX (size, proposed), *min, *max))
    return g_steal_pointer (&pool);
  GST_CAT_INFO (gst_virtcam_src_debug,
      "%" GST_PTR_FORMAT " does not take %" GST_PTR_FORMAT, pool, caps);
  return NULL;
}

static GstBufferPool *
make_plain_pool (GstQuery *query, GstCaps *caps, guint size, guint min)
{
  GstBufferPool *pool = gst_buffer_pool_new ();
  GstStructure *config = gst_buffer_pool_get_config (pool);
  GstVirtcamCopier copier;

  gst_virtcam_pools_get_copier (query, &copier);
  gst_buffer_pool_config_set_allocator (
      config, copier.allocator, &copier.params);
  gst_clear_object (&copier.allocator);
  configure (pool, config, caps, size, min, 0);
  return pool;
}

/* Leaves one pool in the query, which the base class runs: the peer's if it has
 * one that works, else a plain one. A reference to it. */
GstBufferPool *
gst_virtcam_pools_for_copies (
    GstQuery *query, GstCaps *caps, const GstVirtcamDemand *demand, guint size)
{
  guint min = 0, max = 0;
  GstBufferPool *pool =
      configure_peer_pool (query, caps, demand, size, &min, &max);

  if (pool == NULL) {
    max = 0;
    pool = make_plain_pool (query, caps, size, min);
  }
  if (gst_query_get_n_allocation_pools (query) > 0)
    gst_query_set_nth_allocation_pool (query, 0, pool, size, min, max);
  else
    gst_query_add_allocation_pool (query, pool, size, min, max);
  return pool;
}

/* The peer's pool, to be run with count buffers for the driver beyond those that
 * the peer needs, if it may have so many; count: then how many there are. NULL:
 * there is none, or it refuses such frames. */
GstBufferPool *
gst_virtcam_pools_for_filling (
    GstQuery *query, GstCaps *caps, guint size, guint *count)
{
  g_autoptr (GstBufferPool) pool = NULL;
  guint proposed, min, max;

  if (gst_query_get_n_allocation_pools (query) == 0)
    return NULL;
  gst_query_parse_nth_allocation_pool (query, 0, &pool, &proposed, &min, &max);
  if (pool == NULL)
    return NULL;
  size = MAX (size, proposed);
  min += *count;
  if (max > 0)
    min = MIN (min, max);
  *count = min;
  gst_query_set_nth_allocation_pool (query, 0, pool, size, min, max);
  if (!configure (
          pool, gst_buffer_pool_get_config (pool), caps, size, min, max))
    return NULL;
  return g_steal_pointer (&pool);
}

/* The base class would run them. */
void
gst_virtcam_pools_remove (GstQuery *query)
{
  while (gst_query_get_n_allocation_pools (query) > 0)
    gst_query_remove_nth_allocation_pool (query, 0);
}
