/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When which frame is due: absolute deadlines, sequence numbers, drops.
 *
 * Or the time of each frame of a stream that has no deadlines.
 *
 * This file includes no device header, and is tested on the host. Times come
 * in as numbers (CLOCK_MONOTONIC, nanoseconds).
 */
#ifndef VIRTCAM_PACING_H
#define VIRTCAM_PACING_H

#include <linux/types.h>
#include <linux/videodev2.h>

/*
 * How many frames a late camera makes up for before it gives frames up. A
 * sensor fills empty buffers on time however late the processor looks, so a
 * short delay costs no frame; a processor too slow for the mode must not
 * fall behind without end.
 */
#define VIRTCAM_PACING_MAX_LATE 8

/**
 * enum virtcam_pace - when frames are drawn
 * @VIRTCAM_PACE_INTERVAL: at the deadlines of the mode's frame interval
 * @VIRTCAM_PACE_NONE: as soon as there is an empty buffer
 * @VIRTCAM_NUM_PACES: how many there are
 */
enum virtcam_pace {
	VIRTCAM_PACE_INTERVAL,
	VIRTCAM_PACE_NONE,
	VIRTCAM_NUM_PACES,
};

/**
 * struct virtcam_pacing - when the frames of one stream are due
 * @start: time of frame 0 in nanoseconds
 * @interval: seconds from one frame to the next
 * @next: number of the frame that is due next
 * @last: time of the frame before it; without deadlines only
 */
struct virtcam_pacing {
	u64 start;
	struct v4l2_fract interval;
	u64 next;
	u64 last;
};

void virtcam_pacing_start(struct virtcam_pacing *pacing, u64 now,
			  struct v4l2_fract interval);
u64 virtcam_pacing_elapsed(const struct virtcam_pacing *pacing);
u64 virtcam_pacing_deadline(const struct virtcam_pacing *pacing);
u64 virtcam_pacing_advance(struct virtcam_pacing *pacing, u64 now);
u64 virtcam_pacing_overdue(const struct virtcam_pacing *pacing, u64 now);

#endif
