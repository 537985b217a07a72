/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The machine is suspended as far as a virtual one comes back from, and a
 * camera streams: to idle, until all devices are asleep; to memory, until the
 * second processor is off and the clocks stand still.
 *
 * A guest's root is a device that forgets what was asked of it: afterwards
 * nothing can be read from it that was not read before. So this program is the
 * last of its guest, and has all its memory in place before it begins. It goes
 * one of the ways, the first or that of -p: the second time, there would be
 * tasks that wait for the root for ever and cannot be frozen.
 */
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "breaking.h"
#include "course.h"
#include "knob.h"
#include "unplug.h"

#define PM_TEST "/sys/power/pm_test"

/**
 * Way:
 * @state: where to, as /sys/power/state has it
 * @mem_sleep: which "mem" that is, or NULL
 * @turn: where to turn back: no clock of QEMU's wakes a guest that is idle
 */
typedef struct
{
  const char *state;
  const char *mem_sleep;
  const char *turn;
} Way;

static const Way to_idle = { "freeze", NULL, "platform" };
static const Way to_memory = { "mem", "deep", "core" };

static gboolean
can_suspend (const Way * way)
{
  static gboolean tried;

  if (tried)
    g_test_skip ("wants a guest of its own: -p /suspend/...");
  else if (!knob_offers (PM_TEST, way->turn))
    g_test_skip ("this kernel has no " PM_TEST);
  else if (!knob_offers ("/sys/power/state", way->state) || (way->mem_sleep
          && !knob_offers ("/sys/power/mem_sleep", way->mem_sleep)))
    g_test_skip ("this machine or kernel cannot be suspended so");
  else
    return tried = TRUE;
  return FALSE;
}

static void
suspend (const Way * way)
{
  if (way->mem_sleep)
    knob_set ("/sys/power/mem_sleep", way->mem_sleep);
  knob_set (PM_TEST, way->turn);
  knob_set ("/sys/power/state", way->state);
  knob_set (PM_TEST, "none");
}

static gdouble
read_clock (clockid_t clock)
{
  struct timespec now;

  g_assert_no_errno (clock_gettime (clock, &now));
  return now.tv_sec + now.tv_nsec * 1e-9;
}

static int
call_dequeue (Reader * reader, gpointer data)
{
  reader_dequeue (reader, data);
  return 0;
}

/* Another camera's reader, who waits all the time. */
static void
check_suspend (Fixture * fixture, const Way * way)
{
  g_autoptr (TestCamera) other = test_camera_new (NULL, NULL);
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  g_autoptr (Reader) waiter = reader_open (other->node);
  const gdouble awake = read_clock (CLOCK_MONOTONIC);
  const gdouble all = read_clock (CLOCK_BOOTTIME);
  struct v4l2_buffer buffer;
  BlockedCall *blocked;
  Course course;
  guint missed;
  int error;

  reader_set_interval (reader, 1, 10);
  reader_start (waiter, 1);
  reader_dequeue (waiter, &buffer);
  blocked = blocked_call_start (waiter, call_dequeue, &buffer, SYS_poll);
  course_start (&course, reader, 16);
  suspend (way);
  reader_queue (waiter, 0);
  g_assert_cmpint (blocked_call_join (blocked, &error), ==, 0);
  course_catch_up (&course);
  course_follow (&course, 10);
  missed = course_finish (&course);
  breaking_figure ("%s: CLOCK_MONOTONIC went on by %.1f s of %.1f s, "
      "%u frames, %u skipped", way->state,
      read_clock (CLOCK_MONOTONIC) - awake, read_clock (CLOCK_BOOTTIME) - all,
      course.frames, missed);
}

static void
frames_go_on_after_suspend_to_idle (Fixture * fixture)
{
  if (can_suspend (&to_idle))
    check_suspend (fixture, &to_idle);
}

static void
frames_go_on_after_suspend_to_memory (Fixture * fixture)
{
  if (can_suspend (&to_memory))
    check_suspend (fixture, &to_memory);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
  g_assert_no_errno (mlockall (MCL_CURRENT | MCL_FUTURE));
#define ADD(name) fixture_add ("/suspend/" #name, name)
  ADD (frames_go_on_after_suspend_to_idle);
  ADD (frames_go_on_after_suspend_to_memory);
  return g_test_run ();
}
