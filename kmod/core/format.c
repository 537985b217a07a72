// SPDX-License-Identifier: GPL-2.0-only
#include <linux/export.h>
#include <linux/kernel.h>

#include <virtcam/format.h>

/*
 * A stride on request is rounded up to a multiple of this, since chroma strides
 * are a fraction of it in some formats, and must be whole numbers.
 */
#define STRIDE_ALIGN 4

/*
 * The largest frame of a compressed format has this many bytes a pixel. UVC
 * cameras announce as much: the size of a frame of YUYV.
 */
#define MAX_COMPRESSED_PIXEL_BYTES 2

/* A plane is { hsub, vsub, bytes }: see struct virtcam_plane. */
#define YCBCR(code, planes, ...) {				\
	.fourcc = code, .num_planes = planes, .phases = 1,	\
	.plane = { __VA_ARGS__ } }
#define PACKED_422(code) {					\
	.fourcc = code, .num_planes = 1, .phases = 1,		\
	.macropixel = 2, .plane = { { 1, 1, 2 } } }
#define RGB(code, pixel_bytes) {				\
	.fourcc = code, .num_planes = 1, .phases = 1,		\
	.full_range = true, .plane = { { 1, 1, pixel_bytes } } }
#define COMPRESSED(code, full) {				\
	.fourcc = code, .phases = 1, .full_range = full,	\
	.compressed = true }

const struct virtcam_format virtcam_formats[] = {
	PACKED_422(V4L2_PIX_FMT_YUYV),
	PACKED_422(V4L2_PIX_FMT_UYVY),
	YCBCR(V4L2_PIX_FMT_NV12, 2, { 1, 1, 1 }, { 2, 2, 2 }),
	YCBCR(V4L2_PIX_FMT_YUV420, 3, { 1, 1, 1 }, { 2, 2, 1 }, { 2, 2, 1 }),
	RGB(V4L2_PIX_FMT_RGB24, 3),
	RGB(V4L2_PIX_FMT_BGR24, 3),
	RGB(V4L2_PIX_FMT_XBGR32, 4),
	YCBCR(V4L2_PIX_FMT_GREY, 1, { 1, 1, 1 }),
	{
		.fourcc = V4L2_PIX_FMT_SRGGB8,
		.num_planes = 1,
		.phases = 2,
		.macropixel = 2,
		.full_range = true,
		.plane = { { 1, 1, 1 } },
	},

	PACKED_422(V4L2_PIX_FMT_YVYU),
	YCBCR(V4L2_PIX_FMT_NV21, 2, { 1, 1, 1 }, { 2, 2, 2 }),
	YCBCR(V4L2_PIX_FMT_NV16, 2, { 1, 1, 1 }, { 2, 1, 2 }),
	YCBCR(V4L2_PIX_FMT_NV61, 2, { 1, 1, 1 }, { 2, 1, 2 }),
	YCBCR(V4L2_PIX_FMT_P010, 2, { 1, 1, 2 }, { 2, 2, 4 }),
	YCBCR(V4L2_PIX_FMT_YVU420, 3, { 1, 1, 1 }, { 2, 2, 1 }, { 2, 2, 1 }),
	YCBCR(V4L2_PIX_FMT_YUV422P, 3, { 1, 1, 1 }, { 2, 1, 1 }, { 2, 1, 1 }),
	RGB(V4L2_PIX_FMT_RGB565, 2),
	RGB(V4L2_PIX_FMT_ABGR32, 4),
	RGB(V4L2_PIX_FMT_RGBA32, 4),
	RGB(V4L2_PIX_FMT_RGBX32, 4),
	RGB(V4L2_PIX_FMT_ARGB32, 4),
	RGB(V4L2_PIX_FMT_XRGB32, 4),

	COMPRESSED(V4L2_PIX_FMT_MJPEG, true),
	COMPRESSED(V4L2_PIX_FMT_JPEG, true),
	COMPRESSED(V4L2_PIX_FMT_H264, false),
	COMPRESSED(V4L2_PIX_FMT_HEVC, false),
};

