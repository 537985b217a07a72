/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lends a virtual machine a camera: a test picture in virtcamvmsink, where each frame
 * is stamped as it is pushed, in the guest's own memory. Tells what became of the
 * frames each time that the guest has ended its stream.
 *
 *   lend SOCKET
 */
#include <gst/video/video.h>
#include <linux/videodev2.h>

#include "stamp.h"

#define CAPS "video/x-raw,format=NV12,width=1280,height=720,framerate=30/1"

/* A buffer of whom else is copied first. */
static GstPadProbeReturn
stamp_frame (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstBuffer *buffer = gst_buffer_make_writable (info->data);
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  VirtcamStamp stamp = { (*(guint32 *) data)++, gst_util_get_timestamp () };
  GstVideoFrame frame;
  GstVideoInfo video;
  gsize bytes, offset;

  info->data = buffer;
  virtcam_stamp_layout (V4L2_PIX_FMT_NV12, &bytes, &offset);
  if (!gst_video_info_from_caps (&video, caps) ||
      !gst_video_frame_map (&frame, &video, buffer, GST_MAP_WRITE))
    return GST_PAD_PROBE_DROP;
  virtcam_stamp_draw (GST_VIDEO_FRAME_PLANE_DATA (&frame, 0),
      GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0), bytes, offset,
      GST_VIDEO_FRAME_WIDTH (&frame), GST_VIDEO_FRAME_HEIGHT (&frame), &stamp);
  gst_video_frame_unmap (&frame);
  return GST_PAD_PROBE_OK;
}

static void
print_stats (GstElement *sink)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 given = 0, copied = 0, dropped = 0;

  g_object_get (sink, "stats", &stats, NULL);
  gst_structure_get (stats, "given", G_TYPE_UINT64, &given, "copied",
      G_TYPE_UINT64, &copied, "dropped", G_TYPE_UINT64, &dropped, NULL);
  g_print ("in the host: %" G_GUINT64_FORMAT " frames given, %" G_GUINT64_FORMAT
           " of them copied; %" G_GUINT64_FORMAT " dropped\n",
      given, copied, dropped);
}

/* Until there is an error. */
static void
watch_bus (GstElement *pipeline, GstElement *sink)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  gint viewers;

  while ((message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
              GST_MESSAGE_ERROR | GST_MESSAGE_ELEMENT)) &&
         GST_MESSAGE_TYPE (message) != GST_MESSAGE_ERROR) {
    const GstStructure *structure = gst_message_get_structure (message);

    if (gst_structure_get_int (structure, "viewers", &viewers) && viewers == 0)
      print_stats (sink);
    gst_clear_message (&message);
  }
  gst_message_parse_error (message, &error, NULL);
  g_printerr ("%s\n", error->message);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GstElement) pipeline = NULL, sink = NULL;
  g_autoptr (GstPad) pad = NULL;
  guint32 number = 0;

  gst_init (&argc, &argv);
  if (argc != 2) {
    g_printerr ("usage: lend SOCKET\n");
    return 2;
  }
  pipeline =
      gst_parse_launch ("videotestsrc is-live=true horizontal-speed=8 ! " CAPS
                        " ! virtcamvmsink name=sink",
          NULL);
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, stamp_frame, &number, NULL);
  /* The source is live: its frames are in time, and gain nothing by waiting. */
  g_object_set (
      sink, "socket", argv[1], "card", "Lent Camera", "sync", FALSE, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  watch_bus (pipeline, sink);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return 1;
}
