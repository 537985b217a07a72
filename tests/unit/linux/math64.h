/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef UNIT_LINUX_MATH64_H
#define UNIT_LINUX_MATH64_H

#include <linux/types.h>

static inline u64
div_u64_rem (u64 dividend, u32 divisor, u32 * remainder)
{
  *remainder = (u32) (dividend % divisor);
  return dividend / divisor;
}

static inline u64
div_u64 (u64 dividend, u32 divisor)
{
  return dividend / divisor;
}

static inline u64
div64_u64_rem (u64 dividend, u64 divisor, u64 * remainder)
{
  *remainder = dividend % divisor;
  return dividend / divisor;
}

static inline u64
div64_u64 (u64 dividend, u64 divisor)
{
  return dividend / divisor;
}

#endif