const unsigned int virtcam_num_formats = ARRAY_SIZE(virtcam_formats);

/**
 * virtcam_format_find() - look up a format by its V4L2 code
 * @fourcc: V4L2_PIX_FMT_*
 *
 * Return: the format, or NULL if virtcam_formats has none of this code.
 */
const struct virtcam_format *virtcam_format_find(u32 fourcc)
{
	unsigned int i;

	for (i = 0; i < virtcam_num_formats; i++)
		if (virtcam_formats[i].fourcc == fourcc)
			return &virtcam_formats[i];
	return NULL;
}
EXPORT_SYMBOL_GPL(virtcam_format_find);

/**
 * virtcam_format_min_bytesperline() - the smallest stride, without padding
 * @format: the pixel format
 * @width: pixels of a row
 *
 * Return: bytes of a row of plane 0, or 0 if the format is compressed.
 */
u32 virtcam_format_min_bytesperline(const struct virtcam_format *format,
				    u32 width)
{
	return width * format->plane[0].bytes;
}

/**
 * virtcam_mode_set_layout() - choose the stride nearest to what is wanted
 * @mode: a mode with format, width and height set; gets bytesperline and
 *	sizeimage
 * @bytesperline: the wanted stride in bytes; 0 for the smallest
 *
 * A wanted stride above VIRTCAM_MAX_BYTESPERLINE counts as that much. The result is
 * never below virtcam_format_min_bytesperline(), even where that is above
 * VIRTCAM_MAX_BYTESPERLINE. A compressed format has no stride, whatever is wanted.
 */
void virtcam_mode_set_layout(struct virtcam_mode *mode, u32 bytesperline)
{
	u32 min = virtcam_format_min_bytesperline(mode->format, mode->width);

	if (mode->format->compressed) {
		mode->bytesperline = 0;
		mode->sizeimage = mode->width * mode->height *
				  MAX_COMPRESSED_PIXEL_BYTES;
		return;
	}
	if (bytesperline > VIRTCAM_MAX_BYTESPERLINE)
		bytesperline = VIRTCAM_MAX_BYTESPERLINE;
	bytesperline = (bytesperline + STRIDE_ALIGN - 1) / STRIDE_ALIGN *
		       STRIDE_ALIGN;
	mode->bytesperline = bytesperline > min ? bytesperline : min;
	mode->sizeimage = virtcam_mode_plane_offset(mode,
						    mode->format->num_planes);
}

/**
 * virtcam_mode_to_pix() - state a mode as V4L2 does
 * @mode: a complete mode
 * @pix: every field is set
 */
void virtcam_mode_to_pix(const struct virtcam_mode *mode,
			 struct v4l2_pix_format *pix)
{
	const struct virtcam_colorimetry *said = &mode->colorimetry;

	*pix = (struct v4l2_pix_format) {
		.width = mode->width,
		.height = mode->height,
		.pixelformat = mode->format->fourcc,
		.field = V4L2_FIELD_NONE,
		.bytesperline = mode->bytesperline,
		.sizeimage = mode->sizeimage,
		.colorspace = V4L2_COLORSPACE_SRGB,
		.priv = V4L2_PIX_FMT_PRIV_MAGIC,
		.ycbcr_enc = V4L2_YCBCR_ENC_601,
		.quantization = mode->format->full_range ?
				V4L2_QUANTIZATION_FULL_RANGE :
				V4L2_QUANTIZATION_LIM_RANGE,
		.xfer_func = V4L2_XFER_FUNC_SRGB,
	};
	if (said->colorspace == V4L2_COLORSPACE_DEFAULT)
		return;
	pix->colorspace = said->colorspace;
	pix->ycbcr_enc = said->ycbcr_enc;
	pix->quantization = said->quantization;
	pix->xfer_func = said->xfer_func;
}
