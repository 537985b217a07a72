// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "device.h"
#include "driver.h"

/* The numbers in the names of the platform devices */
static DEFINE_IDA(numbers);

/* The cameras that loading the module made. Only init and exit touch them. */
static struct virtcam_instance *default_cameras[PATTERN_MAX_DEFAULT];

static struct pattern_device *pattern_of_instance(struct virtcam_instance *i)
{
	return container_of(i, struct pattern_device, instance);
}

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
	kfree(pattern_of_instance(instance));
}

/* The driver core keeps to itself why a probe failed, so the probe says it. */
static int pattern_device_bind(struct pattern_device *device)
{
	if (device_attach(device->instance.device) == 1)
		return 0;
	return device->error ?: -ENODEV;
}

static int pattern_device_add(struct pattern_device *device, int number)
{
	struct platform_device *pdev;
	int err = -ENOMEM;

	pdev = platform_device_alloc(KBUILD_MODNAME, number);
	if (!pdev)
		return err;
	err = platform_device_add_data(pdev, &device, sizeof(device));
	if (err)
		goto put_pdev;
	device->error = -ENODEV;
	err = platform_device_add(pdev);
	/*
	 * dev_set_name() finds no memory, platform_device_add() ignores that, and
	 * device_add() then says EINVAL of a device without a name.
	 */
	if (err == -EINVAL && !pdev->dev.kobj.name)
		err = -ENOMEM;
	if (err)
		goto put_pdev;
	device->instance.device = &pdev->dev;
	return 0;

put_pdev:
	platform_device_put(pdev);
	return err;
}

static void pattern_device_unplug(struct virtcam_instance *instance)
{
	struct platform_device *pdev;
	int number;

	if (!instance->device)
		return;
	pdev = to_platform_device(instance->device);
	number = pdev->id;
	platform_device_unregister(pdev);
	instance->device = NULL;
	ida_free(&numbers, number);
}

static int pattern_device_plug(struct virtcam_instance *instance)
{
	struct pattern_device *device = pattern_of_instance(instance);
	int number, err;

	if (instance->device)
		return pattern_device_bind(device);
	number = ida_alloc(&numbers, GFP_KERNEL);
	if (number < 0)
		return number;
	err = pattern_device_add(device, number);
	if (err) {
		ida_free(&numbers, number);
		return err;
	}
	/*
	 * For want of memory the driver core may not have got as far as a probe,
	 * and keeps that to itself: then it is asked again.
	 */
	err = device->error;
	if (err == -ENODEV)
		err = pattern_device_bind(device);
	if (err)
		pattern_device_unplug(instance);
	return err;
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

static struct virtcam_kind pattern_kind = {
	.name = "pattern",
	.owner = THIS_MODULE,
	.unnamed = true,
	.attributes = pattern_attributes,
	.create = pattern_device_create,
	.destroy = pattern_device_destroy,
	.plug = pattern_device_plug,
	.unplug = pattern_device_unplug,
};

static void pattern_device_remove_default(void)
{
	unsigned int i;

	for (i = PATTERN_MAX_DEFAULT; i--;) {
		if (!default_cameras[i])
			continue;
		pattern_device_unplug(default_cameras[i]);
		pattern_device_destroy(default_cameras[i]);
		default_cameras[i] = NULL;
	}
}

static int pattern_device_add_default(unsigned int num)
{
	struct virtcam_instance *instance;
	unsigned int i;
	int err;

	for (i = 0; i < num; i++) {
		instance = pattern_device_create();
		if (!instance)
			return -ENOMEM;
		default_cameras[i] = instance;
		snprintf(instance->card, sizeof(instance->card),
			 KBUILD_MODNAME " %u", i);
		err = pattern_device_plug(instance);
		if (err)
			return err;
	}
	return 0;
}

/**
 * pattern_register() - let there be pattern cameras
 * @num_default: how many to make at once, to PATTERN_MAX_DEFAULT
 *
 * Context: may sleep.
 * Return: 0, or a negative errno and there is nothing to undo.
 */
int pattern_register(unsigned int num_default)
{
	int err;

	err = platform_driver_register(&pattern_driver);
	if (err)
		return err;
	err = pattern_device_add_default(num_default);
	if (err)
		goto remove_default;
	err = virtcam_kind_register(&pattern_kind);
	if (err)
		goto remove_default;
	return 0;

remove_default:
	pattern_device_remove_default();
	platform_driver_unregister(&pattern_driver);
	return err;
}

/**
 * pattern_unregister() - undo pattern_register()
 *
 * Each directory holds the module, so only the default cameras are left.
 */
void pattern_unregister(void)
{
	virtcam_kind_unregister(&pattern_kind);
	pattern_device_remove_default();
	platform_driver_unregister(&pattern_driver);
}
