// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/stringify.h>

#include "core/configfs.h"
#include "pattern/device.h"

/* How many cameras loading the module can make */
#define MAX_DEVICES 64

static unsigned int devices = 1;

static int devices_set(const char *value, const struct kernel_param *param)
{
	unsigned int number;

	if (kstrtouint(value, 10, &number) || number > MAX_DEVICES) {
		pr_err("devices: '%s' is refused; allowed is 0 to "
		       __stringify(MAX_DEVICES) "\n", value);
		return -EINVAL;
	}
	devices = number;
	return 0;
}

static const struct kernel_param_ops devices_ops = {
	.set = devices_set,
	.get = param_get_uint,
};

module_param_cb(devices, &devices_ops, &devices, 0444);
__MODULE_PARM_TYPE(devices, "uint");
MODULE_PARM_DESC(devices, "cameras to make at once, 0 to "
		 __stringify(MAX_DEVICES) " (default 1)");

static int __init virtcam_init(void)
{
	int err;

	err = virtcam_configfs_register();
	if (err)
		return err;
	err = virtcam_kind_register(&pattern_kind, devices);
	if (err)
		goto unregister_configfs;
	return 0;

unregister_configfs:
	virtcam_configfs_unregister();
	return err;
}

static void __exit virtcam_exit(void)
{
	virtcam_kind_unregister(&pattern_kind);
	virtcam_configfs_unregister();
}

module_init(virtcam_init);
module_exit(virtcam_exit);

MODULE_DESCRIPTION("Virtual V4L2 cameras");
MODULE_AUTHOR("The virtcam developers");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
MODULE_ALIAS("platform:" KBUILD_MODNAME);
