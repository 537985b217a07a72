/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pixel formats as data, and the arithmetic of strides and sizes.
 *
 * Pure: no device header, so that it is tested on the host.
 */
#ifndef VIRTCAM_FORMAT_H
#define VIRTCAM_FORMAT_H

#include <linux/types.h>
#include <linux/videodev2.h>

#define VIRTCAM_MAX_PLANES 3

/* The largest stride a caller may ask for; 3840 pixels of XR24 are 15360. */
#define VIRTCAM_MAX_BYTESPERLINE 16384

/**
 * struct virtcam_plane - the samples of one plane of a format
 * @hsub: pixels of a row that share one sample group
 * @vsub: rows that share one row of this plane
 * @bytes: bytes of a sample group
 */
struct virtcam_plane {
	u8 hsub;
	u8 vsub;
	u8 bytes;
};

/**
 * struct virtcam_format - one pixel format, all planes in one buffer
 * @fourcc: V4L2_PIX_FMT_*
 * @num_planes: how many entries of @plane are used
 * @phases: rows after which the order of samples repeats (2 for Bayer)
 * @full_range: RGB-like: quantization is full, there is no YCbCr encoding
 * @plane: the planes in the order in which they lie in memory
 */
struct virtcam_format {
	u32 fourcc;
	u8 num_planes;
	u8 phases;
	bool full_range;
	bool compressed;
	struct virtcam_plane plane[VIRTCAM_MAX_PLANES];
};

/**
 * struct virtcam_mode - what a camera delivers: format x size x interval
 * @format: the pixel format
 * @width: pixels of a row, even
 * @height: rows, even
 * @bytesperline: bytes from one row of plane 0 to the next
 * @sizeimage: bytes of a whole frame, all planes
 * @interval: seconds from one frame to the next
 */
struct virtcam_mode {
	const struct virtcam_format *format;
	u32 width;
	u32 height;
	u32 bytesperline;
	u32 sizeimage;
	struct v4l2_fract interval;
};

extern const struct virtcam_format virtcam_formats[];
extern const unsigned int virtcam_num_formats;

const struct virtcam_format *virtcam_format_find(u32 fourcc);
u32 virtcam_format_min_bytesperline(const struct virtcam_format *format,
				    u32 width);

void virtcam_mode_set_layout(struct virtcam_mode *mode, u32 bytesperline);
u32 virtcam_mode_plane_stride(const struct virtcam_mode *mode,
			      unsigned int plane);
u32 virtcam_mode_plane_offset(const struct virtcam_mode *mode,
			      unsigned int plane);
void virtcam_mode_to_pix(const struct virtcam_mode *mode,
			 struct v4l2_pix_format *pix);

#endif
