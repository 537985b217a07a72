/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Television: frames of two fields, and fields alone, where the peer or the
 * driver has wishes of its own. */

#include <errno.h>
#include <linux/videodev2.h>

#include "driver.h"
#include "rig.h"
#include "vivid.h"

#define YUY2 "video/x-raw,format=YUY2"
#define FIELDS \
  "video/x-raw(format:Interlaced),format=YUY2,interlace-mode=alternate"

/* 0: those that it is asked for */
static guint32 bytesperline_of_driver;

typedef enum { COUNTS_FRAMES, COUNTS_FIELDS, COUNTS_NOTHING } Counting;

/* How the driver numbers fields that come alone, and which it loses. */
static struct {
  Counting counting; /* V4L2 has them count frames */
  guint lost_from, n_lost;
  guint n_dequeued;
  guint32 sequence, field; /* of the last one that it gave */
  guint32 second;          /* field of a frame */
  guint64 place;           /* of the last one that vivid gave */
  guint n_skipped;         /* by vivid itself, which skips what is late */
} fields;

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

/* vivid waits too short for the next field after one that took long to draw
 * (vivid_thread_vid_cap()), and gives two the same number then. The second is
 * passed over. */
static gboolean
is_number_given_again (const struct v4l2_buffer *buffer)
{
  guint64 place = buffer->sequence * 2 + (buffer->field == fields.second);

  if (fields.n_dequeued > 0) {
    if (place == fields.place)
      return TRUE;
    fields.n_skipped += place - fields.place - 1;
  }
  fields.place = place;
  return FALSE;
}

static gboolean
is_lost (const struct v4l2_buffer *buffer)
{
  guint n;

  if (is_number_given_again (buffer))
    return TRUE;
  n = fields.n_dequeued++;
  return n >= fields.lost_from && n - fields.lost_from < fields.n_lost;
}

static gint
count_or_lose (gint fd, struct v4l2_buffer *buffer)
{
  if (is_lost (buffer)) {
    driver_ask (fd, VIDIOC_QBUF, buffer);
    errno = EAGAIN;
    return -1;
  }
  if (fields.counting != COUNTS_FRAMES)
    buffer->sequence =
        fields.counting == COUNTS_FIELDS ? fields.n_dequeued - 1 : 0;
  fields.sequence = buffer->sequence;
  fields.field = buffer->field;
  return 0;
}

gint
driver_answer (gint fd, gulong request, gpointer argument)
{
  gint result;

  if (request == VIDIOC_S_FMT || request == VIDIOC_TRY_FMT)
    insist (&((struct v4l2_format *) argument)->fmt.pix);
  result = driver_ask (fd, request, argument);
  return result == 0 && request == VIDIOC_DQBUF ? count_or_lose (fd, argument)
                                                : result;
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

/* Numbers of fields: V4L2 gives both of a frame the same. */

#define N_FIELDS 20

static const struct {
  v4l2_std_id standard;
  guint32 second; /* field of a frame */
} televisions[] = {
  { V4L2_STD_PAL, V4L2_FIELD_BOTTOM },
  { V4L2_STD_NTSC, V4L2_FIELD_TOP },
};

typedef struct {
  guint32 second;
  guint64 place, offset; /* of the field before: the driver's, ours */
  guint64 n_missed;
  gint n_gaps;
  gint n_told; /* QoS messages; atomic */
} Count;

static guint64
place_of_field (guint64 last, guint32 second)
{
  if (fields.counting != COUNTS_FRAMES)
    return last + 1;
  return fields.sequence * 2 + (fields.field == second);
}

static void
check_number (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Count *count = data;
  guint64 place = place_of_field (count->place, count->second);
  guint64 step = place - count->place;

  if (number > 0) {
    assert_equals_uint64 (GST_BUFFER_OFFSET (buffer), count->offset + step);
    fail_unless_equals_int (
        GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT), step > 1);
    count->n_missed += step - 1;
    count->n_gaps += step > 1;
  }
  count->place = place;
  count->offset = GST_BUFFER_OFFSET (buffer);
}

