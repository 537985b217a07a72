// SPDX-License-Identifier: GPL-2.0-only
/*
 * What programs do with an open node beside ioctls, and the ioctls that wait for
 * an event.
 */
#include <linux/compat.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <media/v4l2-event.h>
#include <media/v4l2-ioctl.h>

#include "camera.h"
#include "compat.h"

/**
 * struct open_file - an open node
 * @fh: as V4L2 sees it; first, since v4l2_fh_release() frees it
 * @events: held by the one call that takes events away; under no lock, and
 *	before the camera's
 * @framed: its program has called S_FMT
 */
struct open_file {
	struct v4l2_fh fh;
	struct mutex events; /* held while events are taken away */
	bool framed;
};

static struct open_file *file_opened(struct file *file)
{
	return container_of((struct v4l2_fh *)file->private_data,
			    struct open_file, fh);
}

static int file_open(struct file *file)
{
	struct open_file *opened = kzalloc(sizeof(*opened), GFP_KERNEL);

	if (!opened)
		return -ENOMEM;
	mutex_init(&opened->events);
	v4l2_fh_init(&opened->fh, video_devdata(file));
	virtcam_compat_fh_add(&opened->fh, file);
	return 0;
}

static void file_let_go(struct virtcam_camera *camera)
{
	mutex_lock(&camera->lock);
	virtcam_camera_let_go(camera, NULL);
	mutex_unlock(&camera->lock);
}

/* The V4L2 core holds the camera until this has returned. */
static int file_release(struct file *file)
{
	struct virtcam_camera *camera = video_drvdata(file);
	int err = vb2_fop_release(file);

	mutex_lock(&camera->lock);
	virtcam_camera_let_go(camera, file);
	virtcam_output_forget_colorimetry(camera);
	mutex_unlock(&camera->lock);
	return err;
}

/* How often read() faults missing pages in before it gives up with -EFAULT */
#define MAX_READ_TRIES 16

/*
 * vb2_fop_read() copies to the program's memory under the camera's lock, and a
 * page of that may be missing for as long as some other program likes
 * (userfaultfd, FUSE). So there page faults fail, and are made up for without
 * the lock. vb2 goes on with the same bytes then: nothing is lost.
 */
static ssize_t file_read_present(struct file *file, char __user *data,
				 size_t count, loff_t *pos)
{
	ssize_t done;

	pagefault_disable();
	done = vb2_fop_read(file, data, count, pos);
	pagefault_enable();
	return done;
}

static ssize_t file_read(struct file *file, char __user *data, size_t count,
			 loff_t *pos)
{
	struct virtcam_camera *camera = video_drvdata(file);
	ssize_t done = file_read_present(file, data, count, pos);
	unsigned int tries = MAX_READ_TRIES;
	size_t most;

	while (done == -EFAULT && tries--) {
		most = READ_ONCE(camera->mode.sizeimage);
		if (fault_in_safe_writeable(data, min(count, most)))
			break;
		if (signal_pending(current))
			return -EINTR;
		done = file_read_present(file, data, count, pos);
	}
	file_let_go(camera);
	/* vb2 says EINVAL or EIO to a call that waited when the camera went. */
	return done < 0 && !video_is_registered(&camera->vdev) ? -ENODEV : done;
}

static ssize_t file_write(struct file *file, const char __user *data,
			  size_t count, loff_t *pos)
{
	struct virtcam_camera *camera = video_drvdata(file);

	if (!camera_is_output(camera))
		return -EINVAL;
	return virtcam_output_write(file, data, count,
				    READ_ONCE(file_opened(file)->framed));
}

static void file_feed_back(struct virtcam_camera *camera,
			   const struct file *file)
{
	mutex_lock(&camera->lock);
	virtcam_output_feed_back(camera, file);
	mutex_unlock(&camera->lock);
}

/*
 * write() never waits, and vb2 knows nothing of it.
 *
 * A call that waited for the lock while the camera went finds an idle queue, of
 * which vb2_fop_poll() says ERR alone, as of any that does not stream.
 */
