/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes GstBuffers around memories of the allocator, and recycles them. One that
 * returns as it left goes home to the allocator with its memory, and leaves with
 * it again. Any other dies, and its memory goes home by itself: so a buffer
 * whose memory somebody still shares is as good as any.
 *
 * It is no GstBufferPool: that has two sockets to wait by, which cost as much
 * as four frames, and nobody ever waits for it. */

#include "gstvirtcamwrapper.h"

struct _GstVirtcamWrapper {
  GstVirtcamAllocator *allocator;
  gboolean has_video;
  GstVideoInfo video;
  GstVirtcamLayout layout;
};

static GQuark
allocator_quark (void)
{
  static gsize quark = 0;

  if (g_once_init_enter (&quark))
    g_once_init_leave (
        &quark, g_quark_from_static_string ("GstVirtcamWrapped"));
  return (GQuark) quark;
}

/* What a GstVideoMeta says; reading all else of the caps costs four times as
 * much. */
static gboolean
read_video (GstVideoInfo *video, GstCaps *caps)
{
  const GstStructure *structure = gst_caps_get_structure (caps, 0);
  const gchar *format = gst_structure_get_string (structure, "format");
  const gchar *mode = gst_structure_get_string (structure, "interlace-mode");

  if (format == NULL ||
      !gst_structure_get_int (structure, "width", &video->width) ||
      !gst_structure_get_int (structure, "height", &video->height))
    return FALSE;
  video->finfo =
      gst_video_format_get_info (gst_video_format_from_string (format));
  if (mode)
    video->interlace_mode = gst_video_interlace_mode_from_string (mode);
  return TRUE;
}

/* For frames of caps in the memories of allocator. layout: NULL if the frames
 * have no planes. */
GstVirtcamWrapper *
gst_virtcam_wrapper_new (GstVirtcamAllocator *allocator, GstCaps *caps,
    const GstVirtcamLayout *layout)
{
  GstVirtcamWrapper *self = g_new0 (GstVirtcamWrapper, 1);

  self->allocator = gst_object_ref (allocator);
  if (layout) {
    self->layout = *layout;
    self->has_video = gst_structure_has_name (
                          gst_caps_get_structure (caps, 0), "video/x-raw") &&
                      read_video (&self->video, caps);
  }
  return self;
}

/* Buffers that are out stay what they are. */
void
gst_virtcam_wrapper_free (GstVirtcamWrapper *self)
{
  gst_object_unref (self->allocator);
  g_free (self);
}

/* Quicker than to go through all with a function, and mostly there is none. */
static gboolean
has_foreign_meta (GstBuffer *buffer)
{
  gpointer state = NULL;
  const GstMeta *meta;

  while ((meta = gst_buffer_iterate_meta (buffer, &state)))
    if (!GST_META_FLAG_IS_SET (meta, GST_META_FLAG_POOLED))
      return TRUE;
  return FALSE;
}

static gboolean
drop_foreign_meta (GstBuffer *buffer, GstMeta **meta, gpointer data)
{
  if (!GST_META_FLAG_IS_SET (*meta, GST_META_FLAG_POOLED)) {
    GST_META_FLAG_UNSET (*meta, GST_META_FLAG_LOCKED);
    *meta = NULL;
  }
  return TRUE;
}

static void
reset_buffer (GstBuffer *buffer)
{
  if (has_foreign_meta (buffer))
    gst_buffer_foreach_meta (buffer, drop_foreign_meta, NULL);
  GST_BUFFER_PTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_OFFSET (buffer) = GST_BUFFER_OFFSET_NONE;
  GST_BUFFER_OFFSET_END (buffer) = GST_BUFFER_OFFSET_NONE;
}

/* The last reference is gone, in whatever thread: it goes home or dies. */
static gboolean
dispose_buffer (GstMiniObject *object)
{
  GstBuffer *buffer = GST_BUFFER_CAST (object);

  /* writable again; for one that dies that makes no difference */
  gst_buffer_ref (buffer);
  /* first: at home, the streaming thread may take it at once */
  reset_buffer (buffer);
  return !gst_virtcam_allocator_take_back (
      gst_mini_object_get_qdata (object, allocator_quark ()), buffer);
}

static GstBuffer *
new_buffer (GstVirtcamWrapper *self, GstMemory *memory)
{
  const GstVideoInfo *video = &self->video;
  GstBuffer *buffer = gst_buffer_new ();
  GstMiniObject *object = GST_MINI_OBJECT_CAST (buffer);
  GstVideoMeta *meta;

  /* that of its metas: another one's memory may be in it when it comes back */
  gst_mini_object_set_qdata (object, allocator_quark (),
      gst_object_ref (self->allocator), gst_object_unref);
  object->dispose = dispose_buffer;
  if (self->has_video) {
    meta = gst_buffer_add_video_meta_full (buffer,
        GST_VIDEO_INFO_IS_INTERLACED (video) ? GST_VIDEO_FRAME_FLAG_INTERLACED
                                             : GST_VIDEO_FRAME_FLAG_NONE,
        GST_VIDEO_INFO_FORMAT (video), GST_VIDEO_INFO_WIDTH (video),
        GST_VIDEO_INFO_HEIGHT (video), self->layout.n_planes,
        self->layout.offset, self->layout.stride);
    GST_META_FLAG_SET (meta, GST_META_FLAG_POOLED | GST_META_FLAG_LOCKED);
  }
  gst_buffer_append_memory (buffer, memory);
  return buffer;
}

/* Takes what gst_virtcam_allocator_dequeue() gave, memory and around. */
GstBuffer *
gst_virtcam_wrapper_wrap (
    GstVirtcamWrapper *self, GstMemory *memory, GstBuffer *around)
{
  GstBuffer *buffer = around ? around : new_buffer (self, memory);

  GST_BUFFER_FLAGS (buffer) = 0;
  return buffer;
}

/* Whether it is one that comes back with the metas that are marked as pooled. */
gboolean
gst_virtcam_wrapper_has_made (GstBuffer *buffer)
{
  return GST_MINI_OBJECT_CAST (buffer)->dispose == dispose_buffer;
}
