// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/configfs.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "../pattern/device.h"
#include "configfs.h"

/* How much of a refused value is shown */
#define SHOWN 64

/**
 * struct directory - a camera as a directory
 * @group: the directory
 * @lock: guards all below; never taken by anything that the camera calls
 * @config: what the camera can do; does not change while there is one
 * @pdev: the camera's device from the time it is enabled until it is disabled,
 *	also while somebody has unbound it
 */
struct directory {
	struct config_group group;
	struct mutex lock; /* guards all below */
	struct virtcam_config config;
	struct platform_device *pdev;
};

static struct directory *to_directory(struct config_item *item)
{
	return container_of(to_config_group(item), struct directory, group);
}

static int refuse(const char *where, const char *setting, const char *value,
		  size_t length, const char *allowed)
{
	pr_err("%s: %s: '%*pE' is refused; allowed is %s\n", where, setting,
	       (int)min_t(size_t, length, SHOWN), value, allowed);
	return -EINVAL;
}

static ssize_t show_setting(struct config_item *item, char *page,
			    enum virtcam_setting_id id)
{
	struct directory *directory = to_directory(item);
	int length;

	mutex_lock(&directory->lock);
	length = virtcam_settings[id].print(&directory->config, page,
					    PAGE_SIZE);
	mutex_unlock(&directory->lock);
	page[length++] = '\n';
	return length;
}

/* @page without its newline and with a NUL. */
static int trim(const char *page, size_t count, char text[VIRTCAM_TEXT_SIZE])
{
	if (count && page[count - 1] == '\n')
		count--;
	if (count >= VIRTCAM_TEXT_SIZE || memchr(page, 0, count))
		return -EINVAL;
	memcpy(text, page, count);
	text[count] = 0;
	return 0;
}

