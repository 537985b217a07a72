// SPDX-License-Identifier: GPL-2.0-only
/*
 * A stream. Each empty frame waits for a free slot, a buffer of the host's; the host
 * gives it back filled, by an event, perhaps before it has answered the command that
 * gave it the buffer; then the frame is delivered, or copied before.
 *
 * A host that does not end the session in time has lost it: session.c keeps what it
 * may write into.
 */
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/slab.h>

#include <virtcam/layout.h>

#include "stream.h"

static void stream_fail(struct vmcam_stream *stream, const char *why, int err)
{
	lockdep_assert_held(&stream->host->lock);
	if (stream->failed)
		return;
	stream->failed = true;
	dev_warn_ratelimited(&stream->host->vdev->dev,
			     "the stream has ended: %s (%d)\n", why, err);
	virtcam_camera_fail(stream->camera);
}

/* The same one each time, if it can be: the host may know its memory still. */
static struct vmcam_slot *stream_find_slot(struct vmcam_stream *stream,
					   const struct virtcam_buffer *buffer)
{
	struct vmcam_session *session = stream->session;
	unsigned int i = buffer->index;

	if (i < session->num_slots)
		return vmcam_slot_is_free(&session->slot[i]) ? &session->slot[i]
							     : NULL;
	for (i = 0; i < session->num_slots; i++)
		if (vmcam_slot_is_free(&session->slot[i]))
			return &session->slot[i];
	return NULL;
}

/* Where the frame is copied in any case, it is from the slot's memory. */
static bool stream_can_lend(const struct vmcam_stream *stream)
{
	return stream->lends && stream->memory == WIRE_MEMORY_SHARED_PAGES &&
	       stream->from.bytesperline == stream->mode.bytesperline;
}

static bool stream_give_memory(struct vmcam_stream *stream,
			       struct vmcam_slot *slot,
			       struct virtcam_buffer *buffer)
{
	if (stream_can_lend(stream) &&
	    vmcam_slot_lend(slot, &stream->session->pins, buffer))
		return true;
	if (slot->source) {
		vmcam_slot_use_source(slot);
		return true;
	}
	slot->starved = true;
	queue_work(system_highpri_wq, &stream->copier);
	return false;
}

/* Gives as many frames to the host as it takes now. */
static void stream_pump(struct vmcam_stream *stream)
{
	struct virtcam_buffer *buffer, *next;
	struct vmcam_slot *slot;
	int err;

	lockdep_assert_held(&stream->host->lock);
	if (!stream->running || stream->failed)
		return;
	list_for_each_entry_safe(buffer, next, &stream->waiting, list) {
		slot = stream_find_slot(stream, buffer);
		if (!slot || !stream_give_memory(stream, slot, buffer))
			continue;
		err = vmcam_host_send(stream->host, slot->command);
		if (err == -ENOSPC)
			return;
		if (err) {
			stream_fail(stream, "the host takes no more commands",
				    err);
			return;
		}
		list_del(&buffer->list);
		slot->buffer = buffer;
		slot->queued = true;
	}
}

/* The host has answered QBUF; or the device was reset. */
static void stream_qbuf_answered(struct vmcam_command *command)
{
	struct vmcam_stream *stream = command->priv;
	struct wire_answer answer;
	int err;

	if (!stream->running)
		return;
	memcpy(&answer, command->in, sizeof(answer));
	err = wire_take_status(&answer, command->used, 0);
	if (err)
		stream_fail(stream, "the host refused a buffer", err);
}

/**
 * vmcam_stream_queue() - a frame is there to be filled
 * @stream: a stream that runs
 * @buffer: the frame, the stream's until it is delivered or vmcam_stream_stop() returns
 *
 * Context: any.
 */
void vmcam_stream_queue(struct vmcam_stream *stream,
			struct virtcam_buffer *buffer)
{
	unsigned long flags;

