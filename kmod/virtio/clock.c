// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/string.h>

#include "clock.h"

/* Programs see microseconds. */
#define MIN_STEP 1000

/**
 * vmcam_clock_start() - forget all
 * @clock: of a stream that begins
 */
void vmcam_clock_start(struct vmcam_clock *clock)
{
	memset(clock, 0, sizeof(*clock));
}

/**
 * vmcam_clock_restart() - forget the host
 * @clock: of a stream that goes on, with another clock and other numbers
 */
void vmcam_clock_restart(struct vmcam_clock *clock)
{
	const struct vmcam_clock last = *clock;

	vmcam_clock_start(clock);
	clock->time = last.time;
	clock->sequence = last.began ? last.sequence + 1 : last.sequence;
}

static void clock_begin_window(struct vmcam_clock *clock, s64 before, s64 delay)
{
	clock->before = before;
	clock->shortest = delay;
	clock->count = 1;
}

/**
 * vmcam_clock_time() - when a frame was captured
 * @clock: of its stream
 * @host_time: what the host says, on a clock of its own, in nanoseconds; anything
 * @now: when the guest heard of the frame, CLOCK_MONOTONIC in nanoseconds
 *
 * Return: the time on the guest's clock, after that of the frame before, and never
 * after @now where that lets it.
 */
u64 vmcam_clock_time(struct vmcam_clock *clock, u64 host_time, u64 now)
{
	s64 delay = now - host_time;
	u64 time;

	if (!clock->count)
		clock_begin_window(clock, delay, delay);
	else if (clock->count >= VMCAM_CLOCK_WINDOW)
		clock_begin_window(clock, clock->shortest, delay);
	else
		clock->count++;
	clock->shortest = min(clock->shortest, delay);
	time = host_time + min(clock->shortest, clock->before);
	/* The host's clock was set, stood still, or there is none. */
	if (now - time > VMCAM_CLOCK_MAX_AGE) {
		clock_begin_window(clock, delay, delay);
		time = now;
	}
	clock->time = max(time, clock->time + MIN_STEP);
	return clock->time;
}

/**
 * vmcam_clock_sequence() - the number of a frame
 * @clock: of its stream
 * @host_sequence: what the host says; anything
 * @lost: how many frames the host says that were lost before it
 *
 * Return: the number, from 0, above that of the frame before.
 */
u32 vmcam_clock_sequence(struct vmcam_clock *clock, u32 host_sequence,
			 u32 *lost)
{
	u32 step = host_sequence - clock->host_sequence;

	*lost = 0;
	if (clock->began && step > 1 && step <= VMCAM_CLOCK_MAX_LOST)
		*lost = step - 1;
	if (clock->began)
		clock->sequence += 1 + *lost;
	clock->began = true;
	clock->host_sequence = host_sequence;
	return clock->sequence;
}
