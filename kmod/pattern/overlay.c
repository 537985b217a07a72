// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "colour.h"
#include "overlay.h"

#define ZERO 16
#define ONE 235
#define NEUTRAL 128

/* Five dots and a gap */
#define GLYPH_COLUMNS 6

struct glyph {
	char c;
	/* From top to bottom; the leftmost dot is 0x10. */
	u8 rows[7];
};

static const struct glyph glyphs[] = {
	{ '0', { 0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e } },
	{ '1', { 0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e } },
	{ '2', { 0x0e, 0x11, 0x01, 0x06, 0x08, 0x10, 0x1f } },
	{ '3', { 0x0e, 0x11, 0x01, 0x06, 0x01, 0x11, 0x0e } },
	{ '4', { 0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02 } },
	{ '5', { 0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e } },
	{ '6', { 0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e } },
	{ '7', { 0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08 } },
	{ '8', { 0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e } },
	{ '9', { 0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c } },
	{ ':', { 0x00, 0x04, 0x04, 0x00, 0x04, 0x04, 0x00 } },
	{ '.', { 0x00, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x0c } },
	{ 'V', { 0x11, 0x11, 0x11, 0x11, 0x11, 0x0a, 0x04 } },
	{ 'I', { 0x0e, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0e } },
	{ 'R', { 0x1e, 0x11, 0x11, 0x1e, 0x14, 0x12, 0x11 } },
	{ 'T', { 0x1f, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04 } },
	{ 'C', { 0x0e, 0x11, 0x10, 0x10, 0x10, 0x11, 0x0e } },
	{ 'A', { 0x0e, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11 } },
	{ 'M', { 0x11, 0x1b, 0x15, 0x15, 0x11, 0x11, 0x11 } },
	{ ' ', { 0x00 } },
};

static unsigned int max_scale(const struct virtcam_mode *mode)
{
	return mode->width / PATTERN_TEXT_COLUMNS;
}

static unsigned int text_row_bytes(const struct pattern_overlay *overlay)
{
	return PATTERN_TEXT_COLUMNS * overlay->dot_bytes;
}

static bool has_stamp(const struct virtcam_mode *mode)
{
	unsigned int in_row = mode->width / VIRTCAM_STAMP_BLOCK;

	return mode->width >= VIRTCAM_STAMP_MIN_SIZE &&
	       mode->height >= VIRTCAM_STAMP_MIN_SIZE &&
	       DIV_ROUND_UP(VIRTCAM_STAMP_BITS, in_row) <=
	       mode->height / VIRTCAM_STAMP_BLOCK;
}

/**
 * pattern_overlay_memory() - what an overlay keeps beside its struct
 * @mode: the frame's layout
 *
 * Return: bytes to hand to pattern_overlay_init().
 */
unsigned int pattern_overlay_memory(const struct virtcam_mode *mode)
{
	unsigned int bytes = mode->format->plane[0].bytes;
	/* Two dots more, each rounded up to an even number of pixels. */
	unsigned int dots = PATTERN_TEXT_ROWS *
			    (PATTERN_TEXT_COLUMNS + 10 * GLYPH_COLUMNS) + 2;

	return mode->width * bytes + dots * max_scale(mode) * bytes +
	       2 * bytes;
}

/**
 * pattern_overlay_init() - prepare an overlay, without text as yet
 * @overlay: the overlay
 * @mode: the frame's layout; stays the caller's, and must stay
 * @memory: pattern_overlay_memory() bytes; likewise
 */
void pattern_overlay_init(struct pattern_overlay *overlay,
			  const struct virtcam_mode *mode, u8 *memory)
{
	unsigned int bytes = mode->format->plane[0].bytes;
	unsigned int dot = round_up(max_scale(mode), 2) * bytes;

	overlay->mode = mode;
	overlay->scale = 0;
	overlay->block_bytes = VIRTCAM_STAMP_BLOCK * bytes;
	pattern_colour_pack_grey(mode->format, ZERO, VIRTCAM_STAMP_BLOCK,
				 overlay->block[0]);
	pattern_colour_pack_grey(mode->format, ONE, VIRTCAM_STAMP_BLOCK,
				 overlay->block[1]);
	overlay->stamp_row = memory;
	overlay->dot[0] = overlay->stamp_row + mode->width * bytes;
	overlay->dot[1] = overlay->dot[0] + dot;
	overlay->digits = overlay->dot[1] + dot;
	overlay->text_rows = overlay->digits + 10 * PATTERN_TEXT_ROWS *
			     GLYPH_COLUMNS * max_scale(mode) * bytes;
	pattern_colour_pack_grey(mode->format, PATTERN_TEXT_GROUND,
				 round_up(max_scale(mode), 2),
				 overlay->dot[0]);
	pattern_colour_pack_grey(mode->format, ONE,
				 round_up(max_scale(mode), 2),
				 overlay->dot[1]);
}

