// SPDX-License-Identifier: GPL-2.0-only
/*
 * A camera's buffers: what vb2 asks of a driver, and which of them the provider
 * has.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <media/videobuf2-dma-sg.h>
#include <media/videobuf2-vmalloc.h>

#include "camera.h"
#include "compat.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

VIRTCAM_COMPAT_IMPORT_DMA_BUF;

/* What a provider can say of a frame beside its contents */
#define FRAME_FLAGS (V4L2_BUF_FLAG_KEYFRAME | V4L2_BUF_FLAG_PFRAME | \
		     V4L2_BUF_FLAG_BFRAME)

/**
 * struct queue_buffer - a buffer, as the core sees it
 * @vb: as vb2 sees it; its first member, since vb2 allocates it
 * @buffer: as the provider sees it
 * @list: in one of the camera's lists, or in none
 * @data: its address for the processor, where that writes
 */
struct queue_buffer {
	struct vb2_v4l2_buffer vb;
	struct virtcam_buffer buffer;
	struct list_head list;
	void *data;
};

static struct queue_buffer *queue_buffer(struct vb2_buffer *vb)
{
	return container_of(to_vb2_v4l2_buffer(vb), struct queue_buffer, vb);
}

static struct vb2_buffer *queue_vb(struct virtcam_buffer *buffer)
{
	return &container_of(buffer, struct queue_buffer, buffer)->vb.vb2_buf;
}

/* How far above a frame a program may go, for an alignment of its own */
#define MAX_PADDING SZ_1M

/*
 * CREATE_BUFS leaves the size to the program, and vb2 takes any: without a limit
 * a program could take 32 times 4 GiB of the kernel's memory.
 */
static bool queue_size_is_sensible(const struct virtcam_camera *camera,
				   unsigned int size)
{
	u32 largest = max(virtcam_modes_largest_image(camera->modes),
			  camera->mode.sizeimage);

	return size >= camera->mode.sizeimage && size <= largest + MAX_PADDING;
}

static int queue_setup(struct vb2_queue *q, unsigned int *num_buffers,
		       unsigned int *num_planes, unsigned int sizes[],
		       struct device *alloc_devs[])
{
	struct virtcam_camera *camera = vb2_get_drv_priv(q);

	virtcam_camera_settle_mode(camera);
	if (*num_planes)
		return *num_planes == 1 &&
		       queue_size_is_sensible(camera, sizes[0]) ? 0 : -EINVAL;

	if (vb2_fileio_is_active(q) && *num_buffers < VIRTCAM_READ_BUFFERS)
		*num_buffers = VIRTCAM_READ_BUFFERS;
	*num_planes = 1;
	sizes[0] = camera->mode.sizeimage;
	return 0;
}

/* vb2 calls this when a buffer has got memory, its own or a dma-buf's. */
static int queue_buf_init(struct vb2_buffer *vb)
{
	struct virtcam_camera *camera = vb2_get_drv_priv(vb->vb2_queue);
	struct queue_buffer *buf = queue_buffer(vb);
	struct dma_buf *dmabuf = virtcam_buffer_dma_buf(&buf->buffer);

	if (dmabuf && !(dmabuf->file->f_mode & FMODE_WRITE))
		return -EACCES;
	buf->buffer.index = vb->index;
	buf->buffer.size = vb2_plane_size(vb, 0);
	/*
	 * Where the processor writes, vb2's own syncs would bring back what is
	 * in a bounce buffer, or throw away what is in a cache, over the frame.
	 * virtcam_buffer_end() does what is needed.
	 */
	if (camera->writer == VIRTCAM_WRITER_CPU) {
		vb->skip_cache_sync_on_prepare = 1;
		vb->skip_cache_sync_on_finish = 1;
	}
	return 0;
}

