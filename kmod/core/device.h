/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cameras of a kind as platform devices, so that they can be unbound and
 * bound through sysfs.
 */
#ifndef CORE_DEVICE_H
#define CORE_DEVICE_H

struct virtcam_instance;
struct virtcam_kind;

int virtcam_device_plug(struct virtcam_kind *kind,
			struct virtcam_instance *instance);
void virtcam_device_unplug(struct virtcam_kind *kind,
			   struct virtcam_instance *instance);

int virtcam_device_register_driver(struct virtcam_kind *kind);
void virtcam_device_unregister_driver(struct virtcam_kind *kind);

int virtcam_device_add_default(struct virtcam_kind *kind, unsigned int num);
void virtcam_device_remove_default(struct virtcam_kind *kind);

#endif
