/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "feed.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define CONFIGFS "/sys/kernel/config/virtcam"

/* Feeds */

void
feed_set (Feed *feed, const gchar *name, const gchar *value)
{
  g_autofree gchar *path = g_build_filename (feed->directory, name, NULL);
  gint fd = g_open (path, O_WRONLY | O_CLOEXEC, 0);

  if (fd < 0 || write (fd, value, strlen (value)) != (gssize) strlen (value))
    g_error ("%s: %s", path, g_strerror (errno));
  close (fd);
}

static gchar *
read_node (Feed *feed, const gchar *name)
{
  g_autofree gchar *path = g_build_filename (feed->directory, name, NULL);
  g_autofree gchar *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL) || text[0] == '\n')
    g_error ("%s names no node", path);
  return g_build_filename ("/dev", g_strchomp (text), NULL);
}

void
feed_set_enabled (Feed *feed, gboolean enabled)
{
  feed_set (feed, "enabled", enabled ? "1" : "0");
  if (!enabled)
    return;
  g_free (feed->node);
  g_free (feed->output);
  feed->node = read_node (feed, "node");
  feed->output = read_node (feed, "output");
}

Feed *
feed_new (const gchar *attribute, ...)
{
  static gint number;
  Feed *feed = g_new0 (Feed, 1);
  va_list pairs;

  feed->directory =
      g_strdup_printf (CONFIGFS "/feed.test-%d-%d", (gint) getpid (), number++);
  if (g_mkdir (feed->directory, 0755) < 0)
    g_error ("mkdir %s: %s", feed->directory, g_strerror (errno));
  va_start (pairs, attribute);
  for (; attribute; attribute = va_arg (pairs, const gchar *))
    feed_set (feed, attribute, va_arg (pairs, const gchar *));
  va_end (pairs);
  feed_set_enabled (feed, TRUE);
  return feed;
}

void
feed_free (Feed *feed)
{
  if (feed == NULL)
    return;
  if (g_rmdir (feed->directory) < 0)
    g_error ("rmdir %s: %s", feed->directory, g_strerror (errno));
  g_free (feed->directory);
  g_free (feed->node);
  g_free (feed->output);
  g_free (feed);
}

/* Rivals */

gint
feed_rival_new (const gchar *output)
{
  struct v4l2_format format = { .type = V4L2_BUF_TYPE_VIDEO_OUTPUT };
  gint fd = g_open (output, O_RDWR | O_CLOEXEC, 0);
  g_autofree guint8 *frame = NULL;
  gssize size;

  fail_unless (fd >= 0);
  fail_unless (ioctl (fd, VIDIOC_G_FMT, &format) == 0);
  fail_unless (ioctl (fd, VIDIOC_S_FMT, &format) == 0);
  size = format.fmt.pix.sizeimage;
  frame = g_malloc0 (size);
  assert_equals_int (write (fd, frame, size), size);
  return fd;
}

/* Producers */

Producer *
producer_new (const gchar *output, const gchar *upstream)
{
  Producer *producer = g_new0 (Producer, 1);
  g_autofree gchar *line =
      g_strdup_printf ("%s ! virtcamsink name=sink", upstream);
  g_autoptr (GError) error = NULL;

  producer->pipeline = gst_parse_launch (line, &error);
  fail_unless (error == NULL, "%s", error ? error->message : "");
  producer->sink = gst_bin_get_by_name (GST_BIN (producer->pipeline), "sink");
  producer->bus = gst_element_get_bus (producer->pipeline);
  g_object_set (producer->sink, "device", output, NULL);
  return producer;
}

void
producer_free (Producer *producer)
{
  if (producer == NULL)
    return;
  producer_stop (producer);
  gst_object_unref (producer->bus);
  gst_object_unref (producer->sink);
  gst_object_unref (producer->pipeline);
  g_free (producer);
}

