/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DMA_DRM caps: offered, agreed on, and given up. GStreamer has them from 1.24
 * on, and which tests there are depends on that. */

#include <gst/allocators/gstdmabuf.h>

#include "pixel/compat.h"
#include "pixel/caps.h"
#include "rig.h"

#define DRM "video/x-raw(memory:DMABuf),format=DMA_DRM,drm-format="
#define SIZE ",width=160,height=120,framerate=60/1"
#define DRM_CAPS DRM "YUYV" SIZE
#define RAW_CAPS "video/x-raw,format=YUY2" SIZE
#define ODD ",width=162,height=122"

/* Pure */

static gchar *
translate (GstCaps *(*function) (GstCaps *), const gchar *string)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (string);
  g_autoptr (GstCaps) result = function (caps);

  return gst_caps_to_string (result);
}

static void
assert_same_caps (gchar *got, const gchar *wanted)
{
  g_autoptr (GstCaps) a = gst_caps_from_string (got);
  g_autoptr (GstCaps) b = gst_caps_from_string (wanted);

  fail_unless (gst_caps_is_equal (a, b), "%s, not %s", got, wanted);
  g_free (got);
}

GST_START_TEST (no_format_has_a_drm_name_before_1_24)
{
  assert_same_caps (translate (gst_virtcam_drm_from_raw, RAW_CAPS), "EMPTY");
  assert_same_caps (translate (gst_virtcam_drm_to_raw, DRM_CAPS), DRM_CAPS);
}
GST_END_TEST

GST_START_TEST (drm_caps_translate_there_and_back)
{
  assert_same_caps (translate (gst_virtcam_drm_from_raw,
                        RAW_CAPS ";image/jpeg;video/x-bayer,format=rggb"),
      DRM_CAPS);
  assert_same_caps (translate (gst_virtcam_drm_to_raw, DRM_CAPS), RAW_CAPS);
  assert_same_caps (translate (gst_virtcam_drm_to_raw,
                        DRM "{ NV12, YU12 }" SIZE ";video/x-raw,format=RGB"),
      "video/x-raw,format={ NV12, I420 }" SIZE ";video/x-raw,format=RGB");
  assert_same_caps (
      translate (gst_virtcam_drm_strip, DRM_CAPS ";" RAW_CAPS), RAW_CAPS);
}
GST_END_TEST

GST_START_TEST (tiled_pictures_are_not_the_cameras)
{
  assert_same_caps (translate (gst_virtcam_drm_to_raw,
                        DRM "{ NV12:0x0100000000000002, YUYV, AB4H }" SIZE),
      RAW_CAPS);
  assert_same_caps (
      translate (gst_virtcam_drm_to_raw, DRM "NV12:0x0100000000000002" SIZE),
      DRM "NV12:0x0100000000000002" SIZE);
}
GST_END_TEST

static void
assert_form (const gchar *peer, gboolean prefer, const gchar *wanted)
{
  g_autoptr (GstCaps) raw = gst_caps_from_string (RAW_CAPS);
  g_autoptr (GstCaps) peer_caps = gst_caps_from_string (peer);
  g_autoptr (GstCaps) got = gst_virtcam_drm_choose (raw, peer_caps, prefer);

  assert_same_caps (gst_caps_to_string (got), wanted);
}

GST_START_TEST (the_form_is_the_peers_first_or_the_users)
{
  assert_form (RAW_CAPS ";" DRM_CAPS, FALSE, RAW_CAPS);
  assert_form (DRM_CAPS ";" RAW_CAPS, FALSE, DRM_CAPS);
  assert_form (RAW_CAPS ";" DRM_CAPS, TRUE, DRM_CAPS);
  assert_form (RAW_CAPS, TRUE, RAW_CAPS);
  assert_form ("ANY", TRUE, RAW_CAPS);
  assert_form ("video/x-raw(ANY)", TRUE, RAW_CAPS);
}
GST_END_TEST

