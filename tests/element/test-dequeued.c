/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drivers whose DQBUF returns what cannot be, or nothing. */

#include <errno.h>
#include <linux/videodev2.h>

#include "donor.h"
#include "driver.h"
#include "rig.h"

#define SMALL "video/x-raw,format=YUY2,width=160,height=120,framerate=60/1"
#define N_FRAMES 40

/* Of a buffer that the driver does not have */
#define INDEX_AWAY G_MAXUINT32

/* What the driver is like; 0: as it is. Where it lies it fills the buffer that
 * it had once more. */
static struct {
  guint lies_every; /* so many DQBUF */
  guint32 index;    /* what it says then */
  guint32 more;     /* bytes than a buffer has, what it says always */
  gboolean refuses_unmapped;
  gboolean does_not_export;
} driver;

static guint n_dequeued, n_lies, n_buffers;
static gboolean has[VIDEO_MAX_FRAME];

/* The first, or how many there are. */
static guint32
find_away (void)
{
  guint32 index = 0;

  while (index < n_buffers && has[index])
    index++;
  return index;
}

static void
queue_again (gint fd, const struct v4l2_buffer *buffer)
{
  struct v4l2_buffer again = *buffer;

  g_assert_no_errno (driver_ask (fd, VIDIOC_QBUF, &again));
}

/* As videobuf2 says it; a buffer that was exported counts. */
static gboolean
is_mapped (gint fd, const struct v4l2_buffer *buffer)
{
  struct v4l2_buffer query = {
    .index = buffer->index, .type = buffer->type, .memory = buffer->memory
  };

  g_assert_no_errno (driver_ask (fd, VIDIOC_QUERYBUF, &query));
  return (query.flags & V4L2_BUF_FLAG_MAPPED) != 0;
}

static gint
refuse (gint code)
{
  errno = code;
  return -1;
}

static gint
answer_dequeue (gint fd, struct v4l2_buffer *buffer)
{
  guint32 lie;

  if (driver_ask (fd, VIDIOC_DQBUF, buffer) < 0)
    return -1;
  if (driver.refuses_unmapped && !is_mapped (fd, buffer)) {
    queue_again (fd, buffer);
    return refuse (EINVAL);
  }
  lie = driver.index == INDEX_AWAY ? find_away () : driver.index;
  if (driver.more)
    buffer->bytesused = buffer->length + driver.more;
  if (driver.lies_every && ++n_dequeued % driver.lies_every == 0 &&
      (driver.index != INDEX_AWAY || lie < n_buffers)) {
    n_lies++;
    queue_again (fd, buffer);
    buffer->index = lie;
  } else {
    has[buffer->index] = FALSE;
  }
  return 0;
}

/* A driver that hands out what it does not have takes it twice as well. */
static gint
answer_queue (gint fd, struct v4l2_buffer *buffer)
{
  gint result = driver_ask (fd, VIDIOC_QBUF, buffer);

  if (result < 0 && errno == EINVAL && driver.lies_every)
    result = 0;
  if (result == 0)
    has[buffer->index] = TRUE;
  return result;
}

static void
note_made (gulong request, gpointer argument)
{
  const struct v4l2_create_buffers *create = argument;
  const struct v4l2_requestbuffers *requested = argument;

  if (request == VIDIOC_CREATE_BUFS)
    n_buffers = create->index + create->count;
  if (request == VIDIOC_REQBUFS)
    n_buffers = requested->count;
  if (request == VIDIOC_REQBUFS)
    memset (has, 0, sizeof has);
}

gint
driver_answer (gint fd, gulong request, gpointer argument)
{
  gint result;

  if (request == VIDIOC_DQBUF)
    return answer_dequeue (fd, argument);
  if (request == VIDIOC_QBUF)
    return answer_queue (fd, argument);
  if (request == VIDIOC_EXPBUF && driver.does_not_export)
    return refuse (ENOTTY);
  result = driver_ask (fd, request, argument);
  if (result == 0)
    note_made (request, argument);
  return result;
}

static Rig *
make_rig (TestCamera *camera, const gchar *io_mode)
{
  Rig *rig = rig_new (camera->node);

  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", io_mode);
  rig_set_caps (rig, SMALL);
  return rig;
}

