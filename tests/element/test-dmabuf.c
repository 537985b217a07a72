/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dma-bufs: the driver's, lent downstream, and downstream's, filled. */

#include <fcntl.h>
#include <gst/allocators/gstdmabuf.h>

#include "donor.h"
#include "rig.h"

#define SMALL "video/x-raw,format=YUY2,width=160,height=120,framerate=60/1"
#define N_BUFFERS DONOR_N_BUFFERS

typedef struct {
  TestCamera *camera, *donor;
  GstBufferPool *pool;
  Rig *rig;
  gint stride;
  GPtrArray *held; /* of GstBuffer */
  guint hold;
} Import;

static void
check_imported (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Import *import = data;
  GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);

  fail_unless (buffer->pool == import->pool);
  fail_unless (gst_is_dmabuf_memory (gst_buffer_peek_memory (buffer, 0)));
  assert_equals_int (meta->stride[0], import->stride);
  rig_read_stamp (rig, buffer);
  if (import->held->len < import->hold)
    g_ptr_array_add (import->held, gst_buffer_ref (buffer));
}

static void
import_init (Import *import, const gchar *device, guint bytesperline)
{
  import->camera = test_camera_new (NULL, NULL);
  import->donor = test_camera_new (NULL, NULL);
  import->stride = bytesperline ? bytesperline : 320;
  import->pool = donor_pool_new (import->donor, bytesperline);
  import->held =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  import->rig = rig_new (device ? device : import->camera->node);
  gst_util_set_object_arg (
      G_OBJECT (import->rig->source), "io-mode", "dmabuf-import");
  rig_set_caps (import->rig, SMALL);
  rig_answer_allocation (import->rig, donor_pool_offer, import->pool);
  rig_on_frame (import->rig, check_imported, import);
}

static void
import_finish (Import *import)
{
  rig_free (import->rig);
  g_ptr_array_unref (import->held);
  ASSERT_OBJECT_REFCOUNT (import->pool, "pool", 1);
  gst_object_unref (import->pool);
  test_camera_free (import->camera);
  test_camera_free (import->donor);
}

GST_START_TEST (frames_are_captured_into_the_next_elements_dmabufs)
{
  Import import = { 0 };

  import_init (&import, NULL, 0);
  rig_run (import.rig, 60);
  assert_equals_int (import.rig->n_frames, 60);
  assert_equals_uint64 (rig_get_count (import.rig, "copied"), 0);
  assert_equals_uint64 (rig_get_count (import.rig, "dropped"), 0);
  import_finish (&import);
}
GST_END_TEST

GST_START_TEST (the_camera_writes_in_the_strides_of_the_pool)
{
  Import import = { 0 };

  import_init (&import, NULL, 384);
  rig_run (import.rig, 20);
  assert_equals_uint64 (rig_get_count (import.rig, "copied"), 0);
  import_finish (&import);
}
GST_END_TEST

static guint
sum_of (GstBuffer *buffer)
{
  GstMapInfo map;
  guint sum = 0;

  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
  for (gsize i = 0; i < map.size; i++)
    sum = sum * 31 + map.data[i];
  gst_buffer_unmap (buffer, &map);
  return sum;
}

GST_START_TEST (held_buffers_of_the_pool_are_not_filled_again)
{
  Import import = { .hold = 3 };
  guint sums[3];

  import_init (&import, NULL, 0);
  rig_run (import.rig, 4);
  for (guint i = 0; i < 3; i++)
    sums[i] = sum_of (import.held->pdata[i]);
  rig_run (import.rig, 30);
  for (guint i = 0; i < 3; i++)
    assert_equals_int (sums[i], sum_of (import.held->pdata[i]));
  import_finish (&import);
}
GST_END_TEST

/* Downstream has everything: nothing to wait for but the end. */
GST_START_TEST (a_pool_whose_buffers_are_all_held_ends_at_once)
{
  Import import = { .hold = N_BUFFERS };

  import_init (&import, NULL, 0);
  rig_play (import.rig);
  rig_wait_for_frames (import.rig, N_BUFFERS);
  rig_stop (import.rig);
  assert_equals_int (import.rig->n_frames, N_BUFFERS);
  import_finish (&import);
}
GST_END_TEST

/* and when it gives them back, frames come again, and say that some are lost */
GST_START_TEST (a_pool_that_gets_its_buffers_back_goes_on)
{
  Import import = { .hold = N_BUFFERS };

  import_init (&import, NULL, 0);
  rig_play (import.rig);
  rig_wait_for_frames (import.rig, N_BUFFERS);
  import.hold = 0;
  g_ptr_array_set_size (import.held, 0);
  rig_wait_for_frames (import.rig, N_BUFFERS + 20);
  rig_stop (import.rig);
  assert_equals_uint64 (rig_get_count (import.rig, "copied"), 0);
  import_finish (&import);
}
GST_END_TEST

/* The fallbacks */

typedef struct {
  const gchar *words;
  guint count;
} Warnings;

static GstBusSyncReply
count_warning (GstBus *bus, GstMessage *message, gpointer data)
{
  Warnings *warnings = data;
  g_autofree gchar *debug = NULL;

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_WARNING)
    return GST_BUS_PASS;
  gst_message_parse_warning (message, NULL, &debug);
  fail_unless (strstr (debug, warnings->words) != NULL, "%s", debug);
  warnings->count++;
  return GST_BUS_PASS;
}

static void
check_dmabuf (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  fail_unless (gst_is_dmabuf_memory (gst_buffer_peek_memory (buffer, 0)));
  rig_read_stamp (rig, buffer);
}

