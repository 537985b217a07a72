/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Caps: what the camera enumerates, what the peer wants, what comes out. */

#include "rig.h"

static void
assert_caps (Rig *rig, const gchar *expected)
{
  g_autoptr (GstCaps) caps = rig_get_caps (rig);
  g_autoptr (GstCaps) wanted = gst_caps_from_string (expected);

  fail_unless (gst_caps_is_subset (caps, wanted),
      "got %" GST_PTR_FORMAT ", not %s", caps, expected);
}

/* The negotiated caps, seen while they last. */
static void
note_caps (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  if (number == 0)
    assert_caps (rig, data);
}

static void
assert_negotiates (
    const gchar *device, const gchar *filter, const gchar *expected)
{
  g_autoptr (Rig) rig = rig_new (device);

  rig_set_caps (rig, filter);
  rig_on_frame (rig, note_caps, (gpointer) expected);
  rig_run (rig, 2);
  assert_equals_int (rig->n_frames, 2);
}

GST_START_TEST (open_peer_gets_1080p30_in_yuv)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);

  assert_negotiates (camera->node, "ANY",
      "video/x-raw,format=NV12,width=1920,height=1080,framerate=30/1,"
      "pixel-aspect-ratio=1/1,interlace-mode=progressive,"
      "colorimetry=2:4:7:1");
}
GST_END_TEST

GST_START_TEST (camera_without_1080p_gives_the_nearest_below)
{
  g_autoptr (TestCamera) camera = test_camera_new (
      "sizes", "640x480 1280x720 3840x2160", "formats", "GREY RGB3 UYVY", NULL);

  assert_negotiates (camera->node, "ANY",
      "video/x-raw,format=UYVY,width=1280,height=720,framerate=30/1");
}
GST_END_TEST

GST_START_TEST (the_peers_wish_is_followed)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);

  assert_negotiates (camera->node, "video/x-raw,format=RGB,width=320",
      "video/x-raw,format=RGB,width=320,height=240,framerate=30/1,"
      "colorimetry=sRGB");
  assert_negotiates (camera->node,
      "video/x-raw,height=480,framerate=[45/1,55/1]",
      "video/x-raw,width=640,height=480,framerate=50/1");
  assert_negotiates (camera->node, "video/x-bayer",
      "video/x-bayer,format=rggb,width=1920,height=1080");
  assert_negotiates (camera->node,
      "video/x-raw,format=GRAY8;video/x-raw,format=NV12",
      "video/x-raw,format=GRAY8");
}
GST_END_TEST

GST_START_TEST (every_offered_rate_comes_out_exactly)
{
  static const gchar *const rates[] = { "5/1", "10/1", "15/1", "24/1", "25/1",
    "30/1", "50/1", "60/1" };
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    g_autofree gchar *caps = g_strdup_printf (
        "video/x-raw,format=YUY2,width=160,height=120,framerate=%s", rates[i]);

    assert_negotiates (camera->node, caps, caps);
  }
}
GST_END_TEST

GST_START_TEST (ready_offers_what_the_camera_enumerates_and_no_more)
{
  g_autoptr (TestCamera) camera = test_camera_new ("formats", "NV12 RGGB",
      "sizes", "640x480 1280x720", "intervals", "1/30 1/60", NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rig->source, "src");
  g_autoptr (GstCaps) caps = NULL;
  g_autoptr (GstCaps) wanted = gst_caps_from_string (
      "video/x-raw,format=NV12,multiview-mode=mono,pixel-aspect-ratio=1/"
      "1,width=640,height=480,"
      "framerate={30/1,60/1};"
      "video/x-raw,format=NV12,multiview-mode=mono,pixel-aspect-ratio=1/"
      "1,width=1280,height=720,"
      "framerate={30/1,60/1};"
      "video/x-bayer,format=rggb,pixel-aspect-ratio=1/1,width=640,height=480,"
      "framerate={30/1,60/1};"
      "video/x-bayer,format=rggb,pixel-aspect-ratio=1/1,width=1280,height=720,"
      "framerate={30/1,60/1}");

  gst_element_set_state (rig->source, GST_STATE_READY);
  caps = gst_pad_query_caps (pad, NULL);
  rig_leave_out_drm (&caps);
  fail_unless (gst_caps_is_equal (caps, wanted), "%" GST_PTR_FORMAT, caps);
}
GST_END_TEST

