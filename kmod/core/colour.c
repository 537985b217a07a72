// SPDX-License-Identifier: GPL-2.0-only
/* <linux/fixp-arith.h> uses BUG_ON() and does not include <linux/bug.h>. */
#include <linux/bug.h>
#include <linux/fixp-arith.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include <virtcam/colour.h>

#define BLACK 16
#define WHITE 235
#define NEUTRAL 128
#define CHROMA_MAX 240

/**
 * virtcam_colour_from_rgb() - a colour from full-range RGB
 * @r: red
 * @g: green
 * @b: blue
 *
 * Return: the colour, computed in 8-bit fixed point.
 */
struct virtcam_colour virtcam_colour_from_rgb(u8 r, u8 g, u8 b)
{
	return (struct virtcam_colour) {
		.y = BLACK + ((66 * r + 129 * g + 25 * b + 128) >> 8),
		.u = NEUTRAL + ((-38 * r - 74 * g + 112 * b + 128) >> 8),
		.v = NEUTRAL + ((112 * r - 94 * g - 18 * b + 128) >> 8),
	};
}

/**
 * virtcam_colour_adjust() - adjust a row of colours
 * @row: the colours, changed in place
 * @count: how many colours
 * @adjust: how to adjust them
 */
void virtcam_colour_adjust(struct virtcam_colour *row, unsigned int count,
			   const struct virtcam_colour_adjust *adjust)
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

static void colour_to_rgb(struct virtcam_colour c, u8 rgb[3])
{
	int y = 298 * (c.y - BLACK) + 128;
	int u = c.u - NEUTRAL;
	int v = c.v - NEUTRAL;

	rgb[0] = clamp((y + 409 * v) >> 8, 0, 255);
	rgb[1] = clamp((y - 100 * u - 208 * v) >> 8, 0, 255);
	rgb[2] = clamp((y + 516 * u) >> 8, 0, 255);
}

static u8 colour_mean(u8 a, u8 b)
{
	return (a + b + 1) / 2;
}

/**
 * struct colour_component - where one component of a row's pixels lies
 * @plane: index of the plane
 * @first: offset of the first pixel's byte in the plane's row
 * @step: bytes from one pixel's byte to the next pixel's; 0 if the format does
 *	not have this component
 *
 * Two pixels share one byte of Cb and one of Cr.
 */
struct colour_component {
	u8 plane;
	u8 first;
	u8 step;
};

/**
 * struct colour_job - what a function of struct colour_packing has to write
 * @component: where the format's components lie
 * @phase: which of the format's phases the row is in
 * @row: the colours
 * @count: how many colours, even
 * @plane: where the bytes of the row go in each plane
 */
struct colour_job {
	const struct colour_component *component;
	unsigned int phase;
	const struct virtcam_colour *row;
	unsigned int count;
	u8 * const *plane;
};

/**
 * struct colour_packing - how a row of colours becomes a format's bytes
 * @fourcc: the pixel format
 * @pack: writes the bytes
 * @component: luma, Cb and Cr for colour_pack_ycbcr(); red, green, blue and
 *	alpha for colour_pack_rgb()
 */
struct colour_packing {
	u32 fourcc;
	void (*pack)(const struct colour_job *job);
	struct colour_component component[4];
};

static void colour_pack_luma(const struct colour_job *job)
{
	const struct colour_component *luma = &job->component[0];
	const struct virtcam_colour *row = job->row;
	unsigned int count = job->count;
	unsigned int step = luma->step;
	u8 *y = job->plane[luma->plane] + luma->first;

	for (; count--; row++, y += step)
		*y = row->y;
}

static void colour_pack_chroma(const struct colour_job *job)
{
	const struct colour_component *cb = &job->component[1];
	const struct colour_component *cr = &job->component[2];
	const struct virtcam_colour *row = job->row;
	unsigned int count = job->count;
	unsigned int step = cb->step;
	u8 *u = job->plane[cb->plane] + cb->first;
	u8 *v = job->plane[cr->plane] + cr->first;

	for (; count; count -= 2, row += 2, u += step, v += step) {
		*u = colour_mean(row[0].u, row[1].u);
		*v = colour_mean(row[0].v, row[1].v);
	}
}

