/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pattern cameras as platform devices, so that they can be unbound and bound
 * through sysfs.
 */
#ifndef PATTERN_DEVICE_H
#define PATTERN_DEVICE_H

#include <linux/stringify.h>

#include <virtcam/kind.h>

#include "settings.h"

/* How many cameras loading the module can make */
#define PATTERN_MAX_DEFAULT 64
#define PATTERN_MAX_DEFAULT_TEXT __stringify(PATTERN_MAX_DEFAULT)

/**
 * struct pattern_device - a pattern camera that can be made
 * @instance: what all kinds of cameras have in common
 * @config: what the camera should offer
 * @error: how the last probe went: 0 or a negative errno. Only of use while nobody
 *	binds the device through sysfs at the same time.
 */
struct pattern_device {
	struct virtcam_instance instance;
	struct pattern_config config;
	int error;
};

int pattern_register(unsigned int num_default);
void pattern_unregister(void);

#endif
