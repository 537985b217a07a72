/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names for people: UTF-8, as V4L2 has them.
 *
 * This file includes no device header, and is tested on the host.
 */
#ifndef VIRTCAM_TEXT_H
#define VIRTCAM_TEXT_H

#include <linux/types.h>

unsigned int virtcam_text_next(const void *text, size_t size, u32 *character);

#endif
