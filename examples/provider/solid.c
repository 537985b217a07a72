// SPDX-License-Identifier: GPL-2.0-only
/*
 * A provider in a module of its own: a camera of one colour, which a control
 * chooses. docs/providers.md walks through it.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#include <virtcam/pacer.h>
#include <virtcam/provider.h>

#define CID_COLOUR (V4L2_CID_USER_BASE + 0x1000)

static const char * const solid_names[] = { "Red", "Green", "Blue" };
/* Y, U, Y, V of two pixels */
static const u8 solid_colours[][4] = {
	{ 81, 90, 81, 240 }, { 145, 54, 145, 34 }, { 41, 240, 41, 110 },
};

static const struct virtcam_control solid_controls[] = {
	{
		.id = CID_COLOUR,
		.name = "Colour",
		.type = V4L2_CTRL_TYPE_MENU,
		.max = ARRAY_SIZE(solid_names) - 1,
		.menu = solid_names,
	},
};

/* 5 to 60 frames a second */
static const struct virtcam_intervals solid_intervals = {
	.stepwise = { { 1, 60 }, { 1, 5 }, { 1, 1000000 } },
};

/* From 16x16 to 1920x1080, both even: YUYV has pairs of pixels. */
static const struct virtcam_format_modes solid_formats[] = {
	{
		.fourcc = V4L2_PIX_FMT_YUYV,
		.stepwise = { 16, 1920, 2, 16, 1080, 2 },
		.intervals = &solid_intervals,
	},
};

static const struct virtcam_modes solid_modes = {
	ARRAY_SIZE(solid_formats), solid_formats,
};

static struct solid {
	struct platform_device *device;
	struct virtcam_camera *camera;
	struct virtcam_pacer pacer;
	u32 sizeimage;
	u32 colour;
} solid;

static int solid_set_control(void *priv, u32 id, s64 *value)
{
	WRITE_ONCE(solid.colour, *value);
	return 0;
}

static int solid_start(void *priv, const struct virtcam_mode *mode)
{
	solid.sizeimage = mode->sizeimage;
	return virtcam_pacer_start(&solid.pacer, mode);
}

static void solid_stop(void *priv)
{
	virtcam_pacer_stop(&solid.pacer);
}

static void solid_queue(void *priv, struct virtcam_buffer *buffer)
{
	virtcam_pacer_queue(&solid.pacer, buffer);
}

static void solid_draw(void *priv, const struct virtcam_frame *frame)
{
	const u8 *colour = solid_colours[READ_ONCE(solid.colour)];
	u32 i;

	for (i = 0; i < solid.sizeimage; i += 4)
		memcpy(frame->data + i, colour, 4);
}

static const struct virtcam_provider solid_provider = {
	.controls = solid_controls,
	.num_controls = ARRAY_SIZE(solid_controls),
	.start = solid_start,
	.stop = solid_stop,
	.queue = solid_queue,
	.set_control = solid_set_control,
};

static int __init solid_init(void)
{
	const struct virtcam_camera_info info = {
		.card = "Solid Colour",
		.provider = &solid_provider,
		.modes = &solid_modes,
	};
	int err;

	solid.device = platform_device_register_simple(KBUILD_MODNAME,
						       PLATFORM_DEVID_NONE,
						       NULL, 0);
	if (IS_ERR(solid.device))
		return PTR_ERR(solid.device);
	solid.camera = virtcam_camera_alloc(&solid.device->dev, &info);
	if (IS_ERR(solid.camera)) {
		err = PTR_ERR(solid.camera);
		goto unregister_device;
	}
	virtcam_pacer_init(&solid.pacer, solid.camera, VIRTCAM_PACE_INTERVAL,
			   solid_draw, NULL);
	err = virtcam_camera_register(solid.camera);
	if (err)
		goto unregister_camera;
	return 0;

unregister_camera:
	virtcam_camera_unregister(solid.camera);
unregister_device:
	platform_device_unregister(solid.device);
	return err;
}

static void __exit solid_exit(void)
{
	virtcam_camera_unregister(solid.camera);
	platform_device_unregister(solid.device);
}

module_init(solid_init);
module_exit(solid_exit);

MODULE_DESCRIPTION("A virtcam camera of one colour");
MODULE_LICENSE("GPL");
