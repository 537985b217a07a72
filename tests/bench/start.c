/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What it costs to start: instructions of the process from NULL to the first
 * buffer pushed, and the ioctls until then but QBUF and DQBUF, of virtcamsrc and
 * v4l2src on the same node with the same caps. The ioctls are counted in a life
 * of their own, because telling them costs.
 */
#include <gst/gst.h>

#include "camera.h"
#include "drivers.h"
#include "figure.h"
#include "ioctls.h"
#include "pipeline.h"
#include "rig.h"
#include "vivid.h"

#define ROUNDS 3

static const struct {
  const gchar *name, *caps;
} filters[] = {
  { "any", "video/x-raw" },
  { "mode", "video/x-raw,format=YUY2,width=640,height=480,framerate=25/1" },
  { "size", "video/x-raw,width=640,height=480,framerate=25/1" },
};

typedef struct {
  gint64 first_buffer;
  Ioctls *ioctls; /* to be counted, or NULL */
  guint n_ioctls;
  GMutex lock;
  GCond arrived;
} Arrival;

static GstPadProbeReturn
note_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Arrival *arrival = data;
  gint64 now = instructions_of_process ();

  if (arrival->ioctls)
    arrival->n_ioctls = ioctls_count (arrival->ioctls, NULL);
  g_mutex_lock (&arrival->lock);
  arrival->first_buffer = now;
  g_cond_signal (&arrival->arrived);
  g_mutex_unlock (&arrival->lock);
  return GST_PAD_PROBE_REMOVE;
}

/* Nothing to compare where one of them fails. */
static GstBusSyncReply
stop_at_error (GstBus *bus, GstMessage *message, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    gst_message_parse_error (message, &error, &debug);
    g_error ("%s (%s)", error->message, debug);
  }
  return GST_BUS_PASS;
}

static GstElement *
make_pipeline (const gchar *element, const gchar *node, const gchar *filter)
{
  GstElement *pipeline = pipeline_new (
      "%s name=source device=%s ! capsfilter caps=%s ! fakesink sync=false",
      element, node, filter);
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);

  gst_bus_set_sync_handler (bus, stop_at_error, NULL, NULL);
  return pipeline;
}

static void
wait_for_buffer (Arrival *arrival)
{
  g_mutex_lock (&arrival->lock);
  while (arrival->first_buffer == 0)
    g_cond_wait (&arrival->arrived, &arrival->lock);
  g_mutex_unlock (&arrival->lock);
}

static void
watch_for_buffer (GstElement *pipeline, Arrival *arrival)
{
  g_autoptr (GstPad) pad = pipeline_get_pad (pipeline, "source", "src");

  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, note_buffer, arrival, NULL);
}

/* One life of a pipeline of its own. A thread of GStreamer's that continues the
 * change of state may have the last reference: what it does then is not to be
 * counted with the next life.
 * Returns: instructions until the first buffer */
static gint64
start (const gchar *element, const gchar *node, const gchar *filter,
    Arrival *arrival)
{
  GstElement *pipeline = make_pipeline (element, node, filter);
  gint64 before;

  watch_for_buffer (pipeline, arrival);
  before = instructions_of_process ();
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  wait_for_buffer (arrival);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  rig_unref_last (pipeline);
  return arrival->first_buffer - before;
}

static guint
count_ioctls (const gchar *element, const gchar *node, const gchar *filter)
{
  g_autoptr (Ioctls) ioctls = ioctls_watch (node);
  Arrival arrival = { .ioctls = ioctls };

  start (element, node, filter, &arrival);
  return arrival.n_ioctls;
}

/* The first life, that of the ioctls, pays for what GLib and GStreamer do once in
 * a process. What else the guest has to do falls into some of the others. */
static void
measure (const gchar *device, const gchar *node, const gchar *element, guint f)
{
  guint ioctls = count_ioctls (element, node, filters[f].caps);
  gint64 least = G_MAXINT64;

  for (guint i = 0; i < ROUNDS; i++) {
    Arrival arrival = { 0 };
    gint64 cost = start (element, node, filters[f].caps, &arrival);

    least = MIN (least, cost);
  }
  figure_print (least, "start/%s/%s/%s", device, filters[f].name, element);
  figure_print (ioctls, "ioctls/%s/%s/%s", device, filters[f].name, element);
}

int
main (int argc, char **argv)
{
  g_autoptr (TestCamera) camera = NULL;
  g_autofree gchar *vivid = NULL;

  gst_init (&argc, &argv);
  drivers_need_both ();
  vivid = vivid_find ();
  camera = test_camera_new (NULL, NULL);
  test_camera_settle ();
  for (guint f = 0; f < G_N_ELEMENTS (filters); f++) {
    measure ("vivid", vivid, "v4l2src", f);
    measure ("vivid", vivid, "virtcamsrc", f);
    measure ("virtcam", camera->node, "v4l2src", f);
    measure ("virtcam", camera->node, "virtcamsrc", f);
  }
  return 0;
}
