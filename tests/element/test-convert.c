/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Conversion by libv4l2, for who asks for it. */

#include <gst/allocators/gstfdmemory.h>

#include "memfd.h"
#include "rig.h"

#define SIZE ",width=640,height=480"
#define STAMP_ROWS 16 /* 128 bits at 80 blocks of 8 x 8 a row */

static Rig *
rig_new_converting (TestCamera *camera, const gchar *caps)
{
  Rig *rig = rig_new (camera->node);

  g_object_set (rig->source, "convert", TRUE, NULL);
  rig_set_caps (rig, caps);
  return rig;
}

static gboolean
offers (Rig *rig, const gchar *format)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rig->source, "src");
  g_autofree gchar *text = g_strdup_printf ("video/x-raw,format=%s", format);
  g_autoptr (GstCaps) wish = gst_caps_from_string (text);
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);

  return gst_caps_can_intersect (caps, wish);
}

GST_START_TEST (emulated_formats_appear_only_when_asked_for)
{
  static const gchar *const emulated[] = { "RGB", "BGR", "I420", "YV12" };
  g_autoptr (TestCamera) camera = test_camera_new ("formats", "YUYV", NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  for (guint convert = 0; convert <= 1; convert++) {
    g_object_set (rig->source, "convert", (gboolean) convert, NULL);
    gst_element_set_state (rig->source, GST_STATE_READY);
    for (guint i = 0; i < G_N_ELEMENTS (emulated); i++)
      fail_unless_equals_int (offers (rig, emulated[i]), convert);
    fail_unless (offers (rig, "YUY2"));
    gst_element_set_state (rig->source, GST_STATE_NULL);
  }
}
GST_END_TEST

static void
read_stamp (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  assert_equals_int (rig_read_stamp (rig, buffer).sequence, number);
  fail_unless (gst_buffer_get_video_meta (buffer) != NULL);
}

static void
check_stream (const gchar *format, guint64 converted)
{
  g_autoptr (TestCamera) camera = test_camera_new ("formats", "YUYV", NULL);
  g_autofree gchar *caps =
      g_strdup_printf ("video/x-raw,format=%s" SIZE, format);
  g_autoptr (Rig) rig = rig_new_converting (camera, caps);

  rig_on_frame (rig, read_stamp, NULL);
  rig_run (rig, 10);
  assert_equals_int (rig->n_frames, 10);
  assert_equals_uint64 (rig_get_count (rig, "converted"), converted);
  assert_equals_uint64 (rig_get_count (rig, "copied"), 10);
  assert_equals_uint64 (rig_get_count (rig, "dropped"), 0);
}

GST_START_TEST (converted_frames_are_whole_and_counted)
{
  check_stream ("RGB", 10);
  check_stream ("BGR", 10);
  check_stream ("I420", 10);
  check_stream ("YUY2", 0);
}
GST_END_TEST

static GstPadProbeReturn
propose (GstPad *pad, GstPadProbeInfo *info, gpointer allocator)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);

  if (GST_QUERY_TYPE (query) != GST_QUERY_ALLOCATION)
    return GST_PAD_PROBE_OK;
  gst_query_add_allocation_param (query, allocator, NULL);
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  return GST_PAD_PROBE_HANDLED;
}

static void
check_fd (Rig *rig, GstBuffer *buffer, guint number, gpointer allocator)
{
  GstMemory *memory = gst_buffer_peek_memory (buffer, 0);

  fail_unless (gst_is_fd_memory (memory), "frame %u has no fd", number);
  fail_unless (memory->allocator == allocator);
  read_stamp (rig, buffer, number, NULL);
}

/* Its memory cannot be lent, so it is made where the peer wants it. */
GST_START_TEST (converted_frames_are_in_the_memory_that_the_peer_proposes)
{
  g_autoptr (TestCamera) camera = test_camera_new ("formats", "YUYV", NULL);
  g_autoptr (GstAllocator) allocator = memfd_allocator_new ();
  g_autoptr (Rig) rig =
      rig_new_converting (camera, "video/x-raw,format=RGB" SIZE);

  rig_answer_allocation (rig, propose, allocator);
  rig_on_frame (rig, check_fd, allocator);
  rig_run (rig, 10);
  assert_equals_int (rig->n_frames, 10);
}
GST_END_TEST

static void
keep_first (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  GstSample **kept = data;
  g_autoptr (GstCaps) caps = rig_get_caps (rig);

  if (number == 0)
    *kept = gst_sample_new (buffer, caps, NULL, NULL);
}

/* The first frame of a camera's stream: always the same but for the stamp. */
static GstSample *
take_first (TestCamera *camera, const gchar *format, gboolean convert)
{
  g_autofree gchar *caps =
      g_strdup_printf ("video/x-raw,format=%s" SIZE, format);
  g_autoptr (Rig) rig = rig_new (camera->node);
  GstSample *sample = NULL;

  g_object_set (rig->source, "convert", convert, NULL);
  rig_set_caps (rig, caps);
  rig_on_frame (rig, keep_first, &sample);
  rig_run (rig, 1);
  return sample;
}

