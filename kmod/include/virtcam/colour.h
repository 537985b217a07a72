/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Colours, and how a row of them lies in memory in each pixel format.
 *
 * This file includes no device header, and is tested on the host.
 */
#ifndef VIRTCAM_COLOUR_H
#define VIRTCAM_COLOUR_H

#include <linux/types.h>

#include <virtcam/format.h>

/* BT.601 in limited range: luma, Cb and Cr */
struct virtcam_colour {
	u8 y;
	u8 u;
	u8 v;
};

/**
 * struct virtcam_colour_adjust - how colours are adjusted
 * @brightness: luma rises by @brightness - 128
 * @contrast: luma is multiplied by @contrast / 128
 * @saturation: chroma is multiplied by @saturation / 128
 * @hue: chroma is rotated by @hue * 180 / 128 degrees
 */
struct virtcam_colour_adjust {
	s32 brightness;
	s32 contrast;
	s32 saturation;
	s32 hue;
};

struct virtcam_colour virtcam_colour_from_rgb(u8 r, u8 g, u8 b);
void virtcam_colour_adjust(struct virtcam_colour *row, unsigned int count,
			   const struct virtcam_colour_adjust *adjust);
void virtcam_colour_pack(const struct virtcam_format *format,
			 unsigned int phase, const struct virtcam_colour *row,
			 unsigned int count, u8 * const plane[]);
void virtcam_colour_pack_grey(const struct virtcam_format *format, u8 luma,
			      unsigned int plane, unsigned int count, u8 *to);

#endif
