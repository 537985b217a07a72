/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each allocation that a call makes fails in turn: the call says ENOMEM or does
 * without, the same call works right after, and nothing stays behind. What is
 * lost without a trace is for kmemleak to find, when all tests are over.
 */
#include <stdio.h>
#include <string.h>

#include "balance.h"
#include "breaking.h"
#include "faults.h"
#include "stage.h"

/* More than any call makes, so that it can be seen how many there are. */
#define MANY 1000000

#define PLACEHOLDERS 2
#define MOST_OF_A_PLACEHOLDER 8

typedef struct {
  const StageCall *call;
  StageForm form;
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
      call->name, stage_form_get_name (stage->form), figures.tried, allocations,
      step, step == 1 ? "st" : "th", figures.refused, figures.other);
}

static void
run (gconstpointer data)
{
  const Case *tested = data;
  const StageCall *call = tested->call;
  Stage stage = { .form = tested->form, .fd = -1 };
  g_autoptr (Balance) before = balance_take ();
  Fixture fixture = { .log = kernel_log_open () };

  call->open (&stage);
  fail_each (call, &stage);
  call->close (&stage);
  balance_assert (before);
  fixture_finish (&fixture);
}

static void
add (const StageCall *call, StageForm form)
{
  g_autofree char *path =
      g_strdup_printf ("/allocations/each_of_%s_may_fail/%s", call->name,
          stage_form_get_name (form));
  Case *tested = g_new0 (Case, 1);

  tested->call = call;
  tested->form = form;
  g_test_add_data_func_full (path, tested, run, g_free);
}

static void
add_all (const StageCall *calls)
{
  for (; calls->name; calls++)
    for (StageForm form = 0; form < STAGE_FORMS; form++)
      if (calls->forms & 1 << form)
        add (calls, form);
}

/* A worker of the kernel's draws it, any of them. */
static guint8 *
take_placeholder (Reader *reader)
{
  struct v4l2_buffer buffer;
  guint8 *copy;

  reader_stream_on (reader);
  reader_dequeue (reader, &buffer);
  copy = g_memdup2 (reader->data[buffer.index], buffer.bytesused);
  reader_stream_off (reader);
  for (guint i = 0; i < PLACEHOLDERS; i++)
    reader_queue (reader, i);
  return copy;
}

static void
a_placeholder_is_whole_though_each_may_fail (void)
{
  g_autoptr (Balance) before = balance_take ();
  Fixture fixture = { .log = kernel_log_open () };
  TestCamera *camera = test_feed_new ("sizes", "160x120", "timeout", "1", NULL);
  Reader *reader = reader_open (camera->node);
  const gsize size = reader->format.fmt.pix.sizeimage;
  g_autofree guint8 *right = NULL;
  guint failed = 0;

  reader_map (reader, PLACEHOLDERS);
  for (guint i = 0; i < PLACEHOLDERS; i++)
    reader_queue (reader, i);
  right = take_placeholder (reader);
  for (guint nth = 1; nth <= MOST_OF_A_PLACEHOLDER; nth++) {
    g_autofree guint8 *copy = NULL;

    faults_arm_workers (nth);
    copy = take_placeholder (reader);
    failed += faults_disarm_workers ();
    if (memcmp (copy, right, size))
      g_error ("allocation %u failed, and the placeholder is another", nth);
  }
  breaking_figure ("%u allocations of workers failed while they drew a"
                   " placeholder",
      failed);
  g_assert_cmpuint (failed, >, 0);
  reader_close (reader);
  test_camera_free (camera);
  balance_assert (before);
  fixture_finish (&fixture);
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
  add_all (stage_calls);
  add_all (stage_feed_calls);
  g_test_add_func ("/allocations/a_placeholder_is_whole_though_each_may_fail",
      a_placeholder_is_whole_though_each_may_fail);
  result = g_test_run ();
  faults_close ();
  return result;
}
