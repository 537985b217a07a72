/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A producer hands over a dma-buf that a device still writes. The feed waits for the
 * device, not for ever, and nobody waits for the feed.
 */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "exported.h"
#include "feeder.h"
#include "fenced.h"
#include "unplug.h"

/* The feed waits a second for each, while the viewer gets 30 pictures. */
#define BUFFERS 3
#define PICTURES 5

typedef struct {
  Fenced fenced;
  Reader *feeder, *reader;
} Scene;

/* Returns: whether this kernel has vgem; skips the test otherwise */
static gboolean
scene_set (Scene *scene, Fixture *fixture)
{
  if (!fenced_init (&scene->fenced)) {
    g_test_skip ("this kernel has no vgem");
    return FALSE;
  }
  scene->feeder = reader_open (fixture->camera->output);
  reader_set_format (
      scene->feeder, V4L2_PIX_FMT_XBGR32, FENCED_WIDTH, FENCED_HEIGHT, 0);
  request_imports (scene->feeder, BUFFERS);
  scene->reader = reader_open (fixture->camera->node);
  reader_start (scene->reader, 3);
  return TRUE;
}

static void
scene_strike (Scene *scene)
{
  reader_close (scene->feeder);
  reader_close (scene->reader);
  fenced_finish (&scene->fenced);
}

static int
call_queue (Reader *feeder, gpointer data)
{
  Scene *scene = data;

  return queue_import (feeder, 0, scene->fenced.dma_buf, 0);
}

/* Returns: the QBUF, which waits for the device */
static BlockedCall *
begin_to_feed (Scene *scene)
{
  reader_stream_on (scene->feeder);
  return blocked_call_start (scene->feeder, call_queue, scene, SYS_ioctl);
}

static void
assert_done (BlockedCall *call)
{
  int error;

  if (!blocked_call_ends (call))
    g_error ("a call waits for the device for ever");
  g_assert_cmpint (blocked_call_join (call, &error), ==, 0);
}

/* Returns: the flags of the buffer that comes back */
static guint32
take_back (Reader *feeder)
{
  struct v4l2_buffer buffer;

  g_assert_no_errno (import_dequeue (feeder, &buffer));
  return buffer.flags & V4L2_BUF_FLAG_ERROR;
}

/* Skips the placeholders before it. */
static void
await_frame (Scene *scene)
{
  struct v4l2_buffer buffer;

  while (reader_get_control (scene->feeder, FEEDER_FRAMES_OUT) == 0) {
    reader_dequeue (scene->reader, &buffer);
    reader_queue (scene->reader, buffer.index);
  }
}

static int
call_stream_on (Reader *feeder, gpointer data)
{
  int type = V4L2_BUF_TYPE_VIDEO_OUTPUT;

  (void) data;
  return ioctl (feeder->fd, VIDIOC_STREAMON, &type);
}

static void
a_device_that_is_never_done_costs_frames_and_holds_no_viewer_up (
    Fixture *fixture)
{
  struct v4l2_buffer buffer;
  BlockedCall *feeds;
  guint pictures = 0;
  Scene scene;

  fixture->camera = test_feed_new ("timeout", "20", NULL);
  if (!scene_set (&scene, fixture))
    return;
  for (guint i = 0; i < BUFFERS; i++)
    g_assert_no_errno (queue_import (scene.feeder, i, scene.fenced.dma_buf, 0));
  feeds = blocked_call_start (scene.feeder, call_stream_on, NULL, SYS_ioctl);
  while (reader_get_control (scene.feeder, FEEDER_FRAMES_IN) < BUFFERS) {
    reader_dequeue (scene.reader, &buffer);
    reader_queue (scene.reader, buffer.index);
    pictures++;
  }
  assert_done (feeds);
  g_assert_true (fenced_is_in_use (&scene.fenced));
  g_assert_cmpuint (pictures, >=, PICTURES);
  for (guint i = 0; i < BUFFERS; i++)
    g_assert_cmphex (take_back (scene.feeder), ==, V4L2_BUF_FLAG_ERROR);
  g_assert_cmpint (
      reader_get_control (scene.feeder, FEEDER_REFUSED), ==, BUFFERS);
  g_assert_cmpint (reader_get_control (scene.feeder, FEEDER_FRAMES_OUT), ==, 0);

  /* The viewer has empty buffers again. */
  while (feeder_has_frame (scene.reader)) {
    reader_dequeue (scene.reader, &buffer);
    reader_queue (scene.reader, buffer.index);
  }
  fenced_signal (&scene.fenced);
  g_assert_no_errno (call_queue (scene.feeder, &scene));
  g_assert_cmphex (take_back (scene.feeder), ==, 0);
  await_frame (&scene);
  g_assert_cmpint (
      reader_get_control (scene.feeder, FEEDER_REFUSED), ==, BUFFERS);
  scene_strike (&scene);
}

static void
a_frame_arrives_once_the_device_is_done (Fixture *fixture)
{
  BlockedCall *feeds;
  Scene scene;

  if (!scene_set (&scene, fixture))
    return;
  feeds = begin_to_feed (&scene);
  fenced_signal (&scene.fenced);
  assert_done (feeds);
  g_assert_cmphex (take_back (scene.feeder), ==, 0);
  g_assert_true (feeder_has_frame (scene.reader));
  g_assert_cmpint (reader_get_control (scene.feeder, FEEDER_REFUSED), ==, 0);
  scene_strike (&scene);
}

static void
note_signal (int number)
{
  (void) number;
}

/* Only the thread that waits may have it. */
static void
send_signal (void)
{
  const struct sigaction noted = { .sa_handler = note_signal };
  sigset_t set;

  sigemptyset (&set);
  sigaddset (&set, SIGUSR1);
  g_assert_no_errno (sigaction (SIGUSR1, &noted, NULL));
  g_assert_cmpint (pthread_sigmask (SIG_BLOCK, &set, NULL), ==, 0);
  g_assert_no_errno (kill (getpid (), SIGUSR1));
}

