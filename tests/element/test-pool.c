/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Buffers that somebody holds, shares, or keeps longer than the element; and
 * peers that want another layout. */

#include <linux/videodev2.h>

#include "rig.h"

#define SMALL "video/x-raw,format=YUY2,width=160,height=120,framerate=15/1"

static gpointer
sum_of (GstMemory *memory)
{
  GstMapInfo map;
  guint sum = 0;

  fail_unless (gst_memory_map (memory, &map, GST_MAP_READ));
  for (gsize i = 0; i < map.size; i++)
    sum = sum * 31 + map.data[i];
  gst_memory_unmap (memory, &map);
  return GUINT_TO_POINTER (sum);
}

/* Things of frames, and the sums of their bytes when they came. */
typedef struct {
  GPtrArray *held;
  GPtrArray *sums;
  guint limit;
} Hoard;

static void
hoard_init (Hoard *hoard, guint limit)
{
  hoard->held =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_mini_object_unref);
  hoard->sums = g_ptr_array_new ();
  hoard->limit = limit;
}

/* Nothing that is held may change while it is held. */
static void
hoard_check_and_finish (Hoard *hoard)
{
  for (guint i = 0; i < hoard->held->len; i++) {
    GstMiniObject *object = g_ptr_array_index (hoard->held, i);
    GstMemory *memory = GST_IS_BUFFER (object)
                            ? gst_buffer_peek_memory ((GstBuffer *) object, 0)
                            : (GstMemory *) object;

    fail_unless (sum_of (memory) == g_ptr_array_index (hoard->sums, i),
        "frame %u changed in its holder's hands", i);
  }
  g_ptr_array_unref (hoard->held);
  g_ptr_array_unref (hoard->sums);
}

static void
hold_buffer (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Hoard *hoard = data;

  rig_read_stamp (rig, buffer);
  if (hoard->held->len == hoard->limit)
    return;
  g_ptr_array_add (hoard->held, gst_buffer_ref (buffer));
  g_ptr_array_add (hoard->sums, sum_of (gst_buffer_peek_memory (buffer, 0)));
}

static void
hold_memory (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Hoard *hoard = data;
  GstMemory *memory = gst_buffer_peek_memory (buffer, 0);

  if (hoard->held->len == hoard->limit)
    return;
  g_ptr_array_add (hoard->held, gst_memory_ref (memory));
  g_ptr_array_add (hoard->sums, sum_of (memory));
}

static void
hold_share (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Hoard *hoard = data;
  GstMemory *share;

  if (hoard->held->len == hoard->limit)
    return;
  share = gst_memory_share (gst_buffer_peek_memory (buffer, 0), 320, 640);
  g_ptr_array_add (hoard->held, share);
  g_ptr_array_add (hoard->sums, sum_of (share));
}

static void
hold_region (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Hoard *hoard = data;
  GstBuffer *region;

  if (hoard->held->len == hoard->limit)
    return;
  region = gst_buffer_copy_region (buffer, GST_BUFFER_COPY_ALL, 640, 320);
  g_ptr_array_add (hoard->held, region);
  g_ptr_array_add (hoard->sums, sum_of (gst_buffer_peek_memory (region, 0)));
}

static void
run_hoarding (
    Rig *rig, const gchar *io_mode, RigFrame hold, Hoard *hoard, guint n_frames)
{
  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", io_mode);
  rig_set_caps (rig, SMALL);
  rig_on_frame (rig, hold, hoard);
  rig_run (rig, n_frames);
  assert_equals_int (rig->n_frames, n_frames);
}

/* A held frame, and the one that the sink keeps, leave the driver enough: no
 * copy, and nothing lost. */
static void
check_hold (const gchar *io_mode, RigFrame hold)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  Rig *rig = rig_new (camera->node);
  Hoard hoard;

  hoard_init (&hoard, 1);
  run_hoarding (rig, io_mode, hold, &hoard, 30);
  assert_equals_uint64 (rig_get_count (rig, "copied"), 0);
  assert_equals_uint64 (rig_get_count (rig, "dropped"), 0);
  rig_free (rig);
  test_camera_remove (camera);
  hoard_check_and_finish (&hoard);
}

#define HOLD_TEST(name, io_mode, hold) \
  GST_START_TEST (name) { check_hold (io_mode, hold); } \
  GST_END_TEST