static __poll_t file_poll(struct file *file, poll_table *wait)
{
	struct virtcam_camera *camera = video_drvdata(file);
	__poll_t events;

	if (camera_is_output(camera) &&
	    poll_requested_events(wait) & EPOLLOUT)
		file_feed_back(camera, file);
	events = vb2_fop_poll(file, wait);
	if (camera_is_output(camera) && !READ_ONCE(camera->gone) &&
	    !vb2_is_busy(&camera->queue))
		return (events & EPOLLPRI) | EPOLLOUT | EPOLLWRNORM;
	if (events & EPOLLERR && READ_ONCE(camera->gone))
		return EPOLLERR | EPOLLHUP | EPOLLPRI;
	/* It may have begun to read(), and got no buffers. */
	if (events & EPOLLERR)
		file_let_go(camera);
	return events;
}

/* The buffer may have gone after the V4L2 core saw that the node is there. */
static int file_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct virtcam_camera *camera = video_drvdata(file);
	int err = vb2_fop_mmap(file, vma);

	return err && READ_ONCE(camera->gone) ? -ENODEV : err;
}

/*
 * Every form of DQEVENT that video_ioctl2() takes, and no other. Programs of 32
 * bits have a structure whose time, alignment or both are 4 bytes narrower.
 */
static bool file_is_dqevent(unsigned int cmd)
{
	const unsigned int full = sizeof(struct v4l2_event);
	unsigned int size = _IOC_SIZE(cmd);

	if (_IOC_DIR(cmd) != _IOC_READ || _IOC_TYPE(cmd) != 'V' ||
	    _IOC_NR(cmd) != _IOC_NR(VIDIOC_DQEVENT))
		return false;
	if (in_compat_syscall())
		return size == full || size == full - 8 || size == full - 16;
	return size == full ||
	       (!IS_ENABLED(CONFIG_64BIT) && size == full - 8);
}

/*
 * In the V4L2 core DQEVENT waits for an event and for nothing else: a program
 * would sleep on when its camera has gone. So the wait is here, and the core is
 * called once an event is there that no other call can take away.
 */
static long file_dequeue_event(struct file *file, unsigned int cmd,
			       unsigned long arg)
{
	struct video_device *vdev = video_devdata(file);
	struct open_file *opened = file_opened(file);
	struct v4l2_fh *fh = &opened->fh;
	bool pending;
	long err;

	do {
		if (!(file->f_flags & O_NONBLOCK) &&
		    wait_event_interruptible(fh->wait,
					     v4l2_event_pending(fh) ||
					     !video_is_registered(vdev)))
			return -ERESTARTSYS;
		if (!video_is_registered(vdev))
			return -ENODEV;
		if (mutex_lock_interruptible(&opened->events))
			return -ERESTARTSYS;
		pending = v4l2_event_pending(fh);
		err = pending ? video_ioctl2(file, cmd, arg) : -ENOENT;
		mutex_unlock(&opened->events);
	} while (!pending && !(file->f_flags & O_NONBLOCK));
	return err;
}

static long file_unsubscribe_event(struct file *file, unsigned int cmd,
				   unsigned long arg)
{
	struct open_file *opened = file_opened(file);
	long err;

	if (mutex_lock_interruptible(&opened->events))
		return -ERESTARTSYS;
	err = video_ioctl2(file, cmd, arg);
	mutex_unlock(&opened->events);
	return err;
}

static long file_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (!video_is_registered(video_devdata(file)))
		return -ENODEV;
	if (file_is_dqevent(cmd))
		return file_dequeue_event(file, cmd, arg);
	if (cmd == VIDIOC_UNSUBSCRIBE_EVENT)
		return file_unsubscribe_event(file, cmd, arg);
	/* A number that programs of 32 bits share, though their structure differs */
	if (_IOC_TYPE(cmd) == 'V' && _IOC_NR(cmd) == _IOC_NR(VIDIOC_S_FMT))
		WRITE_ONCE(file_opened(file)->framed, true);
	return video_ioctl2(file, cmd, arg);
}

const struct v4l2_file_operations virtcam_file_ops = {
	.owner = THIS_MODULE,
	.open = file_open,
	.release = file_release,
	.read = file_read,
	.write = file_write,
	.poll = file_poll,
	.mmap = file_mmap,
	.unlocked_ioctl = file_ioctl,
};
