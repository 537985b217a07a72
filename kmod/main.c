// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/stringify.h>

#include "core/configfs.h"
#include "feed/device.h"
#include "pattern/device.h"

/* How many cameras loading the module can make */
#define MAX_DEVICES 64

/* A number of cameras as text, checked */
static int number_set(const char *value, const struct kernel_param *param)
{
	unsigned int number;

	if (kstrtouint(value, 10, &number) || number > MAX_DEVICES) {
		pr_err("%s: '%s' is refused; allowed is 0 to "
		       __stringify(MAX_DEVICES) "\n", param->name, value);
		return -EINVAL;
	}
	*(unsigned int *)param->arg = number;
	return 0;
}

static const struct kernel_param_ops number_ops = {
	.set = number_set,
	.get = param_get_uint,
};

static unsigned int devices = 1;
module_param_cb(devices, &number_ops, &devices, 0444);
__MODULE_PARM_TYPE(devices, "uint");
MODULE_PARM_DESC(devices, "cameras to make at once, 0 to "
		 __stringify(MAX_DEVICES) " (default 1)");

static unsigned int feeds;
module_param_cb(feeds, &number_ops, &feeds, 0444);
__MODULE_PARM_TYPE(feeds, "uint");
MODULE_PARM_DESC(feeds, "cameras to make at once that programs feed, 0 to "
		 __stringify(MAX_DEVICES) " (default 0)");

/* Programs can make directories from virtcam_configfs_register() on. */
static int __init virtcam_init(void)
{
	int err;

	err = virtcam_kind_register(&pattern_kind, devices);
	if (err)
		return err;
	err = virtcam_kind_register(&feed_kind, feeds);
	if (err)
		goto unregister_pattern;
	err = virtcam_configfs_register();
	if (err)
		goto unregister_feed;
	return 0;

unregister_feed:
	virtcam_kind_unregister(&feed_kind);
unregister_pattern:
	virtcam_kind_unregister(&pattern_kind);
	return err;
}

/* Each directory holds the module, so there is none any more. */
static void __exit virtcam_exit(void)
{
	virtcam_configfs_unregister();
	virtcam_kind_unregister(&feed_kind);
	virtcam_kind_unregister(&pattern_kind);
}

module_init(virtcam_init);
module_exit(virtcam_exit);

MODULE_DESCRIPTION("Virtual V4L2 cameras");
MODULE_AUTHOR("The virtcam developers");
MODULE_VERSION(__stringify(VIRTCAM_VERSION));
MODULE_LICENSE("GPL");
MODULE_ALIAS("platform:" KBUILD_MODNAME);
