/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kernel's own linux/types.h has and the one for programs lacks. */
#ifndef UNIT_LINUX_TYPES_H
#define UNIT_LINUX_TYPES_H

#include_next <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef __u8 u8;
typedef __s8 s8;
typedef __u16 u16;
typedef __s16 s16;
typedef __u32 u32;
typedef __s32 s32;
typedef __u64 u64;
typedef __s64 s64;

#define S32_MIN (-S32_MAX - 1)
#define S32_MAX ((s32) (U32_MAX >> 1))
#define S64_MAX ((s64) (U64_MAX >> 1))
#define U32_MAX ((u32) ~0U)
#define U64_MAX ((u64) ~0ULL)

#define __packed __attribute__ ((packed))
#define fallthrough __attribute__ ((fallthrough))

#endif
