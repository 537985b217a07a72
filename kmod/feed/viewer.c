// SPDX-License-Identifier: GPL-2.0-only
/*
 * The capture nodes of a feed: which buffers of viewers are empty, and how they
 * become frames.
 */
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "feed.h"

/* How old the time may be that a producer gives; what is older is no such time. */
#define MAX_AGE NSEC_PER_SEC

/**
 * feed_viewer_init() - prepare a capture node's state
 * @viewer: the viewer
 * @feed: the feed
 * @number: its bit in feed.holders
 */
void feed_viewer_init(struct feed_viewer *viewer, struct feed *feed,
		      unsigned int number)
{
	viewer->feed = feed;
	viewer->number = number;
	INIT_LIST_HEAD(&viewer->empty);
	init_waitqueue_head(&viewer->settled);
	mutex_init(&viewer->picturing);
}

/**
 * feed_viewer_only() - the viewer that streams, if it is the only one
 * @feed: the feed
 *
 * What a viewer or its devices change in its memory no other viewer should see.
 *
 * Context: under feed.lock.
 * Return: the viewer; NULL where there is none, or more than one.
 */
struct feed_viewer *feed_viewer_only(struct feed *feed)
{
	struct feed_viewer *only = NULL;
	unsigned int i;

	lockdep_assert_held(&feed->lock);
	for (i = 0; i < feed->num_viewers; i++) {
		if (!feed->viewers[i].streaming)
			continue;
		if (only)
			return NULL;
		only = &feed->viewers[i];
	}
	return only;
}

static struct virtcam_buffer *viewer_take(struct feed_viewer *viewer,
					  struct virtcam_buffer *buffer)
{
	list_del(&buffer->list);
	viewer->busy++;
	return buffer;
}

/* An empty buffer, of those that are not joined if there is one */
static struct virtcam_buffer *viewer_find(struct feed_viewer *viewer)
{
	struct virtcam_buffer *buffer, *joined = NULL;

	if (!viewer->streaming)
		return NULL;
	list_for_each_entry(buffer, &viewer->empty, list) {
		if (virtcam_buffer_wait(buffer, 0))
			continue;
		if (!(viewer->joined & BIT(buffer->index)))
			return buffer;
		if (!joined)
			joined = buffer;
	}
	return joined;
}

/**
 * feed_viewer_take() - get an empty buffer to write a frame into
 * @viewer: the viewer
 *
 * Buffers that a device uses still, of dma-bufs that the viewer handed over, are
 * passed over: nobody waits for them. One that is the memory of the producer's is
 * the last to be taken.
 *
 * Context: under feed.lock.
 * Return: the buffer, until feed_viewer_finish() or feed_viewer_put_back(); or
 * NULL.
 */
struct virtcam_buffer *feed_viewer_take(struct feed_viewer *viewer)
{
	struct virtcam_buffer *buffer = viewer_find(viewer);

	lockdep_assert_held(&viewer->feed->lock);
	if (!buffer)
		return NULL;
	/* It gets memory of its own where it is written. */
	viewer->joined &= ~BIT(buffer->index);
	return viewer_take(viewer, buffer);
}

/**
 * feed_viewer_take_partner() - get an empty buffer to join with one of the producer's
 * @viewer: the viewer
 * @index: the index of the producer's buffer
 *
 * Context: as feed_viewer_take().
 * Return: the buffer that was joined with it before, if that is empty; else another
 * one, or NULL.
 */
struct virtcam_buffer *feed_viewer_take_partner(struct feed_viewer *viewer,
						unsigned int index)
{
	struct virtcam_buffer *buffer;

	lockdep_assert_held(&viewer->feed->lock);
	list_for_each_entry(buffer, &viewer->empty, list)
		if (buffer->index == viewer->partner[index])
			return viewer_take(viewer, buffer);
	buffer = viewer_find(viewer);
	return buffer ? viewer_take(viewer, buffer) : NULL;
}

/**
 * feed_viewer_forget_partners() - begin anew with other buffers
 * @viewer: the viewer
 *
 * Context: under feed.lock.
 */
void feed_viewer_forget_partners(struct feed_viewer *viewer)
{
	lockdep_assert_held(&viewer->feed->lock);
	viewer->joined = 0;
	viewer->apart = 0;
	memset(viewer->partner, FEED_NO_PARTNER, sizeof(viewer->partner));
}

static void viewer_settle(struct feed_viewer *viewer)
{
	lockdep_assert_held(&viewer->feed->lock);
	if (!--viewer->busy && !viewer->streaming)
		wake_up(&viewer->settled);
}

/**
 * feed_viewer_put_back() - leave a buffer empty after all
 * @viewer: the viewer
 * @buffer: what feed_viewer_take() returned
 *
 * Context: under feed.lock.
 */
void feed_viewer_put_back(struct feed_viewer *viewer,
			  struct virtcam_buffer *buffer)
{
	lockdep_assert_held(&viewer->feed->lock);
	/* At the end: it may be one that cannot be written. */
	list_add_tail(&buffer->list, &viewer->empty);
	viewer_settle(viewer);
}

/**
 * feed_viewer_park() - let a buffer be that is half written
 * @viewer: the viewer, whose stream may end now
 *
 * Context: under feed.lock.
 */
void feed_viewer_park(struct feed_viewer *viewer)
{
	viewer_settle(viewer);
}