static int queue_buf_prepare(struct vb2_buffer *vb)
{
	struct virtcam_camera *camera = vb2_get_drv_priv(vb->vb2_queue);
	struct queue_buffer *buf = queue_buffer(vb);

	if (vb2_plane_size(vb, 0) < camera->mode.sizeimage) {
		dev_dbg(camera->vdev.dev_parent,
			"a buffer of %lu bytes is too small for %u\n",
			vb2_plane_size(vb, 0), camera->mode.sizeimage);
		return -EINVAL;
	}
	if (camera->writer == VIRTCAM_WRITER_CPU) {
		buf->data = vb2_plane_vaddr(vb, 0);
		/* A dma-buf that the processor cannot reach */
		if (!buf->data)
			return -EINVAL;
	}
	vb2_set_plane_payload(vb, 0, camera->mode.sizeimage);
	buf->vb.field = V4L2_FIELD_NONE;
	return 0;
}

static void queue_lend(struct virtcam_camera *camera, struct queue_buffer *buf)
{
	unsigned long flags;

	spin_lock_irqsave(&camera->slock, flags);
	list_add_tail(&buf->list, &camera->lent);
	spin_unlock_irqrestore(&camera->slock, flags);
	camera->provider->queue(camera->priv, &buf->buffer);
}

static void queue_buf_queue(struct vb2_buffer *vb)
{
	struct virtcam_camera *camera = vb2_get_drv_priv(vb->vb2_queue);
	struct queue_buffer *buf = queue_buffer(vb);

	lockdep_assert_held(&camera->lock);
	trace_virtcam_queued(camera->vdev.num, vb->index);
	if (camera->started)
		queue_lend(camera, buf);
	else
		list_add_tail(&buf->list, &camera->idle);
}

static void queue_give_back(struct list_head *list, enum vb2_buffer_state state)
{
	struct queue_buffer *buf, *next;

	list_for_each_entry_safe(buf, next, list, list) {
		list_del(&buf->list);
		vb2_buffer_done(&buf->vb.vb2_buf, state);
	}
}

static int queue_start(struct virtcam_camera *camera)
{
	if (READ_ONCE(camera->gone))
		return -ENODEV;
	/* Buffers of a mode that has gone meanwhile */
	if (camera->modes_replaced &&
	    !virtcam_modes_have(camera->modes, &camera->mode))
		return -EPIPE;

	spin_lock_irq(&camera->slock);
	camera->delivered = false;
	camera->captured = 0;
	camera->dropped = 0;
	spin_unlock_irq(&camera->slock);
	return camera->provider->start(camera->priv, &camera->mode);
}

static int queue_start_streaming(struct vb2_queue *q, unsigned int count)
{
	struct virtcam_camera *camera = vb2_get_drv_priv(q);
	struct queue_buffer *buf, *next;
	int err;

	lockdep_assert_held(&camera->lock);
	err = queue_start(camera);
	if (err) {
		queue_give_back(&camera->idle, VB2_BUF_STATE_QUEUED);
		return err;
	}
	camera->started = true;
	list_for_each_entry_safe(buf, next, &camera->idle, list) {
		list_del(&buf->list);
		queue_lend(camera, buf);
	}
	return 0;
}

static void queue_stop_streaming(struct vb2_queue *q)
{
	struct virtcam_camera *camera = vb2_get_drv_priv(q);

	lockdep_assert_held(&camera->lock);
	camera->provider->stop(camera->priv);
	camera->started = false;
	/* From here on virtcam_camera_done() refuses every buffer. */
	spin_lock_irq(&camera->slock);
	queue_give_back(&camera->lent, VB2_BUF_STATE_ERROR);
	spin_unlock_irq(&camera->slock);
}

/*
 * Before Linux 7.0 vb2 calls these where DQBUF or read() waits for a frame. The
 * last call to leave wakes virtcam_camera_unregister(), which waits for all.
 */
static void __maybe_unused queue_wait_prepare(struct vb2_queue *q)
{
	struct virtcam_camera *camera = vb2_get_drv_priv(q);

	lockdep_assert_held(&camera->lock);
	camera->waiting++;
	mutex_unlock(&camera->lock);
}