	spin_lock_irqsave(&stream->host->lock, flags);
	list_add_tail(&buffer->list, &stream->waiting);
	stream_pump(stream);
	spin_unlock_irqrestore(&stream->host->lock, flags);
}

/**
 * vmcam_stream_room() - the host has given commands back
 * @stream: a stream, or none
 *
 * Context: under the host's lock.
 */
void vmcam_stream_room(struct vmcam_stream *stream)
{
	stream_pump(stream);
}

static void stream_deliver(struct vmcam_stream *stream,
			   struct virtcam_buffer *buffer,
			   const struct virtcam_done *done, u32 lost)
{
	if (lost)
		virtcam_camera_drop(stream->camera, done->sequence - lost,
				    lost);
	virtcam_camera_done(stream->camera, buffer, done);
}

static void stream_judge(struct vmcam_stream *stream, struct vmcam_slot *slot,
			 const struct wire_news *news)
{
	struct virtcam_done *done = &slot->done;
	bool compressed = stream->mode.format->compressed;
	u32 whole = stream->from.sizeimage;

	*done = (struct virtcam_done){
		.sequence = vmcam_clock_sequence(&stream->clock, news->sequence,
						 &slot->lost),
		.timestamp = vmcam_clock_time(&stream->clock, news->time,
					      ktime_get_ns()),
		.payload = compressed ? news->payload : 0,
		.flags = compressed ? news->flags : 0,
		.damaged = news->flags & V4L2_BUF_FLAG_ERROR,
	};
	slot->offset = news->offset;
	/* What is no frame is told to be damaged, and no byte beyond it is read. */
	if (news->offset > slot->length ||
	    (compressed ? news->payload : whole) >
		    slot->length - news->offset ||
	    news->payload < (compressed ? 1 : whole) ||
	    (news->offset && !slot->copied)) {
		done->payload = 0;
		done->damaged = true;
		slot->offset = 0;
	}
	if (compressed && done->payload > slot->buffer->size) {
		done->payload = 0;
		done->damaged = true;
	}
}

static void stream_take_frame(struct vmcam_stream *stream,
			      const struct wire_news *news)
{
	struct virtcam_buffer *buffer;
	struct vmcam_slot *slot;

	if (news->index >= stream->session->num_slots ||
	    !stream->session->slot[news->index].queued) {
		vmcam_host_tell(stream->host, VMCAM_FAULT_INDEX);
		return;
	}
	slot = &stream->session->slot[news->index];
	buffer = slot->buffer;
	slot->queued = false;
	stream_judge(stream, slot, news);
	if (slot->copied || stream->copying || !list_empty(&stream->filled)) {
		list_add_tail(&slot->list, &stream->filled);
		queue_work(system_highpri_wq, &stream->copier);
		return;
	}
	slot->buffer = NULL;
	stream_deliver(stream, buffer, &slot->done, slot->lost);
	stream_pump(stream);
}

/**
 * vmcam_stream_news() - the host has news of a stream
 * @stream: a stream, or none
 * @news: an event of whatever session
 *
 * Context: under the host's lock.
 */
void vmcam_stream_news(struct vmcam_stream *stream,
		       const struct wire_news *news)
{
	if (!stream->running || news->session != stream->session->id)
		return;
	if (news->event == WIRE_EVENT_DQBUF)
		stream_take_frame(stream, news);
	else if (news->event == WIRE_EVENT_ERROR)
		stream_fail(stream, "the host's camera failed", news->error);
}

/*
 * A dma-buf that another device uses is not waited for: the frame is lost. What
 * there is of a damaged frame is copied as well, within both buffers.
 */
static int stream_copy(struct vmcam_stream *stream, struct vmcam_slot *slot)
{
	const struct virtcam_mode *from = &stream->from;
	u32 payload = slot->done.payload ?: from->sizeimage;
	void *to = virtcam_buffer_try_begin(slot->buffer);

	if (IS_ERR(to))
		return PTR_ERR(to);
	payload = min(payload, slot->length - slot->offset);
	if (from->format->compressed)
		payload = min(payload, slot->buffer->size);
	virtcam_layout_copy(from, slot->source + slot->offset, payload,
			    &stream->mode, to);
	return virtcam_buffer_end(slot->buffer);
}

