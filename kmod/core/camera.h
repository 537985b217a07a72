/* SPDX-License-Identifier: GPL-2.0-only */
/* The core's own view of a camera. Providers include <virtcam/provider.h>. */
#ifndef CORE_CAMERA_H
#define CORE_CAMERA_H

#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <media/v4l2-ctrls.h>
#include <media/v4l2-dev.h>
#include <media/v4l2-device.h>
#include <media/videobuf2-v4l2.h>

#include <virtcam/provider.h>

/**
 * struct camera_offer - one mode, as what a camera offers
 * @mode: the mode
 * @intervals: its interval
 * @size: its size
 * @formats: its format
 * @modes: all of it
 */
struct camera_offer {
	struct virtcam_mode mode;
	struct virtcam_intervals intervals;
	struct virtcam_size size;
	struct virtcam_format_modes formats;
	struct virtcam_modes modes;
};

/**
 * struct virtcam_camera - a camera: one allocation, freed by its last holder
 * @v4l2_dev: its reference count is the camera's; its release frees all
 * @vdev: the node
 * @controls: the node's controls
 * @queue: the node's buffers
 * @mem_ops: those of @queue: vb2's, but for attach_dmabuf
 * @attach_dmabuf: vb2's
 * @provider: who makes frames; not called once unregister has returned
 * @priv: handed to the provider's functions
 * @counters: what the provider counts
 * @num_counters: how many
 * @writer: who writes into buffers
 * @shares: buffers that are no dma-bufs have shared memory
 * @index: which of the cameras of its parent it is
 * @no_signal: programs are told that there is no signal
 * @gone: unregister has begun: nothing starts any more. Read without @lock.
 * @pushing: the provider itself sets a control; guarded by the lock of @controls
 * @lock: guards the node and the queue: all below it up to @slock. Ioctls and
 *	read() run under it; docs/locks.md has the order of the locks.
 * @provided_modes: what the camera can deliver; the provider's
 * @modes: what it offers: @provided_modes, or @only
 * @only: what it offers where the provider has fixed the mode
 * @mode: what is delivered
 * @modes_replaced: @mode may not be one of @modes
 * @producer: of an output node, the open file whose program set the mode or wrote
 *	frames: no other may, until that is closed or gives its buffers back
 * @feeding: the producer has written frames since it set the mode
 * @writing: a call of the producer's is in provider->write()
 * @dequeuing: calls of the producer's that are in DQBUF, and may wait there
 * @waiting: calls that let go of @lock in order to wait for a frame, or to let the
 *	provider copy one
 * @nobody_waits: woken when @waiting becomes 0
 * @started: the provider takes buffers
 * @idle: buffers that programs queued before the stream started
 * @slock: guards all below it; taken in interrupts, too. Only locks of vb2 are
 *	taken under it.
 * @lent: buffers that the provider has, oldest first
 * @fixed: the mode that the provider has fixed; without a format if it has not
 * @fixed_changed: @modes do not tell of @fixed yet
 * @fixed_untold: @fixed has changed since a program made its claim
 * @claimed: the provider knows that a program has or sets buffers or a mode
 * @faults_told: faults of the provider that the kernel log has of this stream
 * @delivered: a frame of this stream has been delivered
 * @sequence: the number of the last one
 * @timestamp: its time in nanoseconds; before it, the earliest time that a frame
 *	can have
 * @captured: frames delivered since the stream started
 * @dropped: frames that were lost since then
 * @unfetched: frames delivered that the program has not dequeued; under no lock
 */
struct virtcam_camera {
	struct v4l2_device v4l2_dev;
	struct video_device vdev;
	struct v4l2_ctrl_handler controls;
	struct vb2_queue queue;
	struct vb2_mem_ops mem_ops;
	void *(*attach_dmabuf)(struct vb2_buffer *vb, struct device *dev,
			       struct dma_buf *dmabuf, unsigned long size);
	const struct virtcam_provider *provider;
	void *priv;
	const struct virtcam_counter *counters;
	unsigned int num_counters;
	enum virtcam_writer writer;
	bool shares;
	unsigned int index;
	unsigned int no_signal;
	bool gone;
	bool pushing;

	struct mutex lock; /* guards the node and the queue */
	const struct virtcam_modes *provided_modes;
	const struct virtcam_modes *modes;
	struct camera_offer only;
	struct virtcam_mode mode;
	bool modes_replaced;
	const struct file *producer;
	bool feeding;
	bool writing;
	unsigned int dequeuing;
	unsigned int waiting;
	wait_queue_head_t nobody_waits;
	bool started;
	struct list_head idle;

	spinlock_t slock; /* guards all below */
	struct list_head lent;
	struct virtcam_mode fixed;
	bool fixed_changed;
	bool fixed_untold;
	bool claimed;
	u8 faults_told;
	bool delivered;
	u32 sequence;
	u64 timestamp;
	u64 captured;
	u64 dropped;
	atomic_t unfetched;
};

/*
 * What an output node tells where a capture node tells V4L2_EVENT_SOURCE_CHANGE,
 * which v4l2-compliance wants of no output node: the mode has been fixed, or is
 * free again. As in drivers/usb/gadget/function/f_uvc.c the number is the driver's.
 */
#define VIRTCAM_EVENT_MODE (V4L2_EVENT_PRIVATE_START + 0x1f00)

static inline bool camera_is_output(const struct virtcam_camera *camera)
{
	return camera->vdev.vfl_dir == VFL_DIR_TX;
}

/* camera.c */
void virtcam_camera_tell_change(struct virtcam_camera *camera);
bool virtcam_camera_leave(struct virtcam_camera *camera);
void virtcam_camera_return(struct virtcam_camera *camera);

/* claim.c */
void virtcam_camera_settle_mode(struct virtcam_camera *camera);
int virtcam_camera_claim(struct virtcam_camera *camera);
void virtcam_camera_let_go(struct virtcam_camera *camera,
			   const struct file *file);

/* queue.c; read() needs one buffer to empty while others are filled. */
#define VIRTCAM_READ_BUFFERS 3
int virtcam_queue_init(struct virtcam_camera *camera,
		       enum virtcam_memory memory, struct device *dev);

/* control.c; the core has two controls of its own, of capture nodes. */
#define VIRTCAM_NUM_COUNTERS 2
int virtcam_control_init(struct virtcam_camera *camera);

/* output.c */
bool virtcam_output_is_taken(const struct virtcam_camera *camera,
			     const struct file *file);
bool virtcam_output_is_fed(const struct virtcam_camera *camera,
			   const struct file *file);
void virtcam_output_take_colorimetry(const struct virtcam_camera *camera,
				     const struct v4l2_pix_format *pix,
				     struct virtcam_mode *mode);
void virtcam_output_forget_colorimetry(struct virtcam_camera *camera);
int virtcam_output_s_fmt(struct file *file, void *fh, struct v4l2_format *f);
void virtcam_output_feed_back(struct virtcam_camera *camera,
			      const struct file *file);
void virtcam_output_deliver(struct virtcam_camera *camera);
ssize_t virtcam_output_write(struct file *file, const char __user *data,
			     size_t count, bool framed);

/* ioctl.c */
void virtcam_ioctl_nearest_mode(struct virtcam_camera *camera,
				const struct v4l2_pix_format *pix,
				struct virtcam_mode *mode);
extern const struct v4l2_ioctl_ops virtcam_ioctl_ops;

/* file.c */
extern const struct v4l2_file_operations virtcam_file_ops;

#endif
