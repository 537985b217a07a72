// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/kconfig.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include <virtcam/kind.h>

#include "configfs.h"
#include "device.h"

#if IS_REACHABLE(CONFIG_CONFIGFS_FS)

/* How many bytes of a refused value the kernel log shows */
#define SHOWN 64
/* Longer than any name of a directory that is taken */
#define NAME_SIZE 64

/**
 * struct camera_dir - a directory that stands for a camera
 * @group: the directory
 * @kind: what kind of camera
 * @lock: serialises calls of @kind for @instance. Taken before the lock of
 *	@instance's device, and not by anything that @kind calls.
 * @instance: the camera and its settings
 */
struct camera_dir {
	struct config_group group;
	struct virtcam_kind *kind;
	struct mutex lock; /* serialises calls of kind */
	struct virtcam_instance *instance;
};

static struct camera_dir *dir_of_item(struct config_item *item)
{
	return container_of(to_config_group(item), struct camera_dir, group);
}

/*
 * A program may unbind the device or bind it through sysfs at any time. The
 * driver core holds the lock of the device then, so whoever has that lock finds
 * the camera there or not, and it stays so.
 */
static void dir_lock_camera(struct camera_dir *dir)
{
	mutex_lock(&dir->lock);
	if (dir->instance->device)
		device_lock(dir->instance->device);
}

static void dir_unlock_camera(struct camera_dir *dir)
{
	if (dir->instance->device)
		device_unlock(dir->instance->device);
	mutex_unlock(&dir->lock);
}

static int dir_log_refusal(const char *where, const char *setting,
			   const char *value, size_t length,
			   const char *allowed)
{
	pr_err("%s: %s: '%*pE' is refused; allowed is %s\n", where, setting,
	       (int)min_t(size_t, length, SHOWN), value, allowed);
	return -EINVAL;
}

static void dir_log_busy(const char *where, const char *setting)
{
	pr_err("%s: %s: cannot change; first write 0 to enabled\n", where,
	       setting);
}

static ssize_t dir_show(struct camera_dir *dir, char *page,
			const struct virtcam_setting *setting,
			const void *object)
{
	int length;

	mutex_lock(&dir->lock);
	length = setting->print(object, page, PAGE_SIZE - 1);
	mutex_unlock(&dir->lock);
	page[length++] = '\n';
	return length;
}

/* @page without its newline and with a NUL */
static int dir_trim(const char *page, size_t count,
		    char text[VIRTCAM_TEXT_SIZE])
{
	if (count && page[count - 1] == '\n')
		count--;
	if (count >= VIRTCAM_TEXT_SIZE || memchr(page, 0, count))
		return -EINVAL;
	memcpy(text, page, count);
	text[count] = 0;
	return 0;
}

