/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef UNIT_LINUX_KERNEL_H
#define UNIT_LINUX_KERNEL_H

#include <stdio.h>

#define ARRAY_SIZE(array) (sizeof (array) / sizeof ((array)[0]))

#endif
