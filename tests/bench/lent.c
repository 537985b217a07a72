/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a frame of a camera that the virtual machine's host lends costs the guest, and
 * how often the host copies it; what the pattern camera's costs, without its drawing.
 * The hosts are two tests/bench/lend: the second one's frames are in memory of its own.
 */
#include <string.h>

#include "figure.h"
#include "leftover.h"
#include "lend.h"
#include "lent.h"
#include "tracer.h"

/* So many that one is always there to be written into */
#define BUFFERS 8
#define FIRST 20
#define FRAMES 200

static Reader *
start (const TestCamera *camera)
{
  Reader *reader = reader_open (camera->node);

  reader_set_format (reader, V4L2_PIX_FMT_YUYV, LEND_WIDTH, LEND_HEIGHT, 0);
  reader_start (reader, BUFFERS);
  return reader;
}

static LendNote
note_after (Reader *reader, guint count)
{
  struct v4l2_buffer buffer;
  LendNote note;

  do {
    reader_dequeue (reader, &buffer);
    memcpy (&note, reader->data[buffer.index], sizeof (note));
    reader_queue (reader, buffer.index);
  } while (--count);
  return note;
}

static void
measure_copies (guint number, const char *name)
{
  TestCamera *camera = lent_new (number);
  g_autoptr (Reader) reader = start (camera);
  const LendNote first = note_after (reader, FIRST);
  const LendNote last = note_after (reader, FRAMES);

  figure_print (
      (double) (last.copied - first.copied) / (last.given - first.given),
      "lent/copies/%s", name);
  lent_free (camera);
}

/* Returns the nanoseconds between two frames. */
static gint64
measure_lent (Leftover *leftover, const char *memory)
{
  gint64 interval;
  TestCamera *camera;
  g_autoptr (Reader) reader = NULL;

  lent_load (memory);
  camera = lent_new (0);
  reader = start (camera);
  note_after (reader, FIRST);
  figure_print (leftover_of_frames (leftover, reader, &interval),
      "lent/frame/%s", memory);
  lent_free (camera);
  return interval;
}

static void
measure_pattern (Leftover *leftover, gint64 interval)
{
  g_autofree char *text =
      g_strdup_printf ("1/%" G_GINT64_FORMAT, 1000000000 / interval);
  g_autoptr (TestCamera) camera =
      test_camera_new ("sizes", "640x360", "intervals", text, NULL);
  g_autoptr (Reader) reader = NULL;
  double all;

  test_camera_settle ();
  reader = start (camera);
  all = leftover_of_frames (leftover, reader, &interval);
  figure_print (all - tracer_instructions_to_draw (
                          reader, "pattern_draw:mod:virtcam", FRAMES),
      "lent/frame/pattern");
}

int
main (void)
{
  Leftover *leftover;
  gint64 interval;

  lent_init ();
  figure_print (2.0 * LEND_WIDTH * LEND_HEIGHT / 8, "lent/copy");
  measure_copies (0, "pool");
  measure_copies (1, "own");
  leftover = leftover_new ();
  interval = measure_lent (leftover, "pages");
  measure_lent (leftover, "mmap");
  measure_pattern (leftover, interval);
  leftover_free (leftover);
  return 0;
}
