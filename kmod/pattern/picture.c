// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "picture.h"

/* A PATTERN_MOVING strip moves by one picture width in so many nanoseconds. */
#define SWEEP_NS 4000000000ULL

/* The height of a band is stated in 24ths of the picture's height. */
#define SHARES 24

/* What a tape shows */
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
 * struct band - a strip of a pattern, whatever the size of the picture
 * @subject: what the strip's tape shows
 * @motion: how the strip moves
 * @shares: the strip's height in SHARES of the picture's; 0 ends the list
 * @rgb: the colour of SUBJECT_SOLID and SUBJECT_TEXT, or of the right end of
 *	SUBJECT_RAMP
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

/* Each pattern's bands from top to bottom; their shares add up to SHARES. */
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

/* The bytes of a row of one plane, without padding */
static unsigned int picture_row_bytes(const struct virtcam_mode *mode,
				      unsigned int plane)
{
	const struct virtcam_plane *p = &mode->format->plane[plane];

	return mode->width / p->hsub * p->bytes;
}

/* The bytes of one strip's tape: two rows for each phase and plane */
static unsigned int picture_tape_bytes(const struct virtcam_mode *mode)
{
	const struct virtcam_format *format = mode->format;
	unsigned int bytes = 0, i;

	for (i = 0; i < format->num_planes; i++)
		bytes += 2 * picture_row_bytes(mode, i);
	return bytes * format->phases;
}

static unsigned int picture_colours_bytes(const struct virtcam_mode *mode)
{
	return 2 * mode->width * sizeof(struct virtcam_colour);
}

/**
 * pattern_picture_memory() - the size of the memory that a picture needs
 * @mode: a complete mode of a raw format
 *
 * Return: how many bytes pattern_picture_init() takes beside the struct.
 */
unsigned int pattern_picture_memory(const struct virtcam_mode *mode)
{
	return picture_colours_bytes(mode) +
	       PATTERN_MAX_STRIPS * picture_tape_bytes(mode) +
	       pattern_overlay_memory(mode);
}

/**
 * pattern_picture_init() - prepare a picture that shows nothing yet
 * @picture: the picture; pattern_picture_compose() must be called before the
 *	first pattern_picture_draw()
 * @mode: a complete mode of a raw format; copied
 * @memory: pattern_picture_memory() bytes, which the caller frees when it has
 *	done with @picture
 */
void pattern_picture_init(struct pattern_picture *picture,
			  const struct virtcam_mode *mode, u8 *memory)
{
	picture->mode = *mode;
	picture->num_strips = 0;
	/*
	 * A tape is two picture widths long, and the rows of a
	 * PATTERN_ALTERNATE strip start up to one period into it: a period
	 * wider than the picture would read beyond the tape.
	 */
	picture->period = round_down(min(mode->height / 10, mode->width), 2);
	picture->period = max(picture->period, 2U);
	picture->colours = (struct virtcam_colour *)memory;
	memory += picture_colours_bytes(mode);
	picture->tapes = memory;
	memory += PATTERN_MAX_STRIPS * picture_tape_bytes(mode);
	pattern_overlay_init(&picture->overlay, &picture->mode, memory);
}

static struct virtcam_colour picture_bar(unsigned int x, unsigned int width)
{
	/*
	 * White, yellow, cyan, green, magenta, red, blue, black: the number of
	 * a bar counts down from 7, with green as bit 2, red as bit 1 and blue
	 * as bit 0.
	 */
	unsigned int rgb = 7 - x * 8 / width;

	return virtcam_colour_from_rgb(rgb & 2 ? 191 : 0, rgb & 4 ? 191 : 0,
				       rgb & 1 ? 191 : 0);
}

static struct virtcam_colour picture_ramp(unsigned int x, unsigned int width,
					  const u8 rgb[3])
{
	return virtcam_colour_from_rgb(rgb[0] * x / (width - 1),
				       rgb[1] * x / (width - 1),
				       rgb[2] * x / (width - 1));
}

/*
 * A line of light at the right end of the row, as the point of a needle, and a
 * tail on its left that fades into a dark ground.
 */
static struct virtcam_colour picture_needle(unsigned int x, unsigned int width)
{
	unsigned int tail = width / 4;
	unsigned int point = max(width / 80, 2U);
	unsigned int end = width - x;
	unsigned int glow;

	if (end <= point)
		return virtcam_colour_from_rgb(255, 255, 255);
	glow = end < tail ? (tail - end) * 160 / tail : 0;
	return virtcam_colour_from_rgb(24, 24 + glow / 2, 32 + glow);
}

