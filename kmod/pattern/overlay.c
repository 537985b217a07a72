// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include <virtcam/colour.h>

#include "overlay.h"

/* The luma of a stamp's block that is a zero or a one; text is as bright. */
#define ZERO 16
#define ONE 235

/* Five dots and a gap */
#define GLYPH_COLUMNS 6

#define GLYPH_ROWS 7

/**
 * struct glyph - what a character looks like
 * @c: the character
 * @rows: its rows from top to bottom; in each, bit 4 is the leftmost dot and
 *	bit 0 the rightmost
 */
struct glyph {
	char c;
	u8 rows[GLYPH_ROWS];
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

/* The side of a dot in pixels when the text is as wide as the picture */
static unsigned int overlay_max_scale(const struct virtcam_mode *mode)
{
	return mode->width / PATTERN_TEXT_COLUMNS;
}

/* Even, since virtcam_colour_pack_grey() writes pairs of pixels */
static unsigned int overlay_max_dot_pixels(const struct virtcam_mode *mode)
{
	return round_up(overlay_max_scale(mode), 2);
}

static unsigned int overlay_chroma_row_bytes(const struct virtcam_mode *mode)
{
	const struct virtcam_plane *chroma = &mode->format->plane[1];

	return mode->format->num_planes > 1 ?
	       mode->width / chroma->hsub * chroma->bytes : 0;
}

static unsigned int
overlay_glyph_row_bytes(const struct pattern_overlay *overlay)
{
	return GLYPH_COLUMNS * overlay->dot_bytes;
}

static unsigned int
overlay_text_row_bytes(const struct pattern_overlay *overlay)
{
	return PATTERN_TEXT_COLUMNS * overlay->dot_bytes;
}

static bool overlay_has_stamp(const struct virtcam_mode *mode)
{
	unsigned int in_row = mode->width / VIRTCAM_STAMP_BLOCK;

	return mode->width >= VIRTCAM_STAMP_MIN_SIZE &&
	       mode->height >= VIRTCAM_STAMP_MIN_SIZE &&
	       DIV_ROUND_UP(VIRTCAM_STAMP_BITS, in_row) <=
	       mode->height / VIRTCAM_STAMP_BLOCK;
}

/**
 * pattern_overlay_memory() - the size of the memory that an overlay needs
 * @mode: the layout of the frames
 *
 * Return: how many bytes pattern_overlay_init() takes beside the struct.
 */
unsigned int pattern_overlay_memory(const struct virtcam_mode *mode)
{
	unsigned int stamp = mode->width;
	unsigned int dots = 2 * overlay_max_dot_pixels(mode);
	unsigned int digits = 10 * PATTERN_TEXT_ROWS * GLYPH_COLUMNS *
			      overlay_max_scale(mode);
	unsigned int text = PATTERN_TEXT_ROWS * PATTERN_TEXT_COLUMNS *
			    overlay_max_scale(mode);

	return (stamp + dots + digits + text) * mode->format->plane[0].bytes +
	       overlay_chroma_row_bytes(mode);
}

/**
 * pattern_overlay_init() - prepare an overlay that has no text yet
 * @overlay: the overlay
 * @mode: the layout of the frames, which the caller keeps as long as @overlay
 * @memory: pattern_overlay_memory() bytes, which the caller frees when it has
 *	done with @overlay
 */
void pattern_overlay_init(struct pattern_overlay *overlay,
			  const struct virtcam_mode *mode, u8 *memory)
{
	const struct virtcam_format *format = mode->format;
	unsigned int bytes = format->plane[0].bytes;
	unsigned int dot = overlay_max_dot_pixels(mode);

	overlay->mode = mode;
	overlay->scale = 0;
	overlay->block_bytes = VIRTCAM_STAMP_BLOCK * bytes;
	overlay->stamp_row = memory;
	overlay->chroma_row = overlay->stamp_row + mode->width * bytes;
	overlay->dot[0] = overlay->chroma_row + overlay_chroma_row_bytes(mode);
	overlay->dot[1] = overlay->dot[0] + dot * bytes;
	overlay->digits = overlay->dot[1] + dot * bytes;
	overlay->text_rows = overlay->digits + 10 * PATTERN_TEXT_ROWS *
			     GLYPH_COLUMNS * overlay_max_scale(mode) * bytes;

	virtcam_colour_pack_grey(format, ZERO, 0, VIRTCAM_STAMP_BLOCK,
				 overlay->block[0]);
	virtcam_colour_pack_grey(format, ONE, 0, VIRTCAM_STAMP_BLOCK,
				 overlay->block[1]);
	virtcam_colour_pack_grey(format, ZERO, 1, mode->width,
				 overlay->chroma_row);
	virtcam_colour_pack_grey(format, PATTERN_TEXT_GROUND, 0, dot,
				 overlay->dot[0]);
	virtcam_colour_pack_grey(format, ONE, 0, dot, overlay->dot[1]);
}

/* The last glyph, a space, stands for every character that has none. */
static const u8 *overlay_find_glyph(char c)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(glyphs) - 1; i++)
		if (glyphs[i].c == c)
			break;
	return glyphs[i].rows;
}

