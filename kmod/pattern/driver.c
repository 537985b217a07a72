// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/v4l2-controls.h>

#include <virtcam/pacer.h>
#include <virtcam/provider.h>

#include "device.h"
#include "driver.h"
#include "picture.h"

/**
 * struct pattern - a camera that draws
 * @pacer: keeps its time
 * @settings_lock: guards @settings and @changed; nothing is called under it
 * @settings: what the controls say
 * @changed: @picture does not show @settings yet
 * @picture: while streaming, the drawing thread's own
 * @memory: what @picture draws with; allocated while streaming
 * @intervals: the frame intervals of every size
 * @modes: what the camera offers: @formats
 * @formats: what it offers in each format
 */
struct pattern {
	struct virtcam_pacer pacer;
	spinlock_t settings_lock; /* guards settings and changed */
	struct pattern_settings settings;
	bool changed;
	struct pattern_picture picture;
	void *memory;

	struct virtcam_intervals intervals;
	struct virtcam_modes modes;
	struct virtcam_format_modes formats[];
};

static const char * const pattern_names[] = {
	[PATTERN_BARS] = "Colour Bars",
	[PATTERN_GRADIENT] = "Gradient",
	[PATTERN_CHECKERBOARD] = "Checkerboard",
	[PATTERN_NOISE] = "Noise",
	[PATTERN_BLACK] = "Black",
	[PATTERN_WHITE] = "White",
	[PATTERN_RED] = "Solid Red",
	[PATTERN_GREEN] = "Solid Green",
	[PATTERN_BLUE] = "Solid Blue",
};

#define CONTROL(cid, lowest, highest, initial)				\
	{ .id = cid, .min = lowest, .max = highest, .step = 1, .def = initial }

static const struct virtcam_control pattern_controls[] = {
	CONTROL(V4L2_CID_BRIGHTNESS, 0, 255, 128),
	CONTROL(V4L2_CID_CONTRAST, 0, 255, 128),
	CONTROL(V4L2_CID_SATURATION, 0, 255, 128),
	CONTROL(V4L2_CID_HUE, -128, 127, 0),
	CONTROL(V4L2_CID_HFLIP, 0, 1, 0),
	CONTROL(V4L2_CID_VFLIP, 0, 1, 0),
	{
		.id = V4L2_CID_TEST_PATTERN,
		.max = PATTERN_COUNT - 1,
		.def = PATTERN_BARS,
		.menu = pattern_names,
	},
};

static int pattern_set_control(void *priv, u32 id, s64 *value)
{
	struct pattern *pattern = priv;
	struct pattern_settings *settings = &pattern->settings;

	spin_lock(&pattern->settings_lock);
	switch (id) {
	case V4L2_CID_BRIGHTNESS:
		settings->adjust.brightness = *value;
		break;
	case V4L2_CID_CONTRAST:
		settings->adjust.contrast = *value;
		break;
	case V4L2_CID_SATURATION:
		settings->adjust.saturation = *value;
		break;
	case V4L2_CID_HUE:
		settings->adjust.hue = *value;
		break;
	case V4L2_CID_HFLIP:
		settings->hflip = *value;
		break;
	case V4L2_CID_VFLIP:
		settings->vflip = *value;
		break;
	case V4L2_CID_TEST_PATTERN:
		settings->pattern = *value;
		break;
	}
	pattern->changed = true;
	spin_unlock(&pattern->settings_lock);
	return 0;
}

static void pattern_compose_if_changed(struct pattern *pattern)
{
	struct pattern_settings settings;
	bool changed;

	spin_lock(&pattern->settings_lock);
	settings = pattern->settings;
	changed = pattern->changed;
	pattern->changed = false;
	spin_unlock(&pattern->settings_lock);
	if (changed)
		pattern_picture_compose(&pattern->picture, &settings);
}

/* The thread composes the picture: STREAMON does not wait for it. */
static int pattern_start(void *priv, const struct virtcam_mode *mode)
{
	struct pattern *pattern = priv;
	int err;

	pattern->memory = kvmalloc(pattern_picture_memory(mode), GFP_KERNEL);
	if (!pattern->memory)
		return -ENOMEM;
	pattern_picture_init(&pattern->picture, mode, pattern->memory);
	spin_lock(&pattern->settings_lock);
	pattern->changed = true;
	spin_unlock(&pattern->settings_lock);

	err = virtcam_pacer_start(&pattern->pacer, mode);
	if (err)
		kvfree(pattern->memory);
	return err;
}

