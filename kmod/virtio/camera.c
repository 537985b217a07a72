// SPDX-License-Identifier: GPL-2.0-only
/*
 * A camera of the host's, and what the core asks of a provider.
 *
 * There are two sessions. One is as long as the camera: its events tell of controls
 * and modes (listen.c), and controls are set in it. The other one is a stream's:
 * stream.c.
 */
#include <linux/bitmap.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/virtio_config.h>

#include <virtcam/provider.h>

#include "camera.h"
#include "listen.h"

static int camera_start(void *priv, const struct virtcam_mode *mode)
{
	struct vmcam_camera *vm = priv;

	return vmcam_stream_start(&vm->stream, mode);
}

static void camera_stop(void *priv)
{
	struct vmcam_camera *vm = priv;

	vmcam_stream_stop(&vm->stream);
}

static void camera_queue(void *priv, struct virtcam_buffer *buffer)
{
	struct vmcam_camera *vm = priv;

	vmcam_stream_queue(&vm->stream, buffer);
}

static void camera_cancel(void *priv)
{
	struct vmcam_camera *vm = priv;

	vmcam_host_end(&vm->host);
}

/* Returns whether the listener had a value of the control's to tell. */
static bool camera_mark_news(struct vmcam_camera *vm,
			     const struct virtcam_control *control, bool news)
{
	unsigned int i = control - vm->controls->control;
	bool had;

	spin_lock_irq(&vm->host.lock);
	had = test_bit(i, vm->new_values);
	__assign_bit(i, vm->new_values, news);
	spin_unlock_irq(&vm->host.lock);
	if (news)
		mod_delayed_work(system_long_wq, &vm->listener, 0);
	return had;
}

static int camera_set_control(void *priv, u32 id, s64 *value)
{
	const struct virtcam_control *control;
	struct vmcam_camera *vm = priv;
	bool had_news;
	int err;

	/* The core sets defaults. The host's camera stays as it is. */
	if (!vm->registered)
		return 0;
	if (!READ_ONCE(vm->listening))
		return -EIO;
	control = vmcam_controls_find(vm->controls, id);
	/* What the host said of it before is no longer so, if this succeeds. */
	had_news = camera_mark_news(vm, control, false);
	err = vmcam_control_set(&vm->host, vm->session, control, value);
	if (err && had_news)
		camera_mark_news(vm, control, true);
	return err;
}

static void camera_room(void *priv)
{
	struct vmcam_camera *vm = priv;

	vmcam_stream_room(&vm->stream);
}

static int camera_ask_all(struct vmcam_camera *vm, u32 session)
{
	struct vmcam_controls *controls;
	struct vmcam_modes *modes;

	modes = vmcam_modes_read(&vm->host, session);
	if (IS_ERR(modes))
		return PTR_ERR(modes);
	vm->modes = modes;
	controls = vmcam_controls_read(&vm->host, session);
	if (IS_ERR(controls))
		return PTR_ERR(controls);
	vm->controls = controls;
	return vmcam_memory_choose(&vm->host, session, &vm->stream.memory);
}

static int camera_learn(struct vmcam_camera *vm)
{
	struct vmcam_command *close;
	u32 session;
	int err;

	err = vmcam_host_open(&vm->host, &session, &close, vmcam_host_timeout);
	if (!err) {
		err = camera_ask_all(vm, session);
		vmcam_host_close(&vm->host, close);
	}
	if (err)
		dev_err(&vm->host.vdev->dev,
			"the host's camera cannot be had: error %d while it was asked for its modes, controls and memory\n",
			err);
	return err;
}

static int camera_register(struct vmcam_camera *vm)
{
	struct virtio_device *vdev = vm->host.vdev;
	struct virtcam_camera_info info = {
		.card = vm->card,
		.provider = &vm->provider,
		.priv = vm,
		.modes = &vm->modes->modes,
		.memory = VIRTCAM_MEMORY_DMA_SG,
		.writer = VIRTCAM_WRITER_CPU,
		.below_4g = true,
		.dma_dev = vdev->dev.parent,
	};
	unsigned int i;
	int err;

	if (virtio_has_dma_quirk(vdev)) {
		err = dma_coerce_mask_and_coherent(&vdev->dev,
						   DMA_BIT_MASK(64));
		if (err)
			return err;
		info.dma_dev = &vdev->dev;
	}
	/* Where memory that devices reach is copied to and fro, frames are too large. */
	vm->stream.lends = dma_max_mapping_size(info.dma_dev) == SIZE_MAX;
	if (!vm->stream.lends)
		info.memory = VIRTCAM_MEMORY_VMALLOC;
	vm->camera = virtcam_camera_alloc(&vdev->dev, &info);
	if (IS_ERR(vm->camera))
		return PTR_ERR(vm->camera);
	vm->stream.camera = vm->camera;
	err = virtcam_camera_register(vm->camera);
	if (err) {
		virtcam_camera_unregister(vm->camera);
		return err;
	}
	for (i = 0; i < vm->controls->num; i++)
		virtcam_camera_set_control(vm->camera,
					   vm->controls->control[i].id,
					   vm->controls->value[i]);
	WRITE_ONCE(vm->registered, true);
	mod_delayed_work(system_long_wq, &vm->listener, 0);
	return 0;
}