static struct vmcam_slot *stream_next_filled(struct vmcam_stream *stream)
{
	struct vmcam_slot *slot;

	spin_lock_irq(&stream->host->lock);
	slot = list_first_entry_or_null(&stream->filled, struct vmcam_slot,
					list);
	if (slot)
		list_del(&slot->list);
	stream->copying = slot;
	spin_unlock_irq(&stream->host->lock);
	return slot;
}

static void stream_deliver_filled(struct vmcam_stream *stream,
				  struct vmcam_slot *slot)
{
	struct virtcam_buffer *buffer = slot->buffer;
	int err = slot->copied ? stream_copy(stream, slot) : 0;
	struct virtcam_done done = slot->done;
	u32 lost = slot->lost;

	spin_lock_irq(&stream->host->lock);
	slot->buffer = NULL;
	if (err)
		list_add(&buffer->list, &stream->waiting);
	spin_unlock_irq(&stream->host->lock);
	if (err)
		virtcam_camera_drop(stream->camera, done.sequence - lost,
				    lost + 1);
	else
		stream_deliver(stream, buffer, &done, lost);
}

static void stream_feed_slot(struct vmcam_stream *stream,
			     struct vmcam_slot *slot)
{
	void *source = slot->source ? NULL : vmcam_slot_make_source(slot);

	spin_lock_irq(&stream->host->lock);
	slot->starved = false;
	if (source)
		slot->source = source;
	else if (!slot->source)
		stream_fail(stream, "there is no memory to copy frames from",
			    -ENOMEM);
	spin_unlock_irq(&stream->host->lock);
}

static void stream_work(struct work_struct *work)
{
	struct vmcam_stream *stream =
		container_of(work, struct vmcam_stream, copier);
	struct vmcam_session *session = stream->session;
	struct vmcam_slot *slot;
	unsigned int i;

	while ((slot = stream_next_filled(stream)))
		stream_deliver_filled(stream, slot);
	for (i = 0; i < session->num_slots; i++)
		if (READ_ONCE(session->slot[i].starved))
			stream_feed_slot(stream, &session->slot[i]);
	spin_lock_irq(&stream->host->lock);
	stream_pump(stream);
	spin_unlock_irq(&stream->host->lock);
}

/**
 * vmcam_stream_init() - prepare a stream
 * @stream: all zero
 * @host: the host
 */
void vmcam_stream_init(struct vmcam_stream *stream, struct vmcam_host *host)
{
	stream->host = host;
	INIT_WORK(&stream->copier, stream_work);
	INIT_LIST_HEAD(&stream->waiting);
	INIT_LIST_HEAD(&stream->filled);
}

static int stream_make_slots(struct vmcam_stream *stream)
{
	struct vmcam_session *session = stream->session;
	unsigned int i;
	int err;

	err = vmcam_session_make_slots(session, stream->memory, stream->length);
	for (i = 0; i < session->num_slots && !err; i++) {
		session->slot[i].command->answered = stream_qbuf_answered;
		session->slot[i].command->priv = stream;
	}
	return err;
}

static int stream_switch(struct vmcam_stream *stream, unsigned int nr,
			 unsigned int ms)
{
	__le32 type = cpu_to_le32(stream->host->type);

	return vmcam_host_ioctl(stream->host, stream->session->id, nr, &type,
				sizeof(type), 0, ms);
}

/* What the host gives back from here on is no news to the stream. */
static void stream_part(struct vmcam_stream *stream)
{
	struct vmcam_session *session = stream->session;
	unsigned int i;

	spin_lock_irq(&stream->host->lock);
	for (i = 0; i < session->num_slots; i++)
		if (session->slot[i].command)
			session->slot[i].command->answered = NULL;
	spin_unlock_irq(&stream->host->lock);
}

