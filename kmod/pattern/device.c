// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include <linux/slab.h>

#include "device.h"
#include "driver.h"

static struct virtcam_instance *pattern_device_create(void)
{
	struct pattern_device *device = kzalloc(sizeof(*device), GFP_KERNEL);

	if (!device)
		return NULL;
	pattern_config_init(&device->config);
	device->instance.settings = &device->config;
	return &device->instance;
}

static void pattern_device_destroy(struct virtcam_instance *instance)
{
	kfree(pattern_device_of(instance));
}

VIRTCAM_SETTING_ATTRIBUTE(pattern, formats);
VIRTCAM_SETTING_ATTRIBUTE(pattern, sizes);
VIRTCAM_SETTING_ATTRIBUTE(pattern, intervals);
VIRTCAM_SETTING_ATTRIBUTE(pattern, memory);
VIRTCAM_SETTING_ATTRIBUTE(pattern, pacing);

static struct configfs_attribute *pattern_attributes[] = {
	&pattern_attr_formats,
	&pattern_attr_sizes,
	&pattern_attr_intervals,
	&pattern_attr_memory,
	&pattern_attr_pacing,
	NULL,
};

struct virtcam_kind pattern_kind = {
	.name = "pattern",
	.device_name = KBUILD_MODNAME,
	.default_card = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.unnamed = true,
	.attributes = pattern_attributes,
	.create = pattern_device_create,
	.destroy = pattern_device_destroy,
	.bind = pattern_bind,
	.unbind = pattern_unbind,
};
