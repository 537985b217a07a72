/* SPDX-License-Identifier: GPL-2.0-only */
/* The provider that draws. */
#ifndef PATTERN_DRIVER_H
#define PATTERN_DRIVER_H

struct device;
struct virtcam_instance;

int pattern_bind(struct device *dev, struct virtcam_instance *instance);
void pattern_unbind(struct virtcam_instance *instance);

#endif
