// SPDX-License-Identifier: GPL-2.0-only
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#include <virtcam/modes.h>

#include "interval.h"

/* What programs expect of a camera */
static const struct v4l2_fract common_interval = { 1, 30 };

/**
 * virtcam_modes_find() - look up what is offered of a format
 * @modes: valid modes
 * @fourcc: V4L2_PIX_FMT_*
 *
 * Return: the format's modes, or NULL if the format is not offered.
 */
const struct virtcam_format_modes *
virtcam_modes_find(const struct virtcam_modes *modes, u32 fourcc)
{
	unsigned int i;

	for (i = 0; i < modes->num; i++)
		if (modes->formats[i].fourcc == fourcc)
			return &modes->formats[i];
	return NULL;
}
EXPORT_SYMBOL_GPL(virtcam_modes_find);

static bool range_has(u32 min, u32 max, u32 step, u32 value)
{
	return value >= min && value <= max && (value - min) % step == 0;
}

/**
 * virtcam_modes_intervals() - the frame intervals of a size
 * @formats: what is offered of the format
 * @width: pixels of a row
 * @height: rows
 *
 * Return: the intervals, or NULL if the size is not offered.
 */
const struct virtcam_intervals *
virtcam_modes_intervals(const struct virtcam_format_modes *formats, u32 width,
			u32 height)
{
	const struct v4l2_frmsize_stepwise *range = &formats->stepwise;
	unsigned int i;

	if (!formats->num)
		return range_has(range->min_width, range->max_width,
				 range->step_width, width) &&
		       range_has(range->min_height, range->max_height,
				 range->step_height, height) ?
		       formats->intervals : NULL;
	for (i = 0; i < formats->num; i++)
		if (formats->discrete[i].width == width &&
		    formats->discrete[i].height == height)
			return formats->discrete[i].intervals;
	return NULL;
}

static u32 modes_image_size(u32 fourcc, u32 width, u32 height)
{
	struct virtcam_mode mode = {
		.format = virtcam_format_find(fourcc),
		.width = width,
		.height = height,
	};

	virtcam_mode_set_layout(&mode, 0);
	return mode.sizeimage;
}

/**
 * virtcam_modes_largest_image() - the size of the largest frame
 * @modes: valid modes
 *
 * Return: bytes of the largest frame of any format and size, without padding.
 */
u32 virtcam_modes_largest_image(const struct virtcam_modes *modes)
{
	const struct virtcam_format_modes *f = modes->formats;
	unsigned int i;
	u32 largest = 0;

	for (; f < modes->formats + modes->num; f++) {
		if (!f->num)
			largest = max(largest,
				      modes_image_size(f->fourcc,
						       f->stepwise.max_width,
						       f->stepwise.max_height));
		for (i = 0; i < f->num; i++)
			largest = max(largest,
				      modes_image_size(f->fourcc,
						       f->discrete[i].width,
						       f->discrete[i].height));
	}
	return largest;
}

/* The value of a range that is nearest to @wanted */
static u32 range_nearest(u32 min, u32 max, u32 step, u32 wanted)
{
	if (wanted <= min || min == max)
		return min;
	wanted = min(wanted, max) - min + step / 2;
	return min + min(wanted, max - min) / step * step;
}

static u32 side_distance(u32 a, u32 b)
{
	return a > b ? a - b : b - a;
}

/* As v4l2_find_nearest_size() has it: the sum of both sides' distances */
static const struct virtcam_size *
modes_nearest_size(const struct virtcam_format_modes *formats, u32 width,
		   u32 height)
{
	const struct virtcam_size *size = formats->discrete, *best = size;
	u32 distance, least = U32_MAX;

	for (; size < formats->discrete + formats->num; size++) {
		distance = side_distance(size->width, width) +
			   side_distance(size->height, height);
		if (distance < least) {
			least = distance;
			best = size;
		}
	}
	return best;
}

/* Far above any size, and small enough for sums not to overflow */
#define MAX_WANTED_SIDE 0xffffU

/**
 * virtcam_modes_nearest() - choose what is nearest to a program's wish
 * @modes: valid modes
 * @fourcc: the wanted format; the first one if that is not offered
 * @width: the wanted width in pixels
 * @height: the wanted height in rows
 * @mode: its format, width and height are set; its interval becomes the
 *	nearest to what it was among those of the size; the layout is not set
 */
