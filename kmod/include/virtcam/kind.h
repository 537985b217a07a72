/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kinds of cameras that directories of configfs make.
 *
 * mkdir virtcam/KIND.NAME makes a directory with the attributes that every kind
 * has (card, enabled, node) and the kind's own.
 */
#ifndef VIRTCAM_KIND_H
#define VIRTCAM_KIND_H

#include <linux/configfs.h>
#include <linux/device.h>
#include <linux/list.h>

#include <virtcam/provider.h>
#include <virtcam/setting.h>

/**
 * struct virtcam_instance - a camera that can be made, and its settings
 * @card: its name for people
 * @device: its device from the time it is plugged in until it is unplugged, also
 *	while somebody has unbound it through sysfs; else NULL. The kind sets it.
 * @settings: what the kind's own settings work on. The kind sets it in create().
 * @camera: the camera while @device is bound to its driver; else NULL. The kind's
 *	driver sets it; guarded by the lock of @device.
 *
 * Each kind has one of these in a structure of its own. Settings change only
 * while there is no @camera, and under the lock of @device where there is one.
 */
struct virtcam_instance {
	char card[VIRTCAM_CARD_SIZE];
	struct device *device;
	void *settings;
	struct virtcam_camera *camera;
};

/**
 * struct virtcam_kind - a kind of cameras
 * @name: what stands before the dot in a directory's name
 * @owner: the module, held while there is a directory of this kind
 * @unnamed: directories whose name begins with no kind's are of this one
 * @attributes: the kind's own, ended by NULL, made by VIRTCAM_SETTING_ATTRIBUTE()
 *	or by hand; or NULL
 * @create: makes an instance with the kind's default settings; NULL where there
 *	is no memory. Its card is set by the core.
 * @destroy: frees an instance that is unplugged
 * @plug: makes the instance's device, or binds the one that there is to its
 *	driver again. Return: 0, or a negative errno
 * @unplug: takes the device away; nothing happens if there is none
 * @type: the core's own
 * @list: the core's own
 *
 * All functions may sleep. None is called twice at the same time for the same
 * instance.
 */
struct virtcam_kind {
	const char *name;
	struct module *owner;
	bool unnamed;
	struct configfs_attribute **attributes;
	struct virtcam_instance *(*create)(void);
	void (*destroy)(struct virtcam_instance *instance);
	int (*plug)(struct virtcam_instance *instance);
	void (*unplug)(struct virtcam_instance *instance);
	const struct config_item_type *type;
	struct list_head list;
};

/* The last thing that a module's init does: programs make directories then. */
int virtcam_kind_register(struct virtcam_kind *kind);
void virtcam_kind_unregister(struct virtcam_kind *kind);

ssize_t virtcam_kind_show(struct config_item *item, char *page,
			  const struct virtcam_setting *setting);
ssize_t virtcam_kind_store(struct config_item *item, const char *page,
			   size_t count, const struct virtcam_setting *setting);

/**
 * VIRTCAM_SETTING_ATTRIBUTE() - make an attribute of a setting
 * @prefix: what the names of its functions begin with; the attribute is
 *	@prefix_attr_@setting
 * @setting: the name of the attribute, and of the struct virtcam_setting whose
 *	name is @prefix_@setting, which works on virtcam_instance.settings
 */
#define VIRTCAM_SETTING_ATTRIBUTE(prefix, setting)			\
static ssize_t prefix##_##setting##_show(struct config_item *item,	\
					 char *page)			\
{									\
	return virtcam_kind_show(item, page, &prefix##_##setting);	\
}									\
static ssize_t prefix##_##setting##_store(struct config_item *item,	\
					  const char *page,		\
					  size_t count)			\
{									\
	return virtcam_kind_store(item, page, count,			\
				  &prefix##_##setting);			\
}									\
CONFIGFS_ATTR(prefix##_, setting)

#endif