static void stream_end(struct vmcam_stream *stream)
{
	/* It could not go on after a pause. */
	if (!stream->session)
		return;
	stream_part(stream);
	stream_switch(stream, _IOC_NR(VIDIOC_STREAMOFF),
		      VMCAM_HOST_STOP_TIMEOUT);
	vmcam_session_close(stream->session);
	stream->session = NULL;
}

static void stream_set_running(struct vmcam_stream *stream, bool running)
{
	spin_lock_irq(&stream->host->lock);
	stream->running = running;
	spin_unlock_irq(&stream->host->lock);
}

/* A session, with buffers, that runs. */
static int stream_begin(struct vmcam_stream *stream)
{
	struct vmcam_session *session = vmcam_session_open(stream->host);
	int err;

	if (IS_ERR(session))
		return PTR_ERR(session);
	stream->session = session;
	err = vmcam_stream_set_up(stream);
	if (!err)
		err = stream_make_slots(stream);
	if (!err) {
		/* Some hosts fill a buffer before they answer. */
		stream_set_running(stream, true);
		err = stream_switch(stream, _IOC_NR(VIDIOC_STREAMON),
				    vmcam_host_left(session->until));
	}
	if (err) {
		stream_set_running(stream, false);
		cancel_work_sync(&stream->copier);
		stream_end(stream);
	}
	return err;
}

/**
 * vmcam_stream_start() - begin a session, and the host's stream in it
 * @stream: a stream that does not run
 * @mode: the mode
 *
 * Context: may sleep; under the camera's lock.
 * Return: 0, for vmcam_stream_stop(); or a negative errno, and there is nothing to stop.
 */
int vmcam_stream_start(struct vmcam_stream *stream,
		       const struct virtcam_mode *mode)
{
	stream->mode = *mode;
	stream->failed = false;
	INIT_LIST_HEAD(&stream->waiting);
	INIT_LIST_HEAD(&stream->filled);
	vmcam_clock_start(&stream->clock);
	return stream_begin(stream);
}

/**
 * vmcam_stream_stop() - undo vmcam_stream_start()
 * @stream: a stream that was started. Its frames are the core's again.
 *
 * Context: may sleep; under the camera's lock.
 */
void vmcam_stream_stop(struct vmcam_stream *stream)
{
	stream_set_running(stream, false);
	cancel_work_sync(&stream->copier);
	stream_end(stream);
}

/**
 * vmcam_stream_suspend() - have the host forget a stream that is to go on
 * @stream: a stream, or none
 *
 * The frames wait for vmcam_stream_resume(). The device is reset.
 *
 * Context: may sleep; while no program runs.
 */
void vmcam_stream_suspend(struct vmcam_stream *stream)
{
	struct vmcam_session *session = stream->session;
	unsigned int i;

	stream->suspended = stream->running;
	stream_set_running(stream, false);
	cancel_work_sync(&stream->copier);
	if (stream->suspended) {
		INIT_LIST_HEAD(&stream->filled);
		stream->copying = false;
		for (i = 0; i < session->num_slots; i++)
			if (session->slot[i].buffer)
				list_add_tail(&session->slot[i].buffer->list,
					      &stream->waiting);
		stream_end(stream);
	}
	vmcam_host_reset(stream->host);
	vmcam_sessions_forget(stream->host);
}

/**
 * vmcam_stream_resume() - go on
 * @stream: a stream after vmcam_stream_suspend(), whose host is up
 *
 * Context: may sleep; while no program runs.
 */
void vmcam_stream_resume(struct vmcam_stream *stream)
{
	int err;

	if (!stream->suspended)
		return;
	stream->suspended = false;
	vmcam_clock_restart(&stream->clock);
	err = stream_begin(stream);
	spin_lock_irq(&stream->host->lock);
	if (err)
		stream_fail(stream, "the host does not go on after a pause",
			    err);
	else
		stream_pump(stream);
	spin_unlock_irq(&stream->host->lock);
}