/* Offered */

static GstCaps *
query_caps (const gchar *device, const gchar *io_mode)
{
  g_autoptr (Rig) rig = rig_new (device);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rig->source, "src");

  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", io_mode);
  gst_element_set_state (rig->source, GST_STATE_READY);
  return gst_pad_query_caps (pad, NULL);
}

static gboolean
is_drm (GstCaps *caps, guint n)
{
  return gst_caps_features_contains (
      gst_caps_get_features (caps, n), GST_CAPS_FEATURE_MEMORY_DMABUF);
}

static guint
count_drm (GstCaps *caps)
{
  guint count = 0;

  for (guint i = 0; i < gst_caps_get_size (caps); i++)
    count += is_drm (caps, i);
  return count;
}

GST_START_TEST (dma_drm_is_offered_first_where_the_user_wants_dmabufs)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (GstCaps) dmabuf = query_caps (camera->node, "dmabuf");
  g_autoptr (GstCaps) any = query_caps (camera->node, "auto");
  g_autoptr (GstCaps) mmap = query_caps (camera->node, "mmap");

  fail_unless (is_drm (dmabuf, 0));
  fail_if (is_drm (any, 0));
  fail_unless (count_drm (dmabuf) > 0 && count_drm (any) > 0);
  fail_unless (count_drm (dmabuf) < gst_caps_get_size (dmabuf));
  assert_equals_int (count_drm (mmap), 0);
}
GST_END_TEST

GST_START_TEST (before_1_24_no_dma_drm_is_offered)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (GstCaps) dmabuf = query_caps (camera->node, "dmabuf");

  fail_if (gst_caps_is_empty (dmabuf));
  assert_equals_int (count_drm (dmabuf), 0);
}
GST_END_TEST

/* Agreed on */

static void
check_dmabuf (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);

  fail_unless (gst_is_dmabuf_memory (gst_buffer_peek_memory (buffer, 0)));
  fail_unless (meta != NULL);
  fail_unless (meta->format != GST_VIDEO_FORMAT_ENCODED &&
               meta->format != GST_VIDEO_FORMAT_UNKNOWN);
}

/* The caps of the last frame */
static void
note_caps (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  GstCaps **last = data;
  g_autoptr (GstCaps) caps = rig_get_caps (rig);

  gst_caps_replace (last, caps);
  if (gst_virtcam_drm_is_caps (caps))
    check_dmabuf (rig, buffer, number, NULL);
  else
    rig_read_stamp (rig, buffer);
}

static gboolean
run_and_see_drm (Rig *rig, const gchar *io_mode, const gchar *peer)
{
  g_autoptr (GstCaps) last = NULL;

  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", io_mode);
  rig_set_caps (rig, peer);
  rig_on_frame (rig, note_caps, &last);
  rig_run (rig, 10);
  assert_equals_int (rig->n_frames, 10);
  return gst_virtcam_drm_is_caps (last);
}

static void
assert_agreed (const gchar *io_mode, const gchar *peer, gboolean drm)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  rig_accept_video_meta (rig);
  fail_unless (run_and_see_drm (rig, io_mode, peer) == drm, "%s", peer);
  assert_equals_uint64 (rig_get_count (rig, "copied"), 0);
}

GST_START_TEST (
    a_peer_that_takes_both_gets_dma_drm_where_the_user_wants_dmabufs)
{
  assert_agreed ("dmabuf", RAW_CAPS ";" DRM_CAPS, TRUE);
  assert_agreed ("auto", RAW_CAPS ";" DRM_CAPS, FALSE);
  assert_agreed ("mmap", DRM_CAPS ";" RAW_CAPS, FALSE);
}
GST_END_TEST

GST_START_TEST (a_peer_that_asks_for_dma_drm_gets_it_in_auto)
{
  assert_agreed ("auto", DRM_CAPS, TRUE);
  assert_agreed ("auto", DRM_CAPS ";" RAW_CAPS, TRUE);
}
GST_END_TEST