static struct virtcam_colour picture_checker(unsigned int x,
					     unsigned int period)
{
	return x / period % 2 ? virtcam_colour_from_rgb(230, 230, 230) :
				virtcam_colour_from_rgb(30, 30, 30);
}

/* A pseudo-random number that depends on @x alone */
static u32 picture_hash(u32 x)
{
	x = (x ^ (x >> 16)) * 0x7feb352d;
	x = (x ^ (x >> 15)) * 0x846ca68b;
	return x ^ (x >> 16);
}

static struct virtcam_colour picture_noise(unsigned int x)
{
	u8 grey = picture_hash(x + 1);

	return virtcam_colour_from_rgb(grey, grey, grey);
}

static struct virtcam_colour
picture_subject_at(const struct pattern_picture *picture,
		   const struct band *band, unsigned int x)
{
	unsigned int width = picture->mode.width;

	switch (band->subject) {
	case SUBJECT_BARS:
		return picture_bar(x % width, width);
	case SUBJECT_RAMP:
		return picture_ramp(x % width, width, band->rgb);
	case SUBJECT_CHECKER:
		return picture_checker(x, picture->period);
	case SUBJECT_NOISE:
		return picture_noise(x);
	case SUBJECT_NEEDLE:
		return picture_needle(x % width, width);
	case SUBJECT_TEXT:
	case SUBJECT_SOLID:
		break;
	}
	return virtcam_colour_from_rgb(band->rgb[0], band->rgb[1],
				       band->rgb[2]);
}

static void picture_place_tape(const struct pattern_picture *picture,
			       struct pattern_strip *strip, u8 *memory)
{
	const struct virtcam_format *format = picture->mode.format;
	unsigned int phase, plane;

	for (phase = 0; phase < format->phases; phase++) {
		for (plane = 0; plane < format->num_planes; plane++) {
			strip->tape[phase][plane] = memory;
			memory += 2 * picture_row_bytes(&picture->mode, plane);
		}
	}
}

static void picture_fill_tape(struct pattern_picture *picture,
			      const struct band *band,
			      struct pattern_strip *strip)
{
	const struct pattern_settings *settings = &picture->settings;
	const struct virtcam_format *format = picture->mode.format;
	unsigned int count = 2 * picture->mode.width;
	/*
	 * A mirrored tape shows x = last - i at its pixel i. The last pixel of
	 * a row is width - 1, but i goes up to 2 * width - 1. Adding
	 * width * 2 * period keeps x from becoming negative, and shows in no
	 * subject but SUBJECT_NOISE: all others repeat after width or after
	 * 2 * period pixels.
	 */
	unsigned int last = picture->mode.width * (2 * picture->period + 1) -
			    1;
	unsigned int i, phase;

	for (i = 0; i < count; i++)
		picture->colours[i] =
			picture_subject_at(picture, band,
					   settings->hflip ? last - i : i);
	/* The text's ground has the same luma in whatever settings. */
	if (band->subject != SUBJECT_TEXT)
		virtcam_colour_adjust(picture->colours, count,
				      &settings->adjust);
	for (phase = 0; phase < format->phases; phase++)
		virtcam_colour_pack(format, phase, picture->colours, count,
				    strip->tape[phase]);
}

/* The last band gets every row that those before it, @used rows, have left. */
static unsigned int picture_band_rows(const struct pattern_picture *picture,
				      const struct band *band,
				      unsigned int used)
{
	const struct virtcam_mode *mode = &picture->mode;
	bool last = band + 1 == &patterns[picture->settings.pattern]
					 [PATTERN_MAX_STRIPS] ||
		    !band[1].shares;

	return last ? mode->height - used :
		      round_down(mode->height * band->shares / SHARES, 2);
}

/**
 * pattern_picture_compose() - prepare the tapes for what frames shall show
 * @picture: the picture
 * @settings: what frames shall show from now on; copied
 *
 * This computes a colour for each pixel of each tape, which costs much more
 * than pattern_picture_draw(): call it only when the settings change.
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
		strip->rows = picture_band_rows(picture, band, used);
		strip->top = settings->vflip ?
			     mode->height - used - strip->rows : used;
		used += strip->rows;
		picture_place_tape(picture, strip, picture->tapes +
				   i * picture_tape_bytes(mode));
		picture_fill_tape(picture, band, strip);
		if (band->subject == SUBJECT_TEXT)
			pattern_overlay_place_text(&picture->overlay,
						   strip->top, strip->rows);
	}
	picture->num_strips = i;
}

/* The pixel of the tape at which the rows of a PATTERN_MOVING strip start */
static unsigned int picture_moving_start(const struct pattern_picture *picture,
					 u64 elapsed)
{
	unsigned int width = picture->mode.width;
	u64 in_sweep;
	unsigned int at;

	div64_u64_rem(elapsed, SWEEP_NS, &in_sweep);
	at = round_down((unsigned int)div64_u64(in_sweep * width, SWEEP_NS), 2);
	return picture->settings.hflip ? at : width - at;
}