void
producer_play (Producer *producer)
{
  gst_element_set_state (producer->pipeline, GST_STATE_PLAYING);
  fail_unless (gst_element_get_state (producer->pipeline, NULL, NULL,
                   GST_CLOCK_TIME_NONE) != GST_STATE_CHANGE_FAILURE);
}

void
producer_stop (Producer *producer)
{
  gst_element_set_state (producer->pipeline, GST_STATE_NULL);
}

GstStructure *
producer_wait_for_message (Producer *producer, const gchar *name)
{
  for (;;) {
    g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (producer->bus,
        GST_CLOCK_TIME_NONE, GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR);

    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
      g_autoptr (GError) error = NULL;

      gst_message_parse_error (message, &error, NULL);
      fail ("error instead of %s: %s", name, error->message);
    }
    if (gst_message_has_name (message, name))
      return gst_structure_copy (gst_message_get_structure (message));
  }
}

void
producer_wait_for_viewers (Producer *producer, gint viewers)
{
  gint now = -2;

  while (now != viewers) {
    g_autoptr (GstStructure) structure =
        producer_wait_for_message (producer, "virtcam-viewers");

    fail_unless (gst_structure_get_int (structure, "viewers", &now));
  }
}

GError *
producer_wait_for_failure (Producer *producer, GstMessageType type)
{
  g_autoptr (GstMessage) message =
      gst_bus_timed_pop_filtered (producer->bus, GST_CLOCK_TIME_NONE, type);
  GError *error;

  if (type == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  else
    gst_message_parse_warning (message, &error, NULL);
  return error;
}

static GstPadProbeReturn
look_at_caps (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);

  g_async_queue_push (data, g_steal_pointer (&caps));
  return GST_PAD_PROBE_OK;
}

void
producer_wait_for_caps (Producer *producer, GstCaps *caps)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (producer->sink, "sink");
  g_autoptr (GAsyncQueue) seen =
      g_async_queue_new_full ((GDestroyNotify) gst_caps_unref);
  gulong probe =
      gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, look_at_caps,
          g_async_queue_ref (seen), (GDestroyNotify) g_async_queue_unref);
  gboolean same = FALSE;

  while (!same) {
    g_autoptr (GstCaps) now = g_async_queue_pop (seen);

    same = gst_caps_is_subset (now, caps);
  }
  gst_pad_remove_probe (pad, probe);
}

guint64
producer_get_count (Producer *producer, const gchar *statistic)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 count;

  g_object_get (producer->sink, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, statistic, &count));
  return count;
}

GstBufferPool *
producer_get_pool (Producer *producer, guint extra)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (producer->sink, "sink");
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  g_autoptr (GstQuery) query = gst_query_new_allocation (caps, TRUE);
  GstBufferPool *pool;
  GstStructure *config;
  guint size, min, max;

  fail_unless (gst_pad_query (pad, query));
  gst_query_parse_nth_allocation_pool (query, 0, &pool, &size, &min, &max);
  config = gst_buffer_pool_get_config (pool);
  gst_buffer_pool_config_set_params (config, caps, size + extra, min, max);
  fail_unless (gst_buffer_pool_set_config (pool, config));
  fail_unless (gst_buffer_pool_set_active (pool, TRUE));
  return pool;
}

static GstPadProbeReturn
drop_allocation (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  return GST_QUERY_TYPE (GST_PAD_PROBE_INFO_QUERY (info)) ==
                 GST_QUERY_ALLOCATION
             ? GST_PAD_PROBE_DROP
             : GST_PAD_PROBE_OK;
}

void
producer_hide_allocation (Producer *producer)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (producer->sink, "sink");
  g_autoptr (GstPad) peer = gst_pad_get_peer (pad);

  gst_pad_add_probe (
      peer, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, drop_allocation, NULL, NULL);
}

/* Viewers */

static void
call (Viewer *viewer, gulong request, gpointer argument)
{
  if (ioctl (viewer->fd, request, argument) < 0)
    g_error ("viewer: ioctl 0x%lx: %s", request, g_strerror (errno));
}