static void __maybe_unused queue_wait_finish(struct vb2_queue *q)
{
	struct virtcam_camera *camera = vb2_get_drv_priv(q);

	mutex_lock(&camera->lock);
	WRITE_ONCE(camera->waiting, camera->waiting - 1);
	if (!camera->waiting)
		wake_up_all(&camera->nobody_waits);
}

static const struct vb2_ops queue_ops = {
	.queue_setup = queue_setup,
	.buf_init = queue_buf_init,
	.buf_prepare = queue_buf_prepare,
	.buf_queue = queue_buf_queue,
	.start_streaming = queue_start_streaming,
	.stop_streaming = queue_stop_streaming,
	VIRTCAM_COMPAT_WAIT_OPS(queue_wait_prepare, queue_wait_finish)
};

static int queue_set_memory(struct vb2_queue *q, enum virtcam_memory memory,
			    struct device *dev)
{
	switch (memory) {
	case VIRTCAM_MEMORY_VMALLOC:
		q->mem_ops = &vb2_vmalloc_memops;
		return 0;
	case VIRTCAM_MEMORY_DMA_SG:
#if IS_REACHABLE(CONFIG_VIDEOBUF2_DMA_SG)
		q->mem_ops = &vb2_dma_sg_memops;
		q->dev = dev;
		return 0;
#else
		dev_err(dev, "this kernel has no memory for devices: CONFIG_VIDEOBUF2_DMA_SG is not set\n");
		return -EOPNOTSUPP;
#endif
	default:
		return -EINVAL;
	}
}

/**
 * virtcam_queue_init() - prepare a camera's queue
 * @camera: a camera whose writer and lock are set
 * @memory: where frames lie
 * @dev: the device that VIRTCAM_MEMORY_DMA_SG maps them for
 *
 * Return: 0 or a negative errno. There is nothing to undo: an idle queue owns
 * nothing.
 */
int virtcam_queue_init(struct virtcam_camera *camera,
		       enum virtcam_memory memory, struct device *dev)
{
	struct vb2_queue *q = &camera->queue;
	int err = queue_set_memory(q, memory, dev);

	if (err)
		return err;
	q->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	q->io_modes = VB2_MMAP | VB2_DMABUF | VB2_READ;
	q->drv_priv = camera;
	q->buf_struct_size = sizeof(struct queue_buffer);
	q->ops = &queue_ops;
	q->timestamp_flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC |
			     V4L2_BUF_FLAG_TSTAMP_SRC_SOE;
	/* Else what the processor wrote would not be cleaned for devices. */
	q->bidirectional = camera->writer == VIRTCAM_WRITER_CPU;
	virtcam_compat_min_queued(q) = 1;
	q->lock = &camera->lock;
	return vb2_queue_init(q);
}

/* By its address alone: what the provider says may be no buffer any more. */
static struct queue_buffer *queue_find_lent(struct virtcam_camera *camera,
					    const struct virtcam_buffer *buffer)
{
	struct queue_buffer *buf;

	list_for_each_entry(buf, &camera->lent, list)
		if (&buf->buffer == buffer)
			return buf;
	return NULL;
}

/* A second: what a provider's clock may be ahead of ours */
#define MAX_AHEAD NSEC_PER_SEC

/* Microseconds are what programs see, and no two frames have the same. */
static const char *queue_set_time(struct virtcam_camera *camera,
				  struct queue_buffer *buf,
				  const struct virtcam_done *done)
{
	u64 now = ktime_get_ns(), time = done->timestamp ?: now;
	const char *fault = NULL;

	if (time > now + MAX_AHEAD) {
		fault = "its timestamp lies in the future";
		time = now;
	}
	if (camera->delivered && time <= camera->timestamp) {
		fault = "its timestamp is not after that of the frame before";
		time = camera->timestamp + NSEC_PER_USEC;
	}
	camera->timestamp = time;
	buf->vb.vb2_buf.timestamp = time;
	return fault;
}

