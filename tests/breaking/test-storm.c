/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The unplug storm: cameras are taken away, in one way after the other and at a
 * moment that nobody can foresee, while four programs use them in all the ways
 * there are. No call may hang or give an answer that docs/lifetimes.md does not
 * know, and afterwards nothing is left. At a feed, two of the four are producers.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "breaking.h"
#include "knob.h"
#include "storm-callers.h"
#include "storm-remains.h"
#include "storm-ways.h"

#define QUICK 48
#define FULL 2000
#define QUICK_FED 24
#define FULL_FED 1000

/* What a kernel and its programs keep from the first time on is not a leak. */
#define WARM_UP 8

/* A call returns within a second; all of them are slower under KASAN, which
 * looks at every access to memory: some three to five times. */
#define LIMIT_US G_GINT64_CONSTANT (1000000)
#define KASAN_FACTOR 4

/* A camera is taken away after as many calls that did something, at most. */
#define MOST_STEPS (80 * STORM_STEPS)

typedef struct {
  StormStage stage;
  StormCallers *callers;
  GRand *random;
  gint64 limit_us;
  gint64 longest_take;
  guint refused, removed;
} Storm;

static gboolean
has_kasan (void)
{
  g_autofree char *symbols = NULL;

  return g_file_get_contents ("/proc/kallsyms", &symbols, NULL, NULL) &&
         strstr (symbols, " kasan_report\n");
}

/* Frames are drawn into these; the camera that they come from is gone. */
static void
make_imports (StormStage *stage)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Reader) reader = reader_open (camera->node);

  reader_map (reader, 2 * STORM_BUFFERS);
  for (guint i = 0; i < 2 * STORM_BUFFERS; i++) {
    struct v4l2_exportbuffer export = {
      .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
      .index = i,
      .flags = O_RDWR | O_CLOEXEC,
    };

    g_assert_no_errno (ioctl (reader->fd, VIDIOC_EXPBUF, &export));
    stage->imports[i] = export.fd;
    stage->pictures[i] = mmap (NULL, reader->length[i], PROT_READ | PROT_WRITE,
        MAP_SHARED, export.fd, 0);
    g_assert_true (stage->pictures[i] != MAP_FAILED);
  }
}

static Storm *
storm_new (gboolean fed)
{
  Storm *storm = g_new0 (Storm, 1);

  storm->random = g_rand_new_with_seed (breaking_seed ());
  storm->limit_us = has_kasan () ? LIMIT_US * KASAN_FACTOR : LIMIT_US;
  storm->stage.fed = fed;
  storm->stage.board = storm_board_new ();
  make_imports (&storm->stage);
  storm->callers = storm_callers_new (&storm->stage);
  return storm;
}

static void
storm_free (Storm *storm)
{
  storm_callers_free (storm->callers);
  storm_board_free (storm->stage.board);
  g_rand_free (storm->random);
  g_free (storm);
}

/* In every other forty rounds the first caller has begun before the others
 * may, so that each action meets each way; in the rest whoever comes first. */
static void
start_callers (Storm *storm, guint round)
{
  const gboolean fed = storm->stage.fed;
  const guint count = storm_action_count (fed);
  const guint first = round / storm_way_count () % count;
  const gboolean led = round / (storm_way_count () * count) % 2 == 0;

  for (guint i = 0; i < STORM_CALLERS; i++) {
    storm_callers_start (storm->callers, i, storm_action_choose (fed, first, i),
        g_rand_int (storm->random));
    if (led && i == 0)
      storm_callers_await_reached (storm->callers, 0);
  }
  if (fed)
    storm_callers_await_reached (storm->callers, STORM_CALLERS - 1);
}

/* Returns: whether the camera has gone already */
static gboolean
await_moment (Storm *storm, guint way, StormPrey *prey)
{
  StormBoard *board = storm->stage.board;
  /* A killer of a feed that has killed has taken most of the steps already. */
  const guint begin = storm->stage.fed ? storm_board_count_steps (board) : 0;
  const guint moment =
      begin + (guint) g_rand_int_range (storm->random, 0, MOST_STEPS);
  const guint attack =
      begin + (guint) g_rand_int_range (storm->random, 0, MOST_STEPS);
  guint steps;

  while ((steps = storm_board_count_steps (board)) < moment) {
    if (steps >= attack && storm_way_attack (way, prey, board))
      return TRUE;
    sched_yield ();
  }
  return FALSE;
}

