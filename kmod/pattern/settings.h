/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a pattern camera should offer, as data and as text, checked before there
 * is a camera.
 *
 * This file includes no device header, and is tested on the host.
 */
#ifndef PATTERN_SETTINGS_H
#define PATTERN_SETTINGS_H

#include <linux/types.h>
#include <linux/videodev2.h>

#include <virtcam/modes.h>
#include <virtcam/setting.h>

#define PATTERN_MAX_FORMATS 32
#define PATTERN_MAX_SIZES 16
#define PATTERN_MAX_INTERVALS 16

/**
 * struct pattern_config - what a pattern camera should offer
 * @formats: V4L2_PIX_FMT_*, in the order of enumeration
 * @num_formats: at least 1
 * @sizes: discrete sizes, all of them with every format; their intervals are set
 *	when there is a camera
 * @num_sizes: at least 1
 * @intervals: discrete frame intervals in seconds, with every size
 * @num_intervals: at least 1
 * @memory: an enum virtcam_memory: where frames lie
 * @pace: an enum virtcam_pace: when frames are drawn
 */
struct pattern_config {
	u32 formats[PATTERN_MAX_FORMATS];
	unsigned int num_formats;
	struct virtcam_size sizes[PATTERN_MAX_SIZES];
	unsigned int num_sizes;
	struct v4l2_fract intervals[PATTERN_MAX_INTERVALS];
	unsigned int num_intervals;
	unsigned int memory;
	unsigned int pace;
};

/* Each works on a struct pattern_config. */
extern const struct virtcam_setting pattern_formats;
extern const struct virtcam_setting pattern_sizes;
extern const struct virtcam_setting pattern_intervals;
extern const struct virtcam_setting pattern_memory;
extern const struct virtcam_setting pattern_pacing;

void pattern_config_init(struct pattern_config *config);

#endif
