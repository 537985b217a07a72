/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The machine's tasks are frozen, its processors come and go, its clocks are
 * set, and a camera streams. For the whole way to sleep see test-suspend.c.
 */
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "breaking.h"
#include "course.h"
#include "knob.h"
#include "unplug.h"

#define PM_TEST "/sys/power/pm_test"
#define PM_TEST_DELAY "/sys/module/suspend/parameters/pm_test_delay"
#define CPU "/sys/devices/system/cpu/cpu1/online"
#define SECOND G_GUINT64_CONSTANT (1000000000)
#define YEAR ((gint64) 365 * 24 * 3600)

static Reader *
open_small (Fixture * fixture, guint frames, guint seconds)
{
  Reader *reader = reader_open (fixture->camera->node);

  reader_set_format (reader, V4L2_PIX_FMT_GREY, 160, 120, 0);
  reader_set_interval (reader, seconds, frames);
  return reader;
}

/* Suspend to idle, but for the devices: where the guest's root is a device's,
 * that would not come back. */
static gboolean
can_freeze (void)
{
  if (knob_offers (PM_TEST, "freezer"))
    return TRUE;
  g_test_skip ("this kernel has no " PM_TEST);
  return FALSE;
}

static void
freeze_for (guint seconds)
{
  g_autofree char *delay = g_strdup_printf ("%u", seconds);

  knob_set (PM_TEST_DELAY, delay);
  knob_set (PM_TEST, "freezer");
  knob_set ("/sys/power/state", "freeze");
  knob_set (PM_TEST, "none");
}

/* There would be buffers for more than three seconds. The kernel's own pause
 * is not exact, so what it lasted is measured. */
static void
nothing_is_drawn_while_the_machine_sleeps (Fixture * fixture)
{
  Course course;
  g_autoptr (Reader) reader = NULL;
  guint64 asleep;
  guint missed;

  if (!can_freeze ())
    return;
  reader = open_small (fixture, 10, 1);
  course_start (&course, reader, 32);
  asleep = reader_now ();
  freeze_for (4);
  asleep = reader_now () - asleep;
  g_assert_cmpuint (asleep, >=, 3 * reader_frames_to_ns (reader, 1));
  course_catch_up (&course);
  g_assert_cmpuint (course.longest, >=, asleep / 2);
  missed = course_finish (&course);
  breaking_figure ("asleep for %.1f s: no frame for %.1f s, %u numbers skipped",
      asleep * 1e-9, course.longest * 1e-9, missed);
}

static void
frames_go_on_after_each_of_many_suspends (Fixture * fixture)
{
  const guint times = breaking_times (5, 100);
  Course course;
  g_autoptr (Reader) reader = NULL;
  guint missed;

  if (!can_freeze ())
    return;
  reader = open_small (fixture, 50, 1);
  course_start (&course, reader, 4);
  for (guint i = 0; i < times; i++) {
    freeze_for (0);
    course_catch_up (&course);
  }
  missed = course_finish (&course);
  breaking_figure ("%u suspends up to the devices, %u frames, %u skipped",
      times, course.frames, missed);
}

static void
a_stream_starts_and_stops_around_each_suspend (Fixture * fixture)
{
  const guint times = breaking_times (3, 50);
  g_autoptr (Reader) reader = NULL;

  if (!can_freeze ())
    return;
  reader = open_small (fixture, 50, 1);
  for (guint i = 0; i < times; i++) {
    Course course;

    course_start (&course, reader, 4);
    freeze_for (0);
    course_finish (&course);
    reader_unmap (reader);
  }
  breaking_figure ("%u streams stopped by the first call after a suspend",
      times);
}

static int
call_poll (Reader * reader, gpointer data)
{
  struct pollfd *wait = data;

  *wait = (struct pollfd) {.fd = reader->fd,.events = POLLIN };
  return poll (wait, 1, -1);
}

/* Who waits has no buffer with the camera, so nothing can end it too soon. */
static void
check_blocked (Fixture * fixture, CallFunction call, gpointer data, long number,
    int expected)
{
  g_autoptr (Reader) reader = NULL;
  struct v4l2_buffer buffer;
  BlockedCall *blocked;
  int error;

  if (!can_freeze ())
    return;
  reader = open_small (fixture, 50, 1);
  reader_start (reader, 1);
  reader_dequeue (reader, &buffer);
  blocked = blocked_call_start (reader, call, data, number);
  freeze_for (0);
  reader_queue (reader, buffer.index);
  g_assert_cmpint (blocked_call_join (blocked, &error), ==, expected);
}

