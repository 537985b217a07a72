/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Elements that hold buffers: tees, long queues, an appsink that nobody pulls;
 * and what is held while the stream is flushed, renegotiated or ended. */

#include <stdio.h>
#include <sys/utsname.h>

#include "reader.h"
#include "rig.h"

#define CAPS "video/x-raw,format=YUY2,width=160,height=120,framerate=30/1"

/* A pipeline of its own, whose frames are counted where it counts. */
typedef struct {
  GstElement *pipeline, *source;
  GstBus *bus;
  TestCamera *camera;
  GMutex lock;
  GCond arrived;
  guint n_frames; /* at the element called "here" */
} Line;

static GstPadProbeReturn
count_frame (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Line *line = data;

  g_mutex_lock (&line->lock);
  line->n_frames++;
  g_cond_broadcast (&line->arrived);
  g_mutex_unlock (&line->lock);
  return GST_PAD_PROBE_OK;
}

static Line *
line_new (const gchar *rest)
{
  Line *line = g_new0 (Line, 1);
  g_autofree gchar *launch = NULL;
  g_autoptr (GstElement) here = NULL;
  g_autoptr (GstPad) pad = NULL;

  line->camera = test_camera_new (NULL, NULL);
  launch = g_strdup_printf ("virtcamsrc name=source device=%s ! " CAPS " ! %s",
      line->camera->node, rest);
  line->pipeline = gst_parse_launch (launch, NULL);
  fail_unless (line->pipeline != NULL, "%s", launch);
  line->source = gst_bin_get_by_name (GST_BIN (line->pipeline), "source");
  line->bus = gst_element_get_bus (line->pipeline);
  g_mutex_init (&line->lock);
  g_cond_init (&line->arrived);
  here = gst_bin_get_by_name (GST_BIN (line->pipeline), "here");
  pad = gst_element_get_static_pad (here, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, count_frame, line, NULL);
  return line;
}

static void
line_free (Line *line)
{
  gst_element_set_state (line->pipeline, GST_STATE_NULL);
  gst_object_unref (line->source);
  gst_object_unref (line->bus);
  gst_object_unref (line->pipeline);
  test_camera_free (line->camera);
  g_mutex_clear (&line->lock);
  g_cond_clear (&line->arrived);
  g_free (line);
}

static void
line_play (Line *line)
{
  gst_element_set_state (line->pipeline, GST_STATE_PLAYING);
}

static void
line_wait_for (Line *line, guint n_frames)
{
  g_mutex_lock (&line->lock);
  while (line->n_frames < n_frames)
    g_cond_wait (&line->arrived, &line->lock);
  g_mutex_unlock (&line->lock);
}

static void
line_wait_for_eos (Line *line)
{
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (
      line->bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);

  assert_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
}

static guint64
line_count (Line *line, const gchar *statistic)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 count = 0;

  g_object_get (line->source, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, statistic, &count), statistic);
  return count;
}

GST_START_TEST (a_tee_into_two_queues_needs_no_copy)
{
  Line *line = line_new ("tee name=t t. ! queue ! fakesink sync=false "
                         "t. ! queue ! fakesink name=here sync=false");

  g_object_set (line->source, "num-buffers", 90, NULL);
  line_play (line);
  line_wait_for_eos (line);
  assert_equals_int (line->n_frames, 90);
  assert_equals_uint64 (line_count (line, "copied"), 0);
  assert_equals_uint64 (line_count (line, "dropped"), 0);
  line_free (line);
}
GST_END_TEST

/* The sink waits for a clock that is far behind: all frames stay in the queue. */
GST_START_TEST (a_queue_of_100_buffers_is_filled_without_a_loss)
{
  Line *line =
      line_new ("queue name=here max-size-buffers=100 max-size-bytes=0 "
                "max-size-time=0 ! fakesink sync=true ts-offset=100000000000");

  line_play (line);
  line_wait_for (line, 100);
  assert_equals_uint64 (line_count (line, "dropped"), 0);
  assert_equals_uint64 (line_count (line, "buffers"), 32);
  fail_unless (line_count (line, "copied") >= 60);
  line_free (line);
}
GST_END_TEST

GST_START_TEST (an_appsink_that_nobody_pulls_loses_nothing)
{
  Line *line = line_new ("appsink name=here sync=false");

  line_play (line);
  line_wait_for (line, 120);
  assert_equals_uint64 (line_count (line, "dropped"), 0);
  fail_unless (line_count (line, "copied") >= 80);
  line_free (line);
}
GST_END_TEST

/* It blocks after four frames. Another camera of that rate tells how many the
 * source cannot have taken meanwhile. */
GST_START_TEST (an_appsink_that_blocks_stalls_the_source_and_losses_are_counted)
{
  Line *line = line_new ("appsink name=here sync=false max-buffers=4");
  g_autoptr (TestCamera) other = test_camera_new (NULL, NULL);
  g_autoptr (Reader) reader = reader_open (other->node);
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (line->pipeline), "here");

  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 160, 120, 0);
  reader_set_interval (reader, 1, 30);
  line_play (line);
  line_wait_for (line, 5);
  reader_start (reader, 4);
  for (guint i = 0; i < 60; i++) {
    struct v4l2_buffer buffer;

    reader_dequeue (reader, &buffer);
    reader_queue (reader, buffer.index);
  }
  reader_stream_off (reader);
  for (guint i = 0; i < 40; i++) {
    GstSample *sample = NULL;

    g_signal_emit_by_name (sink, "pull-sample", &sample);
    fail_unless (sample != NULL);
    gst_sample_unref (sample);
  }
  fail_unless (line_count (line, "dropped") > 30);
  assert_equals_uint64 (line_count (line, "copied"), 0);
  line_free (line);
}
GST_END_TEST

