// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bug.h>
#include <linux/fixp-arith.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

#include "colour.h"

#define BLACK 16
#define WHITE 235
#define NEUTRAL 128
#define CHROMA_MAX 240

/**
 * pattern_colour_from_rgb() - a colour from full-range RGB
 * @r: red
 * @g: green
 * @b: blue
 *
 * Return: the colour by BT.601 in 8-bit fixed point.
 */
struct pattern_colour pattern_colour_from_rgb(u8 r, u8 g, u8 b)
{
	return (struct pattern_colour) {
		.y = BLACK + ((66 * r + 129 * g + 25 * b + 128) >> 8),
		.u = NEUTRAL + ((-38 * r - 74 * g + 112 * b + 128) >> 8),
		.v = NEUTRAL + ((112 * r - 94 * g - 18 * b + 128) >> 8),
	};
}

/**
 * pattern_colour_adjust() - apply the colour controls
 * @row: colours, changed in place
 * @count: how many
 * @adjust: what to do
 */
void pattern_colour_adjust(struct pattern_colour *row, unsigned int count,
			   const struct pattern_adjust *adjust)
{
	int degrees = adjust->hue * 180 / 128;
	int sine = fixp_sin16(degrees);
	int cosine = fixp_cos16(degrees);
	int y, u, v;

	for (; count--; row++) {
		y = BLACK + (row->y - BLACK) * adjust->contrast / 128 +
		    adjust->brightness - 128;
		u = (row->u - NEUTRAL) * adjust->saturation / 128;
		v = (row->v - NEUTRAL) * adjust->saturation / 128;
		row->y = clamp(y, BLACK, WHITE);
		row->u = clamp(NEUTRAL + (u * cosine - v * sine) / 0x7fff,
			       BLACK, CHROMA_MAX);
		row->v = clamp(NEUTRAL + (u * sine + v * cosine) / 0x7fff,
			       BLACK, CHROMA_MAX);
	}
}

static void to_rgb(struct pattern_colour c, u8 rgb[3])
{
	int y = 298 * (c.y - BLACK) + 128;
	int u = c.u - NEUTRAL;
	int v = c.v - NEUTRAL;

	rgb[0] = clamp((y + 409 * v) >> 8, 0, 255);
	rgb[1] = clamp((y - 100 * u - 208 * v) >> 8, 0, 255);
	rgb[2] = clamp((y + 516 * u) >> 8, 0, 255);
}

static u8 mean(u8 a, u8 b)
{
	return (a + b + 1) / 2;
}

static void pack_422(const struct pattern_colour *row, unsigned int count,
		     u8 *at, unsigned int luma)
{
	for (; count; count -= 2, row += 2, at += 4) {
		at[luma] = row[0].y;
		at[luma + 2] = row[1].y;
		at[1 - luma] = mean(row[0].u, row[1].u);
		at[3 - luma] = mean(row[0].v, row[1].v);
	}
}

static void pack_luma(const struct pattern_colour *row, unsigned int count,
		      u8 *at)
{
	while (count--)
		*at++ = row++->y;
}

/* Chroma of every other pixel: @step bytes apart, U at @u and V at @v. */
static void pack_chroma(const struct pattern_colour *row, unsigned int count,
			u8 *u, u8 *v, unsigned int step)
{
	for (; count; count -= 2, row += 2, u += step, v += step) {
		*u = mean(row[0].u, row[1].u);
		*v = mean(row[0].v, row[1].v);
	}
}

static void pack_rgb(const struct pattern_colour *row, unsigned int count,
		     u8 *at, unsigned int red, unsigned int bytes)
{
	u8 rgb[3];

	for (; count--; row++, at += bytes) {
		to_rgb(*row, rgb);
		at[red] = rgb[0];
		at[1] = rgb[1];
		at[2 - red] = rgb[2];
		if (bytes == 4)
			at[3] = 0xff;
	}
}

/* Even rows are R G R G, odd rows are G B G B. */
static void pack_rggb(const struct pattern_colour *row, unsigned int count,
		      u8 *at, unsigned int phase)
{
	unsigned int i;
	u8 rgb[3];

	for (i = 0; i < count; i++) {
		to_rgb(row[i], rgb);
		at[i] = rgb[phase + i % 2];
	}
}

/**
 * pattern_colour_pack() - put a row of colours into a format's bytes
 * @format: the pixel format
 * @phase: which of the format's phases the row is in
 * @row: the colours
 * @count: how many, even
 * @plane: where each plane's bytes go
 */
void pattern_colour_pack(const struct virtcam_format *format,
			 unsigned int phase, const struct pattern_colour *row,
			 unsigned int count, u8 * const plane[])
{
	switch (format->fourcc) {
	case V4L2_PIX_FMT_YUYV:
		return pack_422(row, count, plane[0], 0);
	case V4L2_PIX_FMT_UYVY:
		return pack_422(row, count, plane[0], 1);
	case V4L2_PIX_FMT_NV12:
		pack_chroma(row, count, plane[1], plane[1] + 1, 2);
		break;
	case V4L2_PIX_FMT_YUV420:
		pack_chroma(row, count, plane[1], plane[2], 1);
		break;
	case V4L2_PIX_FMT_RGB24:
		return pack_rgb(row, count, plane[0], 0, 3);
	case V4L2_PIX_FMT_BGR24:
		return pack_rgb(row, count, plane[0], 2, 3);
	case V4L2_PIX_FMT_XBGR32:
		return pack_rgb(row, count, plane[0], 2, 4);
	case V4L2_PIX_FMT_SRGGB8:
		return pack_rggb(row, count, plane[0], phase);
	}
	pack_luma(row, count, plane[0]);
}

/**
 * pattern_colour_pack_grey() - put a run of one grey into plane 0
 * @format: the pixel format
 * @luma: the grey
 * @count: pixels, even
 * @plane0: where the bytes go
 */
void pattern_colour_pack_grey(const struct virtcam_format *format, u8 luma,
			      unsigned int count, u8 *plane0)
{
	const struct pattern_colour grey[2] = {
		{ luma, NEUTRAL, NEUTRAL }, { luma, NEUTRAL, NEUTRAL },
	};
	u8 chroma[4];
	u8 *plane[VIRTCAM_MAX_PLANES] = { plane0, chroma, chroma + 2 };

	for (; count; count -= 2) {
		pattern_colour_pack(format, 0, grey, 2, plane);
		plane[0] += 2 * format->plane[0].bytes;
	}
}
