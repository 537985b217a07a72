/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loop.h"

#include <poll.h>
#include <unistd.h>

#include "figure.h"

#define BUFFERS 4
#define FIRST 10

void
loop_frame (Reader *reader, struct v4l2_buffer *buffer)
{
  struct pollfd poll_fd = { .fd = reader->fd, .events = POLLIN };

  buffer->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  buffer->memory = V4L2_MEMORY_MMAP;
  if (poll (&poll_fd, 1, -1) != 1 ||
      ioctl (reader->fd, VIDIOC_DQBUF, buffer) != 0 ||
      ioctl (reader->fd, VIDIOC_QBUF, buffer) != 0)
    g_error ("the bare loop: %m");
}

void
loop_frames (Reader *reader, guint count)
{
  struct v4l2_buffer buffer;

  while (count--)
    loop_frame (reader, &buffer);
}

char *
loop_thread_name (const char *device, const char *node)
{
  if (g_str_equal (device, "vivid"))
    return g_strdup ("vivid-000-vid-cap");
  return g_strdup_printf ("virtcam-%s", node + strlen ("/dev/"));
}

LoopCost
loop_start (Reader *reader, const char *device, const char *node, guint count)
{
  g_autofree char *name = loop_thread_name (device, node);
  gint64 drawing, taking;
  int thread;

  reader_start (reader, BUFFERS);
  thread = thread_open (name);
  loop_frames (reader, FIRST);
  drawing = instructions_of_thread (thread);
  taking = instructions_of_process ();
  loop_frames (reader, count);
  taking = instructions_of_process () - taking;
  drawing = instructions_of_thread (thread) - drawing;
  close (thread);
  return (LoopCost){ (double) drawing / count, (double) taking / count };
}