static void
map_frame (GstVideoFrame *frame, GstSample *sample, const gchar *colorimetry)
{
  GstVideoInfo info;

  fail_unless (gst_video_info_from_caps (&info, gst_sample_get_caps (sample)));
  if (colorimetry)
    gst_video_colorimetry_from_string (&info.colorimetry, colorimetry);
  fail_unless (gst_video_frame_map (
      frame, &info, gst_sample_get_buffer (sample), GST_MAP_READ));
}

/* The mean difference of a byte below the stamp, in thousandths. */
static guint
mean_difference (const GstVideoFrame *a, const GstVideoFrame *b, guint plane)
{
  const guint component = GST_VIDEO_FRAME_N_PLANES (a) > 1 ? plane : 0;
  const guint height = GST_VIDEO_FRAME_COMP_HEIGHT (a, component);
  const guint bytes = GST_VIDEO_FRAME_COMP_WIDTH (a, component) *
                      GST_VIDEO_FRAME_COMP_PSTRIDE (a, component);
  guint64 sum = 0, count = 0;

  for (guint y = STAMP_ROWS; y < height; y++) {
    const guint8 *p = (const guint8 *) GST_VIDEO_FRAME_PLANE_DATA (a, plane) +
                      y * GST_VIDEO_FRAME_PLANE_STRIDE (a, plane);
    const guint8 *q = (const guint8 *) GST_VIDEO_FRAME_PLANE_DATA (b, plane) +
                      y * GST_VIDEO_FRAME_PLANE_STRIDE (b, plane);

    for (guint x = 0; x < bytes; x++, count++)
      sum += ABS ((gint) p[x] - (gint) q[x]);
  }
  return sum * 1000 / count;
}

/* libv4l2 takes YUV for full range, as webcams' mostly is. */
static GstBuffer *
convert_by_gstreamer (GstSample *original, const GstVideoInfo *to)
{
  g_autoptr (GstBuffer) buffer = gst_buffer_new_and_alloc (to->size);
  GstVideoConverter *converter;
  GstVideoFrame in, out;

  map_frame (&in, original, "1:4:7:1");
  fail_unless (gst_video_frame_map (&out, to, buffer, GST_MAP_WRITE));
  converter = gst_video_converter_new (&in.info, to, NULL);
  gst_video_converter_frame (converter, &in, &out);
  gst_video_converter_free (converter);
  gst_video_frame_unmap (&out);
  gst_video_frame_unmap (&in);
  return g_steal_pointer (&buffer);
}

static void
check_picture (const gchar *format, const gchar *colorimetry)
{
  g_autoptr (TestCamera) camera = test_camera_new ("formats", "YUYV", NULL);
  g_autoptr (GstSample) original = take_first (camera, "YUY2", FALSE);
  g_autoptr (GstSample) converted = take_first (camera, format, TRUE);
  g_autoptr (GstBuffer) expected = NULL;
  GstVideoFrame a, b;

  map_frame (&a, converted, colorimetry);
  expected = convert_by_gstreamer (original, &a.info);
  fail_unless (gst_video_frame_map (&b, &a.info, expected, GST_MAP_READ));
  for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES (&a); plane++) {
    guint difference = mean_difference (&a, &b, plane);

    fail_unless (difference < 5000, "%s: plane %u differs by %u / 1000", format,
        plane, difference);
  }
  gst_video_frame_unmap (&a);
  gst_video_frame_unmap (&b);
}

GST_START_TEST (the_picture_is_that_of_videoconvert)
{
  check_picture ("I420", "1:4:7:1");
  check_picture ("RGB", "1:1:7:1");
  check_picture ("BGR", "1:1:7:1");
}
GST_END_TEST

GST_START_TEST (dma_bufs_are_refused_with_a_reason)
{
  g_autoptr (TestCamera) camera = test_camera_new ("formats", "YUYV", NULL);
  g_autoptr (Rig) rig =
      rig_new_converting (camera, "video/x-raw,format=RGB" SIZE);
  g_autoptr (GError) error = NULL;

  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", "dmabuf");
  error = rig_run_into_error (rig, NULL);
  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS),
      error->message);
  fail_unless (strstr (error->message, "io-mode=mmap"), error->message);
}
GST_END_TEST

/* Peers that would rather have dma-bufs, as from GStreamer 1.24 on they can say */

#define DRM(format) \
  "video/x-raw(memory:DMABuf),format=DMA_DRM,drm-format=" format SIZE

static void
check_plain (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  g_autoptr (GstCaps) caps = rig_get_caps (rig);
  GstCapsFeatures *features = gst_caps_get_features (caps, 0);

  fail_if (gst_caps_features_contains (features, "memory:DMABuf"),
      "frame %u of %d memories goes out as %s", number,
      gst_buffer_n_memory (buffer), gst_caps_to_string (caps));
  read_stamp (rig, buffer, number, data);
}

