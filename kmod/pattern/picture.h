/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The drawn picture: rows are copied from tapes that are made once.
 *
 * A tape is a row twice as wide as the picture, packed in the pixel format. A
 * strip of the picture copies a part of one tape into each of its rows; which
 * part may change from row to row and from frame to frame. So nothing is
 * computed per pixel while streaming, and movement costs nothing.
 *
 * Pure.
 */
#ifndef PATTERN_PICTURE_H
#define PATTERN_PICTURE_H

#include <linux/types.h>

#include "colour.h"
#include "overlay.h"
#include <virtcam/format.h>

/* The values of the test-pattern menu */
enum pattern_id {
	PATTERN_BARS,
	PATTERN_GRADIENT,
	PATTERN_CHECKERBOARD,
	PATTERN_NOISE,
	PATTERN_BLACK,
	PATTERN_WHITE,
	PATTERN_RED,
	PATTERN_GREEN,
	PATTERN_BLUE,
	PATTERN_COUNT,
};

/**
 * struct pattern_settings - what can be changed while streaming
 * @pattern: which picture
 * @adjust: its colours
 * @hflip: mirrored, left to right
 * @vflip: upside down
 */
struct pattern_settings {
	enum pattern_id pattern;
	struct pattern_adjust adjust;
	bool hflip;
	bool vflip;
};

/**
 * enum pattern_motion - which part of the tape a row shows
 * @PATTERN_STILL: the first half
 * @PATTERN_MOVING: a part that goes once through in four seconds
 * @PATTERN_ALTERNATE: every period rows one period further, and back
 * @PATTERN_RANDOM: any, other in each row and frame
 */
enum pattern_motion {
	PATTERN_STILL,
	PATTERN_MOVING,
	PATTERN_ALTERNATE,
	PATTERN_RANDOM,
};

#define PATTERN_MAX_STRIPS 7

/**
 * struct pattern_strip - rows of the picture that show one tape
 * @top: the first row, even
 * @rows: how many, even
 * @motion: which part of the tape
 * @tape: the tape, for each phase and plane of the format
 */
struct pattern_strip {
	unsigned int top;
	unsigned int rows;
	enum pattern_motion motion;
	u8 *tape[2][VIRTCAM_MAX_PLANES];
};

/**
 * struct pattern_picture - a picture in one mode
 * @mode: the frame's layout
 * @settings: what @strips show
 * @strips: from top to bottom
 * @num_strips: how many
 * @period: side of a checkerboard's square, even
 * @colours: a tape's colours while it is made
 * @tapes: memory of the tapes
 * @overlay: stamp and text
 */
struct pattern_picture {
	struct virtcam_mode mode;
	struct pattern_settings settings;
	struct pattern_strip strips[PATTERN_MAX_STRIPS];
	unsigned int num_strips;
	unsigned int period;
	struct pattern_colour *colours;
	u8 *tapes;
	struct pattern_overlay overlay;
};

unsigned int pattern_picture_memory(const struct virtcam_mode *mode);
void pattern_picture_init(struct pattern_picture *picture,
			  const struct virtcam_mode *mode, u8 *memory);
void pattern_picture_compose(struct pattern_picture *picture,
			     const struct pattern_settings *settings);
void pattern_picture_draw(struct pattern_picture *picture, u8 *data,
			  u32 sequence, u64 elapsed);

#endif
