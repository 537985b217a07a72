/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A host that lies, of tests/vm/liar: whatever it says, calls return, and nothing of
 * the kernel's breaks. Once it is honest its camera is as good as any.
 */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fixture.h"
#include "lender-controls.h"
#include "lent.h"
#include "reader.h"

#define BUFFERS 4
/* Of a stream at most. While one goes there is most to lie about. */
#define FRAMES 200
/* So many streams without a fault in a row, of a host that says that it is honest, are
 * no chance. */
#define HONEST_STREAMS 5
/* Streams with faults before the driver begins anew */
#define PATIENT_ROUNDS 4
/* Milliseconds after which a host that owes a frame is given up */
#define PATIENCE 300

static void
ask_for_everything (int fd)
{
  struct v4l2_query_ext_ctrl query = { .id = V4L2_CTRL_FLAG_NEXT_CTRL };

  for (; ioctl (fd, VIDIOC_QUERY_EXT_CTRL, &query) == 0;
       query.id |= V4L2_CTRL_FLAG_NEXT_CTRL) {
    struct v4l2_ext_control control = { .id = query.id };
    struct v4l2_ext_controls controls = { .count = 1, .controls = &control };

    if (ioctl (fd, VIDIOC_G_EXT_CTRLS, &controls) == 0)
      ioctl (fd, VIDIOC_S_EXT_CTRLS, &controls);
  }
}

static gboolean
choose_mode (int fd, guint number)
{
  struct v4l2_fmtdesc desc = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
  struct v4l2_format format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
  struct v4l2_streamparm parm = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

  desc.index = number % 26;
  if (ioctl (fd, VIDIOC_ENUM_FMT, &desc) < 0) {
    desc.index = 0;
    if (ioctl (fd, VIDIOC_ENUM_FMT, &desc) < 0)
      return FALSE;
  }
  format.fmt.pix.pixelformat = desc.pixelformat;
  format.fmt.pix.width = 160;
  format.fmt.pix.height = 120;
  parm.parm.capture.timeperframe.numerator = 1;
  parm.parm.capture.timeperframe.denominator = 120;
  return ioctl (fd, VIDIOC_S_FMT, &format) == 0 &&
         ioctl (fd, VIDIOC_S_PARM, &parm) == 0;
}

/* Returns whether a frame came that has no fault. */
static gboolean
take_frame (int fd)
{
  struct v4l2_buffer buffer = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_MMAP };
  struct pollfd wait = { fd, POLLIN, 0 };

  if (poll (&wait, 1, PATIENCE) != 1 || ioctl (fd, VIDIOC_DQBUF, &buffer) < 0)
    return FALSE;
  g_assert_cmpuint (buffer.index, <, BUFFERS);
  g_assert_cmpuint (buffer.bytesused, <=, buffer.length);
  return ioctl (fd, VIDIOC_QBUF, &buffer) == 0 &&
         !(buffer.flags & V4L2_BUF_FLAG_ERROR);
}

/* Returns whether all frames came. */
static gboolean
stream (int fd)
{
  struct v4l2_requestbuffers request = { .count = BUFFERS,
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_MMAP };
  enum v4l2_buf_type type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  gboolean good;

  g_assert_no_errno (ioctl (fd, VIDIOC_REQBUFS, &request));
  for (guint i = 0; i < request.count; i++) {
    struct v4l2_buffer buffer = { .index = i,
      .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
      .memory = V4L2_MEMORY_MMAP };

    g_assert_no_errno (ioctl (fd, VIDIOC_QBUF, &buffer));
  }
  good = ioctl (fd, VIDIOC_STREAMON, &type) == 0;
  for (guint i = 0; good && i < FRAMES; i++)
    good = take_frame (fd);
  g_assert_no_errno (ioctl (fd, VIDIOC_STREAMOFF, &type));
  return good;
}

static gboolean
says_that_it_is_honest (int fd)
{
  struct v4l2_control control = { .id = LENDER_LIES_LEFT };

  return ioctl (fd, VIDIOC_G_CTRL, &control) == 0 && control.value == 0;
}

static gboolean
use_camera (guint number)
{
  g_autoptr (TestCamera) camera = NULL;
  gboolean good;
  int fd;

  if (lent_count () == 0)
    return FALSE;
  camera = lent_new (0);
  fd = g_open (camera->node, O_RDWR | O_CLOEXEC, 0);
  g_assert_no_errno (fd);
  ask_for_everything (fd);
  good = choose_mode (fd, number) && stream (fd) && says_that_it_is_honest (fd);
  g_assert_no_errno (close (fd));
  return good;
}

static void
a_host_that_lies_breaks_nothing (Fixture *fixture)
{
  guint good = 0, bad = 0, rounds = 0;

  (void) fixture;
  lent_set_timeout ("timeout=2000");
  lent_load ("pages");
  for (; good < HONEST_STREAMS; rounds++) {
    if (use_camera (rounds)) {
      good++;
      bad = 0;
    } else {
      good = 0;
      bad++;
    }
    /* What is broken for good is mended when the driver begins anew. */
    if (bad == PATIENT_ROUNDS || lent_count () == 0) {
      lent_load ("pages");
      bad = 0;
    }
  }
  g_test_message ("%u rounds", rounds);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
  lent_init ();
  fixture_add_without_camera ("/vm-liar/a_host_that_lies_breaks_nothing",
      a_host_that_lies_breaks_nothing);
  return g_test_run ();
}
