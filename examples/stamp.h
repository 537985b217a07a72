/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stamp that virtcam draws into its pattern frames, and programs into theirs:
 * which frame this is and when its drawing ended, readable from the picture itself.
 */
#ifndef VIRTCAM_STAMP_DECODER_H
#define VIRTCAM_STAMP_DECODER_H

#include <stddef.h>
#include <stdint.h>

/**
 * VirtcamStamp:
 * @sequence: number of the frame, the same as the V4L2 sequence number
 * @time_ns: CLOCK_MONOTONIC nanoseconds at which the frame was finished
 */
typedef struct
{
  uint32_t sequence;
  uint64_t time_ns;
} VirtcamStamp;

/**
 * virtcam_stamp_decode:
 * @luma: first byte of the picture (of the luma plane for planar formats)
 * @stride: bytes from one row to the next
 * @pixel_bytes: bytes from one pixel's luma to the next one's
 * @luma_offset: bytes before the luma within a pixel
 * @width: of the picture, in pixels
 * @height: of the picture, in pixels
 * @stamp: (out): what was read; untouched on failure
 *
 * Reads the stamp at the top left of a picture. It survives lossy coding, but
 * neither scaling nor cropping. Takes no ownership and allocates nothing.
 *
 * Returns: 0, or -1 with errno set to
 *   ERANGE: the picture is too small to hold a stamp,
 *   ENODATA: there is no stamp (the magic number is missing),
 *   EBADMSG: the stamp is damaged (its checksum does not fit)
 */
int virtcam_stamp_decode (const uint8_t * luma, size_t stride,
    size_t pixel_bytes, size_t luma_offset, unsigned width, unsigned height,
    VirtcamStamp * stamp);

/**
 * virtcam_stamp_draw:
 * @luma: first byte of the picture (of the luma plane for planar formats)
 * @stride: bytes from one row to the next
 * @pixel_bytes: bytes from one pixel's luma to the next one's
 * @luma_offset: bytes before the luma within a pixel
 * @width: of the picture, in pixels
 * @height: of the picture, in pixels
 * @stamp: what to draw
 *
 * Draws a stamp into the luma at the top left of a picture, as far as
 * virtcam_stamp_decode() reads it: chroma stays as it is.
 *
 * Returns: 0, or -1 with errno ERANGE: the picture is too small to hold a stamp
 */
int virtcam_stamp_draw (uint8_t * luma, size_t stride, size_t pixel_bytes,
    size_t luma_offset, unsigned width, unsigned height,
    const VirtcamStamp * stamp);

/**
 * virtcam_stamp_layout:
 * @v4l2_fourcc: V4L2 pixel format
 * @pixel_bytes: (out): see virtcam_stamp_decode()
 * @luma_offset: (out): see virtcam_stamp_decode()
 *
 * Where the luma lies in each raw format of virtcam: one byte of each pixel,
 * from which virtcam_stamp_decode() tells dark from bright. That is green in
 * RGB formats of 8 bits, the only byte of a pixel in Bayer formats, and the
 * more significant byte in P010 and RGB565.
 *
 * Returns: 0, or -1 with errno EINVAL for any other format
 */
int virtcam_stamp_layout (uint32_t v4l2_fourcc, size_t * pixel_bytes,
    size_t * luma_offset);

/**
 * virtcam_stamp_checksum:
 * @data: bytes to sum up
 * @length: how many
 *
 * Returns: CRC-16/CCITT-FALSE of @data (0x29B1 for "123456789")
 */
uint16_t virtcam_stamp_checksum (const uint8_t * data, size_t length);

#endif
