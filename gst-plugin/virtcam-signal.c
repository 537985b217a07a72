/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a receiver (HDMI, analogue television) is given, against what it is set
 * to: a driver tells of a change, and leaves it to the program to follow. */

#include "virtcam-node-private.h"

#include <errno.h>

#define NO_SIGNAL \
  (V4L2_IN_ST_NO_POWER | V4L2_IN_ST_NO_SIGNAL | V4L2_IN_ST_NO_H_LOCK | \
      V4L2_IN_ST_NO_SYNC)

/* Subscribes to changes of the present input. FALSE: has been done before. */
gboolean
virtcam_node_watch_source (VirtcamNode *self)
{
  if (self->watches_source)
    return FALSE;
  self->watches_source = TRUE;
  /* a device with one input may not have the call */
  self->has_input =
      virtcam_node_ioctl (self, VIDIOC_G_INPUT, &self->first_input) == 0;
  virtcam_node_subscribe (
      self, V4L2_EVENT_SOURCE_CHANGE, self->has_input ? self->first_input : 0);
  return TRUE;
}

/* Clocks are measured, and are never quite the same. */
static gboolean
is_same_clock (guint64 a, guint64 b)
{
  guint64 difference = a > b ? a - b : b - a;

  return difference <= a / 400;
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

static VirtcamSignal
check_timings (VirtcamNode *self)
{
  struct v4l2_dv_timings there = { 0 }, set = { 0 };

  if (virtcam_node_ioctl (self, VIDIOC_QUERY_DV_TIMINGS, &there) < 0)
    return errno == ENOLINK || errno == ENOLCK || errno == ERANGE
               ? VIRTCAM_SIGNAL_LOST
               : VIRTCAM_SIGNAL_STEADY;
  if (virtcam_node_ioctl (self, VIDIOC_G_DV_TIMINGS, &set) < 0 ||
      are_same_timings (&there.bt, &set.bt))
    return VIRTCAM_SIGNAL_STEADY;
  return VIRTCAM_SIGNAL_CHANGED;
}

static VirtcamSignal
check_standard (VirtcamNode *self)
{
  v4l2_std_id there = 0, set = 0;

  if (virtcam_node_ioctl (self, VIDIOC_QUERYSTD, &there) < 0 || there == 0 ||
      virtcam_node_ioctl (self, VIDIOC_G_STD, &set) < 0 || (there & set))
    return VIRTCAM_SIGNAL_STEADY;
  return VIRTCAM_SIGNAL_CHANGED;
}

/* at_first: the present one has just been asked for (watch_source). */
static gboolean
get_input (VirtcamNode *self, gboolean at_first, struct v4l2_input *input)
{
  gboolean known = at_first && self->has_input;

  *input = (struct v4l2_input){ .index = known ? self->first_input : 0 };
  return (known ||
             virtcam_node_ioctl (self, VIDIOC_G_INPUT, &input->index) == 0) &&
         virtcam_node_ioctl (self, VIDIOC_ENUMINPUT, input) == 0;
}

/* A standard that has been set is the user's choice at first, since detecting
 * one is guesswork; only a change that the driver tells of is followed. */
VirtcamSignal
virtcam_node_check_signal (VirtcamNode *self, gboolean at_first)
{
  struct v4l2_input input;
  VirtcamSignal signal = VIRTCAM_SIGNAL_STEADY;

  if (!get_input (self, at_first, &input))
    return VIRTCAM_SIGNAL_STEADY;
  if (input.status & NO_SIGNAL)
    return VIRTCAM_SIGNAL_LOST;
  if (input.capabilities & V4L2_IN_CAP_DV_TIMINGS)
    signal = check_timings (self);
  if (signal == VIRTCAM_SIGNAL_STEADY && !at_first &&
      (input.capabilities & V4L2_IN_CAP_STD))
    signal = check_standard (self);
  return signal;
}

/* Sets the device to what it is given. There must be no buffers. */
gboolean
virtcam_node_follow_signal (VirtcamNode *self, GError **error)
{
  struct v4l2_dv_timings timings = { 0 };
  v4l2_std_id standard = 0;

  if (virtcam_node_ioctl (self, VIDIOC_QUERY_DV_TIMINGS, &timings) == 0 &&
      virtcam_node_ioctl (self, VIDIOC_S_DV_TIMINGS, &timings) < 0)
    return virtcam_node_fail_streaming (self, "S_DV_TIMINGS", error);
  if (virtcam_node_ioctl (self, VIDIOC_QUERYSTD, &standard) == 0 && standard &&
      virtcam_node_ioctl (self, VIDIOC_S_STD, &standard) < 0)
    return virtcam_node_fail_streaming (self, "S_STD", error);
  return TRUE;
}
