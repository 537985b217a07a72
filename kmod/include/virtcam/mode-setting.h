/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Formats, sizes and frame intervals as words, for the settings of kinds of cameras.
 *
 * This file includes no device header, and is tested on the host.
 */
#ifndef VIRTCAM_MODE_SETTING_H
#define VIRTCAM_MODE_SETTING_H

#include <linux/types.h>
#include <linux/videodev2.h>

/* The sides of a frame, in pixels; all are even. */
#define VIRTCAM_SETTING_MIN_SIDE 16
#define VIRTCAM_SETTING_MAX_WIDTH 3840
#define VIRTCAM_SETTING_MAX_HEIGHT 2160
/* The largest numerator and denominator of a frame interval */
#define VIRTCAM_SETTING_MAX_TERM 100000
/* Frame intervals in seconds: from 1/SHORTEST to LONGEST/1 */
#define VIRTCAM_SETTING_SHORTEST 1000
#define VIRTCAM_SETTING_LONGEST 10

int virtcam_setting_parse_format(const char *word, u32 *fourcc);
bool virtcam_setting_same_format(const void *a, const void *b);
int virtcam_setting_print_format(const void *fourcc, char *text, size_t size);
int virtcam_setting_allow_formats(char *text, size_t size, bool compressed);

int virtcam_setting_parse_size(const char *word, u32 *width, u32 *height);
int virtcam_setting_parse_interval(const char *word,
				   struct v4l2_fract *interval);
bool virtcam_setting_same_interval(const struct v4l2_fract *a,
				   const struct v4l2_fract *b);

#endif
