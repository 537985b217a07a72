/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is drawn over a picture, and is never flipped nor adjusted in colour:
 * the stamp, which programs read, and a line of text, which people read. Both
 * show the frame's number and a time.
 *
 * This file includes no device header, and is tested on the host.
 */
#ifndef PATTERN_OVERLAY_H
#define PATTERN_OVERLAY_H

#include <linux/types.h>

#include <virtcam/format.h>
#include "stamp.h"

/* The characters of a text such as "VIRTCAM 0001234 00:41.133" */
#define PATTERN_TEXT_LENGTH 25
/* Dots of the text from top to bottom and from left to right */
#define PATTERN_TEXT_ROWS 8
#define PATTERN_TEXT_COLUMNS (6 * PATTERN_TEXT_LENGTH)
/*
 * The luma behind the text. Text is drawn into plane 0 alone, so the strip
 * beneath it must be of this luma and of neutral chroma.
 */
#define PATTERN_TEXT_GROUND 16

/**
 * struct pattern_overlay - what is kept from frame to frame
 * @mode: the layout of the frames
 * @block_bytes: bytes in plane 0 of a row of pixels of one block of the stamp
 * @block: the bytes of such a row, for a block that is a zero and for a one
 * @stamp_row: where pattern_overlay_draw_stamp() makes a row of pixels of all
 *	blocks that stand side by side
 * @chroma_row: a row of neutral chroma as wide as the picture, in the bytes of
 *	plane 1 or, since they are alike, 2; of no use if there is one plane
 * @dot: a row of pixels of a dot of the text, for a dot that is off and one
 *	that is on
 * @dot_bytes: bytes of a row of pixels of a dot
 * @digits: the ten digits one after the other, each as PATTERN_TEXT_ROWS rows
 *	of pixels
 * @text_rows: the text as PATTERN_TEXT_ROWS rows of pixels; in the frame each
 *	is repeated @scale times
 * @text: the characters that @text_rows show
 * @scale: pixels of a dot's side; 0 for no text
 * @text_at: offset of the text's first byte in the frame
 */
struct pattern_overlay {
	const struct virtcam_mode *mode;
	unsigned int block_bytes;
	u8 block[2][VIRTCAM_STAMP_BLOCK * VIRTCAM_MAX_GROUP_BYTES];
	u8 *stamp_row;
	u8 *chroma_row;
	u8 *dot[2];
	unsigned int dot_bytes;
	u8 *digits;
	u8 *text_rows;
	char text[PATTERN_TEXT_LENGTH];
	unsigned int scale;
	u32 text_at;
};

unsigned int pattern_overlay_memory(const struct virtcam_mode *mode);
void pattern_overlay_init(struct pattern_overlay *overlay,
			  const struct virtcam_mode *mode, u8 *memory);
void pattern_overlay_place_text(struct pattern_overlay *overlay,
				unsigned int top, unsigned int rows);
void pattern_overlay_draw_text(struct pattern_overlay *overlay, u8 *data,
			       u32 sequence, u64 elapsed);
void pattern_overlay_draw_stamp(struct pattern_overlay *overlay, u8 *data,
				u32 sequence, u64 time);

#endif
