/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a frame costs the process that takes it, user space and kernel:
 * virtcamsrc ! fakesink beside v4l2src ! fakesink, beside a bare loop of poll,
 * DQBUF and QBUF, and beside fakesrc ! fakesink, which is what GStreamer takes
 * for a buffer of no source at all. The difference of a long life and a short
 * one leaves out what starting and ending cost.
 *
 * With larger pictures: a copy would cost an instruction for every eight bytes
 * of them, whatever makes it.
 */
#include <gst/gst.h>

#include "camera.h"
#include "donor.h"
#include "drivers.h"
#include "figure.h"
#include "loop.h"
#include "pipeline.h"
#include "reader.h"
#include "vivid.h"

#define SHORT 100
#define LONG 700
/* Of a source that waits for nothing, so that it takes as long */
#define UNPACED 20000
#define BUFFERS 5

typedef struct {
  guint width, height;
} Size;

static const Size row_size = { 640, 360 };
static const Size small_size = { 320, 180 }, large_size = { 1920, 1080 };

/* Answers for the sink what its caps are, so that no filter costs anything for
 * each frame. */
static GstPadProbeReturn
answer_caps (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);
  GstCaps *filter = NULL;
  g_autoptr (GstCaps) caps = NULL;

  if (GST_QUERY_TYPE (query) != GST_QUERY_CAPS)
    return GST_PAD_PROBE_OK;
  gst_query_parse_caps (query, &filter);
  caps = filter ? gst_caps_intersect (filter, data) : gst_caps_ref (data);
  gst_query_set_caps_result (query, caps);
  return GST_PAD_PROBE_HANDLED;
}

/* From the first frame on there is no probe on the pad. */
static GstPadProbeReturn
remove_answer (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  gst_pad_remove_probe (pad, GPOINTER_TO_SIZE (data));
  return GST_PAD_PROBE_REMOVE;
}

/* lent: a pool that the sink offers, or NULL. */
static void
restrict_caps (GstElement *pipeline, const gchar *caps, GstBufferPool *lent)
{
  g_autoptr (GstPad) pad = pipeline_get_pad (pipeline, "sink", "sink");
  gulong answer =
      gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, answer_caps,
          gst_caps_from_string (caps), (GDestroyNotify) gst_caps_unref);

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, remove_answer,
      GSIZE_TO_POINTER (answer), NULL);
  if (lent)
    gst_pad_add_probe (
        pad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, donor_pool_offer, lent, NULL);
}

typedef struct {
  const gchar *source, *caps;
  GstBufferPool *lent;
} Life;

static gint64
cost_of_life (gpointer data, guint frames)
{
  const Life *life = data;
  g_autoptr (GstElement) pipeline = pipeline_new (
      "%s num-buffers=%u ! fakesink name=sink", life->source, frames);
  gint64 before;

  restrict_caps (pipeline, life->caps, life->lent);
  before = instructions_of_process ();
  pipeline_play_to_the_end (pipeline);
  return instructions_of_process () - before;
}

static gdouble
cost_of_element (const gchar *element, const gchar *node, const gchar *io_mode,
    Size size, GstBufferPool *lent)
{
  g_autofree gchar *source =
      g_strdup_printf ("%s device=%s io-mode=%s", element, node, io_mode);
  g_autofree gchar *caps = g_strdup_printf (
      "video/x-raw,format=YUY2,width=%u,height=%u", size.width, size.height);

  return pipeline_cost_of_frame (
      cost_of_life, &(Life){ source, caps, lent }, LONG);
}

static gdouble
cost_of_bare_loop (const gchar *node, Size size)
{
  g_autoptr (Reader) reader = reader_open (node);
  gint64 before;

  reader_set_format (reader, V4L2_PIX_FMT_YUYV, size.width, size.height, 0);
  reader_start (reader, BUFFERS);
  loop_frames (reader, SHORT);
  before = instructions_of_process ();
  loop_frames (reader, LONG);
  before = instructions_of_process () - before;
  reader_stream_off (reader);
  return (gdouble) before / LONG;
}

static void
measure_device (const gchar *device, const gchar *node)
{
  static const gchar *const elements[] = { "virtcamsrc", "v4l2src" };
  static const gchar *const io_modes[] = { "mmap", "dmabuf" };

  figure_print (cost_of_bare_loop (node, row_size), "frame/%s/bare", device);
  for (guint m = 0; m < G_N_ELEMENTS (io_modes); m++)
    for (guint e = 0; e < G_N_ELEMENTS (elements); e++)
      figure_print (
          cost_of_element (elements[e], node, io_modes[m], row_size, NULL),
          "frame/%s/%s/%s", device, io_modes[m], elements[e]);
}

static gdouble
cost_of_path (
    const gchar *node, const gchar *io_mode, TestCamera *donor, Size size)
{
  GstBufferPool *lent =
      donor ? donor_pool_new_of_size (donor, size.width, size.height, 0) : NULL;
  gdouble cost = cost_of_element ("virtcamsrc", node, io_mode, size, lent);

  gst_clear_object (&lent);
  return cost;
}

/* Parts of a frame's bytes that are copied: what the bytes that the larger one
 * has more cost, by what copying them would. donor: lends dma-bufs, or NULL. */
static void
measure_copies (const gchar *node, const gchar *io_mode, TestCamera *donor)
{
  const gdouble more = 2.0 * (large_size.width * large_size.height -
                                 small_size.width * small_size.height);
  gdouble small = cost_of_path (node, io_mode, donor, small_size);
  gdouble large = cost_of_path (node, io_mode, donor, large_size);

  figure_print ((large - small) / (more / 8), "copies/%s", io_mode);
}

int
main (int argc, char **argv)
{
  g_autoptr (TestCamera) camera = NULL;
  g_autoptr (TestCamera) donor = NULL;
  g_autofree gchar *vivid = NULL;

  gst_init (&argc, &argv);
  drivers_need_both ();
  vivid = vivid_find ();
  camera = test_camera_new (
      "formats", "YUYV", "sizes", "640x360 320x180 1920x1080", NULL);
  donor = test_camera_new ("sizes", "320x180 1920x1080", NULL);
  test_camera_settle ();
  figure_print (pipeline_cost_of_frame (
                    cost_of_life, &(Life){ "fakesrc", "ANY", NULL }, UNPACED),
      "frame/fakesrc");
  measure_device ("vivid", vivid);
  measure_device ("virtcam", camera->node);
  measure_copies (camera->node, "mmap", NULL);
  measure_copies (camera->node, "dmabuf", NULL);
  measure_copies (camera->node, "dmabuf-import", donor);
  return 0;
}
