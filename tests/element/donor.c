/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "donor.h"

#include <fcntl.h>
#include <gst/allocators/gstdmabuf.h>
#include <gst/video/video.h>

#include "reader.h"

typedef struct {
  GstBufferPool parent;
  Reader *donor;
  GstAllocator *dmabuf;
  guint given;
} DonorPool;

typedef GstBufferPoolClass DonorPoolClass;
GType donor_pool_get_type (void);
G_DEFINE_TYPE (DonorPool, donor_pool, GST_TYPE_BUFFER_POOL)

static GstFlowReturn
donor_pool_alloc (
    GstBufferPool *pool, GstBuffer **buffer, GstBufferPoolAcquireParams *params)
{
  DonorPool *self = (DonorPool *) pool;
  struct v4l2_exportbuffer export = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .index = self->given,
    .flags = O_RDWR | O_CLOEXEC };
  gsize offset[GST_VIDEO_MAX_PLANES] = { 0 };
  gint stride[GST_VIDEO_MAX_PLANES] = {
    self->donor->format.fmt.pix.bytesperline
  };

  if (self->given == DONOR_N_BUFFERS)
    return GST_FLOW_ERROR;
  g_assert_no_errno (ioctl (self->donor->fd, VIDIOC_EXPBUF, &export));
  *buffer = gst_buffer_new ();
  gst_buffer_append_memory (
      *buffer, gst_dmabuf_allocator_alloc (self->dmabuf, export.fd,
                   self->donor->length[self->given++]));
  gst_buffer_add_video_meta_full (*buffer, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_FORMAT_YUY2, self->donor->format.fmt.pix.width,
      self->donor->format.fmt.pix.height, 1, offset, stride);
  return GST_FLOW_OK;
}

/* All buffers are back and freed: the same dma-bufs can be lent again. */
static gboolean
donor_pool_stop (GstBufferPool *pool)
{
  ((DonorPool *) pool)->given = 0;
  return GST_BUFFER_POOL_CLASS (donor_pool_parent_class)->stop (pool);
}

static void
donor_pool_finalize (GObject *object)
{
  DonorPool *self = (DonorPool *) object;

  G_OBJECT_CLASS (donor_pool_parent_class)->finalize (object);
  gst_object_unref (self->dmabuf);
  reader_close (self->donor);
}

static void
donor_pool_class_init (DonorPoolClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = donor_pool_finalize;
  klass->alloc_buffer = donor_pool_alloc;
  klass->stop = donor_pool_stop;
}

static void
donor_pool_init (DonorPool *self)
{
  self->dmabuf = gst_dmabuf_allocator_new ();
}

GstBufferPool *
donor_pool_new_of_size (
    TestCamera *camera, guint width, guint height, guint bytesperline)
{
  DonorPool *self = g_object_new (donor_pool_get_type (), NULL);

  gst_object_ref_sink (self);
  self->donor = reader_open (camera->node);
  reader_set_format (
      self->donor, V4L2_PIX_FMT_YUYV, width, height, bytesperline);
  reader_map (self->donor, DONOR_N_BUFFERS);
  return GST_BUFFER_POOL (self);
}

GstBufferPool *
donor_pool_new (TestCamera *camera, guint bytesperline)
{
  return donor_pool_new_of_size (camera, 160, 120, bytesperline);
}

GstPadProbeReturn
donor_pool_offer (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);
  GstVideoInfo video;
  GstCaps *caps;

  if (GST_QUERY_TYPE (query) != GST_QUERY_ALLOCATION)
    return GST_PAD_PROBE_OK;
  gst_query_parse_allocation (query, &caps, NULL);
  /* of a source whose camera left before they had agreed on any */
  if (caps == NULL)
    return GST_PAD_PROBE_OK;
  g_assert_true (gst_video_info_from_caps (&video, caps));
  gst_query_add_allocation_pool (
      query, data, GST_VIDEO_INFO_SIZE (&video), 2, DONOR_N_BUFFERS);
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  return GST_PAD_PROBE_HANDLED;
}