static void
run_and_expect_warning (Rig *rig, const gchar *words)
{
  Warnings warnings = { .words = words };

  gst_bus_set_sync_handler (rig->bus, count_warning, &warnings, NULL);
  rig_run (rig, 10);
  assert_equals_int (rig->n_frames, 10);
  assert_equals_int (warnings.count, 1);
}

GST_START_TEST (import_without_a_pool_lends_the_cameras_dmabufs)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", "dmabuf-import");
  rig_set_caps (rig, SMALL);
  rig_on_frame (rig, check_dmabuf, NULL);
  run_and_expect_warning (rig, "offers no pool");
}
GST_END_TEST

GST_START_TEST (import_of_ordinary_memory_lends_the_cameras_dmabufs)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GstBufferPool) pool = gst_buffer_pool_new ();

  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", "dmabuf-import");
  rig_set_caps (rig, SMALL);
  rig_answer_allocation (rig, donor_pool_offer, pool);
  rig_on_frame (rig, check_dmabuf, NULL);
  run_and_expect_warning (rig, "is no dma-buf");
  ASSERT_OBJECT_REFCOUNT (pool, "pool", 1);
}
GST_END_TEST

GST_START_TEST (import_into_too_small_buffers_lends_the_cameras_dmabufs)
{
  Import import = { 0 };

  import_init (&import, NULL, 0);
  rig_on_frame (import.rig, check_dmabuf, NULL);
  rig_set_caps (import.rig,
      "video/x-raw,format=YUY2,width=320,height=240,framerate=30/1");
  run_and_expect_warning (import.rig, "element");
  import_finish (&import);
}
GST_END_TEST

/* Lending */

static void
check_every_frame_is_dmabuf (
    Rig *rig, GstBuffer *buffer, guint n, gpointer data)
{
  GstMemory *memory = gst_buffer_peek_memory (buffer, 0);

  assert_equals_int (gst_buffer_n_memory (buffer), 1);
  fail_unless (gst_is_dmabuf_memory (memory));
  fail_unless (gst_dmabuf_memory_get_fd (memory) >= 0);
  fail_unless (gst_buffer_get_video_meta (buffer) != NULL);
}

GST_START_TEST (plain_raw_caps_carry_dmabuf_memory)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", "dmabuf");
  rig_set_caps (rig, SMALL);
  rig_on_frame (rig, check_every_frame_is_dmabuf, NULL);
  rig_run (rig, 10);
  assert_equals_int (rig->n_frames, 10);
}
GST_END_TEST

/* Encoders and converters of Debian's packages. */
static const gchar *const consumers[] = {
  "videoconvert ! video/x-raw,format=RGB",
  "videoscale ! video/x-raw,width=80,height=60", "jpegenc", "vp8enc deadline=1",
  "theoraenc", "x264enc speed-preset=ultrafast tune=zerolatency",
  "videoflip method=clockwise", "videobox left=8"
};

static gboolean
is_installed (const gchar *consumer)
{
  g_auto (GStrv) words = g_strsplit (consumer, " ", 2);
  g_autoptr (GstElementFactory) factory = gst_element_factory_find (words[0]);

  return factory != NULL;
}

static void
run_consumer (const gchar *device, const gchar *io_mode, const gchar *consumer)
{
  g_autofree gchar *line = g_strdup_printf (
      "virtcamsrc name=source num-buffers=10 device=%s io-mode=%s ! "
      "video/x-raw,format=I420,width=160,height=120 ! %s ! fakesink",
      device, io_mode, consumer);
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, NULL);
  g_autoptr (GstElement) source =
      gst_bin_get_by_name (GST_BIN (pipeline), "source");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GstStructure) stats = NULL;
  guint64 copied = 1, captured = 0;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (
      bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS, "%s", line);
  g_object_get (source, "stats", &stats, NULL);
  gst_structure_get (stats, "copied", G_TYPE_UINT64, &copied, "captured",
      G_TYPE_UINT64, &captured, NULL);
  fail_unless (
      copied == 0 && captured == 10, "%s copied %u", line, (guint) copied);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

GST_START_TEST (encoders_and_converters_take_frames_without_a_copy)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);

  if (!is_installed (consumers[__i__]))
    return;
  run_consumer (camera->node, "mmap", consumers[__i__]);
  run_consumer (camera->node, "dmabuf", consumers[__i__]);
}
GST_END_TEST

static Suite *
dmabuf_suite (void)
{
  Suite *suite = suite_create ("dmabuf");
  TCase *tcase = tcase_create ("dmabuf");

  tcase_set_timeout (tcase, 300);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, frames_are_captured_into_the_next_elements_dmabufs);
  tcase_add_test (tcase, the_camera_writes_in_the_strides_of_the_pool);
  tcase_add_test (tcase, held_buffers_of_the_pool_are_not_filled_again);
  tcase_add_test (tcase, a_pool_whose_buffers_are_all_held_ends_at_once);
  tcase_add_test (tcase, a_pool_that_gets_its_buffers_back_goes_on);
  tcase_add_test (tcase, import_without_a_pool_lends_the_cameras_dmabufs);
  tcase_add_test (tcase, import_of_ordinary_memory_lends_the_cameras_dmabufs);
  tcase_add_test (
      tcase, import_into_too_small_buffers_lends_the_cameras_dmabufs);
  tcase_add_test (tcase, plain_raw_caps_carry_dmabuf_memory);
  tcase_add_loop_test (tcase,
      encoders_and_converters_take_frames_without_a_copy, 0,
      G_N_ELEMENTS (consumers));
  return suite;
}

GST_CHECK_MAIN (dmabuf);
