/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Feeds a camera with pictures that it draws, straight into the camera's buffers,
 * and sleeps while nobody watches (docs/feed-rules.md).
 *
 *   feed OUTPUT-NODE
 */
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define TYPE V4L2_BUF_TYPE_VIDEO_OUTPUT
#define CID_VIEWERS (V4L2_CID_USER_BASE + 0x1f10)
#define BUFFERS 4
#define INTERVAL_MS 33

static unsigned char *memory[BUFFERS];
static unsigned size;

static void
call (int fd, unsigned long request, void *data, const char *what)
{
  if (ioctl (fd, request, data) < 0)
    error (1, errno, "%s", what);
}

/* Takes the mode that a viewer has fixed, or that of the program before. */
static void
make_buffers (int fd)
{
  struct v4l2_format format = { .type = TYPE };
  struct v4l2_requestbuffers request = {
    .count = BUFFERS, .type = TYPE, .memory = V4L2_MEMORY_MMAP
  };
  struct v4l2_buffer buffer = { .type = TYPE, .memory = V4L2_MEMORY_MMAP };

  call (fd, VIDIOC_G_FMT, &format, "VIDIOC_G_FMT");
  call (fd, VIDIOC_S_FMT, &format, "VIDIOC_S_FMT");
  size = format.fmt.pix.sizeimage;
  call (fd, VIDIOC_REQBUFS, &request, "VIDIOC_REQBUFS");
  for (; buffer.index < BUFFERS; buffer.index++) {
    call (fd, VIDIOC_QUERYBUF, &buffer, "VIDIOC_QUERYBUF");
    memory[buffer.index] = mmap (0, buffer.length, PROT_READ | PROT_WRITE,
        MAP_SHARED, fd, buffer.m.offset);
    if (memory[buffer.index] == MAP_FAILED)
      error (1, errno, "mmap");
  }
  call (fd, VIDIOC_STREAMON, &format.type, "VIDIOC_STREAMON");
}

/* Returns when a frame is due: none is while nobody watches. */
static void
wait_for_frame_time (int fd)
{
  static int viewers;
  struct pollfd wait = { .fd = fd, .events = POLLPRI };
  struct v4l2_event event;

  while (poll (&wait, 1, viewers ? INTERVAL_MS : -1) > 0) {
    call (fd, VIDIOC_DQEVENT, &event, "VIDIOC_DQEVENT");
    viewers = event.u.ctrl.value;
  }
}

/* Grey levels that wander; of the bytes, whatever the format is. */
static void
send_frame (int fd, unsigned number)
{
  struct v4l2_buffer buffer = { number, TYPE, .memory = V4L2_MEMORY_MMAP };

  /* One of the buffers is always there: no viewer makes this wait. */
  if (number >= BUFFERS)
    call (fd, VIDIOC_DQBUF, &buffer, "VIDIOC_DQBUF");
  for (unsigned i = 0; i < size; i++)
    memory[buffer.index][i] = i + number;
  buffer.bytesused = size;
  call (fd, VIDIOC_QBUF, &buffer, "VIDIOC_QBUF");
}

int
main (int argc, char **argv)
{
  struct v4l2_event_subscription viewers = { V4L2_EVENT_CTRL, CID_VIEWERS,
    .flags = V4L2_EVENT_SUB_FL_SEND_INITIAL };
  int fd = argc > 1 ? open (argv[1], O_RDWR) : -1;

  if (fd < 0)
    error (2, errno, "usage: feed OUTPUT-NODE");
  call (fd, VIDIOC_SUBSCRIBE_EVENT, &viewers, "VIDIOC_SUBSCRIBE_EVENT");
  for (unsigned number = 0;; number++) {
    wait_for_frame_time (fd);
    if (!number)
      make_buffers (fd);
    send_frame (fd, number);
  }
}
