// SPDX-License-Identifier: GPL-2.0-only
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <virtcam/layout.h>

/* Bytes of a row of @plane that belong to pixels */
static u32 layout_row(const struct virtcam_mode *mode, unsigned int plane)
{
	const struct virtcam_plane *p = &mode->format->plane[plane];

	return mode->width / p->hsub * p->bytes;
}

static unsigned int layout_find_plane(const struct virtcam_mode *mode,
				      u32 offset)
{
	unsigned int plane = mode->format->num_planes - 1;

	while (virtcam_mode_plane_offset(mode, plane) > offset)
		plane--;
	return plane;
}

/**
 * virtcam_layout_run() - find the bytes of a frame that can be copied as a whole
 * @from: how the frame lies
 * @to: how it should lie
 * @offset: where the bytes begin, below the sizeimage of @from
 * @run: is set; its length and its padding are not both 0
 */
void virtcam_layout_run(const struct virtcam_mode *from,
			const struct virtcam_mode *to, u32 offset,
			struct virtcam_run *run)
{
	u32 stride, row, at, used;
	unsigned int plane;

	if (from->bytesperline == to->bytesperline) {
		*run = (struct virtcam_run){ offset, from->sizeimage - offset,
					     0 };
		return;
	}
	plane = layout_find_plane(from, offset);
	stride = virtcam_mode_plane_stride(from, plane);
	used = layout_row(from, plane);
	at = offset - virtcam_mode_plane_offset(from, plane);
	row = at / stride;
	at -= row * stride;
	run->to = virtcam_mode_plane_offset(to, plane) +
		  row * virtcam_mode_plane_stride(to, plane) + at;
	run->length = at < used ? used - at : 0;
	run->padding = stride - at - run->length;
}

/**
 * virtcam_layout_copy() - copy a frame
 * @from: how it lies
 * @data: its bytes
 * @payload: how many there are: all of them, unless the format is compressed
 * @to: how it should lie
 * @frame: where it should lie
 */
void virtcam_layout_copy(const struct virtcam_mode *from, const u8 *data,
			 u32 payload, const struct virtcam_mode *to, u8 *frame)
{
	struct virtcam_run run;
	u32 offset;

	/* A coded frame may be larger than the sizeimage of @from. */
	if (from->bytesperline == to->bytesperline) {
		memcpy(frame, data, payload);
		return;
	}
	for (offset = 0; offset < payload; offset += run.length + run.padding) {
		virtcam_layout_run(from, to, offset, &run);
		run.length = min(run.length, payload - offset);
		memcpy(frame + run.to, data + offset, run.length);
	}
}
EXPORT_SYMBOL_GPL(virtcam_layout_copy);
