/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames a second of a camera that is not paced, by the clock on the wall: only
 * the ratio of the two elements means anything, and only side by side. The
 * smallest frames that there are, without even a stamp, so that the element is
 * what there is to wait for. Runs where time is time, on two processors.
 *
 * How much of the time the thread that draws and the process ran is told beside
 * it: where it was the thread that never rested, the figure is the camera's.
 */
#include <gst/gst.h>
#include <unistd.h>

#include "camera.h"
#include "drivers.h"
#include "figure.h"
#include "loop.h"
#include "pipeline.h"

#define ROUNDS 5
#define FIRST 500
#define FRAMES 3000

/* In nanoseconds */
typedef struct {
  gint64 elapsed, drawing, taking;
} Times;

typedef struct {
  const gchar *node;
  guint count;
  int thread;
  Times begin, end;
} Race;

static Times
read_times (const Race *race)
{
  return (Times){
    .elapsed = reader_now (),
    .drawing = instructions_of_thread (race->thread) * NS_PER_INSTRUCTION,
    .taking = instructions_of_process () * NS_PER_INSTRUCTION,
  };
}

/* The thread is there when a frame is. */
static GstPadProbeReturn
count_frame (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Race *race = data;

  if (race->count == FIRST) {
    g_autofree gchar *name = loop_thread_name ("virtcam", race->node);

    race->thread = thread_open (name);
    race->begin = read_times (race);
  }
  if (race->count == FIRST + FRAMES)
    race->end = read_times (race);
  race->count++;
  return GST_PAD_PROBE_OK;
}

static void
tell (const gchar *element, const Times *begin, const Times *end)
{
  gdouble elapsed = end->elapsed - begin->elapsed;

  g_print ("%s: %.0f frames a second; drawing ran %.0f %% of the time, the "
           "process %.0f %%\n",
      element, FRAMES * 1e9 / elapsed,
      100 * (end->drawing - begin->drawing) / elapsed,
      100 * (end->taking - begin->taking) / elapsed);
}

static gdouble
frames_per_second (const gchar *element, const gchar *node)
{
  g_autoptr (GstElement) pipeline = pipeline_new (
      "%s name=source device=%s num-buffers=%u ! fakesink sync=false", element,
      node, FIRST + FRAMES + 1);
  g_autoptr (GstPad) pad = pipeline_get_pad (pipeline, "source", "src");
  Race race = { .node = node };

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, count_frame, &race, NULL);
  pipeline_play_to_the_end (pipeline);
  close (race.thread);
  tell (element, &race.begin, &race.end);
  return FRAMES * 1e9 / (race.end.elapsed - race.begin.elapsed);
}

int
main (int argc, char **argv)
{
  g_autoptr (TestCamera) camera = NULL;
  gdouble ours = 0, theirs = 0;

  gst_init (&argc, &argv);
  drivers_need_virtcam ();
  camera = test_camera_new (
      "formats", "YUYV", "sizes", "16x16", "pacing", "none", NULL);
  test_camera_settle ();
  for (guint i = 0; i < ROUNDS; i++) {
    ours = MAX (ours, frames_per_second ("virtcamsrc", camera->node));
    theirs = MAX (theirs, frames_per_second ("v4l2src", camera->node));
  }
  figure_print (ours, "wall/virtcamsrc");
  figure_print (theirs, "wall/v4l2src");
  return 0;
}
