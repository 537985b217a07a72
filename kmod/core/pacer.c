// SPDX-License-Identifier: GPL-2.0-only
/*
 * The thread that keeps time for a provider that draws, or, without a pace,
 * draws as fast as programs give buffers back.
 *
 * It takes none of the mutexes that ioctls hold, only spinlocks, each for a few
 * instructions, and draws under none. So virtcam_pacer_stop() can wait for it
 * under the camera's lock. A program waits for a drawing only where it ends the
 * stream.
 *
 * It sleeps while the machine does: an imported dma-buf may be the memory of a
 * device that has no power then.
 */
#include <linux/freezer.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/sched.h>

#include <virtcam/pacer.h>

/*
 * Sleeps until @deadline. False, at once, if the thread should end.
 *
 * virtcam_camera_done() has just woken the program that waits for the frame. The
 * thread goes to sleep without cond_resched(), which would let that program run
 * first, only for the thread to run again in order to sleep: two switches more a
 * frame. After the sleep cond_resched() costs nothing.
 */
static bool pacer_wait_until(u64 deadline)
{
	ktime_t expires = ns_to_ktime(deadline);
	bool due = false;

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		/* kthread_stop() may have come before set_current_state(). */
		if (kthread_should_stop())
			break;
		due = ktime_get_ns() >= deadline;
		if (due)
			break;
		schedule_hrtimeout(&expires, HRTIMER_MODE_ABS);
	}
	__set_current_state(TASK_RUNNING);
	cond_resched();
	return due && !kthread_freezable_should_stop(NULL);
}

static struct virtcam_buffer *pacer_take(struct virtcam_pacer *pacer)
{
	struct virtcam_buffer *buffer;

	spin_lock(&pacer->lock);
	buffer = list_first_entry_or_null(&pacer->empty, struct virtcam_buffer,
					  list);
	if (buffer)
		list_del(&buffer->list);
	spin_unlock(&pacer->lock);
	return buffer;
}

static void pacer_draw(struct virtcam_pacer *pacer,
		       struct virtcam_buffer *buffer,
		       struct virtcam_frame *frame)
{
	struct virtcam_done done = {
		.sequence = frame->sequence,
		.timestamp = frame->timestamp,
	};

	frame->data = virtcam_buffer_begin(buffer);
	if (IS_ERR(frame->data)) {
		done.damaged = true;
	} else {
		pacer->draw(pacer->priv, frame);
		done.damaged = virtcam_buffer_end(buffer) < 0;
	}
	virtcam_camera_done(pacer->camera, buffer, &done);
}

static void pacer_drop_overdue(struct virtcam_pacer *pacer)
{
	struct virtcam_pacing *pacing = &pacer->pacing;
	u64 overdue = virtcam_pacing_overdue(pacing, ktime_get_ns());

	if (overdue) {
		virtcam_camera_drop(pacer->camera, pacing->next, overdue);
		pacing->next += overdue;
	}
}

static void pacer_make_frame(struct virtcam_pacer *pacer)
{
	struct virtcam_pacing *pacing = &pacer->pacing;
	struct virtcam_buffer *buffer = pacer_take(pacer);
	struct virtcam_frame frame = {
		.sequence = pacing->next,
		.elapsed = virtcam_pacing_elapsed(pacing),
	};

	frame.timestamp = pacing->start + frame.elapsed;
	if (buffer)
		pacer_draw(pacer, buffer, &frame);
	else
		virtcam_camera_drop(pacer->camera, frame.sequence, 1);
	pacing->next++;
}

static void pacer_keep_deadlines(struct virtcam_pacer *pacer)
{
	while (pacer_wait_until(virtcam_pacing_deadline(&pacer->pacing))) {
		pacer_drop_overdue(pacer);
		pacer_make_frame(pacer);
	}
}

/*
 * NULL, at once, if the thread should end. pacer_take() runs once the thread is
 * in the wait queue, so no wake-up of virtcam_pacer_queue() is missed.
 */
static struct virtcam_buffer *pacer_wait_for_buffer(struct virtcam_pacer *pacer)
{
	struct virtcam_buffer *buffer = NULL;

	while (!buffer && !kthread_freezable_should_stop(NULL))
		wait_event_freezable(pacer->refilled,
				     (buffer = pacer_take(pacer)) ||
				     kthread_should_stop());
	return buffer;
}

