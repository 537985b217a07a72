// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/platform_device.h>

#include "core/compat.h"
#include "pattern/driver.h"
#include "pattern/device.h"
#include "core/configfs.h"

#define MAX_DEVICES 64

static unsigned int devices = 1;

static int set_devices(const char *value, const struct kernel_param *param)
{
	unsigned int number;

	if (kstrtouint(value, 10, &number) || number > MAX_DEVICES) {
		pr_err("devices: '%s' is refused; allowed is 0 to %d\n", value,
		       MAX_DEVICES);
		return -EINVAL;
	}
	devices = number;
	return 0;
}

static const struct kernel_param_ops devices_ops = {
	.set = set_devices,
	.get = param_get_uint,
};

module_param_cb(devices, &devices_ops, &devices, 0444);
__MODULE_PARM_TYPE(devices, "uint");
MODULE_PARM_DESC(devices, "cameras to make at once, 0 to 64 (default 1)");

static int __init virtcam_init(void)
{
	int err;

	err = platform_driver_register(&virtcam_pattern_driver);
	if (err)
		return err;
	err = virtcam_bus_add_default(devices);
	if (err)
		goto unregister_driver;
	err = virtcam_configfs_register();
	if (err)
		goto remove_default;
	return 0;

remove_default:
	virtcam_bus_remove_default();
unregister_driver:
	platform_driver_unregister(&virtcam_pattern_driver);
	return err;
}

static void __exit virtcam_exit(void)
{
	virtcam_configfs_unregister();
	virtcam_bus_remove_default();
	platform_driver_unregister(&virtcam_pattern_driver);
}

module_init(virtcam_init);
module_exit(virtcam_exit);

MODULE_DESCRIPTION("Virtual V4L2 cameras");
MODULE_AUTHOR("The virtcam developers");
MODULE_VERSION("0.1.0");
VIRTCAM_COMPAT_IMPORT_DMA_BUF;
MODULE_LICENSE("GPL");
MODULE_ALIAS("platform:" KBUILD_MODNAME);