static ssize_t dir_store(struct camera_dir *dir, const char *page, size_t count,
			 const struct virtcam_setting *setting, void *object)
{
	const char *name = config_item_name(&dir->group.cg_item);
	char *text;
	int err;

	text = kmalloc(VIRTCAM_TEXT_SIZE, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	dir_lock_camera(dir);
	err = dir->instance->camera ? -EBUSY : dir_trim(page, count, text);
	if (!err)
		err = setting->parse(object, text);
	dir_unlock_camera(dir);

	if (err == -EINVAL) {
		setting->allow(text, VIRTCAM_TEXT_SIZE);
		dir_log_refusal(name, setting->name, page, count, text);
	}
	if (err == -EBUSY)
		dir_log_busy(name, setting->name);
	kfree(text);
	return err ?: count;
}

/**
 * virtcam_kind_show() - read a setting of a camera
 * @item: the camera's directory
 * @page: where the text goes, PAGE_SIZE bytes
 * @setting: the setting; works on virtcam_instance.settings
 *
 * Context: may sleep; the show function of an attribute.
 * Return: the length of the text.
 */
ssize_t virtcam_kind_show(struct config_item *item, char *page,
			  const struct virtcam_setting *setting)
{
	struct camera_dir *dir = dir_of_item(item);

	return dir_show(dir, page, setting, dir->instance->settings);
}
EXPORT_SYMBOL_GPL(virtcam_kind_show);

/**
 * virtcam_kind_store() - change a setting of a camera
 * @item: the camera's directory
 * @page: the text
 * @count: bytes of it
 * @setting: the setting; works on virtcam_instance.settings
 *
 * Context: may sleep; the store function of an attribute.
 * Return: @count; -EBUSY while there is a camera; -EINVAL if the text is not
 * allowed; -ENOMEM. The kernel log names what was wrong.
 */
ssize_t virtcam_kind_store(struct config_item *item, const char *page,
			   size_t count, const struct virtcam_setting *setting)
{
	struct camera_dir *dir = dir_of_item(item);

	return dir_store(dir, page, count, setting, dir->instance->settings);
}
EXPORT_SYMBOL_GPL(virtcam_kind_store);

static struct virtcam_file *dir_file(struct camera_dir *dir,
				     const struct virtcam_file_setting *setting)
{
	return dir->instance->settings + setting->offset;
}

/**
 * virtcam_kind_read_file() - read a setting that is a file
 * @item: the camera's directory
 * @data: where the bytes go; or NULL
 * @size: how many there is room for
 * @setting: the setting
 *
 * Context: may sleep; the read function of a binary attribute.
 * Return: how many bytes were read; without @data how many there are.
 */
ssize_t virtcam_kind_read_file(struct config_item *item, void *data, size_t size,
			       const struct virtcam_file_setting *setting)
{
	struct camera_dir *dir = dir_of_item(item);
	const struct virtcam_file *file = dir_file(dir, setting);
	size_t length;

	mutex_lock(&dir->lock);
	length = data ? min(size, file->size) : file->size;
	if (data)
		memcpy(data, file->data, length);
	mutex_unlock(&dir->lock);
	/* configfs gives all to programs, also where the file is shorter now. */
	if (data)
		memset(data + length, 0, size - length);
	return length;
}
EXPORT_SYMBOL_GPL(virtcam_kind_read_file);

/**
 * virtcam_kind_write_file() - change a setting that is a file
 * @item: the camera's directory
 * @data: all of the file's bytes; a newline alone stands for no file
 * @size: how many there are
 * @setting: the setting
 *
 * configfs calls this when a program closes the attribute, and tells it nothing of
 * what comes of it: the kernel log does, and names what was wrong.
 *
 * Context: may sleep; the write function of a binary attribute.
 * Return: @size; -EBUSY while there is a camera; -EINVAL if the file is not allowed;
 * -ENOMEM.
 */
ssize_t virtcam_kind_write_file(struct config_item *item, const void *data,
				size_t size,
				const struct virtcam_file_setting *setting)
{
	struct camera_dir *dir = dir_of_item(item);
	struct virtcam_file *file = dir_file(dir, setting);
	bool none = size == 1 && *(const char *)data == '\n';
	const char *name = config_item_name(item);
	u8 *copy = NULL;

	if (!none && !setting->is_allowed(data, size))
		return dir_log_refusal(name, setting->name, data, size,
				       setting->allowed);
	if (!none) {
		copy = kvmalloc(size, GFP_KERNEL);
		if (!copy)
			return -ENOMEM;
		memcpy(copy, data, size);
	}
	dir_lock_camera(dir);
	if (dir->instance->camera) {
		dir_unlock_camera(dir);
		kvfree(copy);
		dir_log_busy(name, setting->name);
		return -EBUSY;
	}
	kvfree(file->data);
	file->data = copy;
	file->size = none ? 0 : size;
	dir_unlock_camera(dir);
	return size;
}
EXPORT_SYMBOL_GPL(virtcam_kind_write_file);

static int card_allow(char *text, size_t size)
{
	return snprintf(text, size, "1 to %d bytes of UTF-8 without control characters",
			VIRTCAM_CARD_SIZE - 1);
}

static int card_parse(void *object, char *text)
{
	struct virtcam_instance *instance = object;

	return virtcam_setting_parse_card(instance->card, VIRTCAM_CARD_SIZE,
					  text);
}

static int card_print(const void *object, char *text, size_t size)
{
	const struct virtcam_instance *instance = object;

	return snprintf(text, size, "%s", instance->card);
}

static const struct virtcam_setting dir_card = {
	"card", card_allow, card_parse, card_print,
};

static ssize_t dir_card_show(struct config_item *item, char *page)
{
	struct camera_dir *dir = dir_of_item(item);

	return dir_show(dir, page, &dir_card, dir->instance);
}

static ssize_t dir_card_store(struct config_item *item, const char *page,
			      size_t count)
{
	struct camera_dir *dir = dir_of_item(item);

	return dir_store(dir, page, count, &dir_card, dir->instance);
}
CONFIGFS_ATTR(dir_, card);

static ssize_t dir_enabled_show(struct config_item *item, char *page)
{
	struct camera_dir *dir = dir_of_item(item);
	bool enabled;

	dir_lock_camera(dir);
	enabled = dir->instance->camera;
	dir_unlock_camera(dir);
	return sysfs_emit(page, "%d\n", enabled);
}

static int dir_plug(struct camera_dir *dir)
{
	int err = virtcam_device_plug(dir->kind, dir->instance);

	if (err)
		pr_err("%s: cannot make the camera: error %d\n",
		       config_item_name(&dir->group.cg_item), err);
	return err;
}

static ssize_t dir_enabled_store(struct config_item *item, const char *page,
				 size_t count)
{
	struct camera_dir *dir = dir_of_item(item);
	size_t length = count && page[count - 1] == '\n' ? count - 1 : count;
	int err = 0;

	if (length != 1 || (page[0] != '0' && page[0] != '1'))
		return dir_log_refusal(config_item_name(item), "enabled", page,
				       count, "0 or 1");
	mutex_lock(&dir->lock);
	if (page[0] == '1')
		err = dir_plug(dir);
	else
		virtcam_device_unplug(dir->kind, dir->instance);
	mutex_unlock(&dir->lock);
	return err ?: count;
}
CONFIGFS_ATTR(dir_, enabled);

static ssize_t dir_show_node(struct camera_dir *dir, char *page,
			     struct virtcam_camera **camera)
{
	int length;

	dir_lock_camera(dir);
	length = sysfs_emit(page, "%s\n",
			    *camera ? virtcam_camera_node_name(*camera) : "");
	dir_unlock_camera(dir);
	return length;
}

static ssize_t dir_node_show(struct config_item *item, char *page)
{
	struct camera_dir *dir = dir_of_item(item);

	return dir_show_node(dir, page, &dir->instance->camera);
}
CONFIGFS_ATTR_RO(dir_, node);

/**
 * virtcam_kind_show_output() - read the name of the node that takes frames
 * @item: the camera's directory
 * @page: where the text goes, PAGE_SIZE bytes
 *
 * Context: may sleep; the show function of an attribute.
 * Return: the length of the text.
 */
ssize_t virtcam_kind_show_output(struct config_item *item, char *page)
{
	struct camera_dir *dir = dir_of_item(item);

	return dir_show_node(dir, page, &dir->instance->output);
}
EXPORT_SYMBOL_GPL(virtcam_kind_show_output);

struct configfs_attribute *const virtcam_dir_attributes[] = {
	&dir_attr_card,
	&dir_attr_enabled,
	&dir_attr_node,
	NULL,
};

static void dir_free(struct camera_dir *dir)
{
	if (dir->instance)
		dir->kind->destroy(dir->instance);
	module_put(dir->kind->owner);
	mutex_destroy(&dir->lock);
	kfree(dir);
}

static void dir_release(struct config_item *item)
{
	dir_free(dir_of_item(item));
}

struct configfs_item_operations virtcam_dir_item_ops = {
	.release = dir_release,
};

static int dir_set_card(struct camera_dir *dir, const char *name)
{
	char card[NAME_SIZE];

	snprintf(card, sizeof(card), KBUILD_MODNAME " %s", name);
	return *name ? card_parse(dir->instance, card) : -EINVAL;
}

static struct camera_dir *dir_create(struct virtcam_kind *kind,
				     const char *name)
{
	struct camera_dir *dir = kzalloc(sizeof(*dir), GFP_KERNEL);
	char allowed[NAME_SIZE];
	int err = -ENOMEM;

	if (!dir) {
		module_put(kind->owner);
		return ERR_PTR(err);
	}
	dir->kind = kind;
	mutex_init(&dir->lock);
	dir->instance = kind->create();
	if (!dir->instance)
		goto free_dir;
	err = dir_set_card(dir, name);
	if (err) {
		snprintf(allowed, sizeof(allowed),
			 "1 to %zu bytes of UTF-8 without control characters",
			 VIRTCAM_CARD_SIZE - sizeof(KBUILD_MODNAME " "));
		dir_log_refusal("configfs", "name", name, strlen(name),
				allowed);
		goto free_dir;
	}
	return dir;

free_dir:
	dir_free(dir);
	return ERR_PTR(err);
}

static struct config_group *dir_make(struct config_group *group,
				     const char *full_name)
{
	const char *name = full_name;
	struct virtcam_kind *kind = virtcam_kind_get(&name);
	struct camera_dir *dir;

	if (!kind) {
		pr_err("%s: there is no such kind of camera\n", full_name);
		return ERR_PTR(-EINVAL);
	}
	dir = dir_create(kind, name);
	if (IS_ERR(dir))
		return ERR_CAST(dir);
	config_group_init_type_name(&dir->group, full_name, kind->type);
	/* config_item_set_name() found no memory for a long name. */
	if (!config_item_name(&dir->group.cg_item)) {
		config_item_put(&dir->group.cg_item);
		return ERR_PTR(-ENOMEM);
	}
	return &dir->group;
}

static void dir_drop(struct config_group *group, struct config_item *item)
{
	struct camera_dir *dir = dir_of_item(item);

	mutex_lock(&dir->lock);
	virtcam_device_unplug(dir->kind, dir->instance);
	mutex_unlock(&dir->lock);
	config_item_put(item);
}

static struct configfs_group_operations top_group_ops = {
	.make_group = dir_make,
	.drop_item = dir_drop,
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

#else

ssize_t virtcam_kind_show(struct config_item *item, char *page,
			  const struct virtcam_setting *setting)
{
	return -EOPNOTSUPP;
}
EXPORT_SYMBOL_GPL(virtcam_kind_show);

ssize_t virtcam_kind_store(struct config_item *item, const char *page,
			   size_t count, const struct virtcam_setting *setting)
{
	return -EOPNOTSUPP;
}
EXPORT_SYMBOL_GPL(virtcam_kind_store);

ssize_t virtcam_kind_read_file(struct config_item *item, void *data, size_t size,
			       const struct virtcam_file_setting *setting)
{
	return -EOPNOTSUPP;
}
EXPORT_SYMBOL_GPL(virtcam_kind_read_file);

ssize_t virtcam_kind_write_file(struct config_item *item, const void *data,
				size_t size,
				const struct virtcam_file_setting *setting)
{
	return -EOPNOTSUPP;
}
EXPORT_SYMBOL_GPL(virtcam_kind_write_file);

ssize_t virtcam_kind_show_output(struct config_item *item, char *page)
{
	return -EOPNOTSUPP;
}
EXPORT_SYMBOL_GPL(virtcam_kind_show_output);

int virtcam_configfs_register(void)
{
	pr_info("this kernel has no CONFIG_CONFIGFS_FS: parameters make cameras, directories do not\n");
	return 0;
}

void virtcam_configfs_unregister(void)
{
}

#endif
