// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kconfig.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <virtcam/kind.h>

#include "configfs.h"
#include "device.h"

#if IS_REACHABLE(CONFIG_CONFIGFS_FS)

static DEFINE_MUTEX(kinds_lock);	/* guards kinds */
static LIST_HEAD(kinds);

/**
 * struct kind_type - a kind, as configfs needs it
 * @type: the type of its directories
 * @attributes: those of every kind, then the kind's own, then NULL
 */
struct kind_type {
	struct config_item_type type;
	struct configfs_attribute *attributes[];
};

/* Whether @name is KIND.NAME */
static bool kind_begins(const struct virtcam_kind *kind, const char *name)
{
	size_t length = strlen(kind->name);

	return !strncmp(name, kind->name, length) && name[length] == '.';
}

/**
 * virtcam_kind_get() - find the kind that a directory's name asks for
 * @name: KIND.NAME, of which NAME is left; or a name that begins with no kind's,
 *	which is left as it is
 *
 * Context: may sleep.
 * Return: the kind, whose module is held until module_put(); or NULL.
 */
struct virtcam_kind *virtcam_kind_get(const char **name)
{
	struct virtcam_kind *found = NULL, *unnamed = NULL, *kind;

	mutex_lock(&kinds_lock);
	list_for_each_entry(kind, &kinds, list) {
		if (kind_begins(kind, *name))
			found = kind;
		if (kind->unnamed)
			unnamed = kind;
	}
	if (found)
		*name += strlen(found->name) + 1;
	else
		found = unnamed;
	if (found && !try_module_get(found->owner))
		found = NULL;
	mutex_unlock(&kinds_lock);
	return found;
}

static unsigned int
kind_count_attributes(struct configfs_attribute * const *attributes)
{
	unsigned int count = 0;

	while (attributes && attributes[count])
		count++;
	return count;
}

static struct kind_type *kind_type_create(struct virtcam_kind *kind)
{
	unsigned int common = kind_count_attributes(virtcam_dir_attributes);
	unsigned int own = kind_count_attributes(kind->attributes);
	struct kind_type *type;

	type = kzalloc(struct_size(type, attributes, common + own + 1),
		       GFP_KERNEL);
	if (!type)
		return NULL;
	memcpy(type->attributes, virtcam_dir_attributes,
	       common * sizeof(type->attributes[0]));
	if (own)
		memcpy(type->attributes + common, kind->attributes,
		       own * sizeof(type->attributes[0]));
	type->type.ct_item_ops = &virtcam_dir_item_ops;
	type->type.ct_attrs = type->attributes;
	type->type.ct_bin_attrs = kind->files;
	type->type.ct_owner = kind->owner;
	return type;
}

static int kind_add(struct virtcam_kind *kind)
{
	struct kind_type *type = kind_type_create(kind);
	struct virtcam_kind *other;
	int err = 0;

	if (!type)
		return -ENOMEM;
	kind->type = &type->type;
	mutex_lock(&kinds_lock);
	list_for_each_entry(other, &kinds, list)
		if (!strcmp(other->name, kind->name))
			err = -EEXIST;
	if (!err)
		list_add_tail(&kind->list, &kinds);
	mutex_unlock(&kinds_lock);
	if (err)
		kfree(type);
	return err;
}

static void kind_remove(struct virtcam_kind *kind)
{
	mutex_lock(&kinds_lock);
	list_del(&kind->list);
	mutex_unlock(&kinds_lock);
	kfree(container_of(kind->type, struct kind_type, type));
}

#else

static int kind_add(struct virtcam_kind *kind)
{
	return 0;
}

static void kind_remove(struct virtcam_kind *kind)
{
}

#endif

/**
 * virtcam_kind_register() - let there be cameras of a kind
 * @kind: the kind; must stay until virtcam_kind_unregister() has returned
 * @num_default: how many cameras to make at once
 *
 * Directories can make more, except on a kernel without CONFIG_CONFIGFS_FS.
 *
 * Context: may sleep.
 * Return: 0, or a negative errno and there is nothing to undo: among others
 * -EEXIST if there is a kind of that name, -EBUSY if there is a platform driver
 * of that device_name.
 */
int virtcam_kind_register(struct virtcam_kind *kind, unsigned int num_default)
{
	int err;

	err = virtcam_device_register_driver(kind);
	if (err)
		return err;
	err = virtcam_device_add_default(kind, num_default);
	if (err)
		goto unregister_driver;
	err = kind_add(kind);
	if (err)
		goto remove_default;
	return 0;

remove_default:
	virtcam_device_remove_default(kind);
unregister_driver:
	virtcam_device_unregister_driver(kind);
	return err;
}
EXPORT_SYMBOL_GPL(virtcam_kind_register);

/**
 * virtcam_kind_unregister() - undo virtcam_kind_register()
 * @kind: the kind. Each of its directories holds its module, so when that goes
 *	only the cameras are left that virtcam_kind_register() made.
 *
 * Context: may sleep.
 */
void virtcam_kind_unregister(struct virtcam_kind *kind)
{
	kind_remove(kind);
	virtcam_device_remove_default(kind);
	virtcam_device_unregister_driver(kind);
}
EXPORT_SYMBOL_GPL(virtcam_kind_unregister);
