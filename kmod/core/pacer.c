// SPDX-License-Identifier: GPL-2.0-only
/*
 * The thread that keeps time for a provider that draws, or, where the camera is
 * not paced, that draws as fast as programs give buffers back.
 *
 * It takes no lock that an ioctl takes, so that it can be waited for under the
 * device's mutex, and so that no program ever waits for a drawing.
 *
 * It sleeps while the machine does: an imported dma-buf may be the memory of a
 * device that has no power then.
 */
#include <linux/freezer.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sched.h>

#include "camera.h"

/*
 * Sleeps until @deadline. False, at once, if the thread should end.
 *
 * A frame that has just been handed over has made its program runnable. So there
 * is no point before the sleep at which the thread might be preempted: it would
 * run again only in order to sleep. Where it might is after the wake-up.
 */
static bool wait_until(u64 deadline)
{
	ktime_t expires = ns_to_ktime(deadline);
	bool due = false;

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		/* Stopped in between: the wake-up must not be slept over. */
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

static void drop_overdue(struct virtcam_device *vcam)
{
	struct virtcam_pacing *pacing = &vcam->pacing;
	u64 overdue = virtcam_pacing_overdue(pacing, ktime_get_ns());

	if (overdue) {
		virtcam_frame_drop(vcam, pacing->next, overdue);
		pacing->next += overdue;
	}
}

static void make_frame(struct virtcam_device *vcam)
{
	struct virtcam_pacing *pacing = &vcam->pacing;
	struct virtcam_frame *frame = virtcam_frame_take(vcam, pacing->next);

	if (frame) {
		frame->elapsed = virtcam_pacing_elapsed(pacing);
		frame->timestamp = pacing->start + frame->elapsed;
		vcam->provider->draw(vcam->priv, frame);
		virtcam_frame_done(vcam, frame, true);
	}
	pacing->next++;
}

static void keep_deadlines(struct virtcam_device *vcam)
{
	while (wait_until(virtcam_pacing_deadline(&vcam->pacing))) {
		drop_overdue(vcam);
		make_frame(vcam);
	}
}

/* Nothing is dropped: who gives no buffer back gets no frame. */
static void keep_up(struct virtcam_device *vcam)
{
	struct virtcam_pacing *pacing = &vcam->pacing;
	struct virtcam_frame *frame;

	while ((frame = virtcam_frame_wait(vcam, pacing->next))) {
		frame->timestamp = virtcam_pacing_advance(pacing,
							  ktime_get_ns());
		frame->elapsed = frame->timestamp - pacing->start;
		vcam->provider->draw(vcam->priv, frame);
		virtcam_frame_done(vcam, frame, true);
		/* With buffers enough it never sleeps. */
		cond_resched();
	}
}

static int run(void *data)
{
	struct virtcam_device *vcam = data;

	set_freezable();
	virtcam_pacing_start(&vcam->pacing, ktime_get_ns(),
			     vcam->mode.interval);
	if (vcam->config.pacing == VIRTCAM_PACE_NONE)
		keep_up(vcam);
	else
		keep_deadlines(vcam);
	return 0;
}

/**
 * virtcam_rhythm_start() - let frames be drawn
 * @vcam: the camera, its provider started; nothing happens unless it draws
 *
 * Return: 0 or a negative errno.
 */
int virtcam_rhythm_start(struct virtcam_device *vcam)
{
	struct task_struct *thread;

	if (!vcam->provider->draw)
		return 0;
	thread = kthread_run(run, vcam, "virtcam-%s",
			     video_device_node_name(&vcam->vdev));
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	vcam->thread = thread;
	return 0;
}

/**
 * virtcam_rhythm_stop() - end what virtcam_rhythm_start() began
 * @vcam: the camera
 *
 * Waits for a drawing in progress; no frame is held after this.
 */
void virtcam_rhythm_stop(struct virtcam_device *vcam)
{
	if (vcam->thread)
		kthread_stop(vcam->thread);
	vcam->thread = NULL;
}
