/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kinds of cameras that loading a module and directories of configfs make.
 *
 * Each camera is made of a platform device, so that it can be unbound and bound
 * through sysfs. mkdir virtcam/KIND.NAME makes a directory with the attributes
 * that every kind has (card, enabled, node) and the kind's own.
 */
#ifndef VIRTCAM_KIND_H
#define VIRTCAM_KIND_H

#include <linux/configfs.h>
#include <linux/device.h>
#include <linux/idr.h>
#include <linux/list.h>
#include <linux/platform_device.h>

#include <virtcam/provider.h>
#include <virtcam/setting.h>

/**
 * struct virtcam_instance - a camera that can be made, and its settings
 * @card: its name for people
 * @device: its device from the time it is plugged in until it is unplugged, also
 *	while somebody has unbound it through sysfs; else NULL. The core sets it.
 * @settings: what the kind's own settings work on. The kind sets it in create().
 * @camera: the camera while @device is bound to its driver; else NULL. The kind
 *	sets it in bind() and unbind(); guarded by the lock of @device.
 * @output: the node that takes the camera's frames, of kinds that have one;
 *	likewise
 * @error: the core's own: how the last probe went, 0 or a negative errno. Only of
 *	use while nobody binds @device through sysfs at the same time.
 * @list: the core's own
 *
 * Each kind has one of these in a structure of its own. Settings change only
 * while there is no @camera, and under the lock of @device where there is one.
 */
struct virtcam_instance {
	char card[VIRTCAM_CARD_SIZE];
	struct device *device;
	void *settings;
	struct virtcam_camera *camera;
	struct virtcam_camera *output;
	int error;
	struct list_head list;
};

/**
 * struct virtcam_kind - a kind of cameras
 * @name: what stands before the dot in a directory's name
 * @device_name: what its platform driver is called, and its platform devices
 *	before the dot and the number
 * @default_card: what stands before the number in the cards of the cameras that
 *	loading the module makes
 * @owner: the module, held while there is a directory of this kind
 * @unnamed: directories whose name begins with no kind's are of this one
 * @attributes: the kind's own, ended by NULL, made by VIRTCAM_SETTING_ATTRIBUTE()
 *	or by hand; or NULL
 * @files: those that are files, ended by NULL, made by VIRTCAM_FILE_ATTRIBUTE(); or
 *	NULL. @destroy frees their data.
 * @create: makes an instance with the kind's default settings; NULL where there
 *	is no memory. Its card is set by the core.
 * @destroy: frees an instance that is unplugged
 * @bind: makes the instance's camera; called under the lock of its device @dev.
 *	Return: 0, or a negative errno and there is no camera
 * @unbind: takes the camera away; called under the same lock, once for each bind()
 *	that returned 0
 * @driver: the core's own
 * @numbers: the core's own: those in the names of the platform devices
 * @defaults: the core's own: the cameras that loading the module made, the last
 *	one first. Only virtcam_kind_register() and _unregister() touch them.
 * @type: the core's own
 * @list: the core's own
 *
 * All functions may sleep. None is called twice at the same time for the same
 * instance.
 */
struct virtcam_kind {
	const char *name;
	const char *device_name;
	const char *default_card;
	struct module *owner;
	bool unnamed;
	struct configfs_attribute **attributes;
	struct configfs_bin_attribute **files;
	struct virtcam_instance *(*create)(void);
	void (*destroy)(struct virtcam_instance *instance);
	int (*bind)(struct device *dev, struct virtcam_instance *instance);
	void (*unbind)(struct virtcam_instance *instance);
	struct platform_driver driver;
	struct ida numbers;
	struct list_head defaults;
	const struct config_item_type *type;
	struct list_head list;
};

/* The last thing that a module's init does: programs make directories then. */
int virtcam_kind_register(struct virtcam_kind *kind, unsigned int num_default);
void virtcam_kind_unregister(struct virtcam_kind *kind);

ssize_t virtcam_kind_show(struct config_item *item, char *page,
			  const struct virtcam_setting *setting);
ssize_t virtcam_kind_store(struct config_item *item, const char *page,
			   size_t count, const struct virtcam_setting *setting);

ssize_t virtcam_kind_read_file(struct config_item *item, void *data, size_t size,
			       const struct virtcam_file_setting *setting);
ssize_t virtcam_kind_write_file(struct config_item *item, const void *data,
				size_t size,
				const struct virtcam_file_setting *setting);

ssize_t virtcam_kind_show_output(struct config_item *item, char *page);

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

/**
 * VIRTCAM_FILE_ATTRIBUTE() - make an attribute of a setting that is a file
 * @prefix: as of VIRTCAM_SETTING_ATTRIBUTE()
 * @setting: the name of the attribute, and of a struct virtcam_file_setting, likewise
 * @max: the most bytes that a file may have; more is EFBIG
 */
#define VIRTCAM_FILE_ATTRIBUTE(prefix, setting, max)			\
static ssize_t prefix##_##setting##_read(struct config_item *item,	\
					 void *data, size_t size)	\
{									\
	return virtcam_kind_read_file(item, data, size,			\
				      &prefix##_##setting);		\
}									\
static ssize_t prefix##_##setting##_write(struct config_item *item,	\
					  const void *data,		\
					  size_t size)			\
{									\
	return virtcam_kind_write_file(item, data, size,		\
				       &prefix##_##setting);		\
}									\
CONFIGFS_BIN_ATTR(prefix##_, setting, NULL, max)

#endif