GST_START_TEST (a_peer_without_dma_drm_gets_plain_raw_with_dmabuf_memory)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", "dmabuf");
  rig_set_caps (rig, RAW_CAPS);
  rig_on_frame (rig, check_dmabuf, NULL);
  rig_run (rig, 10);
}
GST_END_TEST

GST_START_TEST (a_peer_that_takes_anything_gets_plain_raw)
{
  assert_agreed ("dmabuf", "ANY", FALSE);
}
GST_END_TEST

/* Given up */

GST_START_TEST (a_peer_without_video_meta_gets_plain_raw_and_no_error)
{
  g_autoptr (TestCamera) camera = test_camera_new ("sizes", "162x122", NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  fail_if (run_and_see_drm (
      rig, "dmabuf", DRM "YU12" ODD ";video/x-raw,format=I420" ODD));
  assert_equals_uint64 (rig_get_count (rig, "copied"), 10);
}
GST_END_TEST

/* It has to find out by itself: the meta is on every buffer. */
GST_START_TEST (a_peer_that_takes_nothing_else_gets_dma_drm_without_an_error)
{
  g_autoptr (TestCamera) camera = test_camera_new ("sizes", "162x122", NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  fail_unless (run_and_see_drm (rig, "dmabuf", DRM "YU12" ODD));
  assert_equals_uint64 (rig_get_count (rig, "copied"), 0);
}
GST_END_TEST

static void
hold (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  g_ptr_array_add (data, gst_buffer_ref (buffer));
}

GST_START_TEST (a_peer_that_holds_every_dma_drm_buffer_gets_copies_of_raw)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GPtrArray) held =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);

  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", "dmabuf");
  rig_set_caps (rig, DRM_CAPS ";" RAW_CAPS);
  rig_accept_video_meta (rig);
  rig_on_frame (rig, hold, held);
  rig_run (rig, 100);
  assert_equals_int (rig->n_frames, 100);
  fail_unless (rig_get_count (rig, "copied") > 20);
}
GST_END_TEST

static void
add_tests_of_dma_drm (TCase *tcase)
{
  tcase_add_test (tcase, drm_caps_translate_there_and_back);
  tcase_add_test (tcase, tiled_pictures_are_not_the_cameras);
  tcase_add_test (tcase, the_form_is_the_peers_first_or_the_users);
  tcase_add_test (tcase, dma_drm_is_offered_first_where_the_user_wants_dmabufs);
  tcase_add_test (
      tcase, a_peer_that_takes_both_gets_dma_drm_where_the_user_wants_dmabufs);
  tcase_add_test (tcase, a_peer_that_asks_for_dma_drm_gets_it_in_auto);
  tcase_add_test (tcase, a_peer_without_video_meta_gets_plain_raw_and_no_error);
  tcase_add_test (
      tcase, a_peer_that_takes_nothing_else_gets_dma_drm_without_an_error);
  tcase_add_test (
      tcase, a_peer_that_holds_every_dma_drm_buffer_gets_copies_of_raw);
}

static Suite *
drm_suite (void)
{
  Suite *suite = suite_create ("drm");
  TCase *tcase = tcase_create ("drm");

  tcase_set_timeout (tcase, 300);
  suite_add_tcase (suite, tcase);
  tcase_add_test (
      tcase, a_peer_without_dma_drm_gets_plain_raw_with_dmabuf_memory);
  tcase_add_test (tcase, a_peer_that_takes_anything_gets_plain_raw);
  if (GST_VIRTCAM_COMPAT_HAS_DMA_DRM) {
    add_tests_of_dma_drm (tcase);
  } else {
    tcase_add_test (tcase, no_format_has_a_drm_name_before_1_24);
    tcase_add_test (tcase, before_1_24_no_dma_drm_is_offered);
  }
  return suite;
}

GST_CHECK_MAIN (drm);