static GstBusSyncReply
count_qos (GstBus *bus, GstMessage *message, gpointer data)
{
  Count *count = data;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_QOS)
    g_atomic_int_inc (&count->n_told);
  return GST_BUS_PASS;
}

static void
check_loss (gint television, guint lost_from, guint n_lost)
{
  g_autoptr (Vivid) vivid = open_television (televisions[television].standard);
  g_autoptr (Rig) rig = rig_new (vivid->node);
  Count count = { .second = televisions[television].second };
  guint n_missed = n_lost;

  fields.n_dequeued = 0;
  fields.second = count.second;
  fields.n_skipped = 0;
  fields.lost_from = lost_from;
  fields.n_lost = n_lost;
  gst_bus_set_sync_handler (rig->bus, count_qos, &count, NULL);
  rig_set_caps (rig, FIELDS);
  rig_on_frame (rig, check_number, &count);
  rig_run (rig, N_FIELDS);
  assert_equals_int (rig->n_frames, N_FIELDS);
  if (fields.counting == COUNTS_FRAMES)
    n_missed += fields.n_skipped;
  assert_equals_uint64 (count.n_missed, n_missed);
  assert_equals_uint64 (rig_get_count (rig, "dropped"), count.n_missed);
  assert_equals_int (count.n_told, count.n_gaps);
}

/* Another program may have left the driver at one field of each frame. */
GST_START_TEST (fields_come_alone_whatever_is_set_now)
{
  g_autoptr (Vivid) vivid = open_television (V4L2_STD_PAL);
  g_autoptr (Rig) rig = rig_new (vivid->node);
  struct v4l2_format format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

  fail_unless_equals_int (driver_ask (vivid->fd, VIDIOC_G_FMT, &format), 0);
  format.fmt.pix.field = V4L2_FIELD_TOP;
  fail_unless_equals_int (driver_ask (vivid->fd, VIDIOC_S_FMT, &format), 0);
  assert_equals_int (format.fmt.pix.field, V4L2_FIELD_TOP);
  rig_set_caps (rig, FIELDS);
  rig_run (rig, 2);
  assert_equals_int (rig->n_frames, 2);
}
GST_END_TEST

GST_START_TEST (each_field_has_an_offset_of_its_own)
{
  check_loss (__i__, 0, 0);
}
GST_END_TEST

GST_START_TEST (a_field_that_is_lost_is_counted)
{
  check_loss (__i__, 7, 1);
  check_loss (__i__, 8, 1);
}
GST_END_TEST

GST_START_TEST (a_pair_of_fields_that_is_lost_counts_as_two)
{
  check_loss (__i__, 7, 2);
  check_loss (__i__, 8, 2);
}
GST_END_TEST

GST_START_TEST (fields_that_the_driver_counts_one_by_one_are_no_loss)
{
  fields.counting = COUNTS_FIELDS;
  check_loss (__i__, 0, 0);
}
GST_END_TEST

GST_START_TEST (fields_that_the_driver_does_not_count_are_no_loss)
{
  fields.counting = COUNTS_NOTHING;
  check_loss (__i__, 0, 0);
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
  tcase_add_test (tcase, fields_come_alone_whatever_is_set_now);
  tcase_add_loop_test (tcase, each_field_has_an_offset_of_its_own, 0, 2);
  tcase_add_loop_test (tcase, a_field_that_is_lost_is_counted, 0, 2);
  tcase_add_loop_test (
      tcase, a_pair_of_fields_that_is_lost_counts_as_two, 0, 2);
  tcase_add_loop_test (
      tcase, fields_that_the_driver_counts_one_by_one_are_no_loss, 0, 2);
  tcase_add_loop_test (
      tcase, fields_that_the_driver_does_not_count_are_no_loss, 0, 2);
  return suite;
}

GST_CHECK_MAIN (fields);
