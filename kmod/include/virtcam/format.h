/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pixel formats as data, and the arithmetic of strides and sizes.
 *
 * This file includes no device header, and is tested on the host.
 */
#ifndef VIRTCAM_FORMAT_H
#define VIRTCAM_FORMAT_H

#include <linux/types.h>
#include <linux/videodev2.h>

#define VIRTCAM_MAX_PLANES 3
/* No format has larger groups of samples: see struct virtcam_plane. */
#define VIRTCAM_MAX_GROUP_BYTES 4

/* The largest stride on request; 3840 pixels of 4 bytes need 15360 bytes. */
#define VIRTCAM_MAX_BYTESPERLINE 16384

/**
 * struct virtcam_plane - how many bytes the pixels of one plane take
 * @hsub: how many neighbouring pixels of a row share one group of samples
 * @vsub: how many neighbouring rows of the picture share one row of the plane
 * @bytes: bytes of one group of samples
 *
 * In the chroma plane of NV12, for example, 2 x 2 pixels share a group of two
 * bytes, Cb and Cr. YUYV has a group of two bytes for each pixel: its luma, and
 * either Cb or Cr of the pair of pixels that it belongs to.
 */
struct virtcam_plane {
	u8 hsub;
	u8 vsub;
	u8 bytes;
};

/**
 * struct virtcam_format - one pixel format, all planes in one buffer
 * @fourcc: V4L2_PIX_FMT_*
 * @num_planes: how many entries of @plane are used; 0 if @compressed
 * @phases: after how many rows the order of samples in a row repeats: 2 for
 *	Bayer formats, 1 for all others
 * @macropixel: how many neighbouring pixels of a row lie together in plane 0, so
 *	that a width is a multiple of it: 2 in YUYV and Bayer formats; 0 stands for 1
 * @full_range: the quantization is V4L2_QUANTIZATION_FULL_RANGE, as of RGB and
 *	JPEG, instead of V4L2_QUANTIZATION_LIM_RANGE
 * @compressed: a frame is a coded picture: it has neither planes nor a stride,
 *	and its payload differs from frame to frame
 * @plane: the planes in the order in which they lie in memory
 */
struct virtcam_format {
	u32 fourcc;
	u8 num_planes;
	u8 phases;
	u8 macropixel;
	bool full_range;
	bool compressed;
	struct virtcam_plane plane[VIRTCAM_MAX_PLANES];
};

/**
 * struct virtcam_colorimetry - which colours the samples of a frame stand for
 * @colorspace: V4L2_COLORSPACE_*; V4L2_COLORSPACE_DEFAULT, and all others are of no
 *	account, for the colours of a webcam: sRGB primaries and transfer function, and
 *	for YCbCr the BT.601 matrix in the range that the format says
 * @ycbcr_enc: V4L2_YCBCR_ENC_*
 * @quantization: V4L2_QUANTIZATION_*
 * @xfer_func: V4L2_XFER_FUNC_*
 */
struct virtcam_colorimetry {
	u8 colorspace;
	u8 ycbcr_enc;
	u8 quantization;
	u8 xfer_func;
};

/**
 * struct virtcam_mode - what a camera delivers: format, size and interval
 * @format: the pixel format
 * @width: pixels of a row, a whole number of the format's groups of pixels
 * @height: rows of a frame; likewise
 * @bytesperline: bytes from the start of a row of plane 0 to that of the next;
 *	0 if the format is compressed
 * @sizeimage: bytes of a whole frame, all planes together; the most bytes of a
 *	frame if the format is compressed
 * @interval: seconds from one frame to the next
 * @colorimetry: the colours that a program said that its frames have
 */
struct virtcam_mode {
	const struct virtcam_format *format;
	u32 width;
	u32 height;
	u32 bytesperline;
	u32 sizeimage;
	struct v4l2_fract interval;
	struct virtcam_colorimetry colorimetry;
};

/**
 * virtcam_mode_plane_stride() - bytes from one row of a plane to the next
 * @mode: a mode whose bytesperline is set
 * @plane: index of the plane
 *
 * V4L2 states the stride of plane 0 alone, as bytesperline, where all planes
 * lie in one buffer. The other planes are padded in the same proportion: their
 * stride is bytesperline in NV12, and half of it in YU12.
 *
 * Return: the stride in bytes, or 0 if the format has no such plane.
 */
static inline u32 virtcam_mode_plane_stride(const struct virtcam_mode *mode,
					    unsigned int plane)
{
	const struct virtcam_format *format = mode->format;
	const struct virtcam_plane *p;

	if (!plane)
		return mode->bytesperline;
	if (plane >= format->num_planes)
		return 0;
	p = &format->plane[plane];
	return mode->bytesperline * p->bytes /
	       (p->hsub * format->plane[0].bytes);
}

/**
 * virtcam_mode_plane_offset() - where a plane starts
 * @mode: a mode whose bytesperline is set
 * @plane: index of the plane; the format's number of planes stands for the end
 *	of the last one
 *
 * Return: bytes from the start of the frame.
 */
static inline u32 virtcam_mode_plane_offset(const struct virtcam_mode *mode,
					    unsigned int plane)
{
	const struct virtcam_plane *p = mode->format->plane;
	u32 offset = 0;
	unsigned int i;

	for (i = 0; i < plane && i < mode->format->num_planes; i++, p++)
		offset += virtcam_mode_plane_stride(mode, i) *
			  (mode->height / p->vsub);
	return offset;
}

extern const struct virtcam_format virtcam_formats[];
extern const unsigned int virtcam_num_formats;

const struct virtcam_format *virtcam_format_find(u32 fourcc);
u32 virtcam_format_min_bytesperline(const struct virtcam_format *format,
				    u32 width);

void virtcam_mode_set_layout(struct virtcam_mode *mode, u32 bytesperline);
void virtcam_mode_to_pix(const struct virtcam_mode *mode,
			 struct v4l2_pix_format *pix);

#endif
