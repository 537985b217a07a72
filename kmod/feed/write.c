// SPDX-License-Identifier: GPL-2.0-only
/*
 * write(): from the memory of the producer straight into an empty buffer of the
 * viewer. Where there are several, into memory of the feed, and from there into a
 * buffer of each: no viewer should see what another one does with its buffer.
 */
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include <virtcam/layout.h>

#include "feed.h"

/*
 * The partial frame's buffer is the writing thread's while viewer->busy counts it,
 * in feed_write(), and nobody's between two calls. There the viewer may stop, or need
 * the buffer for a placeholder, and the rest of the frame goes nowhere.
 */

/**
 * feed_partial_forget() - drop a frame that write() has begun
 * @feed: the feed
 * @viewer: only if it is in a buffer of this viewer; NULL: wherever it is
 *
 * Context: under no lock of the feed; not while write() runs, unless @viewer has
 * stopped and is not busy.
 */
void feed_partial_forget(struct feed *feed, const struct feed_viewer *viewer)
{
	struct feed_partial *partial = &feed->partial;

	spin_lock(&feed->lock);
	if (!viewer) {
		if (partial->buffer && feed_viewer_resume(partial->viewer))
			feed_viewer_put_back(partial->viewer, partial->buffer);
		partial->size = 0;
	}
	if (!viewer || partial->viewer == viewer)
		partial->buffer = NULL;
	spin_unlock(&feed->lock);
}

/**
 * feed_partial_free() - free what write() has used
 * @feed: the feed, which nobody writes to
 */
void feed_partial_free(struct feed *feed)
{
	kvfree(feed->partial.whole);
	feed->partial.whole = NULL;
	feed->partial.whole_size = 0;
}

/**
 * feed_partial_take() - take the buffer of a frame whose rest does not come
 * @viewer: the viewer
 *
 * Context: under feed.lock.
 * Return: the buffer, as of feed_viewer_take(), and the rest of the frame goes
 * nowhere; NULL if the viewer has none there, or it is being written.
 */
struct virtcam_buffer *feed_partial_take(struct feed_viewer *viewer)
{
	struct feed_partial *partial = &viewer->feed->partial;
	struct virtcam_buffer *buffer = partial->buffer;

	lockdep_assert_held(&viewer->feed->lock);
	if (!buffer || !partial->parked || partial->viewer != viewer ||
	    !feed_viewer_resume(viewer))
		return NULL;
	partial->buffer = NULL;
	return buffer;
}

static void partial_put_back(struct feed *feed)
{
	struct feed_partial *partial = &feed->partial;

	spin_lock(&feed->lock);
	feed_viewer_put_back(partial->viewer, partial->buffer);
	partial->buffer = NULL;
	spin_unlock(&feed->lock);
}

/* For want of memory all viewers miss the frame. */
static bool partial_make_whole(struct feed_partial *partial, u32 size)
{
	if (partial->whole_size < size) {
		kvfree(partial->whole);
		partial->whole = kvzalloc(size, GFP_KERNEL);
		partial->whole_size = partial->whole ? size : 0;
	}
	return partial->whole;
}

/* An empty buffer of the viewer, which is busy then */
static void partial_begin(struct feed *feed, u32 size)
{
	struct feed_partial *partial = &feed->partial;
	struct feed_viewer *viewer;

	partial->size = size;
	partial->done = 0;
	spin_lock(&feed->lock);
	partial->parked = false;
	viewer = feed_viewer_only(feed);
	if (viewer) {
		feed_viewer_feed(viewer);
		partial->viewer = viewer;
		partial->buffer = feed_viewer_take(viewer);
	}
	spin_unlock(&feed->lock);
	partial->for_several = !viewer && feed_is_watched(feed) &&
			       partial_make_whole(partial, size);
	if (partial->buffer && virtcam_buffer_own(partial->buffer))
		partial_put_back(feed);
}

static void partial_resume(struct feed *feed)
{
	struct feed_partial *partial = &feed->partial;

	spin_lock(&feed->lock);
	partial->parked = false;
	if (partial->buffer && !feed_viewer_resume(partial->viewer))
		partial->buffer = NULL;
	spin_unlock(&feed->lock);
}

static void partial_park(struct feed *feed)
{
	struct feed_partial *partial = &feed->partial;

	spin_lock(&feed->lock);
	partial->parked = true;
	if (partial->buffer)
		feed_viewer_park(partial->viewer);
	spin_unlock(&feed->lock);
}

