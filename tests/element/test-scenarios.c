/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What gst-validate's scenarios of the same names do, checked as it checks; how
 * the element describes its properties; and that it has nothing to warn of. */

#include "rig.h"

#define SMALL "video/x-raw,format=YUY2,width=160,height=120,framerate=30/1"
#define RATE 30

/* What a pad must send: stream-start, caps and segment first, buffers forward
 * in time and within the segment, nothing after the end. */
typedef struct {
  gboolean started, has_caps, has_segment, ended;
  GstSegment segment;
  GstClockTime pts;
} Flow;

static void
check_buffer (Flow *flow, GstBuffer *buffer)
{
  const GstClockTime pts = GST_BUFFER_PTS (buffer);

  fail_unless (flow->started && flow->has_caps && flow->has_segment);
  fail_if (flow->ended);
  fail_unless (GST_CLOCK_TIME_IS_VALID (pts));
  fail_unless (GST_CLOCK_TIME_IS_VALID (GST_BUFFER_DURATION (buffer)));
  fail_unless (gst_segment_clip (&flow->segment, GST_FORMAT_TIME, pts,
      pts + GST_BUFFER_DURATION (buffer), NULL, NULL));
  fail_unless (!GST_CLOCK_TIME_IS_VALID (flow->pts) || pts > flow->pts);
  flow->pts = pts;
}

static void
check_event (Flow *flow, GstEvent *event)
{
  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_STREAM_START:
    *flow = (Flow){ .started = TRUE, .pts = GST_CLOCK_TIME_NONE };
    break;
  case GST_EVENT_CAPS:
    fail_unless (flow->started && !flow->ended);
    flow->has_caps = TRUE;
    break;
  case GST_EVENT_SEGMENT:
    fail_unless (flow->has_caps && !flow->ended);
    gst_event_copy_segment (event, &flow->segment);
    flow->has_segment = TRUE;
    break;
  case GST_EVENT_EOS:
    fail_if (flow->ended);
    flow->ended = TRUE;
    break;
  default:
    break;
  }
}

static GstPadProbeReturn
check_flow (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER)
    check_buffer (data, GST_PAD_PROBE_INFO_BUFFER (info));
  else
    check_event (data, GST_PAD_PROBE_INFO_EVENT (info));
  return GST_PAD_PROBE_OK;
}

static Rig *
rig_new_checked (TestCamera *camera, Flow *flow)
{
  Rig *rig = rig_new (camera->node);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rig->source, "src");

  rig_set_caps (rig, SMALL);
  g_object_set (rig->sink, "sync", TRUE, NULL);
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      check_flow, flow, NULL);
  return rig;
}

static void
finish (Rig *rig)
{
  g_autoptr (GstMessage) message = NULL;

  fail_unless (gst_element_send_event (rig->pipeline, gst_event_new_eos ()));
  message = gst_bus_timed_pop_filtered (
      rig->bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  rig_stop (rig);
}

GST_START_TEST (play_15s)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  Flow flow = { .started = FALSE };
  g_autoptr (Rig) rig = rig_new_checked (camera, &flow);

  rig_play (rig);
  rig_wait_for_frames (rig, 15 * RATE);
  fail_unless (flow.pts >= 14 * GST_SECOND);
  finish (rig);
  fail_unless (flow.ended);
  assert_equals_uint64 (rig_get_count (rig, "dropped"), 0);
}
GST_END_TEST

/* A clock that the pipeline may wait on, in guest time. */
static void
wait_for (GstClockTime time)
{
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();
  GstClockID id =
      gst_clock_new_single_shot_id (clock, gst_clock_get_time (clock) + time);

  gst_clock_id_wait (id, NULL);
  gst_clock_id_unref (id);
}

GST_START_TEST (pause_resume)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  Flow flow = { .started = FALSE };
  g_autoptr (Rig) rig = rig_new_checked (camera, &flow);
  GstClockTime before;

  for (guint i = 0; i < 5; i++) {
    rig_play (rig);
    rig_wait_for_frames (rig, (i + 1) * RATE);
    gst_element_set_state (rig->pipeline, GST_STATE_PAUSED);
    before = flow.pts;
    wait_for (2 * GST_SECOND);
    fail_unless (flow.pts <= before + 2 * GST_SECOND / RATE);
  }
  rig_play (rig);
  /* a pause takes no running time */
  rig_wait_for_frames (rig, 6 * RATE);
  fail_unless (flow.pts < 7 * GST_SECOND);
  finish (rig);
  assert_equals_uint64 (rig_get_count (rig, "dropped"), 0);
}
GST_END_TEST

GST_START_TEST (change_state_intensive)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  Flow flow = { .started = FALSE };
  g_autoptr (Rig) rig = rig_new_checked (camera, &flow);

  for (guint i = 0; i < 40; i++) {
    rig_stop (rig);
    rig_play (rig);
    /* some of the lives end before the first frame */
    if (i % 4 == 0)
      rig_wait_for_frames (rig, rig->n_frames + 1);
  }
  rig_wait_for_frames (rig, rig->n_frames + 5);
  finish (rig);
}
GST_END_TEST

