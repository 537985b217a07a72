/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What colour a captured picture has, in whatever raw format.
 */
#ifndef TEST_PICTURE_H
#define TEST_PICTURE_H

#include "reader.h"

/* The stamp takes less than this many rows of any picture 160 wide or wider. */
#define PICTURE_STAMP_ROWS 64

/**
 * PictureColour:
 *
 * Full range, 0 to 255. Formats without colour have three equal values.
 */
typedef struct
{
  double red, green, blue;
} PictureColour;

/**
 * picture_mean:
 * @reader: has streamed the picture in any raw format of virtcam
 * @data: the picture
 * @left: of the rectangle, in pixels, even like the next three
 * @top: of the rectangle
 * @width: of the rectangle
 * @height: of the rectangle
 *
 * Returns: the mean colour of a rectangle of the picture
 */
PictureColour picture_mean (Reader * reader, const guint8 * data, guint left,
    guint top, guint width, guint height);

/** Returns: how bright a colour is, 0 to 255 */
double picture_luma (PictureColour colour);

/** Returns: how far from grey a colour is, 0 to 255 */
double picture_chroma (PictureColour colour);

#endif
