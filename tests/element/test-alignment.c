/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A peer that wants its lines and planes aligned. */

#include "pixel/demand.h"
#include "rig.h"

#define SIZE ",width=160,height=120,framerate=60/1"

/* The fields of the "video-meta" structure, as text; NULL: none. And whether
 * the peer proposes a pool. */
typedef struct {
  const gchar *params;
  gboolean pool;
  GstBufferPool *offered;
} Peer;

static void
answer (GstQuery *query, Peer *peer)
{
  g_autoptr (GstStructure) params =
      peer->params ? gst_structure_from_string (peer->params, NULL) : NULL;

  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, params);
  if (peer->pool && peer->offered == NULL)
    peer->offered = gst_video_buffer_pool_new ();
  if (peer->pool)
    gst_query_add_allocation_pool (query, peer->offered, 0, 2, 0);
}

static GstPadProbeReturn
answer_probe (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);

  if (GST_QUERY_TYPE (query) != GST_QUERY_ALLOCATION)
    return GST_PAD_PROBE_OK;
  answer (query, data);
  return GST_PAD_PROBE_HANDLED;
}

/* Pure */

static gboolean
read_demand (GstVirtcamDemand *demand, const gchar *params)
{
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple ("video/x-raw");
  g_autoptr (GstQuery) query = gst_query_new_allocation (caps, TRUE);
  Peer peer = { .params = params };

  answer (query, &peer);
  return gst_virtcam_demand_from_query (demand, query);
}

static gboolean
is_met (const gchar *params, guint32 fourcc, guint bytesperline)
{
  const GstVirtcamFormat *format = gst_virtcam_format_from_fourcc (fourcc);
  struct v4l2_pix_format picture = { .width = 160,
    .height = 120,
    .bytesperline = bytesperline,
    .sizeimage = G_MAXINT };
  GstVirtcamDemand demand;
  GstVirtcamLayout layout;

  fail_unless (read_demand (&demand, params));
  fail_unless (gst_virtcam_layout_from_picture (&layout, format, &picture));
  return gst_virtcam_demand_is_met (&demand, format, 160, 120, &layout);
}

GST_START_TEST (alignment_is_of_every_plane)
{
  const gchar *both =
      "video-meta,stride-align0=(uint)63,stride-align1=(uint)63";

  fail_unless (is_met (NULL, V4L2_PIX_FMT_NV12, 160));
  fail_unless (is_met (NULL, V4L2_PIX_FMT_NV12, 164));
  fail_if (is_met (both, V4L2_PIX_FMT_NV12, 160));
  fail_unless (is_met (both, V4L2_PIX_FMT_NV12, 192));
  /* the chroma of I420 has half of its lines */
  fail_if (is_met (both, V4L2_PIX_FMT_YUV420, 192));
  fail_unless (is_met (both, V4L2_PIX_FMT_YUV420, 256));
}
GST_END_TEST

GST_START_TEST (padding_right_is_met_by_longer_lines_and_no_other_padding)
{
  fail_if (
      is_met ("video-meta,padding-right=(uint)16", V4L2_PIX_FMT_NV12, 160));
  fail_unless (
      is_met ("video-meta,padding-right=(uint)16", V4L2_PIX_FMT_NV12, 176));
  fail_if (is_met ("video-meta,padding-left=(uint)16", V4L2_PIX_FMT_NV12, 192));
  fail_if (is_met ("video-meta,padding-top=(uint)2", V4L2_PIX_FMT_NV12, 192));
  fail_if (
      is_met ("video-meta,padding-bottom=(uint)8", V4L2_PIX_FMT_NV12, 160));
}
GST_END_TEST

GST_START_TEST (an_alignment_that_cannot_be_is_left_out)
{
  GstVirtcamDemand demand;

  fail_if (read_demand (&demand, "video-meta,stride-align0=(uint)5"));
  fail_if (read_demand (&demand, "video-meta,stride-align1=(uint)4294967295"));
  fail_if (read_demand (&demand, "video-meta,padding-right=(uint)4294967295"));
  assert_equals_int (demand.alignment.padding_right, 0);
  fail_unless (demand.reads_meta);
}
GST_END_TEST

/* The element */

