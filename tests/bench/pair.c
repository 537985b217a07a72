/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pair.h"

#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "loop.h"
#include "loopback.h"

#define SECOND G_GINT64_CONSTANT (1000000000)

Fed *
fed_new (const char *driver, guint buffers)
{
  Fed *fed = g_new0 (Fed, 1);

  fed->driver = driver;
  if (g_str_equal (driver, "virtcam")) {
    fed->feed = test_feed_new ("viewers", "1", NULL);
    fed->capture = g_strdup (fed->feed->node);
    fed->output = g_strdup (fed->feed->output);
  } else {
    loopback_load (1, buffers);
    fed->capture = loopback_find ();
    fed->output = g_strdup (fed->capture);
  }
  test_camera_settle ();
  return fed;
}

void
fed_free (Fed *fed)
{
  if (fed->feed)
    test_camera_free (fed->feed);
  else
    loopback_unload ();
  g_free (fed->capture);
  g_free (fed->output);
  g_free (fed);
}

char *
pair_mode_name (PairMode mode)
{
  char format[5] = { 0 };

  memcpy (format, &mode.fourcc, sizeof mode.fourcc);
  return g_strdup_printf ("%ux%u %s", mode.width, mode.height, format);
}

/* v4l2loopback says a whole number of pages. */
static gsize
frame_size (PairMode mode)
{
  const gsize pixels = (gsize) mode.width * mode.height;

  return mode.fourcc == V4L2_PIX_FMT_NV12 ? pixels * 3 / 2 : pixels * 2;
}

Pair *
pair_new (const Fed *fed, PairMode mode, gboolean mapped)
{
  Pair *pair = g_new0 (Pair, 1);

  pair->producer = reader_open (fed->output);
  reader_set_format (pair->producer, mode.fourcc, mode.width, mode.height, 0);
  pair->mapped = mapped;
  pair->size = frame_size (mode);
  if (mapped) {
    reader_map (pair->producer, PAIR_BUFFERS);
    reader_stream_on (pair->producer);
  } else {
    pair->frame = g_malloc0 (pair->size);
  }
  pair->deadline = (gint64) reader_now ();
  return pair;
}

/* A producer gets a buffer back only when it has queued all of them once. */
static void
prepare_buffer (Pair *pair)
{
  struct v4l2_buffer buffer = {
    .type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
    .memory = V4L2_MEMORY_MMAP,
    .index = pair->sent,
  };

  if (pair->sent >= PAIR_BUFFERS &&
      ioctl (pair->producer->fd, VIDIOC_DQBUF, &buffer) != 0)
    g_error ("DQBUF of the producer: %m");
  pair->index = buffer.index;
}

static void
send_buffer (Pair *pair)
{
  struct v4l2_buffer buffer = {
    .type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
    .memory = V4L2_MEMORY_MMAP,
    .index = pair->index,
    .bytesused = pair->size,
  };

  if (ioctl (pair->producer->fd, VIDIOC_QBUF, &buffer) != 0)
    g_error ("QBUF of the producer: %m");
}

static void
send_frame (Pair *pair)
{
  if (write (pair->producer->fd, pair->frame, pair->size) !=
      (gssize) pair->size)
    g_error ("write: %m");
}

static void
prepare (Pair *pair)
{
  if (pair->mapped)
    prepare_buffer (pair);
}

static void
send (Pair *pair)
{
  if (pair->mapped)
    send_buffer (pair);
  else
    send_frame (pair);
  pair->sent++;
}

void
pair_pace (Pair *pair)
{
  struct timespec deadline;

  pair->deadline += PAIR_INTERVAL_NS;
  deadline.tv_sec = pair->deadline / SECOND;
  deadline.tv_nsec = pair->deadline % SECOND;
  if (clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL) != 0)
    g_error ("clock_nanosleep failed");
  pair->sent_at = (gint64) reader_now ();
}

void
pair_send_at_once (Pair *pair, guint count)
{
  while (count--) {
    prepare (pair);
    send (pair);
  }
}

void
pair_send_frames (Pair *pair, guint count)
{
  while (count--) {
    prepare (pair);
    pair_pace (pair);
    send (pair);
  }
  pair_pace (pair);
}

void
pair_take (Pair *pair)
{
  struct v4l2_buffer buffer;

  loop_frame (pair->viewer, &buffer);
}

static gpointer
view (gpointer data)
{
  Pair *pair = data;
  const struct sched_param parameter = {
    .sched_priority = pair->policy == SCHED_FIFO,
  };

  if (pthread_setschedparam (pthread_self (), pair->policy, &parameter) != 0)
    g_error ("the viewer's scheduling policy cannot be set");
  while (!g_atomic_int_get (&pair->ending)) {
    pair->take (pair);
    g_atomic_int_inc (&pair->taken);
  }
  return NULL;
}

/* v4l2loopback has nothing to show before the first frame. */
void
pair_watch (Pair *pair, const Fed *fed, int policy, void (*take) (Pair *pair))
{
  const struct v4l2_pix_format *pix = &pair->producer->format.fmt.pix;

  prepare (pair);
  send (pair);
  pair->viewer = reader_open (fed->capture);
  pair->viewer->format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  reader_set_format (
      pair->viewer, pix->pixelformat, pix->width, pix->height, 0);
  reader_start (pair->viewer, PAIR_BUFFERS);
  pair->policy = policy;
  pair->take = take;
  pair->thread = g_thread_new ("viewer", view, pair);
  pair->deadline = (gint64) reader_now ();
}

/* A frame that comes ends the viewer. */
void
pair_free (Pair *pair)
{
  if (pair->thread) {
    g_atomic_int_set (&pair->ending, TRUE);
    prepare (pair);
    send (pair);
    g_thread_join (pair->thread);
    reader_stream_off (pair->viewer);
    reader_close (pair->viewer);
  }
  if (pair->mapped)
    reader_stream_off (pair->producer);
  reader_close (pair->producer);
  g_free (pair->frame);
  g_free (pair);
}
