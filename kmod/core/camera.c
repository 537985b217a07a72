// SPDX-License-Identifier: GPL-2.0-only
/*
 * A camera's life.
 *
 * V4L2 leaves the memory of a camera to its driver, and programs hold on to
 * cameras in many ways. Who holds what, and what ends it:
 *
 * 1. The registered node holds the video_device and, through it, v4l2_dev. Ends
 *    in virtcam_camera_unregister().
 * 2. An open file, with all its dups, holds the same, and the module. Ends with
 *    the last close.
 * 3. A mapping holds its file (2), and the memory of its buffer.
 * 4. An exported dma-buf holds the memory of its buffer and, where that is
 *    VIRTCAM_MEMORY_DMA_SG, the struct device that it was mapped for; neither the
 *    camera nor this module, since vb2's module of that memory serves it.
 * 5. The provider, which called virtcam_camera_alloc(), holds v4l2_dev until it
 *    calls virtcam_camera_unregister(). Its functions need hold nothing: it is
 *    stopped, under the camera's lock, before that returns.
 *
 * The last of 1, 2 and 5 to end frees the camera, in camera_release().
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <media/v4l2-event.h>

#include "camera.h"

/* Room for the sentence that names what is wrong with a provider's modes */
#define FAULT_SIZE 96

static void camera_free(struct virtcam_camera *camera)
{
	v4l2_ctrl_handler_free(&camera->controls);
	v4l2_device_unregister(&camera->v4l2_dev);
	mutex_destroy(&camera->lock);
	kfree(camera);
}

static void camera_release(struct v4l2_device *v4l2_dev)
{
	camera_free(container_of(v4l2_dev, struct virtcam_camera, v4l2_dev));
}

static void camera_init_node(struct virtcam_camera *camera, const char *card,
			     enum virtcam_direction direction)
{
	struct video_device *vdev = &camera->vdev;
	bool output = direction == VIRTCAM_OUTPUT;

	strscpy(vdev->name, card, VIRTCAM_CARD_SIZE);
	vdev->v4l2_dev = &camera->v4l2_dev;
	vdev->fops = &virtcam_file_ops;
	vdev->ioctl_ops = &virtcam_ioctl_ops;
	vdev->vfl_dir = output ? VFL_DIR_TX : VFL_DIR_RX;
	vdev->device_caps = V4L2_CAP_STREAMING | V4L2_CAP_READWRITE |
			    (output ? V4L2_CAP_VIDEO_OUTPUT :
				      V4L2_CAP_VIDEO_CAPTURE);
	vdev->lock = &camera->lock;
	vdev->queue = &camera->queue;
	vdev->ctrl_handler = &camera->controls;
	/* The memory is freed later, by v4l2_dev's release. */
	vdev->release = video_device_release_empty;
	video_set_drvdata(vdev, camera);
}

static int camera_check_modes(struct device *parent,
			      const struct virtcam_modes *modes)
{
	char fault[FAULT_SIZE];
	int err = virtcam_modes_check(modes, fault, sizeof(fault));

	if (err)
		dev_err(parent, "the provider's modes are refused: %s\n",
			fault);
	return err;
}

static int camera_check_info(struct device *parent,
			     const struct virtcam_camera_info *info)
{
	if (info->writer == VIRTCAM_WRITER_DEVICE &&
	    info->memory != VIRTCAM_MEMORY_DMA_SG) {
		dev_err(parent, "the provider's device cannot write into memory of the processor alone\n");
		return -EINVAL;
	}
	if (info->index >= VIRTCAM_MAX_INDEX) {
		dev_err(parent, "the provider's index %u is refused; allowed is 0 to %u\n",
			info->index, VIRTCAM_MAX_INDEX - 1);
		return -EINVAL;
	}
	return camera_check_modes(parent, info->modes);
}

/**
 * virtcam_camera_alloc() - make a camera that no program sees yet
 * @parent: the device that the camera belongs to; its name is part of the
 *	camera's bus_info
 * @info: what the camera is like; not used any more after this returns, but for
 *	what its pointers lead to
 *
 * No function of the provider is called.
 *
 * Context: may sleep.
 * Return: the camera, for virtcam_camera_unregister() in the end, whether or not
 * it is registered meanwhile; or an ERR_PTR, and the kernel log says why:
 * -EINVAL for modes that cannot be offered or a wrong @info, -EOPNOTSUPP for memory that this
 * kernel has no support for, -ENOMEM.
 */
