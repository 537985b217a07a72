// SPDX-License-Identifier: GPL-2.0-only
#include <linux/idr.h>
#include <linux/platform_device.h>

#include "device.h"
#include <virtcam/provider.h>

/* The numbers in the devices' names */
static DEFINE_IDA(numbers);

/* The cameras that loading the module made. Only init and exit touch them. */
#define MAX_DEFAULT 64
static struct platform_device *defaults[MAX_DEFAULT];

/**
 * virtcam_bus_add() - make a camera
 * @config: what it can do; copied
 *
 * Context: may sleep.
 * Return: its device, bound, for virtcam_bus_remove(); or the ERR_PTR that
 * registering the camera gave, and there is no device.
 */
struct platform_device *virtcam_bus_add(const struct virtcam_config *config)
{
	struct virtcam_bus_camera camera = {
		.config = *config,
		.error = -ENODEV,
	};
	struct platform_device_info info = {
		.name = KBUILD_MODNAME,
		.data = &camera,
		.size_data = sizeof(camera),
	};
	struct platform_device *pdev;
	int err;

	info.id = ida_alloc(&numbers, GFP_KERNEL);
	if (info.id < 0)
		return ERR_PTR(info.id);
	pdev = platform_device_register_full(&info);
	if (IS_ERR(pdev)) {
		ida_free(&numbers, info.id);
		/* So the driver core calls a name that found no memory. */
		return pdev == ERR_PTR(-EINVAL) ? ERR_PTR(-ENOMEM) : pdev;
	}
	/*
	 * The driver core keeps a failed probe to itself, and also that it did
	 * not get as far as that for want of memory: then it is asked again.
	 */
	err = ((struct virtcam_bus_camera *)dev_get_platdata(&pdev->dev))->error;
	if (err == -ENODEV)
		err = virtcam_bus_bind(pdev);
	if (err) {
		virtcam_bus_remove(pdev);
		return ERR_PTR(err);
	}
	return pdev;
}

/**
 * virtcam_bus_remove() - take a camera away
 * @pdev: from virtcam_bus_add(), not the caller's any more; or NULL
 *
 * Context: may sleep.
 */
void virtcam_bus_remove(struct platform_device *pdev)
{
	int number;

	if (!pdev)
		return;
	number = pdev->id;
	platform_device_unregister(pdev);
	ida_free(&numbers, number);
}

/**
 * virtcam_bus_bind() - give a camera its driver back
 * @pdev: its device, which somebody may have unbound; nothing happens if not
 *
 * Context: may sleep.
 * Return: 0, or the negative errno that registering the camera gave.
 */
int virtcam_bus_bind(struct platform_device *pdev)
{
	struct virtcam_bus_camera *camera = dev_get_platdata(&pdev->dev);

	/* The driver core keeps a failed probe to itself. */
	if (device_attach(&pdev->dev) == 1)
		return 0;
	return camera->error ?: -ENODEV;
}

/**
 * virtcam_bus_is_bound() - whether a device is a camera
 * @pdev: the device
 *
 * Context: may sleep.
 * Return: true unless somebody has unbound it.
 */
bool virtcam_bus_is_bound(struct platform_device *pdev)
{
	struct virtcam_bus_camera *camera = dev_get_platdata(&pdev->dev);
	bool bound;

	device_lock(&pdev->dev);
	bound = camera->vcam;
	device_unlock(&pdev->dev);
	return bound;
}

/**
 * virtcam_bus_node_name() - the node of a camera
 * @pdev: its device
 * @text: where the name below /dev goes; empty while the device is unbound
 * @size: bytes of @text
 *
 * Context: may sleep.
 * Return: the length of the name.
 */
int virtcam_bus_node_name(struct platform_device *pdev, char *text,
			  size_t size)
{
	struct virtcam_bus_camera *camera = dev_get_platdata(&pdev->dev);
	int length;

	device_lock(&pdev->dev);
	length = snprintf(text, size, "%s", camera->vcam ?
			  virtcam_device_node_name(camera->vcam) : "");
	device_unlock(&pdev->dev);
	return length;
}

/**
 * virtcam_bus_add_default() - make the cameras that loading the module makes
 * @count: how many, to 64
 *
 * Return: 0, or a negative errno and there are none.
 */
int virtcam_bus_add_default(unsigned int count)
{
	struct virtcam_config config;
	struct platform_device *pdev;
	char card[VIRTCAM_CARD_SIZE];
	unsigned int i;

	for (i = 0; i < count; i++) {
		snprintf(card, sizeof(card), "virtcam %u", i);
		virtcam_config_init(&config, card);
		pdev = virtcam_bus_add(&config);
		if (IS_ERR(pdev)) {
			virtcam_bus_remove_default();
			return PTR_ERR(pdev);
		}
		defaults[i] = pdev;
	}
	return 0;
}

/**
 * virtcam_bus_remove_default() - undo virtcam_bus_add_default()
 */
void virtcam_bus_remove_default(void)
{
	unsigned int i;

	for (i = MAX_DEFAULT; i--;) {
		virtcam_bus_remove(defaults[i]);
		defaults[i] = NULL;
	}
}
