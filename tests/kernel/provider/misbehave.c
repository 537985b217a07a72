// SPDX-License-Identifier: GPL-2.0-only
/*
 * A provider that does what no provider should, to prove that the core survives
 * it. Its controls choose what, tests/kernel/misbehaviour.c has the camera.
 *
 * It draws nothing: buffers are delivered as they are, from a timer's soft
 * interrupt or from a work item.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/scatterlist.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <virtcam/provider.h>

#include "compat.h"
#include "misbehave.h"

static const char * const fault_names[] = {
	"None", "Out Of Order", "Sequence", "Timestamp", "Future", "Twice",
	"Payload", "Damaged", "After Stop", "Others Buffer", "Keeps",
	"Start Fails", "Start Hangs",
};

static const char * const from_names[] = { "Timer", "Work" };

/* The second one cannot be chosen. */
static const char * const hole_names[] = { "First", "", "Third" };

static const struct virtcam_control controls[] = {
	{
		.id = CID_FAULT, .name = "Fault", .type = V4L2_CTRL_TYPE_MENU,
		.max = ARRAY_SIZE(fault_names) - 1, .menu = fault_names,
	},
	{
		.id = CID_FROM, .name = "Deliver From",
		.type = V4L2_CTRL_TYPE_MENU,
		.max = ARRAY_SIZE(from_names) - 1, .menu = from_names,
	},
	{
		.id = CID_REFUSED, .name = "Refused",
		.type = V4L2_CTRL_TYPE_INTEGER, .max = 9, .step = 1,
	},
	{
		.id = CID_DELIVERED, .name = "Delivered",
		.type = V4L2_CTRL_TYPE_INTEGER, .max = S32_MAX, .step = 1,
		.flags = V4L2_CTRL_FLAG_READ_ONLY,
	},
	{
		.id = CID_MODES, .name = "Other Modes",
		.type = V4L2_CTRL_TYPE_BUTTON,
	},
	{
		.id = CID_SIGNAL, .name = "Signal",
		.type = V4L2_CTRL_TYPE_BOOLEAN, .max = 1, .step = 1, .def = 1,
	},
	{
		.id = CID_SWITCHES, .name = "Switches",
		.type = V4L2_CTRL_TYPE_BITMASK, .max = 0x800000ff, .def = 0x11,
	},
	{ .id = V4L2_CID_POWER_LINE_FREQUENCY, .max = 3, .def = 1 },
	{
		.id = CID_LARGE, .name = "Large",
		.type = V4L2_CTRL_TYPE_INTEGER64, .max = 1LL << 40, .step = 1,
	},
	{
		.id = CID_TENFOLD, .name = "Tenfold",
		.type = V4L2_CTRL_TYPE_INTEGER, .max = 99, .step = 1,
	},
	{
		.id = CID_HOLE, .name = "Hole", .type = V4L2_CTRL_TYPE_MENU,
		.max = ARRAY_SIZE(hole_names) - 1, .menu = hole_names,
	},
};

static const struct v4l2_fract rates[] = { { 1, 30 }, { 333333, 20000000 } };
static const struct virtcam_intervals intervals = { 2, rates };
static const struct virtcam_size sizes[] = {
	{ 160, 120, &intervals }, { 640, 480, &intervals },
};

static const struct virtcam_format_modes formats[] = {
	{ .fourcc = V4L2_PIX_FMT_YUYV, .num = 2, .discrete = sizes },
	{
		.fourcc = V4L2_PIX_FMT_NV12,
		.stepwise = { 32, 1920, 16, 32, 1080, 8 },
		.intervals = &intervals,
	},
	{ .fourcc = V4L2_PIX_FMT_MJPEG, .num = 1, .discrete = &sizes[1] },
};

static const struct virtcam_modes modes = { ARRAY_SIZE(formats), formats };

