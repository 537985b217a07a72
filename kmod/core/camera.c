// SPDX-License-Identifier: GPL-2.0-only
/*
 * A camera's life.
 *
 * V4L2 leaves the memory of a camera to its driver, and programs hold on to
 * cameras in many ways. Who holds what, and what ends it:
 *
 * 1. The registered node holds the video_device and, through it, v4l2_dev. Ends
 *    in virtcam_device_unregister().
 * 2. An open file, with all its dups, holds the same, and the module. Ends with
 *    the last close.
 * 3. A mapping holds its file (2), and the memory of its buffer.
 * 4. An exported dma-buf holds the memory of its buffer and nothing of ours: it
 *    is the module of vb2's memory operations that serves it.
 * 5. The thread and the provider hold nothing. Both are stopped, under the
 *    device's mutex, before virtcam_device_unregister() returns.
 * 6. virtcam_device_register()'s caller holds v4l2_dev until it calls
 *    virtcam_device_unregister().
 *
 * The last of 1, 2 and 6 to end frees the camera, in virtcam_device_release().
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "camera.h"

static void virtcam_device_release(struct v4l2_device *v4l2_dev)
{
	struct virtcam_device *vcam =
		container_of(v4l2_dev, struct virtcam_device, v4l2_dev);

	v4l2_ctrl_handler_free(&vcam->controls);
	v4l2_device_unregister(&vcam->v4l2_dev);
	mutex_destroy(&vcam->lock);
	kfree(vcam);
}

static void node_init(struct virtcam_device *vcam)
{
	struct video_device *vdev = &vcam->vdev;

	strscpy(vdev->name, vcam->config.card, sizeof(vdev->name));
	vdev->v4l2_dev = &vcam->v4l2_dev;
	vdev->fops = &virtcam_file_ops;
	vdev->ioctl_ops = &virtcam_ioctl_ops;
	vdev->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING |
			    V4L2_CAP_READWRITE;
	vdev->lock = &vcam->lock;
	vdev->queue = &vcam->queue;
	vdev->ctrl_handler = &vcam->controls;
	/* The memory is v4l2_dev's to free, later. */
	vdev->release = video_device_release_empty;
	video_set_drvdata(vdev, vcam);
}

/**
 * virtcam_device_register() - plug a camera in
 * @parent: the device it hangs on, bound to a driver; its name is the camera's
 *	bus_info
 * @config: what the camera can do; copied
 * @provider: who makes its frames
 * @priv: handed to the provider's functions, some of which are called from here
 *
 * Context: may sleep.
 * Return: the camera, its node open to programs; the caller owns it and gives
 * it back to virtcam_device_unregister(). On failure an ERR_PTR, and nothing of
 * the provider is called any more.
 */
struct virtcam_device *
virtcam_device_register(struct device *parent,
			const struct virtcam_config *config,
			const struct virtcam_provider *provider, void *priv)
{
	struct virtcam_device *vcam;
	int err;

	vcam = kzalloc(sizeof(*vcam), GFP_KERNEL);
	if (!vcam)
		return ERR_PTR(-ENOMEM);
	vcam->config = *config;
	vcam->provider = provider;
	vcam->priv = priv;
	mutex_init(&vcam->lock);
	spin_lock_init(&vcam->slock);
	INIT_LIST_HEAD(&vcam->empty);
	virtcam_config_default_mode(&vcam->config, &vcam->mode);

	err = v4l2_device_register(parent, &vcam->v4l2_dev);
	if (err)
		goto free_vcam;
	err = virtcam_control_init(vcam);
	if (err)
		goto free_controls;
	err = virtcam_queue_init(vcam, parent);
	if (err)
		goto free_controls;
	node_init(vcam);
	err = video_register_device(&vcam->vdev, VFL_TYPE_VIDEO, -1);
	/* So the V4L2 core calls a node whose name found no memory. */
	if (err == -EINVAL)
		err = -ENOMEM;
	if (err)
		goto free_controls;

	/*
	 * Only now: where registering the node fails, some kernels drop a
	 * reference to v4l2_dev that they never took, if it has a release.
	 */
	vcam->v4l2_dev.release = virtcam_device_release;
	return vcam;

free_controls:
	v4l2_ctrl_handler_free(&vcam->controls);
	v4l2_device_unregister(&vcam->v4l2_dev);
free_vcam:
	mutex_destroy(&vcam->lock);
	kfree(vcam);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(virtcam_device_register);

/**
 * virtcam_device_unregister() - unplug a camera
 * @vcam: the camera, not to be used by the caller any more; or NULL
 *
 * Programs that wait for a frame are woken, and from here on every call on the
 * node fails with ENODEV (docs/lifetimes.md). When this returns no function of
 * the provider runs and none will, so its data and its module may go; the
 * camera's own memory goes with its last holder.
 *
 * Context: may sleep; not under the device's mutex.
 */
void virtcam_device_unregister(struct virtcam_device *vcam)
{
	if (!vcam)
		return;

	/* read() and poll() may start a stream without looking again. */
	mutex_lock(&vcam->lock);
	WRITE_ONCE(vcam->gone, true);
	mutex_unlock(&vcam->lock);

	/* From here on no ioctl is let in, not even from the lock's queue. */
	video_unregister_device(&vcam->vdev);

	/* Who waits for a frame wakes up, and leaves before the queue goes. */
	mutex_lock(&vcam->lock);
	vb2_core_streamoff(&vcam->queue, vcam->queue.type);
	mutex_unlock(&vcam->lock);
	wait_event(vcam->nobody_waits, !READ_ONCE(vcam->waiting));

	mutex_lock(&vcam->lock);
	vb2_queue_release(&vcam->queue);
	vcam->queue.owner = NULL;
	vcam->provider = NULL;
	vcam->priv = NULL;
	mutex_unlock(&vcam->lock);

	v4l2_device_put(&vcam->v4l2_dev);
}
EXPORT_SYMBOL_GPL(virtcam_device_unregister);

/**
 * virtcam_device_node_name() - the node that programs open
 * @vcam: a camera that the caller has not unregistered
 *
 * Return: its name below /dev, owned by the camera.
 */
const char *virtcam_device_node_name(struct virtcam_device *vcam)
{
	return video_device_node_name(&vcam->vdev);
}
EXPORT_SYMBOL_GPL(virtcam_device_node_name);