static void camera_init(struct vmcam_camera *vm)
{
	vm->provider = (struct virtcam_provider){
		.controls = vm->controls->control,
		.num_controls = vm->controls->num,
		.start = camera_start,
		.stop = camera_stop,
		.queue = camera_queue,
		.cancel = camera_cancel,
		.set_control = camera_set_control,
	};
	vmcam_stream_init(&vm->stream, &vm->host);
	spin_lock_irq(&vm->host.lock);
	vm->host.news = vmcam_listen_news;
	vm->host.room = camera_room;
	vm->host.priv = vm;
	spin_unlock_irq(&vm->host.lock);
}

/* After the reset the host has no news that would have the listener run again. */
static void camera_free(struct vmcam_camera *vm)
{
	vmcam_host_reset(&vm->host);
	cancel_delayed_work_sync(&vm->listener);
	vmcam_sessions_forget(&vm->host);
	vmcam_command_destroy(&vm->host, vm->close);
	vmcam_host_finish(&vm->host);
	vmcam_controls_destroy(vm->controls);
	vmcam_modes_destroy(vm->modes);
	kfree(vm);
}

/**
 * vmcam_camera_probe() - make a camera of a device of the host's
 * @vdev: the device
 *
 * Context: may sleep.
 * Return: 0, for vmcam_camera_remove(); or a negative errno, and the kernel log says why.
 */
int vmcam_camera_probe(struct virtio_device *vdev)
{
	struct vmcam_camera *vm;
	int err;

	if (!virtio_has_feature(vdev, VIRTIO_F_VERSION_1)) {
		dev_err(&vdev->dev,
			"the host's device is of a time before VirtIO 1.0\n");
		return -ENODEV;
	}
	vm = kzalloc(sizeof(*vm), GFP_KERNEL);
	if (!vm)
		return -ENOMEM;
	INIT_DELAYED_WORK(&vm->listener, vmcam_listen_work);
	vm->hears_after = get_jiffies_64();
	err = vmcam_host_init(&vm->host, vdev);
	if (err) {
		kfree(vm);
		return err;
	}
	if (!virtio_get_shm_region(vdev, &vm->host.shm, WIRE_SHM_MMAP))
		vm->host.shm.len = 0;
	err = vmcam_config_read(&vm->host, vm->card);
	if (!err)
		err = vmcam_host_up(&vm->host);
	if (!err)
		err = camera_learn(vm);
	if (!err) {
		camera_init(vm);
		err = vmcam_listen(vm);
	}
	if (!err)
		err = camera_register(vm);
	if (err)
		camera_free(vm);
	return err;
}

static struct vmcam_camera *camera_of(struct virtio_device *vdev)
{
	return container_of_const((struct vmcam_host *)vdev->priv,
				  struct vmcam_camera, host);
}

/*
 * The host is told what is over, if it listens: QEMU 11.1 does not survive a driver
 * that comes after one that left buffers mapped.
 */
static void camera_part(struct vmcam_camera *vm)
{
	vmcam_host_begin(&vm->host);
	vmcam_sessions_end(&vm->host, VMCAM_HOST_STOP_TIMEOUT);
}

/**
 * vmcam_camera_remove() - undo vmcam_camera_probe()
 * @vdev: the device
 *
 * First nothing waits for the host any more, which may have gone, or be stuck. Once
 * programs know that the camera has gone the host has a short time to end sessions.
 *
 * Context: may sleep.
 */
void vmcam_camera_remove(struct virtio_device *vdev)
{
	struct vmcam_camera *vm = camera_of(vdev);

	vmcam_host_end(&vm->host);
	WRITE_ONCE(vm->registered, false);
	cancel_delayed_work_sync(&vm->listener);
	virtcam_camera_unregister(vm->camera);
	camera_part(vm);
	camera_free(vm);
}

/**
 * vmcam_camera_freeze() - the machine goes to sleep
 * @vdev: the device
 *
 * Context: may sleep; while no program runs.
 * Return: 0.
 */
int vmcam_camera_freeze(struct virtio_device *vdev)
{
	struct vmcam_camera *vm = camera_of(vdev);

	vmcam_host_end(&vm->host);
	vmcam_listen_set(vm, false, 0);
	cancel_delayed_work_sync(&vm->listener);
	spin_lock_irq(&vm->host.lock);
	vm->lost_session = false;
	bitmap_zero(vm->new_values, VMCAM_MAX_CONTROLS);
	spin_unlock_irq(&vm->host.lock);
	vmcam_host_begin(&vm->host);
	vmcam_stream_suspend(&vm->stream);
	vmcam_command_destroy(&vm->host, vm->close);
	vm->close = NULL;
	return 0;
}

/**
 * vmcam_camera_restore() - the machine wakes up
 * @vdev: the device, which has agreed on features again
 *
 * A host that does not listen yet is asked again: virtio does not forgive a device whose
 * driver fails here.
 *
 * Context: may sleep; while no program runs.
 * Return: 0, or a negative errno if there are no queues.
 */
int vmcam_camera_restore(struct virtio_device *vdev)
{
	struct vmcam_camera *vm = camera_of(vdev);
	int err = vmcam_host_up(&vm->host);
	bool listens = !err && !vmcam_listen(vm);

	/* Also where that failed: programs must hear of it. */
	vmcam_stream_resume(&vm->stream);
	spin_lock_irq(&vm->host.lock);
	vm->unheard = true;
	vm->lost_session |= !listens;
	spin_unlock_irq(&vm->host.lock);
	if (!err)
		mod_delayed_work(system_long_wq, &vm->listener, 0);
	return err;
}
