// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include <virtcam/colour.h>
#include <virtcam/text.h>

#include "placeholder.h"

/* Dots of a character of the font; each row of them is a byte. */
#define GLYPH_COLUMNS 8
#define GLYPH_ROWS 16

/* Dots between a line of text and what is above it */
#define TEXT_GAP 4

/* The longest name of a camera, in bytes */
#define NAME_LENGTH 31

/*
 * The font has what code page 437 has: ASCII, and from 0x80 on these, a good part of what
 * Western European languages need. Other characters are drawn as a question mark.
 */
#define FIRST_LETTER 0x80
static const u8 letters[] = {
	0xc7, 0xfc, 0xe9, 0xe2, 0xe4, 0xe0, 0xe5, 0xe7,
	0xea, 0xeb, 0xe8, 0xef, 0xee, 0xec, 0xc4, 0xc5,
	0xc9, 0xe6, 0xc6, 0xf4, 0xf6, 0xf2, 0xfb, 0xf9,
	0xff, 0xd6, 0xdc, 0xa2, 0xa3, 0xa5, 0x00, 0x00,
	0xe1, 0xed, 0xf3, 0xfa, 0xf1, 0xd1, 0xaa, 0xba,
};

/*
 * A name that is wider than the picture is cut, and ends with this. It is left
 * out if fewer than NAME_LEAST characters have room.
 */
#define ELLIPSIS "..."
#define ELLIPSIS_LENGTH 3
#define NAME_LEAST (ELLIPSIS_LENGTH + 3)

/* Shares of a pixel or of a step of luma are stated in parts of this. */
#define WHOLE 256

/* The symbol's shapes are stated in a square with a side of 20 units. */
#define UNIT 256
#define SYMBOL_SIDE (20 * UNIT)

/* The side of a dot is the picture's height divided by this. */
#define NAME_SHARE 160
#define REASON_SHARE 300

/* 0xRRGGBB: the ground at its top, and what is drawn on it */
#define GROUND 0x2c3340
#define SYMBOL_INK 0x7c8aa0
#define NAME_INK 0xf0f3f8
#define REASON_INK 0x96a2b6

/* By how many steps of luma the ground is darker at its bottom */
#define GROUND_FALL 24

/*
 * What is added to the luma of pixels, before it is rounded down to a whole
 * step, so that some pixels get the step above: an ordered dither.
 */
#define DITHER_SIDE 4
static const u8 dither[DITHER_SIDE][DITHER_SIDE] = {
	{   8, 136,  40, 168 },
	{ 200,  72, 232, 104 },
	{  56, 184,  24, 152 },
	{ 248, 120, 216,  88 },
};

/* What is said below the name: the first of these that has room */
static const char * const reasons[] = {
	"nothing feeds this camera",
	"nothing feeds it",
	"no feed",
};

/**
 * struct text - a line of text
 * @font: the dots of every character: see feed_placeholder_draw()
 * @chars: the characters, without a NUL
 * @length: how many
 * @scale: pixels of a dot's side
 * @left: the first column of pixels
 * @top: the first row of pixels
 */
struct text {
	const u8 *font;
	const char *chars;
	unsigned int length;
	unsigned int scale;
	unsigned int left;
	unsigned int top;
};

/* With the gap above; 0 if there are no characters */
static unsigned int text_height(const struct text *text)
{
	return text->length ? (TEXT_GAP + GLYPH_ROWS) * text->scale : 0;
}

static unsigned int text_width(const struct text *text)
{
	return text->length * GLYPH_COLUMNS * text->scale;
}

/* As large as @width allows, up to @max_scale */
static void text_fit(struct text *text, unsigned int width,
		     unsigned int max_scale)
{
	if (text->length)
		text->scale = clamp(width / (text->length * GLYPH_COLUMNS), 1U,
				    max(max_scale, 1U));
}

/* 1 if a dot is on, else 0; dots beside the text are off. */
static int text_dot(const struct text *text, int column, int row)
{
	u8 c, dots;

	if (column < 0 || column >= (int)text->length * GLYPH_COLUMNS ||
	    row < 0 || row >= GLYPH_ROWS)
		return 0;
	c = text->chars[column / GLYPH_COLUMNS];
	dots = text->font[c * GLYPH_ROWS + row];
	return dots >> (GLYPH_COLUMNS - 1 - column % GLYPH_COLUMNS) & 1;
}

