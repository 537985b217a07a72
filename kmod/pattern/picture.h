/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The drawn picture: its rows are copied from tapes that are made once.
 *
 * A tape is a row twice as wide as the picture, in the bytes of the pixel
 * format. The picture consists of strips, one above the other, and each row of
 * a strip is a copy of a part of the strip's tape, one picture wide. A strip
 * moves when its rows start at another pixel of the tape than they did in the
 * frame before. So drawing a frame computes no pixel, and a strip that moves
 * costs as little as one that does not.
 *
 * This file includes no device header, and is tested on the host.
 */
#ifndef PATTERN_PICTURE_H
#define PATTERN_PICTURE_H

#include <linux/types.h>

#include <virtcam/colour.h>
#include <virtcam/format.h>

#include "overlay.h"

/* What a picture shows; the values are those of V4L2_CID_TEST_PATTERN. */
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
 * @pattern: what the picture shows
 * @adjust: how the picture's colours are adjusted
 * @hflip: the picture is mirrored, left to right
 * @vflip: the picture is upside down
 */
struct pattern_settings {
	enum pattern_id pattern;
	struct virtcam_colour_adjust adjust;
	bool hflip;
	bool vflip;
};

/**
 * enum pattern_motion - at which pixel of the tape the rows of a strip start
 * @PATTERN_STILL: at the first one
 * @PATTERN_MOVING: all rows at the same one, which goes through one picture
 *	width in four seconds
 * @PATTERN_ALTERNATE: so many rows as a period has pixels at the first one,
 *	the next so many one period into the tape, and so on in turn
 * @PATTERN_RANDOM: at a pseudo-random one for each pair of rows, which differs
 *	from frame to frame
 */
enum pattern_motion {
	PATTERN_STILL,
	PATTERN_MOVING,
	PATTERN_ALTERNATE,
	PATTERN_RANDOM,
};

#define PATTERN_MAX_STRIPS 7

/**
 * struct pattern_strip - neighbouring rows of the picture that show one tape
 * @top: the first row, even
 * @rows: how many rows, even
 * @motion: at which pixel of the tape the rows start
 * @tape: the tape's bytes for each phase and plane of the format
 */
struct pattern_strip {
	unsigned int top;
	unsigned int rows;
	enum pattern_motion motion;
	u8 *tape[2][VIRTCAM_MAX_PLANES];
};

/**
 * struct pattern_picture - a picture in one mode
 * @mode: the layout of the frames
 * @settings: what the frames show
 * @strips: the strips; from bottom to top if @settings.vflip is set
 * @num_strips: how many strips
 * @period: pixels and rows of a square of the checkerboard, even
 * @colours: the colours of a tape while pattern_picture_compose() makes it
 * @tapes: the memory that all strips' tapes lie in
 * @overlay: the stamp and the text
 */
struct pattern_picture {
	struct virtcam_mode mode;
	struct pattern_settings settings;
	struct pattern_strip strips[PATTERN_MAX_STRIPS];
	unsigned int num_strips;
	unsigned int period;
	struct virtcam_colour *colours;
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
