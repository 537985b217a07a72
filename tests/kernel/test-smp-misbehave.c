/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A provider that does what none should (provider/misbehave.c): programs get
 * frames that V4L2 allows, the kernel log says what was wrong, nothing is lost.
 */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "provider.h"
#include "provider/misbehave.h"
#include "unplug.h"

#define MODULE "virtcam-misbehave"
/* Names of the kernel have no dash. */
#define DEVICE "virtcam_misbehave"
#define FRAMES 12

typedef struct
{
  KernelLog *log;
  Reader *reader;
  guint frame_memory;
} Misbehaviour;

static void
open_camera (Misbehaviour * m)
{
  g_autofree char *node = NULL;

  g_assert_true (provider_load (MODULE, NULL));
  node = provider_node (DEVICE);
  g_assert_nonnull (node);
  m->reader = reader_open (node);
}

static void
set_up (Misbehaviour * m, gconstpointer data)
{
  (void) data;
  m->log = kernel_log_open ();
  m->frame_memory = unplug_count_frame_memory ();
  open_camera (m);
}

static void
run (Misbehaviour * m, gconstpointer data)
{
  ((void (*)(Misbehaviour *)) data) (m);
}

static void
tear_down (Misbehaviour * m, gconstpointer data)
{
  Fixture fixture = {.log = m->log };

  (void) data;
  reader_close (m->reader);
  if (g_file_test ("/sys/module/" DEVICE, G_FILE_TEST_EXISTS))
    g_assert_true (provider_unload (MODULE));
  g_assert_cmpuint (unplug_count_frame_memory (), ==, m->frame_memory);
  g_assert_cmpint (fixture_driver_references (), ==, 0);
  fixture_finish (&fixture);
}

/* What V4L2 promises of the frames of a stream, whatever their provider does. */
static void
assert_frames (Misbehaviour * m, guint flags)
{
  struct v4l2_buffer buffer;
  guint64 time = 0, next = 0;

  for (guint i = 0; i < FRAMES; i++) {
    reader_dequeue (m->reader, &buffer);
    g_assert_cmpuint (buffer.sequence, >=, next);
    g_assert_cmpuint (reader_timestamp (&buffer), >, time);
    g_assert_cmpuint (reader_timestamp (&buffer), <=,
        reader_now () + G_GUINT64_CONSTANT (1000000000));
    g_assert_cmpuint (buffer.bytesused, <=, buffer.length);
    g_assert_cmphex (buffer.flags & V4L2_BUF_FLAG_ERROR, ==, flags);
    next = (guint64) buffer.sequence + 1;
    time = reader_timestamp (&buffer);
    reader_queue (m->reader, buffer.index);
  }
}

/* From a timer and from a work item; the log has @words, or is as it was. */
static void
stream (Misbehaviour * m, enum fault fault, guint flags, const char *words)
{
  for (gint from = FROM_TIMER; from <= FROM_WORK; from++) {
    KernelLog *log = kernel_log_open ();

    reader_set_control (m->reader, CID_FAULT, (gint32) fault);
    reader_set_control (m->reader, CID_FROM, from);
    reader_start (m->reader, 4);
    assert_frames (m, flags);
    reader_stream_off (m->reader);
    reader_unmap (m->reader);
    if (words)
      kernel_log_await (log, words);
    else if (strstr (kernel_log_read (log), DEVICE))
      g_error ("the log says: %s", kernel_log_read (log));
    kernel_log_close (log);
  }
}

static void
frames_come_from_a_timer_and_from_a_work_item (Misbehaviour * m)
{
  stream (m, FAULT_NONE, 0, NULL);
}

static void
buffers_may_be_delivered_in_any_order (Misbehaviour * m)
{
  stream (m, FAULT_ORDER, 0, NULL);
}

static void
numbers_and_times_that_cannot_be_are_put_right (Misbehaviour * m)
{
  stream (m, FAULT_SEQUENCE, 0,
      "its number is not above that of the frame before");
  stream (m, FAULT_TIMESTAMP, 0,
      "its timestamp lies before the frame before it, or the stream");
  stream (m, FAULT_FUTURE, 0, "its timestamp lies in the future");
}