/*
 * How much of a pixel the text covers, in parts of WHOLE; @x and @y count from
 * the text's first pixel.
 *
 * Between the middles of four dots, the pixel gets a mean of them, weighted by
 * how near it is to each. The outline of a character is where that mean is one
 * half: it is straight along the sides of dots, and round at their corners. The
 * mean changes by WHOLE from one dot to the next, hence by WHOLE in one pixel
 * when it is multiplied by the scale, which makes the outline sharp.
 */
static unsigned int text_cover(const struct text *text, unsigned int x,
			       unsigned int y)
{
	const int scale = text->scale, dot = 2 * scale;
	/* In half pixels, from a dot above and left of the text */
	const int across = 2 * x + 1 + scale, down = 2 * y + 1 + scale;
	const int right = across % dot, low = down % dot;
	const int column = across / dot - 1, row = down / dot - 1;
	int mean;

	mean = text_dot(text, column, row) * (dot - right) * (dot - low) +
	       text_dot(text, column + 1, row) * right * (dot - low) +
	       text_dot(text, column, row + 1) * (dot - right) * low +
	       text_dot(text, column + 1, row + 1) * right * low;
	mean = mean * WHOLE / (dot * dot);
	return clamp((mean - WHOLE / 2) * scale + WHOLE / 2, 0, WHOLE);
}

/*
 * The functions below say how far a point is inside of a shape, in parts of
 * UNIT; outside, they are negative. They are right near the shape's outline
 * alone, where pixels are covered in part.
 */

static int symbol_in_circle(int x, int y, int radius)
{
	return (radius * radius - x * x - y * y) / (2 * radius);
}

/* A box with round corners */
static int symbol_in_body(int x, int from_middle)
{
	int beyond_x = max(3 * UNIT - x, x - 12 * UNIT);
	int beyond_y = from_middle - 4 * UNIT;

	return symbol_in_circle(max(beyond_x, 0), max(beyond_y, 0), 2 * UNIT);
}

/* A wedge whose sides rise by 2 on 3; 213 / 256 is the cosine of that. */
static int symbol_in_lens(int x, int from_middle)
{
	int within_x = min(x - 15 * UNIT, 19 * UNIT - x);
	int below = 3 * UNIT / 2 + (x - 15 * UNIT) * 2 / 3 - from_middle;

	return min(within_x, below * 213 / 256);
}

/* A line from top left to bottom right, with round ends */
static int symbol_in_stroke(int x, int y, int half_width)
{
	const int first = 2 * UNIT, last = 18 * UNIT;

	if (x + y < 2 * first)
		return symbol_in_circle(x - first, y - first, half_width);
	if (x + y > 2 * last)
		return symbol_in_circle(x - last, y - last, half_width);
	/* 181 / 256 is the cosine of 45 degrees. */
	return half_width - max(x - y, y - x) * 181 / 256;
}

/* A camera, and a stroke with a gap on both of its sides */
static int symbol_in(int x, int y)
{
	int from_middle = max(y - 10 * UNIT, 10 * UNIT - y);
	int camera = max(symbol_in_body(x, from_middle),
			 symbol_in_lens(x, from_middle));
	int gap = symbol_in_stroke(x, y, 7 * UNIT / 4);

	return max(symbol_in_stroke(x, y, 3 * UNIT / 4), min(camera, -gap));
}

/* How much of a pixel the symbol covers, in parts of WHOLE */
static unsigned int symbol_cover(unsigned int side, unsigned int x,
				 unsigned int y)
{
	int in = symbol_in((2 * x + 1) * SYMBOL_SIDE / (2 * side),
			   (2 * y + 1) * SYMBOL_SIDE / (2 * side));

	in = clamp(in, -SYMBOL_SIDE, SYMBOL_SIDE) * (int)side;
	return clamp(in * WHOLE / SYMBOL_SIDE + WHOLE / 2, 0, WHOLE);
}

/**
 * struct placeholder - a picture, while it is drawn
 * @mode: the layout of the frame
 * @row: the colours of a row of pixels
 * @side: pixels of the symbol's side
 * @left: the symbol's first column of pixels
 * @top: the symbol's first row of pixels
 * @name: the name of the camera; its length is 0 if it has no room
 * @reason: why there is no other picture; likewise
 * @name_chars: the characters of @name
 */