/* Buffers of somebody else */

#define N_HELD 6

/* The last frames, as a queue behind a tee or an appsink has them. */
typedef struct {
  GstBuffer *buffers[N_HELD];
} Held;

static gboolean
share_memory (GstBuffer *a, GstBuffer *b)
{
  return gst_buffer_peek_memory (a, 0) == gst_buffer_peek_memory (b, 0);
}

static void
check_and_hold (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Held *held = data;

  for (guint i = 0; i < N_HELD; i++)
    fail_if (held->buffers[i] && share_memory (held->buffers[i], buffer),
        "frame %u is in a buffer that is held", number);
  gst_buffer_replace (&held->buffers[number % N_HELD], buffer);
}

static void
let_go (Held *held)
{
  for (guint i = 0; i < N_HELD; i++)
    gst_clear_buffer (&held->buffers[i]);
}

static void
assert_counted (Rig *rig)
{
  guint64 counted =
      rig_get_count (rig, "copied") + rig_get_count (rig, "dropped");

  fail_unless (n_lies > 0);
  fail_unless (counted >= n_lies, "%u of %u", (guint) counted, n_lies);
}

static void
check_held (const gchar *io_mode)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = make_rig (camera, io_mode);
  Held held = { 0 };

  driver.lies_every = 4;
  driver.index = INDEX_AWAY;
  rig_on_frame (rig, check_and_hold, &held);
  rig_run (rig, N_FRAMES);
  assert_equals_int (rig->n_frames, N_FRAMES);
  assert_counted (rig);
  let_go (&held);
}

GST_START_TEST (a_mapped_buffer_that_is_held_has_one_owner)
{
  check_held ("mmap");
}
GST_END_TEST

GST_START_TEST (an_exported_buffer_that_is_held_has_one_owner)
{
  check_held ("dmabuf");
}
GST_END_TEST

static void
let_go_and_hold (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Held *held = data;

  gst_buffer_replace (&held->buffers[number % N_HELD], buffer);
}

/* Two owners would each give it back. The pipeline is at NULL first, or last. */
static void
check_end (gboolean let_go_first)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = make_rig (camera, "mmap");
  Held held = { 0 };

  driver.lies_every = 4;
  driver.index = INDEX_AWAY;
  rig_on_frame (rig, let_go_and_hold, &held);
  rig_play (rig);
  rig_wait_for_frames (rig, N_FRAMES);
  if (let_go_first) {
    gst_element_set_state (rig->pipeline, GST_STATE_PAUSED);
    let_go (&held);
  }
  rig_stop (rig);
  let_go (&held);
}

GST_START_TEST (buffers_handed_out_twice_die_once_after_the_end)
{
  check_end (FALSE);
}
GST_END_TEST

GST_START_TEST (buffers_handed_out_twice_die_once_before_the_end)
{
  check_end (TRUE);
}
GST_END_TEST

/* Buffers that there are not */

static void
assert_clear (GstMessage *message, const gchar *node)
{
  g_autofree gchar *debug = NULL;
  g_autoptr (GError) error = NULL;

  gst_message_parse_error (message, &error, &debug);
  fail_unless (error->domain == GST_RESOURCE_ERROR, "%s", error->message);
  fail_unless (strstr (error->message, node) != NULL, "%s", error->message);
  fail_unless (strstr (debug, "DQBUF") != NULL, "%s", debug);
}

/* Frames go on, and what was lost is counted; or an error says it. */
static void
assert_survives (Rig *rig, const gchar *node)
{
  g_autoptr (GstMessage) message = NULL;

  g_object_set (rig->source, "num-buffers", N_FRAMES, NULL);
  rig_play (rig);
  message = gst_bus_timed_pop_filtered (
      rig->bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    assert_clear (message, node);
  else
    assert_counted (rig);
  rig_stop (rig);
}

static const guint32 impossible[] = { 31, VIDEO_MAX_FRAME, 1000000 };

static void
check_impossible (const gchar *io_mode, guint32 index)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = make_rig (camera, io_mode);

  driver.lies_every = 10;
  driver.index = index;
  assert_survives (rig, camera->node);
}

