/* SPDX-License-Identifier: GPL-2.0-only */
/* The core's own view of a camera. Providers include virtcam.h instead. */
#ifndef VIRTCAM_DEVICE_H
#define VIRTCAM_DEVICE_H

#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <media/v4l2-ctrls.h>
#include <media/v4l2-dev.h>
#include <media/v4l2-device.h>
#include <media/videobuf2-v4l2.h>

#include <virtcam/provider.h>
#include "pacing.h"

struct task_struct;

/**
 * struct virtcam_device - a camera: one allocation, freed by its last holder
 * @v4l2_dev: its reference count is the camera's; its release frees all
 * @vdev: the node
 * @controls: the node's controls
 * @queue: the node's buffers
 * @config: what the camera can do; never changes
 * @provider: who makes frames; not called after unregister
 * @priv: handed to the provider's functions
 * @lock: guards the node and the queue: all below it up to @slock. Taken
 *	before any other lock; ioctls run under it. Not taken by the thread.
 * @mode: what is delivered
 * @gone: unregister has begun: nothing starts any more; poll() and mmap()
 *	read it without the lock
 * @waiting: calls that gave up @lock to wait for a frame
 * @nobody_waits: woken when @waiting becomes 0
 * @thread: draws while streaming, if the provider has draw()
 * @pacing: the rhythm; @thread's own while it runs
 * @refilled: woken when @empty gets a buffer, if the camera is not paced;
 *	@thread waits
 * @slock: guards all below it. Taken last, also in interrupts.
 * @empty: buffers to fill, oldest first
 * @captured: frames delivered since streaming began
 * @dropped: frames for which there was no empty buffer
 */
struct virtcam_device {
	struct v4l2_device v4l2_dev;
	struct video_device vdev;
	struct v4l2_ctrl_handler controls;
	struct vb2_queue queue;
	struct virtcam_config config;
	const struct virtcam_provider *provider;
	void *priv;

	struct mutex lock; /* guards the node and the queue */
	struct virtcam_mode mode;
	bool gone;
	unsigned int waiting;
	wait_queue_head_t nobody_waits;
	struct task_struct *thread;
	struct virtcam_pacing pacing;
	wait_queue_head_t refilled;

	spinlock_t slock; /* guards all below */
	struct list_head empty;
	u64 captured;
	u64 dropped;
};

/* virtcam-queue.c */
int virtcam_queue_init(struct virtcam_device *vcam, struct device *dev);
struct virtcam_frame *virtcam_frame_wait(struct virtcam_device *vcam,
					 u32 sequence);

/* virtcam-rhythm.c */
int virtcam_rhythm_start(struct virtcam_device *vcam);
void virtcam_rhythm_stop(struct virtcam_device *vcam);

/* virtcam-control.c */
int virtcam_control_init(struct virtcam_device *vcam);

/* virtcam-ioctl.c */
extern const struct v4l2_ioctl_ops virtcam_ioctl_ops;
extern const struct v4l2_file_operations virtcam_file_ops;

#endif