static const struct virtcam_size other_size = { 320, 240, &intervals };
static const struct virtcam_format_modes other_formats[] = {
	{ .fourcc = V4L2_PIX_FMT_GREY, .num = 1, .discrete = &other_size },
};

static const struct virtcam_modes other_modes = { 1, other_formats };

static const struct virtcam_format_modes bad_formats[] = {
	{ .fourcc = v4l2_fourcc('E', 'V', 'I', 'L'), .num = 2, .discrete = sizes },
};

static const struct virtcam_modes bad_modes = { 1, bad_formats };

static unsigned int wrong;
module_param(wrong, uint, 0444);
MODULE_PARM_DESC(wrong, "an enum wrong: what the core must refuse (default nothing)");

static bool by_device;
module_param(by_device, bool, 0444);
MODULE_PARM_DESC(by_device, "buffers are said to be written by a device (default no)");

/**
 * struct misbehave - the camera
 * @device: its device
 * @camera: the camera
 * @cancelled: completed when the camera goes
 * @timer: delivers, or schedules @deliver
 * @deliver: delivers
 * @replace: gives the camera other modes
 * @push: tells programs how many frames were delivered
 * @fault: what to do wrong
 * @from: what delivers
 * @modes: what the camera offers
 * @streaming: between start and stop
 * @lock: guards all below it
 * @empty: buffers to deliver
 * @kept: a buffer that was delivered, and is the provider's no more
 * @sequence: the number of the next frame
 * @delivered: how many frames were delivered
 * @leaving: the module goes, and no work is scheduled any more
 */
static struct misbehave {
	struct platform_device *device;
	struct virtcam_camera *camera;
	struct completion cancelled;
	struct timer_list timer;
	struct work_struct deliver;
	struct work_struct replace;
	struct work_struct push;
	enum fault fault;
	enum from from;
	const struct virtcam_modes *modes;
	bool streaming;

	spinlock_t lock; /* guards all below */
	struct list_head empty;
	struct virtcam_buffer *kept;
	u32 sequence;
	u32 delivered;
	bool leaving;
} cam;

/* A third of the interval, so that programs never wait for long */
#define PERIOD msecs_to_jiffies(10)

static struct virtcam_buffer *misbehave_take(void)
{
	struct virtcam_buffer *buffer = NULL;

	if (!list_empty(&cam.empty)) {
		buffer = cam.fault == FAULT_ORDER ?
			 list_last_entry(&cam.empty, struct virtcam_buffer, list) :
			 list_first_entry(&cam.empty, struct virtcam_buffer, list);
		list_del(&buffer->list);
	}
	return buffer;
}

static void misbehave_spoil(struct virtcam_done *done,
			    const struct virtcam_buffer *buffer)
{
	switch (cam.fault) {
	case FAULT_SEQUENCE:
		done->sequence = 7;
		break;
	case FAULT_TIMESTAMP:
		done->timestamp = 1;
		break;
	case FAULT_FUTURE:
		done->timestamp = ~0ULL;
		break;
	case FAULT_PAYLOAD:
		done->payload = buffer->size + 1;
		break;
	case FAULT_DAMAGED:
		done->damaged = true;
		break;
	default:
		break;
	}
}

static void misbehave_deliver(void)
{
	struct virtcam_done done = { .timestamp = ktime_get_ns() };
	struct virtcam_buffer *buffer;
	unsigned long flags;

	spin_lock_irqsave(&cam.lock, flags);
	buffer = cam.fault == FAULT_KEEPS ? NULL : misbehave_take();
	done.sequence = cam.sequence++;
	spin_unlock_irqrestore(&cam.lock, flags);
	if (!buffer) {
		virtcam_camera_drop(cam.camera, done.sequence, 1);
		return;
	}
	/* Compressed frames differ in size. */
	done.payload = 100 + done.sequence % 50;
	done.flags = V4L2_BUF_FLAG_KEYFRAME;
	misbehave_spoil(&done, buffer);
	if (cam.fault == FAULT_AFTER_STOP)
		cam.kept = buffer;
	virtcam_camera_done(cam.camera, buffer, &done);
	if (cam.fault == FAULT_TWICE)
		virtcam_camera_done(cam.camera, buffer, &done);
	if (cam.fault == FAULT_OTHERS_BUFFER)
		virtcam_camera_done(cam.camera, (void *)&cam, &done);
	cam.delivered++;
	schedule_work(&cam.push);
}