typedef struct {
  guint mask[GST_VIDEO_MAX_PLANES];
  gint min_stride;
} Aligned;

static void
check_aligned (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);
  const Aligned *aligned = data;

  fail_unless (meta != NULL);
  for (guint i = 0; i < meta->n_planes; i++)
    assert_equals_int (meta->stride[i] & aligned->mask[i], 0);
  fail_unless (meta->stride[0] >= aligned->min_stride);
  if (meta->offset[0] == 0)
    assert_equals_int (rig_read_stamp (rig, buffer).sequence, number);
}

static guint64
run_aligned (
    const gchar *sizes, const gchar *caps, Peer *peer, Aligned *aligned)
{
  g_autoptr (TestCamera) camera = test_camera_new ("sizes", sizes, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  rig_answer_allocation (rig, answer_probe, peer);
  rig_set_caps (rig, caps);
  rig_on_frame (rig, check_aligned, aligned);
  rig_run (rig, 10);
  assert_equals_int (rig->n_frames, 10);
  return rig_get_count (rig, "copied");
}

GST_START_TEST (downstreams_alignment_is_met_by_the_drivers_lines)
{
  static const gchar *const formats[] = { "NV12", "I420", "YUY2", "RGB" };
  Peer peer = { .params = "video-meta,stride-align0=(uint)127,"
                          "stride-align1=(uint)127,stride-align2=(uint)127" };
  Aligned aligned = { .mask = { 127, 127, 127 }, .min_stride = 160 };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    g_autofree gchar *caps = g_strdup_printf (
        "video/x-raw,format=%s,width=162,height=122", formats[i]);

    assert_equals_uint64 (run_aligned ("162x122", caps, &peer, &aligned), 0);
  }
}
GST_END_TEST

GST_START_TEST (padding_to_the_right_is_met_by_the_drivers_lines)
{
  Peer peer = { .params = "video-meta,padding-right=(uint)30" };
  Aligned aligned = { .min_stride = 192 };

  assert_equals_uint64 (
      run_aligned ("162x122", "video/x-raw,format=NV12,width=162,height=122",
          &peer, &aligned),
      0);
}
GST_END_TEST

GST_START_TEST (padding_that_a_driver_cannot_make_is_made_by_copies)
{
  Peer own = { .params =
                   "video-meta,padding-top=(uint)4,padding-bottom=(uint)8" };
  Peer theirs = { .params = own.params, .pool = TRUE };
  Aligned aligned = { .min_stride = 160 };

  assert_equals_uint64 (
      run_aligned ("160x120", "video/x-raw,format=NV12", &own, &aligned), 10);
  assert_equals_uint64 (
      run_aligned ("160x120", "video/x-raw,format=NV12", &theirs, &aligned),
      10);
  ASSERT_OBJECT_REFCOUNT (theirs.offered, "pool", 1);
  gst_object_unref (theirs.offered);
}
GST_END_TEST

/* What was met while a frame filter changes is met afterwards. */
GST_START_TEST (a_peer_that_wants_nothing_gets_the_shortest_lines)
{
  Peer peer = { .params = NULL };
  Aligned aligned = { .min_stride = 162 };

  assert_equals_uint64 (
      run_aligned ("162x122", "video/x-raw,format=NV12,width=162,height=122",
          &peer, &aligned),
      0);
}
GST_END_TEST

static Suite *
alignment_suite (void)
{
  Suite *suite = suite_create ("alignment");
  TCase *tcase = tcase_create ("alignment");

  tcase_set_timeout (tcase, 300);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, alignment_is_of_every_plane);
  tcase_add_test (
      tcase, padding_right_is_met_by_longer_lines_and_no_other_padding);
  tcase_add_test (tcase, an_alignment_that_cannot_be_is_left_out);
  tcase_add_test (tcase, downstreams_alignment_is_met_by_the_drivers_lines);
  tcase_add_test (tcase, padding_to_the_right_is_met_by_the_drivers_lines);
  tcase_add_test (tcase, padding_that_a_driver_cannot_make_is_made_by_copies);
  tcase_add_test (tcase, a_peer_that_wants_nothing_gets_the_shortest_lines);
  return suite;
}

GST_CHECK_MAIN (alignment);
