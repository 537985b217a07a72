// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls of a node. The V4L2 core calls all of them under the camera's lock.
 */
#include <linux/module.h>
#include <media/v4l2-common.h>
#include <media/v4l2-event.h>
#include <media/v4l2-ioctl.h>

#include "camera.h"
#include "compat.h"
#include "queue.h"

/*
 * Programs look a camera up by its bus_info, some (libwebrtc) by the beginning
 * of it. So no bus_info may be the beginning of another one, as
 * "platform:virtcam.1" would be of "platform:virtcam.10". Therefore each ends with
 * "-" and the camera's index among those of its device. A long name is cut at its
 * beginning, since names differ at their end.
 */
#define MAX_DEVICE_NAME 20U

static int ioctl_querycap(struct file *file, void *fh,
			  struct v4l2_capability *cap)
{
	struct virtcam_camera *camera = video_drvdata(file);
	const char *device = dev_name(camera->v4l2_dev.dev);

	device += strlen(device) - min_t(size_t, strlen(device),
					 MAX_DEVICE_NAME);
	strscpy(cap->driver, KBUILD_MODNAME, sizeof(cap->driver));
	strscpy(cap->card, camera->vdev.name, sizeof(cap->card));
	snprintf(cap->bus_info, sizeof(cap->bus_info), "platform:%s-%x", device,
		 camera->index);
	return 0;
}

static int ioctl_enum_fmt(struct file *file, void *fh, struct v4l2_fmtdesc *f)
{
	struct virtcam_camera *camera = video_drvdata(file);

	virtcam_camera_settle_mode(camera);
	if (f->index >= camera->modes->num)
		return -EINVAL;
	f->pixelformat = camera->modes->formats[f->index].fourcc;
	return 0;
}

static int ioctl_enum_framesizes(struct file *file, void *fh,
				 struct v4l2_frmsizeenum *f)
{
	struct virtcam_camera *camera = video_drvdata(file);
	const struct virtcam_format_modes *modes;

	virtcam_camera_settle_mode(camera);
	modes = virtcam_modes_find(camera->modes, f->pixel_format);
	if (!modes || f->index >= (modes->num ?: 1))
		return -EINVAL;
	if (modes->num) {
		f->type = V4L2_FRMSIZE_TYPE_DISCRETE;
		f->discrete.width = modes->discrete[f->index].width;
		f->discrete.height = modes->discrete[f->index].height;
		return 0;
	}
	f->stepwise = modes->stepwise;
	f->type = f->stepwise.step_width == 1 && f->stepwise.step_height == 1 ?
		  V4L2_FRMSIZE_TYPE_CONTINUOUS : V4L2_FRMSIZE_TYPE_STEPWISE;
	return 0;
}

static int ioctl_enum_frameintervals(struct file *file, void *fh,
				     struct v4l2_frmivalenum *f)
{
	struct virtcam_camera *camera = video_drvdata(file);
	const struct virtcam_format_modes *modes;
	const struct virtcam_intervals *intervals;

	virtcam_camera_settle_mode(camera);
	modes = virtcam_modes_find(camera->modes, f->pixel_format);
	intervals = modes ? virtcam_modes_intervals(modes, f->width,
						    f->height) : NULL;
	if (!intervals || f->index >= (intervals->num ?: 1))
		return -EINVAL;
	if (intervals->num) {
		f->type = V4L2_FRMIVAL_TYPE_DISCRETE;
		f->discrete = intervals->discrete[f->index];
	} else {
		f->type = V4L2_FRMIVAL_TYPE_STEPWISE;
		f->stepwise = intervals->stepwise;
	}
	return 0;
}

static int ioctl_g_fmt(struct file *file, void *fh, struct v4l2_format *f)
{
	struct virtcam_camera *camera = video_drvdata(file);

	virtcam_camera_settle_mode(camera);
	virtcam_mode_to_pix(&camera->mode, &f->fmt.pix);
	return 0;
}

/*
 * Careless programs ask G_FMT, change the size and hand all to S_FMT, with the
 * bytesperline of the size before; they would show a skewed picture if they got
 * it, or write frames that are tighter. So a bytesperline counts only for the
 * format and the width in force: there it cannot be left over from others. Webcams
 * ignore it altogether.
 *
 * A program that gives frames states their size as well. Where the bytesperline
 * does not go into it, that is left over.
 */
static bool ioctl_means_bytesperline(const struct virtcam_camera *camera,
				     const struct v4l2_pix_format *pix,
				     const struct virtcam_mode *mode)
{
	const struct virtcam_mode *now = &camera->mode;
	struct virtcam_mode padded = *mode;

	if (!camera_is_output(camera))
		return mode->format == now->format && mode->width == now->width;
	virtcam_mode_set_layout(&padded, pix->bytesperline);
	return pix->sizeimage >= padded.sizeimage &&
	       (pix->bytesperline != now->bytesperline ||
		pix->sizeimage != now->sizeimage ||
		(mode->format == now->format && mode->width == now->width));
}

