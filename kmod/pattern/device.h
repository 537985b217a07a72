/* SPDX-License-Identifier: GPL-2.0-only */
/* Drawn cameras as platform devices, so that they can be unbound and bound. */
#ifndef VIRTCAM_BUS_H
#define VIRTCAM_BUS_H

#include <virtcam/config.h>

struct platform_device;
struct virtcam_device;

/**
 * struct virtcam_bus_camera - platform data of a camera's platform device
 * @config: what the camera can do
 * @error: how the last probe went: 0 or a negative errno
 * @vcam: the camera while the device is bound; guarded by the device's lock
 */
struct virtcam_bus_camera {
	struct virtcam_config config;
	int error;
	struct virtcam_device *vcam;
};

struct platform_device *virtcam_bus_add(const struct virtcam_config *config);
void virtcam_bus_remove(struct platform_device *pdev);
int virtcam_bus_bind(struct platform_device *pdev);
bool virtcam_bus_is_bound(struct platform_device *pdev);
int virtcam_bus_node_name(struct platform_device *pdev, char *text,
			  size_t size);
int virtcam_bus_add_default(unsigned int count);
void virtcam_bus_remove_default(void);

#endif