static const char *queue_set_sequence(struct virtcam_camera *camera,
				      struct queue_buffer *buf,
				      const struct virtcam_done *done)
{
	const char *fault = NULL;
	u32 sequence = done->sequence;

	if (camera->delivered && (s32)(sequence - camera->sequence) <= 0) {
		fault = "its number is not above that of the frame before";
		sequence = camera->sequence + 1;
	}
	camera->sequence = sequence;
	buf->vb.sequence = sequence;
	return fault;
}

static const char *queue_set_payload(struct virtcam_camera *camera,
				     struct queue_buffer *buf,
				     const struct virtcam_done *done)
{
	u32 payload = done->payload ?: camera->mode.sizeimage;

	if (payload > buf->buffer.size) {
		vb2_set_plane_payload(&buf->vb.vb2_buf, 0,
				      camera->mode.sizeimage);
		return "it is larger than its buffer";
	}
	vb2_set_plane_payload(&buf->vb.vb2_buf, 0, payload);
	return NULL;
}

/* What is not possible is put right; what is wrong is returned, or NULL. */
static const char *queue_deliver(struct virtcam_camera *camera,
				 struct queue_buffer *buf,
				 const struct virtcam_done *done)
{
	struct vb2_buffer *vb = &buf->vb.vb2_buf;
	const char *too_large = queue_set_payload(camera, buf, done);
	const char *fault = queue_set_sequence(camera, buf, done);
	const char *wrong_time = queue_set_time(camera, buf, done);
	bool good = !done->damaged && !too_large;

	buf->vb.flags &= ~FRAME_FLAGS;
	buf->vb.flags |= done->flags & FRAME_FLAGS;
	camera->delivered = true;
	camera->captured++;
	trace_virtcam_filled(camera->vdev.num, vb->index, buf->vb.sequence,
			     vb->timestamp);
	/* Before vb2_buffer_done(): after it the buffer may be another frame. */
	trace_virtcam_done(camera->vdev.num, vb->index, buf->vb.sequence,
			   vb->timestamp);
	vb2_buffer_done(vb, good ? VB2_BUF_STATE_DONE : VB2_BUF_STATE_ERROR);
	return too_large ?: fault ?: wrong_time;
}

/**
 * virtcam_camera_done() - deliver a frame
 * @camera: a registered camera
 * @buffer: one that queue() brought, not the provider's any more
 * @done: what became of it
 *
 * What of @done cannot be is put right, so that programs can rely on it, and
 * told in the kernel log: a number or a time that is not above the one before is
 * raised, a payload that does not fit marks the frame as damaged.
 *
 * Context: any but a hard interrupt of a PREEMPT_RT kernel.
 * Return: 0, or -EINVAL if the provider has not got this buffer: it was
 * delivered before, or the stream has ended. Nothing happens then but a line in
 * the kernel log.
 */
int virtcam_camera_done(struct virtcam_camera *camera,
			struct virtcam_buffer *buffer,
			const struct virtcam_done *done)
{
	struct queue_buffer *buf;
	const char *fault = NULL;
	unsigned long flags;

	/*
	 * Delivered under the lock: queue_stop_streaming() must find no buffer
	 * that is in no list and not yet vb2's.
	 */
	spin_lock_irqsave(&camera->slock, flags);
	buf = queue_find_lent(camera, buffer);
	if (buf) {
		list_del(&buf->list);
		fault = queue_deliver(camera, buf, done);
	}
	spin_unlock_irqrestore(&camera->slock, flags);

	if (!buf)
		fault = "the provider has not got its buffer: nothing is delivered";
	if (fault)
		dev_warn_ratelimited(camera->v4l2_dev.dev, "frame %u: %s\n",
				     done->sequence, fault);
	return buf ? 0 : -EINVAL;
}
EXPORT_SYMBOL_GPL(virtcam_camera_done);