/**
 * virtcam_ioctl_nearest_mode() - choose what is nearest to a program's wish
 * @camera: a camera whose lock is held
 * @pix: the wish
 * @mode: is set as a whole, to a mode that is offered
 */
void virtcam_ioctl_nearest_mode(struct virtcam_camera *camera,
				const struct v4l2_pix_format *pix,
				struct virtcam_mode *mode)
{
	virtcam_camera_settle_mode(camera);
	*mode = camera->mode;
	virtcam_modes_nearest(camera->modes, pix->pixelformat, pix->width,
			      pix->height, mode);
	virtcam_mode_set_layout(mode,
				ioctl_means_bytesperline(camera, pix, mode) ?
				pix->bytesperline : 0);
	if (camera_is_output(camera))
		virtcam_output_take_colorimetry(camera, pix, mode);
}

static int ioctl_try_fmt(struct file *file, void *fh, struct v4l2_format *f)
{
	struct virtcam_camera *camera = video_drvdata(file);
	struct virtcam_mode mode;

	virtcam_ioctl_nearest_mode(camera, &f->fmt.pix, &mode);
	virtcam_mode_to_pix(&mode, &f->fmt.pix);
	return 0;
}

static int ioctl_s_fmt(struct file *file, void *fh, struct v4l2_format *f)
{
	struct virtcam_camera *camera = video_drvdata(file);
	struct virtcam_mode mode;

	if (vb2_is_busy(&camera->queue))
		return -EBUSY;
	virtcam_ioctl_nearest_mode(camera, &f->fmt.pix, &mode);
	camera->mode = mode;
	virtcam_mode_to_pix(&mode, &f->fmt.pix);
	return 0;
}

static int ioctl_g_parm(struct file *file, void *fh, struct v4l2_streamparm *p)
{
	struct virtcam_camera *camera = video_drvdata(file);

	if (p->type != camera->queue.type)
		return -EINVAL;
	virtcam_camera_settle_mode(camera);
	/* parm.output has the same members as parm.capture, but for their names. */
	memset(&p->parm, 0, sizeof(p->parm));
	p->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
	p->parm.capture.timeperframe = camera->mode.interval;
	p->parm.capture.readbuffers = camera_is_output(camera) ?
				      1 : VIRTCAM_READ_BUFFERS;
	return 0;
}

/* Where the mode has gone that a program has buffers of, nothing is offered. */
static const struct virtcam_intervals *
ioctl_intervals(const struct virtcam_camera *camera)
{
	const struct virtcam_mode *mode = &camera->mode;
	const struct virtcam_format_modes *modes =
		virtcam_modes_find(camera->modes, mode->format->fourcc);

	return modes ? virtcam_modes_intervals(modes, mode->width,
					       mode->height) : NULL;
}

/* A zero in @wanted asks for the default. */
static void ioctl_set_interval(struct virtcam_camera *camera,
			       struct v4l2_fract wanted)
{
	const struct virtcam_intervals *intervals = ioctl_intervals(camera);
	struct v4l2_fract *interval = &camera->mode.interval;

	if (!intervals)
		return;
	if (wanted.numerator && wanted.denominator)
		*interval = virtcam_intervals_nearest(intervals, wanted);
	else
		*interval = virtcam_intervals_default(intervals);
}

static int ioctl_s_parm(struct file *file, void *fh, struct v4l2_streamparm *p)
{
	struct virtcam_camera *camera = video_drvdata(file);
	int err = 0;

	if (p->type != camera->queue.type)
		return -EINVAL;
	/* The interval, too, is what the owner of the buffers has agreed to. */
	if (vb2_is_streaming(&camera->queue) ||
	    vb2_queue_is_busy(&camera->queue, file) ||
	    virtcam_output_is_fed(camera, file))
		return -EBUSY;
	virtcam_camera_settle_mode(camera);
	ioctl_set_interval(camera, p->parm.capture.timeperframe);
	if (camera->producer)
		err = virtcam_camera_claim(camera);
	return err ?: ioctl_g_parm(file, fh, p);
}

static int ioctl_enum_input(struct file *file, void *fh,
			    struct v4l2_input *input)
{
	struct virtcam_camera *camera = video_drvdata(file);

	if (input->index)
		return -EINVAL;
	input->type = V4L2_INPUT_TYPE_CAMERA;
	input->status = READ_ONCE(camera->no_signal) ? V4L2_IN_ST_NO_SIGNAL : 0;
	strscpy(input->name, "Camera", sizeof(input->name));
	return 0;
}

