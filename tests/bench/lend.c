/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host of the benchmark's virtual machine: lends it a camera of 120 frames a
 * second, each of which begins with a LendNote.
 *
 * usage: VIRTCAM_VM_SOCKET=PATH lend [ELEMENT...]
 *   ELEMENT  between the source and the sink, such as
 *            "identity drop-allocation=true", with which the source's frames are
 *            in memory of its own and not in the guest's
 */
#include <gst/gst.h>
#include <string.h>

#include "lend.h"

#define CAPS "video/x-raw,format=YUY2,width=%d,height=%d,framerate=120/1"
#define CHAIN \
  "videotestsrc is-live=true pattern=black ! " CAPS \
  " ! %s ! virtcamvmsink name=sink " \
  "sync=false socket=%s"

static LendNote
note_now (GstElement *sink)
{
  g_autoptr (GstStructure) stats = NULL;
  LendNote note = { 0 };
  guint64 scattered = 0;

  g_object_get (sink, "stats", &stats, NULL);
  gst_structure_get (stats, "given", G_TYPE_UINT64, &note.given, "copied",
      G_TYPE_UINT64, &note.copied, "scattered", G_TYPE_UINT64, &scattered,
      NULL);
  note.copied += scattered;
  note.pushed = gst_util_get_timestamp ();
  return note;
}

static GstPadProbeReturn
write_note (GstPad *pad, GstPadProbeInfo *info, gpointer sink)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  LendNote note = note_now (sink);

  (void) pad;
  if (!gst_buffer_is_writable (buffer) ||
      gst_buffer_fill (buffer, 0, &note, sizeof (note)) != sizeof (note))
    g_error ("a frame that cannot be written to");
  return GST_PAD_PROBE_OK;
}

int
main (int argc, char *argv[])
{
  const char *path = g_getenv ("VIRTCAM_VM_SOCKET");
  g_autofree char *chain = NULL;
  g_autoptr (GstElement) pipeline = NULL, sink = NULL;
  g_autoptr (GstPad) pad = NULL;
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  gst_init (&argc, &argv);
  if (argc > 2 || !path)
    g_error ("usage: VIRTCAM_VM_SOCKET=PATH lend [ELEMENT]");
  chain = g_strdup_printf (
      CHAIN, LEND_WIDTH, LEND_HEIGHT, argc == 2 ? argv[1] : "identity", path);
  pipeline = gst_parse_launch (chain, &error);
  if (!pipeline)
    g_error ("%s", error->message);
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, write_note, sink, NULL);
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message =
      gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  g_error ("%s", error->message);
}
