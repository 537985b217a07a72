// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/stringify.h>
#include <linux/virtio.h>

#include "camera.h"
#include "host.h"

/* VIRTIO_ID_MEDIA of headers since Linux 7.3 */
#define ID_MEDIA 48

/* The largest id that a PCI device can state */
#define MAX_ID 63

#define MIN_TIMEOUT 100
#define MAX_TIMEOUT 60000

static unsigned int extra_id;
module_param(extra_id, uint, 0444);
MODULE_PARM_DESC(extra_id, "one more virtio device id to take for a camera, 1 to "
		 __stringify(MAX_ID) " (default none)");

/* What a device of the standard says. The module loads by itself for it. */
static const struct virtio_device_id virtcam_virtio_standard[] = {
	{ ID_MEDIA, VIRTIO_DEV_ANY_ID },
	{ 0 },
};
MODULE_DEVICE_TABLE(virtio, virtcam_virtio_standard);

static struct virtio_device_id virtcam_virtio_ids[] = {
	{ ID_MEDIA, VIRTIO_DEV_ANY_ID },
	{ 0, VIRTIO_DEV_ANY_ID }, /* extra_id, or the end */
	{ 0 },
};

static const char *const memories[] = { "pages", "mmap" };

static int memory_set(const char *value, const struct kernel_param *param)
{
	int i = sysfs_match_string(memories, value);

	if (i < 0) {
		pr_err("memory: '%s' is refused; allowed is pages or mmap\n",
		       value);
		return -EINVAL;
	}
	vmcam_camera_prefers_mmap = i;
	return 0;
}

static int memory_get(char *text, const struct kernel_param *param)
{
	return sysfs_emit(text, "%s\n", memories[vmcam_camera_prefers_mmap]);
}

static const struct kernel_param_ops memory_ops = {
	.set = memory_set,
	.get = memory_get,
};
module_param_cb(memory, &memory_ops, NULL, 0444);
__MODULE_PARM_TYPE(memory, "charp");
MODULE_PARM_DESC(memory, "of a host that offers both: pages of this machine, or mmap, the host's (default pages)");

static int timeout_set(const char *value, const struct kernel_param *param)
{
	unsigned int ms;

	if (kstrtouint(value, 10, &ms) || ms < MIN_TIMEOUT || ms > MAX_TIMEOUT) {
		pr_err("timeout: '%s' is refused; allowed is "
		       __stringify(MIN_TIMEOUT) " to " __stringify(MAX_TIMEOUT)
		       "\n", value);
		return -EINVAL;
	}
	vmcam_host_timeout = ms;
	return 0;
}

static const struct kernel_param_ops timeout_ops = {
	.set = timeout_set,
	.get = param_get_uint,
};
module_param_cb(timeout, &timeout_ops, &vmcam_host_timeout, 0644);
__MODULE_PARM_TYPE(timeout, "uint");
MODULE_PARM_DESC(timeout, "milliseconds in which the host answers a command, or all of STREAMON's, "
		 __stringify(MIN_TIMEOUT) " to " __stringify(MAX_TIMEOUT)
		 " (default 5000)");

static struct virtio_driver virtcam_virtio_driver = {
	.driver.name = KBUILD_MODNAME,
	.driver.owner = THIS_MODULE,
	.id_table = virtcam_virtio_ids,
	.probe = vmcam_camera_probe,
	.remove = vmcam_camera_remove,
#ifdef CONFIG_PM_SLEEP
	.freeze = vmcam_camera_freeze,
	.restore = vmcam_camera_restore,
#endif
};

static int __init virtcam_virtio_init(void)
{
	if (extra_id > MAX_ID) {
		pr_err("extra_id: %u is refused; allowed is 1 to "
		       __stringify(MAX_ID) "\n", extra_id);
		return -EINVAL;
	}
	if (extra_id)
		virtcam_virtio_ids[1].device = extra_id;
	return register_virtio_driver(&virtcam_virtio_driver);
}

static void __exit virtcam_virtio_exit(void)
{
	unregister_virtio_driver(&virtcam_virtio_driver);
}

module_init(virtcam_virtio_init);
module_exit(virtcam_virtio_exit);

MODULE_DESCRIPTION("V4L2 cameras of a virtual machine's host (virtio-media)");
MODULE_AUTHOR("The virtcam developers");
MODULE_VERSION(__stringify(VIRTCAM_VERSION));
MODULE_LICENSE("GPL");