/* Write the rows of pixels that show @c, @stride bytes apart, dot by dot. */
static void overlay_paint_glyph(const struct pattern_overlay *overlay, char c,
				u8 *to, unsigned int stride)
{
	const u8 *glyph = overlay_find_glyph(c);
	unsigned int row, column;
	u8 dots, *at;

	for (row = 0; row < PATTERN_TEXT_ROWS; row++, to += stride) {
		at = to;
		dots = row < GLYPH_ROWS ? glyph[row] : 0;
		for (column = 0; column < GLYPH_COLUMNS; column++, dots <<= 1) {
			memcpy(at, overlay->dot[(dots >> 4) & 1],
			       overlay->dot_bytes);
			at += overlay->dot_bytes;
		}
	}
}

static u8 *overlay_digit(const struct pattern_overlay *overlay,
			 unsigned int number)
{
	return overlay->digits +
	       number * PATTERN_TEXT_ROWS * overlay_glyph_row_bytes(overlay);
}

static void overlay_paint_digits(const struct pattern_overlay *overlay)
{
	unsigned int i;

	for (i = 0; i < 10; i++)
		overlay_paint_glyph(overlay, '0' + i,
				    overlay_digit(overlay, i),
				    overlay_glyph_row_bytes(overlay));
}

/**
 * pattern_overlay_place_text() - say in which rows of the picture the text lies
 * @overlay: the overlay
 * @top: the first of neighbouring rows of luma PATTERN_TEXT_GROUND, even
 * @rows: how many such rows there are; 0 for no text
 *
 * The text is as large as these rows allow, and in the middle of them.
 */
void pattern_overlay_place_text(struct pattern_overlay *overlay,
				unsigned int top, unsigned int rows)
{
	const struct virtcam_mode *mode = overlay->mode;
	unsigned int bytes = mode->format->plane[0].bytes;
	unsigned int x;

	overlay->scale = min(overlay_max_scale(mode), rows / PATTERN_TEXT_ROWS);
	overlay->dot_bytes = overlay->scale * bytes;
	x = round_down((mode->width - PATTERN_TEXT_COLUMNS * overlay->scale) /
		       2, 2);
	top += (rows - PATTERN_TEXT_ROWS * overlay->scale) / 2;
	overlay->text_at = top * mode->bytesperline + x * bytes;
	memset(overlay->text, 0, sizeof(overlay->text));
	overlay_paint_digits(overlay);
}

/*
 * Show @c as character @at of overlay->text_rows. What changes from frame to
 * frame are digits, so those are copied from overlay->digits, which is cheaper
 * than painting them dot by dot.
 */
static void overlay_put_glyph(struct pattern_overlay *overlay, unsigned int at,
			      char c)
{
	unsigned int bytes = overlay_glyph_row_bytes(overlay);
	unsigned int stride = overlay_text_row_bytes(overlay);
	u8 *to = overlay->text_rows + at * bytes;
	const u8 *from;
	unsigned int row;

	if (c < '0' || c > '9') {
		overlay_paint_glyph(overlay, c, to, stride);
		return;
	}
	from = overlay_digit(overlay, c - '0');
	for (row = 0; row < PATTERN_TEXT_ROWS; row++) {
		memcpy(to, from, bytes);
		from += bytes;
		to += stride;
	}
}

/* Write the last @digits digits of @number before @end; return the first. */
static char *overlay_write_number(char *end, u32 number, unsigned int digits)
{
	while (digits--) {
		*--end = '0' + number % 10;
		number /= 10;
	}
	return end;
}

