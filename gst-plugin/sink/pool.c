/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sink/pool.h"

#include "pixel/caps.h"

#define GST_TYPE_VIRTCAM_SINK_POOL (gst_virtcam_sink_pool_get_type ())
G_DECLARE_FINAL_TYPE (GstVirtcamSinkPool, gst_virtcam_sink_pool, GST,
    VIRTCAM_SINK_POOL, GstBufferPool)

struct _GstVirtcamSinkPool {
  GstBufferPool parent;

  GstBaseSink *owner; /* of the lender; a reference */
  const GstVirtcamLender *kind;
  gpointer lender;

  /* of the configuration */
  GstVirtcamFrames frames; /* as they are wanted when it is configured */
  gboolean direct;         /* upstream can write into the lender's buffers */
  gboolean only;           /* and into no others */
  guint size;
  GstAllocationParams params;
};

/* Of buffers that the base class counts, since they are not the lender's. */
static G_DEFINE_QUARK (GstVirtcamSinkPoolCounted, counted);

G_DEFINE_TYPE (GstVirtcamSinkPool, gst_virtcam_sink_pool, GST_TYPE_BUFFER_POOL)

#define PARENT GST_BUFFER_POOL_CLASS (gst_virtcam_sink_pool_parent_class)

GstBufferPool *
gst_virtcam_sink_pool_new (
    GstBaseSink *owner, const GstVirtcamLender *kind, gpointer lender)
{
  GstVirtcamSinkPool *self = g_object_new (GST_TYPE_VIRTCAM_SINK_POOL, NULL);

  self->owner = gst_object_ref (owner);
  self->kind = kind;
  self->lender = lender;
  return GST_BUFFER_POOL_CAST (gst_object_ref_sink (self));
}

static const gchar **
gst_virtcam_sink_pool_get_options (GstBufferPool *pool)
{
  static const gchar *options[] = { GST_BUFFER_POOL_OPTION_VIDEO_META, NULL };

  return options;
}

/* Who does not read a GstVideoMeta takes lines to be as long as usual. (Where two
 * fields make that another layout upstream's frames are larger than the camera's.) */
static gboolean
is_usual (const GstVirtcamFrames *frames)
{
  GstVirtcamLayout usual;

  return frames->has_layout &&
         gst_virtcam_layout_default (
             &usual, frames->format, frames->width, frames->height) &&
         gst_virtcam_layout_equal (&usual, &frames->layout);
}

/* Whether it is the size that caps, which may be NULL, are of, and their format. */
static gboolean
is_for (const GstVirtcamFrames *frames, GstCaps *caps)
{
  g_autoptr (GstStructure) mode =
      gst_virtcam_format_to_structure (frames->format);
  g_autoptr (GstCaps) raw = caps ? gst_virtcam_drm_to_raw (caps) : NULL;

  gst_structure_set (mode, "width", G_TYPE_INT, (gint) frames->width, "height",
      G_TYPE_INT, (gint) frames->height, NULL);
  return raw &&
         gst_structure_can_intersect (mode, gst_caps_get_structure (raw, 0));
}

/* The lender's buffers are for the frames that are wanted, with nothing around them.
 * What else upstream wants it gets from this pool as well, unless it can do nothing
 * with other memory. */
static gboolean
gst_virtcam_sink_pool_set_config (GstBufferPool *pool, GstStructure *config)
{
  GstVirtcamSinkPool *self = GST_VIRTCAM_SINK_POOL (pool);
  gboolean suits;
  GstCaps *caps;

  if (!gst_buffer_pool_config_get_params (
          config, &caps, &self->size, NULL, NULL) ||
      !self->kind->get_frames (self->lender, &self->frames))
    return FALSE;
  gst_buffer_pool_config_get_allocator (config, NULL, &self->params);
  suits = self->frames.format && is_for (&self->frames, caps) &&
          self->size <= gst_virtcam_frames_get_size (&self->frames) &&
          self->params.prefix == 0 && self->params.padding == 0;
  self->direct = suits && (gst_buffer_pool_config_has_option (
                               config, GST_BUFFER_POOL_OPTION_VIDEO_META) ||
                              is_usual (&self->frames));
  self->only = self->kind->is_only && self->kind->is_only (self->lender);
  return (suits || !self->only) && PARENT->set_config (pool, config);
}

