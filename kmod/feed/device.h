/* SPDX-License-Identifier: GPL-2.0-only */
/* Feeds as a kind of cameras that can be made, and their settings. */
#ifndef FEED_DEVICE_H
#define FEED_DEVICE_H

#include <virtcam/kind.h>

#include "settings.h"

struct feed;

/**
 * struct feed_device - a feed that can be made
 * @instance: what all kinds of cameras have in common
 * @config: what the feed should offer
 * @feed: what passes frames on, while there is a camera; driver.c's own
 */
struct feed_device {
	struct virtcam_instance instance;
	struct feed_config config;
	struct feed *feed;
};

static inline struct feed_device *
feed_device_of(struct virtcam_instance *instance)
{
	return container_of(instance, struct feed_device, instance);
}

extern struct virtcam_kind feed_kind;

#endif