static void colour_pack_ycbcr(const struct colour_job *job)
{
	colour_pack_luma(job);
	if (job->component[1].step)
		colour_pack_chroma(job);
}

static void colour_pack_rgb(const struct colour_job *job)
{
	unsigned int red = job->component[0].first;
	unsigned int green = job->component[1].first;
	unsigned int blue = job->component[2].first;
	unsigned int alpha = job->component[3].first;
	unsigned int step = job->component[0].step;
	bool has_alpha = job->component[3].step;
	const struct virtcam_colour *row = job->row;
	unsigned int count = job->count;
	u8 *at = job->plane[0];
	u8 rgb[3];

	for (; count--; row++, at += step) {
		colour_to_rgb(*row, rgb);
		at[red] = rgb[0];
		at[green] = rgb[1];
		at[blue] = rgb[2];
		if (has_alpha)
			at[alpha] = 0xff;
	}
}

/* The 8 bits of a colour become the upper 8 of 16, stored little-endian. */
static void colour_pack_p010(const struct colour_job *job)
{
	memset(job->plane[0], 0, 2 * job->count);
	memset(job->plane[1], 0, 2 * job->count);
	colour_pack_ycbcr(job);
}

static void colour_pack_rgb565(const struct colour_job *job)
{
	u8 *at = job->plane[0];
	unsigned int i;
	u16 pixel;
	u8 rgb[3];

	for (i = 0; i < job->count; i++, at += 2) {
		colour_to_rgb(job->row[i], rgb);
		pixel = rgb[0] >> 3 << 11 | rgb[1] >> 2 << 5 | rgb[2] >> 3;
		at[0] = pixel & 0xff;
		at[1] = pixel >> 8;
	}
}

/* The rows of phase 0 are R G R G and so on, those of phase 1 are G B G B. */
static void colour_pack_rggb(const struct colour_job *job)
{
	u8 *at = job->plane[0];
	unsigned int i;
	u8 rgb[3];

	for (i = 0; i < job->count; i++) {
		colour_to_rgb(job->row[i], rgb);
		at[i] = rgb[job->phase + i % 2];
	}
}

/* A component is { plane, first, step }: see struct colour_component. */
#define YCBCR(code, ...) {					\
	.fourcc = code, .pack = colour_pack_ycbcr,		\
	.component = { __VA_ARGS__ } }

/*
 * The offsets of red, green, blue and alpha in the 3 or 4 bytes of a pixel.
 * Formats whose fourth byte has no meaning get it as if it were alpha.
 */
#define RGB(code, r, g, b) {					\
	.fourcc = code, .pack = colour_pack_rgb,		\
	.component = { { 0, r, 3 }, { 0, g, 3 }, { 0, b, 3 } } }
#define RGBA(code, r, g, b, a) {				\
	.fourcc = code, .pack = colour_pack_rgb,		\
	.component = { { 0, r, 4 }, { 0, g, 4 }, { 0, b, 4 }, { 0, a, 4 } } }

