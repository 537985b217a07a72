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

	if (f->index >= camera->modes->num)
		return -EINVAL;
	f->pixelformat = camera->modes->formats[f->index].fourcc;
	return 0;
}

static int ioctl_enum_framesizes(struct file *file, void *fh,
				 struct v4l2_frmsizeenum *f)
{
	struct virtcam_camera *camera = video_drvdata(file);
	const struct virtcam_format_modes *modes =
		virtcam_modes_find(camera->modes, f->pixel_format);

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
	const struct virtcam_format_modes *modes =
		virtcam_modes_find(camera->modes, f->pixel_format);
	const struct virtcam_intervals *intervals;

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
 * The mode nearest to what is asked for, and never an error.
 *
 * Careless programs ask G_FMT, change the size and hand all to S_FMT, with the
 * bytesperline of the size before; they would show a skewed picture if they got
 * it. So a bytesperline counts only for the format and the width in force: there
 * it cannot be left over from others. Webcams ignore it altogether.
 */
static void ioctl_nearest_mode(struct virtcam_camera *camera,
			       const struct v4l2_pix_format *pix,
			       struct virtcam_mode *mode)
{
	const struct virtcam_mode *now = &camera->mode;
	u32 bytesperline = 0;

	virtcam_camera_settle_mode(camera);
	*mode = *now;
	virtcam_modes_nearest(camera->modes, pix->pixelformat, pix->width,
			      pix->height, mode);
	if (mode->format == now->format && mode->width == now->width)
		bytesperline = pix->bytesperline;
	virtcam_mode_set_layout(mode, bytesperline);
}

static int ioctl_try_fmt(struct file *file, void *fh, struct v4l2_format *f)
{
	struct virtcam_camera *camera = video_drvdata(file);
	struct virtcam_mode mode;

	ioctl_nearest_mode(camera, &f->fmt.pix, &mode);
	virtcam_mode_to_pix(&mode, &f->fmt.pix);
	return 0;
}

static int ioctl_s_fmt(struct file *file, void *fh, struct v4l2_format *f)
{
	struct virtcam_camera *camera = video_drvdata(file);
	struct virtcam_mode mode;

	if (vb2_is_busy(&camera->queue))
		return -EBUSY;
	ioctl_nearest_mode(camera, &f->fmt.pix, &mode);
	camera->mode = mode;
	virtcam_mode_to_pix(&mode, &f->fmt.pix);
	return 0;
}

static int ioctl_g_parm(struct file *file, void *fh, struct v4l2_streamparm *p)
{
	struct virtcam_camera *camera = video_drvdata(file);

	if (p->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
		return -EINVAL;
	virtcam_camera_settle_mode(camera);
	memset(&p->parm, 0, sizeof(p->parm));
	p->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
	p->parm.capture.timeperframe = camera->mode.interval;
	p->parm.capture.readbuffers = VIRTCAM_READ_BUFFERS;
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

	if (p->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
		return -EINVAL;
	/* The interval, too, is what the owner of the buffers has agreed to. */
	if (vb2_is_streaming(&camera->queue) ||
	    vb2_queue_is_busy(&camera->queue, file))
		return -EBUSY;
	virtcam_camera_settle_mode(camera);
	ioctl_set_interval(camera, p->parm.capture.timeperframe);
	return ioctl_g_parm(file, fh, p);
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

/* vb2 says EINVAL to a call that was waiting when the camera went. */
static int ioctl_dqbuf(struct file *file, void *fh, struct v4l2_buffer *buf)
{
	struct virtcam_camera *camera = video_drvdata(file);
	int err = vb2_ioctl_dqbuf(file, fh, buf);

	return err && READ_ONCE(camera->gone) ? -ENODEV : err;
}

static int ioctl_subscribe_event(struct v4l2_fh *fh,
				 const struct v4l2_event_subscription *sub)
{
	return sub->type == V4L2_EVENT_SOURCE_CHANGE ?
	       v4l2_src_change_event_subscribe(fh, sub) :
	       v4l2_ctrl_subscribe_event(fh, sub);
}

static int ioctl_log_status(struct file *file, void *fh)
{
	struct virtcam_camera *camera = video_drvdata(file);
	const struct virtcam_mode *mode = &camera->mode;
	u64 captured, dropped;

	spin_lock_irq(&camera->slock);
	captured = camera->captured;
	dropped = camera->dropped;
	spin_unlock_irq(&camera->slock);

	v4l2_info(&camera->v4l2_dev, "mode: %p4cc %ux%u, %u/%u s a frame, %u bytes a row\n",
		  &mode->format->fourcc, mode->width, mode->height,
		  mode->interval.numerator, mode->interval.denominator,
		  mode->bytesperline);
	v4l2_info(&camera->v4l2_dev, "%s: %llu frames captured, %llu dropped\n",
		  vb2_is_streaming(&camera->queue) ? "streaming" : "idle",
		  captured, dropped);
	return v4l2_ctrl_log_status(file, fh);
}

const struct v4l2_ioctl_ops virtcam_ioctl_ops = {
	.vidioc_querycap = ioctl_querycap,
	.vidioc_enum_fmt_vid_cap = ioctl_enum_fmt,
	.vidioc_enum_framesizes = ioctl_enum_framesizes,
	.vidioc_enum_frameintervals = ioctl_enum_frameintervals,
	.vidioc_g_fmt_vid_cap = ioctl_g_fmt,
	.vidioc_try_fmt_vid_cap = ioctl_try_fmt,
	.vidioc_s_fmt_vid_cap = ioctl_s_fmt,
	.vidioc_g_parm = ioctl_g_parm,
	.vidioc_s_parm = ioctl_s_parm,
	.vidioc_enum_input = ioctl_enum_input,
	.vidioc_g_input = ioctl_g_input,
	.vidioc_s_input = ioctl_s_input,
	.vidioc_reqbufs = vb2_ioctl_reqbufs,
	.vidioc_create_bufs = vb2_ioctl_create_bufs,
	.vidioc_prepare_buf = vb2_ioctl_prepare_buf,
	.vidioc_querybuf = vb2_ioctl_querybuf,
	.vidioc_qbuf = vb2_ioctl_qbuf,
	.vidioc_dqbuf = ioctl_dqbuf,
	.vidioc_expbuf = vb2_ioctl_expbuf,
	VIRTCAM_COMPAT_REMOVE_BUFS
	.vidioc_streamon = vb2_ioctl_streamon,
	.vidioc_streamoff = vb2_ioctl_streamoff,
	.vidioc_log_status = ioctl_log_status,
	.vidioc_subscribe_event = ioctl_subscribe_event,
	.vidioc_unsubscribe_event = v4l2_event_unsubscribe,
};