static void
a_blocked_dqbuf_gets_its_frame_after_the_suspend (Fixture * fixture)
{
  struct v4l2_buffer buffer;

  check_blocked (fixture, call_dqbuf, &buffer, SYS_ioctl, 0);
}

static void
a_blocked_poll_gets_its_frame_after_the_suspend (Fixture * fixture)
{
  struct pollfd wait = { 0 };

  check_blocked (fixture, call_poll, &wait, SYS_poll, 1);
  g_assert_cmphex (wait.revents & (POLLIN | POLLERR | POLLHUP), ==,
      wait.fd ? POLLIN : 0);
}

static int
call_read (Reader * reader, gpointer data)
{
  return (int) read (reader->fd, data, reader->format.fmt.pix.sizeimage);
}

/* The next frame is due five seconds after the one before. */
static void
a_blocked_read_gets_its_frame_after_the_suspend (Fixture * fixture)
{
  g_autoptr (TestCamera) camera = test_camera_new ("intervals", "5/1", NULL);
  g_autoptr (Reader) reader = reader_open (camera->node);
  const guint size = reader->format.fmt.pix.sizeimage;
  g_autofree guint8 *data = g_malloc (size);
  BlockedCall *blocked;
  int error;

  (void) fixture;
  if (!can_freeze ())
    return;
  g_assert_cmpint (read (reader->fd, data, size), ==, size);
  blocked = blocked_call_start (reader, call_read, data, SYS_read);
  freeze_for (0);
  g_assert_cmpint (blocked_call_join (blocked, &error), ==, size);
  g_assert_cmpuint (reader_stamp (reader, data).sequence, >=, 1);
}

/* What ends a suspend finds it asleep, and is no buffer. */
static void
an_unpaced_stream_waits_on_for_a_buffer_after_the_suspend (Fixture * fixture)
{
  const guint times = breaking_times (3, 50);
  g_autoptr (TestCamera) camera = test_camera_new ("pacing", "none", NULL);
  g_autoptr (Reader) reader = reader_open (camera->node);

  (void) fixture;
  if (!can_freeze ())
    return;
  reader_start (reader, 1);
  for (guint i = 0; i < times; i++) {
    struct pollfd wait = {.fd = reader->fd,.events = POLLIN };
    struct v4l2_buffer buffer;

    reader_dequeue (reader, &buffer);
    g_assert_cmpuint (buffer.sequence, ==, i);
    freeze_for (0);
    g_assert_cmpint (poll (&wait, 1, 0), ==, 0);
    reader_queue (reader, buffer.index);
  }
  g_assert_cmpint (reader_get_control (reader, READER_FRAMES_DROPPED), ==, 0);
}

/* The tasks are frozen while it draws, too: it always has buffers. */
static gpointer
pass_frames (gpointer data)
{
  Reader *reader = data;
  struct v4l2_buffer buffer;
  guint sequence = 0;

  while (call_dqbuf (reader, &buffer) == 0) {
    g_assert_cmpuint (buffer.sequence, ==, sequence++);
    if (ioctl (reader->fd, VIDIOC_QBUF, &buffer) < 0)
      break;
  }
  return NULL;
}

static void
a_busy_unpaced_stream_sleeps_with_the_machine (Fixture * fixture)
{
  const guint times = breaking_times (3, 50);
  g_autoptr (TestCamera) camera = test_camera_new ("pacing", "none", NULL);
  g_autoptr (Reader) reader = reader_open (camera->node);
  GThread *thread;

  (void) fixture;
  if (!can_freeze ())
    return;
  reader_start (reader, 8);
  thread = g_thread_new ("frames", pass_frames, reader);
  for (guint i = 0; i < times; i++) {
    gint64 seen;

    freeze_for (0);
    seen = reader_get_control (reader, READER_FRAMES_CAPTURED);
    while (reader_get_control (reader, READER_FRAMES_CAPTURED) < seen + 20)
      sched_yield ();
  }
  reader_stream_off (reader);
  g_thread_join (thread);
}