static void
take_away (Storm *storm, guint way, StormPrey *prey)
{
  StormBoard *board = storm->stage.board;
  gint64 begin;

  if (!await_moment (storm, way, prey)) {
    storm_board_set_phase (board, STORM_LEAVING);
    begin = g_get_monotonic_time ();
    storm_way_take (way, prey);
    storm->longest_take =
        MAX (storm->longest_take, g_get_monotonic_time () - begin);
  }
  storm_board_set_phase (board, STORM_GONE);
  storm_callers_tell_gone (storm->callers);
}

static void
assert_all_ended (Storm *storm)
{
  g_autofree char *hung =
      storm_callers_await_end (storm->callers, storm->limit_us);
  g_autofree char *fault = storm_board_find_fault (storm->stage.board);

  if (hung)
    g_error ("%" G_GINT64_FORMAT " us after the camera was gone %s",
        storm->limit_us, hung);
  if (fault)
    g_error ("%s", fault);
}

static void
blow (Storm *storm, guint round)
{
  const guint way = round % storm_way_count ();
  StormPrey prey = { .fed = storm->stage.fed };

  storm_way_make (way, &prey, round / storm_way_count () % 2);
  storm_board_begin (
      storm->stage.board, prey.camera->node, prey.camera->output);
  start_callers (storm, round);
  take_away (storm, way, &prey);
  assert_all_ended (storm);
  storm_way_finish (way, &prey);
  storm->refused += prey.refused;
  storm->removed += prey.removed;
}

static void
blow_often (Storm *storm, guint rounds)
{
  for (guint round = 0; round < rounds; round++)
    blow (storm, round);
}

static void
print_figures (Storm *storm, guint cameras)
{
  breaking_figure ("%u cameras were taken away by unbind, disable, rmdir and"
                   " rmmod in turn",
      cameras);
  breaking_figure ("rmmod was refused %u times while a camera was in use, and"
                   " took one away itself %u times",
      storm->refused, storm->removed);
  breaking_figure ("a call returned at most %" G_GINT64_FORMAT
                   " us after its camera was gone (limit %" G_GINT64_FORMAT "),"
                   " taking it away took at most %" G_GINT64_FORMAT " us",
      storm_board_get_longest (storm->stage.board), storm->limit_us,
      storm->longest_take);
  breaking_figure (
      "%u programs were killed", storm_board_count_kills (storm->stage.board));
  storm_board_print (storm->stage.board);
}

static void
assert_nothing_left (StormRemains *before, guint cameras)
{
  g_autoptr (StormRemains) after = storm_remains_count ();
  g_autofree char *difference = storm_remains_compare (before, after, cameras);

  if (difference)
    g_error ("%u cameras came and went, and %s", cameras, difference);
}

/* As documented is: within a second, and with an answer of the table. */
static void
run_storm (gboolean fed, guint rounds)
{
  g_autoptr (StormRemains) before = NULL;
  Storm *storm;

  test_camera_settle ();
  storm = storm_new (fed);
  blow_often (storm, WARM_UP);
  before = storm_remains_count ();
  blow_often (storm, rounds);
  print_figures (storm, rounds);
  assert_nothing_left (before, rounds);
  storm_free (storm);
}

static void
every_call_returns_as_documented_and_nothing_is_left (Fixture *fixture)
{
  (void) fixture;
  run_storm (FALSE, breaking_times (QUICK, FULL));
}

static void
no_producer_and_no_viewer_of_a_feed_waits_for_the_other (Fixture *fixture)
{
  (void) fixture;
  run_storm (TRUE, breaking_times (QUICK_FED, FULL_FED));
}

/* The kernel would have it look for a driver of a node that has gone, and whoever
 * opens that would wait. */
static void
do_without_modprobe (void)
{
  knob_set ("/proc/sys/kernel/modprobe", "\n");
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
  if (fixture_driver_references () != 0) {
    printf ("1..0 # SKIP virtcam is in use, and this test unloads it\n");
    return 77;
  }
  do_without_modprobe ();
  fixture_add_without_camera (
      "/storm/every_call_returns_as_documented_and_nothing_is_left",
      every_call_returns_as_documented_and_nothing_is_left);
  fixture_add_without_camera (
      "/storm/no_producer_and_no_viewer_of_a_feed_waits_for_the_other",
      no_producer_and_no_viewer_of_a_feed_waits_for_the_other);
  return g_test_run ();
}
