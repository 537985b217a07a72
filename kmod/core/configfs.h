/* SPDX-License-Identifier: GPL-2.0-only */
/* A directory makes a camera: /sys/kernel/config/virtcam/NAME */
#ifndef VIRTCAM_CONFIGFS_H
#define VIRTCAM_CONFIGFS_H

int virtcam_configfs_register(void);
void virtcam_configfs_unregister(void);

#endif
