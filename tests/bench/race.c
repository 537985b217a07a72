/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames a second of a camera that is not paced, by the clock on the wall: only
 * the ratio of the two elements means anything, and only side by side. Small
 * frames, so that the element is what there is to wait for. Runs where time is
 * time, on two processors.
 */
#include <gst/gst.h>

#include "camera.h"
#include "drivers.h"
#include "figure.h"
#include "pipeline.h"

#define ROUNDS 5
#define FIRST 200
#define FRAMES 1500

typedef struct {
  guint count;
  gint64 begin, end;
} Race;

static GstPadProbeReturn
count_frame (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Race *race = data;

  if (race->count == FIRST)
    race->begin = g_get_monotonic_time ();
  if (race->count == FIRST + FRAMES)
    race->end = g_get_monotonic_time ();
  race->count++;
  return GST_PAD_PROBE_OK;
}

static gdouble
frames_per_second (const gchar *element, const gchar *node)
{
  g_autoptr (GstElement) pipeline = pipeline_new (
      "%s name=source device=%s num-buffers=%u ! fakesink sync=false", element,
      node, FIRST + FRAMES + 1);
  g_autoptr (GstPad) pad = pipeline_get_pad (pipeline, "source", "src");
  Race race = { 0 };

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, count_frame, &race, NULL);
  pipeline_play_to_the_end (pipeline);
  return FRAMES * 1e6 / (race.end - race.begin);
}

int
main (int argc, char **argv)
{
  g_autoptr (TestCamera) camera = NULL;
  gdouble ours = 0, theirs = 0;

  gst_init (&argc, &argv);
  drivers_need_virtcam ();
  camera = test_camera_new (
      "formats", "YUYV", "sizes", "64x64", "pacing", "none", NULL);
  test_camera_settle ();
  for (guint i = 0; i < ROUNDS; i++) {
    ours = MAX (ours, frames_per_second ("virtcamsrc", camera->node));
    theirs = MAX (theirs, frames_per_second ("v4l2src", camera->node));
  }
  figure_print (ours, "wall/virtcamsrc");
  figure_print (theirs, "wall/v4l2src");
  return 0;
}
