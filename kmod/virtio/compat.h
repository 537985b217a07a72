/* SPDX-License-Identifier: GPL-2.0-only */
/* Every check of a kernel version in this folder: see core/compat.h. */
#ifndef VIRTIO_COMPAT_H
#define VIRTIO_COMPAT_H

#include <linux/version.h>
#include <linux/virtio_config.h>

/* 6.11: callbacks and names are in a structure. */
static inline int vmcam_compat_find_vqs(struct virtio_device *vdev,
					struct virtqueue *vqs[2],
					vq_callback_t *const callbacks[2],
					const char *const names[2])
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
	return virtio_find_vqs(vdev, 2, vqs, (vq_callback_t **)callbacks, names,
			       NULL);
#else
	struct virtqueue_info info[2] = {
		{ names[0], callbacks[0] },
		{ names[1], callbacks[1] },
	};

	return virtio_find_vqs(vdev, 2, vqs, info, NULL);
#endif
}

#endif
