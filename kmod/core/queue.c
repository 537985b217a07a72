// SPDX-License-Identifier: GPL-2.0-only
/*
 * A camera's buffers: what vb2 asks of a driver, and the empty ones that wait
 * for a frame.
 */
#include <linux/dma-mapping.h>
#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <media/videobuf2-dma-sg.h>
#include <media/videobuf2-vmalloc.h>

#include "compat.h"
#include "camera.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/* read() needs one buffer to empty while others are filled. */
#define READ_BUFFERS 3

struct virtcam_buffer {
	struct vb2_v4l2_buffer vb;
	struct list_head list;
	struct virtcam_frame frame;
};

static struct virtcam_buffer *to_buffer(struct vb2_buffer *vb)
{
	return container_of(to_vb2_v4l2_buffer(vb), struct virtcam_buffer, vb);
}

/* What a program may want above a frame, for an alignment of its own. */
#define SPARE SZ_1M

/*
 * For CREATE_BUFS, which leaves the size to the program. Without an end to it
 * a program could take 32 times 4 GiB of the kernel's memory.
 */
static bool size_is_sensible(const struct virtcam_device *vcam,
			     unsigned int size)
{
	u32 largest = max(virtcam_config_largest_image(&vcam->config),
			  vcam->mode.sizeimage);

	return size >= vcam->mode.sizeimage && size <= largest + SPARE;
}

static int queue_setup(struct vb2_queue *q, unsigned int *num_buffers,
		       unsigned int *num_planes, unsigned int sizes[],
		       struct device *alloc_devs[])
{
	struct virtcam_device *vcam = vb2_get_drv_priv(q);

	lockdep_assert_held(&vcam->lock);
	if (*num_planes)
		return *num_planes == 1 && size_is_sensible(vcam, sizes[0]) ?
		       0 : -EINVAL;

	if (vb2_fileio_is_active(q) && *num_buffers < READ_BUFFERS)
		*num_buffers = READ_BUFFERS;
	*num_planes = 1;
	sizes[0] = vcam->mode.sizeimage;
	return 0;
}

/*
 * The processor draws and no device writes. To sync for a device would bring
 * back what is in a bounce buffer, or throw away what is in a cache.
 */
static int buf_init(struct vb2_buffer *vb)
{
	vb->skip_cache_sync_on_prepare = 1;
	vb->skip_cache_sync_on_finish = 1;
	return 0;
}

static int buf_prepare(struct vb2_buffer *vb)
{
	struct virtcam_device *vcam = vb2_get_drv_priv(vb->vb2_queue);
	struct virtcam_buffer *buf = to_buffer(vb);

	if (vb2_plane_size(vb, 0) < vcam->mode.sizeimage) {
		dev_dbg(vcam->vdev.dev_parent,
			"a buffer of %lu bytes is too small for %u\n",
			vb2_plane_size(vb, 0), vcam->mode.sizeimage);
		return -EINVAL;
	}
	/* An imported dma-buf that the processor cannot reach. */
	buf->frame.data = vb2_plane_vaddr(vb, 0);
	if (!buf->frame.data)
		return -EINVAL;

	vb2_set_plane_payload(vb, 0, vcam->mode.sizeimage);
	buf->vb.field = V4L2_FIELD_NONE;
	return 0;
}

static void buf_queue(struct vb2_buffer *vb)
{
	struct virtcam_device *vcam = vb2_get_drv_priv(vb->vb2_queue);
	struct virtcam_buffer *buf = to_buffer(vb);
	unsigned long flags;

	trace_virtcam_queued(vcam->vdev.num, vb->index);
	spin_lock_irqsave(&vcam->slock, flags);
	list_add_tail(&buf->list, &vcam->empty);
	spin_unlock_irqrestore(&vcam->slock, flags);
	if (vcam->config.pacing == VIRTCAM_PACE_NONE)
		wake_up(&vcam->refilled);
}

static struct virtcam_buffer *take_empty(struct virtcam_device *vcam)
{
	struct virtcam_buffer *buf;
	unsigned long flags;

