/* SPDX-License-Identifier: GPL-2.0-only */
/* The provider that draws, as a platform driver. */
#ifndef PATTERN_DRIVER_H
#define PATTERN_DRIVER_H

struct platform_driver;

extern struct platform_driver pattern_driver;

#endif
