/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine-readable stamp of a frame, as bits (docs/stamp.md).
 *
 * This file includes no device header, and is tested on the host.
 */
#ifndef VIRTCAM_STAMP_H
#define VIRTCAM_STAMP_H

#include <linux/types.h>

#define VIRTCAM_STAMP_MAGIC 0x5643
#define VIRTCAM_STAMP_BYTES 16
#define VIRTCAM_STAMP_BITS (8 * VIRTCAM_STAMP_BYTES)
/* A bit is a square block of so many pixels a side ... */
#define VIRTCAM_STAMP_BLOCK 8
/* ... and a frame narrower or lower than this carries no stamp. */
#define VIRTCAM_STAMP_MIN_SIZE 64

u16 virtcam_stamp_crc(const u8 *data, unsigned int length);
void virtcam_stamp_encode(u8 stamp[VIRTCAM_STAMP_BYTES], u32 sequence,
			  u64 time);

#endif