/* Copies to @frame, up to its end or that of @from. -EFAULT: a page is missing. */
static int partial_copy(struct feed *feed, struct iov_iter *from, u8 *frame)
{
	struct feed_partial *partial = &feed->partial;
	const struct virtcam_mode *mode = partial->for_several ?
					  &feed->source : &partial->viewer->mode;
	u32 left = min_t(size_t, partial->size - partial->done,
			 iov_iter_count(from));
	struct virtcam_run run;
	size_t copied;

	while (left) {
		virtcam_layout_run(&feed->source, mode, partial->done, &run);
		run.length = min(run.length, left);
		copied = copy_from_iter(frame + run.to, run.length, from);
		partial->done += copied;
		left -= copied;
		if (copied < run.length)
			return -EFAULT;
		run.padding = min(run.padding, left);
		iov_iter_advance(from, run.padding);
		partial->done += run.padding;
		left -= run.padding;
	}
	return 0;
}

static void partial_skip(struct feed_partial *partial, struct iov_iter *from)
{
	size_t left = min_t(size_t, partial->size - partial->done,
			    iov_iter_count(from));

	iov_iter_advance(from, left);
	partial->done += left;
}

/*
 * Where the viewer's memory cannot be written, its frame goes nowhere: the viewer, or
 * a device that it has told to, has begun to use a buffer that it had queued.
 */
static int partial_take(struct feed *feed, struct iov_iter *from)
{
	struct feed_partial *partial = &feed->partial;
	u8 *frame = NULL;
	int err;

	if (partial->for_several)
		return partial_copy(feed, from, partial->whole);
	if (partial->buffer)
		frame = virtcam_buffer_try_begin(partial->buffer);
	if (IS_ERR(frame))
		partial_put_back(feed);
	if (IS_ERR_OR_NULL(frame)) {
		partial_skip(partial, from);
		return 0;
	}
	err = partial_copy(feed, from, frame);
	if (virtcam_buffer_end(partial->buffer))
		partial_put_back(feed);
	return err;
}

static void partial_hand_on(struct feed *feed)
{
	const struct feed_partial *partial = &feed->partial;
	const struct feed_frame frame = {
		.data = partial->whole,
		.mode = &feed->source,
		.payload = partial->size,
	};

	feed_count(feed, FEED_COPIES);
	feed_hand_on(feed, &frame);
}

/* A viewer that has come within the frame gets the next one. */
static void partial_give(struct feed *feed)
{
	struct feed_partial *partial = &feed->partial;

	feed_idle_keep_buffer(partial->viewer, partial->buffer);
	feed_count(feed, FEED_COPIES);
	feed_count(feed, FEED_FRAMES_OUT);
	spin_lock(&feed->lock);
	feed_viewer_feed(partial->viewer);
	feed_viewer_finish(partial->viewer, partial->buffer, partial->size, 0);
	partial->buffer = NULL;
	spin_unlock(&feed->lock);
}

static void partial_miss(struct feed *feed)
{
	unsigned int i;

	if (!feed_is_watched(feed))
		feed_count(feed, FEED_NO_VIEWER);
	spin_lock(&feed->lock);
	for (i = 0; i < feed->num_viewers; i++)
		feed_viewer_miss(&feed->viewers[i]);
	spin_unlock(&feed->lock);
}

static void partial_finish(struct feed *feed)
{
	struct feed_partial *partial = &feed->partial;

	feed_count(feed, FEED_FRAMES_IN);
	if (partial->for_several)
		partial_hand_on(feed);
	else if (partial->buffer)
		partial_give(feed);
	else
		partial_miss(feed);
	partial->for_several = false;
	partial->size = 0;
}

/* Nobody watches: a whole frame at the beginning of @from goes nowhere. */
static bool partial_pass(struct feed *feed, struct iov_iter *from, u32 size)
{
	if (feed->partial.size || feed_is_watched(feed) ||
	    iov_iter_count(from) < size)
		return false;
	iov_iter_advance(from, size);
	feed_count(feed, FEED_FRAMES_IN);
	feed_count(feed, FEED_NO_VIEWER);
	return true;
}

/* Up to the end of a frame. Not inlined: a frame that nobody watches costs less so. */
static noinline int partial_write(struct feed *feed, struct iov_iter *from,
				  u32 size)
{
	struct feed_partial *partial = &feed->partial;
	int err;

	if (partial->size)
		partial_resume(feed);
	else
		partial_begin(feed, size);
	err = partial_take(feed, from);
	if (partial->done == partial->size)
		partial_finish(feed);
	else
		partial_park(feed);
	return err;
}

/* The write() of the output node */
int feed_write(void *priv, struct iov_iter *from, u32 size)
{
	struct feed *feed = priv;

	/* Mostly there is no half a frame between two calls. */
	if (!from) {
		if (feed->partial.size)
			feed_partial_forget(feed, NULL);
		return 0;
	}
	if (WARN_ON_ONCE(size > feed->source.sizeimage))
		return -EIO;
	if (partial_pass(feed, from, size))
		return 0;
	return partial_write(feed, from, size);
}