	spin_lock_irqsave(&vcam->slock, flags);
	buf = list_first_entry_or_null(&vcam->empty, struct virtcam_buffer,
				       list);
	if (buf)
		list_del(&buf->list);
	spin_unlock_irqrestore(&vcam->slock, flags);
	return buf;
}

static void give_all_back(struct virtcam_device *vcam,
			  enum vb2_buffer_state state)
{
	struct virtcam_buffer *buf;

	while ((buf = take_empty(vcam)))
		vb2_buffer_done(&buf->vb.vb2_buf, state);
}

/**
 * virtcam_frame_take() - take an empty frame
 * @vcam: the camera
 * @sequence: the number of the frame that is due
 *
 * If there is none the frame is counted as dropped.
 *
 * Context: any, between the provider's start and the return of its stop.
 * Return: the frame, the caller's until virtcam_frame_done(); or NULL.
 */
struct virtcam_frame *virtcam_frame_take(struct virtcam_device *vcam,
					 u32 sequence)
{
	struct virtcam_buffer *buf = take_empty(vcam);

	if (!buf) {
		virtcam_frame_drop(vcam, sequence, 1);
		return NULL;
	}
	buf->frame.sequence = sequence;
	return &buf->frame;
}
EXPORT_SYMBOL_GPL(virtcam_frame_take);

/**
 * virtcam_frame_wait() - take an empty frame as soon as there is one
 * @vcam: a camera that is not paced
 * @sequence: the number that it will have
 *
 * The buffer is looked for where a wake-up is heard already, so none is lost.
 * While the machine sleeps none is taken.
 *
 * Context: the camera's thread, which is freezable.
 * Return: the frame, the caller's until virtcam_frame_done(); or NULL, at once,
 * if the thread should end.
 */
struct virtcam_frame *virtcam_frame_wait(struct virtcam_device *vcam,
					 u32 sequence)
{
	struct virtcam_buffer *buf = NULL;

	while (!kthread_freezable_should_stop(NULL)) {
		wait_event_freezable(vcam->refilled,
				     (buf = take_empty(vcam)) ||
				     kthread_should_stop());
		if (buf) {
			buf->frame.sequence = sequence;
			return &buf->frame;
		}
	}
	return NULL;
}

/**
 * virtcam_frame_done() - deliver a frame
 * @vcam: the camera
 * @frame: a frame from virtcam_frame_take(), its timestamp set; not the
 *	caller's any more
 * @good: false if its contents are not what they should be: the program gets
 *	it marked with V4L2_BUF_FLAG_ERROR
 *
 * Context: any.
 */
void virtcam_frame_done(struct virtcam_device *vcam,
			struct virtcam_frame *frame, bool good)
{
	struct virtcam_buffer *buf =
		container_of(frame, struct virtcam_buffer, frame);
	struct vb2_buffer *vb = &buf->vb.vb2_buf;
	unsigned long flags;

	trace_virtcam_filled(vcam->vdev.num, vb->index, frame->sequence,
			     frame->timestamp);
	buf->vb.sequence = frame->sequence;
	vb->timestamp = frame->timestamp;
	spin_lock_irqsave(&vcam->slock, flags);
	vcam->captured++;
	spin_unlock_irqrestore(&vcam->slock, flags);

	/* Before it is handed over: after that it may be another frame. */
	trace_virtcam_done(vcam->vdev.num, vb->index, frame->sequence,
			   frame->timestamp);
	vb2_buffer_done(vb, good ? VB2_BUF_STATE_DONE : VB2_BUF_STATE_ERROR);
}
EXPORT_SYMBOL_GPL(virtcam_frame_done);

/**
 * virtcam_frame_drop() - count frames that nobody will get
 * @vcam: the camera
 * @sequence: the number of the first of them
 * @count: how many
 *
 * Context: any.
 */
