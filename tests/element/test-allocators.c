/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Peers that propose an allocator: those that pass file descriptors on, as
 * unixfdsink does from GStreamer 1.24 on, and whoever takes copies. */

#include <errno.h>
#include <gst/allocators/gstdmabuf.h>
#include <gst/allocators/gstfdmemory.h>
#include <unistd.h>

#include "driver.h"
#include "memfd.h"
#include "rig.h"

#define SMALL "video/x-raw,format=YUY2,width=160,height=120,framerate=15/1"

static gboolean does_not_export;

gint
driver_answer (gint fd, gulong request, gpointer argument)
{
  if (request == VIDIOC_EXPBUF && does_not_export) {
    errno = ENOTTY;
    return -1;
  }
  return driver_ask (fd, request, argument);
}

/* What the peer says */

typedef struct {
  GstAllocator *allocator;
  gboolean reads_meta;
  guint n_of_allocator; /* frames in its memory */
  GPtrArray *held;      /* NULL: none is */
} Peer;

static GstPadProbeReturn
propose (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);
  const Peer *peer = data;

  if (GST_QUERY_TYPE (query) != GST_QUERY_ALLOCATION)
    return GST_PAD_PROBE_OK;
  gst_query_add_allocation_param (query, peer->allocator, NULL);
  if (peer->reads_meta)
    gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  return GST_PAD_PROBE_HANDLED;
}

static void
note_frame (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  GstMemory *memory = gst_buffer_peek_memory (buffer, 0);
  Peer *peer = data;

  assert_equals_int (gst_buffer_n_memory (buffer), 1);
  assert_equals_int (rig_read_stamp (rig, buffer).sequence, number);
  peer->n_of_allocator += memory->allocator == peer->allocator;
  if (peer->held)
    g_ptr_array_add (peer->held, gst_buffer_ref (buffer));
}

static void
peer_init (Peer *peer, Rig *rig, gboolean reads_meta)
{
  if (peer->allocator == NULL)
    peer->allocator = memfd_allocator_new ();
  peer->reads_meta = reads_meta;
  rig_answer_allocation (rig, propose, peer);
  rig_on_frame (rig, note_frame, peer);
}

static void
peer_finish (Peer *peer)
{
  g_clear_pointer (&peer->held, g_ptr_array_unref);
  gst_clear_object (&peer->allocator);
}

/* Peers that pass descriptors on */

static void
check_fd (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  fail_unless (gst_is_fd_memory (gst_buffer_peek_memory (buffer, 0)),
      "frame %u has no file descriptor", number);
  note_frame (rig, buffer, number, data);
}

GST_START_TEST (a_peer_that_asks_for_fds_is_lent_dmabufs)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  Peer peer = { 0 };

  rig_set_caps (rig, SMALL);
  peer_init (&peer, rig, TRUE);
  rig_on_frame (rig, check_fd, &peer);
  rig_run (rig, 10);
  assert_equals_int (peer.n_of_allocator, 0);
  assert_equals_uint64 (rig_get_count (rig, "copied"), 0);
  peer_finish (&peer);
}
GST_END_TEST

GST_START_TEST (a_peer_that_asks_for_fds_gets_copies_where_none_are_exported)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  Peer peer = { 0 };

  does_not_export = TRUE;
  rig_set_caps (rig, SMALL);
  peer_init (&peer, rig, TRUE);
  rig_on_frame (rig, check_fd, &peer);
  rig_run (rig, 10);
  assert_equals_int (peer.n_of_allocator, 10);
  assert_equals_uint64 (rig_get_count (rig, "copied"), 10);
  peer_finish (&peer);
}
GST_END_TEST

/* The real one, where GStreamer has it. */
GST_START_TEST (unixfdsink_takes_frames)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autofree gchar *line = g_strdup_printf (
      "virtcamsrc num-buffers=10 device=%s ! " SMALL
      " ! unixfdsink sync=false socket-path=/tmp/virtcam-test-%u",
      camera->node, (guint) getpid ());
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, NULL);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (
      bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  fail_unless (error == NULL, "%s", error ? error->message : "");
  gst_element_set_state (pipeline, GST_STATE_NULL);
}
GST_END_TEST

/* Copies, whatever for */

/* A driver that has no more is copied from. */
GST_START_TEST (copies_for_a_peer_that_holds_everything_are_its_allocators)
{
  static const gchar *modes[] = { "auto", "mmap", "dmabuf" };
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  Peer peer = { 0 };

  peer.held =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", modes[__i__]);
  rig_set_caps (rig, SMALL);
  peer_init (&peer, rig, TRUE);
  rig_run (rig, 60);
  fail_unless (rig_get_count (rig, "copied") >= 60 - 32);
  assert_equals_uint64 (rig_get_count (rig, "copied"), peer.n_of_allocator);
  peer_finish (&peer);
}
GST_END_TEST

/* 162 pixels: test-pool.c */
static void
run_copying_for_layout (Peer *peer)
{
  g_autoptr (TestCamera) camera = test_camera_new ("sizes", "162x122", NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  rig_set_caps (rig, "video/x-raw,format=I420,width=162,height=122");
  peer_init (peer, rig, FALSE);
  rig_run (rig, 10);
  assert_equals_uint64 (rig_get_count (rig, "copied"), 10);
}

GST_START_TEST (copies_for_a_layout_are_the_peers_allocators)
{
  Peer peer = { 0 };

  run_copying_for_layout (&peer);
  assert_equals_int (peer.n_of_allocator, 10);
  peer_finish (&peer);
}
GST_END_TEST

/* It takes what somebody else has made, and makes nothing. */
GST_START_TEST (an_allocator_that_cannot_allocate_is_passed_over)
{
  Peer peer = { .allocator = gst_dmabuf_allocator_new () };

  run_copying_for_layout (&peer);
  assert_equals_int (peer.n_of_allocator, 0);
  peer_finish (&peer);
}
GST_END_TEST

static gboolean
has_unixfdsink (void)
{
  g_autoptr (GstElementFactory) factory =
      gst_element_factory_find ("unixfdsink");

  return factory != NULL;
}

static Suite *
allocators_suite (void)
{
  Suite *suite = suite_create ("allocators");
  TCase *tcase = tcase_create ("allocators");

  tcase_set_timeout (tcase, 60);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, a_peer_that_asks_for_fds_is_lent_dmabufs);
  tcase_add_test (
      tcase, a_peer_that_asks_for_fds_gets_copies_where_none_are_exported);
  if (has_unixfdsink ())
    tcase_add_test (tcase, unixfdsink_takes_frames);
  tcase_add_loop_test (
      tcase, copies_for_a_peer_that_holds_everything_are_its_allocators, 0, 3);
  tcase_add_test (tcase, copies_for_a_layout_are_the_peers_allocators);
  tcase_add_test (tcase, an_allocator_that_cannot_allocate_is_passed_over);
  return suite;
}

GST_CHECK_MAIN (allocators);
