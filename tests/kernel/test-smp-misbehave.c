/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A provider that delivers as none should (provider/misbehave.c): programs get
 * frames that V4L2 allows, the kernel log says what was wrong, nothing is lost.
 */
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fixture.h"
#include "misbehaviour.h"
#include "provider.h"
#include "unplug.h"

static void
frames_come_from_a_timer_and_from_a_work_item (Misbehaviour * m)
{
  misbehaviour_stream (m, FAULT_NONE, 0, NULL);
}

static void
buffers_may_be_delivered_in_any_order (Misbehaviour * m)
{
  misbehaviour_stream (m, FAULT_ORDER, 0, NULL);
}

static void
numbers_and_times_that_cannot_be_are_put_right (Misbehaviour * m)
{
  misbehaviour_stream (m, FAULT_SEQUENCE, 0,
      "its number is not above that of the frame before");
  misbehaviour_stream (m, FAULT_TIMESTAMP, 0,
      "its timestamp lies before the frame before it, or the stream");
  misbehaviour_stream (m, FAULT_FUTURE, 0, "its timestamp lies in the future");
}

static void
a_frame_larger_than_its_buffer_is_damaged (Misbehaviour * m)
{
  misbehaviour_stream (m, FAULT_PAYLOAD, V4L2_BUF_FLAG_ERROR,
      "it is larger than its buffer");
}

static void
a_damaged_frame_is_marked (Misbehaviour * m)
{
  misbehaviour_stream (m, FAULT_DAMAGED, V4L2_BUF_FLAG_ERROR, NULL);
}

static void
a_buffer_that_the_provider_has_not_got_is_refused (Misbehaviour * m)
{
  misbehaviour_stream (m, FAULT_TWICE, 0,
      "the provider has not got its buffer");
  misbehaviour_stream (m, FAULT_OTHERS_BUFFER, 0,
      "the provider has not got its buffer");
}

/* The buffers are gone by then: stream() gives them back to the kernel. */
static void
a_delivery_after_the_end_of_the_stream_is_refused (Misbehaviour * m)
{
  misbehaviour_stream (m, FAULT_AFTER_STOP, 0,
      "frame 99: the provider has not got its buffer");
}

static void
buffers_that_a_provider_keeps_come_back_with_the_end_of_the_stream
    (Misbehaviour * m)
{
  reader_set_control (m->reader, CID_FAULT, FAULT_KEEPS);
  reader_start (m->reader, 4);
  reader_stream_off (m->reader);
  reader_set_control (m->reader, CID_FAULT, FAULT_NONE);
  for (guint i = 0; i < 4; i++)
    reader_queue (m->reader, i);
  reader_stream_on (m->reader);
  misbehaviour_assert_frames (m, 0);
  reader_stream_off (m->reader);
}

static void
a_stream_that_fails_to_start_loses_no_buffer (Misbehaviour * m)
{
  int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

  reader_map (m->reader, 4);
  for (guint i = 0; i < 4; i++)
    reader_queue (m->reader, i);
  reader_set_control (m->reader, CID_FAULT, FAULT_START_FAILS);
  assert_refused (ioctl (m->reader->fd, VIDIOC_STREAMON, &type), EIO);
  reader_set_control (m->reader, CID_FAULT, FAULT_NONE);
  reader_stream_on (m->reader);
  misbehaviour_assert_frames (m, 0);
  reader_stream_off (m->reader);
}

static int
call_streamon (Reader * reader, gpointer data)
{
  (void) data;
  return ioctl (reader->fd, VIDIOC_STREAMON,
      &(int) {V4L2_BUF_TYPE_VIDEO_CAPTURE});
}

/* The provider waits under the lock that an unplug needs, for ever. */
static void
an_unplug_ends_a_provider_that_waits (Misbehaviour * m)
{
  BlockedCall *blocked;
  int error;

  reader_map (m->reader, 2);
  reader_queue (m->reader, 0);
  reader_set_control (m->reader, CID_FAULT, FAULT_START_HANGS);
  blocked = blocked_call_start (m->reader, call_streamon, NULL, SYS_ioctl);
  g_assert_true (provider_unload (MISBEHAVE_MODULE));
  g_assert_cmpint (blocked_call_join (blocked, &error), ==, -1);
  g_assert_cmpstr (g_strerror (error), ==, g_strerror (ENODEV));
  assert_gone (m->reader);
}

static void
its_module_goes_while_it_delivers_late_and_twice (Misbehaviour * m)
{
  static const enum fault faults[] = { FAULT_TWICE, FAULT_ORDER, FAULT_PAYLOAD };

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++) {
    struct v4l2_buffer buffer;
    BlockedCall *blocked;
    int error;

    reader_set_control (m->reader, CID_FAULT, (gint32) faults[i]);
    reader_start (m->reader, 4);
    blocked = blocked_call_begin (m->reader, call_dqbuf_until_it_fails,
        &buffer);
    g_assert_true (provider_unload (MISBEHAVE_MODULE));
    g_assert_cmpint (blocked_call_join (blocked, &error), ==, -1);
    g_assert_cmpstr (g_strerror (error), ==, g_strerror (ENODEV));
    reader_close (m->reader);
    misbehaviour_open (m, NULL);
  }
}

