/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's numbers and times of frames, as the guest's.
 *
 * The host's clock is another one. A frame's delay is the time from its capture to its
 * event, plus what the clocks differ by. The shortest delay of the last frames is
 * taken for that difference alone: so a frame is said to be captured at most its own
 * delay ago, and late by the shortest delay that there was (docs/vm.md).
 *
 * This file includes no device header, and is tested on the host.
 */
#ifndef VIRTIO_CLOCK_H
#define VIRTIO_CLOCK_H

#include <linux/types.h>

/* After so many frames a shortest delay is forgotten: clocks drift. */
#define VMCAM_CLOCK_WINDOW 64
/* A frame that seems to be older by so many nanoseconds has no time to rely on. */
#define VMCAM_CLOCK_MAX_AGE 100000000ULL
/* How many frames in a row the host may say that it has lost */
#define VMCAM_CLOCK_MAX_LOST 100000

/**
 * struct vmcam_clock - what is known of the host's clock and numbers
 * @shortest: the shortest delay of the frames of this window
 * @before: that of the window before
 * @count: frames in this window
 * @began: a frame has come
 * @time: the last frame's time, the guest's CLOCK_MONOTONIC in nanoseconds
 * @host_sequence: the last frame's number, as the host has it
 * @sequence: as the guest has it
 */
struct vmcam_clock {
	s64 shortest;
	s64 before;
	u32 count;
	bool began;
	u64 time;
	u32 host_sequence;
	u32 sequence;
};

void vmcam_clock_start(struct vmcam_clock *clock);
void vmcam_clock_restart(struct vmcam_clock *clock);
u64 vmcam_clock_time(struct vmcam_clock *clock, u64 host_time, u64 now);
u32 vmcam_clock_sequence(struct vmcam_clock *clock, u32 host_sequence,
			 u32 *lost);

#endif
