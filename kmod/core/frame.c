// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a provider does with a buffer that it has: writes into it, and delivers
 * it as a frame.
 */
#include <linux/bitops.h>
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/ktime.h>
#include <linux/module.h>

#include "camera.h"
#include "compat.h"
#include "queue.h"
#include "shared.h"
#include "trace.h"

VIRTCAM_COMPAT_IMPORT_DMA_BUF;

/* What a provider can say of a frame beside its contents */
#define FRAME_FLAGS (V4L2_BUF_FLAG_KEYFRAME | V4L2_BUF_FLAG_PFRAME | \
		     V4L2_BUF_FLAG_BFRAME)

/* By its address alone: what the provider says may be no buffer any more. */
static struct queue_buffer *
frame_find_buffer(struct virtcam_camera *camera,
		  const struct virtcam_buffer *buffer)
{
	struct queue_buffer *buf;

	list_for_each_entry(buf, &camera->lent, list)
		if (&buf->buffer == buffer)
			return buf;
	return NULL;
}

/* What a provider may do wrong with a frame */
enum frame_fault {
	FAULT_BUFFER,
	FAULT_PAYLOAD,
	FAULT_SEQUENCE,
	FAULT_TIMESTAMP,
	FAULT_FUTURE,
};

static const char * const frame_faults[] = {
	[FAULT_BUFFER] = "the provider has not got its buffer: nothing is delivered",
	[FAULT_PAYLOAD] = "it is larger than its buffer",
	[FAULT_SEQUENCE] = "its number is not above that of the frame before",
	[FAULT_TIMESTAMP] = "its timestamp lies before the frame before it, or the stream",
	[FAULT_FUTURE] = "its timestamp lies in the future",
};

/* Programs see microseconds, and no two frames at the same. */
static unsigned long frame_set_time(struct virtcam_camera *camera,
				    struct queue_buffer *buf,
				    const struct virtcam_done *done)
{
	u64 now = ktime_get_ns(), time = done->timestamp ?: now;
	unsigned long faults = 0;

	if (time > now + MAX_SKEW) {
		faults = BIT(FAULT_FUTURE);
		time = now;
	}
	if (time < camera->timestamp + NSEC_PER_USEC) {
		faults |= BIT(FAULT_TIMESTAMP);
		time = max(now, camera->timestamp + NSEC_PER_USEC);
	}
	camera->timestamp = time;
	buf->vb.vb2_buf.timestamp = time;
	return faults;
}

static unsigned long frame_set_sequence(struct virtcam_camera *camera,
					struct queue_buffer *buf,
					const struct virtcam_done *done)
{
	unsigned long faults = 0;
	u32 sequence = done->sequence;

	if (camera->delivered && (s32)(sequence - camera->sequence) <= 0) {
		faults = BIT(FAULT_SEQUENCE);
		sequence = camera->sequence + 1;
	}
	camera->sequence = sequence;
	buf->vb.sequence = sequence;
	return faults;
}

static unsigned long frame_set_payload(struct virtcam_camera *camera,
				       struct queue_buffer *buf,
				       const struct virtcam_done *done)
{
	u32 payload = done->payload ?: camera->mode.sizeimage;
	unsigned long faults = 0;

	/* There it is the program that says it. */
	if (camera_is_output(camera))
		return 0;
	if (payload > buf->buffer.size) {
		faults = BIT(FAULT_PAYLOAD);
		payload = camera->mode.sizeimage;
	}
	vb2_set_plane_payload(&buf->vb.vb2_buf, 0, payload);
	return faults;
}

