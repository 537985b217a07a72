// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an output node has that a capture node has not: write(), and a program that
 * alone may give frames, the producer.
 *
 * A program becomes the producer with S_FMT, with buffers or with write(), and stays
 * it until it closes the node or gives its buffers back by REQBUFS. One that has but
 * set the mode loses it to the next one that does.
 */
#include <linux/module.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include <media/v4l2-common.h>

#include "camera.h"
#include "compat.h"

/* How often write() faults missing pages in, without taking a byte meanwhile */
#define MAX_WRITE_TRIES 16

/**
 * virtcam_output_is_taken() - whether a program may not give frames
 * @camera: a camera whose lock is held
 * @file: the program's open node
 *
 * Return: true where there is another producer, or this one is in write(). False
 * for all capture nodes.
 */
bool virtcam_output_is_taken(const struct virtcam_camera *camera,
			     const struct file *file)
{
	return camera->writing ||
	       (camera->producer && camera->producer != file);
}

/**
 * virtcam_output_is_fed() - whether a program may not set the mode
 * @camera: a camera whose lock is held
 * @file: the program's open node
 *
 * Return: true where another program has written frames or has buffers, or this one
 * is in write(). False for all capture nodes.
 */
bool virtcam_output_is_fed(const struct virtcam_camera *camera,
			   const struct file *file)
{
	return camera->writing ||
	       (camera->feeding && camera->producer != file);
}

static void output_starve(struct virtcam_camera *camera)
{
	struct vb2_queue *q = &camera->queue;

	if (vb2_is_streaming(q) && list_empty(&q->done_list) &&
	    camera->provider->starve)
		camera->provider->starve(camera->priv);
}

/**
 * virtcam_output_feed_back() - see that a program gets a buffer back
 * @camera: a camera whose lock is held
 * @file: the program's open node; nothing happens if it has not got the buffers
 *
 * One that does not block may have others to fill.
 */
void virtcam_output_feed_back(struct virtcam_camera *camera,
			      const struct file *file)
{
	struct vb2_queue *q = &camera->queue;

	lockdep_assert_held(&camera->lock);
	if (q->owner == file->private_data &&
	    (!(file->f_flags & O_NONBLOCK) ||
	     q->queued_count == virtcam_compat_num_buffers(q)))
		output_starve(camera);
}

/**
 * virtcam_output_deliver() - let the provider hand on what is full
 * @camera: a camera whose lock is held, and is let go of meanwhile: what is full is
 *	not the program's any more
 *
 * Another thread of the program may have begun to wait for a buffer before there
 * was one to give back.
 */
void virtcam_output_deliver(struct virtcam_camera *camera)
{
	if (!camera->provider->deliver || !virtcam_camera_leave(camera))
		return;
	camera->provider->deliver(camera->priv);
	virtcam_camera_return(camera);
	if (camera->dequeuing && !READ_ONCE(camera->gone))
		output_starve(camera);
}

/**
 * virtcam_output_take_colorimetry() - take the colours that a program says
 * @camera: an output camera whose lock is held; its mode is settled
 * @pix: what the program says. What G_FMT has told it counts as nothing: programs hand
 *	that to S_FMT with another format.
 * @mode: its colorimetry is set; while viewers have fixed the mode, to theirs
 */
void virtcam_output_take_colorimetry(const struct virtcam_camera *camera,
				     const struct v4l2_pix_format *pix,
				     struct virtcam_mode *mode)
{
	struct v4l2_pix_format now;

