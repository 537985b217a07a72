/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a frame costs that one pipeline gives to a camera and another takes from
 * it, both in this process: videotestsrc ! virtcamsink and virtcamsrc ! fakesink,
 * beside v4l2sink and v4l2src on v4l2loopback, and beside videotestsrc ! fakesink,
 * which draws the frame and paces it.
 */
#include <gst/gst.h>

#include "drivers.h"
#include "feeder.h"
#include "figure.h"
#include "loopback.h"
#include "pair.h"
#include "pipeline.h"

#define FRAMES 300
/* Its default: with more, v4l2src gets one that it has not queued, and fails. */
#define LOOPBACK_BUFFERS 2
#define PICTURE \
  "videotestsrc is-live=true ! " \
  "video/x-raw,format=YUY2,width=320,height=240,framerate=30/1 ! "

typedef struct {
  const Fed *fed;
  const gchar *source, *sink;
} Elements;

static gint64
cost_of_viewing (gpointer data, guint frames)
{
  const Elements *elements = data;
  g_autoptr (GstElement) viewer =
      pipeline_new ("%s device=%s num-buffers=%u ! fakesink", elements->source,
          elements->fed->capture, frames);
  gint64 before = instructions_of_process ();

  pipeline_play_to_the_end (viewer);
  return instructions_of_process () - before;
}

static gint64
cost_of_drawing (gpointer data, guint frames)
{
  g_autoptr (GstElement) pipeline =
      pipeline_new (PICTURE "fakesink sync=true num-buffers=%u", frames);
  gint64 before = instructions_of_process ();

  pipeline_play_to_the_end (pipeline);
  return instructions_of_process () - before;
}

static gint64
counted (const Fed *fed, guint32 id)
{
  g_autoptr (Reader) output = reader_open (fed->output);

  return reader_get_control (output, id);
}

static void
measure_driver (Elements elements, const gchar *driver)
{
  g_autoptr (Fed) fed = fed_new (driver, LOOPBACK_BUFFERS);
  g_autoptr (GstElement) producer =
      pipeline_new (PICTURE "%s device=%s", elements.sink, fed->output);

  elements.fed = fed;
  gst_element_set_state (producer, GST_STATE_PLAYING);
  if (gst_element_get_state (producer, NULL, NULL, GST_CLOCK_TIME_NONE) !=
      GST_STATE_CHANGE_SUCCESS)
    g_error ("%s does not play", elements.sink);
  figure_print (pipeline_cost_of_frame (cost_of_viewing, &elements, FRAMES),
      "feed-pipeline/%s", driver);
  if (fed->feed)
    figure_print ((gdouble) counted (fed, FEEDER_COPIES) /
                      counted (fed, FEEDER_FRAMES_OUT),
        "feed-pipeline/copies");
  gst_element_set_state (producer, GST_STATE_NULL);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  drivers_need_virtcam ();
  figure_print (pipeline_cost_of_frame (cost_of_drawing, NULL, FRAMES),
      "feed-pipeline/drawing");
  measure_driver (
      (Elements){ .source = "virtcamsrc", .sink = "virtcamsink" }, "virtcam");
  if (loopback_available ())
    measure_driver (
        (Elements){ .source = "v4l2src", .sink = "v4l2sink" }, "v4l2loopback");
  return 0;
}