static const u8 *find_glyph(char c)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(glyphs) - 1; i++)
		if (glyphs[i].c == c)
			break;
	return glyphs[i].rows;
}

static unsigned int glyph_row_bytes(const struct pattern_overlay *overlay)
{
	return GLYPH_COLUMNS * overlay->dot_bytes;
}

static void paint_glyph(const struct pattern_overlay *overlay, char c, u8 *to,
			unsigned int stride)
{
	const u8 *glyph = find_glyph(c);
	unsigned int row, column;
	u8 dots, *at;

	for (row = 0; row < PATTERN_TEXT_ROWS; row++, to += stride) {
		at = to;
		dots = row < 7 ? glyph[row] : 0;
		for (column = 0; column < GLYPH_COLUMNS; column++, dots <<= 1) {
			memcpy(at, overlay->dot[(dots >> 4) & 1],
			       overlay->dot_bytes);
			at += overlay->dot_bytes;
		}
	}
}

static u8 *digit(const struct pattern_overlay *overlay, unsigned int number)
{
	return overlay->digits +
	       number * PATTERN_TEXT_ROWS * glyph_row_bytes(overlay);
}

static void paint_digits(const struct pattern_overlay *overlay)
{
	unsigned int i;

	for (i = 0; i < 10; i++)
		paint_glyph(overlay, '0' + i, digit(overlay, i),
			    glyph_row_bytes(overlay));
}

/**
 * pattern_overlay_place_text() - say where the text goes
 * @overlay: the overlay
 * @top: first row of a band of PATTERN_TEXT_GROUND, even
 * @rows: its height; 0 for no text
 *
 * The text is as large as it can be in there, and in the middle.
 */
void pattern_overlay_place_text(struct pattern_overlay *overlay,
				unsigned int top, unsigned int rows)
{
	const struct virtcam_mode *mode = overlay->mode;
	unsigned int bytes = mode->format->plane[0].bytes;
	unsigned int x;

	overlay->scale = min(max_scale(mode), rows / PATTERN_TEXT_ROWS);
	overlay->dot_bytes = overlay->scale * bytes;
	x = round_down((mode->width - PATTERN_TEXT_COLUMNS * overlay->scale) /
		       2, 2);
	top += (rows - PATTERN_TEXT_ROWS * overlay->scale) / 2;
	overlay->text_at = top * mode->bytesperline + x * bytes;
	memset(overlay->text, 0, sizeof(overlay->text));
	paint_digits(overlay);
}

/* What changes from frame to frame are digits: those are there already. */
static void draw_glyph(struct pattern_overlay *overlay, unsigned int at,
		       char c)
{
	unsigned int bytes = glyph_row_bytes(overlay);
	unsigned int stride = text_row_bytes(overlay);
	u8 *to = overlay->text_rows + at * bytes;
	const u8 *from;
	unsigned int row;

	if (c < '0' || c > '9') {
		paint_glyph(overlay, c, to, stride);
		return;
	}
	from = digit(overlay, c - '0');
	for (row = 0; row < PATTERN_TEXT_ROWS; row++) {
		memcpy(to, from, bytes);
		from += bytes;
		to += stride;
	}
}

static char *put_digits(char *end, u32 number, unsigned int digits)
{
	while (digits--) {
		*--end = '0' + number % 10;
		number /= 10;
	}
	return end;
}