	virtcam_mode_to_pix(&camera->mode, &now);
	mode->colorimetry = camera->mode.colorimetry;
	if (camera->modes == &camera->only.modes ||
	    (pix->colorspace == now.colorspace &&
	     pix->ycbcr_enc == now.ycbcr_enc &&
	     pix->quantization == now.quantization &&
	     pix->xfer_func == now.xfer_func))
		return;
	mode->colorimetry = (struct virtcam_colorimetry) {
		.colorspace = v4l2_is_colorspace_valid(pix->colorspace) ?
			      pix->colorspace : 0,
		.ycbcr_enc = v4l2_is_ycbcr_enc_valid(pix->ycbcr_enc) ?
			     pix->ycbcr_enc : 0,
		.quantization = v4l2_is_quant_valid(pix->quantization) ?
				pix->quantization : 0,
		.xfer_func = v4l2_is_xfer_func_valid(pix->xfer_func) ?
			     pix->xfer_func : 0,
	};
}

/**
 * virtcam_output_forget_colorimetry() - let the next producer begin with none
 * @camera: a camera whose lock is held, and whose producer may have gone
 */
void virtcam_output_forget_colorimetry(struct virtcam_camera *camera)
{
	static const struct virtcam_colorimetry usual;

	if (camera_is_output(camera) && !camera->producer &&
	    camera->modes != &camera->only.modes &&
	    !vb2_is_busy(&camera->queue))
		camera->mode.colorimetry = usual;
}

/* Programs do not read what S_FMT answers: another mode than asked for is refused. */
static bool output_may_have(const struct virtcam_camera *camera,
			    const struct v4l2_pix_format *pix,
			    const struct virtcam_mode *mode)
{
	return camera->modes != &camera->only.modes ||
	       (mode->format->fourcc == pix->pixelformat &&
		mode->width == pix->width && mode->height == pix->height);
}

/**
 * virtcam_output_s_fmt() - VIDIOC_S_FMT of an output node
 * @file: the open node
 * @fh: not used
 * @f: what the program wants; is set to what it has
 *
 * Return: 0; -EBUSY where another program is the producer, buffers are there, or
 * viewers have fixed another mode.
 */
int virtcam_output_s_fmt(struct file *file, void *fh, struct v4l2_format *f)
{
	struct virtcam_camera *camera = video_drvdata(file);
	struct virtcam_mode before, mode;
	int err;

	if (vb2_is_busy(&camera->queue) || virtcam_output_is_fed(camera, file))
		return -EBUSY;
	virtcam_ioctl_nearest_mode(camera, &f->fmt.pix, &mode);
	if (!output_may_have(camera, &f->fmt.pix, &mode))
		return -EBUSY;
	before = camera->mode;
	camera->mode = mode;
	err = virtcam_camera_claim(camera);
	if (!err && !output_may_have(camera, &f->fmt.pix, &camera->mode))
		err = -EBUSY;
	if (err) {
		camera->mode = before;
		/* A viewer may have fixed another one meanwhile. */
		camera->modes_replaced = true;
		/* The provider may have taken the mode that it was not to be. */
		if (camera->producer)
			virtcam_camera_claim(camera);
		virtcam_camera_let_go(camera, NULL);
		return err;
	}
	camera->producer = file;
	camera->feeding = false;
	virtcam_mode_to_pix(&camera->mode, &f->fmt.pix);
	return 0;
}

/* Bytes of the frame that a write() of @count bytes belongs to, or 0 */
static u32 output_frame_size(const struct virtcam_camera *camera, size_t count,
			     bool framed)
{
	const struct virtcam_mode *mode = &camera->mode;

	if (mode->format->compressed)
		return count <= mode->sizeimage ? count : 0;
	return !framed || count == mode->sizeimage ? mode->sizeimage : 0;
}

/* Returns 0, and @size is that of the frame to write. */
static int output_begin(struct virtcam_camera *camera, struct file *file,
			size_t count, bool framed, u32 *size)
{
	int err;

	if (READ_ONCE(camera->gone))
		return -ENODEV;
	if (vb2_is_busy(&camera->queue) ||
	    virtcam_output_is_taken(camera, file))
		return -EBUSY;
	if (!camera->claimed) {
		err = virtcam_camera_claim(camera);
		if (err)
			return err;
	}
	*size = output_frame_size(camera, count, framed);
	if (*size) {
		camera->producer = file;
		camera->feeding = true;
		camera->writing = true;
		return 0;
	}
	virtcam_camera_let_go(camera, NULL);
	dev_dbg(camera->vdev.dev_parent,
		"write() of %zu bytes is refused; a frame has %u\n", count,
		camera->mode.sizeimage);
	return -EINVAL;
}