/* The log at GST_DEBUG=2 */

static void
collect (GstDebugCategory *category, GstDebugLevel level, const gchar *file,
    const gchar *function, gint line, GObject *object, GstDebugMessage *message,
    gpointer data)
{
  GString *text = data;

  if (level > GST_LEVEL_WARNING)
    return;
  g_string_append_printf (text, "%s %s %s:%d %s\n",
      gst_debug_level_get_name (level), gst_debug_category_get_name (category),
      file, line, gst_debug_message_get (message));
}

static void
live_normally (TestCamera *camera, const gchar *io_mode)
{
  Flow flow = { .started = FALSE };
  g_autoptr (Rig) rig = rig_new_checked (camera, &flow);

  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", io_mode);
  gst_element_set_state (rig->pipeline, GST_STATE_PAUSED);
  rig_play (rig);
  rig_wait_for_frames (rig, 10);
  gst_element_set_state (rig->pipeline, GST_STATE_PAUSED);
  rig_play (rig);
  rig_wait_for_frames (rig, 20);
  gst_element_send_event (rig->source, gst_event_new_reconfigure ());
  rig_wait_for_frames (rig, 25);
  finish (rig);
  rig_run (rig, 5);
}

GST_START_TEST (nothing_is_logged_as_a_warning_in_normal_use)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  GString *log = g_string_new (NULL);

  gst_debug_set_active (TRUE);
  gst_debug_set_default_threshold (GST_LEVEL_WARNING);
  rig_change_log (gst_debug_log_default, collect, log);
  live_normally (camera, "auto");
  live_normally (camera, "mmap");
  live_normally (camera, "dmabuf");
  rig_change_log (collect, NULL, NULL);
  fail_unless (log->len == 0, "%s", log->str);
  g_string_free (log, TRUE);
}
GST_END_TEST

/* Properties */

static gboolean
says_when (const GParamSpec *spec)
{
  const gchar *blurb = g_param_spec_get_blurb ((GParamSpec *) spec);

  if (!(spec->flags & G_PARAM_WRITABLE))
    return TRUE;
  /* without a flag: not before the next opening, whenever it is set */
  if (!(spec->flags & (GST_PARAM_MUTABLE_READY | GST_PARAM_MUTABLE_PAUSED |
                          GST_PARAM_MUTABLE_PLAYING | GST_PARAM_CONTROLLABLE)))
    return strstr (blurb, "leaves NULL") != NULL;
  return strstr (blurb, "take effect") != NULL;
}

GST_START_TEST (every_property_says_what_it_does_and_when)
{
  g_autoptr (Rig) rig = rig_new ("/dev/null");
  GObjectClass *object_class = G_OBJECT_GET_CLASS (rig->source);
  guint count = 0, n_own = 0;
  GParamSpec **specs = g_object_class_list_properties (object_class, &count);

  for (guint i = 0; i < count; i++) {
    if (specs[i]->owner_type != G_OBJECT_TYPE (rig->source))
      continue;
    n_own++;
    fail_unless (strlen (g_param_spec_get_blurb (specs[i])) > 20 &&
                     g_param_spec_get_nick (specs[i]),
        specs[i]->name);
    fail_unless (says_when (specs[i]), "%s: %s", specs[i]->name,
        g_param_spec_get_blurb (specs[i]));
  }
  g_free (specs);
  fail_unless (n_own >= 5);
}
GST_END_TEST

GST_START_TEST (every_property_begins_with_its_default)
{
  g_autoptr (Rig) rig = rig_new ("/dev/video0");
  GObjectClass *object_class = G_OBJECT_GET_CLASS (rig->source);
  guint count = 0;
  GParamSpec **specs = g_object_class_list_properties (object_class, &count);

  for (guint i = 0; i < count; i++) {
    GValue value = G_VALUE_INIT;

    if (specs[i]->owner_type != G_OBJECT_TYPE (rig->source) ||
        !(specs[i]->flags & G_PARAM_WRITABLE))
      continue;
    g_value_init (&value, specs[i]->value_type);
    g_object_get_property (G_OBJECT (rig->source), specs[i]->name, &value);
    fail_unless (g_param_value_defaults (specs[i], &value), specs[i]->name);
    g_value_unset (&value);
  }
  g_free (specs);
}
GST_END_TEST

static Suite *
scenarios_suite (void)
{
  Suite *suite = suite_create ("scenarios");
  TCase *tcase = tcase_create ("scenarios");

  tcase_set_timeout (tcase, 300);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, play_15s);
  tcase_add_test (tcase, pause_resume);
  tcase_add_test (tcase, change_state_intensive);
  tcase_add_test (tcase, nothing_is_logged_as_a_warning_in_normal_use);
  tcase_add_test (tcase, every_property_says_what_it_does_and_when);
  tcase_add_test (tcase, every_property_begins_with_its_default);
  return suite;
}

GST_CHECK_MAIN (scenarios);
