/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef UNIT_LINUX_ATOMIC_H
#define UNIT_LINUX_ATOMIC_H

#include <linux/types.h>

typedef struct
{
  s64 counter;
} atomic64_t;

#endif