/* The base class would make the least number of buffers now. */
static gboolean
gst_virtcam_sink_pool_start (GstBufferPool *pool)
{
  return TRUE;
}

static GstFlowReturn
gst_virtcam_sink_pool_alloc_buffer (
    GstBufferPool *pool, GstBuffer **buffer, GstBufferPoolAcquireParams *params)
{
  GstVirtcamSinkPool *self = GST_VIRTCAM_SINK_POOL (pool);
  gsize size = gst_virtcam_frames_get_size (&self->frames);
  GstVideoMeta *meta;

  *buffer =
      gst_buffer_new_allocate (NULL, MAX (self->size, size), &self->params);
  if (*buffer == NULL)
    return GST_FLOW_ERROR;
  gst_mini_object_set_qdata (
      GST_MINI_OBJECT_CAST (*buffer), counted_quark (), self, NULL);
  meta = self->direct ? gst_virtcam_frames_describe (
                            &self->frames, *buffer, &self->frames.layout)
                      : NULL;
  if (meta)
    GST_META_FLAG_SET (meta, GST_META_FLAG_POOLED | GST_META_FLAG_LOCKED);
  return GST_FLOW_OK;
}

static GstFlowReturn
gst_virtcam_sink_pool_acquire_buffer (
    GstBufferPool *pool, GstBuffer **buffer, GstBufferPoolAcquireParams *params)
{
  GstVirtcamSinkPool *self = GST_VIRTCAM_SINK_POOL (pool);
  gboolean may_wait =
      !params || !(params->flags & GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT);
  GstFlowReturn flow;

  if (GST_BUFFER_POOL_IS_FLUSHING (pool))
    return GST_FLOW_FLUSHING;
  if (self->only) {
    flow =
        self->kind->wait (self->lender, pool, &self->frames, may_wait, buffer);
    if (flow != GST_FLOW_NOT_NEGOTIATED)
      return flow;
  } else if (self->direct) {
    *buffer = self->kind->take (self->lender, &self->frames);
    if (*buffer)
      return GST_FLOW_OK;
  }
  return PARENT->acquire_buffer (pool, buffer, params);
}

/* The lender's buffers are no pool's, whatever upstream has made of them: their
 * memory knows its way home. */
static void
gst_virtcam_sink_pool_release_buffer (GstBufferPool *pool, GstBuffer *buffer)
{
  if (gst_mini_object_get_qdata (
          GST_MINI_OBJECT_CAST (buffer), counted_quark ()))
    PARENT->release_buffer (pool, buffer);
  else
    gst_buffer_unref (buffer);
}

static void
gst_virtcam_sink_pool_finalize (GObject *object)
{
  gst_object_unref (GST_VIRTCAM_SINK_POOL (object)->owner);
  G_OBJECT_CLASS (gst_virtcam_sink_pool_parent_class)->finalize (object);
}

static void
gst_virtcam_sink_pool_class_init (GstVirtcamSinkPoolClass *klass)
{
  GstBufferPoolClass *pool_class = GST_BUFFER_POOL_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = gst_virtcam_sink_pool_finalize;
  pool_class->get_options = gst_virtcam_sink_pool_get_options;
  pool_class->set_config = gst_virtcam_sink_pool_set_config;
  pool_class->start = gst_virtcam_sink_pool_start;
  pool_class->alloc_buffer = gst_virtcam_sink_pool_alloc_buffer;
  pool_class->acquire_buffer = gst_virtcam_sink_pool_acquire_buffer;
  pool_class->release_buffer = gst_virtcam_sink_pool_release_buffer;
}

static void
gst_virtcam_sink_pool_init (GstVirtcamSinkPool *self)
{
}
