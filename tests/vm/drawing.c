/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drawing.h"

#include <stdlib.h>
#include <string.h>

#include "pattern/picture.h"

struct _Drawing {
  struct virtcam_mode mode;
  struct pattern_picture picture;
  uint8_t *memory;
};

Drawing *
drawing_create (
    uint32_t fourcc, uint32_t width, uint32_t height, uint32_t bytesperline)
{
  const struct virtcam_format *format = virtcam_format_find (fourcc);
  const struct pattern_settings settings = {
    .pattern = PATTERN_NOISE,
    .adjust = { 128, 128, 128, 0 },
  };
  Drawing *drawing;

  if (!format)
    return NULL;
  drawing = calloc (1, sizeof *drawing);
  drawing->mode = (struct virtcam_mode){
    .format = format,
    .width = width,
    .height = height,
  };
  virtcam_mode_set_layout (&drawing->mode, bytesperline);
  if (format->compressed)
    return drawing;
  drawing->memory = malloc (pattern_picture_memory (&drawing->mode));
  pattern_picture_init (&drawing->picture, &drawing->mode, drawing->memory);
  pattern_picture_compose (&drawing->picture, &settings);
  return drawing;
}

void
drawing_destroy (Drawing *drawing)
{
  if (!drawing)
    return;
  free (drawing->memory);
  free (drawing);
}

size_t
drawing_size (const Drawing *drawing)
{
  return drawing->mode.sizeimage;
}

uint32_t
drawing_bytesperline (const Drawing *drawing)
{
  return drawing->mode.bytesperline;
}

/* Some number of bytes, each of which follows from the number of the frame. */
static size_t
drawing_code (const Drawing *drawing, uint8_t *data, uint32_t sequence)
{
  size_t size = 1 + sequence * 7919 % drawing->mode.sizeimage;
  uint32_t word = sequence;

  for (size_t i = 0; i < size; i++) {
    word = word * 1664525 + 1013904223;
    data[i] = word >> 24;
  }
  return size;
}

size_t
drawing_draw (Drawing *drawing, uint8_t *data, uint32_t sequence, uint64_t time)
{
  if (drawing->mode.format->compressed)
    return drawing_code (drawing, data, sequence);
  pattern_picture_draw (
      &drawing->picture, data, sequence, sequence * (uint64_t) 33333333);
  pattern_overlay_draw_stamp (&drawing->picture.overlay, data, sequence, time);
  return drawing->mode.sizeimage;
}
