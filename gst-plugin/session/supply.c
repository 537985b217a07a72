/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames are filled into the peer's buffers where the user wants that and all
 * can; lent by the driver where the peer can read them as they are, or the
 * driver can be made to lay them out so; else copied. */

#include "session/supply.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

/* beyond the driver's and downstream's needs: one being pushed, one spare */
#define EXTRA_BUFFERS 2

struct _GstVirtcamSupply {
  GstVirtcamReport *report;
  GstVirtcamNode *node;    /* a reference; NULL while the camera is closed */
  gboolean export_refused; /* EXPBUF, by this node: it is not asked again */
  gboolean import_refused; /* the user has been warned of it */

  GstVirtcamStream *stream;     /* NULL: nothing is decided */
  guint32 refused_bytesperline; /* by the driver, in this stream's mode */

  /* what is being decided */
  GstVirtcamMode *mode;
  GstVirtcamDemand demand; /* the peer's */
  GstVirtcamCopyReason copy;
  GstVirtcamLayout copy_layout; /* for copies: what the peer wants */
};

GstVirtcamSupply *
gst_virtcam_supply_new (GstVirtcamReport *report)
{
  GstVirtcamSupply *self = g_new0 (GstVirtcamSupply, 1);

  self->report = report;
  return self;
}

void
gst_virtcam_supply_free (GstVirtcamSupply *self)
{
  gst_virtcam_supply_close (self);
  g_free (self);
}

/* Nothing is known of the node. */
void
gst_virtcam_supply_open (GstVirtcamSupply *self, GstVirtcamNode *node)
{
  gst_virtcam_supply_close (self);
  self->node = gst_virtcam_node_ref (node);
  self->export_refused = self->import_refused = FALSE;
}

void
gst_virtcam_supply_close (GstVirtcamSupply *self)
{
  gst_virtcam_supply_drop (self);
  g_clear_pointer (&self->node, gst_virtcam_node_unref);
}

GstVirtcamStream *
gst_virtcam_supply_get_stream (GstVirtcamSupply *self)
{
  return self->stream;
}

static void
count_buffers (GstVirtcamSupply *self)
{
  gst_virtcam_stats_set (gst_virtcam_report_get_stats (self->report),
      GST_VIRTCAM_COUNT_BUFFERS, gst_virtcam_stream_get_count (self->stream));
}

/* Ends streaming; what downstream still holds stays valid. */
void
gst_virtcam_supply_drop (GstVirtcamSupply *self)
{
  g_clear_pointer (&self->stream, gst_virtcam_stream_free);
  self->refused_bytesperline = 0;
  count_buffers (self);
}

static gboolean
fail (GError **error, const gchar *why)
{
  g_set_error_literal (
      error, GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_UNSUPPORTED, why);
  return FALSE;
}

/* The peer's buffers, filled by the driver */

/* Where the planes lie in the peer's buffers. */
static gboolean
read_layout (const GstVirtcamMode *mode, GstBuffer *buffer,
    GstVirtcamLayout *layout, GError **error)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);

  if (!gst_virtcam_layout_default (
          layout, mode->format, mode->picture.width, mode->picture.height))
    return fail (error, "frames of this size have no layout");
  if (meta && meta->n_planes != layout->n_planes)
    return fail (error, "the next element's buffers have other planes");
  if (meta)
    gst_virtcam_layout_place (layout, meta->stride, meta->offset);
  return TRUE;
}

static gboolean
has_layout (const GstVirtcamMode *mode, const GstVirtcamLayout *layout)
{
  return mode->has_layout && gst_virtcam_layout_equal (layout, &mode->layout);
}

/* The driver writes the planes where the buffer has them, or is made to. */
static gboolean
agree_on_layout (GstVirtcamSupply *self, GstBuffer *buffer, GError **error)
{
  GstVirtcamMode *mode = self->mode;
  guint32 before = mode->picture.bytesperline;
  GstVirtcamLayout wanted;

  if (!mode->has_layout)
    return TRUE;
  if (!read_layout (mode, buffer, &wanted, error))
    return FALSE;
  if (has_layout (mode, &wanted))
    return TRUE;
  if (!gst_virtcam_mode_set_bytesperline (
          mode, self->node, wanted.stride[0], error))
    return FALSE;
  if (has_layout (mode, &wanted))
    return TRUE;
  return gst_virtcam_mode_set_bytesperline (mode, self->node, before, error) &&
         fail (error, "the driver does not write in the layout of the next "
                      "element's buffers");
}

