/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sink/pool.h"

#include <gst/allocators/gstdmabuf.h>
#include <gst/base/gstbasesink.h>

#include "pixel/caps.h"

GST_DEBUG_CATEGORY_EXTERN (gst_virtcam_sink_debug);
#define GST_CAT_DEFAULT gst_virtcam_sink_debug

#define GST_TYPE_VIRTCAM_SINK_POOL (gst_virtcam_sink_pool_get_type ())
G_DECLARE_FINAL_TYPE (GstVirtcamSinkPool, gst_virtcam_sink_pool, GST,
    VIRTCAM_SINK_POOL, GstBufferPool)

struct _GstVirtcamSinkPool {
  GstBufferPool parent;

  GstObject *owner; /* of the next two; a reference */
  GstVirtcamReport *report;
  GstVirtcamClaim *claim;

  /* of the configuration */
  GstVirtcamFrames frames; /* as the camera has them when it is configured */
  gboolean direct;         /* upstream can write into the camera's buffers */
  gboolean exported;       /* and into no others */
  guint size;
  GstAllocationParams params;
};

/* Of buffers that the base class counts, since they are not the camera's. */
static G_DEFINE_QUARK (GstVirtcamSinkPoolCounted, counted);

G_DEFINE_TYPE (GstVirtcamSinkPool, gst_virtcam_sink_pool, GST_TYPE_BUFFER_POOL)

#define PARENT GST_BUFFER_POOL_CLASS (gst_virtcam_sink_pool_parent_class)

GstBufferPool *
gst_virtcam_sink_pool_new (GstVirtcamReport *report, GstVirtcamClaim *claim)
{
  GstVirtcamSinkPool *self = g_object_new (GST_TYPE_VIRTCAM_SINK_POOL, NULL);

  self->owner = gst_object_ref (gst_virtcam_report_get_element (report));
  self->report = report;
  self->claim = claim;
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

/* The camera's buffers are for its own frames, with nothing around them. What else
 * upstream wants it gets from this pool as well, unless it can do nothing with other
 * memory. */
static gboolean
gst_virtcam_sink_pool_set_config (GstBufferPool *pool, GstStructure *config)
{
  GstVirtcamSinkPool *self = GST_VIRTCAM_SINK_POOL (pool);
  gboolean suits;
  GstCaps *caps;

  if (!gst_buffer_pool_config_get_params (
          config, &caps, &self->size, NULL, NULL) ||
      !gst_virtcam_claim_get_frames (self->claim, &self->frames))
    return FALSE;
  gst_buffer_pool_config_get_allocator (config, NULL, &self->params);
  suits = is_for (&self->frames, caps) &&
          self->size <= gst_virtcam_frames_get_size (&self->frames) &&
          self->params.prefix == 0 && self->params.padding == 0;
  self->direct = suits && (gst_buffer_pool_config_has_option (
                               config, GST_BUFFER_POOL_OPTION_VIDEO_META) ||
                              is_usual (&self->frames));
  self->exported = gst_virtcam_claim_is_exported (self->claim);
  return (suits || !self->exported) && PARENT->set_config (pool, config);
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

static gboolean
is_asked_to_change (GstVirtcamSinkPool *self)
{
  g_autoptr (GstPad) peer = gst_pad_get_peer (GST_BASE_SINK_PAD (self->owner));

  return peer && gst_pad_needs_reconfigure (peer);
}

/* NULL: nothing but a lack of buffers. EOS: there may be one later. NOT_NEGOTIATED:
 * there may be, but first upstream is to make another mode. */
static GstFlowReturn
flow_of (GstVirtcamSinkPool *self, const GError *error)
{
  switch (error ? error->code : GST_VIRTCAM_NODE_ERROR_GONE) {
  case GST_VIRTCAM_NODE_ERROR_GONE:
  case GST_VIRTCAM_NODE_ERROR_BUSY:
    return GST_FLOW_EOS;
  case GST_VIRTCAM_NODE_ERROR_OTHER_MODE:
  case GST_VIRTCAM_NODE_ERROR_LOST_MODE:
    return is_asked_to_change (self) ? GST_FLOW_NOT_NEGOTIATED : GST_FLOW_EOS;
  case GST_VIRTCAM_NODE_ERROR_FLUSHING:
    return GST_FLOW_FLUSHING;
  default:
    gst_virtcam_report_error (
        self->report, "lend its memory to upstream", error);
    return GST_FLOW_ERROR;
  }
}

/* Of a driver that exports nothing they are mapped, which is good for copies only. */
static GstFlowReturn
take_exported (GstVirtcamSinkPool *self, GstBuffer **buffer)
{
  g_autoptr (GError) error = NULL;

  *buffer =
      gst_virtcam_claim_take_exported (self->claim, &self->frames, &error);
  if (*buffer && !gst_is_dmabuf_memory (gst_buffer_peek_memory (*buffer, 0))) {
    gst_clear_buffer (buffer);
    g_set_error (&error, GST_VIRTCAM_NODE_ERROR,
        GST_VIRTCAM_NODE_ERROR_UNSUPPORTED,
        "its driver exports no dma-bufs; with io-mode=auto upstream can have "
        "mapped buffers");
  }
  return *buffer ? GST_FLOW_OK : flow_of (self, error);
}

/* A flush of upstream's reaches the sink, and not each pool. */
static gboolean
is_flushing (GstVirtcamSinkPool *self)
{
  return GST_BUFFER_POOL_IS_FLUSHING (GST_BUFFER_POOL_CAST (self)) ||
         GST_PAD_IS_FLUSHING (GST_BASE_SINK_PAD (self->owner));
}

/* Upstream can do nothing with other memory: it waits until there is some, also
 * while the camera is away. But what it makes before it changes its mode is dropped,
 * and may be in any. */
static GstFlowReturn
acquire_exported (GstVirtcamSinkPool *self, GstBuffer **buffer,
    GstBufferPoolAcquireParams *params)
{
  gboolean may_wait =
      !params || !(params->flags & GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT);

  while (!is_flushing (self)) {
    GstFlowReturn flow = take_exported (self, buffer);

    if (flow == GST_FLOW_NOT_NEGOTIATED)
      return PARENT->acquire_buffer (
          GST_BUFFER_POOL_CAST (self), buffer, params);
    if (flow != GST_FLOW_EOS || !may_wait)
      return flow;
    gst_virtcam_claim_wait (self->claim);
  }
  return GST_FLOW_FLUSHING;
}

static GstBuffer *
take (GstVirtcamSinkPool *self)
{
  g_autoptr (GError) error = NULL;
  GstBuffer *buffer =
      gst_virtcam_claim_take (self->claim, &self->frames, &error);

  if (error)
    GST_INFO_OBJECT (self, "no buffer of the camera's: %s", error->message);
  return buffer;
}

static GstFlowReturn
gst_virtcam_sink_pool_acquire_buffer (
    GstBufferPool *pool, GstBuffer **buffer, GstBufferPoolAcquireParams *params)
{
  GstVirtcamSinkPool *self = GST_VIRTCAM_SINK_POOL (pool);

  if (GST_BUFFER_POOL_IS_FLUSHING (pool))
    return GST_FLOW_FLUSHING;
  if (self->exported)
    return acquire_exported (self, buffer, params);
  *buffer = self->direct ? take (self) : NULL;
  return *buffer ? GST_FLOW_OK : PARENT->acquire_buffer (pool, buffer, params);
}

/* The camera's buffers are no pool's, whatever upstream has made of them: their
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