/* Held while the stream changes */

typedef struct {
  GPtrArray *held;
  GArray *sums;
  guint limit;
} Hoard;

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

static void
hold (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Hoard *hoard = data;
  guint sum = sum_of (buffer);

  rig_read_stamp (rig, buffer);
  if (hoard->held->len == hoard->limit)
    return;
  g_ptr_array_add (hoard->held, gst_buffer_ref (buffer));
  g_array_append_val (hoard->sums, sum);
}

typedef void (*Change) (Rig *rig);

static void
check_change (const gchar *io_mode, Change change)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  Rig *rig = rig_new (camera->node);
  Hoard hoard = {
    .held = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref),
    .sums = g_array_new (FALSE, FALSE, sizeof (guint)),
    .limit = 6,
  };

  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", io_mode);
  rig_set_caps (rig, CAPS);
  rig_on_frame (rig, hold, &hoard);
  rig_play (rig);
  rig_wait_for_frames (rig, 10);
  change (rig);
  rig_wait_for_frames (rig, rig->n_frames + 40);
  rig_free (rig);
  assert_equals_int (hoard.held->len, 6);
  for (guint i = 0; i < 6; i++)
    fail_unless (
        sum_of (hoard.held->pdata[i]) == g_array_index (hoard.sums, guint, i),
        "frame %u changed in its holder's hands", i);
  g_ptr_array_unref (hoard.held);
  g_array_unref (hoard.sums);
}

static void
renegotiate (Rig *rig)
{
  rig_set_caps (
      rig, "video/x-raw,format=NV12,width=320,height=240,framerate=30/1");
}

static void
flush (Rig *rig)
{
  rig_flush (rig, TRUE);
}

static void
go_to_ready_and_back (Rig *rig)
{
  gst_element_set_state (rig->pipeline, GST_STATE_READY);
  rig_play (rig);
}

static void
go_to_null_and_back (Rig *rig)
{
  rig_stop (rig);
  rig_play (rig);
}

#define CHANGE_TEST(name, change) \
  GST_START_TEST (name) \
  { \
    check_change ("mmap", change); \
    check_change ("dmabuf", change); \
  } \
  GST_END_TEST

CHANGE_TEST (held_buffers_survive_a_renegotiation, renegotiate)
CHANGE_TEST (held_buffers_survive_a_flush, flush)
CHANGE_TEST (held_buffers_survive_ready_and_back, go_to_ready_and_back)
CHANGE_TEST (held_buffers_survive_null_and_back, go_to_null_and_back)

#define HELD 12
#define FRAMES 400

typedef struct {
  GstBuffer *held[HELD];
  guint at_first, most;
} Growth;

/* Holds the first frames, and lets all of them go at once. */
static void
hold_first_frames (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Growth *growth = data;
  guint count = rig_get_count (rig, "buffers");

  growth->most = MAX (growth->most, count);
  if (number == 0)
    growth->at_first = count;
  if (number < HELD)
    growth->held[number] = gst_buffer_ref (buffer);
  for (guint i = 0; number == 2 * HELD && i < HELD; i++)
    gst_clear_buffer (&growth->held[i]);
}

/* From Linux 6.10 on some buffers can be freed alone. */
static gboolean
can_free_some (void)
{
  guint major, minor;
  struct utsname name;

  fail_unless (uname (&name) == 0 &&
               sscanf (name.release, "%u.%u", &major, &minor) == 2);
  return major > 6 || (major == 6 && minor >= 10);
}

static void
check_shrinks (const gchar *io_mode)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  Growth growth = { 0 };
  guint last;

  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", io_mode);
  rig_set_caps (rig, CAPS);
  rig_on_frame (rig, hold_first_frames, &growth);
  g_object_set (rig->source, "num-buffers", FRAMES, NULL);
  rig_play (rig);
  rig_wait_for_frames (rig, FRAMES);
  last = rig_get_count (rig, "buffers");
  assert_equals_uint64 (rig_get_count (rig, "copied"), 0);
  assert_equals_uint64 (rig_get_count (rig, "dropped"), 0);
  rig_stop (rig);
  fail_unless (growth.most >= HELD);
  fail_unless_equals_int (
      last, can_free_some () ? growth.at_first : growth.most);
}

GST_START_TEST (buffers_that_were_made_for_a_holder_go_when_nobody_holds_them)
{
  check_shrinks ("mmap");
  check_shrinks ("dmabuf");
}
GST_END_TEST

static Suite *
holders_suite (void)
{
  Suite *suite = suite_create ("holders");
  TCase *tcase = tcase_create ("holders");

  tcase_set_timeout (tcase, 300);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, a_tee_into_two_queues_needs_no_copy);
  tcase_add_test (tcase, a_queue_of_100_buffers_is_filled_without_a_loss);
  tcase_add_test (tcase, an_appsink_that_nobody_pulls_loses_nothing);
  tcase_add_test (
      tcase, an_appsink_that_blocks_stalls_the_source_and_losses_are_counted);
  tcase_add_test (tcase, held_buffers_survive_a_renegotiation);
  tcase_add_test (tcase, held_buffers_survive_a_flush);
  tcase_add_test (tcase, held_buffers_survive_ready_and_back);
  tcase_add_test (tcase, held_buffers_survive_null_and_back);
  tcase_add_test (
      tcase, buffers_that_were_made_for_a_holder_go_when_nobody_holds_them);
  return suite;
}

GST_CHECK_MAIN (holders);