static void misbehave_timer(struct timer_list *timer)
{
	if (cam.from == FROM_WORK)
		schedule_work(&cam.deliver);
	else
		misbehave_deliver();
	if (READ_ONCE(cam.streaming))
		mod_timer(&cam.timer, jiffies + PERIOD);
}

/*
 * After the stream it delivers a buffer that is the provider's no more. While
 * stop() has not returned yet the buffer may be the provider's once more; then
 * the second delivery is the wrong one.
 */
static void misbehave_work(struct work_struct *work)
{
	const struct virtcam_done done = { .sequence = 99 };

	if (READ_ONCE(cam.streaming))
		misbehave_deliver();
	else if (!virtcam_camera_done(cam.camera, cam.kept, &done))
		virtcam_camera_done(cam.camera, cam.kept, &done);
}

static void misbehave_push(struct work_struct *work)
{
	virtcam_camera_set_control(cam.camera, CID_DELIVERED, cam.delivered);
}

static void misbehave_replace(struct work_struct *work)
{
	/* These must be refused, and change nothing. */
	virtcam_camera_set_modes(cam.camera, &bad_modes);
	cam.modes = cam.modes == &modes ? &other_modes : &modes;
	virtcam_camera_set_modes(cam.camera, cam.modes);
}

static int misbehave_start(void *priv, const struct virtcam_mode *mode)
{
	if (cam.fault == FAULT_START_FAILS)
		return -EIO;
	if (cam.fault == FAULT_START_HANGS) {
		wait_for_completion(&cam.cancelled);
		return -ENODEV;
	}
	INIT_LIST_HEAD(&cam.empty);
	cam.sequence = 0;
	cam.streaming = true;
	mod_timer(&cam.timer, jiffies + PERIOD);
	return 0;
}

static void misbehave_stop(void *priv)
{
	WRITE_ONCE(cam.streaming, false);
	timer_delete_sync(&cam.timer);
	cancel_work_sync(&cam.deliver);
	cancel_work_sync(&cam.push);
	spin_lock_irq(&cam.lock);
	if (cam.fault == FAULT_AFTER_STOP && cam.kept && !cam.leaving)
		schedule_work(&cam.deliver);
	spin_unlock_irq(&cam.lock);
}

static void misbehave_queue(void *priv, struct virtcam_buffer *buffer)
{
	unsigned long flags;

	if (by_device && !virtcam_buffer_sg_table(buffer)->nents)
		dev_err(&cam.device->dev, "a buffer has no pages for a device\n");
	spin_lock_irqsave(&cam.lock, flags);
	list_add_tail(&buffer->list, &cam.empty);
	spin_unlock_irqrestore(&cam.lock, flags);
}

static void misbehave_cancel(void *priv)
{
	complete_all(&cam.cancelled);
}

static int misbehave_set_control(void *priv, u32 id, s64 *value)
{
	switch (id) {
	case CID_FAULT:
		cam.fault = *value;
		break;
	case CID_FROM:
		cam.from = *value;
		break;
	case CID_REFUSED:
		return *value ? -EIO : 0;
	case CID_MODES:
		spin_lock_irq(&cam.lock);
		if (!cam.leaving)
			schedule_work(&cam.replace);
		spin_unlock_irq(&cam.lock);
		break;
	case CID_SWITCHES:
		if (*value & ~0x800000ffLL)
			return -ERANGE;
		break;
	case CID_TENFOLD:
		*value *= 10;
		break;
	case CID_HOLE:
		*value = 1;
		break;
	case CID_SIGNAL:
		virtcam_camera_set_signal(cam.camera, *value);
		break;
	}
	return 0;
}

