// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include <linux/slab.h>

#include "device.h"
#include "driver.h"

static struct virtcam_instance *feed_device_create(void)
{
	struct feed_device *device = kzalloc(sizeof(*device), GFP_KERNEL);

	if (!device)
		return NULL;
	feed_config_init(&device->config);
	device->instance.settings = &device->config;
	return &device->instance;
}

static void feed_device_destroy(struct virtcam_instance *instance)
{
	kfree(feed_device_of(instance));
}

VIRTCAM_SETTING_ATTRIBUTE(feed, formats);
VIRTCAM_SETTING_ATTRIBUTE(feed, sizes);
VIRTCAM_SETTING_ATTRIBUTE(feed, intervals);
VIRTCAM_SETTING_ATTRIBUTE(feed, timeout);
VIRTCAM_SETTING_ATTRIBUTE(feed, placeholder);
VIRTCAM_SETTING_ATTRIBUTE(feed, viewers);

static ssize_t feed_output_show(struct config_item *item, char *page)
{
	return virtcam_kind_show_output(item, page);
}
CONFIGFS_ATTR_RO(feed_, output);

static struct configfs_attribute *feed_attributes[] = {
	&feed_attr_output,
	&feed_attr_formats,
	&feed_attr_sizes,
	&feed_attr_intervals,
	&feed_attr_timeout,
	&feed_attr_placeholder,
	&feed_attr_viewers,
	NULL,
};

struct virtcam_kind feed_kind = {
	.name = "feed",
	.device_name = KBUILD_MODNAME "-feed",
	.default_card = KBUILD_MODNAME " feed",
	.owner = THIS_MODULE,
	.attributes = feed_attributes,
	.create = feed_device_create,
	.destroy = feed_device_destroy,
	.bind = feed_bind,
	.unbind = feed_unbind,
};
