/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frame intervals, in seconds, as numbers.
 *
 * This file includes no device header, and is tested on the host.
 */
#ifndef CORE_INTERVAL_H
#define CORE_INTERVAL_H

#include <linux/math64.h>
#include <linux/types.h>
#include <linux/videodev2.h>

#define NSEC 1000000000ULL
/* Timestamps of V4L2 are microseconds, and no two frames have the same. */
#define MIN_INTERVAL 1000ULL

static inline u64 interval_ns(struct v4l2_fract t)
{
	return div_u64(t.numerator * NSEC, t.denominator);
}

static inline bool interval_is_below(struct v4l2_fract a, struct v4l2_fract b)
{
	return (u64)a.numerator * b.denominator <
	       (u64)b.numerator * a.denominator;
}

static inline bool interval_is_same(struct v4l2_fract a, struct v4l2_fract b)
{
	return !interval_is_below(a, b) && !interval_is_below(b, a);
}

#endif
