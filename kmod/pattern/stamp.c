// SPDX-License-Identifier: GPL-2.0-only
#include "stamp.h"

/**
 * virtcam_stamp_crc() - CRC-16/CCITT-FALSE
 * @data: the bytes
 * @length: how many
 *
 * The kernel's crc_itu_t() computes the same, but an out-of-tree module cannot
 * select CRC_ITU_T, and 14 bytes a frame do not need its table.
 *
 * Return: the checksum; 0x29b1 for the bytes "123456789".
 */
u16 virtcam_stamp_crc(const u8 *data, unsigned int length)
{
	u16 crc = 0xffff;
	u16 x;

	while (length--) {
		x = (crc >> 8) ^ *data++;
		x ^= x >> 4;
		crc = (crc << 8) ^ (x << 12) ^ (x << 5) ^ x;
	}
	return crc;
}

static u8 *stamp_put_bytes(u8 *at, u64 value, unsigned int bytes)
{
	while (bytes--)
		*at++ = value >> (8 * bytes);
	return at;
}

/**
 * virtcam_stamp_encode() - write a stamp's 128 bits
 * @stamp: where to; the most significant bit of the first byte is sent first
 * @sequence: the frame's sequence number
 * @time: CLOCK_MONOTONIC in nanoseconds when the frame was finished
 */
void virtcam_stamp_encode(u8 stamp[VIRTCAM_STAMP_BYTES], u32 sequence,
			  u64 time)
{
	u8 *at = stamp;

	at = stamp_put_bytes(at, VIRTCAM_STAMP_MAGIC, 2);
	at = stamp_put_bytes(at, sequence, 4);
	at = stamp_put_bytes(at, time, 8);
	stamp_put_bytes(at, virtcam_stamp_crc(stamp, at - stamp), 2);
}
