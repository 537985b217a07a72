/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtcamvmsink, with a machine in this process. */

#include <linux/videodev2.h>
#include <string.h>

#include "monitor.h"
#include "stage.h"

#define BLUE "pattern=blue is-live=true"

/* Blue in the luma of BT.601: 41; Cb 240, Cr 110. */
static void
is_blue_yuyv (const guint8 *frame, gsize size)
{
  static const guint8 blue[] = { 41, 240, 41, 110 };

  for (gsize i = 0; i < size; i++)
    g_assert_cmpuint (ABS (frame[i] - blue[i % 4]), <=, 1);
}

static void
upstream_draws_into_the_guest (gconstpointer memory)
{
  Stage *stage = stage_new ("videotestsrc " BLUE, "");
  Viewer *viewer = stage_watch (
      stage, GPOINTER_TO_UINT (memory), V4L2_PIX_FMT_YUYV, 320, 240);
  g_autofree guint8 *frame = stage_read_frames (viewer, 20);
  gint viewers;

  is_blue_yuyv (frame, viewer_get_size (viewer));
  /* the last is counted after it was sent; of those that upstream began while the
   * guest had no empty buffer some may have been copied */
  g_assert_cmpuint (stage_get_stat (stage, "given"), >=, 19);
  g_assert_cmpuint (stage_get_stat (stage, "copied"), <, 19);
  g_assert_cmpuint (stage_get_stat (stage, "scattered"), ==, 0);
  g_object_get (stage->sink, "viewers", &viewers, NULL);
  g_assert_cmpint (viewers, ==, 1);
  viewer_close (viewer);
  stage_wait_viewers (stage, 1);
  stage_wait_viewers (stage, 0);
  g_object_get (stage->sink, "viewers", &viewers, NULL);
  g_assert_cmpint (viewers, ==, 0);
  stage_free (stage);
}

static void
frames_in_other_memory_are_copied (void)
{
  Stage *stage =
      stage_new ("videotestsrc " BLUE " ! identity drop-allocation=true", "");
  Viewer *viewer =
      stage_watch (stage, V4L2_MEMORY_USERPTR, V4L2_PIX_FMT_YUYV, 320, 240);
  g_autofree guint8 *frame = stage_read_frames (viewer, 10);

  is_blue_yuyv (frame, viewer_get_size (viewer));
  g_assert_cmpuint (stage_get_stat (stage, "copied"), >=, 9);
  viewer_close (viewer);
  stage_free (stage);
}

static void
a_guest_chooses_again_and_again (void)
{
  static const struct {
    guint32 fourcc;
    guint width, height;
  } modes[] = { { V4L2_PIX_FMT_YUYV, 320, 240 },
    { V4L2_PIX_FMT_NV12, 640, 480 }, { V4L2_PIX_FMT_XBGR32, 176, 144 },
    { V4L2_PIX_FMT_YUV420, 322, 242 } };
  Stage *stage =
      stage_new ("videotestsrc " BLUE " ! videoconvert ! videoscale", "");

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++) {
    Viewer *viewer =
        stage_watch (stage, i % 2 ? V4L2_MEMORY_MMAP : V4L2_MEMORY_USERPTR,
            modes[i].fourcc, modes[i].width, modes[i].height);
    g_autofree guint8 *frame = stage_read_frames (viewer, 5);

    if (modes[i].fourcc == V4L2_PIX_FMT_YUYV)
      is_blue_yuyv (frame, viewer_get_size (viewer));
    viewer_close (viewer);
  }
  stage_free (stage);
}

static guint
count_formats (Stage *stage, guint32 *fourcc)
{
  guint32 session = guest_open (stage->guest);
  guint n = 0;

  for (;; n++) {
    WireFmtdesc wire = { .index = le32 (n), .type = le32 (TYPE) };

    if (guest_ioctl (stage->guest, session, ENUM_FMT, &wire, sizeof wire))
      break;
    *fourcc = get32 (wire.pixelformat);
  }
  guest_close (stage->guest, session);
  return n;
}

static void
a_guest_is_offered (const gchar *upstream, const gchar *settings, gboolean one)
{
  Stage *stage = stage_new (upstream, settings);
  guint32 fourcc = 0;
  guint n = count_formats (stage, &fourcc);

  if (one) {
    g_assert_cmpuint (n, ==, 1);
    g_assert_cmphex (fourcc, ==, V4L2_PIX_FMT_UYVY);
  } else {
    g_assert_cmpuint (n, >, 10);
  }
  stage_free (stage);
}

static void
a_guest_may_choose_what_upstream_can_send (void)
{
  a_guest_is_offered ("videotestsrc is-live=true", "", FALSE);
  a_guest_is_offered ("videotestsrc is-live=true ! "
                      "video/x-raw,format=UYVY,width=320,height=240",
      "", TRUE);
}

static void
the_application_limits_the_choice (void)
{
  a_guest_is_offered (
      "videotestsrc is-live=true", "caps=video/x-raw,format=UYVY", TRUE);
}

static gboolean
offers_shared_memory (const gchar *settings)
{
  Stage *stage = stage_new_alone ("videotestsrc is-live=true", settings);
  Monitor *monitor = monitor_new (stage->path);
  guint64 features;

  g_assert_cmpuint (monitor_ask (monitor, VM_GET_PROTOCOL_FEATURES, NULL, 0,
                        &features, sizeof features),
      ==, sizeof features);
  monitor_free (monitor);
  stage_free (stage);
  return features >> VM_PROTOCOL_SHMEM & 1;
}

