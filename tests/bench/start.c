/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What it costs to start: instructions and ioctls from READY (and from NULL) to
 * the first buffer pushed, of virtcamsrc and v4l2src on the same node with the
 * same caps in the same run. Run it where time counts instructions:
 *
 *   tests/guest/boot --icount --load 'virtcam devices=0' \
 *     --load 'vivid n_devs=1' -- sh -c '$VIRTCAM_BUILD/tests/bench/start'
 *
 * There a nanosecond of the process's time is half an instruction. The ioctls
 * are counted in a run of their own, because telling them costs. Exits with 1
 * where virtcamsrc needs more than LIMIT of v4l2src's instructions, from READY or
 * from NULL.
 */
#include <gst/gst.h>
#include <time.h>

#include "camera.h"
#include "ioctls.h"
#include "vivid.h"

#define LIMIT 0.3

static const gchar *const caps[] = {
  "video/x-raw",
  "video/x-raw,format=YUY2,width=640,height=480,framerate=25/1",
  "video/x-raw,width=640,height=480,framerate=25/1",
};

typedef struct {
  gint64 first_buffer;
  gboolean ended;
  GMutex lock;
  GCond arrived;
} Arrival;

typedef struct {
  gint64 null_to_ready;
  gint64 ready_to_buffer;
} Cost;

/* in instructions */
static gint64
spent (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec) / 2;
}

static GstPadProbeReturn
note_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Arrival *arrival = data;
  gint64 now = spent ();

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
  g_autofree gchar *line = g_strdup_printf (
      "%s name=source device=%s ! capsfilter caps=%s ! fakesink sync=false",
      element, node, filter);
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (line, &error);
  g_autoptr (GstBus) bus = NULL;

  if (error)
    g_error ("%s: %s", line, error->message);
  bus = gst_element_get_bus (pipeline);
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
note_end (gpointer data, GObject *pipeline)
{
  Arrival *arrival = data;

  g_mutex_lock (&arrival->lock);
  arrival->ended = TRUE;
  g_cond_signal (&arrival->arrived);
  g_mutex_unlock (&arrival->lock);
}

/* A thread of GStreamer's that continues the change of state may have the last
 * reference: what it does then is not to be counted with the next life. */
static void
end (GstElement *pipeline, Arrival *arrival)
{
  g_object_weak_ref (G_OBJECT (pipeline), note_end, arrival);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  g_mutex_lock (&arrival->lock);
  while (!arrival->ended)
    g_cond_wait (&arrival->arrived, &arrival->lock);
  g_mutex_unlock (&arrival->lock);
}

static void
watch_for_buffer (GstElement *pipeline, Arrival *arrival)
{
  g_autoptr (GstElement) source =
      gst_bin_get_by_name (GST_BIN (pipeline), "source");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (source, "src");

  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, note_buffer, arrival, NULL);
}

/* One life of a pipeline of its own. */
static Cost
start (const gchar *element, const gchar *node, const gchar *filter)
{
  GstElement *pipeline = make_pipeline (element, node, filter);
  Arrival arrival = { 0 };
  gint64 null, ready;

  watch_for_buffer (pipeline, &arrival);
  null = spent ();
  gst_element_set_state (pipeline, GST_STATE_READY);
  ready = spent ();
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  wait_for_buffer (&arrival);
  end (pipeline, &arrival);
  return (Cost){ ready - null, arrival.first_buffer - ready };
}

static guint
count_ioctls (const gchar *element, const gchar *node, const gchar *filter)
{
  g_autoptr (Ioctls) ioctls = ioctls_watch (node);

  start (element, node, filter);
  return ioctls_count (ioctls, NULL);
}

/* The first life pays for what GLib and GStreamer do once in a process. */
static Cost
measure (const gchar *element, const gchar *device, const gchar *node,
    const gchar *filter)
{
  guint ioctls = count_ioctls (element, node, filter);
  Cost cost = start (element, node, filter);

  g_print ("%-10s %-8s %-60s %6u %10" G_GINT64_FORMAT " %10" G_GINT64_FORMAT,
      element, device, filter, ioctls, cost.ready_to_buffer,
      cost.null_to_ready + cost.ready_to_buffer);
  return cost;
}

static gboolean
compare (const gchar *device, const gchar *node, const gchar *filter)
{
  Cost theirs, ours;
  gdouble from_ready, from_null;

  theirs = measure ("v4l2src", device, node, filter);
  g_print ("\n");
  ours = measure ("virtcamsrc", device, node, filter);
  from_ready = (gdouble) ours.ready_to_buffer / theirs.ready_to_buffer;
  from_null = (gdouble) (ours.null_to_ready + ours.ready_to_buffer) /
              (theirs.null_to_ready + theirs.ready_to_buffer);
  g_print (" %6.3f %6.3f\n", from_ready, from_null);
  return from_ready <= LIMIT && from_null <= LIMIT;
}

int
main (int argc, char **argv)
{
  g_autoptr (TestCamera) camera = NULL;
  g_autofree gchar *vivid = NULL;
  gboolean ok = TRUE;

  gst_init (&argc, &argv);
  vivid = vivid_find ();
  if (!test_camera_available () || vivid == NULL) {
    g_printerr ("virtcam and vivid must be loaded\n");
    return 77;
  }
  camera = test_camera_new (NULL, NULL);
  test_camera_settle ();
  g_print ("%-10s %-8s %-60s %6s %10s %10s %6s %6s\n", "element", "device",
      "caps", "ioctls", "from READY", "from NULL", "ratio", "ratio");
  for (guint i = 0; i < G_N_ELEMENTS (caps); i++) {
    ok &= compare ("vivid", vivid, caps[i]);
    ok &= compare ("virtcam", camera->node, caps[i]);
  }
  return ok ? 0 : 1;
}