static void
a_signal_costs_no_frame (Fixture *fixture)
{
  BlockedCall *feeds;
  Scene scene;

  if (!scene_set (&scene, fixture))
    return;
  feeds = begin_to_feed (&scene);
  send_signal ();
  fenced_signal (&scene.fenced);
  assert_done (feeds);
  g_assert_cmphex (take_back (scene.feeder), ==, 0);
  g_assert_true (feeder_has_frame (scene.reader));
  scene_strike (&scene);
}

static int
call_stream_off (Reader *feeder, gpointer data)
{
  int type = V4L2_BUF_TYPE_VIDEO_OUTPUT;

  (void) data;
  return ioctl (feeder->fd, VIDIOC_STREAMOFF, &type);
}

static void
a_producer_that_stops_does_not_wait_for_the_device (Fixture *fixture)
{
  BlockedCall *feeds;
  Scene scene;

  if (!scene_set (&scene, fixture))
    return;
  feeds = begin_to_feed (&scene);
  assert_done (blocked_call_begin (scene.feeder, call_stream_off, NULL));
  assert_done (feeds);
  g_assert_true (fenced_is_in_use (&scene.fenced));
  g_assert_false (feeder_has_frame (scene.reader));
  scene_strike (&scene);
}

static void
a_viewer_that_stops_does_not_wait_for_the_device (Fixture *fixture)
{
  BlockedCall *feeds;
  Scene scene;

  if (!scene_set (&scene, fixture))
    return;
  feeds = begin_to_feed (&scene);
  reader_stream_off (scene.reader);
  reader_unmap (scene.reader);
  g_assert_true (fenced_is_in_use (&scene.fenced));
  assert_done (feeds);
  scene_strike (&scene);
}

static int
call_write (Reader *feeder, gpointer data)
{
  const gsize size = feeder->format.fmt.pix.sizeimage;

  /* Half a frame: the producer has set no format, and writes a stream. */
  return (int) write (feeder->fd, data, size / 2);
}

/* The viewer's one buffer is a dma-buf that no device uses until half a frame is
 * written. */
static void
a_device_that_comes_back_to_a_viewers_buffer_holds_nobody_up (Fixture *fixture)
{
  g_autofree guint8 *frame = NULL;
  BlockedCall *call;
  Scene scene;
  int error;

  fixture->camera = test_feed_new (
      "formats", "XR24", "sizes", "320x240", "timeout", "3600000", NULL);
  if (!fenced_init (&scene.fenced)) {
    g_test_skip ("this kernel has no vgem");
    return;
  }
  scene.feeder = reader_open (fixture->camera->output);
  frame = feeder_make_frame (scene.feeder, 0);
  scene.reader = reader_open (fixture->camera->node);
  request_imports (scene.reader, 1);
  fenced_signal (&scene.fenced);
  g_assert_no_errno (queue_import (scene.reader, 0, scene.fenced.dma_buf, 0));
  reader_stream_on (scene.reader);
  g_assert_no_errno (call_write (scene.feeder, frame));

  fenced_use (&scene.fenced);
  call = blocked_call_begin (scene.feeder, call_write, frame);
  if (!blocked_call_ends (call))
    g_error ("the producer waits for the viewer's device");
  g_assert_cmpint (blocked_call_join (call, &error), >, 0);
  g_assert_true (fenced_is_in_use (&scene.fenced));
  g_assert_false (feeder_has_frame (scene.reader));
  g_assert_cmpint (reader_get_control (scene.feeder, FEEDER_FRAMES_OUT), ==, 0);
  g_assert_cmpint (reader_get_control (scene.feeder, FEEDER_NO_BUFFER), ==, 1);

  /* The viewer has its buffer in the queue still. */
  fenced_signal (&scene.fenced);
  for (guint i = 0; i < 2; i++)
    g_assert_no_errno (call_write (scene.feeder, frame));
  g_assert_true (feeder_has_frame (scene.reader));
  reader_stream_off (scene.reader);
  scene_strike (&scene);
}

static void
an_unplug_does_not_wait_for_the_device_of_a_feed (
    Fixture *fixture, Unplug unplug)
{
  BlockedCall *feeds;
  Scene scene;

  if (!scene_set (&scene, fixture))
    return;
  feeds = begin_to_feed (&scene);
  unplug (fixture->camera);
  g_assert_true (fenced_is_in_use (&scene.fenced));
  /* The buffer was taken before. */
  assert_done (feeds);
  assert_gone (scene.feeder);
  assert_gone (scene.reader);
  scene_strike (&scene);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
  fixture_add_without_camera (
      "/feed-fence/"
      "a_device_that_is_never_done_costs_frames_and_holds_no_viewer_up",
      a_device_that_is_never_done_costs_frames_and_holds_no_viewer_up);
  fixture_add_without_camera (
      "/feed-fence/"
      "a_device_that_comes_back_to_a_viewers_buffer_holds_nobody_up",
      a_device_that_comes_back_to_a_viewers_buffer_holds_nobody_up);
#define ADD(name) fixture_add_feed ("/feed-fence/" #name, name)
  ADD (a_frame_arrives_once_the_device_is_done);
  ADD (a_signal_costs_no_frame);
  ADD (a_producer_that_stops_does_not_wait_for_the_device);
  ADD (a_viewer_that_stops_does_not_wait_for_the_device);
  unplug_add_feed ("an_unplug_does_not_wait_for_the_device_of_a_feed",
      an_unplug_does_not_wait_for_the_device_of_a_feed);
  return g_test_run ();
}
