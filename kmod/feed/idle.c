// SPDX-License-Identifier: GPL-2.0-only
/*
 * What viewers see while no frame comes: a picture that says so, the last frame, or
 * nothing; of compressed formats a file that the user has given, or nothing.
 */
#include <linux/err.h>
#include <linux/kconfig.h>
#include <linux/font.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "feed.h"
#include "placeholder.h"

static u64 idle_interval(const struct feed_viewer *viewer)
{
	struct v4l2_fract t = viewer->mode.interval;

	return div_u64((u64)t.numerator * NSEC_PER_SEC, t.denominator);
}

/* A producer that is slow by intention is given two of its intervals. */
static u64 idle_timeout(const struct feed_viewer *viewer)
{
	return max(viewer->feed->config->timeout * (u64)NSEC_PER_MSEC,
		   2 * idle_interval(viewer));
}

static bool idle_shows(const struct feed_viewer *viewer)
{
	const struct feed_config *config = viewer->feed->config;

	return config->placeholder != FEED_PLACEHOLDER_NONE &&
	       (!viewer->mode.format->compressed ||
		feed_config_has_file(config, &viewer->mode));
}

/* From one placeholder to the next; or how often it is looked after the producer */
static u64 idle_period(const struct feed_viewer *viewer)
{
	return idle_shows(viewer) ? idle_interval(viewer) :
				    idle_timeout(viewer);
}

/* When the next placeholder is due, if no frame comes before */
static u64 idle_due(const struct feed_viewer *viewer)
{
	return viewer->shown ? viewer->shown + idle_period(viewer) :
			       viewer->fed + idle_timeout(viewer);
}

static void idle_wait(struct feed_viewer *viewer, u64 due)
{
	u64 now = ktime_get_ns();

	queue_delayed_work(system_unbound_wq, &viewer->placeholder,
			   due > now ? nsecs_to_jiffies(due - now) + 1 : 0);
}

static const u8 *idle_font(void)
{
#if IS_REACHABLE(CONFIG_FONT_SUPPORT)
	const struct font_desc *font = find_font("VGA8x16");

	return font ? font->data : NULL;
#else
	return NULL;
#endif
}

/* For want of memory nothing is drawn, and the next placeholder tries again. */
static void idle_draw(struct feed_viewer *viewer)
{
	u8 *memory = kvmalloc(feed_placeholder_memory(&viewer->mode),
			      GFP_KERNEL);

	if (memory)
		viewer->picture = kvzalloc(viewer->mode.sizeimage, GFP_KERNEL);
	if (viewer->picture)
		feed_placeholder_draw(&viewer->mode, viewer->feed->card,
				      idle_font(), memory, viewer->picture);
	kvfree(memory);
}

/* Under viewer.picturing. Returns: what is shown; NULL where there is no memory */
static const u8 *idle_frame(struct feed_viewer *viewer, u32 *size)
{
	const struct virtcam_file *file = &viewer->feed->config->placeholder_file;

	if (viewer->mode.format->compressed) {
		*size = file->size;
		return file->data;
	}
	if (!viewer->picture)
		idle_draw(viewer);
	*size = viewer->mode.sizeimage;
	return viewer->picture;
}

static int idle_fill(struct feed_viewer *viewer, struct virtcam_buffer *buffer,
		     u32 *size)
{
	int err = virtcam_buffer_own(buffer);
	const u8 *shown;
	u8 *frame;

	if (err)
		return err;
	frame = virtcam_buffer_try_begin(buffer);
	if (IS_ERR(frame))
		return PTR_ERR(frame);
	mutex_lock(&viewer->picturing);
	shown = idle_frame(viewer, size);
	if (shown)
		memcpy(frame, shown, *size);
	mutex_unlock(&viewer->picturing);
	return virtcam_buffer_end(buffer) ?: shown ? 0 : -ENOMEM;
}