/* The kernel's thread that draws for a node. */
static pid_t
find_thread (const char *node)
{
  g_autofree char *base = g_path_get_basename (node);
  g_autofree char *wanted = g_strdup_printf ("virtcam-%s\n", base);
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (proc))) {
    g_autofree char *path = g_strdup_printf ("/proc/%s/comm", name);
    g_autofree char *comm = NULL;

    if (g_ascii_isdigit (name[0]) &&
        g_file_get_contents (path, &comm, NULL, NULL) &&
        g_str_equal (comm, wanted))
      return atoi (name);
  }
  g_error ("no thread draws for %s", node);
}

/* The thread is put on the processor that goes, each time. */
static void
frames_go_on_while_processors_come_and_go (Fixture * fixture)
{
  const guint times = breaking_times (5, 100);
  g_autoptr (Reader) reader = NULL;
  cpu_set_t second;
  Course course;
  pid_t thread;
  guint missed;

  if (access (CPU, W_OK) < 0) {
    g_test_skip ("no second processor that can be switched off");
    return;
  }
  reader = open_small (fixture, 50, 1);
  course_start (&course, reader, 4);
  thread = find_thread (fixture->camera->node);
  CPU_ZERO (&second);
  CPU_SET (1, &second);
  for (guint i = 0; i < times; i++) {
    g_assert_no_errno (sched_setaffinity (thread, sizeof (second), &second));
    course_catch_up (&course);
    knob_set (CPU, "0");
    course_catch_up (&course);
    knob_set (CPU, "1");
  }
  missed = course_finish (&course);
  breaking_figure ("a processor went and came %u times: %u frames, %u skipped",
      times, course.frames, missed);
}

static gint64
read_clock (clockid_t clock)
{
  struct timespec now;

  g_assert_no_errno (clock_gettime (clock, &now));
  return now.tv_sec;
}

static void
set_clock (gint64 seconds)
{
  const struct timespec now = {.tv_sec = seconds };

  g_assert_no_errno (clock_settime (CLOCK_REALTIME, &now));
}

/* Ticks of 1/100 s are made longer or shorter by up to a tenth. */
static void
set_rate (long tick_us)
{
  struct timex change = {.modes = ADJ_TICK,.tick = tick_us };

  g_assert_cmpint (adjtimex (&change), >=, 0);
}

static void
set_clocks_at_random (Course * course, guint times)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (breaking_seed ());

  for (guint i = 0; i < times; i++) {
    set_clock (YEAR + (gint64) g_rand_double_range (random, 0, 200. * YEAR));
    set_rate (g_rand_int_range (random, 9000, 11001));
    course_follow (course, 3);
  }
}

static void
clock_changes_move_no_timestamp (Fixture * fixture)
{
  const guint times = breaking_times (20, 1000);
  const gint64 offset = read_clock (CLOCK_REALTIME) -
      read_clock (CLOCK_BOOTTIME);
  g_autoptr (Reader) reader = open_small (fixture, 50, 1);
  Course course;
  guint missed;

  course_start (&course, reader, 4);
  set_clocks_at_random (&course, times);
  set_rate (10000);
  set_clock (offset + read_clock (CLOCK_BOOTTIME));
  course_catch_up (&course);
  missed = course_finish (&course);
  breaking_figure ("the clock was set %u times within 200 years: %u frames, "
      "%u skipped, no timestamp off by a microsecond", times, course.frames,
      missed);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add ("/power/" #name, name)
  ADD (nothing_is_drawn_while_the_machine_sleeps);
  ADD (frames_go_on_after_each_of_many_suspends);
  ADD (a_stream_starts_and_stops_around_each_suspend);
  ADD (a_blocked_dqbuf_gets_its_frame_after_the_suspend);
  ADD (a_blocked_poll_gets_its_frame_after_the_suspend);
  ADD (a_blocked_read_gets_its_frame_after_the_suspend);
  ADD (an_unpaced_stream_waits_on_for_a_buffer_after_the_suspend);
  ADD (a_busy_unpaced_stream_sleeps_with_the_machine);
  ADD (frames_go_on_while_processors_come_and_go);
  ADD (clock_changes_move_no_timestamp);
  return g_test_run ();
}