static void write_text(char text[PATTERN_TEXT_LENGTH], u32 sequence,
		       u64 elapsed)
{
	u64 ms = div_u64(elapsed, 1000000);
	char *at = text + PATTERN_TEXT_LENGTH;
	u32 in_minute;
	u64 minutes = div_u64_rem(ms, 60000, &in_minute);

	at = put_digits(at, in_minute % 1000, 3);
	*--at = '.';
	at = put_digits(at, in_minute / 1000, 2);
	*--at = ':';
	at = put_digits(at, minutes, 2);
	*--at = ' ';
	at = put_digits(at, sequence, 7);
	memcpy(text, "VIRTCAM ", at - text);
}

/**
 * pattern_overlay_draw_text() - write number and time into a frame
 * @overlay: the overlay
 * @data: the frame
 * @sequence: its number; the last seven digits are shown
 * @elapsed: its time in the stream in nanoseconds
 *
 * Only glyphs that are not the last frame's are made anew.
 */
void pattern_overlay_draw_text(struct pattern_overlay *overlay, u8 *data,
			       u32 sequence, u64 elapsed)
{
	unsigned int bytes = text_row_bytes(overlay);
	char text[PATTERN_TEXT_LENGTH];
	unsigned int i, j;

	if (!overlay->scale)
		return;
	write_text(text, sequence, elapsed);
	for (i = 0; i < PATTERN_TEXT_LENGTH; i++)
		if (text[i] != overlay->text[i])
			draw_glyph(overlay, i, text[i]);
	memcpy(overlay->text, text, sizeof(text));

	data += overlay->text_at;
	for (i = 0; i < PATTERN_TEXT_ROWS; i++) {
		for (j = 0; j < overlay->scale; j++) {
			memcpy(data, overlay->text_rows + i * bytes, bytes);
			data += overlay->mode->bytesperline;
		}
	}
}

/* One row of blocks: @count bits from @first on. */
static void draw_blocks(struct pattern_overlay *overlay, u8 *data,
			const u8 *stamp, unsigned int first,
			unsigned int count)
{
	unsigned int bytes = count * overlay->block_bytes;
	u8 *to = overlay->stamp_row;
	unsigned int i, bit;

	for (i = first; i < first + count; i++) {
		bit = (stamp[i / 8] >> (7 - i % 8)) & 1;
		memcpy(to, overlay->block[bit], overlay->block_bytes);
		to += overlay->block_bytes;
	}
	for (i = 0; i < VIRTCAM_STAMP_BLOCK; i++) {
		memcpy(data, overlay->stamp_row, bytes);
		data += overlay->mode->bytesperline;
	}
}

/* The chroma of the rows of blocks at @row is neutral. */
static void clear_chroma(const struct virtcam_mode *mode, u8 *data,
			 unsigned int row, unsigned int count)
{
	unsigned int plane, i, stride;
	u8 *to;

	for (plane = 1; plane < mode->format->num_planes; plane++) {
		const struct virtcam_plane *p = &mode->format->plane[plane];

		stride = virtcam_mode_plane_stride(mode, plane);
		to = data + virtcam_mode_plane_offset(mode, plane) +
		     row * VIRTCAM_STAMP_BLOCK / p->vsub * stride;
		for (i = 0; i < VIRTCAM_STAMP_BLOCK / p->vsub; i++)
			memset(to + i * stride, NEUTRAL,
			       count * VIRTCAM_STAMP_BLOCK / p->hsub *
			       p->bytes);
	}
}

/**
 * pattern_overlay_draw_stamp() - the last thing drawn into a frame
 * @overlay: the overlay
 * @data: the frame
 * @sequence: its number
 * @time: CLOCK_MONOTONIC in nanoseconds
 */
void pattern_overlay_draw_stamp(struct pattern_overlay *overlay, u8 *data,
				u32 sequence, u64 time)
{
	const struct virtcam_mode *mode = overlay->mode;
	u32 in_row = mode->width / VIRTCAM_STAMP_BLOCK;
	u32 first, count, row;
	u8 stamp[VIRTCAM_STAMP_BYTES];

	if (!has_stamp(mode))
		return;
	virtcam_stamp_encode(stamp, sequence, time);
	for (first = 0, row = 0; first < VIRTCAM_STAMP_BITS;
	     first += count, row++) {
		count = min_t(u32, in_row, VIRTCAM_STAMP_BITS - first);
		draw_blocks(overlay, data + row * VIRTCAM_STAMP_BLOCK *
			    mode->bytesperline, stamp, first, count);
		clear_chroma(mode, data, row, count);
	}
}
