/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The controls of misbehave.c, for the module and for the test that sets them. */
#ifndef MISBEHAVE_H
#define MISBEHAVE_H

#include <linux/videodev2.h>

#define CID(n) (V4L2_CID_USER_BASE + 0x1000 + (n))
#define CID_FAULT CID(0)
#define CID_FROM CID(1)
#define CID_REFUSED CID(2)
#define CID_DELIVERED CID(3)
#define CID_MODES CID(4)
#define CID_SIGNAL CID(5)
#define CID_SWITCHES CID(6)
#define CID_LARGE CID(7)
#define CID_TENFOLD CID(8)
#define CID_HOLE CID(9)

enum fault {
	FAULT_NONE,
	FAULT_ORDER,
	FAULT_SEQUENCE,
	FAULT_TIMESTAMP,
	FAULT_FUTURE,
	FAULT_TWICE,
	FAULT_PAYLOAD,
	FAULT_DAMAGED,
	FAULT_AFTER_STOP,
	FAULT_OTHERS_BUFFER,
	FAULT_KEEPS,
	FAULT_START_FAILS,
	FAULT_START_HANGS,
};

/* What virtcam_camera_alloc() or virtcam_camera_register() must refuse */
enum wrong {
	WRONG_NOTHING,
	WRONG_MODES,
	WRONG_WRITER,
	WRONG_INDEX,
	WRONG_CONTROL,
};

enum from { FROM_TIMER, FROM_WORK };

#endif
