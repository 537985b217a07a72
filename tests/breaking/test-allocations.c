/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each allocation that a call makes fails in turn: the call says ENOMEM or does
 * without, the same call works right after, and nothing stays behind. What is
 * lost without a trace is for kmemleak to find, when all tests are over.
 */
#include <stdio.h>

#include "balance.h"
#include "breaking.h"
#include "faults.h"
#include "stage.h"

/* More than any call makes, so that it can be seen how many there are. */
#define MANY 1000000

typedef struct {
  const StageCall *call;
  const char *memory;
} Case;

typedef struct {
  guint tried;
  guint refused;
  guint other;
} Figures;

static void
prepare (const StageCall *call, Stage *stage)
{
  if (call->prepare)
    call->prepare (stage);
}

static void
undo (const StageCall *call, Stage *stage)
{
  if (call->undo)
    call->undo (stage);
}

static guint
count_allocations (const StageCall *call, Stage *stage)
{
  guint left;
  int result;

  prepare (call, stage);
  faults_arm (MANY);
  result = call->call (stage);
  left = faults_disarm ();
  g_assert_no_errno (result);
  undo (call, stage);
  return MANY - left;
}

/* Returns: whether there was such an allocation */
static gboolean
try_nth (const StageCall *call, Stage *stage, guint nth, Figures *figures)
{
  guint left;
  int result;

  prepare (call, stage);
  faults_arm (nth);
  result = call->call (stage);
  left = faults_disarm ();
  if (result < 0) {
    if (left ||
        (errno != ENOMEM && errno != call->also[0] && errno != call->also[1]))
      g_error ("%s, allocation %u: %s", call->name, nth, g_strerror (errno));
    figures->refused++;
    figures->other += errno != ENOMEM;
    g_assert_no_errno (call->call (stage));
  }
  undo (call, stage);
  figures->tried += left == 0;
  return left == 0;
}

/* So far apart that a quick run tries about so many, up to the last one. */
static guint
step_of (guint allocations)
{
  const guint wanted = breaking_times (5, MANY);

  return MAX (1, allocations / wanted);
}

static void
fail_each (const StageCall *call, Stage *stage)
{
  const guint allocations = count_allocations (call, stage);
  const guint step = step_of (allocations);
  guint nth = step > 1 ? 1 + breaking_seed () % step : 1;
  Figures figures = { 0, 0, 0 };

  while (try_nth (call, stage, nth, &figures))
    nth += step;
  breaking_figure ("%s (%s): %u of about %u allocations failed, each %u%s; "
                   "%u calls refused, %u of them not with ENOMEM",
      call->name, stage->memory, figures.tried, allocations, step,
      step == 1 ? "st" : "th", figures.refused, figures.other);
}

static void
run (gconstpointer data)
{
  const Case *tested = data;
  const StageCall *call = tested->call;
  Stage stage = { .memory = tested->memory, .fd = -1 };
  g_autoptr (Balance) before = balance_take ();
  Fixture fixture = { .log = kernel_log_open () };

  call->open (&stage);
  fail_each (call, &stage);
  call->close (&stage);
  balance_assert (before);
  fixture_finish (&fixture);
}

static void
add (const StageCall *call, const char *memory)
{
  g_autofree char *path = g_strdup_printf (
      "/allocations/each_of_%s_may_fail/%s", call->name, memory);
  Case *tested = g_new0 (Case, 1);

  tested->call = call;
  tested->memory = memory;
  g_test_add_data_func_full (path, tested, run, g_free);
}

int
main (int argc, char **argv)
{
  const char *lacking;
  int result;

  fixture_init (argc, argv);
  lacking = faults_open ();
  if (lacking) {
    printf ("1..0 # SKIP %s\n", lacking);
    return 77;
  }
  for (const StageCall *call = stage_calls; call->name; call++) {
    add (call, "vmalloc");
    if (call->memories == 2)
      add (call, "dma-sg");
  }
  result = g_test_run ();
  faults_close ();
  return result;
}