static void
check_converts_to_plain (const gchar *drm, const gchar *raw)
{
  g_autoptr (TestCamera) camera = test_camera_new ("formats", "YUYV", NULL);
  g_autofree gchar *caps = g_strdup_printf ("%s;%s" SIZE, drm, raw);
  g_autoptr (Rig) rig = rig_new_converting (camera, caps);

  rig_accept_video_meta (rig);
  rig_on_frame (rig, check_plain, NULL);
  rig_run (rig, 5);
  assert_equals_int (rig->n_frames, 5);
}

GST_START_TEST (a_peer_that_would_rather_have_dma_drm_gets_plain_raw)
{
  check_converts_to_plain (DRM ("YU12"), "video/x-raw,format=I420");
}
GST_END_TEST

GST_START_TEST (nor_does_a_format_of_the_camera_go_out_as_dma_drm)
{
  check_converts_to_plain (DRM ("YUYV"), "video/x-raw,format=YUY2");
}
GST_END_TEST

GST_START_TEST (no_dma_drm_is_offered)
{
  g_autoptr (TestCamera) camera = test_camera_new ("formats", "YUYV", NULL);
  g_autoptr (Rig) rig = rig_new_converting (camera, "ANY");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rig->source, "src");
  g_autoptr (GstCaps) wish = gst_caps_from_string (DRM ("YUYV"));
  g_autoptr (GstCaps) caps = NULL;

  gst_element_set_state (rig->source, GST_STATE_READY);
  caps = gst_pad_query_caps (pad, NULL);
  fail_if (gst_caps_can_intersect (caps, wish), "%s is offered",
      gst_caps_to_string (wish));
}
GST_END_TEST

static void
hold (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  gst_buffer_list_add (data, gst_buffer_ref (buffer));
}

/* Downstream keeps many more than libv4l2 has, and past the end. */
GST_START_TEST (converted_frames_may_be_kept)
{
  g_autoptr (TestCamera) camera = test_camera_new ("formats", "YUYV", NULL);
  g_autoptr (GstBufferList) held = gst_buffer_list_new ();
  Rig *rig = rig_new_converting (camera, "video/x-raw,format=RGB" SIZE);

  rig_on_frame (rig, hold, held);
  rig_run (rig, 20);
  rig_free (rig);
  assert_equals_int (gst_buffer_list_length (held), 20);
  for (guint i = 0; i < 20; i++)
    assert_equals_int (
        gst_buffer_memset (gst_buffer_list_get (held, i), 0, 1, 1000), 1000);
}
GST_END_TEST

GST_START_TEST (it_goes_on_converting_after_states_and_an_unplug)
{
  g_autoptr (TestCamera) camera = test_camera_new ("formats", "YUYV", NULL);
  g_autoptr (Rig) rig =
      rig_new_converting (camera, "video/x-raw,format=RGB" SIZE);

  gst_util_set_object_arg (G_OBJECT (rig->source), "on-disconnect", "wait");
  for (guint i = 0; i < 3; i++) {
    rig_play (rig);
    rig_wait_for_frames (rig, rig->n_frames + 2);
    gst_element_set_state (
        rig->pipeline, i == 0 ? GST_STATE_READY : GST_STATE_PAUSED);
  }
  rig_play (rig);
  rig_wait_for_frames (rig, rig->n_frames + 2);
  test_camera_unbind (camera);
  gst_structure_free (rig_wait_for_message (rig, "virtcamsrc-disconnected"));
  test_camera_bind (camera);
  rig_wait_for_frames (rig, rig->n_frames + 2);
  assert_equals_uint64 (
      rig_get_count (rig, "converted"), rig_get_count (rig, "copied"));
}
GST_END_TEST

static Suite *
convert_suite (void)
{
  Suite *suite = suite_create ("convert");
  TCase *tcase = tcase_create ("convert");

  tcase_set_timeout (tcase, 300);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, emulated_formats_appear_only_when_asked_for);
  tcase_add_test (tcase, converted_frames_are_whole_and_counted);
  tcase_add_test (
      tcase, converted_frames_are_in_the_memory_that_the_peer_proposes);
  tcase_add_test (tcase, the_picture_is_that_of_videoconvert);
  tcase_add_test (tcase, dma_bufs_are_refused_with_a_reason);
  tcase_add_test (tcase, a_peer_that_would_rather_have_dma_drm_gets_plain_raw);
  tcase_add_test (tcase, nor_does_a_format_of_the_camera_go_out_as_dma_drm);
  tcase_add_test (tcase, no_dma_drm_is_offered);
  tcase_add_test (tcase, converted_frames_may_be_kept);
  tcase_add_test (tcase, it_goes_on_converting_after_states_and_an_unplug);
  return suite;
}

GST_CHECK_MAIN (convert);
