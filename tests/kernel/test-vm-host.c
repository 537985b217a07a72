/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the host does of its own accord, and what programs in the guest see of it:
 * controls and modes that change, frames that are damaged or lost, an error, silence.
 */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "lender-controls.h"
#include "lent.h"
#include "unplug.h"

#define BUFFERS 4
/* Of each answer, so that all take longer than a command may */
#define SLOW_MS 12

static void
press (Reader *reader, guint32 button)
{
  reader_set_control (reader, button, 0);
}

static void
subscribe (Reader *reader, guint32 type, guint32 id)
{
  struct v4l2_event_subscription subscription = { .type = type, .id = id };

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_SUBSCRIBE_EVENT, &subscription));
}

static void
await_event (Reader *reader, struct v4l2_event *event)
{
  struct pollfd wait = { reader->fd, POLLPRI, 0 };

  g_assert_cmpint (poll (&wait, 1, -1), ==, 1);
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_DQEVENT, event));
}

static Reader *
open_first (Fixture *fixture)
{
  g_clear_pointer (&fixture->camera, test_camera_free);
  fixture->camera = lent_new (0);
  return reader_open (fixture->camera->node);
}

static void
a_value_that_the_host_changes_is_told (Fixture *fixture)
{
  g_autoptr (Reader) reader = open_first (fixture);
  struct v4l2_event event;

  reader_set_control (reader, V4L2_CID_BRIGHTNESS, 17);
  subscribe (reader, V4L2_EVENT_CTRL, V4L2_CID_BRIGHTNESS);
  press (reader, LENDER_CHANGE_BRIGHTNESS);
  await_event (reader, &event);
  g_assert_cmpuint (event.type, ==, V4L2_EVENT_CTRL);
  g_assert_cmpint (event.u.ctrl.value, ==, LENDER_BRIGHTNESS);
  g_assert_cmpint (
      reader_get_control (reader, V4L2_CID_BRIGHTNESS), ==, LENDER_BRIGHTNESS);
}

/* The host has it still where the driver begins anew. */
static void
a_value_that_the_guest_sets_is_the_host_s (Fixture *fixture)
{
  Reader *reader = open_first (fixture);

  reader_set_control (reader, V4L2_CID_BRIGHTNESS, 42);
  reader_close (reader);
  lent_load ("pages");
  reader = open_first (fixture);
  g_assert_cmpint (reader_get_control (reader, V4L2_CID_BRIGHTNESS), ==, 42);
  reader_close (reader);
}

static void
a_value_that_the_host_makes_another_is_shown (Fixture *fixture)
{
  g_autoptr (Reader) reader = open_first (fixture);
  struct v4l2_ext_control control = { .id = LENDER_SESSIONS,
    .value = LENDER_UNCOUNTED };
  struct v4l2_ext_controls controls = { .count = 1, .controls = &control };

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_S_EXT_CTRLS, &controls));
  g_assert_cmpint (control.value, ==, 1);
  g_assert_cmpint (reader_get_control (reader, LENDER_SESSIONS), ==, 1);
}

static void
a_value_out_of_range_is_refused (Fixture *fixture)
{
  g_autoptr (Reader) reader = open_first (fixture);
  struct v4l2_ext_control control = { .id = V4L2_CID_USER_BASE + 0x1010,
    .value = 2 };
  struct v4l2_ext_controls controls = { .count = 1, .controls = &control };

  /* The third item of the menu is none. */
  assert_refused (ioctl (reader->fd, VIDIOC_S_EXT_CTRLS, &controls), EINVAL);
  control.value = 4;
  assert_refused (ioctl (reader->fd, VIDIOC_S_EXT_CTRLS, &controls), ERANGE);
}

static guint
count_formats (Reader *reader)
{
  struct v4l2_fmtdesc format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

  while (ioctl (reader->fd, VIDIOC_ENUM_FMT, &format) == 0)
    format.index++;
  return format.index;
}

static guint
count_sizes (Reader *reader)
{
  struct v4l2_frmsizeenum size = { .pixel_format = V4L2_PIX_FMT_YUYV };

  while (ioctl (reader->fd, VIDIOC_ENUM_FRAMESIZES, &size) == 0)
    size.index++;
  return size.index;
}

static void
modes_that_the_host_changes_are_told (Fixture *fixture)
{
  g_autoptr (Reader) reader = open_first (fixture);
  struct v4l2_event event;

  subscribe (reader, V4L2_EVENT_SOURCE_CHANGE, 0);
  press (reader, LENDER_CHANGE_MODES);
  await_event (reader, &event);
  g_assert_cmpuint (event.type, ==, V4L2_EVENT_SOURCE_CHANGE);
  g_assert_cmpuint (count_sizes (reader), ==, 1);
  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 480, 360, 0);
  press (reader, LENDER_CHANGE_MODES);
  await_event (reader, &event);
  g_assert_cmpuint (count_sizes (reader), ==, 4);
}