static const struct virtcam_provider provider = {
	.controls = controls,
	.num_controls = ARRAY_SIZE(controls),
	.start = misbehave_start,
	.stop = misbehave_stop,
	.queue = misbehave_queue,
	.cancel = misbehave_cancel,
	.set_control = misbehave_set_control,
};

/* V4L2 would copy a string under the camera's lock. */
static const struct virtcam_control string_control = {
	.id = V4L2_CID_RDS_TX_PS_NAME, .max = 8, .step = 8,
};

static const struct virtcam_provider string_provider = {
	.controls = &string_control,
	.num_controls = 1,
	.start = misbehave_start,
	.stop = misbehave_stop,
	.queue = misbehave_queue,
	.set_control = misbehave_set_control,
};

/* What a host may have told before programs see the camera */
static int misbehave_set_early(void)
{
	virtcam_camera_set_signal(cam.camera, false);
	virtcam_camera_set_signal(cam.camera, true);
	if (virtcam_camera_set_control(cam.camera, CID_DELIVERED, 1) != -EINVAL)
		return -EPROTO;
	return virtcam_camera_set_modes(cam.camera, &modes);
}

static int misbehave_add_camera(void)
{
	const struct virtcam_camera_info info = {
		.card = "0123456789 A Name That Is Much Too Long For A Card",
		.provider = wrong == WRONG_CONTROL ? &string_provider :
						     &provider,
		.modes = wrong == WRONG_MODES ? &bad_modes : &modes,
		.index = wrong == WRONG_INDEX ? VIRTCAM_MAX_INDEX : 0,
		.memory = by_device ? VIRTCAM_MEMORY_DMA_SG :
				      VIRTCAM_MEMORY_VMALLOC,
		.writer = by_device || wrong == WRONG_WRITER ?
			  VIRTCAM_WRITER_DEVICE : VIRTCAM_WRITER_CPU,
	};
	int err;

	cam.modes = &modes;
	cam.camera = virtcam_camera_alloc(&cam.device->dev, &info);
	if (IS_ERR(cam.camera))
		return PTR_ERR(cam.camera);
	err = misbehave_set_early();
	if (!err)
		err = virtcam_camera_register(cam.camera);
	if (err)
		virtcam_camera_unregister(cam.camera);
	return err;
}

static int __init misbehave_init(void)
{
	int err;

	spin_lock_init(&cam.lock);
	INIT_LIST_HEAD(&cam.empty);
	init_completion(&cam.cancelled);
	INIT_WORK(&cam.deliver, misbehave_work);
	INIT_WORK(&cam.replace, misbehave_replace);
	INIT_WORK(&cam.push, misbehave_push);
	timer_setup(&cam.timer, misbehave_timer, 0);
	cam.device = platform_device_register_simple(KBUILD_MODNAME,
						     PLATFORM_DEVID_NONE, NULL,
						     0);
	if (IS_ERR(cam.device))
		return PTR_ERR(cam.device);
	err = misbehave_add_camera();
	if (err)
		platform_device_unregister(cam.device);
	return err;
}

/* No work may call the core once virtcam_camera_unregister() has returned. */
static void __exit misbehave_exit(void)
{
	spin_lock_irq(&cam.lock);
	cam.leaving = true;
	spin_unlock_irq(&cam.lock);
	cancel_work_sync(&cam.replace);
	cancel_work_sync(&cam.deliver);
	virtcam_camera_unregister(cam.camera);
	platform_device_unregister(cam.device);
}

module_init(misbehave_init);
module_exit(misbehave_exit);

MODULE_DESCRIPTION("A virtcam camera that does what none should");
MODULE_LICENSE("GPL");