/**
 * virtcam_camera_drop() - count frames that no program will get
 * @camera: a registered camera
 * @sequence: the number of the first of them
 * @count: how many
 *
 * Context: any but a hard interrupt of a PREEMPT_RT kernel.
 */
void virtcam_camera_drop(struct virtcam_camera *camera, u32 sequence,
			 u32 count)
{
	unsigned long flags;

	trace_virtcam_dropped(camera->vdev.num, sequence, count);
	spin_lock_irqsave(&camera->slock, flags);
	camera->dropped += count;
	spin_unlock_irqrestore(&camera->slock, flags);
}
EXPORT_SYMBOL_GPL(virtcam_camera_drop);

/**
 * virtcam_buffer_begin() - let the processor write into a buffer
 * @buffer: a buffer of a camera whose writer is VIRTCAM_WRITER_CPU
 *
 * An imported dma-buf is waited for until no device uses it any more, which may
 * take as long as those devices take; a signal to the calling thread ends that.
 *
 * Context: may sleep; no lock that an unplug needs, so from none of the
 * provider's functions.
 * Return: the buffer's address, virtcam_buffer.size bytes, until
 * virtcam_buffer_end(); or an ERR_PTR, and there is nothing to end.
 */
void *virtcam_buffer_begin(struct virtcam_buffer *buffer)
{
	struct dma_buf *dmabuf = virtcam_buffer_dma_buf(buffer);
	int err = 0;

	if (dmabuf)
		err = dma_buf_begin_cpu_access(dmabuf, DMA_BIDIRECTIONAL);
	return err ? ERR_PTR(err) :
		     container_of(buffer, struct queue_buffer, buffer)->data;
}
EXPORT_SYMBOL_GPL(virtcam_buffer_begin);

/**
 * virtcam_buffer_end() - let others see what the processor wrote
 * @buffer: a buffer, after virtcam_buffer_begin()
 *
 * Context: may sleep, as virtcam_buffer_begin().
 * Return: 0, or a negative errno if devices may not see what was written.
 */
int virtcam_buffer_end(struct virtcam_buffer *buffer)
{
	struct dma_buf *dmabuf = virtcam_buffer_dma_buf(buffer);
	struct vb2_queue *q = queue_vb(buffer)->vb2_queue;

	if (dmabuf)
		return dma_buf_end_cpu_access(dmabuf, DMA_BIDIRECTIONAL);
	if (q->dev)
		dma_sync_sgtable_for_device(q->dev,
					    virtcam_buffer_sg_table(buffer),
					    DMA_BIDIRECTIONAL);
	return 0;
}
EXPORT_SYMBOL_GPL(virtcam_buffer_end);

/**
 * virtcam_buffer_sg_table() - a buffer as a device sees it
 * @buffer: a buffer of a camera whose memory is VIRTCAM_MEMORY_DMA_SG
 *
 * Context: any.
 * Return: the table, mapped for virtcam_camera_info.dma_dev while the buffer is
 * the provider's.
 */
struct sg_table *virtcam_buffer_sg_table(struct virtcam_buffer *buffer)
{
	return vb2_plane_cookie(queue_vb(buffer), 0);
}
EXPORT_SYMBOL_GPL(virtcam_buffer_sg_table);

/**
 * virtcam_buffer_dma_buf() - the dma-buf that a program handed over as a buffer
 * @buffer: a buffer
 *
 * Context: any.
 * Return: the dma-buf, held while the buffer is the provider's; NULL if the
 * memory is the camera's own.
 */
struct dma_buf *virtcam_buffer_dma_buf(struct virtcam_buffer *buffer)
{
	struct vb2_buffer *vb = queue_vb(buffer);

	return vb->memory == VB2_MEMORY_DMABUF ? vb->planes[0].dbuf : NULL;
}
EXPORT_SYMBOL_GPL(virtcam_buffer_dma_buf);