static void
a_frame_that_the_host_says_is_damaged_is_marked (Fixture *fixture)
{
  g_autoptr (Reader) reader = open_first (fixture);
  struct v4l2_buffer buffer = { 0 };

  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 320, 240, 0);
  reader_start (reader, BUFFERS);
  reader_dequeue (reader, &buffer);
  press (reader, LENDER_DAMAGE);
  while (!(buffer.flags & V4L2_BUF_FLAG_ERROR)) {
    reader_queue (reader, buffer.index);
    reader_dequeue (reader, &buffer);
  }
  reader_queue (reader, buffer.index);
  reader_dequeue (reader, &buffer);
  g_assert_cmphex (buffer.flags & V4L2_BUF_FLAG_ERROR, ==, 0);
}

static void
frames_that_the_host_loses_are_numbers_left_out (Fixture *fixture)
{
  g_autoptr (Reader) reader = open_first (fixture);
  struct v4l2_buffer buffer;
  guint32 last;

  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 320, 240, 0);
  reader_start (reader, BUFFERS);
  reader_dequeue (reader, &buffer);
  press (reader, LENDER_LOSE);
  do {
    last = buffer.sequence;
    reader_queue (reader, buffer.index);
    reader_dequeue (reader, &buffer);
  } while (buffer.sequence < last + LENDER_LOST);
  g_assert_cmpint (
      reader_get_control (reader, READER_FRAMES_DROPPED), >=, LENDER_LOST);
}

/* The host's error has ended the session in which controls are set: they are refused
 * until the host is heard again, a second later at most. */
static void
set_in_a_new_session (Reader *reader, guint32 id, gint32 value)
{
  struct v4l2_control control = { .id = id, .value = value };

  while (ioctl (reader->fd, VIDIOC_S_CTRL, &control) < 0)
    g_assert_true (errno == EIO || errno == EINVAL);
}

/* Programs see an end, and can begin anew. */
static void
an_error_of_the_host_s_ends_the_stream (Fixture *fixture)
{
  g_autoptr (Reader) reader = open_first (fixture);
  struct v4l2_buffer buffer = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_MMAP };
  int result;

  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 320, 240, 0);
  reader_start (reader, BUFFERS);
  press (reader, LENDER_FAIL);
  while ((result = ioctl (reader->fd, VIDIOC_DQBUF, &buffer)) == 0)
    reader_queue (reader, buffer.index);
  g_assert_cmpstr (g_strerror (errno), ==, g_strerror (EIO));
  reader_stream_off (reader);
  for (guint i = 0; i < BUFFERS; i++)
    reader_queue (reader, i);
  reader_stream_on (reader);
  reader_dequeue (reader, &buffer);
  set_in_a_new_session (reader, V4L2_CID_BRIGHTNESS, 3);
  g_assert_cmpint (reader_get_control (reader, V4L2_CID_BRIGHTNESS), ==, 3);
}

/* The driver asks for modes again, and tells programs nothing of it. */
static void
modes_that_stay_while_the_host_is_not_heard_are_not_told (Fixture *fixture)
{
  g_autoptr (Reader) reader = open_first (fixture);
  struct v4l2_event event;

  subscribe (reader, V4L2_EVENT_SOURCE_CHANGE, 0);
  subscribe (reader, V4L2_EVENT_CTRL, V4L2_CID_BRIGHTNESS);
  reader_set_control (reader, V4L2_CID_BRIGHTNESS, 17);
  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 320, 240, 0);
  reader_start (reader, BUFFERS);
  press (reader, LENDER_FAIL);
  set_in_a_new_session (reader, LENDER_CHANGE_BRIGHTNESS, 0);
  await_event (reader, &event);
  g_assert_cmpuint (event.type, ==, V4L2_EVENT_CTRL);
  g_assert_cmpint (event.u.ctrl.value, ==, LENDER_BRIGHTNESS);
}

/* By the answer alone that looks like a list's end. Nothing says when a driver whose
 * host was not heard has read the lists again: a driver that has just come reads none. */