HOLD_TEST (mapped_buffers_outlive_element_and_camera, "mmap", hold_buffer)
HOLD_TEST (mapped_memories_outlive_element_and_camera, "mmap", hold_memory)
HOLD_TEST (shares_of_mapped_memories_are_not_overwritten, "mmap", hold_share)
HOLD_TEST (regions_of_mapped_buffers_are_not_overwritten, "mmap", hold_region)
HOLD_TEST (dmabuf_buffers_outlive_element_and_camera, "dmabuf", hold_buffer)
HOLD_TEST (dmabuf_memories_outlive_element_and_camera, "dmabuf", hold_memory)
HOLD_TEST (shares_of_dmabuf_memories_are_not_overwritten, "dmabuf", hold_share)
HOLD_TEST (regions_of_dmabufs_are_not_overwritten, "dmabuf", hold_region)

GST_START_TEST (a_peer_that_holds_many_gets_more_buffers_before_copies)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  Hoard hoard;

  hoard_init (&hoard, 25);
  run_hoarding (rig, "mmap", hold_buffer, &hoard, 60);
  assert_equals_uint64 (rig_get_count (rig, "dropped"), 0);
  assert_equals_uint64 (rig_get_count (rig, "copied"), 0);
  hoard_check_and_finish (&hoard);
}
GST_END_TEST

/* A peer that never lets go gets copies, and the camera loses nothing. */
static void
check_hold_everything (const gchar *io_mode)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  Hoard hoard;

  hoard_init (&hoard, 100);
  run_hoarding (rig, io_mode, hold_buffer, &hoard, 100);
  assert_equals_uint64 (rig_get_count (rig, "dropped"), 0);
  fail_unless (rig_get_count (rig, "copied") >= 100 - 32);
  fail_unless (rig_get_count (rig, "copied") < 100);
  hoard_check_and_finish (&hoard);
}

GST_START_TEST (a_peer_that_holds_everything_gets_copies)
{
  check_hold_everything ("mmap");
  check_hold_everything ("dmabuf");
}
GST_END_TEST

/* One way after the other; the last leaves it whole. */
static void
spoil (GstBuffer *buffer, guint way)
{
  GstMemory *other = gst_allocator_alloc (NULL, 64, NULL);

  switch (way % 5) {
  case 0:
    gst_buffer_add_video_crop_meta (buffer);
    break;
  case 1:
    gst_buffer_append_memory (buffer, gst_memory_ref (other));
    break;
  case 2:
    gst_buffer_replace_all_memory (buffer, gst_memory_ref (other));
    break;
  case 3:
    gst_buffer_resize (buffer, 16, 32);
    break;
  }
  gst_memory_unref (other);
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DROPPABLE);
}

static GstPadProbeReturn
check_then_spoil (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  gsize offset;

  fail_unless (gst_buffer_is_writable (buffer));
  assert_equals_int (gst_buffer_n_memory (buffer), 1);
  assert_equals_uint64 (
      gst_buffer_get_sizes (buffer, &offset, NULL), 160 * 120 * 2);
  assert_equals_uint64 (offset, 0);
  fail_if (gst_buffer_get_video_crop_meta (buffer));
  assert_equals_int (
      gst_buffer_get_n_meta (buffer, GST_REFERENCE_TIMESTAMP_META_API_TYPE), 1);
  fail_if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DROPPABLE));
  spoil (buffer, GST_BUFFER_OFFSET (buffer));
  return GST_PAD_PROBE_OK;
}

GST_START_TEST (what_downstream_does_to_a_buffer_is_not_in_the_next_one)
{
  static const gchar *const io_modes[] = { "mmap", "dmabuf" };
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (io_modes); i++) {
    g_autoptr (Rig) rig = rig_new (camera->node);
    g_autoptr (GstPad) pad = gst_element_get_static_pad (rig->source, "src");

    gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", io_modes[i]);
    rig_set_caps (rig, SMALL);
    gst_pad_add_probe (
        pad, GST_PAD_PROBE_TYPE_BUFFER, check_then_spoil, NULL, NULL);
    rig_run (rig, 60);
    assert_equals_uint64 (rig_get_count (rig, "dropped"), 0);
    assert_equals_uint64 (rig_get_count (rig, "copied"), 0);
    assert_equals_uint64 (rig_get_count (rig, "grown"), 0);
  }
}
GST_END_TEST

/* How often each element message came until EOS. */
typedef struct {
  guint grown, copying;
  gchar *reason;
} Told;

static void
count_message (Told *told, GstMessage *message)
{
  const GstStructure *structure = gst_message_get_structure (message);

  if (gst_structure_has_name (structure, "virtcamsrc-buffers-grown")) {
    fail_unless (told->copying == 0, "copied before it grew");
    fail_unless (
        gst_structure_has_field_typed (structure, "buffers", G_TYPE_UINT));
    told->grown++;
  }
  if (gst_structure_has_name (structure, "virtcamsrc-copying")) {
    fail_unless (gst_structure_get_string (structure, "explanation") != NULL);
    g_free (told->reason);
    told->reason = g_strdup (gst_structure_get_string (structure, "reason"));
    told->copying++;
  }
}