static gboolean
fill_from (GstVirtcamSupply *self, GstBufferPool *pool, guint count, guint min,
    GError **error)
{
  g_autoptr (GstBuffer) probe = NULL;
  GstVirtcamFrames frames;

  if (gst_buffer_pool_acquire_buffer (pool, &probe, NULL) != GST_FLOW_OK)
    return fail (error, "the next element's pool gives no buffer");
  if (!agree_on_layout (self, probe, error))
    return FALSE;
  gst_clear_buffer (&probe);
  frames = gst_virtcam_mode_get_frames (self->mode);
  self->stream = gst_virtcam_stream_new_filled (
      self->node, &frames, pool, count, min, error);
  return self->stream != NULL;
}

static gboolean
fill (GstVirtcamSupply *self, GstCaps *caps, GstQuery *query, GError **error)
{
  guint min = gst_virtcam_node_get_min_buffers (self->node);
  guint count = min + EXTRA_BUFFERS;
  g_autoptr (GstBufferPool) pool = gst_virtcam_pools_for_filling (
      query, caps, self->mode->picture.sizeimage, &count);

  if (self->mode->format->n_memories > 1)
    return fail (error, "the driver writes the planes apart from one another");
  if (pool == NULL)
    return fail (error,
        "the next element offers no pool of buffers, or one that refuses the "
        "camera's frames");
  if (!gst_buffer_pool_set_active (pool, TRUE))
    return fail (error, "the next element's pool cannot be started");
  if (fill_from (self, pool, count, min, error))
    return TRUE;
  gst_buffer_pool_set_active (pool, FALSE);
  return FALSE;
}

/* Whether the pool in query is the one that is filled already. */
static gboolean
is_filled (GstVirtcamSupply *self, GstQuery *query)
{
  g_autoptr (GstBufferPool) pool = NULL;

  if (gst_query_get_n_allocation_pools (query) > 0)
    gst_query_parse_nth_allocation_pool (query, 0, &pool, NULL, NULL, NULL);
  return pool && gst_virtcam_stream_get_pool (self->stream) == pool;
}

/* Whether the camera is not what was agreed any more. */
static gboolean
is_lost (const GError *error)
{
  return error->code == GST_VIRTCAM_NODE_ERROR_GONE ||
         error->code == GST_VIRTCAM_NODE_ERROR_LOST_MODE;
}

/* FALSE without an error: frames go into the driver's buffers, and the user is
 * told why. */
static gboolean
try_fill (
    GstVirtcamSupply *self, GstCaps *caps, GstQuery *query, GError **error)
{
  g_autofree gchar *camera = gst_virtcam_report_dup_camera (self->report);
  g_autoptr (GError) refusal = NULL;

  if (fill (self, caps, query, &refusal))
    return TRUE;
  if (is_lost (refusal)) {
    g_propagate_error (error, g_steal_pointer (&refusal));
    return FALSE;
  }
  if (!self->import_refused)
    GST_ELEMENT_WARNING (gst_virtcam_report_get_element (self->report),
        RESOURCE, SETTINGS,
        ("Camera %s cannot fill the next element's buffers: it lends its own, "
         "as with io-mode=dmabuf.",
            camera),
        ("%s", refusal->message));
  self->import_refused = TRUE;
  return FALSE;
}

/* The driver's buffers */

static gboolean
is_met (GstVirtcamSupply *self, const GstVirtcamLayout *layout)
{
  const GstVirtcamMode *mode = self->mode;

  return gst_virtcam_demand_is_met (&self->demand, mode->format,
      mode->picture.width, mode->picture.height, layout);
}

/* Whether lines of so many bytes would be what the peer wants, if the driver
 * made them so. */
static gboolean
would_be_met (GstVirtcamSupply *self, guint bytesperline)
{
  struct v4l2_pix_format picture = self->mode->picture;
  GstVirtcamLayout layout;

  picture.bytesperline = bytesperline;
  picture.sizeimage = G_MAXUINT32;
  return gst_virtcam_layout_from_picture (
             &layout, self->mode->format, &picture) &&
         is_met (self, &layout);
}

/* The driver does not make such lines. Those that it made instead may be neither
 * its own nor the peer's: it is asked for its own again. */
