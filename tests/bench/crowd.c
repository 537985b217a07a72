/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a frame costs where many cameras stream at once to one program:
 * instructions for each frame of each camera, of the threads that draw and of
 * the program together. Whatever is done for one camera and walks over all of
 * them would show.
 *
 * The program waits by epoll, which costs the same for any number of files; a
 * poll() of all of them would itself grow with their number. The frames are
 * small and slow, so that none is late on one processor.
 */
#include <sys/epoll.h>
#include <unistd.h>

#include "camera.h"
#include "drivers.h"
#include "figure.h"
#include "loop.h"
#include "udev.h"

#define MOST 64
#define BUFFERS 3
#define FRAMES 50 /* of each camera */
/* of all: over fewer, what else the kernel does meanwhile counts too much */
#define LEAST_FRAMES 800
#define WARM_FRAMES 5

typedef struct {
  TestCamera *camera;
  Reader *reader;
  int thread; /* that draws */
} Stream;

static const guint counts[] = { 1, 4, 16, MOST };

static void
stream_start (Stream *stream)
{
  g_autofree char *thread = NULL;

  stream->camera =
      test_camera_new ("formats", "YUYV", "sizes", "160x120", NULL);
  stream->reader = reader_open (stream->camera->node);
  reader_set_interval (stream->reader, 1, 5);
  reader_start (stream->reader, BUFFERS);
  thread = loop_thread_name ("virtcam", stream->camera->node);
  stream->thread = thread_open (thread);
}

static void
stream_stop (Stream *stream)
{
  close (stream->thread);
  reader_stream_off (stream->reader);
  reader_close (stream->reader);
  test_camera_free (stream->camera);
}

/* Instructions of all threads that draw. */
static gint64
count_threads (const Stream *streams, guint count)
{
  gint64 sum = 0;

  for (guint i = 0; i < count; i++)
    sum += instructions_of_thread (streams[i].thread);
  return sum;
}

static int
watch (const Stream *streams, guint count)
{
  int all = epoll_create1 (EPOLL_CLOEXEC);

  for (guint i = 0; i < count; i++) {
    struct epoll_event event = { .events = EPOLLIN,
      .data.fd = streams[i].reader->fd };

    if (epoll_ctl (all, EPOLL_CTL_ADD, event.data.fd, &event) < 0)
      g_error ("epoll_ctl: %m");
  }
  return all;
}

/* One at a time, so that no wait is shared by frames that are due together. */
static void
pass_frames (int all, guint frames)
{
  struct v4l2_buffer buffer = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_MMAP,
  };
  struct epoll_event event;

  while (frames--) {
    if (epoll_wait (all, &event, 1, -1) != 1 ||
        ioctl (event.data.fd, VIDIOC_DQBUF, &buffer) < 0 ||
        ioctl (event.data.fd, VIDIOC_QBUF, &buffer) < 0)
      g_error ("taking a frame: %m");
  }
}

static gint64
count_dropped (const Stream *streams, guint count)
{
  gint64 sum = 0;

  for (guint i = 0; i < count; i++)
    sum += reader_get_control (streams[i].reader, READER_FRAMES_DROPPED);
  return sum;
}

/* Frames are dropped while the streams are started one after another, and none
 * later. */
static double
cost_of_frame (const Stream *streams, guint count)
{
  const guint n_frames = MAX (count * FRAMES, LEAST_FRAMES);
  gint64 reading, drawing, dropped;
  int all = watch (streams, count);

  pass_frames (all, count * WARM_FRAMES);
  dropped = count_dropped (streams, count);
  drawing = count_threads (streams, count);
  reading = instructions_of_process ();
  pass_frames (all, n_frames);
  reading = instructions_of_process () - reading;
  drawing = count_threads (streams, count) - drawing;
  if (count_dropped (streams, count) != dropped)
    g_error ("frames were late, or had no buffer");
  close (all);
  g_print ("%u cameras: %" G_GINT64_FORMAT " drawing, %" G_GINT64_FORMAT
           " reading\n",
      count, drawing / n_frames, reading / n_frames);
  return (double) (reading + drawing) / n_frames;
}

static void
measure (guint count)
{
  Stream streams[MOST] = { { 0 } };

  for (guint i = 0; i < count; i++)
    stream_start (&streams[i]);
  figure_print (cost_of_frame (streams, count), "crowd/%u", count);
  for (guint i = 0; i < count; i++)
    stream_stop (&streams[i]);
}

int
main (void)
{
  drivers_need_virtcam ();
  udev_hold ();
  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    measure (counts[i]);
  udev_release ();
  return 0;
}
