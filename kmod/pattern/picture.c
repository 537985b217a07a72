// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "picture.h"

/* Nanoseconds in which what moves goes once through the picture */
#define SWEEP 4000000000ULL

/* Heights are stated in this part of the picture's. */
#define SHARES 24

/* What is on a tape: a colour for each pixel of a row */
enum subject {
	SUBJECT_BARS,
	SUBJECT_RAMP,
	SUBJECT_CHECKER,
	SUBJECT_NOISE,
	SUBJECT_NEEDLE,
	SUBJECT_TEXT,
	SUBJECT_SOLID,
};

/**
 * struct band - a strip before it is placed
 * @subject: what its tape shows
 * @motion: how it moves
 * @shares: its height
 * @rgb: the colour of a solid, or of the right end of a ramp
 */
struct band {
	enum subject subject;
	enum pattern_motion motion;
	unsigned int shares;
	u8 rgb[3];
};

#define TEXT_BAND { SUBJECT_TEXT, PATTERN_STILL, 2, { 0 } }
#define NEEDLE_BAND { SUBJECT_NEEDLE, PATTERN_MOVING, 4, { 255, 255, 255 } }
#define RAMP_BAND(shares, r, g, b) \
	{ SUBJECT_RAMP, PATTERN_STILL, shares, { r, g, b } }
#define SOLID_BAND(r, g, b) \
	{ { SUBJECT_SOLID, PATTERN_STILL, SHARES, { r, g, b } } }

/* Each pattern's bands from top to bottom; they add up to SHARES. */
static const struct band patterns[PATTERN_COUNT][PATTERN_MAX_STRIPS] = {
	[PATTERN_BARS] = {
		{ SUBJECT_BARS, PATTERN_STILL, 14, { 0 } },
		TEXT_BAND,
		RAMP_BAND(4, 255, 255, 255),
		NEEDLE_BAND,
	},
	[PATTERN_GRADIENT] = {
		RAMP_BAND(6, 255, 255, 255),
		RAMP_BAND(4, 255, 0, 0),
		RAMP_BAND(4, 0, 255, 0),
		RAMP_BAND(4, 0, 0, 255),
		TEXT_BAND,
		NEEDLE_BAND,
	},
	[PATTERN_CHECKERBOARD] = {
		{ SUBJECT_CHECKER, PATTERN_ALTERNATE, 18, { 0 } },
		TEXT_BAND,
		NEEDLE_BAND,
	},
	[PATTERN_NOISE] = {
		{ SUBJECT_NOISE, PATTERN_RANDOM, 18, { 0 } },
		TEXT_BAND,
		{ SUBJECT_NOISE, PATTERN_RANDOM, 4, { 0 } },
	},
	[PATTERN_BLACK] = SOLID_BAND(0, 0, 0),
	[PATTERN_WHITE] = SOLID_BAND(255, 255, 255),
	[PATTERN_RED] = SOLID_BAND(255, 0, 0),
	[PATTERN_GREEN] = SOLID_BAND(0, 255, 0),
	[PATTERN_BLUE] = SOLID_BAND(0, 0, 255),
};

static unsigned int tape_bytes(const struct virtcam_mode *mode)
{
	const struct virtcam_format *format = mode->format;
	unsigned int bytes = 0, i;

	for (i = 0; i < format->num_planes; i++)
		bytes += 2 * mode->width * format->plane[i].bytes /
			 format->plane[i].hsub;
	return bytes * format->phases;
}

static unsigned int colours_bytes(const struct virtcam_mode *mode)
{
	return 2 * mode->width * sizeof(struct pattern_colour);
}

/**
 * pattern_picture_memory() - what a picture keeps beside its struct
 * @mode: a complete mode
 *
 * Return: bytes to hand to pattern_picture_init().
 */
unsigned int pattern_picture_memory(const struct virtcam_mode *mode)
{
	return colours_bytes(mode) + PATTERN_MAX_STRIPS * tape_bytes(mode) +
	       pattern_overlay_memory(mode);
}

/**
 * pattern_picture_init() - prepare a picture, empty as yet
 * @picture: the picture
 * @mode: a complete mode; copied
 * @memory: pattern_picture_memory() bytes; the caller's, in use while the
 *	picture is
 */
void pattern_picture_init(struct pattern_picture *picture,
			  const struct virtcam_mode *mode, u8 *memory)
{
	picture->mode = *mode;
	picture->num_strips = 0;
	/* Never wider than the picture: a tape is only two of these long. */
	picture->period = round_down(min(mode->height / 10, mode->width), 2);
	picture->period = max(picture->period, 2U);
	picture->colours = (struct pattern_colour *)memory;
	memory += colours_bytes(mode);
	picture->tapes = memory;
	memory += PATTERN_MAX_STRIPS * tape_bytes(mode);
	pattern_overlay_init(&picture->overlay, &picture->mode, memory);
}

static struct pattern_colour bar(unsigned int x, unsigned int width)
{
	/* White, yellow, cyan, green, magenta, red, blue, black: the bits */
	unsigned int rgb = 7 - x * 8 / width;