static void
modes_are_not_told_in_part_by_a_host_that_ends_the_session (Fixture *fixture)
{
  g_autoptr (Reader) reader = NULL;
  struct v4l2_event event;
  guint formats;

  lent_load ("pages");
  reader = open_first (fixture);
  formats = count_formats (reader);
  subscribe (reader, V4L2_EVENT_SOURCE_CHANGE, 0);
  press (reader, LENDER_FAIL_IN_A_LIST);
  press (reader, LENDER_CHANGE_MODES);
  await_event (reader, &event);
  g_assert_cmpuint (event.type, ==, V4L2_EVENT_SOURCE_CHANGE);
  g_assert_cmpuint (count_formats (reader), ==, formats);
  g_assert_cmpuint (count_sizes (reader), ==, 1);
  set_in_a_new_session (reader, LENDER_CHANGE_MODES, 0);
  await_event (reader, &event);
  g_assert_cmpuint (count_sizes (reader), ==, 4);
}

/* As one on a busy machine. The default limit for a single answer is not near. */
static void
modes_that_a_slow_host_takes_long_to_tell_are_all_read (Fixture *fixture)
{
  Reader *reader = open_first (fixture);
  guint formats = count_formats (reader);

  reader_set_control (reader, LENDER_SLOW_LISTS, SLOW_MS);
  reader_close (reader);
  lent_load ("pages");
  reader = open_first (fixture);
  g_assert_cmpuint (count_formats (reader), ==, formats);
  reader_set_control (reader, LENDER_SLOW_LISTS, 0);
  reader_close (reader);
}

/* It ends its sessions, that of events among them, and has other modes. */
static void
modes_that_change_while_the_host_is_not_heard_are_read (Fixture *fixture)
{
  g_autoptr (Reader) reader = open_first (fixture);
  struct v4l2_event event;

  subscribe (reader, V4L2_EVENT_SOURCE_CHANGE, 0);
  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 320, 240, 0);
  reader_start (reader, BUFFERS);
  press (reader, LENDER_CHANGE_MODES_NEXT);
  press (reader, LENDER_FAIL);
  /* The driver may have begun to read before the host's modes change. */
  do {
    await_event (reader, &event);
    g_assert_cmpuint (event.type, ==, V4L2_EVENT_SOURCE_CHANGE);
  } while (count_sizes (reader) != 1);
  reader_stream_off (reader);
  press (reader, LENDER_CHANGE_MODES);
  await_event (reader, &event);
  g_assert_cmpuint (count_sizes (reader), ==, 4);
}

static void
queue_all (Reader *reader)
{
  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 320, 240, 0);
  reader_map (reader, BUFFERS);
  for (guint i = 0; i < BUFFERS; i++)
    reader_queue (reader, i);
}

static int
call_stream_on (Reader *reader, gpointer data)
{
  enum v4l2_buf_type type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

  (void) data;
  return ioctl (reader->fd, VIDIOC_STREAMON, &type);
}

static void
a_silent_host_ends_streamon_with_an_error (Fixture *fixture)
{
  g_autoptr (Reader) reader = open_first (fixture);
  struct v4l2_buffer buffer;

  queue_all (reader);
  press (reader, LENDER_SILENCE);
  assert_refused (call_stream_on (reader, NULL), ETIMEDOUT);
  while (call_stream_on (reader, NULL) < 0)
    g_assert_cmpstr (g_strerror (errno), ==, g_strerror (ETIMEDOUT));
  reader_dequeue (reader, &buffer);
}

/* LENDER_SESSIONS or LENDER_MAPPINGS */
static int
count_at_host (Reader *reader, guint32 what)
{
  reader_set_control (reader, what, LENDER_UNCOUNTED);
  return reader_get_control (reader, what);
}

/* What the driver has given up, the host does later. */
static void
a_session_that_a_silent_host_opens_late_is_closed (Fixture *fixture)
{
  g_autoptr (Reader) reader = open_first (fixture);

  queue_all (reader);
  press (reader, LENDER_SILENCE);
  assert_refused (call_stream_on (reader, NULL), ETIMEDOUT);
  while (call_stream_on (reader, NULL) < 0)
    g_assert_cmpstr (g_strerror (errno), ==, g_strerror (ETIMEDOUT));
  g_assert_cmpint (count_at_host (reader, LENDER_SESSIONS), ==, 2);
  reader_stream_off (reader);
  g_assert_cmpint (count_at_host (reader, LENDER_SESSIONS), ==, 1);
}

