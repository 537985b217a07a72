/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a camera can deliver, as data: formats, each with its sizes, each with
 * its frame intervals.
 *
 * The core answers every ioctl that lists or chooses a mode from this data and
 * asks no provider.
 *
 * This file includes no device header, and is tested on the host.
 */
#ifndef VIRTCAM_MODES_H
#define VIRTCAM_MODES_H

#include <linux/types.h>
#include <linux/videodev2.h>

#include <virtcam/format.h>

/* The longest side of a frame: four times of it squared is still a u32. */
#define VIRTCAM_MAX_SIDE 16384

/**
 * struct virtcam_intervals - frame intervals, in seconds
 * @num: how many @discrete has; 0: the intervals are @stepwise
 * @discrete: each one, in the order in which programs see them
 * @stepwise: from min to max by step, where @num is 0
 */
struct virtcam_intervals {
	unsigned int num;
	const struct v4l2_fract *discrete;
	struct v4l2_frmival_stepwise stepwise;
};

/**
 * struct virtcam_size - a size of a frame
 * @width: pixels of a row
 * @height: rows
 * @intervals: the frame intervals of this size
 */
struct virtcam_size {
	u32 width;
	u32 height;
	const struct virtcam_intervals *intervals;
};

/**
 * struct virtcam_format_modes - the sizes of a format
 * @fourcc: V4L2_PIX_FMT_*, one of virtcam_formats
 * @num: how many @discrete has; 0: the sizes are @stepwise
 * @discrete: each one, in the order in which programs see them
 * @stepwise: from min to max by step in pixels, where @num is 0
 * @intervals: the frame intervals of all sizes of @stepwise
 */
struct virtcam_format_modes {
	u32 fourcc;
	unsigned int num;
	const struct virtcam_size *discrete;
	struct v4l2_frmsize_stepwise stepwise;
	const struct virtcam_intervals *intervals;
};

/**
 * struct virtcam_modes - all that a camera can deliver
 * @num: how many @formats has, at least 1
 * @formats: in the order in which programs see them
 */
struct virtcam_modes {
	unsigned int num;
	const struct virtcam_format_modes *formats;
};

int virtcam_modes_check(const struct virtcam_modes *modes, char *fault,
			size_t size);
const struct virtcam_format_modes *
virtcam_modes_find(const struct virtcam_modes *modes, u32 fourcc);
const struct virtcam_intervals *
virtcam_modes_intervals(const struct virtcam_format_modes *formats, u32 width,
			u32 height);
u32 virtcam_modes_largest_image(const struct virtcam_modes *modes);

void virtcam_modes_default(const struct virtcam_modes *modes,
			   struct virtcam_mode *mode);
bool virtcam_modes_have(const struct virtcam_modes *modes,
			const struct virtcam_mode *mode);
void virtcam_modes_nearest(const struct virtcam_modes *modes, u32 fourcc,
			   u32 width, u32 height, struct virtcam_mode *mode);
struct v4l2_fract
virtcam_intervals_nearest(const struct virtcam_intervals *intervals,
			  struct v4l2_fract wanted);
struct v4l2_fract
virtcam_intervals_default(const struct virtcam_intervals *intervals);

#endif