/*
 * The program's memory may lack a page for as long as some other program likes. So
 * while the provider copies, page faults fail, and are made up for in between, where
 * neither an unplug nor anybody else waits for them.
 */
static int output_copy_present(struct virtcam_camera *camera,
			       struct iov_iter *from, u32 size)
{
	int err;

	if (!virtcam_camera_leave(camera))
		return -ENODEV;
	pagefault_disable();
	err = camera->provider->write(camera->priv, from, size);
	pagefault_enable();
	cond_resched();
	virtcam_camera_return(camera);
	return err;
}

static int output_fault_in(struct virtcam_camera *camera,
			   const struct iov_iter *from)
{
	size_t left = iov_iter_count(from), missing;

	mutex_unlock(&camera->lock);
	missing = fault_in_iov_iter_readable(from, left);
	mutex_lock(&camera->lock);
	return missing == left ? -EFAULT : 0;
}

/* All of @from, which may be many frames; a signal ends it before the next */
static int output_copy(struct virtcam_camera *camera, struct iov_iter *from,
		       u32 size)
{
	unsigned int tries = MAX_WRITE_TRIES;
	size_t left;
	int err = 0;

	while (!err && iov_iter_count(from)) {
		left = iov_iter_count(from);
		err = output_copy_present(camera, from, size);
		if (iov_iter_count(from) != left)
			tries = MAX_WRITE_TRIES;
		if (err == -EFAULT && tries--)
			err = output_fault_in(camera, from);
		if (!err && iov_iter_count(from) && signal_pending(current))
			err = -EINTR;
	}
	return READ_ONCE(camera->gone) ? -ENODEV : err;
}

/* The next write() begins a frame. The provider may have gone meanwhile. */
static void output_forget(struct virtcam_camera *camera)
{
	if (camera->provider)
		camera->provider->write(camera->priv, NULL, 0);
}

static ssize_t output_write(struct virtcam_camera *camera,
			    const char __user *data, size_t count, u32 size,
			    bool framed)
{
	bool whole = framed || camera->mode.format->compressed;
	struct iov_iter from;
	size_t written;
	int err;

	/* What is left of a stream, before the program said that it has frames */
	if (whole)
		output_forget(camera);
	iov_iter_ubuf(&from, ITER_SOURCE, (void __user *)data, count);
	err = output_copy(camera, &from, size);
	written = count - iov_iter_count(&from);
	if (!err || (written && !whole && err != -ENODEV))
		return written;
	/* A stream goes on where it ended. */
	if (whole)
		output_forget(camera);
	return err;
}

/**
 * virtcam_output_write() - write() to an output node
 * @file: the open node
 * @data: the program's memory
 * @count: bytes of it
 * @framed: the program knows how large a frame is, and each call writes one. Else
 *	calls write a stream of bytes, which is cut into frames; but each is a frame
 *	if the format is compressed.
 *
 * Never waits for viewers: what has no place is dropped.
 *
 * Return: how many bytes were taken; -EBUSY where another program is the producer,
 * this one has buffers or is in another write(); -EINVAL if @count is not that of a
 * frame; -EFAULT, -EINTR, -ENODEV.
 */
ssize_t virtcam_output_write(struct file *file, const char __user *data,
			     size_t count, bool framed)
{
	struct virtcam_camera *camera = video_drvdata(file);
	ssize_t done;
	u32 size;

	if (!count)
		return 0;
	mutex_lock(&camera->lock);
	done = output_begin(camera, file, count, framed, &size);
	if (!done) {
		done = output_write(camera, data, count, size, framed);
		camera->writing = false;
	}
	mutex_unlock(&camera->lock);
	return done;
}
