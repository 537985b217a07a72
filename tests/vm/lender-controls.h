/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Buttons of tests/vm/lender's camera: what a test in the guest has its host do.
 */
#ifndef TEST_LENDER_CONTROLS_H
#define TEST_LENDER_CONTROLS_H

#include <linux/v4l2-controls.h>

/* Brightness becomes LENDER_BRIGHTNESS. */
#define LENDER_CHANGE_BRIGHTNESS (V4L2_CID_USER_BASE + 0x1020)
#define LENDER_BRIGHTNESS 222
/* The only size is 480x360, or again what it was. */
#define LENDER_CHANGE_MODES (V4L2_CID_USER_BASE + 0x1021)
/* All sessions end with an error. */
#define LENDER_FAIL (V4L2_CID_USER_BASE + 0x1022)
/* The next frame is marked as damaged. */
#define LENDER_DAMAGE (V4L2_CID_USER_BASE + 0x1023)
/* LENDER_LOST numbers are left out. */
#define LENDER_LOSE (V4L2_CID_USER_BASE + 0x1024)
#define LENDER_LOST 7
/* The host looks at nothing that the guest asks for, for so long or until a reset. */
#define LENDER_SILENCE (V4L2_CID_USER_BASE + 0x1025)
#define LENDER_SILENT_MS 3000
/* The same from the next reset to the one after it. */
#define LENDER_SILENCE_NEXT (V4L2_CID_USER_BASE + 0x102a)
/* The modes change, as by LENDER_CHANGE_MODES, once the guest's stream has ended. */
#define LENDER_CHANGE_MODES_NEXT (V4L2_CID_USER_BASE + 0x102b)
/* All sessions end with an error when the guest asks for sizes, but not for the first. */
#define LENDER_FAIL_IN_A_LIST (V4L2_CID_USER_BASE + 0x102f)
/* A size or an interval is told after so many milliseconds, 0 to 100. */
#define LENDER_SLOW_LISTS (V4L2_CID_USER_BASE + 0x1030)
/* How frames lie in the host's buffers from the next stream on: bits of these */
#define LENDER_LAYOUT (V4L2_CID_USER_BASE + 0x102c)
#define LENDER_MORE_ROOM 1    /* a page behind the frame */
#define LENDER_LONGER_LINES 2 /* 64 bytes each */
/* Of a host that lies: how many answers and events it has left to lie in, as far
 * as it can be trusted. */
#define LENDER_LIES_LEFT (V4L2_CID_USER_BASE + 0x1026)
/* The next MMAP is answered after LENDER_SLOW_MS. */
#define LENDER_SLOW_MMAP (V4L2_CID_USER_BASE + 0x1027)
#define LENDER_SLOW_MS 1500
/* How many sessions, and buffers in shared memory, the host has for the guest, whatever
 * these are set to. */
#define LENDER_SESSIONS (V4L2_CID_USER_BASE + 0x1028)
#define LENDER_MAPPINGS (V4L2_CID_USER_BASE + 0x1029)
/* What the driver does not take for the value that these have already */
#define LENDER_UNCOUNTED 1000
/* Once the host has lent so many frames of a stream it says how many it left out
 * before the last of them, since no buffer was there; until then -1. */
#define LENDER_COUNT (V4L2_CID_USER_BASE + 0x102d)
#define LENDER_LEFT_OUT (V4L2_CID_USER_BASE + 0x102e)

#endif