static void
shared_memory_is_offered_unless_the_application_forbids_it (void)
{
  g_assert_true (offers_shared_memory (""));
  g_assert_false (offers_shared_memory ("shared-memory=false"));
}

static void
a_guest_without_frames_is_given_grey_ones (void)
{
  Stage *stage = stage_new ("appsrc is-live=true format=time "
                            "caps=video/x-raw,format=YUY2,width=320,height=240,"
                            "framerate=30/1",
      "timeout=10000000");
  Viewer *viewer =
      stage_watch (stage, V4L2_MEMORY_USERPTR, V4L2_PIX_FMT_YUYV, 320, 240);
  g_autofree guint8 *frame = stage_read_frames (viewer, 6);

  for (gsize i = 0; i < viewer_get_size (viewer); i++)
    g_assert_cmpuint (frame[i], ==, 0x80);
  g_assert_cmpuint (stage_get_stat (stage, "given"), ==, 0);
  g_assert_cmpuint (stage_get_stat (stage, "placeholders"), >=, 5);
  viewer_close (viewer);
  stage_free (stage);
}

static void
a_second_machine_follows_the_first (void)
{
  Stage *stage = stage_new ("videotestsrc " BLUE, "");
  Viewer *viewer =
      stage_watch (stage, V4L2_MEMORY_USERPTR, V4L2_PIX_FMT_YUYV, 320, 240);

  g_free (stage_read_frames (viewer, 3));
  viewer_forget (viewer);
  guest_free (stage->guest);
  stage_wait_viewers (stage, 1);
  stage_wait_viewers (stage, 0);
  stage->guest = guest_new (stage->path, GUEST_PLAIN);
  viewer = stage_watch (stage, V4L2_MEMORY_MMAP, V4L2_PIX_FMT_YUYV, 160, 120);
  g_free (stage_read_frames (viewer, 3));
  g_assert_cmpuint (stage_get_stat (stage, "machines"), ==, 2);
  viewer_close (viewer);
  stage_free (stage);
}

/* What is told to the user */

static void
expect_error (const gchar *line, const gchar *part)
{
  g_autoptr (GError) error = NULL, parse_error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, &parse_error);
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstMessage) message = NULL;

  g_assert_no_error (parse_error);
  g_assert_cmpint (gst_element_set_state (pipeline, GST_STATE_PLAYING), ==,
      GST_STATE_CHANGE_FAILURE);
  bus = gst_element_get_bus (pipeline);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  gst_message_parse_error (message, &error, NULL);
  g_assert_nonnull (strstr (error->message, part));
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

static void
what_cannot_be_is_an_error (void)
{
  Stage *stage = stage_new ("videotestsrc is-live=true", "");
  g_autofree gchar *line =
      g_strdup_printf ("videotestsrc ! virtcamvmsink socket=%s", stage->path);

  expect_error ("videotestsrc ! virtcamvmsink", "Set the property \"socket\"");
  expect_error ("videotestsrc ! virtcamvmsink socket=/nowhere/cam.sock",
      "cannot be made");
  expect_error (line, "Another program listens");
  expect_error ("videotestsrc ! fakesink virtcamvmsink "
                "socket=/nowhere/cam.sock caps=audio/x-raw",
      "choose nothing");
  stage_free (stage);
}

static void
a_monitor_that_was_sent_away_is_a_warning (void)
{
  Stage *stage = stage_new ("videotestsrc is-live=true", "");
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  monitor_send (guest_monitor (stage->guest), 99, NULL, 0, NULL, 0);
  message = stage_wait_message (stage, GST_MESSAGE_WARNING);
  gst_message_parse_warning (message, &error, NULL);
  g_assert_nonnull (strstr (error->message, "not offered"));
  stage_free (stage);
}

/* Guests' programs take the first format, where they have no wish. */
static void
raw_video_is_the_first_choice (void)
{
  g_autoptr (GstElement) sink =
      gst_object_ref_sink (gst_element_factory_make ("virtcamvmsink", NULL));
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");
  g_autoptr (GstCaps) caps = gst_pad_get_pad_template_caps (pad);

  g_assert_true (
      gst_structure_has_name (gst_caps_get_structure (caps, 0), "video/x-raw"));
}

#define TEST(name) \
  { \
#name, name \
  }
static const struct {
  const char *name;
  void (*run) (void);
} tests[] = {
  TEST (frames_in_other_memory_are_copied),
  TEST (a_guest_chooses_again_and_again),
  TEST (a_guest_may_choose_what_upstream_can_send),
  TEST (the_application_limits_the_choice),
  TEST (shared_memory_is_offered_unless_the_application_forbids_it),
  TEST (a_guest_without_frames_is_given_grey_ones),
  TEST (a_second_machine_follows_the_first),
  TEST (raw_video_is_the_first_choice),
  TEST (what_cannot_be_is_an_error),
  TEST (a_monitor_that_was_sent_away_is_a_warning),
};

int
main (int argc, char **argv)
{
  stage_init (&argc, &argv);
  g_test_add_data_func ("/vhost/upstream_draws_into_the_guest/pages",
      GUINT_TO_POINTER (V4L2_MEMORY_USERPTR), upstream_draws_into_the_guest);
  g_test_add_data_func ("/vhost/upstream_draws_into_the_guest/shared_memory",
      GUINT_TO_POINTER (V4L2_MEMORY_MMAP), upstream_draws_into_the_guest);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *path = g_strdup_printf ("/vhost/%s", tests[i].name);

    g_test_add_func (path, tests[i].run);
  }
  return g_test_run ();
}
