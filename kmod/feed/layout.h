/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A frame copied from one layout to another: format and size are the same, strides
 * may differ.
 *
 * This file includes no device header, and is tested on the host.
 */
#ifndef FEED_LAYOUT_H
#define FEED_LAYOUT_H

#include <virtcam/format.h>

/**
 * struct feed_run - neighbouring bytes of a frame
 * @to: where they lie in the other layout
 * @length: how many
 * @padding: how many follow that belong to no pixel
 */
struct feed_run {
	u32 to;
	u32 length;
	u32 padding;
};

void feed_layout_run(const struct virtcam_mode *from,
		     const struct virtcam_mode *to, u32 offset,
		     struct feed_run *run);
void feed_layout_copy(const struct virtcam_mode *from, const u8 *data,
		      u32 payload, const struct virtcam_mode *to, u8 *frame);

#endif