static void
make_buffer (Viewer *viewer, guint index)
{
  struct v4l2_buffer buffer = { .index = index,
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_MMAP };

  call (viewer, VIDIOC_QUERYBUF, &buffer);
  viewer->data[index] = mmap (
      NULL, buffer.length, PROT_READ, MAP_SHARED, viewer->fd, buffer.m.offset);
  fail_unless (viewer->data[index] != MAP_FAILED);
  call (viewer, VIDIOC_QBUF, &buffer);
}

static void
set_format (Viewer *viewer, guint32 fourcc, guint width, guint height)
{
  struct v4l2_format format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

  call (viewer, VIDIOC_G_FMT, &format);
  if (fourcc) {
    format.fmt.pix = (struct v4l2_pix_format){
      .pixelformat = fourcc, .width = width, .height = height
    };
    call (viewer, VIDIOC_S_FMT, &format);
    assert_equals_int (format.fmt.pix.pixelformat, fourcc);
    assert_equals_int (format.fmt.pix.width, width);
    assert_equals_int (format.fmt.pix.height, height);
  }
  viewer->format = format.fmt.pix;
}

Viewer *
viewer_new (const gchar *node, guint32 fourcc, guint width, guint height)
{
  struct v4l2_requestbuffers request = {
    .count = 4, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP
  };
  gint type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  Viewer *viewer = g_new0 (Viewer, 1);

  viewer->fd = g_open (node, O_RDWR | O_CLOEXEC, 0);
  fail_unless (viewer->fd >= 0, "%s: %s", node, g_strerror (errno));
  set_format (viewer, fourcc, width, height);
  call (viewer, VIDIOC_REQBUFS, &request);
  viewer->count = request.count;
  for (guint i = 0; i < request.count; i++)
    make_buffer (viewer, i);
  call (viewer, VIDIOC_STREAMON, &type);
  return viewer;
}

void
viewer_free (Viewer *viewer)
{
  if (viewer == NULL)
    return;
  for (guint i = 0; i < viewer->count; i++)
    munmap (viewer->data[i], viewer->format.sizeimage);
  close (viewer->fd);
  g_free (viewer);
}

const guint8 *
viewer_next (Viewer *viewer, struct v4l2_buffer *buffer)
{
  *buffer = (struct v4l2_buffer){ .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_MMAP };
  call (viewer, VIDIOC_DQBUF, buffer);
  return viewer->data[buffer->index];
}

void
viewer_return (Viewer *viewer, struct v4l2_buffer *buffer)
{
  call (viewer, VIDIOC_QBUF, buffer);
}

void
viewer_wait_for (Viewer *viewer, GstBuffer *expected)
{
  struct v4l2_buffer buffer;
  gboolean same = FALSE;

  while (!same) {
    const guint8 *data = viewer_next (viewer, &buffer);

    same = buffer.bytesused == gst_buffer_get_size (expected) &&
           gst_buffer_memcmp (expected, 0, data, buffer.bytesused) == 0;
    viewer_return (viewer, &buffer);
  }
}

/* Frames */

static void
keep_frame (GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer data)
{
  GstBuffer **frame = data;

  if (*frame == NULL)
    *frame = gst_buffer_copy_deep (buffer);
}

GstBuffer *
feed_make_frame (const gchar *upstream, const gchar *caps)
{
  g_autofree gchar *line = g_strdup_printf (
      "%s num-buffers=1 ! %s ! fakesink name=sink signal-handoffs=true",
      upstream, caps);
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, NULL);
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) end = NULL;
  GstBuffer *frame = NULL;

  g_signal_connect (sink, "handoff", G_CALLBACK (keep_frame), &frame);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  end = gst_bus_timed_pop_filtered (
      bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  fail_unless (frame != NULL, "no frame of %s", line);
  return frame;
}
