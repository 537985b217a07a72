// SPDX-License-Identifier: GPL-2.0-only
/*
 * A camera's buffers: what vb2 asks of a driver, and which of them the provider
 * has.
 */
#include <linux/dma-buf.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <media/videobuf2-dma-sg.h>
#include <media/videobuf2-vmalloc.h>

#include "camera.h"
#include "compat.h"
#include "queue.h"
#include "shared.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

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

/**
 * virtcam_queue_shared() - a buffer's shared memory
 * @buffer: the buffer
 *
 * Return: the memory, or NULL if the buffer has other memory.
 */
struct shared_memory *virtcam_queue_shared(const struct virtcam_buffer *buffer)
{
	const struct vb2_buffer *vb =
		&container_of(buffer, struct queue_buffer,
			      buffer)->vb.vb2_buf;
	const struct virtcam_camera *camera = vb2_get_drv_priv(vb->vb2_queue);

	return camera->shares && vb->memory == VB2_MEMORY_MMAP ?
	       vb->planes[0].mem_priv : NULL;
}

static int queue_setup(struct vb2_queue *q, unsigned int *num_buffers,
		       unsigned int *num_planes, unsigned int sizes[],
		       struct device *alloc_devs[])
{
	struct virtcam_camera *camera = vb2_get_drv_priv(q);
	int err;

	/*
	 * After an unplug read() and poll() still come here: vb2 does not check
	 * again whether the node is registered.
	 */
	if (READ_ONCE(camera->gone))
		return -ENODEV;
	err = virtcam_camera_claim(camera);
	if (err)
		return err;
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

	if (dmabuf && !camera_is_output(camera) &&
	    !(dmabuf->file->f_mode & FMODE_WRITE))
		return -EACCES;
	/* What a program claims beyond the dma-buf adds nothing to it. */
	if (dmabuf && vb->planes[0].length > dmabuf->size)
		vb->planes[0].length = dmabuf->size;
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

/* A frame is whole. What a program claims beyond it is none of the frame. */
static int queue_take_payload(struct virtcam_camera *camera,
			      struct queue_buffer *buf)
{
	struct vb2_buffer *vb = &buf->vb.vb2_buf;
	unsigned long payload = vb2_get_plane_payload(vb, 0);
	u32 frame = camera->mode.sizeimage;

	if (camera->mode.format->compressed ? payload > frame :
					      payload < frame) {
		dev_dbg(camera->vdev.dev_parent,
			"a frame of %lu bytes is refused; a frame has %u\n",
			payload, frame);
		return -EINVAL;
	}
	vb2_set_plane_payload(vb, 0, min_t(unsigned long, payload, frame));
	buf->buffer.payload = vb2_get_plane_payload(vb, 0);
	return 0;
}

/* A program dequeues a frame. vb2 calls this, too, for buffers that were none. */
static void queue_buf_finish(struct vb2_buffer *vb)
{
	struct virtcam_camera *camera = vb2_get_drv_priv(vb->vb2_queue);

	if (vb->state == VB2_BUF_STATE_DONE || vb->state == VB2_BUF_STATE_ERROR)
		atomic_add_unless(&camera->unfetched, -1, 0);
}

/* What programs keep of the buffer is kept apart before anybody hears of it. */
static void queue_buf_cleanup(struct vb2_buffer *vb)
{
	struct virtcam_camera *camera = vb2_get_drv_priv(vb->vb2_queue);
	struct queue_buffer *buf = queue_buffer(vb);
	struct shared_memory *memory = virtcam_queue_shared(&buf->buffer);

	if (memory)
		virtcam_shared_leave(memory);
	if (!READ_ONCE(camera->gone) && camera->provider->discard)
		camera->provider->discard(camera->priv, &buf->buffer);
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
		/* Shared memory may have another address by then: see begin(). */
		buf->data = vb2_plane_vaddr(vb, 0);
		/* A dma-buf that the processor cannot reach */
		if (!buf->data)
			return -EINVAL;
	}
	if (camera_is_output(camera))
		return queue_take_payload(camera, buf);
	vb2_set_plane_payload(vb, 0, camera->mode.sizeimage);
	buf->vb.field = V4L2_FIELD_NONE;
	return 0;
}