void virtcam_frame_drop(struct virtcam_device *vcam, u32 sequence, u32 count)
{
	unsigned long flags;

	trace_virtcam_dropped(vcam->vdev.num, sequence, count);
	spin_lock_irqsave(&vcam->slock, flags);
	vcam->dropped += count;
	spin_unlock_irqrestore(&vcam->slock, flags);
}
EXPORT_SYMBOL_GPL(virtcam_frame_drop);

static int start_streaming(struct vb2_queue *q, unsigned int count)
{
	struct virtcam_device *vcam = vb2_get_drv_priv(q);
	int err = -ENODEV;

	lockdep_assert_held(&vcam->lock);
	if (vcam->gone)
		goto give_back;

	spin_lock_irq(&vcam->slock);
	vcam->captured = 0;
	vcam->dropped = 0;
	spin_unlock_irq(&vcam->slock);

	err = vcam->provider->start(vcam->priv, &vcam->mode);
	if (err)
		goto give_back;
	err = virtcam_rhythm_start(vcam);
	if (err)
		goto stop_provider;
	return 0;

stop_provider:
	vcam->provider->stop(vcam->priv);
give_back:
	give_all_back(vcam, VB2_BUF_STATE_QUEUED);
	return err;
}

static void stop_streaming(struct vb2_queue *q)
{
	struct virtcam_device *vcam = vb2_get_drv_priv(q);

	lockdep_assert_held(&vcam->lock);
	virtcam_rhythm_stop(vcam);
	vcam->provider->stop(vcam->priv);
	give_all_back(vcam, VB2_BUF_STATE_ERROR);
}

/* Where the kernel has them wait by these, the last one to leave says so. */
static void __maybe_unused wait_prepare(struct vb2_queue *q)
{
	struct virtcam_device *vcam = vb2_get_drv_priv(q);

	lockdep_assert_held(&vcam->lock);
	vcam->waiting++;
	mutex_unlock(&vcam->lock);
}

static void __maybe_unused wait_finish(struct vb2_queue *q)
{
	struct virtcam_device *vcam = vb2_get_drv_priv(q);

	mutex_lock(&vcam->lock);
	WRITE_ONCE(vcam->waiting, vcam->waiting - 1);
	if (!vcam->waiting)
		wake_up_all(&vcam->nobody_waits);
}

static const struct vb2_ops queue_ops = {
	.queue_setup = queue_setup,
	.buf_init = buf_init,
	.buf_prepare = buf_prepare,
	.buf_queue = buf_queue,
	.start_streaming = start_streaming,
	.stop_streaming = stop_streaming,
	VIRTCAM_COMPAT_WAIT_OPS(wait_prepare, wait_finish)
};

/**
 * virtcam_queue_init() - prepare a camera's queue
 * @vcam: a camera whose config and lock are set
 * @dev: the device for which memory is allocated
 *
 * Return: 0 or a negative errno. There is nothing to undo: an idle queue owns
 * nothing.
 */
int virtcam_queue_init(struct virtcam_device *vcam, struct device *dev)
{
	struct vb2_queue *q = &vcam->queue;
	int err;

	init_waitqueue_head(&vcam->nobody_waits);
	init_waitqueue_head(&vcam->refilled);
	if (vcam->config.memory == VIRTCAM_MEMORY_DMA_SG) {
		/* Else frames above 4 GiB would go through bounce buffers. */
		err = dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(64));
		if (err)
			return err;
		/* Nor is there an engine that minds long segments. */
		dma_set_max_seg_size(dev, UINT_MAX);
		q->mem_ops = &vb2_dma_sg_memops;
		q->dev = dev;
	} else {
		q->mem_ops = &vb2_vmalloc_memops;
	}
	q->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	q->io_modes = VB2_MMAP | VB2_DMABUF | VB2_READ;
	q->drv_priv = vcam;
	q->buf_struct_size = sizeof(struct virtcam_buffer);
	q->ops = &queue_ops;
	q->timestamp_flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC |
			     V4L2_BUF_FLAG_TSTAMP_SRC_SOE;
	virtcam_compat_min_queued(q) = 1;
	q->lock = &vcam->lock;
	return vb2_queue_init(q);
}
