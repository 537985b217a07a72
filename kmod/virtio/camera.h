/* SPDX-License-Identifier: GPL-2.0-only */
/* A camera whose frames, modes and controls are the host's. */
#ifndef VIRTIO_CAMERA_H
#define VIRTIO_CAMERA_H

#include <linux/virtio.h>

int vmcam_camera_probe(struct virtio_device *vdev);
void vmcam_camera_remove(struct virtio_device *vdev);
int vmcam_camera_freeze(struct virtio_device *vdev);
int vmcam_camera_restore(struct virtio_device *vdev);

/* Which memory of a host's that offers both is taken; parameter "memory" */
extern bool vmcam_camera_prefers_mmap;

#endif
