// SPDX-License-Identifier: GPL-2.0-only
#include <linux/dma-mapping.h>
#include <linux/idr.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/string.h>

#include <virtcam/kind.h>

#include "device.h"

static struct virtcam_kind *kind_of_bound(struct device *dev)
{
	return container_of(to_platform_driver(dev->driver),
			    struct virtcam_kind, driver);
}

/* What instance_add() gave to the device @dev */
static struct virtcam_instance **instance_of_device(struct device *dev)
{
	return dev_get_platdata(dev);
}

/* The device is this module's own, and reaches all memory, however it lies. */
static int instance_set_dma(struct device *dev)
{
	dma_set_max_seg_size(dev, UINT_MAX);
	return dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(64));
}

/*
 * An action, and not the driver's remove(), whose type depends on the kernel's
 * version. The driver core calls it right after it would call remove(), under the
 * same lock, while dev->driver is still there.
 */
static void instance_unbind(void *data)
{
	struct device *dev = data;

	kind_of_bound(dev)->unbind(*instance_of_device(dev));
}

static int instance_bind(struct device *dev, struct virtcam_instance *instance)
{
	int err;

	err = instance_set_dma(dev);
	if (err)
		return err;
	err = kind_of_bound(dev)->bind(dev, instance);
	if (err)
		return err;
	return devm_add_action_or_reset(dev, instance_unbind, dev);
}

static int instance_probe(struct platform_device *pdev)
{
	struct virtcam_instance **instance = instance_of_device(&pdev->dev);
	struct virtcam_kind *kind = kind_of_bound(&pdev->dev);

	/* driver_override brings devices of other modules, with other data. */
	if (!instance || strcmp(pdev->name, kind->device_name))
		return -ENODEV;
	(*instance)->error = instance_bind(&pdev->dev, *instance);
	return (*instance)->error;
}

/* The driver core keeps to itself why a probe failed, so the probe says it. */
static int instance_attach(struct virtcam_instance *instance)
{
	if (device_attach(instance->device) == 1)
		return 0;
	return instance->error ?: -ENODEV;
}

static int instance_add(struct virtcam_instance *instance, const char *name,
			int number)
{
	struct platform_device *pdev;
	int err = -ENOMEM;

	pdev = platform_device_alloc(name, number);
	if (!pdev)
		return err;
	err = platform_device_add_data(pdev, &instance, sizeof(instance));
	if (err)
		goto put_pdev;
	instance->error = -ENODEV;
	err = platform_device_add(pdev);
	/*
	 * dev_set_name() finds no memory, platform_device_add() ignores that, and
	 * device_add() then says EINVAL of a device without a name.
	 */
	if (err == -EINVAL && !pdev->dev.kobj.name)
		err = -ENOMEM;
	if (err)
		goto put_pdev;
	instance->device = &pdev->dev;
	return 0;

put_pdev:
	platform_device_put(pdev);
	return err;
}

/**
 * virtcam_device_unplug() - take an instance's device away
 * @kind: the instance's kind
 * @instance: the instance; nothing happens if it has no device
 *
 * Context: may sleep; not under the lock of the device.
 */
void virtcam_device_unplug(struct virtcam_kind *kind,
			   struct virtcam_instance *instance)
{
	struct platform_device *pdev;
	int number;

	if (!instance->device)
		return;
	pdev = to_platform_device(instance->device);
	number = pdev->id;
	platform_device_unregister(pdev);
	instance->device = NULL;
	ida_free(&kind->numbers, number);
}

/**
 * virtcam_device_plug() - make an instance's device, and so its camera
 * @kind: the instance's kind
 * @instance: the instance; if it has a device, that is bound to its driver again
 *
 * Context: may sleep; not under the lock of the device.
 * Return: 0, or a negative errno.
 */
int virtcam_device_plug(struct virtcam_kind *kind,
			struct virtcam_instance *instance)
{
	int number, err;

	if (instance->device)
		return instance_attach(instance);
	number = ida_alloc(&kind->numbers, GFP_KERNEL);
	if (number < 0)
		return number;
	err = instance_add(instance, kind->device_name, number);
	if (err) {
		ida_free(&kind->numbers, number);
		return err;
	}
	/*
	 * For want of memory the driver core may not have got as far as a probe,
	 * and keeps that to itself: then it is asked again.
	 */
	err = instance->error;
	if (err == -ENODEV)
		err = instance_attach(instance);
	if (err)
		virtcam_device_unplug(kind, instance);
	return err;
}

/**
 * virtcam_device_remove_default() - undo virtcam_device_add_default()
 * @kind: the kind
 *
 * Context: may sleep.
 */
void virtcam_device_remove_default(struct virtcam_kind *kind)
{
	struct virtcam_instance *instance, *next;

	list_for_each_entry_safe(instance, next, &kind->defaults, list) {
		list_del(&instance->list);
		virtcam_device_unplug(kind, instance);
		kind->destroy(instance);
	}
}

/**
 * virtcam_device_add_default() - make cameras without a directory
 * @kind: the kind
 * @num: how many; their cards are numbered from 0
 *
 * Context: may sleep.
 * Return: 0, or a negative errno and there is nothing to undo.
 */
int virtcam_device_add_default(struct virtcam_kind *kind, unsigned int num)
{
	struct virtcam_instance *instance;
	unsigned int i;
	int err;

	for (i = 0; i < num; i++) {
		instance = kind->create();
		if (!instance) {
			err = -ENOMEM;
			goto remove_default;
		}
		list_add(&instance->list, &kind->defaults);
		snprintf(instance->card, sizeof(instance->card), "%s %u",
			 kind->default_card, i);
		err = virtcam_device_plug(kind, instance);
		if (err)
			goto remove_default;
	}
	return 0;

remove_default:
	virtcam_device_remove_default(kind);
	return err;
}

/**
 * virtcam_device_register_driver() - let devices of a kind be bound
 * @kind: the kind
 *
 * Context: may sleep.
 * Return: 0, or a negative errno.
 */
int virtcam_device_register_driver(struct virtcam_kind *kind)
{
	ida_init(&kind->numbers);
	INIT_LIST_HEAD(&kind->defaults);
	kind->driver.probe = instance_probe;
	kind->driver.driver.name = kind->device_name;
	/* virtcam_device_plug() looks at the outcome of the probe. */
	kind->driver.driver.probe_type = PROBE_FORCE_SYNCHRONOUS;
	return platform_driver_register(&kind->driver);
}

/**
 * virtcam_device_unregister_driver() - undo virtcam_device_register_driver()
 * @kind: the kind, which has no device any more
 *
 * Context: may sleep.
 */
void virtcam_device_unregister_driver(struct virtcam_kind *kind)
{
	platform_driver_unregister(&kind->driver);
}