struct placeholder {
	const struct virtcam_mode *mode;
	struct virtcam_colour *row;
	unsigned int side;
	unsigned int left;
	unsigned int top;
	struct text name;
	struct text reason;
	char name_chars[NAME_LENGTH];
};

/* What all sizes follow: the height, or less if the picture is narrow */
static unsigned int placeholder_measure(const struct placeholder *p)
{
	return min(p->mode->height, p->mode->width * 3 / 4);
}

/* Pixels of a row without the margins on both sides */
static unsigned int placeholder_room(const struct placeholder *p)
{
	return p->mode->width * 9 / 10;
}

static u8 letter_in_font(u32 c)
{
	unsigned int i;

	if (c < FIRST_LETTER)
		return c;
	for (i = 0; i < ARRAY_SIZE(letters); i++)
		if (letters[i] == c)
			return FIRST_LETTER + i;
	return '?';
}

static void placeholder_set_name(struct placeholder *p, const char *card)
{
	unsigned int most = placeholder_room(p) / GLYPH_COLUMNS;
	unsigned int length = 0, i, bytes;
	u32 c;

	for (i = 0; (bytes = virtcam_text_next(card + i, NAME_LENGTH - i, &c));
	     i += bytes)
		p->name_chars[length++] = letter_in_font(c);
	p->name.chars = p->name_chars;
	if (length > most) {
		if (most < NAME_LEAST)
			return;
		length = most;
		memcpy(p->name_chars + length - ELLIPSIS_LENGTH, ELLIPSIS,
		       ELLIPSIS_LENGTH);
	}
	p->name.length = length;
}

static void placeholder_set_reason(struct placeholder *p)
{
	unsigned int most = placeholder_room(p) / GLYPH_COLUMNS;
	unsigned int i, length;

	for (i = 0; i < ARRAY_SIZE(reasons); i++) {
		length = strlen(reasons[i]);
		if (length > most)
			continue;
		p->reason.chars = reasons[i];
		p->reason.length = length;
		return;
	}
}

static unsigned int placeholder_height(const struct placeholder *p)
{
	return p->side + text_height(&p->name) + text_height(&p->reason);
}

/* Leave out what the picture is too low for, from the bottom up. */
static void placeholder_choose(struct placeholder *p)
{
	unsigned int measure = placeholder_measure(p);
	unsigned int room = placeholder_room(p);

	text_fit(&p->name, room, (measure + NAME_SHARE / 2) / NAME_SHARE);
	text_fit(&p->reason, room, measure / REASON_SHARE);
	p->side = measure * 3 / 10;
	if (placeholder_height(p) > p->mode->height)
		p->reason.length = 0;
	if (placeholder_height(p) > p->mode->height)
		p->name.length = 0;
	if (!p->name.length) {
		p->reason.length = 0;
		p->side = min(p->mode->height, p->mode->width) / 2;
	}
}

static void placeholder_place_text(const struct placeholder *p,
				   struct text *text, unsigned int bottom)
{
	text->left = (p->mode->width - text_width(text)) / 2;
	text->top = bottom - GLYPH_ROWS * text->scale;
}

/* One below the other, and all together in the middle of the picture */
static void placeholder_place(struct placeholder *p)
{
	unsigned int bottom;

	p->left = (p->mode->width - p->side) / 2;
	p->top = (p->mode->height - placeholder_height(p)) / 2;
	bottom = p->top + p->side + text_height(&p->name);
	placeholder_place_text(p, &p->name, bottom);
	bottom += text_height(&p->reason);
	placeholder_place_text(p, &p->reason, bottom);
}

static struct virtcam_colour placeholder_colour(u32 rgb)
{
	return virtcam_colour_from_rgb(rgb >> 16, rgb >> 8, rgb);
}

/*
 * Dark at the top and darker at the bottom. In so dark a ground, steps of luma
 * would be seen as bands, so they are dithered.
 */
