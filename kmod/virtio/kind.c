// SPDX-License-Identifier: GPL-2.0-only
/* What kind of device the host's is, and whose memory its frames are in. */
#include <linux/virtio_config.h>

#include "camera.h"
#include "offer.h"

bool vmcam_camera_prefers_mmap;

/**
 * vmcam_config_read() - what the host's device is
 * @host: the host; gets multiplanar and type
 * @card: gets its name, WIRE_CARD_SIZE bytes at most
 *
 * Context: may sleep.
 * Return: 0; -ENODEV if it is no camera, and the kernel log says so.
 */
int vmcam_config_read(struct vmcam_host *host, char *card)
{
	struct virtio_device *vdev = host->vdev;
	struct wire_config config;
	u32 caps, type;

	if (!vdev->config->get) {
		dev_err(&vdev->dev, "the host's device has no configuration\n");
		return -ENODEV;
	}
	virtio_cread_bytes(vdev, 0, &config, sizeof(config));
	caps = le32_to_cpu(config.device_caps);
	type = le32_to_cpu(config.device_type);
	wire_take_text(config.card, sizeof(config.card), card);
	host->multiplanar = !(caps & V4L2_CAP_VIDEO_CAPTURE);
	host->type = host->multiplanar ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE
				       : V4L2_BUF_TYPE_VIDEO_CAPTURE;
	if (!type && caps & V4L2_CAP_STREAMING &&
	    caps & (V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE))
		return 0;
	dev_info(&vdev->dev,
		 "the host's device \"%s\" is no camera (type %u, capabilities 0x%x)\n",
		 card, type, caps);
	return -ENODEV;
}

static bool memory_is_taken(struct vmcam_host *host, u32 session, u32 memory)
{
	struct wire_requestbuffers request = {
		.type = cpu_to_le32(host->type),
		.memory = cpu_to_le32(memory),
	};

	return !vmcam_host_ioctl(host, session, _IOC_NR(VIDIOC_REQBUFS),
				 &request, sizeof(request), sizeof(request),
				 vmcam_host_timeout);
}

/**
 * vmcam_memory_choose() - whose memory frames are in
 * @host: the host
 * @session: a session that has no buffers
 * @memory: gets V4L2_MEMORY_MMAP or WIRE_MEMORY_SHARED_PAGES
 *
 * Context: may sleep.
 * Return: 0; -EOPNOTSUPP if the host has neither for us.
 */
int vmcam_memory_choose(struct vmcam_host *host, u32 session, u32 *memory)
{
	bool mmap = host->shm.len &&
		    memory_is_taken(host, session, V4L2_MEMORY_MMAP);
	/* Pages are told by the guest's own addresses, and are held, not mapped. */
	bool pages = virtio_has_dma_quirk(host->vdev);

	if (mmap && vmcam_camera_prefers_mmap)
		*memory = V4L2_MEMORY_MMAP;
	else if (pages &&
		 memory_is_taken(host, session, WIRE_MEMORY_SHARED_PAGES))
		*memory = WIRE_MEMORY_SHARED_PAGES;
	else if (mmap)
		*memory = V4L2_MEMORY_MMAP;
	else
		return -EOPNOTSUPP;
	return 0;
}
