/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Feeds a camera with pictures that it draws, straight into the camera's buffers,
 * and sleeps while nobody watches.
 *
 *   feed DEVICE [FRAMES]
 *
 * DEVICE is the output node of a camera that programs feed (docs/feed.md). Ends after
 * FRAMES frames, or never.
 */
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#define TYPE V4L2_BUF_TYPE_VIDEO_OUTPUT
#define CID_VIEWERS (V4L2_CID_USER_BASE + 0x1f10)
#define BUFFERS 4
#define INTERVAL_NS 33333333

static struct v4l2_pix_format picture;
static unsigned char *memory[BUFFERS];
static int viewers;

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

  call (fd, VIDIOC_G_FMT, &format, "VIDIOC_G_FMT");
  call (fd, VIDIOC_S_FMT, &format, "VIDIOC_S_FMT");
  picture = format.fmt.pix;
  call (fd, VIDIOC_REQBUFS, &request, "VIDIOC_REQBUFS");
  for (unsigned i = 0; i < BUFFERS; i++) {
    struct v4l2_buffer buffer = {
      .index = i, .type = TYPE, .memory = V4L2_MEMORY_MMAP
    };

    call (fd, VIDIOC_QUERYBUF, &buffer, "VIDIOC_QUERYBUF");
    memory[i] = mmap (NULL, buffer.length, PROT_READ | PROT_WRITE, MAP_SHARED,
        fd, buffer.m.offset);
    if (memory[i] == MAP_FAILED)
      error (1, errno, "mmap");
  }
}

/* Returns once somebody watches. */
static void
wait_for_viewers (int fd)
{
  struct pollfd wait = { .fd = fd, .events = POLLPRI };

  while (poll (&wait, 1, viewers ? 0 : -1) > 0) {
    struct v4l2_event event;

    call (fd, VIDIOC_DQEVENT, &event, "VIDIOC_DQEVENT");
    viewers = event.u.ctrl.value;
  }
}

/* Grey levels that wander; of the bytes, whatever the format is. */
static void
draw (unsigned char *frame, unsigned number)
{
  for (unsigned i = 0; i < picture.sizeimage; i++)
    frame[i] = i + number;
}

static void
send_frame (int fd, unsigned number)
{
  struct v4l2_buffer buffer = {
    .index = number, .type = TYPE, .memory = V4L2_MEMORY_MMAP
  };

  /* One of the buffers is always there: no viewer makes this wait. */
  if (number >= BUFFERS)
    call (fd, VIDIOC_DQBUF, &buffer, "VIDIOC_DQBUF");
  draw (memory[buffer.index], number);
  buffer.bytesused = picture.sizeimage;
  call (fd, VIDIOC_QBUF, &buffer, "VIDIOC_QBUF");
}

int
main (int argc, char **argv)
{
  struct v4l2_event_subscription subscription = { .type = V4L2_EVENT_CTRL,
    .id = CID_VIEWERS,
    .flags = V4L2_EVENT_SUB_FL_SEND_INITIAL };
  const struct timespec interval = { .tv_nsec = INTERVAL_NS };
  unsigned frames = argc > 2 ? strtoul (argv[2], NULL, 0) : ~0U;
  int type = TYPE;
  int fd = argc > 1 ? open (argv[1], O_RDWR) : -1;

  if (fd < 0)
    error (2, errno, "usage: feed DEVICE [FRAMES]: %s", argv[1] ? argv[1] : "");
  call (fd, VIDIOC_SUBSCRIBE_EVENT, &subscription, "VIDIOC_SUBSCRIBE_EVENT");
  for (unsigned number = 0; number < frames; number++) {
    wait_for_viewers (fd);
    if (!number) {
      make_buffers (fd);
      call (fd, VIDIOC_STREAMON, &type, "VIDIOC_STREAMON");
    }
    send_frame (fd, number);
    nanosleep (&interval, NULL);
  }
  return 0;
}