/**
 * struct tape_part - what some neighbouring rows of a strip show of its tape
 * @start: the pixel of the tape at which these rows start, even
 * @rows: how many rows start there, even
 */
struct tape_part {
	unsigned int start;
	unsigned int rows;
};

/* The part of the tape that @strip shows from its row @row on */
static struct tape_part picture_part_at(const struct pattern_picture *picture,
					const struct pattern_strip *strip,
					unsigned int row, u32 sequence,
					u64 elapsed)
{
	unsigned int period = picture->period;
	struct tape_part part = { 0, strip->rows - row };
	unsigned int upright;

	switch (strip->motion) {
	case PATTERN_STILL:
		break;
	case PATTERN_MOVING:
		part.start = picture_moving_start(picture, elapsed);
		break;
	case PATTERN_ALTERNATE:
		/* Where @row would be if the picture were not flipped */
		upright = picture->settings.vflip ? strip->rows - 1 - row :
						    row;
		part.start = upright / period % 2 ? period : 0;
		part.rows = min(part.rows, picture->settings.vflip ?
				upright % period + 1 :
				period - upright % period);
		break;
	case PATTERN_RANDOM:
		part.start = round_down(picture_hash(sequence * 4099 +
						     strip->top + row) %
					picture->mode.width, 2);
		part.rows = 2;
		break;
	}
	return part;
}

static void picture_copy_rows(u8 *to, const u8 *from, unsigned int bytes,
			      u32 stride, unsigned int rows)
{
	for (; rows--; to += stride)
		memcpy(to, from, bytes);
}

/*
 * The tape of a PATTERN_STILL strip holds the same row twice. Where rows have
 * no padding between them, one copy of the whole tape makes two rows.
 */
static void picture_copy_still_rows(u8 *to, const u8 *from,
				    unsigned int bytes, unsigned int rows)
{
	picture_copy_rows(to, from, 2 * bytes, 2 * bytes, rows / 2);
	if (rows % 2)
		memcpy(to + (rows - 1) * bytes, from, bytes);
}

/* @row is the first row of the part, counted from the top of the frame; even */
static void picture_draw_part(const struct pattern_picture *picture,
			      const struct pattern_strip *strip,
			      const struct tape_part *part, u8 *data,
			      unsigned int row)
{
	const struct virtcam_mode *mode = &picture->mode;
	unsigned int phases = mode->format->phases;
	bool still = strip->motion == PATTERN_STILL && phases == 1;
	unsigned int i, phase;

	for (i = 0; i < mode->format->num_planes; i++) {
		const struct virtcam_plane *p = &mode->format->plane[i];
		u32 stride = virtcam_mode_plane_stride(mode, i);
		u32 bytes = picture_row_bytes(mode, i);
		u8 *to = data + row / p->vsub * stride;

		/* The next plane follows this one. */
		data += mode->height / p->vsub * stride;
		if (still && stride == bytes) {
			picture_copy_still_rows(to, strip->tape[0][i], bytes,
						part->rows / p->vsub);
			continue;
		}
		for (phase = 0; phase < phases; phase++)
			picture_copy_rows(to + phase * stride,
					  strip->tape[phase][i] +
					  part->start / p->hsub * p->bytes,
					  bytes, stride * phases,
					  part->rows / p->vsub / phases);
	}
}

/**
 * pattern_picture_draw() - draw a frame, all but its stamp
 * @picture: a composed picture
 * @data: where the frame's bytes go
 * @sequence: the frame's number
 * @elapsed: nanoseconds from the start of the stream to the frame
 *
 * The bytes depend on the mode, the settings, @sequence and @elapsed alone.
 */
void pattern_picture_draw(struct pattern_picture *picture, u8 *data,
			  u32 sequence, u64 elapsed)
{
	unsigned int i, row;
	struct tape_part part;

	for (i = 0; i < picture->num_strips; i++) {
		const struct pattern_strip *strip = &picture->strips[i];

		for (row = 0; row < strip->rows; row += part.rows) {
			part = picture_part_at(picture, strip, row, sequence,
					       elapsed);
			picture_draw_part(picture, strip, &part, data,
					  strip->top + row);
		}
	}
	pattern_overlay_draw_text(&picture->overlay, data, sequence, elapsed);
}
