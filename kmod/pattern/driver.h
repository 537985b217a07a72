/* SPDX-License-Identifier: GPL-2.0-only */
/* The provider that draws. Its cameras are platform devices. */
#ifndef PROVIDER_PATTERN_H
#define PROVIDER_PATTERN_H

struct platform_driver;

extern struct platform_driver virtcam_pattern_driver;

#endif