static int ioctl_g_input(struct file *file, void *fh, unsigned int *index)
{
	*index = 0;
	return 0;
}

static int ioctl_s_input(struct file *file, void *fh, unsigned int index)
{
	return index ? -EINVAL : 0;
}

static int ioctl_enum_output(struct file *file, void *fh,
			     struct v4l2_output *output)
{
	if (output->index)
		return -EINVAL;
	output->type = V4L2_OUTPUT_TYPE_ANALOG;
	strscpy(output->name, "Camera", sizeof(output->name));
	return 0;
}

static int ioctl_reqbufs(struct file *file, void *fh,
			 struct v4l2_requestbuffers *request)
{
	struct virtcam_camera *camera = video_drvdata(file);
	int err;

	if (virtcam_output_is_taken(camera, file))
		return -EBUSY;
	err = vb2_ioctl_reqbufs(file, fh, request);
	virtcam_camera_let_go(camera, request->count ? NULL : file);
	return err;
}

static int ioctl_create_bufs(struct file *file, void *fh,
			     struct v4l2_create_buffers *request)
{
	struct virtcam_camera *camera = video_drvdata(file);
	int err;

	if (virtcam_output_is_taken(camera, file))
		return -EBUSY;
	err = vb2_ioctl_create_bufs(file, fh, request);
	virtcam_camera_let_go(camera, NULL);
	return err;
}

/*
 * vb2 takes the time that a program gives for its own only where frames go through a
 * device and come out again (V4L2_BUF_FLAG_TIMESTAMP_COPY).
 */
static void ioctl_take_timestamp(struct virtcam_camera *camera,
				 const struct v4l2_buffer *b)
{
	struct vb2_buffer *vb = vb2_get_buffer(&camera->queue, b->index);

	if (vb && vb->state == VB2_BUF_STATE_DEQUEUED)
		queue_buffer(vb)->buffer.timestamp =
			v4l2_buffer_get_timestamp(b);
}

/*
 * Of a dma-buf that it refuses vb2 keeps the length, or 0, and then refuses each
 * payload that is larger, whatever dma-buf it is in.
 */
static void ioctl_forget_refused(struct virtcam_camera *camera,
				 const struct v4l2_buffer *b)
{
	struct vb2_buffer *vb = vb2_get_buffer(&camera->queue, b->index);

	if (vb && vb->state == VB2_BUF_STATE_DEQUEUED &&
	    vb->planes[0].length < vb->planes[0].min_length)
		vb->planes[0].length = vb->planes[0].min_length;
}

static int ioctl_prepare_buf(struct file *file, void *fh,
			     struct v4l2_buffer *b)
{
	struct virtcam_camera *camera = video_drvdata(file);

	if (camera_is_output(camera))
		ioctl_forget_refused(camera, b);
	return vb2_ioctl_prepare_buf(file, fh, b);
}

static int ioctl_qbuf(struct file *file, void *fh, struct v4l2_buffer *b)
{
	struct virtcam_camera *camera = video_drvdata(file);
	int err;

	if (!camera_is_output(camera))
		return vb2_ioctl_qbuf(file, fh, b);
	ioctl_forget_refused(camera, b);
	ioctl_take_timestamp(camera, b);
	err = vb2_ioctl_qbuf(file, fh, b);
	if (!err)
		virtcam_output_deliver(camera);
	return err;
}

/*
 * OBS Studio 29 feeds a node by write() only if STREAMON succeeds there, which
 * vb2 refuses where there are no buffers.
 */
static int ioctl_streamon(struct file *file, void *fh, enum v4l2_buf_type type)
{
	struct virtcam_camera *camera = video_drvdata(file);
	int err;

	if (camera->producer == file && !vb2_is_busy(&camera->queue) &&
	    type == camera->queue.type)
		return 0;
	err = vb2_ioctl_streamon(file, fh, type);
	if (!err && camera_is_output(camera))
		virtcam_output_deliver(camera);
	return err;
}

/* vb2 says EINVAL to a call that was waiting when the camera went. */
static int ioctl_dqbuf(struct file *file, void *fh, struct v4l2_buffer *buf)
{
	struct virtcam_camera *camera = video_drvdata(file);
	bool waits = !(file->f_flags & O_NONBLOCK);
	int err;

	virtcam_output_feed_back(camera, file);
	camera->dequeuing += waits;
	err = vb2_ioctl_dqbuf(file, fh, buf);
	camera->dequeuing -= waits;

	return err && READ_ONCE(camera->gone) ? -ENODEV : err;
}

