/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "leftover.h"

#include <sched.h>

#include "figure.h"
#include "loop.h"

/* Of each the quietest is what counts: something else may happen meanwhile. */
#define ROUNDS 4
#define FRAMES 200
#define QUIET_US 500000

struct _Leftover {
  GThread *thread;
  gint ends;
  guint64 turns;
  double each; /* instructions of a turn, with its part of the timer's ticks */
};

static gpointer
take_what_is_left (gpointer data)
{
  Leftover *leftover = data;
  const struct sched_param none = { 0 };

  g_assert_no_errno (sched_setscheduler (0, SCHED_IDLE, &none));
  while (!g_atomic_int_get (&leftover->ends)) {
    guint count = 1000;

    while (count--)
      __asm__ volatile("" : "+r"(count));
    __atomic_add_fetch (&leftover->turns, 1, __ATOMIC_RELAXED);
  }
  return NULL;
}

typedef struct {
  guint64 turns;
  gint64 time;
} Moment;

static Moment
moment_now (const Leftover *leftover)
{
  return (Moment){ __atomic_load_n (&leftover->turns, __ATOMIC_RELAXED),
    reader_now () };
}

static void
calibrate (Leftover *leftover)
{
  for (guint i = 0; i < ROUNDS; i++) {
    const Moment begin = moment_now (leftover);
    Moment end;
    double each;

    g_usleep (QUIET_US);
    end = moment_now (leftover);
    each = (double) (end.time - begin.time) / NS_PER_INSTRUCTION /
           (end.turns - begin.turns);
    leftover->each = i ? MIN (leftover->each, each) : each;
  }
}

Leftover *
leftover_new (void)
{
  Leftover *leftover = g_new0 (Leftover, 1);

  leftover->thread = g_thread_new ("leftover", take_what_is_left, leftover);
  calibrate (leftover);
  return leftover;
}

void
leftover_free (Leftover *leftover)
{
  g_atomic_int_set (&leftover->ends, 1);
  g_thread_join (leftover->thread);
  g_free (leftover);
}

double
leftover_of_frames (Leftover *leftover, Reader *reader, gint64 *interval)
{
  double least = G_MAXDOUBLE;

  *interval = G_MAXINT64;

  for (guint i = 0; i < ROUNDS; i++) {
    const Moment begin = moment_now (leftover);
    Moment end;

    loop_frames (reader, FRAMES);
    end = moment_now (leftover);
    *interval = MIN (*interval, (end.time - begin.time) / FRAMES);
    least = MIN (least, (double) (end.time - begin.time) / NS_PER_INSTRUCTION -
                            (end.turns - begin.turns) * leftover->each);
  }
  return least / FRAMES;
}
