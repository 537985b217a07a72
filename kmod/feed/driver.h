/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FEED_DRIVER_H
#define FEED_DRIVER_H

#include <virtcam/kind.h>

int feed_bind(struct device *dev, struct virtcam_instance *instance);
void feed_unbind(struct virtcam_instance *instance);

#endif