static void
run_listening (Rig *rig, guint n_frames, Told *told)
{
  GstMessageType type;

  g_object_set (rig->source, "num-buffers", n_frames, NULL);
  rig_play (rig);
  do {
    g_autoptr (GstMessage) message =
        gst_bus_timed_pop_filtered (rig->bus, GST_CLOCK_TIME_NONE,
            GST_MESSAGE_ELEMENT | GST_MESSAGE_WARNING | GST_MESSAGE_EOS |
                GST_MESSAGE_ERROR);

    type = GST_MESSAGE_TYPE (message);
    if (type == GST_MESSAGE_ELEMENT)
      count_message (told, message);
  } while (type == GST_MESSAGE_ELEMENT);
  assert_equals_int (type, GST_MESSAGE_EOS);
}

GST_START_TEST (growing_and_copying_are_told_once_a_stream_and_counted)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  Told told = { 0 };
  guint64 first;
  Hoard hoard;

  hoard_init (&hoard, 60);
  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", "dmabuf");
  rig_set_caps (rig, SMALL);
  rig_on_frame (rig, hold_buffer, &hoard);
  run_listening (rig, 60, &told);
  assert_equals_int (told.grown, 1);
  assert_equals_int (told.copying, 1);
  assert_equals_string (told.reason, "held");
  first = rig_get_count (rig, "buffers") - rig_get_count (rig, "grown");
  assert_equals_uint64 (rig_get_count (rig, "buffers"), 32);
  fail_unless (first >= 3 && first < 10);
  assert_equals_uint64 (rig_get_count (rig, "dropped"), 0);

  rig_stop (rig);
  assert_equals_uint64 (rig_get_count (rig, "buffers"), 0);
  hoard_check_and_finish (&hoard);

  /* and again in the next stream */
  hoard_init (&hoard, 60);
  told.grown = told.copying = 0;
  run_listening (rig, 60, &told);
  assert_equals_int (told.grown, 1);
  assert_equals_int (told.copying, 1);
  hoard_check_and_finish (&hoard);
  g_free (told.reason);
}
GST_END_TEST

GST_START_TEST (copying_for_the_layout_is_told_once_with_its_reason)
{
  g_autoptr (TestCamera) camera = test_camera_new ("sizes", "162x122", NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  Told told = { 0 };

  rig_set_caps (rig, "video/x-raw,format=I420,width=162,height=122");
  run_listening (rig, 10, &told);
  assert_equals_int (told.grown, 0);
  assert_equals_int (told.copying, 1);
  assert_equals_string (told.reason, "layout");
  assert_equals_uint64 (rig_get_count (rig, "copied"), 10);
  g_free (told.reason);
}
GST_END_TEST

/* 162 pixels: the camera's lines are shorter than GStreamer's multiple of 4 */
#define ODD "width=162,height=122"

static void
check_strides (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);

  rig_read_stamp (rig, buffer);
  fail_unless (meta != NULL);
  assert_equals_int (meta->stride[0], 162);
  assert_equals_int (meta->stride[1], 81);
  assert_equals_int (meta->stride[2], 81);
  assert_equals_int (meta->offset[1], 162 * 122);
  assert_equals_int (meta->offset[2], 162 * 122 + 81 * 61);
}

