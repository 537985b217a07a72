/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The still picture that viewers see while nothing feeds a camera: a camera
 * with a stroke through it, the camera's name, and a line that says so.
 *
 * This file includes no device header, and is tested on the host.
 */
#ifndef FEED_PLACEHOLDER_H
#define FEED_PLACEHOLDER_H

#include <linux/types.h>

#include <virtcam/format.h>

unsigned int feed_placeholder_memory(const struct virtcam_mode *mode);
void feed_placeholder_draw(const struct virtcam_mode *mode, const char *card,
			   const u8 *font, u8 *memory, u8 *frame);

#endif
