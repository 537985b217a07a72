/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What passes between virtcamvmsink and upstream: memory, frames and events. */

#include <linux/videodev2.h>

#include "monitor.h"
#include "stage.h"

/* What upstream is told. */
typedef struct {
  GMutex lock;
  GCond cond;
  guint n_throttled, n_freed, n_keys;
} Told;

static GstPadProbeReturn
hear (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  Told *told = data;
  gdouble proportion;
  GstQOSType type;

  if (GST_EVENT_TYPE (event) != GST_EVENT_QOS)
    return GST_PAD_PROBE_OK;
  gst_event_parse_qos (event, &type, &proportion, NULL, NULL);
  g_mutex_lock (&told->lock);
  if (type == GST_QOS_TYPE_THROTTLE)
    ++*(proportion > 1 ? &told->n_throttled : &told->n_freed);
  g_cond_broadcast (&told->cond);
  g_mutex_unlock (&told->lock);
  return GST_PAD_PROBE_OK;
}

static void
wait_told (Told *told, const guint *counter)
{
  g_mutex_lock (&told->lock);
  while (*counter == 0)
    g_cond_wait (&told->cond, &told->lock);
  g_mutex_unlock (&told->lock);
}

static void
upstream_rests_while_no_guest_streams (void)
{
  Told told = { 0 };
  Stage *stage = stage_new ("videotestsrc is-live=true", "");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (stage->sink, "sink");
  Viewer *viewer;

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, hear, &told, NULL);
  g_object_set (stage->sink, "on-demand", TRUE, NULL);
  wait_told (&told, &told.n_throttled);
  g_assert_cmpuint (told.n_freed, ==, 0);
  viewer =
      stage_watch (stage, V4L2_MEMORY_USERPTR, V4L2_PIX_FMT_YUYV, 320, 240);
  wait_told (&told, &told.n_freed);
  g_free (stage_read_frames (viewer, 3));
  viewer_close (viewer);
  stage_free (stage);
}

/* Memory that outlives the element's states */

static GstBufferPool *
get_pool (Stage *stage, GstCaps *caps)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (stage->sink, "sink");
  g_autoptr (GstQuery) query = gst_query_new_allocation (caps, TRUE);
  GstBufferPool *pool = NULL;
  GstStructure *config;
  guint size;

  g_assert_true (gst_pad_query (pad, query));
  g_assert_cmpuint (gst_query_get_n_allocation_pools (query), ==, 1);
  gst_query_parse_nth_allocation_pool (query, 0, &pool, &size, NULL, NULL);
  config = gst_buffer_pool_get_config (pool);
  gst_buffer_pool_config_set_params (config, caps, size, 0, 0);
  g_assert_true (gst_buffer_pool_set_config (pool, config));
  g_assert_true (gst_buffer_pool_set_active (pool, TRUE));
  return pool;
}

static void
upstream_may_hold_a_buffer_for_ever (void)
{
  Stage *stage = stage_new ("videotestsrc pattern=blue is-live=true", "");
  Viewer *viewer =
      stage_watch (stage, V4L2_MEMORY_USERPTR, V4L2_PIX_FMT_YUYV, 320, 240);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (stage->sink, "sink");
  g_autoptr (GstBufferPool) pool = NULL;
  g_autoptr (GstBuffer) buffer = NULL;
  g_autoptr (GstCaps) caps = NULL;

  g_free (stage_read_frames (viewer, 2));
  caps = gst_pad_get_current_caps (pad);
  pool = get_pool (stage, caps);
  g_assert_cmpint (
      gst_buffer_pool_acquire_buffer (pool, &buffer, NULL), ==, GST_FLOW_OK);
  gst_element_set_state (stage->pipeline, GST_STATE_NULL);
  monitor_wait_gone (guest_monitor (stage->guest));
  for (guint i = 0; i < 4; i++)
    viewer_fill (viewer, i, 0x55);
  gst_buffer_memset (buffer, 0, 0xaa, gst_buffer_get_size (buffer));
  for (guint i = 0; i < 4; i++)
    g_assert_true (viewer_has (viewer, i, 0x55));
  gst_clear_buffer (&buffer);
  gst_buffer_pool_set_active (pool, FALSE);
  viewer_forget (viewer);
  stage_free (stage);
}

static void
push (Stage *stage, GstBuffer *buffer)
{
  g_autoptr (GstElement) source =
      gst_bin_get_by_name (GST_BIN (stage->pipeline), "source");
  GstFlowReturn flow;

  GST_BUFFER_PTS (buffer) = 0;
  g_signal_emit_by_name (source, "push-buffer", buffer, &flow);
  g_assert_cmpint (flow, ==, GST_FLOW_OK);
}