static gboolean
go_back (GstVirtcamSupply *self, guint32 bytesperline, GError **error)
{
  self->refused_bytesperline = self->copy_layout.stride[0];
  if (self->mode->picture.bytesperline == bytesperline)
    return TRUE;
  return gst_virtcam_mode_set_bytesperline (
             self->mode, self->node, bytesperline, error) &&
         (self->mode->has_layout ||
             fail (error, "the driver does not go back to its own layout"));
}

/* Leaves in copy_layout what the peer wants, and in copy whether frames have to
 * be copied there. */
static gboolean
fit_layout (GstVirtcamSupply *self, GError **error)
{
  GstVirtcamMode *mode = self->mode;
  GstVirtcamLayout *wanted = &self->copy_layout;
  guint32 before = mode->picture.bytesperline;

  self->copy_layout = mode->layout;
  if (!mode->has_layout || is_met (self, &mode->layout))
    return TRUE;
  self->copy = GST_VIRTCAM_COPY_FOR_LAYOUT;
  if (!gst_virtcam_demand_to_layout (&self->demand, mode->format,
          mode->picture.width, mode->picture.height, wanted))
    return fail (error, "the next element wants a layout that cannot be");
  if (self->refused_bytesperline == (guint32) wanted->stride[0] ||
      !would_be_met (self, wanted->stride[0]))
    return TRUE;

  gst_virtcam_supply_drop (self);
  if (!gst_virtcam_mode_set_bytesperline (
          mode, self->node, wanted->stride[0], error))
    return FALSE;
  if (!mode->has_layout || !is_met (self, &mode->layout))
    return go_back (self, before, error);
  self->copy = GST_VIRTCAM_COPY_NONE;
  return TRUE;
}

/* Who asked for dma-bufs is told: the peer by other caps, or the user. */
static void
note_refusal (GstVirtcamSupply *self, gboolean by_user)
{
  g_autofree gchar *camera = gst_virtcam_report_dup_camera (self->report);

  self->export_refused = TRUE;
  if (by_user)
    GST_ELEMENT_WARNING (gst_virtcam_report_get_element (self->report),
        RESOURCE, SETTINGS,
        ("The driver of camera %s cannot export dma-bufs. Its buffers are "
         "mapped instead, as with io-mode=mmap.",
            camera),
        ("EXPBUF is refused"));
}

static gboolean
lend (GstVirtcamSupply *self, gboolean dmabuf, GstQuery *query, GError **error)
{
  guint min = gst_virtcam_node_get_min_buffers (self->node);
  guint count = min + gst_virtcam_pools_count_held (query) + EXTRA_BUFFERS;
  GstVirtcamFrames frames = gst_virtcam_mode_get_frames (self->mode);

  self->stream = gst_virtcam_stream_new_lent (
      self->node, &frames, dmabuf, MIN (count, VIDEO_MAX_FRAME), min, error);
  return self->stream != NULL;
}

/* Those that are there remain, if they can be what is wanted. by_user: whether
 * it was the user who wants dma-bufs. */
static gboolean
ensure_lent (GstVirtcamSupply *self, gboolean dmabuf, gboolean by_user,
    GstQuery *query, GError **error)
{
  gboolean wish = dmabuf && !self->export_refused &&
                  !gst_virtcam_node_is_converting (self->node);

  if (self->stream && wish && !gst_virtcam_stream_is_dmabuf (self->stream))
    gst_virtcam_supply_drop (self);
  if (self->stream == NULL && !lend (self, wish, query, error))
    return FALSE;
  if (wish && !gst_virtcam_stream_is_dmabuf (self->stream))
    note_refusal (self, by_user);
  return TRUE;
}

/* DMA_DRM caps promise dma-bufs, so there can be no copies. */
static GstVirtcamSupplied
supply_drm (
    GstVirtcamSupply *self, gboolean insist, GstQuery *query, GError **error)
{
  if (self->copy != GST_VIRTCAM_COPY_NONE && !insist)
    return GST_VIRTCAM_SUPPLY_STRIDES;
  /* the meta is there for whoever looks at it */
  self->copy = GST_VIRTCAM_COPY_NONE;
  if (!self->export_refused && !ensure_lent (self, TRUE, FALSE, query, error))
    return GST_VIRTCAM_SUPPLY_FAILED;
  if (!self->export_refused) {
    gst_virtcam_stream_set_copier (self->stream, NULL);
    return GST_VIRTCAM_SUPPLY_OK;
  }
  gst_virtcam_supply_drop (self);
  return GST_VIRTCAM_SUPPLY_NO_EXPORT;
}