/* Programs say V4L2_FIELD_ANY, or nothing. */
static int queue_buf_out_validate(struct vb2_buffer *vb)
{
	to_vb2_v4l2_buffer(vb)->field = V4L2_FIELD_NONE;
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
	int err;

	if (READ_ONCE(camera->gone))
		return -ENODEV;
	/* Buffers of a mode that has gone meanwhile; but a claim keeps its mode */
	if (camera->modes_replaced && !camera->claimed &&
	    !virtcam_modes_have(camera->modes, &camera->mode))
		return -EPIPE;

	spin_lock_irq(&camera->slock);
	camera->faults_told = 0;
	camera->delivered = false;
	atomic_set(&camera->unfetched, 0);
	camera->timestamp = max(ktime_get_ns(), 2ULL * MAX_SKEW) - MAX_SKEW;
	camera->captured = 0;
	camera->dropped = 0;
	spin_unlock_irq(&camera->slock);
	err = camera->provider->start(camera->priv, &camera->mode);
	/* file_read() would take it for a missing page, and try again. */
	return err == -EFAULT ? -EIO : err;
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
	if (camera->provider->started)
		camera->provider->started(camera->priv);
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
 * Before Linux 7.0 vb2 calls these where DQBUF or read() waits for a frame, also
 * when the camera has gone.
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
	virtcam_camera_return(vb2_get_drv_priv(q));
}

static const struct vb2_ops queue_ops = {
	.queue_setup = queue_setup,
	.buf_init = queue_buf_init,
	.buf_finish = queue_buf_finish,
	.buf_cleanup = queue_buf_cleanup,
	.buf_out_validate = queue_buf_out_validate,
	.buf_prepare = queue_buf_prepare,
	.buf_queue = queue_buf_queue,
	.start_streaming = queue_start_streaming,
	.stop_streaming = queue_stop_streaming,
	VIRTCAM_COMPAT_WAIT_OPS(queue_wait_prepare, queue_wait_finish)
};

/*
 * vb2's own function refuses a dma-buf that is smaller than the program claims,
 * and from 6.12 on vb2 loses a reference to a dma-buf that is refused there. So it
 * is told no more than there is; queue_buf_prepare() refuses a dma-buf that is too
 * small for a frame. (Where an exporter refuses a device, vb2 loses one still.)
 */
static void *queue_attach_dmabuf(struct vb2_buffer *vb, struct device *dev,
				 struct dma_buf *dmabuf, unsigned long size)
{
	struct virtcam_camera *camera = vb2_get_drv_priv(vb->vb2_queue);

	return camera->attach_dmabuf(vb, dev, dmabuf,
				     min_t(size_t, size, dmabuf->size));
}

static void queue_set_mem_ops(struct virtcam_camera *camera,
			      const struct vb2_mem_ops *ops)
{
	camera->attach_dmabuf = ops->attach_dmabuf;
	camera->mem_ops = *ops;
	camera->mem_ops.attach_dmabuf = queue_attach_dmabuf;
	camera->queue.mem_ops = &camera->mem_ops;
}

static int queue_set_memory(struct virtcam_camera *camera,
			    enum virtcam_memory memory, struct device *dev)
{
	struct vb2_mem_ops shared;

	switch (memory) {
	case VIRTCAM_MEMORY_VMALLOC:
		queue_set_mem_ops(camera, &vb2_vmalloc_memops);
		return 0;
	case VIRTCAM_MEMORY_SHARED:
		virtcam_shared_set_mem_ops(&shared);
		queue_set_mem_ops(camera, &shared);
		camera->shares = true;
		return 0;
	case VIRTCAM_MEMORY_DMA_SG:
#if IS_REACHABLE(CONFIG_VIDEOBUF2_DMA_SG)
		queue_set_mem_ops(camera, &vb2_dma_sg_memops);
		camera->queue.dev = dev;
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
	int err = queue_set_memory(camera, memory, dev);

	if (err)
		return err;
	/* write() is not vb2's, which copies into a buffer of its own: output.c. */
	q->type = camera_is_output(camera) ? V4L2_BUF_TYPE_VIDEO_OUTPUT :
					     V4L2_BUF_TYPE_VIDEO_CAPTURE;
	q->io_modes = VB2_MMAP | VB2_DMABUF |
		      (camera_is_output(camera) ? 0 : VB2_READ);
	q->drv_priv = camera;
	q->buf_struct_size = sizeof(struct queue_buffer);
	q->ops = &queue_ops;
	/* Only what captures knows when an exposure starts. */
	q->timestamp_flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC |
			     (camera_is_output(camera) ?
			      V4L2_BUF_FLAG_TSTAMP_SRC_EOF :
			      V4L2_BUF_FLAG_TSTAMP_SRC_SOE);
	/* Else what the processor wrote would not be cleaned for devices. */
	q->bidirectional = camera->writer == VIRTCAM_WRITER_CPU &&
			   !camera_is_output(camera);
	virtcam_compat_min_queued(q) = 1;
	q->lock = &camera->lock;
	return vb2_queue_init(q);
}
