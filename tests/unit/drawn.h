/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The picture of a camera that nothing feeds, drawn into memory whose edges are
 * watched, with a font whose characters can be told from one another.
 */
#ifndef TEST_DRAWN_H
#define TEST_DRAWN_H

#include <glib.h>

#include "feed/placeholder.h"

#define DRAWN_GLYPH_COLUMNS 8
#define DRAWN_GLYPH_ROWS 16

#define DRAWN_LONGEST "a name of 31 characters, all of"

/* Sizes that are awkward */
#define DRAWN_N_SIZES 12
extern const guint32 drawn_sizes[DRAWN_N_SIZES][2];

/*
 * Each character is a frame with dots inside that are its own, so that the
 * height and the width of a text can be seen. A space has no dot.
 */
extern guint8 drawn_font[256 * DRAWN_GLYPH_ROWS];

/** Makes the font. */
void drawn_init (void);

struct virtcam_mode drawn_mode (const struct virtcam_format *format,
    guint32 width, guint32 height, guint padding);

/** The frame as drawn into, and with the help of, memory full of @fill. */
guint8 *drawn_over (const struct virtcam_mode *mode, const char *card,
    const guint8 *glyphs, guint8 fill);
guint8 *drawn_frame (
    const struct virtcam_mode *mode, const char *card, const guint8 *glyphs);
/** The luma of each pixel, without padding */
guint8 *drawn_luma (
    guint width, guint height, const char *card, const guint8 *glyphs);

#endif
