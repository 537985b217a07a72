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
	struct feed_device *device = feed_device_of(instance);

	kvfree(device->config.placeholder_file.data);
	kfree(device);
}

VIRTCAM_SETTING_ATTRIBUTE(feed, formats);
VIRTCAM_SETTING_ATTRIBUTE(feed, sizes);
VIRTCAM_SETTING_ATTRIBUTE(feed, intervals);
VIRTCAM_SETTING_ATTRIBUTE(feed, timeout);
VIRTCAM_SETTING_ATTRIBUTE(feed, placeholder);
VIRTCAM_FILE_ATTRIBUTE(feed, placeholder_file, FEED_MAX_PLACEHOLDER_FILE);
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

static struct configfs_bin_attribute *feed_files[] = {
	&feed_attr_placeholder_file,
	NULL,
};

struct virtcam_kind feed_kind = {
	.name = "feed",
	.device_name = KBUILD_MODNAME "-feed",
	.default_card = KBUILD_MODNAME " feed",
	.owner = THIS_MODULE,
	.attributes = feed_attributes,
	.files = feed_files,
	.create = feed_device_create,
	.destroy = feed_device_destroy,
	.bind = feed_bind,
	.unbind = feed_unbind,
};
