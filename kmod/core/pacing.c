// SPDX-License-Identifier: GPL-2.0-only
#include <linux/math64.h>

#include <virtcam/pacing.h>

#define NSEC 1000000000ULL
/* What V4L2 tells of a time */
#define USEC 1000ULL

/**
 * virtcam_pacing_start() - begin a stream
 * @pacing: the stream
 * @now: the time of frame 0 in nanoseconds
 * @interval: seconds from one frame to the next, neither part zero
 */
void virtcam_pacing_start(struct virtcam_pacing *pacing, u64 now,
			  struct v4l2_fract interval)
{
	pacing->start = now;
	pacing->interval = interval;
	pacing->next = 0;
}

/**
 * virtcam_pacing_elapsed() - the stream's age when the next frame is due
 * @pacing: the stream
 *
 * Exact for every frame number: nothing is added up, so nothing drifts. Whole
 * periods of the denominator and whole seconds are taken out, so that no
 * product is above a u64, whatever the interval.
 *
 * Return: nanoseconds since frame 0.
 */
u64 virtcam_pacing_elapsed(const struct virtcam_pacing *pacing)
{
	u64 num = pacing->interval.numerator;
	u32 den = pacing->interval.denominator;
	u32 frames, parts;
	u64 periods = div_u64_rem(pacing->next, den, &frames);
	u64 seconds = periods * num + div_u64_rem(frames * num, den, &parts);

	return seconds * NSEC + div_u64(parts * NSEC, den);
}

/**
 * virtcam_pacing_deadline() - when the next frame is due
 * @pacing: the stream
 *
 * Return: the time in nanoseconds.
 */
u64 virtcam_pacing_deadline(const struct virtcam_pacing *pacing)
{
	return pacing->start + virtcam_pacing_elapsed(pacing);
}

/**
 * virtcam_pacing_advance() - the time of the next frame without deadlines
 * @pacing: the stream; the next frame is the one after
 * @now: the time in nanoseconds
 *
 * Programs see microseconds, and no two frames at the same.
 *
 * Return: @now, or what is a microsecond after the frame before if that is
 * later.
 */
u64 virtcam_pacing_advance(struct virtcam_pacing *pacing, u64 now)
{
	if (!pacing->next)
		pacing->start = now;
	else if (now < pacing->last + USEC)
		now = pacing->last + USEC;
	pacing->last = now;
	pacing->next++;
	return now;
}

/**
 * virtcam_pacing_overdue() - how many frames are past saving
 * @pacing: the stream
 * @now: the time in nanoseconds
 *
 * Return: 0 while the next frame is at most VIRTCAM_PACING_MAX_LATE intervals
 * late; else the number of frames to give up so that the next one is on time.
 */
u64 virtcam_pacing_overdue(const struct virtcam_pacing *pacing, u64 now)
{
	u64 deadline = virtcam_pacing_deadline(pacing);
	u64 interval = div_u64(pacing->interval.numerator * NSEC,
			       pacing->interval.denominator);
	u64 late;

	if (now <= deadline)
		return 0;
	late = div64_u64(now - deadline, interval);
	return late > VIRTCAM_PACING_MAX_LATE ? late : 0;
}
