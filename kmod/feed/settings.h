/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a feed should offer, as data and as text, checked before there is a camera.
 *
 * This file includes no device header, and is tested on the host.
 */
#ifndef FEED_SETTINGS_H
#define FEED_SETTINGS_H

#include <linux/types.h>
#include <linux/videodev2.h>

#include <virtcam/modes.h>
#include <virtcam/setting.h>

#define FEED_MAX_FORMATS 32
#define FEED_MAX_SIZES 16
#define FEED_MAX_INTERVALS 16
/* Of a frame that is shown for want of others; more than any webcam's takes */
#define FEED_MAX_PLACEHOLDER_FILE (4 << 20)
/* The indices of a device's nodes are one hexadecimal digit; the last is output's. */
#define FEED_MAX_VIEWERS 15

/**
 * enum feed_placeholder - what viewers get while no frame comes
 * @FEED_PLACEHOLDER_PICTURE: a picture that says so
 * @FEED_PLACEHOLDER_LAST: the last frame, again and again
 * @FEED_PLACEHOLDER_NONE: nothing
 * @FEED_NUM_PLACEHOLDERS: how many there are
 */
enum feed_placeholder {
	FEED_PLACEHOLDER_PICTURE,
	FEED_PLACEHOLDER_LAST,
	FEED_PLACEHOLDER_NONE,
	FEED_NUM_PLACEHOLDERS,
};

/**
 * struct feed_size - a size, or a range of sizes
 * @width: pixels of a row, or the fewest of them
 * @height: rows, or the fewest of them
 * @max_width: the most pixels of a row; 0: not a range
 * @max_height: the most rows
 */
struct feed_size {
	u32 width;
	u32 height;
	u32 max_width;
	u32 max_height;
};

/**
 * struct feed_interval - a frame interval, or a range of them, in seconds
 * @shortest: the interval, or the shortest
 * @longest: the longest; its numerator is 0 where this is no range
 */
struct feed_interval {
	struct v4l2_fract shortest;
	struct v4l2_fract longest;
};

/**
 * struct feed_config - what a feed should offer
 * @formats: V4L2_PIX_FMT_*, in the order of enumeration
 * @num_formats: at least 1
 * @sizes: sizes, all of them with every format, and at most one range, in which
 *	all of them lie
 * @num_sizes: at least 1
 * @intervals: frame intervals, with every size, and at most one range
 * @num_intervals: at least 1
 * @timeout: after how many milliseconds without a frame viewers get a placeholder
 * @placeholder: an enum feed_placeholder
 * @placeholder_file: the placeholder of compressed formats
 * @viewers: how many capture nodes there are
 */
struct feed_config {
	u32 formats[FEED_MAX_FORMATS];
	unsigned int num_formats;
	struct feed_size sizes[FEED_MAX_SIZES];
	unsigned int num_sizes;
	struct feed_interval intervals[FEED_MAX_INTERVALS];
	unsigned int num_intervals;
	unsigned int timeout;
	unsigned int placeholder;
	struct virtcam_file placeholder_file;
	unsigned int viewers;
};

/**
 * struct feed_offer - a feed's config as the modes of a node
 * @modes: the modes, which point into the rest
 * @formats: one for each format
 * @sizes: the sizes that are no range
 * @intervals: the intervals of every size
 * @fractions: those that are no range
 */
struct feed_offer {
	struct virtcam_modes modes;
	struct virtcam_format_modes formats[FEED_MAX_FORMATS];
	struct virtcam_size sizes[FEED_MAX_SIZES];
	struct virtcam_intervals intervals;
	struct v4l2_fract fractions[FEED_MAX_INTERVALS];
};

/* Each works on a struct feed_config. */
extern const struct virtcam_setting feed_formats;
extern const struct virtcam_setting feed_sizes;
extern const struct virtcam_setting feed_intervals;
extern const struct virtcam_setting feed_timeout;
extern const struct virtcam_setting feed_placeholder;
extern const struct virtcam_file_setting feed_placeholder_file;
extern const struct virtcam_setting feed_viewers;

void feed_config_init(struct feed_config *config);
bool feed_config_has_file(const struct feed_config *config,
			  const struct virtcam_mode *mode);
void feed_config_offer(const struct feed_config *config, bool ranges,
		       struct feed_offer *offer);

#endif
