/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Television: frames of two fields, and fields alone, where the peer or the
 * driver has wishes of its own. */

#include <linux/videodev2.h>

#include "driver.h"
#include "rig.h"
#include "vivid.h"

#define YUY2 "video/x-raw,format=YUY2"
#define FIELDS \
  "video/x-raw(format:Interlaced),format=YUY2,interlace-mode=alternate"

/* 0: those that it is asked for */
static guint32 bytesperline_of_driver;

/* Many drivers leave the order of interleaved fields to the standard, whatever
 * they are asked for. */
static void
insist (struct v4l2_pix_format *picture)
{
  if (picture->field == V4L2_FIELD_INTERLACED_TB ||
      picture->field == V4L2_FIELD_INTERLACED_BT)
    picture->field = V4L2_FIELD_INTERLACED;
  if (bytesperline_of_driver)
    picture->bytesperline = bytesperline_of_driver;
}

gint
driver_answer (gint fd, gulong request, gpointer argument)
{
  if (request == VIDIOC_S_FMT || request == VIDIOC_TRY_FMT)
    insist (&((struct v4l2_format *) argument)->fmt.pix);
  return driver_ask (fd, request, argument);
}

static Vivid *
open_television (v4l2_std_id standard)
{
  Vivid *vivid = vivid_open (VIVID_S_VIDEO);

  fail_unless_equals_int (driver_ask (vivid->fd, VIDIOC_S_STD, &standard), 0);
  return vivid;
}

/* Lines */

typedef struct {
  gint stride;
  gboolean whole; /* the buffer is a frame and no more */
} Lines;

static void
check_lines (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  const Lines *lines = data;

  assert_equals_int (
      gst_buffer_get_video_meta (buffer)->stride[0], lines->stride);
  if (lines->whole)
    assert_equals_uint64 (gst_buffer_get_size (buffer), 720 * 2 * 576);
  fail_unless (
      GST_BUFFER_FLAG_IS_SET (buffer, GST_VIDEO_BUFFER_FLAG_INTERLACED));
}

GST_START_TEST (
    padded_lines_of_interlaced_frames_are_copied_for_a_peer_that_reads_none)
{
  g_autoptr (Vivid) vivid = open_television (V4L2_STD_PAL);
  g_autoptr (Rig) rig = rig_new (vivid->node);
  Lines lines = { .stride = 720 * 2, .whole = TRUE };

  bytesperline_of_driver = 2048;
  rig_set_caps (rig, YUY2);
  rig_on_frame (rig, check_lines, &lines);
  rig_run (rig, 3);
  assert_equals_int (rig->n_frames, 3);
  assert_equals_uint64 (rig_get_count (rig, "copied"), 3);
}
GST_END_TEST

static GstPadProbeReturn
want_aligned_lines (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);
  g_autoptr (GstStructure) alignment =
      gst_structure_new ("video-meta", "stride-align0", G_TYPE_UINT, 63, NULL);

  if (GST_QUERY_TYPE (query) != GST_QUERY_ALLOCATION)
    return GST_PAD_PROBE_OK;
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, alignment);
  return GST_PAD_PROBE_HANDLED;
}

GST_START_TEST (interlaced_frames_have_the_lines_that_a_peer_wants)
{
  g_autoptr (Vivid) vivid = open_television (V4L2_STD_PAL);
  g_autoptr (Rig) rig = rig_new (vivid->node);
  Lines lines = { .stride = GST_ROUND_UP_64 (720 * 2) };

  rig_answer_allocation (rig, want_aligned_lines, NULL);
  rig_set_caps (rig, YUY2);
  rig_on_frame (rig, check_lines, &lines);
  rig_run (rig, 3);
  assert_equals_int (rig->n_frames, 3);
  assert_equals_uint64 (rig_get_count (rig, "copied"), 0);
}
GST_END_TEST

/* Fields alone */

GST_START_TEST (fields_can_be_named_before_there_is_a_camera)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (
      "virtcamsrc ! video/x-raw(format:Interlaced),interlace-mode=alternate ! "
      "fakesink",
      &error);

  fail_unless (pipeline && error == NULL, "%s", error ? error->message : "");
}
GST_END_TEST

