/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef UNIT_LINUX_FIXP_ARITH_H
#define UNIT_LINUX_FIXP_ARITH_H

#include <math.h>

/* The kernel's has a table, right to the last bit but one. */
#define fixp_sin16(degrees) ((int) (0x7fff * sin ((degrees) * UNIT_PI / 180)))
#define fixp_cos16(degrees) fixp_sin16 ((degrees) + 90)
#define UNIT_PI 3.14159265358979323846

#endif