static void
a_frame_larger_than_its_buffer_is_damaged (Misbehaviour * m)
{
  stream (m, FAULT_PAYLOAD, V4L2_BUF_FLAG_ERROR,
      "it is larger than its buffer");
}

static void
a_damaged_frame_is_marked (Misbehaviour * m)
{
  stream (m, FAULT_DAMAGED, V4L2_BUF_FLAG_ERROR, NULL);
}

static void
a_buffer_that_the_provider_has_not_got_is_refused (Misbehaviour * m)
{
  stream (m, FAULT_TWICE, 0, "the provider has not got its buffer");
  stream (m, FAULT_OTHERS_BUFFER, 0, "the provider has not got its buffer");
}

/* The buffers are gone by then: stream() gives them back to the kernel. */
static void
a_delivery_after_the_end_of_the_stream_is_refused (Misbehaviour * m)
{
  stream (m, FAULT_AFTER_STOP, 0,
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
  assert_frames (m, 0);
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
  assert_frames (m, 0);
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
  g_assert_true (provider_unload (MODULE));
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
    g_assert_true (provider_unload (MODULE));
    g_assert_cmpint (blocked_call_join (blocked, &error), ==, -1);
    g_assert_cmpstr (g_strerror (error), ==, g_strerror (ENODEV));
    reader_close (m->reader);
    open_camera (m);
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
  for (guint i = 0; i < FRAMES; i++) {
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
    g_autofree char *node = provider_node (DEVICE);
    g_autoptr (Reader) other = reader_open (node);
    BlockedCall *blocked;
    int error;

    reader_map (m->reader, 2);
    reader_set_control (m->reader, CID_MODES, 1);
    kernel_log_await (m->log, "EVIL");
    blocked = blocked_call_begin (other, call_poll_until_it_fails, NULL);
    g_assert_true (provider_unload (MODULE));
    g_assert_cmpint (blocked_call_join (blocked, &error), ==, -1);
    reader_close (m->reader);
    open_camera (m);
  }
}

static void
a_value_that_the_provider_refuses_is_not_taken (Misbehaviour * m)
{
  struct v4l2_control control = {.id = CID_REFUSED,.value = 5 };

  assert_refused (ioctl (m->reader->fd, VIDIOC_S_CTRL, &control), EIO);
  g_assert_cmpint (reader_get_control (m->reader, CID_REFUSED), ==, 0);
  control.id = CID_DELIVERED;
  assert_refused (ioctl (m->reader->fd, VIDIOC_S_CTRL, &control), EACCES);
}

static void
controls_of_every_type_have_what_the_provider_said (Misbehaviour * m)
{
  struct v4l2_query_ext_ctrl query = {.id = CID_LARGE };
  struct v4l2_querymenu menu = {.id = V4L2_CID_POWER_LINE_FREQUENCY };

  g_assert_cmpint (reader_get_control (m->reader, CID_SWITCHES), ==, 0x11);
  g_assert_cmpint (reader_get_control (m->reader, CID_SIGNAL), ==, 1);
  g_assert_no_errno (ioctl (m->reader->fd, VIDIOC_QUERY_EXT_CTRL, &query));
  g_assert_cmpstr (query.name, ==, "Large");
  g_assert_cmpint (query.maximum, ==, G_GINT64_CONSTANT (1) << 40);
  menu.index = 1;
  g_assert_no_errno (ioctl (m->reader->fd, VIDIOC_QUERYMENU, &menu));
  g_assert_cmpstr ((char *) menu.name, ==, "50 Hz");
  /* The provider checks that it is in range. */
  reader_set_control (m->reader, CID_SWITCHES, (gint32) 0x80000001);
}

static void
subscribe (Misbehaviour * m, guint32 type, guint32 id)
{
  struct v4l2_event_subscription subscription = {.type = type,.id = id };

  g_assert_no_errno (ioctl (m->reader->fd, VIDIOC_SUBSCRIBE_EVENT,
          &subscription));
}

static void
programs_are_told_of_values_that_the_provider_sets (Misbehaviour * m)
{
  struct v4l2_event event;

  subscribe (m, V4L2_EVENT_CTRL, CID_DELIVERED);
  reader_start (m->reader, 4);
  assert_frames (m, 0);
  g_assert_no_errno (ioctl (m->reader->fd, VIDIOC_DQEVENT, &event));
  g_assert_cmphex (event.id, ==, CID_DELIVERED);
  g_assert_cmpint (event.u.ctrl.value, >, 0);
}

static void
await_source_change (Misbehaviour * m)
{
  struct v4l2_event event;

  g_assert_no_errno (ioctl (m->reader->fd, VIDIOC_DQEVENT, &event));
  g_assert_cmpuint (event.type, ==, V4L2_EVENT_SOURCE_CHANGE);
  g_assert_cmphex (event.u.src_change.changes, ==,
      V4L2_EVENT_SRC_CH_RESOLUTION);
}

static guint
input_status (Misbehaviour * m)
{
  struct v4l2_input input = { 0 };

  g_assert_no_errno (ioctl (m->reader->fd, VIDIOC_ENUMINPUT, &input));
  return input.status;
}

static void
programs_are_told_that_there_is_no_signal (Misbehaviour * m)
{
  subscribe (m, V4L2_EVENT_SOURCE_CHANGE, 0);
  g_assert_cmphex (input_status (m), ==, 0);
  reader_set_control (m->reader, CID_SIGNAL, 0);
  await_source_change (m);
  g_assert_cmphex (input_status (m), ==, V4L2_IN_ST_NO_SIGNAL);
  reader_set_control (m->reader, CID_SIGNAL, 1);
  await_source_change (m);
  g_assert_cmphex (input_status (m), ==, 0);
}

static void
get_format (Reader * reader)
{
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_G_FMT, &reader->format));
}