/* What is wrong is put right. Returns the faults, as bits. */
static unsigned long frame_deliver(struct virtcam_camera *camera,
				   struct queue_buffer *buf,
				   const struct virtcam_done *done)
{
	struct vb2_buffer *vb = &buf->vb.vb2_buf;
	unsigned long faults = frame_set_payload(camera, buf, done);
	bool good = !done->damaged && !faults;

	faults |= frame_set_sequence(camera, buf, done);
	faults |= frame_set_time(camera, buf, done);
	buf->vb.flags &= ~FRAME_FLAGS;
	buf->vb.flags |= done->flags & FRAME_FLAGS;
	camera->delivered = true;
	camera->captured++;
	atomic_inc(&camera->unfetched);
	trace_virtcam_filled(camera->vdev.num, vb->index, buf->vb.sequence,
			     vb->timestamp);
	/* Before vb2_buffer_done(): after it the buffer may be another frame. */
	trace_virtcam_done(camera->vdev.num, vb->index, buf->vb.sequence,
			   vb->timestamp);
	vb2_buffer_done(vb, good ? VB2_BUF_STATE_DONE : VB2_BUF_STATE_ERROR);
	return faults;
}

static void frame_log_faults(struct virtcam_camera *camera,
			     unsigned long faults, u32 sequence)
{
	unsigned int fault;

	for_each_set_bit(fault, &faults, ARRAY_SIZE(frame_faults))
		dev_warn(camera->v4l2_dev.dev, "frame %u: %s\n", sequence,
			 frame_faults[fault]);
}

/**
 * virtcam_camera_done() - deliver a frame
 * @camera: a registered camera
 * @buffer: one that queue() brought, not the provider's any more
 * @done: what became of it
 *
 * What of @done cannot be is put right, so that programs can rely on it: a number
 * or a time that is not above the one before is raised, a time more than a second
 * ahead of the clock becomes now, and a payload that does not fit marks the frame
 * as damaged. The kernel log tells of each such fault once a stream.
 *
 * Context: any but a hard interrupt of a PREEMPT_RT kernel.
 * Return: 0, or -EINVAL if the provider has not got this buffer: it was
 * delivered before, or the stream has ended. Then nothing is delivered.
 */