static GstVirtcamSupplied
supply_plain (GstVirtcamSupply *self, GstVirtcamIOMode io_mode, GstQuery *query,
    GError **error)
{
  gboolean by_user = io_mode == GST_VIRTCAM_IO_MODE_DMABUF ||
                     io_mode == GST_VIRTCAM_IO_MODE_DMABUF_IMPORT;
  gboolean fds = io_mode == GST_VIRTCAM_IO_MODE_AUTO &&
                 gst_virtcam_pools_wants_fds (query);
  GstVirtcamCopier copier;

  if (!ensure_lent (self, by_user || fds, by_user, query, error))
    return GST_VIRTCAM_SUPPLY_FAILED;
  gst_virtcam_pools_get_copier (query, &copier);
  gst_virtcam_stream_set_copier (self->stream, &copier);
  gst_clear_object (&copier.allocator);
  if (self->copy != GST_VIRTCAM_COPY_NONE)
    return GST_VIRTCAM_SUPPLY_OK;
  if (gst_virtcam_node_is_converting (self->node))
    self->copy = GST_VIRTCAM_COPY_FOR_CONVERSION;
  else if (gst_virtcam_pools_wants_fds (query) &&
           !gst_virtcam_stream_is_dmabuf (self->stream))
    self->copy = GST_VIRTCAM_COPY_FOR_MEMORY;
  return GST_VIRTCAM_SUPPLY_OK;
}

/* The element's own buffers are not the base class's business: they must not be
 * stopped when a renegotiation leaves them in use. So without copies the query
 * is left without a pool. */
static void
decide_copies (GstVirtcamSupply *self, GstCaps *caps, GstQuery *query)
{
  const GstVirtcamMode *mode = self->mode;
  g_autoptr (GstBufferPool) pool = NULL;

  if (self->copy == GST_VIRTCAM_COPY_NONE)
    gst_virtcam_pools_remove (query);
  else
    pool = gst_virtcam_pools_for_copies (query, caps, &self->demand,
        mode->has_layout ? self->copy_layout.size : mode->picture.sizeimage);
  gst_virtcam_stream_copy_all (
      self->stream, pool, &self->copy_layout, self->copy);
}

static void
read_demand (GstVirtcamSupply *self, GstQuery *query)
{
  if (!gst_virtcam_demand_from_query (&self->demand, query))
    GST_WARNING_OBJECT (gst_virtcam_report_get_element (self->report),
        "the next element wants an alignment that cannot be, ignored: "
        "%" GST_PTR_FORMAT,
        gst_query_get_structure (query));
}

/* query: answered by the peer; then as the base class needs it. mode: its lines
 * may become longer. insist: DMA_DRM it is, also where the peer reads no
 * strides. Without OK there is no stream. */
GstVirtcamSupplied
gst_virtcam_supply_decide (GstVirtcamSupply *self, GstVirtcamMode *mode,
    GstVirtcamIOMode io_mode, gboolean insist, GstQuery *query, GError **error)
{
  GstVirtcamSupplied supplied;
  GstCaps *caps;

  gst_query_parse_allocation (query, &caps, NULL);
  self->mode = mode;
  self->copy = GST_VIRTCAM_COPY_NONE;
  read_demand (self, query);
  if (is_filled (self, query))
    return GST_VIRTCAM_SUPPLY_OK;
  if (gst_virtcam_stream_get_pool (self->stream))
    gst_virtcam_supply_drop (self);
  /* a stream that lends goes on lending until the mode changes */
  if (io_mode == GST_VIRTCAM_IO_MODE_DMABUF_IMPORT && self->stream == NULL &&
      try_fill (self, caps, query, error))
    supplied = GST_VIRTCAM_SUPPLY_OK;
  else if (*error || !fit_layout (self, error))
    supplied = GST_VIRTCAM_SUPPLY_FAILED;
  else if (gst_virtcam_drm_is_caps (caps))
    supplied = supply_drm (self, insist, query, error);
  else
    supplied = supply_plain (self, io_mode, query, error);
  if (supplied == GST_VIRTCAM_SUPPLY_OK &&
      gst_virtcam_stream_get_pool (self->stream) == NULL)
    decide_copies (self, caps, query);
  if (supplied != GST_VIRTCAM_SUPPLY_OK)
    gst_virtcam_supply_drop (self);
  count_buffers (self);
  return supplied;
}