struct virtcam_camera *
virtcam_camera_alloc(struct device *parent,
		     const struct virtcam_camera_info *info)
{
	struct virtcam_camera *camera;
	int err;

	err = camera_check_info(parent, info);
	if (err)
		return ERR_PTR(err);
	camera = kzalloc(sizeof(*camera), GFP_KERNEL);
	if (!camera)
		return ERR_PTR(-ENOMEM);
	camera->provider = info->provider;
	camera->priv = info->priv;
	camera->counters = info->counters;
	camera->num_counters = info->num_counters;
	camera->writer = info->writer;
	camera->index = info->index;
	camera->provided_modes = info->modes;
	camera->modes = info->modes;
	mutex_init(&camera->lock);
	init_waitqueue_head(&camera->nobody_waits);
	spin_lock_init(&camera->slock);
	INIT_LIST_HEAD(&camera->idle);
	INIT_LIST_HEAD(&camera->lent);
	virtcam_modes_default(camera->modes, &camera->mode);

	/* By default it has the name of the parent's driver, which may have none. */
	snprintf(camera->v4l2_dev.name, sizeof(camera->v4l2_dev.name), "%s %s",
		 KBUILD_MODNAME, dev_name(parent));
	err = v4l2_device_register(parent, &camera->v4l2_dev);
	if (err)
		goto free_camera;
	v4l2_ctrl_handler_init(&camera->controls,
			       info->provider->num_controls +
			       info->num_counters + VIRTCAM_NUM_COUNTERS);
	camera_init_node(camera, info->card, info->direction);
	err = virtcam_queue_init(camera, info->memory,
				 info->dma_dev ?: parent);
	if (err)
		goto free_controls;
	/* Memory of vmalloc's is not for devices, and its allocator takes no zone. */
	if (info->below_4g && info->memory == VIRTCAM_MEMORY_DMA_SG)
		camera->queue.gfp_flags = GFP_DMA32;
	return camera;

free_controls:
	v4l2_ctrl_handler_free(&camera->controls);
	v4l2_device_unregister(&camera->v4l2_dev);
free_camera:
	mutex_destroy(&camera->lock);
	kfree(camera);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(virtcam_camera_alloc);

/**
 * virtcam_camera_register() - let programs see a camera
 * @camera: the camera
 *
 * Each control of the provider that programs can write is set to its default,
 * through set_control().
 *
 * Context: may sleep.
 * Return: 0, or a negative errno and no program has seen the camera.
 */
int virtcam_camera_register(struct virtcam_camera *camera)
{
	struct video_device *vdev = &camera->vdev;
	int err;

	mutex_lock(&camera->lock);
	err = virtcam_control_init(camera);
	mutex_unlock(&camera->lock);
	if (err)
		return err;
	/*
	 * V4L2 counts the nodes of each v4l2_device, and here each node has one of
	 * its own, so that all would have index 0, of which udev makes one link
	 * in /dev/v4l/by-path for all nodes of a device. udev is told of the node
	 * once it has its own index.
	 */
	dev_set_uevent_suppress(&vdev->dev, true);
	err = video_register_device(vdev, VFL_TYPE_VIDEO, -1);
	dev_set_uevent_suppress(&vdev->dev, false);
	/*
	 * dev_set_name() finds no memory, video_register_device() ignores that,
	 * and device_register() then says EINVAL of a device without a name.
	 */
	if (err == -EINVAL && !vdev->dev.kobj.name)
		err = -ENOMEM;
	if (err == -ENFILE)
		dev_err(camera->v4l2_dev.dev,
			"V4L2 has no number left for a node (all cameras of a machine share 256): take others away first\n");
	if (err)
		return err;
	/*
	 * Only now: where video_register_device() fails, some kernels drop a
	 * reference to v4l2_dev that they never took, if it has a release.
	 */
	camera->v4l2_dev.release = camera_release;
	vdev->index = camera->index;
	kobject_uevent(&vdev->dev.kobj, KOBJ_ADD);
	return 0;
}
EXPORT_SYMBOL_GPL(virtcam_camera_register);

/**
 * virtcam_camera_leave() - let go of the lock and let the provider copy
 * @camera: a camera whose lock is held
 *
 * virtcam_camera_unregister() does not return before virtcam_camera_return().
 *
 * Return: false, and the lock is held still, if the camera has gone.
 */
bool virtcam_camera_leave(struct virtcam_camera *camera)
{
	lockdep_assert_held(&camera->lock);
	if (READ_ONCE(camera->gone))
		return false;
	camera->waiting++;
	mutex_unlock(&camera->lock);
	return true;
}

/**
 * virtcam_camera_return() - take the lock again
 * @camera: a camera, after virtcam_camera_leave()
 *
 * The last call to return wakes virtcam_camera_unregister(), which waits for all.
 */
void virtcam_camera_return(struct virtcam_camera *camera)
{
	mutex_lock(&camera->lock);
	WRITE_ONCE(camera->waiting, camera->waiting - 1);
	if (!camera->waiting && wq_has_sleeper(&camera->nobody_waits))
		wake_up_all(&camera->nobody_waits);
}

static void camera_unplug(struct virtcam_camera *camera)
{
	/*
	 * Neither read() nor poll() looks whether the node is registered once it
	 * has the lock, so queue_setup() and queue_start() look at gone.
	 */
	WRITE_ONCE(camera->gone, true);
	/*
	 * A thread that has the lock may be in start(), stop() or set_control(),
	 * waiting for a host or a process: cancel() ends that.
	 */
	if (camera->provider->cancel)
		camera->provider->cancel(camera->priv);

	/* From here on the V4L2 core lets no ioctl in that waits for the lock. */
	video_unregister_device(&camera->vdev);

	/* Programs that wait for a frame wake up, and leave before the queue goes. */
	mutex_lock(&camera->lock);
	vb2_core_streamoff(&camera->queue, camera->queue.type);
	mutex_unlock(&camera->lock);
	wait_event(camera->nobody_waits, !READ_ONCE(camera->waiting));

	mutex_lock(&camera->lock);
	vb2_queue_release(&camera->queue);
	camera->queue.owner = NULL;
	camera->provider = NULL;
	camera->priv = NULL;
	camera->provided_modes = NULL;
	camera->modes = NULL;
	mutex_unlock(&camera->lock);
}

/**
 * virtcam_camera_unregister() - take a camera away
 * @camera: the camera, registered or not, not to be used by the caller any more;
 *	or NULL
 *
 * Programs that wait for a frame are woken, and from here on every call on the
 * node fails with -ENODEV (docs/lifetimes.md). When this returns no function of
 * the provider runs and none will, so its data and its module may go; the
 * camera's own memory goes with its last holder.
 *
 * Context: may sleep; from no function of the provider.
 */
void virtcam_camera_unregister(struct virtcam_camera *camera)
{
	if (!camera)
		return;
	if (!camera->v4l2_dev.release) {
		camera_free(camera);
		return;
	}
	camera_unplug(camera);
	v4l2_device_put(&camera->v4l2_dev);
}
EXPORT_SYMBOL_GPL(virtcam_camera_unregister);

/**
 * virtcam_camera_node_name() - the node that programs open
 * @camera: a registered camera
 *
 * Return: the node's name below /dev, owned by the camera.
 */
const char *virtcam_camera_node_name(struct virtcam_camera *camera)
{
	return video_device_node_name(&camera->vdev);
}
EXPORT_SYMBOL_GPL(virtcam_camera_node_name);

/**
 * virtcam_camera_tell_change() - tell programs that they should look anew
 * @camera: the camera, registered or not
 *
 * Context: any but a hard interrupt of a PREEMPT_RT kernel.
 */
void virtcam_camera_tell_change(struct virtcam_camera *camera)
{
	const struct v4l2_event change = {
		.type = camera_is_output(camera) ? VIRTCAM_EVENT_MODE :
						   V4L2_EVENT_SOURCE_CHANGE,
		.u.src_change.changes = V4L2_EVENT_SRC_CH_RESOLUTION,
	};

	if (video_is_registered(&camera->vdev))
		v4l2_event_queue(&camera->vdev, &change);
}

/**
 * virtcam_camera_set_modes() - replace what a camera can deliver
 * @camera: the camera, registered or not
 * @modes: what it can deliver from now on; the provider's, must stay until other
 *	modes are set or virtcam_camera_unregister() has returned. Those of before
 *	are not used any more when this returns.
 *
 * Programs get V4L2_EVENT_SOURCE_CHANGE. A program that has buffers keeps the
 * mode it has until it gives them back; starting another stream with them fails
 * with -EPIPE where the mode is not offered any more. Whether a stream that runs
 * goes on is up to the provider.
 *
 * Context: may sleep; takes the camera's lock.
 * Return: 0, or -EINVAL and nothing has changed: the kernel log says why.
 */
int virtcam_camera_set_modes(struct virtcam_camera *camera,
			     const struct virtcam_modes *modes)
{
	int err = camera_check_modes(camera->v4l2_dev.dev, modes);

	if (err)
		return err;
	mutex_lock(&camera->lock);
	camera->provided_modes = modes;
	if (camera->modes != &camera->only.modes)
		camera->modes = modes;
	camera->modes_replaced = true;
	virtcam_camera_settle_mode(camera);
	mutex_unlock(&camera->lock);
	virtcam_camera_tell_change(camera);
	return 0;
}
EXPORT_SYMBOL_GPL(virtcam_camera_set_modes);

/**
 * virtcam_camera_set_signal() - say whether a camera has anything to show
 * @camera: the camera, registered or not
 * @present: false: programs see V4L2_IN_ST_NO_SIGNAL as the status of the input.
 *	A new camera has a signal.
 *
 * Programs get V4L2_EVENT_SOURCE_CHANGE if that is news.
 *
 * Context: any but a hard interrupt of a PREEMPT_RT kernel.
 */
void virtcam_camera_set_signal(struct virtcam_camera *camera, bool present)
{
	if (!!xchg(&camera->no_signal, !present) == present)
		virtcam_camera_tell_change(camera);
}
EXPORT_SYMBOL_GPL(virtcam_camera_set_signal);

/**
 * virtcam_camera_fail() - say that a stream has ended, and no program ended it
 * @camera: a registered camera whose stream runs
 *
 * DQBUF and read() fail with -EIO, and poll() says EPOLLERR, until the program
 * stops the stream.
 *
 * Context: any but a hard interrupt of a PREEMPT_RT kernel.
 */
void virtcam_camera_fail(struct virtcam_camera *camera)
{
	vb2_queue_error(&camera->queue);
}
EXPORT_SYMBOL_GPL(virtcam_camera_fail);