GST_START_TEST (an_index_of_no_mapped_buffer_is_survived)
{
  check_impossible ("mmap", impossible[__i__]);
}
GST_END_TEST

GST_START_TEST (an_index_of_no_exported_buffer_is_survived)
{
  check_impossible ("dmabuf", impossible[__i__]);
}
GST_END_TEST

static void
check_import (guint32 index)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (TestCamera) lender = test_camera_new (NULL, NULL);
  g_autoptr (GstBufferPool) pool = donor_pool_new (lender, 0);
  g_autoptr (Rig) rig = make_rig (camera, "dmabuf-import");
  Held held = { 0 };

  driver.lies_every = 10;
  driver.index = index;
  rig_answer_allocation (rig, donor_pool_offer, pool);
  rig_on_frame (rig, let_go_and_hold, &held);
  assert_survives (rig, camera->node);
  let_go (&held);
}

GST_START_TEST (an_index_of_no_imported_buffer_is_survived)
{
  check_import (impossible[__i__]);
}
GST_END_TEST

GST_START_TEST (an_imported_buffer_that_the_driver_does_not_have_is_survived)
{
  check_import (INDEX_AWAY);
}
GST_END_TEST

static void
check_whole (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  assert_equals_uint64 (gst_buffer_get_size (buffer), 160 * 120 * 2);
  rig_read_stamp (rig, buffer);
}

GST_START_TEST (a_frame_is_not_longer_than_its_buffer)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = make_rig (camera, "mmap");

  driver.more = 1 << 20;
  rig_on_frame (rig, check_whole, NULL);
  rig_run (rig, N_FRAMES);
  assert_equals_int (rig->n_frames, N_FRAMES);
}
GST_END_TEST

/* Buffers that are to be mapped first, as v4l2loopback wanted it for long. What
 * it refuses is lost. */

static void
check_refused (const gchar *io_mode)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = make_rig (camera, io_mode);

  driver.refuses_unmapped = TRUE;
  driver.does_not_export = TRUE;
  rig_run (rig, N_FRAMES);
  assert_equals_int (rig->n_frames, N_FRAMES);
}

GST_START_TEST (a_driver_that_returns_mapped_buffers_only_streams)
{
  static const gchar *modes[] = { "auto", "mmap", "dmabuf" };

  check_refused (modes[__i__]);
}
GST_END_TEST

GST_START_TEST (a_driver_that_returns_mapped_buffers_only_plays_again)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = make_rig (camera, "auto");

  driver.refuses_unmapped = TRUE;
  driver.does_not_export = TRUE;
  rig_run (rig, 5);
  rig_run (rig, 5);
  assert_equals_int (rig->n_frames, 10);
}
GST_END_TEST

static Suite *
dequeued_suite (void)
{
  Suite *suite = suite_create ("dequeued");
  TCase *tcase = tcase_create ("dequeued");

  tcase_set_timeout (tcase, 60);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, a_mapped_buffer_that_is_held_has_one_owner);
  tcase_add_test (tcase, an_exported_buffer_that_is_held_has_one_owner);
  tcase_add_test (tcase, buffers_handed_out_twice_die_once_after_the_end);
  tcase_add_test (tcase, buffers_handed_out_twice_die_once_before_the_end);
  tcase_add_loop_test (tcase, an_index_of_no_mapped_buffer_is_survived, 0,
      G_N_ELEMENTS (impossible));
  tcase_add_loop_test (tcase, an_index_of_no_exported_buffer_is_survived, 0,
      G_N_ELEMENTS (impossible));
  tcase_add_loop_test (tcase, an_index_of_no_imported_buffer_is_survived, 0,
      G_N_ELEMENTS (impossible));
  tcase_add_test (
      tcase, an_imported_buffer_that_the_driver_does_not_have_is_survived);
  tcase_add_test (tcase, a_frame_is_not_longer_than_its_buffer);
  tcase_add_loop_test (
      tcase, a_driver_that_returns_mapped_buffers_only_streams, 0, 3);
  tcase_add_test (tcase, a_driver_that_returns_mapped_buffers_only_plays_again);
  return suite;
}

GST_CHECK_MAIN (dequeued);
