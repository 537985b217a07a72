// SPDX-License-Identifier: GPL-2.0-only
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/v4l2-controls.h>

#include "../core/compat.h"
#include "picture.h"
#include "driver.h"
#include "device.h"
#include <virtcam/provider.h>

/**
 * struct pattern - a drawing provider's camera
 * @settings_lock: guards @settings and @changed; nothing is called under it
 * @settings: what the controls say
 * @changed: @picture does not show @settings yet
 * @picture: while streaming, the drawing thread's own
 * @memory: its memory
 */
struct pattern {
	spinlock_t settings_lock; /* guards settings and changed */
	struct pattern_settings settings;
	bool changed;
	struct pattern_picture picture;
	void *memory;
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

static const struct virtcam_control controls[] = {
	{ V4L2_CID_BRIGHTNESS, 0, 255, 1, 128 },
	{ V4L2_CID_CONTRAST, 0, 255, 1, 128 },
	{ V4L2_CID_SATURATION, 0, 255, 1, 128 },
	{ V4L2_CID_HUE, -128, 127, 1, 0 },
	{ V4L2_CID_HFLIP, 0, 1, 1, 0 },
	{ V4L2_CID_VFLIP, 0, 1, 1, 0 },
	{ V4L2_CID_TEST_PATTERN, 0, PATTERN_COUNT - 1, 1, PATTERN_BARS,
	  pattern_names },
};

static void set_control(void *priv, u32 id, s32 value)
{
	struct pattern *pattern = priv;
	struct pattern_settings *settings = &pattern->settings;

	spin_lock(&pattern->settings_lock);
	switch (id) {
	case V4L2_CID_BRIGHTNESS:
		settings->adjust.brightness = value;
		break;
	case V4L2_CID_CONTRAST:
		settings->adjust.contrast = value;
		break;
	case V4L2_CID_SATURATION:
		settings->adjust.saturation = value;
		break;
	case V4L2_CID_HUE:
		settings->adjust.hue = value;
		break;
	case V4L2_CID_HFLIP:
		settings->hflip = value;
		break;
	case V4L2_CID_VFLIP:
		settings->vflip = value;
		break;
	case V4L2_CID_TEST_PATTERN:
		settings->pattern = value;
		break;
	}
	pattern->changed = true;
	spin_unlock(&pattern->settings_lock);
}

static void compose_if_changed(struct pattern *pattern)
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
static int start(void *priv, const struct virtcam_mode *mode)
{
	struct pattern *pattern = priv;

	pattern->memory = kvmalloc(pattern_picture_memory(mode), GFP_KERNEL);
	if (!pattern->memory)
		return -ENOMEM;
	pattern_picture_init(&pattern->picture, mode, pattern->memory);

	spin_lock(&pattern->settings_lock);
	pattern->changed = true;
	spin_unlock(&pattern->settings_lock);
	return 0;
}

static void stop(void *priv)
{
	struct pattern *pattern = priv;

	kvfree(pattern->memory);
	pattern->memory = NULL;
}

static void draw(void *priv, const struct virtcam_frame *frame)
{
	struct pattern *pattern = priv;
	struct pattern_picture *picture = &pattern->picture;

	compose_if_changed(pattern);
	pattern_picture_draw(picture, frame->data, frame->sequence,
			     frame->elapsed);
	pattern_overlay_draw_stamp(&picture->overlay, frame->data,
				   frame->sequence, ktime_get_ns());
}

static const struct virtcam_provider provider = {
	.controls = controls,
	.num_controls = ARRAY_SIZE(controls),
	.start = start,
	.stop = stop,
	.draw = draw,
	.set_control = set_control,
};

static int plug(struct platform_device *pdev,
		struct virtcam_bus_camera *camera)
{
	struct virtcam_device *vcam;
	struct pattern *pattern;

	pattern = kzalloc(sizeof(*pattern), GFP_KERNEL);
	if (!pattern)
		return -ENOMEM;
	spin_lock_init(&pattern->settings_lock);
	/* Ours, before the V4L2 core takes the place for itself. */
	platform_set_drvdata(pdev, pattern);
	vcam = virtcam_device_register(&pdev->dev, &camera->config, &provider,
				       pattern);
	if (IS_ERR(vcam)) {
		kfree(pattern);
		return PTR_ERR(vcam);
	}
	camera->vcam = vcam;
	return 0;
}

static int probe(struct platform_device *pdev)
{
	struct virtcam_bus_camera *camera = dev_get_platdata(&pdev->dev);

	/* driver_override brings other people's devices, with their data. */
	if (!camera || strcmp(pdev->name, KBUILD_MODNAME))
		return -ENODEV;
	camera->error = plug(pdev, camera);
	return camera->error;
}

static VIRTCAM_COMPAT_REMOVE_TYPE unplug(struct platform_device *pdev)
{
	struct virtcam_bus_camera *camera = dev_get_platdata(&pdev->dev);
	struct pattern *pattern = platform_get_drvdata(pdev);

	virtcam_device_unregister(camera->vcam);
	camera->vcam = NULL;
	kfree(pattern);
	return VIRTCAM_COMPAT_REMOVED;
}

struct platform_driver virtcam_pattern_driver = {
	.probe = probe,
	.remove = unplug,
	.driver = {
		.name = KBUILD_MODNAME,
		/* Whoever plugs a camera in wants to know how it went. */
		.probe_type = PROBE_FORCE_SYNCHRONOUS,
	},
};
