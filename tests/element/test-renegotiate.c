/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Caps that change while PLAYING, on a device that stays open. */

#include "ioctls.h"
#include "rig.h"
#include "vivid.h"

#define SMALL "video/x-raw,format=YUY2,width=320,height=240,framerate=30/1"

static void
read_stamp (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  rig_read_stamp (rig, buffer);
}

static void
assert_stays_open (Ioctls *ioctls)
{
  fail_unless (strstr (ioctls_read (ioctls), "v4l2_release") == NULL);
  assert_equals_int (ioctls_count (ioctls, "VIDIOC_QUERYCAP"), 0);
}

/* Each frame has a sound stamp in the layout of its own caps. */
GST_START_TEST (format_size_and_rate_change_while_playing)
{
  static const gchar *const modes[] = {
    "video/x-raw,format=RGB,width=320,height=240,framerate=30/1",
    "video/x-raw,format=RGB,width=640,height=480,framerate=30/1",
    "video/x-raw,format=RGB,width=640,height=480,framerate=60/1",
    "video/x-raw,format=NV12,width=1280,height=720,framerate=15/1",
    "video/x-bayer,format=rggb,width=160,height=120,framerate=50/1",
    SMALL,
  };
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (Ioctls) ioctls = NULL;

  rig_accept_video_meta (rig);
  rig_on_frame (rig, read_stamp, NULL);
  rig_set_caps (rig, SMALL);
  rig_play (rig);
  rig_wait_for_caps (rig, SMALL);
  test_camera_settle ();
  ioctls = ioctls_watch (camera->node);
  for (guint i = 0; i < G_N_ELEMENTS (modes); i++) {
    rig_set_caps (rig, modes[i]);
    rig_wait_for_caps (rig, modes[i]);
  }
  assert_stays_open (ioctls);
  rig_stop (rig);
}
GST_END_TEST

/* vivid takes another interval while it streams. */
GST_START_TEST (a_rate_alone_keeps_the_buffers_where_the_driver_can)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_WEBCAM);
  g_autoptr (Rig) rig = rig_new (vivid->node);
  g_autoptr (Ioctls) ioctls = NULL;

  rig_set_caps (rig, "video/x-raw,format=YUY2,width=320,framerate=60/1");
  rig_play (rig);
  rig_wait_for_frames (rig, 3);
  ioctls = ioctls_watch (vivid->node);
  rig_set_caps (rig, "video/x-raw,format=YUY2,width=320,framerate=10/1");
  rig_wait_for_caps (rig, "video/x-raw,width=320,framerate=10/1");
  assert_stays_open (ioctls);
  assert_equals_int (ioctls_count (ioctls, "VIDIOC_S_PARM"), 1);
  assert_equals_int (ioctls_count (ioctls, "VIDIOC_S_FMT"), 0);
  assert_equals_int (ioctls_count (ioctls, "VIDIOC_STREAMOFF"), 0);
  assert_equals_int (ioctls_count (ioctls, "VIDIOC_REQBUFS"), 0);
}
GST_END_TEST

/* Its sizes differ from kernel to kernel. */
static gchar *
name_rates (Rig *rig, gint first, gint second)
{
  g_autoptr (GstCaps) caps = rig_get_caps (rig);
  gint width, height;

  fail_unless (gst_structure_get (gst_caps_get_structure (caps, 0), "width",
      G_TYPE_INT, &width, "height", G_TYPE_INT, &height, NULL));
  return g_strdup_printf (
      "video/x-raw,format=YUY2,width=%d,height=%d,framerate=%d/1;"
      "video/x-raw,format=YUY2,width=%d,height=%d,framerate=%d/1",
      width, height, first, width, height, second);
}

/* The first wish is not met: the second one needs no other buffers. */
GST_START_TEST (a_rate_that_there_is_not_costs_no_buffers)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_WEBCAM);
  g_autoptr (Rig) rig = rig_new (vivid->node);
  g_autoptr (Ioctls) ioctls = NULL;
  g_autofree gchar *wishes = NULL;

  rig_set_caps (rig, "video/x-raw,format=YUY2,width=320,framerate=60/1");
  rig_play (rig);
  rig_wait_for_frames (rig, 3);
  wishes = name_rates (rig, 7, 10);
  ioctls = ioctls_watch (vivid->node);
  rig_set_caps (rig, wishes);
  rig_wait_for_caps (rig, "video/x-raw,width=320,framerate=10/1");
  assert_stays_open (ioctls);
  assert_equals_int (ioctls_count (ioctls, "VIDIOC_S_FMT"), 0);
  assert_equals_int (ioctls_count (ioctls, "VIDIOC_STREAMOFF"), 0);
}
GST_END_TEST