GST_START_TEST (a_peer_that_reads_video_meta_gets_the_cameras_strides)
{
  g_autoptr (TestCamera) camera = test_camera_new ("sizes", "162x122", NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  rig_accept_video_meta (rig);
  rig_set_caps (rig, "video/x-raw,format=I420," ODD);
  rig_on_frame (rig, check_strides, NULL);
  rig_run (rig, 10);
  assert_equals_uint64 (rig_get_count (rig, "copied"), 0);
}
GST_END_TEST

/* Without looking at any meta, as such a peer does. */
static void
check_default_layout (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  const RigFormat *format = data;
  g_autoptr (GstCaps) caps = rig_get_caps (rig);
  gsize pixel_bytes, luma_offset;
  VirtcamStamp stamp;
  GstVideoInfo info;
  GstMapInfo map;
  gint stride = 164;

  if (format->fourcc == V4L2_PIX_FMT_SRGGB8) {
    assert_equals_uint64 (gst_buffer_get_size (buffer), 164 * 122);
  } else {
    fail_unless (gst_video_info_from_caps (&info, caps));
    stride = GST_VIDEO_INFO_PLANE_STRIDE (&info, 0);
    assert_equals_uint64 (
        gst_buffer_get_size (buffer), GST_VIDEO_INFO_SIZE (&info));
  }
  virtcam_stamp_layout (format->fourcc, &pixel_bytes, &luma_offset);
  fail_unless (gst_buffer_map (buffer, &map, GST_MAP_READ));
  fail_unless (virtcam_stamp_decode (map.data, stride, pixel_bytes, luma_offset,
                   162, 122, &stamp) == 0,
      format->caps);
  assert_equals_int (stamp.sequence, number);
  gst_buffer_unmap (buffer, &map);
}

GST_START_TEST (a_peer_without_video_meta_gets_the_strides_it_expects)
{
  const RigFormat *format = &rig_formats[__i__];
  g_autoptr (TestCamera) camera = test_camera_new ("sizes", "162x122", NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autofree gchar *caps = g_strdup_printf ("%s," ODD, format->caps);

  rig_set_caps (rig, caps);
  rig_on_frame (rig, check_default_layout, (gpointer) format);
  rig_run (rig, 10);
  /* The camera makes its lines as long as it is asked to. It cannot make the
   * chroma lines of I420 longer than half of luma's, as GStreamer has them. */
  assert_equals_uint64 (rig_get_count (rig, "copied"),
      format->fourcc == V4L2_PIX_FMT_YUV420 ? 10 : 0);
}
GST_END_TEST

/* A peer that holds every buffer of its own pool, which copies go to. */

#define N_OF_POOL 4

static GstPadProbeReturn
offer_small_pool (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);

  if (GST_QUERY_TYPE (query) != GST_QUERY_ALLOCATION)
    return GST_PAD_PROBE_OK;
  gst_query_add_allocation_pool (query, data, 164 * 122 * 2, 2, N_OF_POOL);
  return GST_PAD_PROBE_HANDLED;
}

GST_START_TEST (an_unplug_is_seen_while_the_peer_holds_all_that_copies_go_to)
{
  g_autoptr (TestCamera) camera = test_camera_new ("sizes", "162x122", NULL);
  g_autoptr (GstBufferPool) pool = gst_buffer_pool_new ();
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  Hoard hoard;

  hoard_init (&hoard, N_OF_POOL);
  rig_set_caps (rig, "video/x-raw,format=I420," ODD);
  rig_answer_allocation (rig, offer_small_pool, pool);
  rig_on_frame (rig, hold_buffer, &hoard);
  rig_play (rig);
  rig_wait_for_frames (rig, N_OF_POOL);
  test_camera_unbind (camera);
  message = gst_bus_timed_pop_filtered (
      rig->bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  fail_unless (strstr (error->message, "was unplugged"), error->message);
  hoard_check_and_finish (&hoard);
}
GST_END_TEST

static Suite *
pool_suite (void)
{
  Suite *suite = suite_create ("pool");
  TCase *tcase = tcase_create ("pool");

  tcase_set_timeout (tcase, 300);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, mapped_buffers_outlive_element_and_camera);
  tcase_add_test (tcase, mapped_memories_outlive_element_and_camera);
  tcase_add_test (tcase, shares_of_mapped_memories_are_not_overwritten);
  tcase_add_test (tcase, regions_of_mapped_buffers_are_not_overwritten);
  tcase_add_test (tcase, dmabuf_buffers_outlive_element_and_camera);
  tcase_add_test (tcase, dmabuf_memories_outlive_element_and_camera);
  tcase_add_test (tcase, shares_of_dmabuf_memories_are_not_overwritten);
  tcase_add_test (tcase, regions_of_dmabufs_are_not_overwritten);
  tcase_add_test (
      tcase, what_downstream_does_to_a_buffer_is_not_in_the_next_one);
  tcase_add_test (
      tcase, a_peer_that_holds_many_gets_more_buffers_before_copies);
  tcase_add_test (tcase, a_peer_that_holds_everything_gets_copies);
  tcase_add_test (
      tcase, growing_and_copying_are_told_once_a_stream_and_counted);
  tcase_add_test (tcase, copying_for_the_layout_is_told_once_with_its_reason);
  tcase_add_test (tcase, a_peer_that_reads_video_meta_gets_the_cameras_strides);
  tcase_add_test (
      tcase, an_unplug_is_seen_while_the_peer_holds_all_that_copies_go_to);
  tcase_add_loop_test (tcase,
      a_peer_without_video_meta_gets_the_strides_it_expects, 0, RIG_N_FORMATS);
  return suite;
}

GST_CHECK_MAIN (pool);