static void
assert_disagree (const gchar *device, const gchar *filter, const gchar *field)
{
  g_autoptr (Rig) rig = rig_new (device);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL, *ending = NULL;

  rig_set_caps (rig, filter);
  error = rig_run_into_error (rig, &debug);
  fail_unless (
      g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT));
  ending = g_strdup_printf ("agree on the %s.", field);
  fail_unless (g_str_has_suffix (error->message, ending), error->message);
  fail_unless (strstr (debug, "camera: video/x-raw") != NULL, debug);
  fail_unless (strstr (debug, "next element: video/x-") != NULL, debug);
}

GST_START_TEST (caps_that_do_not_meet_name_both_sides_and_the_field)
{
  g_autoptr (TestCamera) camera =
      test_camera_new ("formats", "YUYV", "sizes", "640x480", NULL);

  assert_disagree (camera->node, "video/x-raw,format=NV12", "format");
  assert_disagree (camera->node, "video/x-raw,width=641", "width");
  assert_disagree (camera->node, "video/x-raw,height=[1,100]", "height");
  assert_disagree (camera->node, "video/x-raw,framerate=31/1", "framerate");
  assert_disagree (camera->node, "video/x-bayer", "media type");
  assert_disagree (
      camera->node, "video/x-raw,colorimetry=bt2020", "colorimetry");
  assert_disagree (
      camera->node, "video/x-raw(memory:DMABuf)", "memory or other features");
}
GST_END_TEST

static gsize
longest_line (const gchar *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  gsize longest = 0;

  for (guint i = 0; lines[i]; i++)
    longest = MAX (longest, strlen (lines[i]));
  return longest;
}

/* No field is at fault, and what the camera has is long. */
GST_START_TEST (a_peer_that_takes_nothing_is_told_as_that_in_short)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  rig_set_caps (rig, "EMPTY");
  error = rig_run_into_error (rig, &debug);
  fail_unless (
      g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT));
  fail_if (strstr (error->message, "agree on the media type"), error->message);
  fail_unless (strstr (error->message, "YUY2") != NULL, error->message);
  fail_unless (strstr (error->message, "I420") != NULL, error->message);
  fail_unless (strlen (error->message) < 500, error->message);
  fail_unless (longest_line (debug) < 1000, debug);
}
GST_END_TEST

GST_START_TEST (a_filter_changed_while_playing_changes_the_mode)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  rig_set_caps (rig, "video/x-raw,format=YUY2,width=320");
  rig_play (rig);
  rig_wait_for_frames (rig, 3);
  assert_caps (rig, "video/x-raw,format=YUY2,width=320");
  rig_set_caps (rig, "video/x-raw,format=RGB,width=160");
  while (TRUE) {
    g_autoptr (GstCaps) caps = rig_get_caps (rig);
    gint width;

    gst_structure_get_int (gst_caps_get_structure (caps, 0), "width", &width);
    if (width == 160)
      break;
    rig_wait_for_frames (rig, rig->n_frames + 1);
  }
  assert_caps (rig, "video/x-raw,format=RGB,width=160");
}
GST_END_TEST

/* The allocation answer's pool, to see that the camera does not start anew. */
GST_START_TEST (a_reconfigure_without_change_does_not_restart_the_camera)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rig->filter, "sink");

  rig_set_caps (rig, "video/x-raw,format=YUY2,width=160");
  rig_play (rig);
  rig_wait_for_frames (rig, 3);
  fail_unless (gst_pad_push_event (pad, gst_event_new_reconfigure ()));
  rig_wait_for_frames (rig, 10);
  rig_stop (rig);
  /* a restart would have begun at frame 0 again, with nothing lost */
  assert_equals_uint64 (rig_get_count (rig, "dropped"), 0);
  assert_equals_uint64 (rig_get_count (rig, "captured"), rig->n_frames);
}
GST_END_TEST

static Suite *
negotiate_suite (void)
{
  Suite *suite = suite_create ("negotiate");
  TCase *tcase = tcase_create ("negotiate");

  tcase_set_timeout (tcase, 300);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, open_peer_gets_1080p30_in_yuv);
  tcase_add_test (tcase, camera_without_1080p_gives_the_nearest_below);
  tcase_add_test (tcase, the_peers_wish_is_followed);
  tcase_add_test (tcase, every_offered_rate_comes_out_exactly);
  tcase_add_test (tcase, ready_offers_what_the_camera_enumerates_and_no_more);
  tcase_add_test (tcase, caps_that_do_not_meet_name_both_sides_and_the_field);
  tcase_add_test (tcase, a_peer_that_takes_nothing_is_told_as_that_in_short);
  tcase_add_test (tcase, a_filter_changed_while_playing_changes_the_mode);
  tcase_add_test (
      tcase, a_reconfigure_without_change_does_not_restart_the_camera);
  return suite;
}

GST_CHECK_MAIN (negotiate);
