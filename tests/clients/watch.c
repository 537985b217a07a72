/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Watches a camera with nothing but system calls, and writes its frames, as they are,
 * to the output. Needs no library, so that it can be built for any word size.
 *
 *   watch NODE COUNT
 */
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define TYPE V4L2_BUF_TYPE_VIDEO_CAPTURE
#define BUFFERS 4

static void *memory[BUFFERS];

static void
call (int fd, unsigned long request, void *data, const char *what)
{
  if (ioctl (fd, request, data) < 0)
    error (1, errno, "%s", what);
}

static void
make_buffers (int fd)
{
  struct v4l2_requestbuffers request = {
    .count = BUFFERS, .type = TYPE, .memory = V4L2_MEMORY_MMAP
  };
  struct v4l2_buffer buffer = { .type = TYPE, .memory = V4L2_MEMORY_MMAP };

  call (fd, VIDIOC_REQBUFS, &request, "VIDIOC_REQBUFS");
  for (; buffer.index < BUFFERS; buffer.index++) {
    call (fd, VIDIOC_QUERYBUF, &buffer, "VIDIOC_QUERYBUF");
    memory[buffer.index] =
        mmap (0, buffer.length, PROT_READ, MAP_SHARED, fd, buffer.m.offset);
    if (memory[buffer.index] == MAP_FAILED)
      error (1, errno, "mmap");
    call (fd, VIDIOC_QBUF, &buffer, "VIDIOC_QBUF");
  }
}

/* A frame's number and time: of this word size, they must be those of the frame. */
static void
check (const struct v4l2_buffer *buffer, const struct v4l2_buffer *before)
{
  long long passed =
      (buffer->timestamp.tv_sec - before->timestamp.tv_sec) * 1000000LL +
      buffer->timestamp.tv_usec - before->timestamp.tv_usec;

  if (before->length && (buffer->sequence <= before->sequence || passed <= 0))
    error (1, 0, "frame %u came after %u, %lld us later", buffer->sequence,
        before->sequence, passed);
}

int
main (int argc, char **argv)
{
  int fd = argc == 3 ? open (argv[1], O_RDWR) : -1;
  struct v4l2_buffer buffer = { .type = TYPE, .memory = V4L2_MEMORY_MMAP };
  struct v4l2_buffer before = { 0 };
  int type = TYPE;

  if (fd < 0)
    error (2, errno, "usage: watch NODE COUNT");
  make_buffers (fd);
  call (fd, VIDIOC_STREAMON, &type, "VIDIOC_STREAMON");
  for (int left = atoi (argv[2]); left; left--, before = buffer) {
    call (fd, VIDIOC_DQBUF, &buffer, "VIDIOC_DQBUF");
    check (&buffer, &before);
    if (write (1, memory[buffer.index], buffer.bytesused) != buffer.bytesused)
      error (1, errno, "write");
    call (fd, VIDIOC_QBUF, &buffer, "VIDIOC_QBUF");
  }
  return 0;
}
