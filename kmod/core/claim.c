// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mode that a camera has, where others have a say in it: its provider, which
 * may replace what is offered, and the programs at other nodes that the provider
 * has beside this one.
 *
 * What a program has buffers of does not change under it. So the provider is told
 * (claim) before a program gets its first buffer, and may refuse; from then on it
 * fixes the mode of its other nodes.
 */
#include <linux/module.h>

#include "camera.h"

/* How often claim() may say that there is another mode */
#define MAX_CLAIMS 8

static void claim_offer_only(struct virtcam_camera *camera,
			     const struct virtcam_mode *mode)
{
	struct camera_offer *only = &camera->only;

	only->mode = *mode;
	only->intervals.num = 1;
	only->intervals.discrete = &only->mode.interval;
	only->size.width = mode->width;
	only->size.height = mode->height;
	only->size.intervals = &only->intervals;
	only->formats.fourcc = mode->format->fourcc;
	only->formats.num = 1;
	only->formats.discrete = &only->size;
	only->modes.num = 1;
	only->modes.formats = &only->formats;
}

/* What virtcam_camera_fix_mode() has left to do under the camera's lock */
static void claim_take_fixed_mode(struct virtcam_camera *camera)
{
	struct virtcam_mode fixed;

	if (!READ_ONCE(camera->fixed_changed))
		return;
	spin_lock_irq(&camera->slock);
	camera->fixed_changed = false;
	fixed = camera->fixed;
	spin_unlock_irq(&camera->slock);
	if (fixed.format)
		claim_offer_only(camera, &fixed);
	camera->modes = fixed.format ? &camera->only.modes :
				       camera->provided_modes;
	camera->modes_replaced = true;
}

/* A viewer gets the colours that the producer said, and not those of one that left. */
static void claim_take_colorimetry(struct virtcam_camera *camera)
{
	static const struct virtcam_colorimetry usual;

	if (camera->modes == &camera->only.modes)
		camera->mode.colorimetry = camera->only.mode.colorimetry;
	else if (!camera_is_output(camera))
		camera->mode.colorimetry = usual;
}

/**
 * virtcam_camera_settle_mode() - make the mode one of those that are offered
 * @camera: a camera whose lock is held
 *
 * After virtcam_camera_set_modes() and virtcam_camera_fix_mode(), and as soon as no
 * program has buffers of the mode of before. Each ioctl calls this that tells
 * programs of modes or sets one.
 */
void virtcam_camera_settle_mode(struct virtcam_camera *camera)
{
	struct virtcam_mode *mode = &camera->mode, before;

	lockdep_assert_held(&camera->lock);
	claim_take_fixed_mode(camera);
	if (!camera->modes_replaced || vb2_is_busy(&camera->queue))
		return;
	camera->modes_replaced = false;
	claim_take_colorimetry(camera);
	if (virtcam_modes_have(camera->modes, mode))
		return;
	before = *mode;
	virtcam_modes_nearest(camera->modes, mode->format->fourcc, mode->width,
			      mode->height, mode);
	if (mode->format != before.format || mode->width != before.width ||
	    mode->height != before.height)
		virtcam_mode_set_layout(mode, 0);
}

/**
 * virtcam_camera_claim() - let the provider know that a program wants the mode
 * @camera: a camera whose lock is held; its mode is settled
 *
 * Return: 0, or the negative errno that the program gets.
 */
int virtcam_camera_claim(struct virtcam_camera *camera)
{
	const struct virtcam_provider *provider = camera->provider;
	unsigned int tries = MAX_CLAIMS;
	int err;

	lockdep_assert_held(&camera->lock);
	if (!provider->claim)
		return 0;
	do {
		virtcam_camera_settle_mode(camera);
		err = provider->claim(camera->priv, &camera->mode);
	} while (err == -EAGAIN && --tries);
	if (err == -EAGAIN)
		return -EBUSY;
	if (!err) {
		spin_lock_irq(&camera->slock);
		camera->claimed = true;
		spin_unlock_irq(&camera->slock);
	}
	return err;
}

/**
 * virtcam_camera_let_go() - let the provider know that a program has left
 * @camera: a camera whose lock is held
 * @file: the producer that leaves; or NULL, where only buffers may have gone
 */
void virtcam_camera_let_go(struct virtcam_camera *camera,
			   const struct file *file)
{
	bool tell;

	lockdep_assert_held(&camera->lock);
	if (file && camera->producer == file) {
		camera->producer = NULL;
		camera->feeding = false;
	}
	if (!camera->claimed || camera->producer || !camera->provider ||
	    vb2_is_busy(&camera->queue))
		return;
	spin_lock_irq(&camera->slock);
	camera->claimed = false;
	tell = camera->fixed_untold && camera_is_output(camera);
	camera->fixed_untold = false;
	spin_unlock_irq(&camera->slock);
	camera->provider->release(camera->priv);
	if (tell)
		virtcam_camera_tell_change(camera);
}

static bool claim_is_same_mode(const struct virtcam_mode *a,
			       const struct virtcam_mode *b)
{
	return a->format == b->format && a->width == b->width &&
	       a->height == b->height &&
	       a->interval.numerator == b->interval.numerator &&
	       a->interval.denominator == b->interval.denominator &&
	       !memcmp(&a->colorimetry, &b->colorimetry, sizeof(a->colorimetry));
}

/**
 * virtcam_camera_fix_mode() - say that there is one mode only, for the time being
 * @camera: the camera, registered or not
 * @mode: one of the modes that the camera has, of which format, size, interval and
 *	colorimetry count; or NULL, and all of its modes are offered again
 *
 * Programs get V4L2_EVENT_SOURCE_CHANGE if that is news; but not while one has made
 * a claim, since what it has is what it keeps. Producers are told when it lets go:
 * a producer that goes on with another mode has to know which ones there are.
 *
 * Context: any but a hard interrupt of a PREEMPT_RT kernel; perhaps claim() or
 * release() of another camera.
 */
void virtcam_camera_fix_mode(struct virtcam_camera *camera,
			     const struct virtcam_mode *mode)
{
	static const struct virtcam_mode none;
	unsigned long flags;
	bool tell;

	if (!mode)
		mode = &none;
	spin_lock_irqsave(&camera->slock, flags);
	tell = !claim_is_same_mode(&camera->fixed, mode);
	if (tell) {
		camera->fixed = *mode;
		camera->fixed_changed = true;
		camera->fixed_untold = camera->claimed;
	}
	tell = tell && !camera->claimed;
	spin_unlock_irqrestore(&camera->slock, flags);
	if (tell)
		virtcam_camera_tell_change(camera);
}
EXPORT_SYMBOL_GPL(virtcam_camera_fix_mode);