static void
push_new (Stage *stage, gsize size, GstBufferFlags flags)
{
  g_autoptr (GstBuffer) buffer = gst_buffer_new_allocate (NULL, size, NULL);

  GST_BUFFER_FLAG_SET (buffer, flags);
  push (stage, buffer);
}

/* So that caps have been agreed on. */
static void
push_any (Stage *stage)
{
  push_new (stage, 153600, 0);
  while (stage_get_stat (stage, "unwatched") == 0)
    g_thread_yield ();
}

/* In a buffer of the guest's, but as upstream would have it. */
static void
push_into_guest (Stage *stage, gsize size)
{
  g_autoptr (GstElement) source =
      gst_bin_get_by_name (GST_BIN (stage->pipeline), "source");
  g_autoptr (GstBufferPool) pool = NULL;
  g_autoptr (GstBuffer) buffer = NULL;
  g_autoptr (GstCaps) caps = NULL;

  g_object_get (source, "caps", &caps, NULL);
  pool = get_pool (stage, caps);
  g_assert_cmpint (
      gst_buffer_pool_acquire_buffer (pool, &buffer, NULL), ==, GST_FLOW_OK);
  gst_buffer_memset (buffer, 0, 7, -1);
  gst_buffer_set_size (buffer, (gssize) size);
  push (stage, buffer);
  gst_clear_buffer (&buffer);
  gst_buffer_pool_set_active (pool, FALSE);
}

/* What is wrong with a frame is not handed on, though it is in the right place. */
static void
frames_that_upstream_changed_are_not_the_guests (void)
{
  Stage *stage = stage_new ("appsrc name=source is-live=true format=time "
                            "caps=video/x-raw,format=YUY2,width=320,height=240,"
                            "framerate=30/1",
      "timeout=0 sync=false");
  Viewer *viewer;
  WireBuffer wire;

  push_any (stage);
  viewer =
      stage_watch (stage, V4L2_MEMORY_USERPTR, V4L2_PIX_FMT_YUYV, 320, 240);
  stage_wait_viewers (stage, 1);
  push_into_guest (stage, 320 * 240);
  push_into_guest (stage, 320 * 240 * 2);
  viewer_wait (viewer, &wire);
  g_assert_cmpuint (get32 (wire.bytesused), ==, 320 * 240 * 2);
  g_assert_cmpuint (get32 (wire.sequence), ==, 1);
  g_assert_cmpuint (stage_get_stat (stage, "dropped"), ==, 1);
  viewer_close (viewer);
  stage_free (stage);
}

static GstPadProbeReturn
hear_of_keys (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Told *told = data;

  if (!gst_event_has_name (GST_PAD_PROBE_INFO_EVENT (info), "GstForceKeyUnit"))
    return GST_PAD_PROBE_OK;
  g_mutex_lock (&told->lock);
  told->n_keys++;
  g_cond_broadcast (&told->cond);
  g_mutex_unlock (&told->lock);
  return GST_PAD_PROBE_OK;
}

static void
a_guest_that_comes_amid_coded_video_waits_for_a_key_frame (void)
{
  Told told = { 0 };
  Stage *stage = stage_new (
      "appsrc name=source is-live=true format=time caps=video/x-h264,"
      "stream-format=byte-stream,alignment=au,parsed=true,width=320,height=240,"
      "framerate=30/1",
      "sync=false");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (stage->sink, "sink");
  Viewer *viewer;
  WireBuffer wire;

  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, hear_of_keys, &told, NULL);
  push_any (stage);
  viewer =
      stage_watch (stage, V4L2_MEMORY_USERPTR, V4L2_PIX_FMT_H264, 320, 240);
  stage_wait_viewers (stage, 1);
  push_new (stage, 100, GST_BUFFER_FLAG_DELTA_UNIT);
  wait_told (&told, &told.n_keys);
  push_new (stage, 1000, 0);
  push_new (stage, 200, GST_BUFFER_FLAG_DELTA_UNIT);
  viewer_wait (viewer, &wire);
  g_assert_cmpuint (get32 (wire.bytesused), ==, 1000);
  viewer_wait (viewer, &wire);
  g_assert_cmpuint (get32 (wire.bytesused), ==, 200);
  g_assert_cmpuint (stage_get_stat (stage, "dropped"), ==, 1);
  viewer_close (viewer);
  stage_free (stage);
}

int
main (int argc, char **argv)
{
#define ADD(name) g_test_add_func ("/vhost/" #name, name)
  stage_init (&argc, &argv);
  ADD (upstream_rests_while_no_guest_streams);
  ADD (upstream_may_hold_a_buffer_for_ever);
  ADD (frames_that_upstream_changed_are_not_the_guests);
  ADD (a_guest_that_comes_amid_coded_video_waits_for_a_key_frame);
  return g_test_run ();
}