static void pattern_stop(void *priv)
{
	struct pattern *pattern = priv;

	virtcam_pacer_stop(&pattern->pacer);
	kvfree(pattern->memory);
}

static void pattern_queue(void *priv, struct virtcam_buffer *buffer)
{
	struct pattern *pattern = priv;

	virtcam_pacer_queue(&pattern->pacer, buffer);
}

static void pattern_draw(void *priv, const struct virtcam_frame *frame)
{
	struct pattern *pattern = priv;
	struct pattern_picture *picture = &pattern->picture;

	pattern_compose_if_changed(pattern);
	pattern_picture_draw(picture, frame->data, frame->sequence,
			     frame->elapsed);
	pattern_overlay_draw_stamp(&picture->overlay, frame->data,
				   frame->sequence, ktime_get_ns());
}

static const struct virtcam_provider pattern_provider = {
	.controls = pattern_controls,
	.num_controls = ARRAY_SIZE(pattern_controls),
	.start = pattern_start,
	.stop = pattern_stop,
	.queue = pattern_queue,
	.set_control = pattern_set_control,
};

/*
 * The camera's modes point into @config, which configfs refuses to change while
 * there is a camera.
 */
static void pattern_offer(struct pattern *pattern,
			  struct pattern_config *config)
{
	unsigned int i;

	pattern->intervals.num = config->num_intervals;
	pattern->intervals.discrete = config->intervals;
	for (i = 0; i < config->num_sizes; i++)
		config->sizes[i].intervals = &pattern->intervals;
	for (i = 0; i < config->num_formats; i++)
		pattern->formats[i] = (struct virtcam_format_modes) {
			.fourcc = config->formats[i],
			.num = config->num_sizes,
			.discrete = config->sizes,
		};
	pattern->modes.num = config->num_formats;
	pattern->modes.formats = pattern->formats;
}

static int pattern_register(struct device *dev, struct pattern *pattern,
			    struct pattern_device *device)
{
	const struct virtcam_camera_info info = {
		.card = device->instance.card,
		.provider = &pattern_provider,
		.priv = pattern,
		.modes = &pattern->modes,
		.memory = device->config.memory,
		.writer = VIRTCAM_WRITER_CPU,
	};
	struct virtcam_camera *camera;
	int err;

	camera = virtcam_camera_alloc(dev, &info);
	if (IS_ERR(camera))
		return PTR_ERR(camera);
	virtcam_pacer_init(&pattern->pacer, camera, device->config.pace,
			   pattern_draw, pattern);
	err = virtcam_camera_register(camera);
	if (err) {
		virtcam_camera_unregister(camera);
		return err;
	}
	device->instance.camera = camera;
	return 0;
}

/**
 * pattern_bind() - make a pattern camera
 * @dev: its device
 * @instance: that of a struct pattern_device
 *
 * Context: may sleep; under the lock of @dev.
 * Return: 0, or a negative errno.
 */
int pattern_bind(struct device *dev, struct virtcam_instance *instance)
{
	struct pattern_device *device = pattern_device_of(instance);
	struct pattern_config *config = &device->config;
	struct pattern *pattern;
	int err;

	pattern = kzalloc(struct_size(pattern, formats, config->num_formats),
			  GFP_KERNEL);
	if (!pattern)
		return -ENOMEM;
	spin_lock_init(&pattern->settings_lock);
	pattern_offer(pattern, config);
	err = pattern_register(dev, pattern, device);
	if (err) {
		kfree(pattern);
		return err;
	}
	device->pattern = pattern;
	return 0;
}

/**
 * pattern_unbind() - undo pattern_bind()
 * @instance: the instance
 *
 * Context: may sleep; under the lock of its device.
 */
void pattern_unbind(struct virtcam_instance *instance)
{
	struct pattern_device *device = pattern_device_of(instance);

	virtcam_camera_unregister(instance->camera);
	instance->camera = NULL;
	kfree(device->pattern);
	device->pattern = NULL;
}
