// SPDX-License-Identifier: GPL-2.0-only
/*
 * What programs can ask of a node. All of it runs under the device's mutex,
 * taken by the V4L2 core, except for open, close, mmap and poll.
 */
#include <linux/dma-buf.h>
#include <linux/module.h>
#include <media/v4l2-common.h>
#include <media/v4l2-event.h>
#include <media/v4l2-fh.h>
#include <media/v4l2-ioctl.h>

#include "compat.h"
#include "camera.h"

static int querycap(struct file *file, void *fh, struct v4l2_capability *cap)
{
	struct virtcam_device *vcam = video_drvdata(file);

	strscpy(cap->driver, KBUILD_MODNAME, sizeof(cap->driver));
	strscpy(cap->card, vcam->config.card, sizeof(cap->card));
	snprintf(cap->bus_info, sizeof(cap->bus_info), "platform:%s",
		 dev_name(vcam->v4l2_dev.dev));
	return 0;
}

static bool has_format(const struct virtcam_config *config, u32 fourcc)
{
	unsigned int i;

	for (i = 0; i < config->num_formats; i++)
		if (virtcam_formats[config->formats[i]].fourcc == fourcc)
			return true;
	return false;
}

static int enum_fmt(struct file *file, void *fh, struct v4l2_fmtdesc *f)
{
	struct virtcam_device *vcam = video_drvdata(file);

	if (f->index >= vcam->config.num_formats)
		return -EINVAL;
	f->pixelformat =
		virtcam_formats[vcam->config.formats[f->index]].fourcc;
	return 0;
}

static int enum_framesizes(struct file *file, void *fh,
			   struct v4l2_frmsizeenum *f)
{
	struct virtcam_device *vcam = video_drvdata(file);

	if (f->index >= vcam->config.num_sizes ||
	    !has_format(&vcam->config, f->pixel_format))
		return -EINVAL;
	f->type = V4L2_FRMSIZE_TYPE_DISCRETE;
	f->discrete.width = vcam->config.sizes[f->index].width;
	f->discrete.height = vcam->config.sizes[f->index].height;
	return 0;
}

static int enum_frameintervals(struct file *file, void *fh,
			       struct v4l2_frmivalenum *f)
{
	struct virtcam_device *vcam = video_drvdata(file);
	const struct virtcam_config *config = &vcam->config;
	unsigned int i;

	if (f->index >= config->num_intervals ||
	    !has_format(config, f->pixel_format))
		return -EINVAL;
	for (i = 0; i < config->num_sizes; i++)
		if (config->sizes[i].width == f->width &&
		    config->sizes[i].height == f->height)
			break;
	if (i == config->num_sizes)
		return -EINVAL;
	f->type = V4L2_FRMIVAL_TYPE_DISCRETE;
	f->discrete = config->intervals[f->index];
	return 0;
}

static int g_fmt(struct file *file, void *fh, struct v4l2_format *f)
{
	struct virtcam_device *vcam = video_drvdata(file);

	virtcam_mode_to_pix(&vcam->mode, &f->fmt.pix);
	return 0;
}

/* Far above any size, and small enough for signed sums. */
#define MAX_WANTED_SIDE 0xffffU

/* The mode nearest to what is asked for, and never an error. */
static void nearest_mode(const struct virtcam_device *vcam,
			 const struct v4l2_pix_format *pix,
			 struct virtcam_mode *mode)
{
	const struct virtcam_config *config = &vcam->config;
	const struct virtcam_size *size;

	*mode = vcam->mode;
	mode->format = has_format(config, pix->pixelformat) ?
		       virtcam_format_find(pix->pixelformat) :
		       &virtcam_formats[config->formats[0]];
	size = v4l2_find_nearest_size(config->sizes, config->num_sizes, width,
				      height, min(pix->width, MAX_WANTED_SIDE),
				      min(pix->height, MAX_WANTED_SIDE));
	mode->width = size->width;
	mode->height = size->height;
	virtcam_mode_set_layout(mode, pix->bytesperline);
}

static int try_fmt(struct file *file, void *fh, struct v4l2_format *f)
{
	struct virtcam_device *vcam = video_drvdata(file);
	struct virtcam_mode mode;

	nearest_mode(vcam, &f->fmt.pix, &mode);
	virtcam_mode_to_pix(&mode, &f->fmt.pix);
	return 0;
}