/* A frame that has come meanwhile has been handed on already. */
static void idle_show(struct feed_viewer *viewer, struct virtcam_buffer *buffer,
		      u64 fed)
{
	struct feed *feed = viewer->feed;
	u32 size;
	int err = idle_fill(viewer, buffer, &size);

	spin_lock(&feed->lock);
	if (err || viewer->fed != fed) {
		feed_viewer_put_back(viewer, buffer);
	} else {
		feed_viewer_finish(viewer, buffer, size, 0);
		feed_count(feed, FEED_PLACEHOLDERS);
	}
	spin_unlock(&feed->lock);
}

/* A producer that stops within a frame may have the viewer's only buffer. */
static struct virtcam_buffer *idle_take(struct feed_viewer *viewer)
{
	return feed_viewer_take(viewer) ?: feed_partial_take(viewer);
}

/*
 * Frames leave their time in viewer->fed and nothing else, so that they cost
 * nothing: the work looks there when it might be time for a placeholder.
 */
static void idle_work(struct work_struct *work)
{
	struct feed_viewer *viewer = container_of(to_delayed_work(work),
						  struct feed_viewer,
						  placeholder);
	struct virtcam_buffer *buffer = NULL;
	u64 now = ktime_get_ns(), due, fed;

	spin_lock(&viewer->feed->lock);
	due = idle_due(viewer);
	fed = viewer->fed;
	if (due <= now) {
		/* Placeholders that are overdue are not made up for. */
		viewer->shown = max(due, now - idle_period(viewer));
		if (idle_shows(viewer))
			buffer = idle_take(viewer);
	}
	spin_unlock(&viewer->feed->lock);
	if (buffer)
		idle_show(viewer, buffer, fed);
	if (due <= now)
		feed_lend_relieve(viewer->feed);
	idle_wait(viewer, idle_due(viewer));
}

static bool idle_keeps(const struct feed_viewer *viewer)
{
	return viewer->feed->config->placeholder == FEED_PLACEHOLDER_LAST &&
	       !viewer->mode.format->compressed;
}

/**
 * feed_idle_keep() - keep a frame, to show it once no other comes
 * @viewer: the viewer, busy
 * @data: the frame as the viewer has it
 *
 * Nothing happens where something else is shown then, or while a placeholder is
 * drawn.
 *
 * Context: may sleep; under no lock.
 */
void feed_idle_keep(struct feed_viewer *viewer, const u8 *data)
{
	if (!idle_keeps(viewer) || !mutex_trylock(&viewer->picturing))
		return;
	if (!viewer->picture)
		viewer->picture = kvmalloc(viewer->mode.sizeimage, GFP_KERNEL);
	if (viewer->picture) {
		memcpy(viewer->picture, data, viewer->mode.sizeimage);
		feed_count(viewer->feed, FEED_COPIES);
	}
	mutex_unlock(&viewer->picturing);
}

/**
 * feed_idle_keep_buffer() - feed_idle_keep() of a frame in a buffer
 * @viewer: the viewer, busy
 * @buffer: the frame, as the viewer has it
 *
 * Context: may sleep; under no lock.
 */
void feed_idle_keep_buffer(struct feed_viewer *viewer,
			   struct virtcam_buffer *buffer)
{
	const u8 *data;

	if (!idle_keeps(viewer))
		return;
	data = virtcam_buffer_try_begin(buffer);
	if (IS_ERR(data))
		return;
	feed_idle_keep(viewer, data);
	virtcam_buffer_end(buffer);
}

/**
 * feed_idle_begin() - watch over a stream
 * @viewer: the viewer; its mode is set
 *
 * Context: may sleep; the start() of the capture node.
 */
void feed_idle_begin(struct feed_viewer *viewer)
{
	viewer->picture = NULL;
	viewer->shown = 0;
	INIT_DELAYED_WORK(&viewer->placeholder, idle_work);
	idle_wait(viewer, idle_due(viewer));
}

/**
 * feed_idle_end() - undo feed_idle_begin()
 * @viewer: the viewer, which does not stream any more and is not busy but for a
 *	placeholder
 *
 * Waits for a placeholder that is being drawn.
 *
 * Context: may sleep; the stop() of the capture node.
 */
void feed_idle_end(struct feed_viewer *viewer)
{
	cancel_delayed_work_sync(&viewer->placeholder);
	kvfree(viewer->picture);
	viewer->picture = NULL;
}
