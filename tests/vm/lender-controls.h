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
#define LENDER_SILENCE_NEXT (V4L2_CID_USER_BASE + 0x1029)
/* The modes change, as by LENDER_CHANGE_MODES, once the guest's stream has ended. */
#define LENDER_CHANGE_MODES_NEXT (V4L2_CID_USER_BASE + 0x102a)
/* How frames lie in the host's buffers from the next stream on: bits of these */
#define LENDER_LAYOUT (V4L2_CID_USER_BASE + 0x102b)
#define LENDER_MORE_ROOM 1    /* a page behind the frame */
#define LENDER_LONGER_LINES 2 /* 64 bytes each */
/* Of a host that lies: how many answers and events it has left to lie in, as far
 * as it can be trusted. */
#define LENDER_LIES_LEFT (V4L2_CID_USER_BASE + 0x1026)
/* Once the host has lent so many frames of a stream it says how many it left out
 * before the last of them, since no buffer was there; until then -1. */
#define LENDER_COUNT (V4L2_CID_USER_BASE + 0x1027)
#define LENDER_LEFT_OUT (V4L2_CID_USER_BASE + 0x1028)

#endif