static int s_fmt(struct file *file, void *fh, struct v4l2_format *f)
{
	struct virtcam_device *vcam = video_drvdata(file);

	if (vb2_is_busy(&vcam->queue))
		return -EBUSY;
	nearest_mode(vcam, &f->fmt.pix, &vcam->mode);
	virtcam_mode_to_pix(&vcam->mode, &f->fmt.pix);
	return 0;
}

static u64 interval_ns(struct v4l2_fract t)
{
	return div_u64((u64)t.numerator * NSEC_PER_SEC, t.denominator);
}

static struct v4l2_fract nearest_interval(const struct virtcam_config *config,
					  struct v4l2_fract wanted)
{
	u64 want = interval_ns(wanted);
	u64 distance, best = U64_MAX;
	unsigned int i, at = 0;

	for (i = 0; i < config->num_intervals; i++) {
		u64 ns = interval_ns(config->intervals[i]);

		distance = ns > want ? ns - want : want - ns;
		if (distance < best) {
			best = distance;
			at = i;
		}
	}
	return config->intervals[at];
}

static int g_parm(struct file *file, void *fh, struct v4l2_streamparm *p)
{
	struct virtcam_device *vcam = video_drvdata(file);

	if (p->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
		return -EINVAL;
	memset(&p->parm, 0, sizeof(p->parm));
	p->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
	p->parm.capture.timeperframe = vcam->mode.interval;
	p->parm.capture.readbuffers = 1;
	return 0;
}

/* The interval, too, is what the owner of the buffers has agreed to. */
static bool is_anothers(const struct vb2_queue *q, const struct file *file)
{
	return q->owner && q->owner != file->private_data;
}

static int s_parm(struct file *file, void *fh, struct v4l2_streamparm *p)
{
	struct virtcam_device *vcam = video_drvdata(file);
	struct v4l2_fract wanted = p->parm.capture.timeperframe;
	struct virtcam_mode mode;

	if (p->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
		return -EINVAL;
	if (vb2_is_streaming(&vcam->queue) ||
	    is_anothers(&vcam->queue, file))
		return -EBUSY;
	if (wanted.numerator && wanted.denominator) {
		vcam->mode.interval = nearest_interval(&vcam->config, wanted);
	} else {
		virtcam_config_default_mode(&vcam->config, &mode);
		vcam->mode.interval = mode.interval;
	}
	return g_parm(file, fh, p);
}

static int enum_input(struct file *file, void *fh, struct v4l2_input *input)
{
	if (input->index)
		return -EINVAL;
	input->type = V4L2_INPUT_TYPE_CAMERA;
	strscpy(input->name, "Camera", sizeof(input->name));
	return 0;
}

static int g_input(struct file *file, void *fh, unsigned int *index)
{
	*index = 0;
	return 0;
}

static int s_input(struct file *file, void *fh, unsigned int index)
{
	return index ? -EINVAL : 0;
}

/*
 * What a program claims of a dma-buf's length beyond its size adds nothing to
 * it, and from 6.12 on vb2 loses a reference to a dma-buf that is smaller than
 * claimed. Without a claim vb2 takes the size.
 */
static void believe_dmabuf(struct v4l2_buffer *buf)
{
	struct dma_buf *dmabuf;

	if (buf->memory != V4L2_MEMORY_DMABUF || !buf->length)
		return;
	dmabuf = dma_buf_get(buf->m.fd);
	if (IS_ERR(dmabuf))
		return;
	if (buf->length > dmabuf->size)
		buf->length = 0;
	dma_buf_put(dmabuf);
}

static int qbuf(struct file *file, void *fh, struct v4l2_buffer *buf)
{
	believe_dmabuf(buf);
	return vb2_ioctl_qbuf(file, fh, buf);
}

static int prepare_buf(struct file *file, void *fh, struct v4l2_buffer *buf)
{
	believe_dmabuf(buf);
	return vb2_ioctl_prepare_buf(file, fh, buf);
}

/* vb2 says EINVAL to who was waiting when the camera went. */
static int dqbuf(struct file *file, void *fh, struct v4l2_buffer *buf)
{
	struct virtcam_device *vcam = video_drvdata(file);
	int err = vb2_ioctl_dqbuf(file, fh, buf);

	return err && vcam->gone ? -ENODEV : err;
}

static int log_status(struct file *file, void *fh)
{
	struct virtcam_device *vcam = video_drvdata(file);
	const struct virtcam_mode *mode = &vcam->mode;
	u64 captured, dropped;

	spin_lock_irq(&vcam->slock);
	captured = vcam->captured;
	dropped = vcam->dropped;
	spin_unlock_irq(&vcam->slock);

	v4l2_info(&vcam->v4l2_dev, "mode: %.4s %ux%u, %u/%u s a frame, %u bytes a row\n",
		  (const char *)&mode->format->fourcc, mode->width,
		  mode->height, mode->interval.numerator,
		  mode->interval.denominator, mode->bytesperline);
	v4l2_info(&vcam->v4l2_dev, "%s: %llu frames captured, %llu dropped\n",
		  vb2_is_streaming(&vcam->queue) ? "streaming" : "idle",
		  captured, dropped);
	return v4l2_ctrl_log_status(file, fh);
}

const struct v4l2_ioctl_ops virtcam_ioctl_ops = {
	.vidioc_querycap = querycap,
	.vidioc_enum_fmt_vid_cap = enum_fmt,
	.vidioc_enum_framesizes = enum_framesizes,
	.vidioc_enum_frameintervals = enum_frameintervals,
	.vidioc_g_fmt_vid_cap = g_fmt,
	.vidioc_try_fmt_vid_cap = try_fmt,
	.vidioc_s_fmt_vid_cap = s_fmt,
	.vidioc_g_parm = g_parm,
	.vidioc_s_parm = s_parm,
	.vidioc_enum_input = enum_input,
	.vidioc_g_input = g_input,
	.vidioc_s_input = s_input,
	.vidioc_reqbufs = vb2_ioctl_reqbufs,
	.vidioc_create_bufs = vb2_ioctl_create_bufs,
	.vidioc_prepare_buf = prepare_buf,
	.vidioc_querybuf = vb2_ioctl_querybuf,
	.vidioc_qbuf = qbuf,
	.vidioc_dqbuf = dqbuf,
	.vidioc_expbuf = vb2_ioctl_expbuf,
	VIRTCAM_COMPAT_REMOVE_BUFS
	.vidioc_streamon = vb2_ioctl_streamon,
	.vidioc_streamoff = vb2_ioctl_streamoff,
	.vidioc_log_status = log_status,
	.vidioc_subscribe_event = v4l2_ctrl_subscribe_event,
	.vidioc_unsubscribe_event = v4l2_event_unsubscribe,
};

/* As for dqbuf(): the answer to a vanished camera is ENODEV. */
static ssize_t fop_read(struct file *file, char __user *data, size_t count,
			loff_t *pos)
{
	struct virtcam_device *vcam = video_drvdata(file);
	ssize_t done = vb2_fop_read(file, data, count, pos);

	return done < 0 && !video_is_registered(&vcam->vdev) ? -ENODEV : done;
}

/*
 * Whoever waits for the mutex while the camera goes finds an idle queue then,
 * of which vb2 says ERR alone, as of any that does not stream.
 */
static __poll_t fop_poll(struct file *file, poll_table *wait)
{
	struct virtcam_device *vcam = video_drvdata(file);
	__poll_t events = vb2_fop_poll(file, wait);

	if (events & EPOLLERR && READ_ONCE(vcam->gone))
		return EPOLLERR | EPOLLHUP | EPOLLPRI;
	return events;
}

/* And for mmap(): the buffer may have gone since the core looked. */
static int fop_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct virtcam_device *vcam = video_drvdata(file);
	int err = vb2_fop_mmap(file, vma);

	return err && READ_ONCE(vcam->gone) ? -ENODEV : err;
}

static bool is_dqevent(unsigned int cmd)
{
	/* By number: 32-bit programs have a structure of another size. */
	return _IOC_TYPE(cmd) == 'V' &&
	       _IOC_NR(cmd) == _IOC_NR(VIDIOC_DQEVENT);
}

/*
 * The V4L2 core lets DQEVENT wait for an event only, so a program would sleep
 * on when its camera has gone. Waiting is done here, where that ends it.
 */
static long fop_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct virtcam_device *vcam = video_drvdata(file);
	struct v4l2_fh *fh = file->private_data;

	if (is_dqevent(cmd) && !(file->f_flags & O_NONBLOCK) &&
	    wait_event_interruptible(fh->wait, v4l2_event_pending(fh) ||
				     !video_is_registered(&vcam->vdev)))
		return -ERESTARTSYS;
	if (!video_is_registered(&vcam->vdev))
		return -ENODEV;
	return video_ioctl2(file, cmd, arg);
}

const struct v4l2_file_operations virtcam_file_ops = {
	.owner = THIS_MODULE,
	.open = v4l2_fh_open,
	.release = vb2_fop_release,
	.read = fop_read,
	.poll = fop_poll,
	.mmap = fop_mmap,
	.unlocked_ioctl = fop_ioctl,
};