	return pattern_colour_from_rgb(rgb & 2 ? 191 : 0, rgb & 4 ? 191 : 0,
				       rgb & 1 ? 191 : 0);
}

static struct pattern_colour ramp(unsigned int x, unsigned int width,
				  const u8 rgb[3])
{
	return pattern_colour_from_rgb(rgb[0] * x / (width - 1),
				       rgb[1] * x / (width - 1),
				       rgb[2] * x / (width - 1));
}

/* A needle of light with a tail behind it, its point at the right end */
static struct pattern_colour needle(unsigned int x, unsigned int width)
{
	unsigned int tail = width / 4;
	unsigned int point = max(width / 80, 2U);
	unsigned int end = width - x;
	unsigned int glow;

	if (end <= point)
		return pattern_colour_from_rgb(255, 255, 255);
	glow = end < tail ? (tail - end) * 160 / tail : 0;
	return pattern_colour_from_rgb(24, 24 + glow / 2, 32 + glow);
}

static struct pattern_colour checker(unsigned int x, unsigned int period)
{
	return x / period % 2 ? pattern_colour_from_rgb(230, 230, 230) :
				pattern_colour_from_rgb(30, 30, 30);
}

/* A number as good as random; the same for the same @x */
static u32 scatter(u32 x)
{
	x = (x ^ (x >> 16)) * 0x7feb352d;
	x = (x ^ (x >> 15)) * 0x846ca68b;
	return x ^ (x >> 16);
}

static struct pattern_colour noise(unsigned int x)
{
	u8 grey = scatter(x + 1);

	return pattern_colour_from_rgb(grey, grey, grey);
}

static struct pattern_colour subject_at(const struct pattern_picture *picture,
					const struct band *band,
					unsigned int x)
{
	unsigned int width = picture->mode.width;

	switch (band->subject) {
	case SUBJECT_BARS:
		return bar(x % width, width);
	case SUBJECT_RAMP:
		return ramp(x % width, width, band->rgb);
	case SUBJECT_CHECKER:
		return checker(x, picture->period);
	case SUBJECT_NOISE:
		return noise(x);
	case SUBJECT_NEEDLE:
		return needle(x % width, width);
	case SUBJECT_TEXT:
	case SUBJECT_SOLID:
		break;
	}
	return pattern_colour_from_rgb(band->rgb[0], band->rgb[1],
				       band->rgb[2]);
}

static void point_to_tape(const struct pattern_picture *picture,
			  struct pattern_strip *strip, u8 *memory)
{
	const struct virtcam_format *format = picture->mode.format;
	unsigned int phase, plane;

	for (phase = 0; phase < format->phases; phase++) {
		for (plane = 0; plane < format->num_planes; plane++) {
			strip->tape[phase][plane] = memory;
			memory += 2 * picture->mode.width *
				  format->plane[plane].bytes /
				  format->plane[plane].hsub;
		}
	}
}

static void make_tape(struct pattern_picture *picture,
		      const struct band *band, struct pattern_strip *strip)
{
	const struct pattern_settings *settings = &picture->settings;
	const struct virtcam_format *format = picture->mode.format;
	unsigned int count = 2 * picture->mode.width;
	/*
	 * Mirrored, x counts down from the end of the row; a multiple of the
	 * checkerboard's two periods, and of the width, keeps it positive.
	 */
	unsigned int last = picture->mode.width * (2 * picture->period + 1) -
			    1;
	unsigned int i, phase;

	for (i = 0; i < count; i++)
		picture->colours[i] =
			subject_at(picture, band,
				   settings->hflip ? last - i : i);
	if (band->subject != SUBJECT_TEXT)
		pattern_colour_adjust(picture->colours, count,
				      &settings->adjust);
	for (phase = 0; phase < format->phases; phase++)
		pattern_colour_pack(format, phase, picture->colours, count,
				    strip->tape[phase]);
}

static unsigned int band_rows(const struct pattern_picture *picture,
			      const struct band *band, unsigned int used)
{
	const struct virtcam_mode *mode = &picture->mode;
	bool last = band + 1 == &patterns[picture->settings.pattern]
					 [PATTERN_MAX_STRIPS] ||
		    !band[1].shares;

	return last ? mode->height - used :
		      round_down(mode->height * band->shares / SHARES, 2);
}

/**
 * pattern_picture_compose() - make a picture of the settings
 * @picture: the picture
 * @settings: what it should show; copied
 *
 * Costs much more than drawing a frame; only for when the settings change.
 */