GST_START_TEST (the_latency_follows_a_new_rate)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_WEBCAM);
  g_autoptr (Rig) rig = rig_new (vivid->node);
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  GstClockTime min;

  rig_set_caps (rig, "video/x-raw,format=YUY2,width=320,framerate=60/1");
  rig_play (rig);
  rig_wait_for_frames (rig, 3);
  rig_set_caps (rig, "video/x-raw,format=YUY2,width=320,framerate=10/1");
  rig_wait_for_caps (rig, "video/x-raw,width=320,framerate=10/1");
  fail_unless (gst_element_query (rig->source, query));
  gst_query_parse_latency (query, NULL, &min, NULL);
  assert_equals_uint64 (min, GST_SECOND / 10);
}
GST_END_TEST

typedef struct {
  GPtrArray *buffers, *sums;
} Held;

static gchar *
checksum (GstBuffer *buffer)
{
  GstMapInfo map;
  gchar *sum;

  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
  sum = g_compute_checksum_for_data (G_CHECKSUM_MD5, map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  return sum;
}

static void
hold (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Held *held = data;

  if (number >= 3)
    return;
  g_ptr_array_add (held->buffers, gst_buffer_ref (buffer));
  g_ptr_array_add (held->sums, checksum (buffer));
}

static void
check_held (const gchar *io_mode)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GPtrArray) buffers =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  g_autoptr (GPtrArray) sums = g_ptr_array_new_with_free_func (g_free);
  Held held = { buffers, sums };

  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", io_mode);
  rig_set_caps (rig, SMALL);
  rig_on_frame (rig, hold, &held);
  rig_play (rig);
  rig_wait_for_frames (rig, 4);
  rig_set_caps (rig, "video/x-raw,format=NV12,width=640,height=480");
  rig_wait_for_caps (rig, "video/x-raw,format=NV12,width=640,height=480");
  rig_wait_for_frames (rig, rig->n_frames + 10);
  assert_equals_int (buffers->len, 3);
  for (guint i = 0; i < buffers->len; i++) {
    g_autofree gchar *now = checksum (g_ptr_array_index (buffers, i));

    assert_equals_string (now, g_ptr_array_index (sums, i));
  }
  rig_stop (rig);
}

GST_START_TEST (held_buffers_outlive_a_change_of_mode)
{
  check_held ("mmap");
  check_held ("dmabuf");
}
GST_END_TEST

GST_START_TEST (a_filter_that_nobody_meets_while_playing_is_explained)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  rig_set_caps (rig, SMALL);
  rig_play (rig);
  rig_wait_for_frames (rig, 3);
  rig_set_caps (rig, "video/x-raw,framerate=31/1");
  error = rig_wait_for_error (rig, &debug);
  fail_unless (
      g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT));
  fail_unless (g_str_has_suffix (error->message, "agree on the framerate."),
      error->message);
  fail_unless (strstr (debug, "camera: video/x-raw") != NULL, debug);
  fail_unless (strstr (debug, "next element: video/x-raw") != NULL, debug);
}
GST_END_TEST

/* Strides that are no multiple of 4, and chroma planes of odd sizes. */
GST_START_TEST (sizes_with_odd_chroma_stream_right)
{
  g_autoptr (TestCamera) camera =
      test_camera_new ("sizes", "162x122 646x358", NULL);

  for (guint i = 0; i < RIG_N_FORMATS; i++) {
    g_autoptr (Rig) rig = rig_new (camera->node);
    g_autofree gchar *caps =
        g_strdup_printf ("%s,width=646,height=358", rig_formats[i].caps);

    rig_accept_video_meta (rig);
    rig_on_frame (rig, read_stamp, NULL);
    rig_set_caps (rig, caps);
    rig_run (rig, 3);
    assert_equals_int (rig->n_frames, 3);
  }
}
GST_END_TEST

static Suite *
renegotiate_suite (void)
{
  Suite *suite = suite_create ("renegotiate");
  TCase *tcase = tcase_create ("renegotiate");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, format_size_and_rate_change_while_playing);
  tcase_add_test (tcase, a_rate_alone_keeps_the_buffers_where_the_driver_can);
  tcase_add_test (tcase, a_rate_that_there_is_not_costs_no_buffers);
  tcase_add_test (tcase, the_latency_follows_a_new_rate);
  tcase_add_test (tcase, held_buffers_outlive_a_change_of_mode);
  tcase_add_test (tcase, a_filter_that_nobody_meets_while_playing_is_explained);
  tcase_add_test (tcase, sizes_with_odd_chroma_stream_right);
  return suite;
}

GST_CHECK_MAIN (renegotiate);