/* From right to left: the time, the number, and "VIRTCAM " in what is left */
static void overlay_write_text(char text[PATTERN_TEXT_LENGTH], u32 sequence,
			       u64 elapsed)
{
	u64 ms = div_u64(elapsed, 1000000);
	char *at = text + PATTERN_TEXT_LENGTH;
	u32 in_minute;
	u64 minutes = div_u64_rem(ms, 60000, &in_minute);

	at = overlay_write_number(at, in_minute % 1000, 3);
	*--at = '.';
	at = overlay_write_number(at, in_minute / 1000, 2);
	*--at = ':';
	at = overlay_write_number(at, minutes, 2);
	*--at = ' ';
	at = overlay_write_number(at, sequence, 7);
	memcpy(text, "VIRTCAM ", at - text);
}

/**
 * pattern_overlay_draw_text() - draw number and time of a frame as text
 * @overlay: the overlay
 * @data: the frame's bytes
 * @sequence: the frame's number; its last seven digits are shown
 * @elapsed: nanoseconds from the start of the stream to the frame, shown as
 *	minutes, seconds and milliseconds
 *
 * Only characters that differ from those of the frame drawn before are made
 * anew in overlay->text_rows.
 */
void pattern_overlay_draw_text(struct pattern_overlay *overlay, u8 *data,
			       u32 sequence, u64 elapsed)
{
	unsigned int bytes = overlay_text_row_bytes(overlay);
	char text[PATTERN_TEXT_LENGTH];
	unsigned int i, j;

	if (!overlay->scale)
		return;
	overlay_write_text(text, sequence, elapsed);
	for (i = 0; i < PATTERN_TEXT_LENGTH; i++)
		if (text[i] != overlay->text[i])
			overlay_put_glyph(overlay, i, text[i]);
	memcpy(overlay->text, text, sizeof(text));

	data += overlay->text_at;
	for (i = 0; i < PATTERN_TEXT_ROWS; i++) {
		for (j = 0; j < overlay->scale; j++) {
			memcpy(data, overlay->text_rows + i * bytes, bytes);
			data += overlay->mode->bytesperline;
		}
	}
}

/* Draw @count bits of the stamp, from its bit @first on, side by side. */
static void overlay_draw_blocks(struct pattern_overlay *overlay, u8 *data,
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

/* Make the chroma of @count blocks neutral, in the row of blocks @row. */
static void overlay_clear_chroma(const struct pattern_overlay *overlay,
				 u8 *data, unsigned int row,
				 unsigned int count)
{
	const struct virtcam_mode *mode = overlay->mode;
	unsigned int plane, i, stride, bytes;
	u8 *to;

	for (plane = 1; plane < mode->format->num_planes; plane++) {
		const struct virtcam_plane *p = &mode->format->plane[plane];

		stride = virtcam_mode_plane_stride(mode, plane);
		bytes = count * VIRTCAM_STAMP_BLOCK / p->hsub * p->bytes;
		to = data + virtcam_mode_plane_offset(mode, plane) +
		     row * VIRTCAM_STAMP_BLOCK / p->vsub * stride;
		for (i = 0; i < VIRTCAM_STAMP_BLOCK / p->vsub; i++) {
			memcpy(to, overlay->chroma_row, bytes);
			to += stride;
		}
	}
}

/**
 * pattern_overlay_draw_stamp() - draw the stamp, as the last step of a frame
 * @overlay: the overlay
 * @data: the frame's bytes
 * @sequence: the frame's number
 * @time: CLOCK_MONOTONIC in nanoseconds when all else was drawn
 *
 * A picture too small for all bits of the stamp gets none.
 */
void pattern_overlay_draw_stamp(struct pattern_overlay *overlay, u8 *data,
				u32 sequence, u64 time)
{
	const struct virtcam_mode *mode = overlay->mode;
	u32 in_row = mode->width / VIRTCAM_STAMP_BLOCK;
	u32 first, count, row;
	u8 stamp[VIRTCAM_STAMP_BYTES];

	if (!overlay_has_stamp(mode))
		return;
	virtcam_stamp_encode(stamp, sequence, time);
	for (first = 0, row = 0; first < VIRTCAM_STAMP_BITS;
	     first += count, row++) {
		count = min_t(u32, in_row, VIRTCAM_STAMP_BITS - first);
		overlay_draw_blocks(overlay, data + row * VIRTCAM_STAMP_BLOCK *
				    mode->bytesperline, stamp, first, count);
		overlay_clear_chroma(overlay, data, row, count);
	}
}
