/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The frames that a virtual machine's host lends in tests: each byte follows from
 * the mode, the frame's number and its time, so that the guest can draw it again.
 */
#ifndef TEST_DRAWING_H
#define TEST_DRAWING_H

#include <stddef.h>
#include <stdint.h>

typedef struct _Drawing Drawing;

/** Returns: what draws frames of a format that virtcam knows; or NULL */
Drawing *drawing_create (
    uint32_t fourcc, uint32_t width, uint32_t height, uint32_t bytesperline);
void drawing_destroy (Drawing *drawing);

/** Returns: bytes of a frame, of a compressed one the most that there can be */
size_t drawing_size (const Drawing *drawing);
/** Returns: bytes of a line of the first plane; 0 of a compressed format */
uint32_t drawing_bytesperline (const Drawing *drawing);

/**
 * drawing_draw:
 * @data: drawing_size() bytes
 * @time: CLOCK_MONOTONIC of the host's in nanoseconds, for the stamp
 *
 * Returns: how many bytes the frame has
 */
size_t drawing_draw (
    Drawing *drawing, uint8_t *data, uint32_t sequence, uint64_t time);

#endif