static const struct colour_packing colour_packings[] = {
	YCBCR(V4L2_PIX_FMT_YUYV, { 0, 0, 2 }, { 0, 1, 4 }, { 0, 3, 4 }),
	YCBCR(V4L2_PIX_FMT_UYVY, { 0, 1, 2 }, { 0, 0, 4 }, { 0, 2, 4 }),
	YCBCR(V4L2_PIX_FMT_YVYU, { 0, 0, 2 }, { 0, 3, 4 }, { 0, 1, 4 }),
	YCBCR(V4L2_PIX_FMT_NV12, { 0, 0, 1 }, { 1, 0, 2 }, { 1, 1, 2 }),
	YCBCR(V4L2_PIX_FMT_NV21, { 0, 0, 1 }, { 1, 1, 2 }, { 1, 0, 2 }),
	YCBCR(V4L2_PIX_FMT_NV16, { 0, 0, 1 }, { 1, 0, 2 }, { 1, 1, 2 }),
	YCBCR(V4L2_PIX_FMT_NV61, { 0, 0, 1 }, { 1, 1, 2 }, { 1, 0, 2 }),
	YCBCR(V4L2_PIX_FMT_YUV420, { 0, 0, 1 }, { 1, 0, 1 }, { 2, 0, 1 }),
	YCBCR(V4L2_PIX_FMT_YVU420, { 0, 0, 1 }, { 2, 0, 1 }, { 1, 0, 1 }),
	YCBCR(V4L2_PIX_FMT_YUV422P, { 0, 0, 1 }, { 1, 0, 1 }, { 2, 0, 1 }),
	YCBCR(V4L2_PIX_FMT_GREY, { 0, 0, 1 }),
	{
		.fourcc = V4L2_PIX_FMT_P010,
		.pack = colour_pack_p010,
		/* The more significant bytes */
		.component = { { 0, 1, 2 }, { 1, 1, 4 }, { 1, 3, 4 } },
	},
	RGB(V4L2_PIX_FMT_RGB24, 0, 1, 2),
	RGB(V4L2_PIX_FMT_BGR24, 2, 1, 0),
	RGBA(V4L2_PIX_FMT_XBGR32, 2, 1, 0, 3),
	RGBA(V4L2_PIX_FMT_ABGR32, 2, 1, 0, 3),
	RGBA(V4L2_PIX_FMT_RGBX32, 0, 1, 2, 3),
	RGBA(V4L2_PIX_FMT_RGBA32, 0, 1, 2, 3),
	RGBA(V4L2_PIX_FMT_XRGB32, 1, 2, 3, 0),
	RGBA(V4L2_PIX_FMT_ARGB32, 1, 2, 3, 0),
	{ .fourcc = V4L2_PIX_FMT_RGB565, .pack = colour_pack_rgb565 },
	{ .fourcc = V4L2_PIX_FMT_SRGGB8, .pack = colour_pack_rggb },
};

static const struct colour_packing *colour_find_packing(u32 fourcc)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(colour_packings); i++)
		if (colour_packings[i].fourcc == fourcc)
			return &colour_packings[i];
	return NULL;
}

/**
 * virtcam_colour_pack() - write a row of colours in a pixel format
 * @format: the pixel format; nothing is written if it is compressed
 * @phase: which of the format's phases the row is in
 * @row: the colours
 * @count: how many colours, even
 * @plane: where the bytes of the row go in each plane
 */
void virtcam_colour_pack(const struct virtcam_format *format,
			 unsigned int phase, const struct virtcam_colour *row,
			 unsigned int count, u8 * const plane[])
{
	const struct colour_packing *packing =
		colour_find_packing(format->fourcc);

	if (packing)
		packing->pack(&(struct colour_job) {
			.component = packing->component, .phase = phase,
			.row = row, .count = count, .plane = plane,
		});
}

/**
 * virtcam_colour_pack_grey() - write one plane of pixels of the same grey
 * @format: the pixel format; nothing is written if it has no such plane
 * @luma: the luma of the grey; its chroma is neutral
 * @plane: index of the plane
 * @count: how many pixels of a row, even
 * @to: where the bytes go
 */
void virtcam_colour_pack_grey(const struct virtcam_format *format, u8 luma,
			      unsigned int plane, unsigned int count, u8 *to)
{
	const struct virtcam_colour grey[2] = {
		{ luma, NEUTRAL, NEUTRAL }, { luma, NEUTRAL, NEUTRAL },
	};
	u8 pair[VIRTCAM_MAX_PLANES][2 * VIRTCAM_MAX_GROUP_BYTES];
	u8 * const planes[VIRTCAM_MAX_PLANES] = { pair[0], pair[1], pair[2] };
	unsigned int bytes;

	if (plane >= format->num_planes)
		return;
	virtcam_colour_pack(format, 0, grey, 2, planes);
	bytes = 2 / format->plane[plane].hsub * format->plane[plane].bytes;
	for (; count; count -= 2, to += bytes)
		memcpy(to, pair[plane], bytes);
}
