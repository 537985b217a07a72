/* SPDX-License-Identifier: GPL-2.0-only */
/* Pattern cameras that can be made, and their settings. */
#ifndef PATTERN_DEVICE_H
#define PATTERN_DEVICE_H

#include <linux/container_of.h>

#include <virtcam/kind.h>

#include "settings.h"

struct pattern;

/**
 * struct pattern_device - a pattern camera that can be made
 * @instance: what all kinds of cameras have in common
 * @config: what the camera should offer
 * @pattern: what draws, while there is a camera; driver.c's own
 */
struct pattern_device {
	struct virtcam_instance instance;
	struct pattern_config config;
	struct pattern *pattern;
};

static inline struct pattern_device *
pattern_device_of(struct virtcam_instance *instance)
{
	return container_of(instance, struct pattern_device, instance);
}

extern struct virtcam_kind pattern_kind;

#endif