static void
compressed_frames_have_a_size_of_their_own (Misbehaviour * m)
{
  struct v4l2_pix_format *pix = &m->reader->format.fmt.pix;
  struct v4l2_fmtdesc description = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,.index = 2,
  };
  struct v4l2_buffer buffer;

  g_assert_no_errno (ioctl (m->reader->fd, VIDIOC_ENUM_FMT, &description));
  g_assert_cmphex (description.pixelformat, ==, V4L2_PIX_FMT_MJPEG);
  g_assert_true (description.flags & V4L2_FMT_FLAG_COMPRESSED);
  reader_set_format (m->reader, V4L2_PIX_FMT_MJPEG, 640, 480, 0);
  g_assert_cmpuint (pix->bytesperline, ==, 0);
  g_assert_cmpuint (pix->sizeimage, >=, 640 * 480);
  reader_start (m->reader, 4);
  for (guint i = 0; i < MISBEHAVE_FRAMES; i++) {
    reader_dequeue (m->reader, &buffer);
    g_assert_cmpuint (buffer.bytesused, ==, 100 + buffer.sequence % 50);
    g_assert_true (buffer.flags & V4L2_BUF_FLAG_KEYFRAME);
    reader_queue (m->reader, buffer.index);
  }
}

/* The first page is missing, which makes the kernel fault in what it may need. */
static void
read_changes_no_byte_beyond_what_it_returns (Misbehaviour * m)
{
  const gsize page = (gsize) sysconf (_SC_PAGESIZE);
  guint8 *data = mmap (NULL, 2 * page, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ssize_t length;

  g_assert_true (data != MAP_FAILED);
  memset (data + page, 0xff, page);
  reader_set_format (m->reader, V4L2_PIX_FMT_MJPEG, 640, 480, 0);
  length = read (m->reader->fd, data, 2 * page);
  g_assert_cmpint (length, >=, 100);
  g_assert_cmpint (length, <, 150);
  for (gsize i = page; i < 2 * page; i++)
    g_assert_cmpuint (data[i], ==, 0xff);
  g_assert_no_errno (munmap (data, 2 * page));
}

static int
call_poll_until_it_fails (Reader * reader, gpointer data)
{
  struct pollfd wait = {.fd = reader->fd,.events = POLLIN };

  (void) data;
  while (poll (&wait, 1, 0) >= 0 && !(wait.revents & POLLHUP))
    continue;
  errno = ENODEV;
  return -1;
}

/* poll() starts a stream as read() does, and looks late whether it may. */
static void
its_module_goes_beside_poll_while_modes_are_replaced (Misbehaviour * m)
{
  for (guint i = 0; i < 10; i++) {
    g_autofree char *node = provider_node (MISBEHAVE_DEVICE);
    g_autoptr (Reader) other = reader_open (node);
    BlockedCall *blocked;
    int error;

    reader_map (m->reader, 2);
    reader_set_control (m->reader, CID_MODES, 1);
    kernel_log_await (m->log, "EVIL");
    blocked = blocked_call_begin (other, call_poll_until_it_fails, NULL);
    g_assert_true (provider_unload (MISBEHAVE_MODULE));
    g_assert_cmpint (blocked_call_join (blocked, &error), ==, -1);
    reader_close (m->reader);
    misbehaviour_open (m, NULL);
  }
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) misbehaviour_add ("/misbehave/" #name, name)
  ADD (frames_come_from_a_timer_and_from_a_work_item);
  ADD (buffers_may_be_delivered_in_any_order);
  ADD (numbers_and_times_that_cannot_be_are_put_right);
  ADD (a_frame_larger_than_its_buffer_is_damaged);
  ADD (a_damaged_frame_is_marked);
  ADD (a_buffer_that_the_provider_has_not_got_is_refused);
  ADD (a_delivery_after_the_end_of_the_stream_is_refused);
  ADD (buffers_that_a_provider_keeps_come_back_with_the_end_of_the_stream);
  ADD (a_stream_that_fails_to_start_loses_no_buffer);
  ADD (an_unplug_ends_a_provider_that_waits);
  ADD (its_module_goes_while_it_delivers_late_and_twice);
  ADD (compressed_frames_have_a_size_of_their_own);
  ADD (read_changes_no_byte_beyond_what_it_returns);
  ADD (its_module_goes_beside_poll_while_modes_are_replaced);
  return g_test_run ();
}