void pattern_picture_compose(struct pattern_picture *picture,
			     const struct pattern_settings *settings)
{
	const struct virtcam_mode *mode = &picture->mode;
	const struct band *band = patterns[settings->pattern];
	unsigned int used = 0, i;

	picture->settings = *settings;
	pattern_overlay_place_text(&picture->overlay, 0, 0);
	for (i = 0; i < PATTERN_MAX_STRIPS && band->shares; i++, band++) {
		struct pattern_strip *strip = &picture->strips[i];

		strip->motion = band->motion;
		strip->rows = band_rows(picture, band, used);
		strip->top = settings->vflip ?
			     mode->height - used - strip->rows : used;
		used += strip->rows;
		point_to_tape(picture, strip,
			      picture->tapes + i * tape_bytes(mode));
		make_tape(picture, band, strip);
		if (band->subject == SUBJECT_TEXT)
			pattern_overlay_place_text(&picture->overlay,
						   strip->top, strip->rows);
	}
	picture->num_strips = i;
}

/* The pixel of the tape with which a moving row begins */
static unsigned int moving_start(const struct pattern_picture *picture,
				 u64 elapsed)
{
	unsigned int width = picture->mode.width;
	u64 in_sweep;
	unsigned int at;

	div64_u64_rem(elapsed, SWEEP, &in_sweep);
	at = round_down((unsigned int)div64_u64(in_sweep * width, SWEEP), 2);
	return picture->settings.hflip ? at : width - at;
}

/**
 * struct cut - which part of a tape some rows show
 * @start: its first pixel in the tape, even
 * @rows: how many rows from here on show it
 */
struct cut {
	unsigned int start;
	unsigned int rows;
};

static struct cut cut_at(const struct pattern_picture *picture,
			 const struct pattern_strip *strip, unsigned int row,
			 u32 sequence, u64 elapsed)
{
	unsigned int period = picture->period;
	struct cut cut = { 0, strip->rows - row };
	unsigned int upright;

	switch (strip->motion) {
	case PATTERN_STILL:
		break;
	case PATTERN_MOVING:
		cut.start = moving_start(picture, elapsed);
		break;
	case PATTERN_ALTERNATE:
		upright = picture->settings.vflip ? strip->rows - 1 - row :
						    row;
		cut.start = upright / period % 2 ? period : 0;
		cut.rows = min(cut.rows, picture->settings.vflip ?
			       upright % period + 1 :
			       period - upright % period);
		break;
	case PATTERN_RANDOM:
		cut.start = round_down(scatter(sequence * 4099 + strip->top +
					       row) %
				       picture->mode.width, 2);
		cut.rows = 2;
		break;
	}
	return cut;
}

static void copy_rows(u8 *to, const u8 *from, unsigned int bytes, u32 stride,
		      unsigned int rows)
{
	for (; rows--; to += stride)
		memcpy(to, from, bytes);
}

/*
 * A still strip's tape is the same row twice, and where no padding comes
 * between, one copy makes two rows.
 */
static void copy_still_rows(u8 *to, const u8 *from, unsigned int bytes,
			    unsigned int rows)
{
	copy_rows(to, from, 2 * bytes, 2 * bytes, rows / 2);
	if (rows % 2)
		memcpy(to + (rows - 1) * bytes, from, bytes);
}

/* @row is the cut's first, in the frame; even, as is the number of rows. */
static void draw_cut(const struct pattern_picture *picture,
		     const struct pattern_strip *strip, const struct cut *cut,
		     u8 *data, unsigned int row)
{
	const struct virtcam_mode *mode = &picture->mode;
	unsigned int phases = mode->format->phases;
	bool still = strip->motion == PATTERN_STILL && phases == 1;
	unsigned int i, phase;

	for (i = 0; i < mode->format->num_planes; i++) {
		const struct virtcam_plane *p = &mode->format->plane[i];
		u32 stride = virtcam_mode_plane_stride(mode, i);
		u32 bytes = mode->width / p->hsub * p->bytes;
		u8 *to = data + virtcam_mode_plane_offset(mode, i) +
			 row / p->vsub * stride;

		if (still && stride == bytes) {
			copy_still_rows(to, strip->tape[0][i], bytes,
					cut->rows / p->vsub);
			continue;
		}
		for (phase = 0; phase < phases; phase++)
			copy_rows(to + phase * stride, strip->tape[phase][i] +
				  cut->start / p->hsub * p->bytes,
				  bytes, stride * phases,
				  cut->rows / p->vsub / phases);
	}
}

/**
 * pattern_picture_draw() - draw all of a frame but its stamp
 * @picture: a composed picture
 * @data: the frame
 * @sequence: its number
 * @elapsed: its time in the stream in nanoseconds
 *
 * The bytes depend on mode, settings and these arguments alone.
 */
void pattern_picture_draw(struct pattern_picture *picture, u8 *data,
			  u32 sequence, u64 elapsed)
{
	unsigned int i, row;
	struct cut cut;

	for (i = 0; i < picture->num_strips; i++) {
		const struct pattern_strip *strip = &picture->strips[i];

		for (row = 0; row < strip->rows; row += cut.rows) {
			cut = cut_at(picture, strip, row, sequence, elapsed);
			draw_cut(picture, strip, &cut, data,
				 strip->top + row);
		}
	}
	pattern_overlay_draw_text(&picture->overlay, data, sequence, elapsed);
}