int virtcam_camera_done(struct virtcam_camera *camera,
			struct virtcam_buffer *buffer,
			const struct virtcam_done *done)
{
	unsigned long faults, flags;
	struct queue_buffer *buf;

	/*
	 * Delivered under the lock: queue_stop_streaming() must find no buffer
	 * that is in no list and not yet vb2's.
	 */
	spin_lock_irqsave(&camera->slock, flags);
	buf = frame_find_buffer(camera, buffer);
	if (buf) {
		list_del(&buf->list);
		faults = frame_deliver(camera, buf, done);
	} else {
		faults = BIT(FAULT_BUFFER);
	}
	faults &= ~camera->faults_told;
	camera->faults_told |= faults;
	spin_unlock_irqrestore(&camera->slock, flags);

	if (faults)
		frame_log_faults(camera, faults, done->sequence);
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
 * virtcam_camera_unfetched() - how many frames a program has not dequeued yet
 * @camera: a camera
 *
 * Context: any.
 * Return: frames that were delivered, as it was a moment ago.
 */
unsigned int virtcam_camera_unfetched(struct virtcam_camera *camera)
{
	return atomic_read(&camera->unfetched);
}
EXPORT_SYMBOL_GPL(virtcam_camera_unfetched);

/**
 * virtcam_camera_is_awaited() - whether a program sleeps until a buffer is there
 * @camera: a camera
 *
 * In poll() it may be for an event alone that it sleeps.
 *
 * Context: any.
 * Return: true or false, as it was a moment ago.
 */
bool virtcam_camera_is_awaited(struct virtcam_camera *camera)
{
	return list_empty(&camera->queue.done_list) &&
	       wq_has_sleeper(&camera->queue.done_wq);
}
EXPORT_SYMBOL_GPL(virtcam_camera_is_awaited);

/**
 * virtcam_camera_num_buffers() - how many buffers a program has
 * @camera: a camera
 *
 * Context: any.
 * Return: the number, as it was a moment ago.
 */
unsigned int virtcam_camera_num_buffers(struct virtcam_camera *camera)
{
	return virtcam_compat_num_buffers(&camera->queue);
}
EXPORT_SYMBOL_GPL(virtcam_camera_num_buffers);

/* Of an output node the processor reads, else it writes. */
static bool frame_is_read(const struct virtcam_buffer *buffer)
{
	return V4L2_TYPE_IS_OUTPUT(container_of(buffer, struct queue_buffer,
						buffer)->vb.vb2_buf.type);
}

static enum dma_data_direction
frame_direction(const struct virtcam_buffer *buffer)
{
	return frame_is_read(buffer) ? DMA_FROM_DEVICE : DMA_BIDIRECTIONAL;
}

/**
 * virtcam_buffer_wait() - wait until no device uses a buffer
 * @buffer: a buffer of a camera whose writer is VIRTCAM_WRITER_CPU
 * @ms: for how many milliseconds at most; 0: do not wait
 *
 * An imported dma-buf has fences: promises of devices to be done with it. One may
 * never be kept. No signal ends the wait, so that none costs a frame.
 *
 * Context: may sleep, unless @ms is 0.
 * Return: 0; -ETIME if a device uses it still.
 */
int virtcam_buffer_wait(struct virtcam_buffer *buffer, unsigned int ms)
{
	struct dma_buf *dmabuf = virtcam_buffer_dma_buf(buffer);
	bool write = !frame_is_read(buffer);
	long left;

	if (!dmabuf ||
	    dma_resv_test_signaled(dmabuf->resv, dma_resv_usage_rw(write)))
		return 0;
	if (!ms)
		return -ETIME;
	left = dma_resv_wait_timeout(dmabuf->resv, dma_resv_usage_rw(write),
				     false, msecs_to_jiffies(ms));
	return left > 0 ? 0 : -ETIME;
}
EXPORT_SYMBOL_GPL(virtcam_buffer_wait);

static void *
frame_begin(struct virtcam_buffer *buffer,
	    int (*begin_access)(struct dma_buf *, enum dma_data_direction))
{
	struct dma_buf *dmabuf = virtcam_buffer_dma_buf(buffer);
	struct shared_memory *shared = virtcam_queue_shared(buffer);
	int err = 0;

	if (shared)
		return virtcam_shared_begin(shared);
	if (dmabuf)
		err = begin_access(dmabuf, frame_direction(buffer));
	return err ? ERR_PTR(err) :
		     container_of(buffer, struct queue_buffer, buffer)->data;
}

/**
 * virtcam_buffer_begin() - let the processor write into a buffer, or read it
 * @buffer: a buffer of a camera whose writer is VIRTCAM_WRITER_CPU
 *
 * An imported dma-buf is waited for until no device uses it any more, which may
 * take as long as those devices take; a signal to the calling thread, or
 * kthread_stop(), ends that. What has been joined with another buffer must not be
 * written before virtcam_buffer_own().
 *
 * Context: may sleep; no lock that an unplug needs, so from none of the
 * provider's functions.
 * Return: the buffer's address, virtcam_buffer.size bytes, until
 * virtcam_buffer_end(); or an ERR_PTR, and there is nothing to end.
 */
void *virtcam_buffer_begin(struct virtcam_buffer *buffer)
{
	return frame_begin(buffer, dma_buf_begin_cpu_access);
}
EXPORT_SYMBOL_GPL(virtcam_buffer_begin);

/* As dma_buf_begin_cpu_access(), which would wait for fences as well */
static int frame_begin_access(struct dma_buf *dmabuf,
			      enum dma_data_direction direction)
{
	return dmabuf->ops->begin_cpu_access ?
		       dmabuf->ops->begin_cpu_access(dmabuf, direction) : 0;
}

/**
 * virtcam_buffer_try_begin() - virtcam_buffer_begin() without waiting for a device
 * @buffer: likewise
 *
 * For those who are waited for themselves. A program can add a fence to a dma-buf at
 * any time, so that virtcam_buffer_wait() beforehand is not enough.
 *
 * Context: may sleep, as long as the exporter of a dma-buf takes.
 * Return: likewise; ERR_PTR(-ETIME) if a device uses the buffer.
 */
void *virtcam_buffer_try_begin(struct virtcam_buffer *buffer)
{
	int err = virtcam_buffer_wait(buffer, 0);

	return err ? ERR_PTR(err) : frame_begin(buffer, frame_begin_access);
}
EXPORT_SYMBOL_GPL(virtcam_buffer_try_begin);

/**
 * virtcam_buffer_end() - let others see what the processor wrote
 * @buffer: a buffer after virtcam_buffer_begin() or virtcam_buffer_try_begin()
 *
 * Context: may sleep, as virtcam_buffer_begin().
 * Return: 0, or a negative errno if devices may not see what was written.
 */
int virtcam_buffer_end(struct virtcam_buffer *buffer)
{
	struct dma_buf *dmabuf = virtcam_buffer_dma_buf(buffer);
	struct shared_memory *shared = virtcam_queue_shared(buffer);
	struct vb2_queue *q = queue_vb(buffer)->vb2_queue;

	if (shared)
		virtcam_shared_end(shared);
	if (dmabuf)
		return dma_buf_end_cpu_access(dmabuf, frame_direction(buffer));
	if (q->dev && !frame_is_read(buffer))
		dma_sync_sgtable_for_device(q->dev,
					    virtcam_buffer_sg_table(buffer),
					    DMA_BIDIRECTIONAL);
	return 0;
}
EXPORT_SYMBOL_GPL(virtcam_buffer_end);

/**
 * virtcam_buffer_join() - make two buffers the same memory
 * @to: the buffer that takes the other's memory, of a camera whose memory is
 *	VIRTCAM_MEMORY_SHARED; what was in it is lost
 * @from: the other buffer; likewise
 *
 * Programs that have @to mapped see what is in @from from now on, without a copy. One
 * that writes into its mapping of a captured frame parts the two.
 *
 * Context: may sleep; both are the provider's.
 * Return: 0; -EBUSY if that cannot be.
 */
int virtcam_buffer_join(struct virtcam_buffer *to, struct virtcam_buffer *from)
{
	struct shared_memory *a = virtcam_queue_shared(to);
	struct shared_memory *b = virtcam_queue_shared(from);

	return a && b ? virtcam_shared_join(a, b) : -EBUSY;
}
EXPORT_SYMBOL_GPL(virtcam_buffer_join);

/**
 * virtcam_buffer_is_joined() - whether two buffers are the same memory
 * @a: a buffer
 * @b: another one
 *
 * Context: any.
 * Return: true or false.
 */
bool virtcam_buffer_is_joined(const struct virtcam_buffer *a,
			      const struct virtcam_buffer *b)
{
	struct shared_memory *one = virtcam_queue_shared(a);
	struct shared_memory *other = virtcam_queue_shared(b);

	return one && other && virtcam_shared_is_same(one, other);
}
EXPORT_SYMBOL_GPL(virtcam_buffer_is_joined);

/**
 * virtcam_buffer_own() - give a buffer memory of its own again, to be written
 * @buffer: the buffer, whose bytes may be lost; not between virtcam_buffer_begin()
 *	and virtcam_buffer_end()
 *
 * Context: may sleep; where no other buffer is between those two either.
 * Return: 0; -ENOMEM, and it must not be written.
 */
int virtcam_buffer_own(struct virtcam_buffer *buffer)
{
	struct shared_memory *memory = virtcam_queue_shared(buffer);

	return memory ? virtcam_shared_own(memory) : 0;
}
EXPORT_SYMBOL_GPL(virtcam_buffer_own);

/**
 * virtcam_buffer_part() - give a buffer memory of its own again
 * @buffer: the buffer; its bytes stay what they are
 *
 * Context: may sleep.
 */
void virtcam_buffer_part(struct virtcam_buffer *buffer)
{
	struct shared_memory *memory = virtcam_queue_shared(buffer);

	if (memory)
		virtcam_shared_part(memory);
}
EXPORT_SYMBOL_GPL(virtcam_buffer_part);

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