static void
a_buffer_that_a_slow_host_maps_late_is_unmapped (Fixture *fixture)
{
  Reader *reader;

  lent_load ("mmap");
  reader = open_first (fixture);
  queue_all (reader);
  press (reader, LENDER_SLOW_MMAP);
  assert_refused (call_stream_on (reader, NULL), ETIMEDOUT);
  while (call_stream_on (reader, NULL) < 0)
    g_assert_cmpstr (g_strerror (errno), ==, g_strerror (ETIMEDOUT));
  g_assert_cmpint (count_at_host (reader, LENDER_MAPPINGS), ==, BUFFERS);
  reader_stream_off (reader);
  g_assert_cmpint (count_at_host (reader, LENDER_MAPPINGS), ==, 0);
  g_assert_cmpint (count_at_host (reader, LENDER_SESSIONS), ==, 1);
  reader_close (reader);
  lent_load ("pages");
}

static void
a_silent_host_lets_a_stream_end (Fixture *fixture)
{
  Reader *reader = open_first (fixture);
  struct v4l2_buffer buffer;

  queue_all (reader);
  reader_stream_on (reader);
  reader_dequeue (reader, &buffer);
  press (reader, LENDER_SILENCE);
  reader_stream_off (reader);
  reader_close (reader);
  reader = reader_open (fixture->camera->node);
  queue_all (reader);
  while (call_stream_on (reader, NULL) < 0)
    g_assert_cmpstr (g_strerror (errno), ==, g_strerror (ETIMEDOUT));
  reader_dequeue (reader, &buffer);
  reader_close (reader);
}

static void
streamon_that_waits_for_a_silent_host_ends_with_enodev (
    Fixture *fixture, Unplug unplug)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  BlockedCall *blocked;
  int error;

  queue_all (reader);
  press (reader, LENDER_SILENCE);
  blocked = blocked_call_start (reader, call_stream_on, NULL, SYS_ioctl);
  unplug (fixture->camera);
  g_assert_cmpint (blocked_call_join (blocked, &error), ==, -1);
  g_assert_cmpstr (g_strerror (error), ==, g_strerror (ENODEV));
  assert_gone (reader);
}

static void
a_stream_of_a_silent_host_can_be_unplugged (Fixture *fixture, Unplug unplug)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_buffer buffer;

  queue_all (reader);
  reader_stream_on (reader);
  reader_dequeue (reader, &buffer);
  press (reader, LENDER_SILENCE);
  unplug (fixture->camera);
  assert_gone (reader);
}

static void
a_stream_of_a_dead_host_can_be_unplugged (Fixture *fixture, Unplug unplug)
{
  g_autoptr (Reader) reader = NULL;
  struct v4l2_buffer buffer;

  if (unplug != lent_unplug) {
    g_test_skip ("QEMU 11.1.3 aborts when a driver comes after its host died");
    return;
  }
  reader = reader_open (fixture->camera->node);
  queue_all (reader);
  reader_stream_on (reader);
  reader_dequeue (reader, &buffer);
  lent_ask ("kill-host 1");
  unplug (fixture->camera);
  assert_gone (reader);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
  lent_init ();
  /* The host is silent for longer than the driver waits for it. */
  lent_set_timeout ("timeout=1000");
  lent_load ("pages");
#define ADD(name) fixture_add_without_camera ("/vm-host/" #name, name)
  ADD (a_value_that_the_host_changes_is_told);
  ADD (a_value_that_the_guest_sets_is_the_host_s);
  ADD (a_value_that_the_host_makes_another_is_shown);
  ADD (a_value_out_of_range_is_refused);
  ADD (modes_that_the_host_changes_are_told);
  ADD (a_frame_that_the_host_says_is_damaged_is_marked);
  ADD (frames_that_the_host_loses_are_numbers_left_out);
  ADD (an_error_of_the_host_s_ends_the_stream);
  ADD (modes_that_stay_while_the_host_is_not_heard_are_not_told);
  ADD (modes_are_not_told_in_part_by_a_host_that_ends_the_session);
  /* It takes ten seconds. */
  if (!g_getenv ("VIRTCAM_SHORT"))
    ADD (modes_that_a_slow_host_takes_long_to_tell_are_all_read);
  ADD (modes_that_change_while_the_host_is_not_heard_are_read);
  ADD (a_silent_host_ends_streamon_with_an_error);
  ADD (a_session_that_a_silent_host_opens_late_is_closed);
  ADD (a_buffer_that_a_slow_host_maps_late_is_unmapped);
  ADD (a_silent_host_lets_a_stream_end);
#define ADD_UNPLUG(name) unplug_add_lent (#name, name)
  ADD_UNPLUG (streamon_that_waits_for_a_silent_host_ends_with_enodev);
  ADD_UNPLUG (a_stream_of_a_silent_host_can_be_unplugged);
  ADD_UNPLUG (a_stream_of_a_dead_host_can_be_unplugged);
  return g_test_run ();
}
