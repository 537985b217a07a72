// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "device.h"
#include "driver.h"
#include "feed.h"

/* The last of a device's nodes, so that each viewer's has the viewer's number. */
#define OUTPUT_INDEX (VIRTCAM_MAX_INDEX - 1)

static const char * const counter_names[FEED_NUM_COUNTERS] = {
	[FEED_FRAMES_IN] = "Frames In",
	[FEED_FRAMES_OUT] = "Frames Out",
	[FEED_NO_BUFFER] = "Frames Without Buffer",
	[FEED_NO_VIEWER] = "Frames Without Viewer",
	[FEED_PLACEHOLDERS] = "Placeholder Frames",
	[FEED_COPIES] = "Copies",
	[FEED_REFUSED] = "Frames Refused",
};

static int feed_make_viewer(struct device *dev, struct feed *feed,
			    unsigned int i)
{
	struct feed_viewer *viewer = &feed->viewers[i];
	const struct virtcam_camera_info info = {
		.card = feed->card,
		.provider = &feed_viewer_provider,
		.priv = viewer,
		.direction = VIRTCAM_CAPTURE,
		.modes = &feed->capture_offer.modes,
		.memory = VIRTCAM_MEMORY_SHARED,
		.writer = VIRTCAM_WRITER_CPU,
		.index = i,
	};
	struct virtcam_camera *camera = virtcam_camera_alloc(dev, &info);

	if (IS_ERR(camera))
		return PTR_ERR(camera);
	feed_viewer_init(viewer, feed, i + 1);
	viewer->camera = camera;
	return 0;
}

static int feed_make_output(struct device *dev, struct feed *feed)
{
	const struct virtcam_camera_info info = {
		.card = feed->card,
		.provider = &feed_producer_provider,
		.priv = feed,
		.direction = VIRTCAM_OUTPUT,
		.modes = &feed->output_offer.modes,
		.memory = VIRTCAM_MEMORY_SHARED,
		.writer = VIRTCAM_WRITER_CPU,
		.counters = feed->counter_controls,
		.num_counters = FEED_NUM_COUNTERS,
		.index = OUTPUT_INDEX,
	};
	struct virtcam_camera *camera;
	unsigned int i;

	for (i = 0; i < FEED_NUM_COUNTERS; i++)
		feed->counter_controls[i] = (struct virtcam_counter) {
			FEED_CID_COUNTERS + i, counter_names[i],
			&feed->counters[i],
		};
	camera = virtcam_camera_alloc(dev, &info);
	if (IS_ERR(camera))
		return PTR_ERR(camera);
	feed->output = camera;
	return 0;
}

static int feed_make_nodes(struct device *dev, struct feed *feed)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < feed->config->viewers && !err; i++) {
		err = feed_make_viewer(dev, feed, i);
		if (!err)
			feed->num_viewers++;
	}
	return err ?: feed_make_output(dev, feed);
}

/* Programs that look for a camera should meet the capture nodes first. */
static int feed_register_nodes(struct feed *feed)
{
	unsigned int i;
	int err;

	for (i = 0; i < feed->num_viewers; i++) {
		err = virtcam_camera_register(feed->viewers[i].camera);
		if (err)
			return err;
	}
	err = virtcam_camera_register(feed->output);
	if (err)
		return err;
	/* A viewer may have come already. */
	feed_tell_viewers(feed);
	return 0;
}

/*
 * Once the output node has gone nobody calls functions for the viewers' nodes but
 * the nodes themselves. These may be about to call one for the output node, so they
 * have to know first.
 */
static void feed_free(struct feed *feed)
{
	unsigned int i;

	feed_set_has_output(feed, false);
	virtcam_camera_unregister(feed->output);
	for (i = 0; i < feed->num_viewers; i++)
		virtcam_camera_unregister(feed->viewers[i].camera);
	feed_partial_free(feed);
	kfree(feed);
}

static struct feed *feed_alloc(const struct feed_device *device)
{
	const struct feed_config *config = &device->config;
	struct feed *feed = kzalloc(struct_size(feed, viewers, config->viewers),
				    GFP_KERNEL);

	if (!feed)
		return NULL;
	feed->config = config;
	feed->card = device->instance.card;
	mutex_init(&feed->telling);
	spin_lock_init(&feed->lock);
	INIT_LIST_HEAD(&feed->arrived);
	init_waitqueue_head(&feed->delivered);
	feed_config_offer(config, true, &feed->output_offer);
	feed_config_offer(config, false, &feed->capture_offer);
	return feed;
}

/**
 * feed_bind() - make a feed
 * @dev: its device
 * @instance: that of a struct feed_device
 *
 * Context: may sleep; under the lock of @dev.
 * Return: 0, or a negative errno.
 */
int feed_bind(struct device *dev, struct virtcam_instance *instance)
{
	struct feed_device *device = feed_device_of(instance);
	struct feed *feed = feed_alloc(device);
	int err;

	if (!feed)
		return -ENOMEM;
	err = feed_make_nodes(dev, feed);
	if (err)
		goto free_feed;
	feed_set_has_output(feed, true);
	err = feed_register_nodes(feed);
	if (err)
		goto free_feed;
	device->feed = feed;
	instance->camera = feed->viewers[0].camera;
	instance->output = feed->output;
	return 0;

free_feed:
	feed_free(feed);
	return err;
}

/**
 * feed_unbind() - undo feed_bind()
 * @instance: the instance
 *
 * Context: may sleep; under the lock of its device.
 */
void feed_unbind(struct virtcam_instance *instance)
{
	struct feed_device *device = feed_device_of(instance);

	instance->camera = NULL;
	instance->output = NULL;
	feed_free(device->feed);
	device->feed = NULL;
}