static int ioctl_subscribe_event(struct v4l2_fh *fh,
				 const struct v4l2_event_subscription *sub)
{
	const struct virtcam_camera *camera = video_get_drvdata(fh->vdev);

	if (camera_is_output(camera) && sub->type == VIRTCAM_EVENT_MODE)
		return v4l2_event_subscribe(fh, sub, 0, NULL);
	if (!camera_is_output(camera) && sub->type == V4L2_EVENT_SOURCE_CHANGE)
		return v4l2_src_change_event_subscribe(fh, sub);
	return v4l2_ctrl_subscribe_event(fh, sub);
}

static void ioctl_log_frames(struct virtcam_camera *camera)
{
	u64 captured, dropped;

	spin_lock_irq(&camera->slock);
	captured = camera->captured;
	dropped = camera->dropped;
	spin_unlock_irq(&camera->slock);
	v4l2_info(&camera->v4l2_dev, "%s: %llu frames %s, %llu dropped\n",
		  vb2_is_streaming(&camera->queue) ? "streaming" : "idle",
		  captured, camera_is_output(camera) ? "output" : "captured",
		  dropped);
}

static void ioctl_log_control(struct virtcam_camera *camera,
			      struct v4l2_ctrl *ctrl)
{
	s64 value = ctrl->is_int ? v4l2_ctrl_g_ctrl(ctrl) :
				   v4l2_ctrl_g_ctrl_int64(ctrl);

	if (ctrl->type == V4L2_CTRL_TYPE_MENU)
		v4l2_info(&camera->v4l2_dev, "%s: %s\n", ctrl->name,
			  ctrl->qmenu[value]);
	else
		v4l2_info(&camera->v4l2_dev, "%s: %lld\n", ctrl->name, value);
}

/*
 * v4l2_ctrl_log_status() has every counter as 0: it tells what is stored, and counters
 * are not. Buttons, and the names of classes, have no value.
 */
static void ioctl_log_controls(struct virtcam_camera *camera)
{
	struct v4l2_ctrl *ctrl;

	list_for_each_entry(ctrl, &camera->controls.ctrls, node)
		if (!(ctrl->flags & V4L2_CTRL_FLAG_WRITE_ONLY))
			ioctl_log_control(camera, ctrl);
}

static int ioctl_log_status(struct file *file, void *fh)
{
	struct virtcam_camera *camera = video_drvdata(file);
	const struct virtcam_mode *mode = &camera->mode;

	v4l2_info(&camera->v4l2_dev, "mode: %p4cc %ux%u, %u/%u s a frame, %u bytes a row\n",
		  &mode->format->fourcc, mode->width, mode->height,
		  mode->interval.numerator, mode->interval.denominator,
		  mode->bytesperline);
	ioctl_log_frames(camera);
	ioctl_log_controls(camera);
	return 0;
}

const struct v4l2_ioctl_ops virtcam_ioctl_ops = {
	.vidioc_querycap = ioctl_querycap,
	.vidioc_enum_fmt_vid_cap = ioctl_enum_fmt,
	.vidioc_enum_framesizes = ioctl_enum_framesizes,
	.vidioc_enum_frameintervals = ioctl_enum_frameintervals,
	.vidioc_enum_fmt_vid_out = ioctl_enum_fmt,
	.vidioc_g_fmt_vid_out = ioctl_g_fmt,
	.vidioc_try_fmt_vid_out = ioctl_try_fmt,
	.vidioc_s_fmt_vid_out = virtcam_output_s_fmt,
	.vidioc_enum_output = ioctl_enum_output,
	.vidioc_g_output = ioctl_g_input,
	.vidioc_s_output = ioctl_s_input,
	.vidioc_g_fmt_vid_cap = ioctl_g_fmt,
	.vidioc_try_fmt_vid_cap = ioctl_try_fmt,
	.vidioc_s_fmt_vid_cap = ioctl_s_fmt,
	.vidioc_g_parm = ioctl_g_parm,
	.vidioc_s_parm = ioctl_s_parm,
	.vidioc_enum_input = ioctl_enum_input,
	.vidioc_g_input = ioctl_g_input,
	.vidioc_s_input = ioctl_s_input,
	.vidioc_reqbufs = ioctl_reqbufs,
	.vidioc_create_bufs = ioctl_create_bufs,
	.vidioc_prepare_buf = ioctl_prepare_buf,
	.vidioc_querybuf = vb2_ioctl_querybuf,
	.vidioc_qbuf = ioctl_qbuf,
	.vidioc_dqbuf = ioctl_dqbuf,
	.vidioc_expbuf = vb2_ioctl_expbuf,
	VIRTCAM_COMPAT_REMOVE_BUFS
	.vidioc_streamon = ioctl_streamon,
	.vidioc_streamoff = vb2_ioctl_streamoff,
	.vidioc_log_status = ioctl_log_status,
	.vidioc_subscribe_event = ioctl_subscribe_event,
	.vidioc_unsubscribe_event = v4l2_event_unsubscribe,
};