/**
 * feed_viewer_resume() - go on with a buffer after feed_viewer_park()
 * @viewer: the viewer
 *
 * Context: under feed.lock.
 * Return: whether the buffer is there still: the stream goes on.
 */
bool feed_viewer_resume(struct feed_viewer *viewer)
{
	lockdep_assert_held(&viewer->feed->lock);
	if (viewer->streaming)
		viewer->busy++;
	return viewer->streaming;
}

/**
 * feed_viewer_miss() - count a frame that a viewer does not get, if it streams
 * @viewer: the viewer
 *
 * Context: under feed.lock.
 */
void feed_viewer_miss(struct feed_viewer *viewer)
{
	lockdep_assert_held(&viewer->feed->lock);
	if (!viewer->streaming)
		return;
	virtcam_camera_drop(viewer->camera, viewer->sequence++, 1);
	feed_count(viewer->feed, FEED_NO_BUFFER);
}

/**
 * feed_viewer_feed() - note that the producer lives
 * @viewer: the viewer
 *
 * Context: under feed.lock.
 */
void feed_viewer_feed(struct feed_viewer *viewer)
{
	lockdep_assert_held(&viewer->feed->lock);
	viewer->fed = ktime_get_ns();
	viewer->shown = 0;
}

/*
 * A producer may give the time of capture. Many give another time, or none: PTS that
 * begin at 0, the time of day, the future. Those frames are of now.
 */
static u64 viewer_time(struct feed_viewer *viewer, u64 timestamp)
{
	u64 now = ktime_get_ns();

	if (!timestamp || timestamp > now || timestamp + MAX_AGE < now)
		timestamp = now;
	return max(timestamp, viewer->timestamp + NSEC_PER_USEC);
}

/**
 * feed_viewer_finish() - make a buffer a frame
 * @viewer: the viewer
 * @buffer: what feed_viewer_take() returned
 * @payload: bytes of the frame, if the format is compressed
 * @timestamp: when it was captured, CLOCK_MONOTONIC in nanoseconds, or any number
 *
 * Context: under feed.lock, so that frames come in the order of their numbers.
 */
void feed_viewer_finish(struct feed_viewer *viewer,
			struct virtcam_buffer *buffer, u32 payload,
			u64 timestamp)
{
	struct virtcam_done done = {
		.sequence = viewer->sequence++,
		.timestamp = viewer_time(viewer, timestamp),
		.payload = viewer->mode.format->compressed ? payload : 0,
	};

	lockdep_assert_held(&viewer->feed->lock);
	viewer->timestamp = done.timestamp;
	virtcam_camera_done(viewer->camera, buffer, &done);
	viewer_settle(viewer);
}

static int viewer_start(void *priv, const struct virtcam_mode *mode)
{
	struct feed_viewer *viewer = priv;
	struct feed *feed = viewer->feed;

	viewer->mode = *mode;
	viewer->sequence = 0;
	viewer->timestamp = 0;
	viewer->fed = ktime_get_ns();
	INIT_LIST_HEAD(&viewer->empty);
	spin_lock(&feed->lock);
	feed_viewer_forget_partners(viewer);
	viewer->copied = 0;
	viewer->streaming = true;
	spin_unlock(&feed->lock);
	feed_idle_begin(viewer);
	return 0;
}

/* A producer that is told may answer at once, and finds buffers. */
static void viewer_started(void *priv)
{
	struct feed_viewer *viewer = priv;

	feed_count_viewers(viewer->feed, 1);
	feed_tell_viewers(viewer->feed);
}

/*
 * A thread may be copying into buffers of this viewer. It is waited for, under the
 * camera's lock: it takes no longer than copying a frame takes. So does each buffer that
 * is the memory of one of the producer's: all are the program's from now on.
 */
static void viewer_stop(void *priv)
{
	struct feed_viewer *viewer = priv;
	struct feed *feed = viewer->feed;
	struct virtcam_buffer *buffer;

	spin_lock(&feed->lock);
	viewer->streaming = false;
	spin_unlock(&feed->lock);
	feed_count_viewers(feed, -1);
	wait_event(viewer->settled, !READ_ONCE(viewer->busy));
	feed_idle_end(viewer);
	feed_lend_leave(viewer);
	list_for_each_entry(buffer, &viewer->empty, list)
		virtcam_buffer_part(buffer);
	feed_partial_forget(feed, viewer);
	feed_tell_viewers(feed);
}

static void viewer_queue(void *priv, struct virtcam_buffer *buffer)
{
	struct feed_viewer *viewer = priv;

	spin_lock(&viewer->feed->lock);
	list_add_tail(&buffer->list, &viewer->empty);
	feed_lend_return(viewer, buffer->index);
	spin_unlock(&viewer->feed->lock);
}

static void viewer_discard(void *priv, const struct virtcam_buffer *buffer)
{
	struct feed_viewer *viewer = priv;

	spin_lock(&viewer->feed->lock);
	feed_lend_return(viewer, buffer->index);
	spin_unlock(&viewer->feed->lock);
}

const struct virtcam_provider feed_viewer_provider = {
	.claim = feed_claim_viewer,
	.release = feed_release_viewer,
	.start = viewer_start,
	.started = viewer_started,
	.stop = viewer_stop,
	.queue = viewer_queue,
	.discard = viewer_discard,
};
