/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef UNIT_LINUX_KERNEL_H
#define UNIT_LINUX_KERNEL_H

#include <stdio.h>

#include <linux/minmax.h>

#define ARRAY_SIZE(array) (sizeof (array) / sizeof ((array)[0]))
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
/* The second argument is a power of two. */
#define round_down(n, to) ((n) / (to) * (to))
#define round_up(n, to) (DIV_ROUND_UP (n, to) * (to))

#endif
