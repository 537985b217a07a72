/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A frame copied from one layout to another: format and size are the same, strides
 * may differ.
 *
 * This file includes no device header, and is tested on the host.
 */
#ifndef VIRTCAM_LAYOUT_H
#define VIRTCAM_LAYOUT_H

#include <virtcam/format.h>

/**
 * struct virtcam_run - neighbouring bytes of a frame
 * @to: where they lie in the other layout
 * @length: how many
 * @padding: how many follow that belong to no pixel
 */
struct virtcam_run {
	u32 to;
	u32 length;
	u32 padding;
};

void virtcam_layout_run(const struct virtcam_mode *from,
			const struct virtcam_mode *to, u32 offset,
			struct virtcam_run *run);
void virtcam_layout_copy(const struct virtcam_mode *from, const u8 *data,
			 u32 payload, const struct virtcam_mode *to, u8 *frame);

#endif