static void placeholder_draw_ground(const struct placeholder *p, unsigned int y)
{
	const struct virtcam_colour ground = placeholder_colour(GROUND);
	const u8 *offsets = dither[y % DITHER_SIDE];
	unsigned int luma = ground.y * WHOLE -
			    GROUND_FALL * WHOLE * y / p->mode->height;
	unsigned int x;

	for (x = 0; x < p->mode->width; x++) {
		p->row[x] = ground;
		p->row[x].y = (luma + offsets[x % DITHER_SIDE]) / WHOLE;
	}
}

static u8 placeholder_mix(u8 under, u8 over, unsigned int cover)
{
	return (under * (WHOLE - cover) + over * cover + WHOLE / 2) / WHOLE;
}

/* Put @ink over a pixel as far as @cover says, in parts of WHOLE. */
static void placeholder_ink(struct virtcam_colour *pixel,
			    struct virtcam_colour ink, unsigned int cover)
{
	pixel->y = placeholder_mix(pixel->y, ink.y, cover);
	pixel->u = placeholder_mix(pixel->u, ink.u, cover);
	pixel->v = placeholder_mix(pixel->v, ink.v, cover);
}

static void placeholder_draw_symbol(const struct placeholder *p, unsigned int y)
{
	const struct virtcam_colour ink = placeholder_colour(SYMBOL_INK);
	unsigned int x;

	if (y < p->top || y - p->top >= p->side)
		return;
	for (x = 0; x < p->side; x++)
		placeholder_ink(&p->row[p->left + x], ink,
				symbol_cover(p->side, x, y - p->top));
}

static void placeholder_draw_text(const struct placeholder *p,
				  const struct text *text,
				  struct virtcam_colour ink, unsigned int y)
{
	unsigned int width = text_width(text);
	unsigned int x;

	if (y < text->top || y - text->top >= GLYPH_ROWS * text->scale)
		return;
	for (x = 0; x < width; x++)
		placeholder_ink(&p->row[text->left + x], ink,
				text_cover(text, x, y - text->top));
}

/* Rows that share one row of a plane write it one after the other. */
static void placeholder_pack(const struct placeholder *p, unsigned int y,
			     u8 *frame)
{
	const struct virtcam_mode *mode = p->mode;
	u8 *plane[VIRTCAM_MAX_PLANES];
	unsigned int i;

	for (i = 0; i < mode->format->num_planes; i++)
		plane[i] = frame + virtcam_mode_plane_offset(mode, i) +
			   y / mode->format->plane[i].vsub *
			   virtcam_mode_plane_stride(mode, i);
	virtcam_colour_pack(mode->format, y % mode->format->phases, p->row,
			    mode->width, plane);
}

/**
 * feed_placeholder_memory() - the size of the memory that drawing needs
 * @mode: a complete mode
 *
 * Return: how many bytes feed_placeholder_draw() takes.
 */
unsigned int feed_placeholder_memory(const struct virtcam_mode *mode)
{
	return mode->width * sizeof(struct virtcam_colour);
}

/**
 * feed_placeholder_draw() - draw what is seen while nothing feeds a camera
 * @mode: a complete mode; nothing is drawn if its format is compressed
 * @card: the name of the camera, UTF-8 without control characters, of which at most the
 *	first 31 bytes are shown
 * @font: 256 characters of 8 x 16 dots: each is 16 bytes from top to bottom,
 *	whose highest bit is the leftmost dot. NULL for a picture without text.
 * @memory: feed_placeholder_memory() bytes, of no use afterwards
 * @frame: where the frame's bytes go
 *
 * A picture too small for the name, or for the line below it, does without.
 * The bytes between rows are left alone.
 */
void feed_placeholder_draw(const struct virtcam_mode *mode, const char *card,
			   const u8 *font, u8 *memory, u8 *frame)
{
	struct placeholder p = {
		.mode = mode, .row = (struct virtcam_colour *)memory,
		.name.font = font, .reason.font = font,
	};
	unsigned int y;

	if (font) {
		placeholder_set_name(&p, card);
		placeholder_set_reason(&p);
	}
	placeholder_choose(&p);
	placeholder_place(&p);
	for (y = 0; y < mode->height; y++) {
		placeholder_draw_ground(&p, y);
		placeholder_draw_symbol(&p, y);
		placeholder_draw_text(&p, &p.name,
				      placeholder_colour(NAME_INK), y);
		placeholder_draw_text(&p, &p.reason,
				      placeholder_colour(REASON_INK), y);
		placeholder_pack(&p, y, frame);
	}
}
