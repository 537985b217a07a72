/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What lies on top of a picture and is never flipped or tinted: the stamp for
 * programs, and the text for people.
 *
 * Pure.
 */
#ifndef PATTERN_OVERLAY_H
#define PATTERN_OVERLAY_H

#include <linux/types.h>

#include <virtcam/format.h>
#include "stamp.h"

/* "VIRTCAM 0001234 00:41.133" */
#define PATTERN_TEXT_LENGTH 25
#define PATTERN_TEXT_ROWS 8
#define PATTERN_TEXT_COLUMNS (6 * PATTERN_TEXT_LENGTH)
/* Luma of the text's background: the band that it is drawn on has it too. */
#define PATTERN_TEXT_GROUND 16

/**
 * struct pattern_overlay - what is kept from frame to frame
 * @mode: the frame's layout
 * @block_bytes: bytes of a row of one of the stamp's blocks
 * @block: such a row for a zero and for a one
 * @stamp_row: a row of the stamp's blocks, as they follow each other
 * @dot: a dot of text, off and on
 * @dot_bytes: bytes of it
 * @digits: the ten digits as the text has them, rows of one after the other
 * @text_rows: the text's rows, each once
 * @text: what @text_rows show
 * @scale: pixels of a dot's side; 0 for no text
 * @text_at: offset of the text's first byte in the frame
 */
struct pattern_overlay {
	const struct virtcam_mode *mode;
	unsigned int block_bytes;
	u8 block[2][VIRTCAM_STAMP_BLOCK * 4];
	u8 *stamp_row;
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