/* The stream that runs goes on; the next one is of what there is then. */
static void
modes_are_replaced_while_a_program_streams (Misbehaviour * m)
{
  struct v4l2_pix_format *pix = &m->reader->format.fmt.pix;
  int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  struct v4l2_buffer buffer;

  subscribe (m, V4L2_EVENT_SOURCE_CHANGE, 0);
  reader_set_format (m->reader, V4L2_PIX_FMT_YUYV, 640, 480, 0);
  reader_start (m->reader, 2);
  reader_set_control (m->reader, CID_MODES, 1);
  await_source_change (m);
  /* First it tries modes that nobody can have. */
  kernel_log_await (m->log, "modes are refused: EVIL (0x4c495645): "
      "the format is unknown");
  get_format (m->reader);
  g_assert_cmphex (pix->pixelformat, ==, V4L2_PIX_FMT_YUYV);
  reader_dequeue (m->reader, &buffer);
  reader_queue (m->reader, buffer.index);
  reader_stream_off (m->reader);
  reader_queue (m->reader, 0);
  assert_refused (ioctl (m->reader->fd, VIDIOC_STREAMON, &type), EPIPE);

  reader_unmap (m->reader);
  get_format (m->reader);
  g_assert_cmphex (pix->pixelformat, ==, V4L2_PIX_FMT_GREY);
  g_assert_cmpuint (pix->width, ==, 320);
  reader_start (m->reader, 2);
  assert_frames (m, 0);
}

static void
modes_that_nobody_can_have_make_no_camera (Misbehaviour * m)
{
  reader_close (m->reader);
  m->reader = NULL;
  g_assert_true (provider_unload (MODULE));
  g_assert_false (provider_load (MODULE, "bad_modes=1"));
  g_assert_null (provider_node (DEVICE));
  kernel_log_await (m->log, "modes are refused: EVIL (0x4c495645): "
      "the format is unknown");
}

static void
a_long_card_is_cut (Misbehaviour * m)
{
  struct v4l2_capability cap;

  g_assert_no_errno (ioctl (m->reader->fd, VIDIOC_QUERYCAP, &cap));
  g_assert_cmpstr ((char *) cap.card, ==, "0123456789 A Name That Is Much ");
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) g_test_add ("/misbehave/" #name, Misbehaviour, name, \
    set_up, run, tear_down)
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
  ADD (a_value_that_the_provider_refuses_is_not_taken);
  ADD (controls_of_every_type_have_what_the_provider_said);
  ADD (programs_are_told_of_values_that_the_provider_sets);
  ADD (programs_are_told_that_there_is_no_signal);
  ADD (modes_are_replaced_while_a_program_streams);
  ADD (modes_that_nobody_can_have_make_no_camera);
  ADD (a_long_card_is_cut);
  return g_test_run ();
}
