/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Colours, and how a row of them lies in memory in each pixel format.
 *
 * Pure.
 */
#ifndef PATTERN_COLOUR_H
#define PATTERN_COLOUR_H

#include <linux/types.h>

#include <virtcam/format.h>

/* BT.601, limited range */
struct pattern_colour {
	u8 y;
	u8 u;
	u8 v;
};

/**
 * struct pattern_adjust - the colour controls
 * @brightness: added to luma, 128 for nothing
 * @contrast: luma's factor in 128ths
 * @saturation: chroma's factor in 128ths
 * @hue: chroma's rotation in 128ths of half a turn
 */
struct pattern_adjust {
	s32 brightness;
	s32 contrast;
	s32 saturation;
	s32 hue;
};

struct pattern_colour pattern_colour_from_rgb(u8 r, u8 g, u8 b);
void pattern_colour_adjust(struct pattern_colour *row, unsigned int count,
			   const struct pattern_adjust *adjust);
void pattern_colour_pack(const struct virtcam_format *format,
			 unsigned int phase, const struct pattern_colour *row,
			 unsigned int count, u8 * const plane[]);
void pattern_colour_pack_grey(const struct virtcam_format *format, u8 luma,
			      unsigned int count, u8 *plane0);

#endif
