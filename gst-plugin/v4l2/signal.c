/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a receiver (HDMI, analogue television) is given, against what it is set
 * to: a driver tells of a change, and leaves it to the program to follow. */

#include "v4l2/node.h"

#include <errno.h>

#define NO_SIGNAL \
  (V4L2_IN_ST_NO_POWER | V4L2_IN_ST_NO_SIGNAL | V4L2_IN_ST_NO_H_LOCK | \
      V4L2_IN_ST_NO_SYNC)

/* Clocks are measured, and are never quite the same. */
static gboolean
is_same_clock (guint64 a, guint64 b)
{
  return MAX (a, b) - MIN (a, b) <= a / 400;
}

static gboolean
are_same_timings (
    const struct v4l2_bt_timings *a, const struct v4l2_bt_timings *b)
{
  return a->width == b->width && a->height == b->height &&
         a->interlaced == b->interlaced &&
         V4L2_DV_BT_FRAME_WIDTH (a) == V4L2_DV_BT_FRAME_WIDTH (b) &&
         V4L2_DV_BT_FRAME_HEIGHT (a) == V4L2_DV_BT_FRAME_HEIGHT (b) &&
         is_same_clock (a->pixelclock, b->pixelclock);
}

static GstVirtcamSignal
check_timings (GstVirtcamNode *node)
{
  struct v4l2_dv_timings there = { 0 }, set = { 0 };

  if (gst_virtcam_node_ioctl (node, VIDIOC_QUERY_DV_TIMINGS, &there) < 0)
    return errno == ENOLINK || errno == ENOLCK || errno == ERANGE
               ? GST_VIRTCAM_SIGNAL_LOST
               : GST_VIRTCAM_SIGNAL_STEADY;
  if (gst_virtcam_node_ioctl (node, VIDIOC_G_DV_TIMINGS, &set) < 0 ||
      are_same_timings (&there.bt, &set.bt))
    return GST_VIRTCAM_SIGNAL_STEADY;
  return GST_VIRTCAM_SIGNAL_CHANGED;
}

static GstVirtcamSignal
check_standard (GstVirtcamNode *node)
{
  v4l2_std_id there = 0, set = 0;

  if (gst_virtcam_node_ioctl (node, VIDIOC_QUERYSTD, &there) < 0 ||
      there == 0 || gst_virtcam_node_ioctl (node, VIDIOC_G_STD, &set) < 0 ||
      (there & set))
    return GST_VIRTCAM_SIGNAL_STEADY;
  return GST_VIRTCAM_SIGNAL_CHANGED;
}

/* A standard that has been set is the user's choice at first, since detecting
 * one is guesswork; only a change that the driver tells of is followed. */
static GstVirtcamSignal
check_input (GstVirtcamNode *node, guint32 index, gboolean at_first)
{
  struct v4l2_input input = { .index = index };
  GstVirtcamSignal signal = GST_VIRTCAM_SIGNAL_STEADY;

  if (gst_virtcam_node_ioctl (node, VIDIOC_ENUMINPUT, &input) < 0)
    return GST_VIRTCAM_SIGNAL_STEADY;
  if (input.status & NO_SIGNAL)
    return GST_VIRTCAM_SIGNAL_LOST;
  if (input.capabilities & V4L2_IN_CAP_DV_TIMINGS)
    signal = check_timings (node);
  if (signal == GST_VIRTCAM_SIGNAL_STEADY && !at_first &&
      (input.capabilities & V4L2_IN_CAP_STD))
    signal = check_standard (node);
  return signal;
}

/* What the present input is given now. at_first: once in a node's life, which also
 * has the driver tell of changes; else after it told of one. */
GstVirtcamSignal
gst_virtcam_signal_check (GstVirtcamNode *node, gboolean at_first)
{
  guint32 index = 0;
  /* a device with one input may not have the call */
  gboolean has_input =
      gst_virtcam_node_ioctl (node, VIDIOC_G_INPUT, &index) == 0;

  if (at_first)
    gst_virtcam_node_subscribe (node, V4L2_EVENT_SOURCE_CHANGE, index);
  return has_input ? check_input (node, index, at_first)
                   : GST_VIRTCAM_SIGNAL_STEADY;
}

/* Sets the device to what it is given. There must be no buffers. */
gboolean
gst_virtcam_signal_follow (GstVirtcamNode *node, GError **error)
{
  struct v4l2_dv_timings timings = { 0 };
  v4l2_std_id standard = 0;

  if (gst_virtcam_node_ioctl (node, VIDIOC_QUERY_DV_TIMINGS, &timings) == 0 &&
      gst_virtcam_node_ioctl (node, VIDIOC_S_DV_TIMINGS, &timings) < 0)
    return gst_virtcam_node_fail (node, "S_DV_TIMINGS", error);
  if (gst_virtcam_node_ioctl (node, VIDIOC_QUERYSTD, &standard) == 0 &&
      standard && gst_virtcam_node_ioctl (node, VIDIOC_S_STD, &standard) < 0)
    return gst_virtcam_node_fail (node, "S_STD", error);
  return TRUE;
}