static ssize_t store_setting(struct config_item *item, const char *page,
			     size_t count, enum virtcam_setting_id id)
{
	const struct virtcam_setting *setting = &virtcam_settings[id];
	struct directory *directory = to_directory(item);
	char *text;
	int err;

	text = kmalloc(VIRTCAM_TEXT_SIZE, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	mutex_lock(&directory->lock);
	err = directory->pdev ? -EBUSY : trim(page, count, text);
	if (!err)
		err = setting->parse(&directory->config, text);
	mutex_unlock(&directory->lock);
	kfree(text);

	if (err == -EINVAL)
		refuse(config_item_name(item), setting->name, page, count,
		       setting->allowed);
	if (err == -EBUSY)
		pr_err("%s: %s: cannot change; first write 0 to enabled\n",
		       config_item_name(item), setting->name);
	return err ?: count;
}

#define SETTING(attribute, ID)						\
static ssize_t directory_##attribute##_show(struct config_item *item,	\
					    char *page)			\
{									\
	return show_setting(item, page, VIRTCAM_SETTING_##ID);		\
}									\
static ssize_t directory_##attribute##_store(struct config_item *item,	\
					     const char *page,		\
					     size_t count)		\
{									\
	return store_setting(item, page, count, VIRTCAM_SETTING_##ID);	\
}									\
CONFIGFS_ATTR(directory_, attribute)

SETTING(card, CARD);
SETTING(formats, FORMATS);
SETTING(sizes, SIZES);
SETTING(intervals, INTERVALS);
SETTING(memory, MEMORY);
SETTING(pacing, PACING);

static ssize_t directory_enabled_show(struct config_item *item, char *page)
{
	struct directory *directory = to_directory(item);
	bool enabled;

	mutex_lock(&directory->lock);
	enabled = directory->pdev && virtcam_bus_is_bound(directory->pdev);
	mutex_unlock(&directory->lock);
	return sysfs_emit(page, "%d\n", enabled);
}

static int add_or_bind(struct directory *directory)
{
	struct platform_device *pdev;

	lockdep_assert_held(&directory->lock);
	if (directory->pdev)
		return virtcam_bus_bind(directory->pdev);
	pdev = virtcam_bus_add(&directory->config);
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	directory->pdev = pdev;
	return 0;
}

static int enable(struct directory *directory)
{
	int err = add_or_bind(directory);

	if (err)
		pr_err("%s: cannot make the camera: error %d\n",
		       config_item_name(&directory->group.cg_item), err);
	return err;
}

static void disable(struct directory *directory)
{
	lockdep_assert_held(&directory->lock);
	virtcam_bus_remove(directory->pdev);
	directory->pdev = NULL;
}

static ssize_t directory_enabled_store(struct config_item *item,
				       const char *page, size_t count)
{
	struct directory *directory = to_directory(item);
	size_t length = count && page[count - 1] == '\n' ? count - 1 : count;
	int err = 0;

	if (length != 1 || (page[0] != '0' && page[0] != '1'))
		return refuse(config_item_name(item), "enabled", page, count,
			      "0 or 1");
	mutex_lock(&directory->lock);
	if (page[0] == '1')
		err = enable(directory);
	else
		disable(directory);
	mutex_unlock(&directory->lock);
	return err ?: count;
}
CONFIGFS_ATTR(directory_, enabled);

static ssize_t directory_node_show(struct config_item *item, char *page)
{
	struct directory *directory = to_directory(item);
	int length = 0;

	mutex_lock(&directory->lock);
	if (directory->pdev)
		length = virtcam_bus_node_name(directory->pdev, page,
					       PAGE_SIZE);
	mutex_unlock(&directory->lock);
	page[length++] = '\n';
	return length;
}
CONFIGFS_ATTR_RO(directory_, node);

static struct configfs_attribute *directory_attrs[] = {
	&directory_attr_card,
	&directory_attr_formats,
	&directory_attr_sizes,
	&directory_attr_intervals,
	&directory_attr_memory,
	&directory_attr_pacing,
	&directory_attr_enabled,
	&directory_attr_node,
	NULL,
};

static void directory_release(struct config_item *item)
{
	struct directory *directory = to_directory(item);

	mutex_destroy(&directory->lock);
	kfree(directory);
}

static struct configfs_item_operations directory_item_ops = {
	.release = directory_release,
};

static const struct config_item_type directory_type = {
	.ct_item_ops = &directory_item_ops,
	.ct_attrs = directory_attrs,
	.ct_owner = THIS_MODULE,
};

static struct config_group *make_group(struct config_group *group,
				       const char *name)
{
	struct directory *directory;
	char *card;
	int err;

	directory = kzalloc(sizeof(*directory), GFP_KERNEL);
	card = kasprintf(GFP_KERNEL, "virtcam %s", name);
	if (!directory || !card) {
		err = -ENOMEM;
		goto free_all;
	}
	virtcam_config_init(&directory->config, "virtcam");
	err = virtcam_settings[VIRTCAM_SETTING_CARD].parse(&directory->config,
							   card);
	if (err) {
		refuse("configfs", "name", name, strlen(name),
		       "1 to 23 printable ASCII characters");
		goto free_all;
	}
	kfree(card);
	mutex_init(&directory->lock);
	config_group_init_type_name(&directory->group, name, &directory_type);
	/* configfs says nothing where it had no memory for a long name. */
	if (!config_item_name(&directory->group.cg_item)) {
		config_item_put(&directory->group.cg_item);
		return ERR_PTR(-ENOMEM);
	}
	return &directory->group;

free_all:
	kfree(card);
	kfree(directory);
	return ERR_PTR(err);
}

static void drop_item(struct config_group *group, struct config_item *item)
{
	struct directory *directory = to_directory(item);

	mutex_lock(&directory->lock);
	disable(directory);
	mutex_unlock(&directory->lock);
	config_item_put(item);
}

static struct configfs_group_operations top_group_ops = {
	.make_group = make_group,
	.drop_item = drop_item,
};

static const struct config_item_type top_type = {
	.ct_group_ops = &top_group_ops,
	.ct_owner = THIS_MODULE,
};

static struct configfs_subsystem subsystem = {
	.su_group = {
		.cg_item = {
			.ci_namebuf = KBUILD_MODNAME,
			.ci_type = &top_type,
		},
	},
};

/**
 * virtcam_configfs_register() - let directories make cameras
 *
 * Return: 0 or a negative errno.
 */
int virtcam_configfs_register(void)
{
	config_group_init(&subsystem.su_group);
	mutex_init(&subsystem.su_mutex);
	return configfs_register_subsystem(&subsystem);
}

/**
 * virtcam_configfs_unregister() - undo virtcam_configfs_register()
 *
 * Each directory holds the module, so there is none any more.
 */
void virtcam_configfs_unregister(void)
{
	configfs_unregister_subsystem(&subsystem);
	mutex_destroy(&subsystem.su_mutex);
}