/* Nothing is dropped: a program that gives no buffer back gets no frame. */
static void pacer_keep_up(struct virtcam_pacer *pacer)
{
	struct virtcam_pacing *pacing = &pacer->pacing;
	struct virtcam_frame frame;
	struct virtcam_buffer *buffer;

	while ((buffer = pacer_wait_for_buffer(pacer))) {
		frame.sequence = pacing->next;
		frame.timestamp = virtcam_pacing_advance(pacing,
							 ktime_get_ns());
		frame.elapsed = frame.timestamp - pacing->start;
		pacer_draw(pacer, buffer, &frame);
		/* With enough buffers the thread never sleeps. */
		cond_resched();
	}
}

static int pacer_run(void *data)
{
	struct virtcam_pacer *pacer = data;

	set_freezable();
	virtcam_pacing_start(&pacer->pacing, ktime_get_ns(),
			     pacer->pacing.interval);
	if (pacer->pace == VIRTCAM_PACE_NONE)
		pacer_keep_up(pacer);
	else
		pacer_keep_deadlines(pacer);
	return 0;
}

/**
 * virtcam_pacer_init() - prepare a pacer
 * @pacer: the pacer, part of the provider's data
 * @camera: the camera that it delivers to
 * @pace: when frames are drawn
 * @draw: fills a frame. Called from a thread under no lock, between
 *	virtcam_pacer_start() and virtcam_pacer_stop(), for each deadline at which
 *	there is an empty buffer, or for each empty buffer. May sleep; has to end
 *	within a frame interval on average.
 * @priv: handed to @draw
 *
 * There is nothing to undo.
 */
void virtcam_pacer_init(struct virtcam_pacer *pacer,
			struct virtcam_camera *camera, enum virtcam_pace pace,
			void (*draw)(void *priv,
				     const struct virtcam_frame *frame),
			void *priv)
{
	memset(pacer, 0, sizeof(*pacer));
	pacer->camera = camera;
	pacer->draw = draw;
	pacer->priv = priv;
	pacer->pace = pace;
	init_waitqueue_head(&pacer->refilled);
	spin_lock_init(&pacer->lock);
	INIT_LIST_HEAD(&pacer->empty);
}
EXPORT_SYMBOL_GPL(virtcam_pacer_init);

/**
 * virtcam_pacer_start() - begin a stream
 * @pacer: the pacer
 * @mode: the mode of the stream; only its interval counts
 *
 * The stream's clock starts with the first buffer that is queued.
 *
 * Context: the provider's start().
 * Return: 0, or a negative errno and there is nothing to stop.
 */
int virtcam_pacer_start(struct virtcam_pacer *pacer,
			const struct virtcam_mode *mode)
{
	struct task_struct *thread;

	thread = kthread_create(pacer_run, pacer, KBUILD_MODNAME "-%s",
				virtcam_camera_node_name(pacer->camera));
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	INIT_LIST_HEAD(&pacer->empty);
	pacer->pacing.interval = mode->interval;
	pacer->running = false;
	pacer->thread = thread;
	return 0;
}
EXPORT_SYMBOL_GPL(virtcam_pacer_start);

/**
 * virtcam_pacer_queue() - hand an empty buffer to a pacer
 * @pacer: the pacer, started
 * @buffer: the buffer; the pacer delivers it
 *
 * Context: the provider's queue().
 */
void virtcam_pacer_queue(struct virtcam_pacer *pacer,
			 struct virtcam_buffer *buffer)
{
	spin_lock(&pacer->lock);
	list_add_tail(&buffer->list, &pacer->empty);
	spin_unlock(&pacer->lock);
	if (!pacer->running) {
		pacer->running = true;
		wake_up_process(pacer->thread);
	} else if (pacer->pace == VIRTCAM_PACE_NONE) {
		wake_up(&pacer->refilled);
	}
}
EXPORT_SYMBOL_GPL(virtcam_pacer_queue);

/**
 * virtcam_pacer_stop() - end a stream
 * @pacer: the pacer, started
 *
 * Waits for a drawing in progress. After this the pacer holds no buffer.
 *
 * Context: the provider's stop().
 */
void virtcam_pacer_stop(struct virtcam_pacer *pacer)
{
	/*
	 * virtcam_buffer_begin() may be waiting for a device, for any time.
	 * kthread_stop() ends that wait as a signal would, since Linux 6.1.
	 */
	kthread_stop(pacer->thread);
	pacer->thread = NULL;
}
EXPORT_SYMBOL_GPL(virtcam_pacer_stop);