GST_START_TEST (fields_are_among_the_caps_of_a_source_that_has_them)
{
  g_autoptr (Vivid) vivid = open_television (V4L2_STD_PAL);
  g_autoptr (Rig) rig = rig_new (vivid->node);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rig->source, "src");
  g_autoptr (GstCaps) fields = gst_caps_from_string (FIELDS);
  g_autoptr (GstCaps) frames = gst_caps_from_string (YUY2);
  g_autoptr (GstCaps) all = NULL;
  g_autoptr (GstCaps) some = NULL;

  gst_element_set_state (rig->source, GST_STATE_READY);
  all = gst_pad_query_caps (pad, NULL);
  some = gst_pad_query_caps (pad, fields);
  fail_unless (gst_caps_can_intersect (all, frames));
  fail_unless (gst_caps_can_intersect (all, fields), "fields are not offered");
  fail_if (gst_caps_is_empty (some));
}
GST_END_TEST

/* What it sends is what it says that it accepts. */
GST_START_TEST (caps_of_fields_that_are_negotiated_are_accepted)
{
  g_autoptr (Vivid) vivid = open_television (V4L2_STD_PAL);
  g_autoptr (Rig) rig = rig_new (vivid->node);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rig->source, "src");
  g_autoptr (GstCaps) caps = NULL;

  rig_accept_video_meta (rig);
  rig_set_caps (rig, FIELDS);
  rig_play (rig);
  rig_wait_for_frames (rig, 2);
  caps = rig_get_caps (rig);
  fail_unless (gst_pad_query_accept_caps (pad, caps), "%s is not accepted",
      gst_caps_to_string (caps));
}
GST_END_TEST

/* As GStreamer's own pools have it: GstVideoMeta has the height of the frame, as
 * the caps do, and GST_VIDEO_INFO_FIELD_HEIGHT halves that. A meta of less lines
 * than the caps name cannot be mapped. */
static void
check_field (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);
  g_autoptr (GstCaps) caps = rig_get_caps (rig);
  GstVideoFrame frame;
  GstVideoInfo info;

  fail_unless (gst_video_info_from_caps (&info, caps));
  assert_equals_int (GST_VIDEO_INFO_HEIGHT (&info), 576);
  assert_equals_int (meta->height, 576);
  fail_unless (gst_video_frame_map (&frame, &info, buffer, GST_MAP_READ));
  assert_equals_int (GST_VIDEO_FRAME_COMP_HEIGHT (&frame, 0), 288);
  gst_video_frame_unmap (&frame);
}

static void
check_fields (gboolean reads_meta, guint64 n_copied)
{
  g_autoptr (Vivid) vivid = open_television (V4L2_STD_PAL);
  g_autoptr (Rig) rig = rig_new (vivid->node);

  if (reads_meta)
    rig_accept_video_meta (rig);
  rig_set_caps (rig, FIELDS);
  rig_on_frame (rig, check_field, NULL);
  rig_run (rig, 4);
  assert_equals_int (rig->n_frames, 4);
  assert_equals_uint64 (rig_get_count (rig, "copied"), n_copied);
}

GST_START_TEST (lent_fields_have_the_height_of_their_frame)
{
  check_fields (TRUE, 0);
}
GST_END_TEST

GST_START_TEST (copied_fields_have_the_height_of_their_frame)
{
  bytesperline_of_driver = 2048;
  check_fields (FALSE, 4);
}
GST_END_TEST

static Suite *
fields_suite (void)
{
  Suite *suite = suite_create ("fields");
  TCase *tcase = tcase_create ("fields");

  tcase_set_timeout (tcase, 60);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase,
      padded_lines_of_interlaced_frames_are_copied_for_a_peer_that_reads_none);
  tcase_add_test (tcase, interlaced_frames_have_the_lines_that_a_peer_wants);
  tcase_add_test (tcase, fields_can_be_named_before_there_is_a_camera);
  tcase_add_test (tcase, fields_are_among_the_caps_of_a_source_that_has_them);
  tcase_add_test (tcase, caps_of_fields_that_are_negotiated_are_accepted);
  tcase_add_test (tcase, lent_fields_have_the_height_of_their_frame);
  tcase_add_test (tcase, copied_fields_have_the_height_of_their_frame);
  return suite;
}

GST_CHECK_MAIN (fields);