void virtcam_modes_nearest(const struct virtcam_modes *modes, u32 fourcc,
			   u32 width, u32 height, struct virtcam_mode *mode)
{
	const struct virtcam_format_modes *f = virtcam_modes_find(modes, fourcc);
	const struct virtcam_size *size;

	if (!f)
		f = modes->formats;
	width = min(width, MAX_WANTED_SIDE);
	height = min(height, MAX_WANTED_SIDE);
	mode->format = virtcam_format_find(f->fourcc);
	if (f->num) {
		size = modes_nearest_size(f, width, height);
		mode->width = size->width;
		mode->height = size->height;
		mode->interval = virtcam_intervals_nearest(size->intervals,
							   mode->interval);
		return;
	}
	mode->width = range_nearest(f->stepwise.min_width,
				    f->stepwise.max_width,
				    f->stepwise.step_width, width);
	mode->height = range_nearest(f->stepwise.min_height,
				     f->stepwise.max_height,
				     f->stepwise.step_height, height);
	mode->interval = virtcam_intervals_nearest(f->intervals,
						   mode->interval);
}

/**
 * virtcam_modes_default() - what a camera delivers when nobody asked
 * @modes: valid modes
 * @mode: is set as a whole: the first format, 640x480 where that is offered,
 *	else the first size, and the default interval of that size
 */
void virtcam_modes_default(const struct virtcam_modes *modes,
			   struct virtcam_mode *mode)
{
	const struct virtcam_format_modes *f = modes->formats;

	mode->interval = common_interval;
	if (!f->num || virtcam_modes_intervals(f, 640, 480))
		virtcam_modes_nearest(modes, f->fourcc, 640, 480, mode);
	else
		virtcam_modes_nearest(modes, f->fourcc, f->discrete->width,
				      f->discrete->height, mode);
	mode->interval = virtcam_intervals_default
		(virtcam_modes_intervals(f, mode->width, mode->height));
	virtcam_mode_set_layout(mode, 0);
}

/**
 * virtcam_modes_have() - whether a mode is offered
 * @modes: valid modes
 * @mode: a mode with format, width, height and interval set
 *
 * Return: true if its format, size and interval are among @modes.
 */
bool virtcam_modes_have(const struct virtcam_modes *modes,
			const struct virtcam_mode *mode)
{
	const struct virtcam_format_modes *f =
		virtcam_modes_find(modes, mode->format->fourcc);
	const struct virtcam_intervals *intervals;

	intervals = f ? virtcam_modes_intervals(f, mode->width, mode->height) :
			NULL;
	return intervals &&
	       interval_is_same(virtcam_intervals_nearest(intervals,
							  mode->interval),
				mode->interval);
}

/* From min by whole steps: counted in nanoseconds, told in units of 100 ns. */
static struct v4l2_fract
intervals_nearest_step(const struct v4l2_frmival_stepwise *range,
		       struct v4l2_fract wanted)
{
	u64 step = interval_ns(range->step);
	u64 min = interval_ns(range->min);
	u64 above, rest, ns;

	if (!interval_is_below(range->min, wanted))
		return range->min;
	if (!interval_is_below(wanted, range->max))
		return range->max;
	above = interval_ns(wanted) - min;
	div64_u64_rem(above, max(step, 1ULL), &rest);
	/* A program that asks for a step exactly is told its own fraction. */
	if (step <= MIN_INTERVAL || rest < MIN_INTERVAL)
		return wanted;
	ns = min + div64_u64(above + step / 2, step) * step;
	if (ns <= min)
		return range->min;
	if (ns >= interval_ns(range->max))
		return range->max;
	return (struct v4l2_fract) { div_u64(ns, 100), NSEC / 100 };
}

/**
 * virtcam_intervals_nearest() - choose what is nearest to a program's wish
 * @intervals: valid frame intervals
 * @wanted: seconds from one frame to the next, neither part zero
 *
 * Return: the interval whose duration is nearest to that of @wanted.
 */
struct v4l2_fract
virtcam_intervals_nearest(const struct virtcam_intervals *intervals,
			  struct v4l2_fract wanted)
{
	u64 want = interval_ns(wanted), ns;
	u64 distance, least = U64_MAX;
	unsigned int i, best = 0;

	if (!intervals->num)
		return intervals_nearest_step(&intervals->stepwise, wanted);
	for (i = 0; i < intervals->num; i++) {
		ns = interval_ns(intervals->discrete[i]);
		distance = ns > want ? ns - want : want - ns;
		if (distance < least) {
			least = distance;
			best = i;
		}
	}
	return intervals->discrete[best];
}

/**
 * virtcam_intervals_default() - the frame interval when nobody asked
 * @intervals: valid frame intervals
 *
 * Return: 30 frames a second, or the nearest of stepwise intervals, or the first
 * of discrete ones.
 */
struct v4l2_fract
virtcam_intervals_default(const struct virtcam_intervals *intervals)
{
	struct v4l2_fract nearest =
		virtcam_intervals_nearest(intervals, common_interval);

	if (intervals->num && !interval_is_same(nearest, common_interval))
		return intervals->discrete[0];
	return nearest;
}
