// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames that reach the viewer without a copy: a full buffer of the producer's and
 * an empty one of the viewer's become the same memory, and stay partners: each
 * frame in it is lent to the viewer. The producer gets the buffer back when the
 * viewer has given back its own.
 *
 * No producer waits for a viewer, so that not all of its buffers are lent: where too
 * many are, frames are copied, or dropped. A producer that waits all the same, since
 * it uses but some of its buffers, gets one back, and the viewer keeps the frame.
 */
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "feed.h"

/* One is the producer's. */
static unsigned int lend_limit(const struct feed *feed)
{
	return min(virtcam_camera_num_buffers(feed->output) - 1, FEED_MAX_LENT);
}

/* Behind a compressed frame are bytes of others, which a viewer would see. */
static bool lend_can(const struct feed *feed, const struct feed_viewer *viewer,
		     unsigned int index)
{
	return viewer && !viewer->mode.format->compressed &&
	       !(viewer->apart & BIT(index)) &&
	       feed->source.bytesperline == viewer->mode.bytesperline;
}

/*
 * A viewer that has many frames and has not fetched them misses this one. One that
 * has fetched them, and keeps them, should go on: for it the frame is copied.
 */
static bool lend_misses(struct feed *feed, struct feed_viewer *viewer)
{
	if (viewer->num_lent < FEED_MAX_LENT ||
	    virtcam_camera_unfetched(viewer->camera) <
		    viewer->num_lent + viewer->copied)
		return false;
	feed_viewer_feed(viewer);
	feed_viewer_miss(viewer);
	return true;
}

/* 0 if both are the same memory */
static int lend_join(struct feed_viewer *viewer, struct virtcam_buffer *to,
		     struct virtcam_buffer *from)
{
	int err;

	if (virtcam_buffer_is_joined(to, from))
		return 0;
	err = virtcam_buffer_join(to, from);
	spin_lock(&viewer->feed->lock);
	if (err) {
		viewer->apart |= BIT(from->index);
	} else {
		viewer->joined |= BIT(to->index);
		viewer->partner[from->index] = to->index;
	}
	spin_unlock(&viewer->feed->lock);
	return err;
}

static void lend_finish(struct feed_viewer *viewer, struct virtcam_buffer *to,
			struct virtcam_buffer *from)
{
	struct feed *feed = viewer->feed;

	lockdep_assert_held(&feed->lock);
	viewer->lent[to->index] = from;
	viewer->num_lent++;
	viewer->copied = 0;
	feed->num_lent++;
	feed_viewer_finish(viewer, to, from->payload, from->timestamp);
	feed_count(feed, FEED_FRAMES_OUT);
}

static enum feed_way lend_to(struct feed_viewer *viewer,
			     struct virtcam_buffer *to,
			     struct virtcam_buffer *from)
{
	struct feed *feed = viewer->feed;
	int err = lend_join(viewer, to, from);

	if (!err)
		feed_idle_keep_buffer(viewer, from);
	spin_lock(&feed->lock);
	if (err)
		feed_viewer_put_back(viewer, to);
	else
		lend_finish(viewer, to, from);
	spin_unlock(&feed->lock);
	return err ? FEED_WAY_COPY : FEED_WAY_LENT;
}

/**
 * feed_lend() - give a frame to the viewer without a copy
 * @feed: the feed
 * @buffer: a full buffer of the output node
 *
 * Context: may sleep; under no lock.
 * Return: what became of the frame, or has to.
 */
enum feed_way feed_lend(struct feed *feed, struct virtcam_buffer *buffer)
{
	struct virtcam_buffer *to = NULL;
	struct feed_viewer *viewer;
	bool missed = false;

	spin_lock(&feed->lock);
	viewer = feed_viewer_only(feed);
	if (lend_can(feed, viewer, buffer->index)) {
		missed = lend_misses(feed, viewer);
		if (feed->num_lent < lend_limit(feed))
			to = feed_viewer_take_partner(viewer,
						      buffer->index);
		if (to)
			feed_viewer_feed(viewer);
	}
	spin_unlock(&feed->lock);
	if (to)
		return lend_to(viewer, to, buffer);
	return missed ? FEED_WAY_MISSED : FEED_WAY_COPY;
}

static struct virtcam_buffer *lend_take_back(struct feed_viewer *viewer,
					     unsigned int index)
{
	struct virtcam_buffer *buffer = viewer->lent[index];

	lockdep_assert_held(&viewer->feed->lock);
	if (!buffer)
		return NULL;
	viewer->lent[index] = NULL;
	viewer->num_lent--;
	viewer->feed->num_lent--;
	return buffer;
}

/**
 * feed_lend_return() - give a frame back to the producer
 * @viewer: who has given its buffer back
 * @index: the index of that buffer
 *
 * Context: under feed.lock.
 */
void feed_lend_return(struct feed_viewer *viewer, unsigned int index)
{
	struct virtcam_buffer *buffer = lend_take_back(viewer, index);

	if (buffer)
		feed_producer_finish(viewer->feed, buffer, false);
}

/* Any buffer that a viewer has, which is not joined again while that streams */
static struct virtcam_buffer *lend_take_any_back(struct feed *feed)
{
	struct feed_viewer *viewer = feed->viewers;
	unsigned int i;

	lockdep_assert_held(&feed->lock);
	for (; viewer < feed->viewers + feed->num_viewers; viewer++)
		for (i = 0; i < VIDEO_MAX_FRAME; i++) {
			if (!viewer->lent[i])
				continue;
			viewer->apart |= BIT(viewer->lent[i]->index);
			return lend_take_back(viewer, i);
		}
	return NULL;
}

/* The producer has its buffer, and the viewer its frame, in other memory. */
static struct virtcam_buffer *lend_revoke(struct feed *feed)
{
	struct virtcam_buffer *buffer;

	spin_lock(&feed->lock);
	buffer = lend_take_any_back(feed);
	spin_unlock(&feed->lock);
	if (buffer)
		virtcam_buffer_part(buffer);
	return buffer;
}

static void lend_give_back(struct feed *feed, struct virtcam_buffer *buffer)
{
	spin_lock(&feed->lock);
	feed_producer_finish(feed, buffer, false);
	spin_unlock(&feed->lock);
}

/* The starve() of the output node */
void feed_lend_starve(void *priv)
{
	struct feed *feed = priv;
	struct virtcam_buffer *buffer = lend_revoke(feed);

	if (!buffer)
		return;
	feed_count(feed, FEED_COPIES);
	lend_give_back(feed, buffer);
}

/**
 * feed_lend_end() - take all frames back that are lent
 * @feed: the feed
 *
 * The viewer keeps what it has: the producer's buffers get other memory.
 *
 * Context: may sleep; the stop() of the output node.
 */
void feed_lend_end(struct feed *feed)
{
	while (lend_revoke(feed))
		;
}

/* Whether the producer's buffers are there until lend_relieve_end() */
static bool lend_relieve_begin(struct feed *feed, bool wanted)
{
	lockdep_assert_held(&feed->lock);
	wanted &= !READ_ONCE(feed->stopping);
	feed->relieving += wanted;
	return wanted;
}

static void lend_relieve_end(struct feed *feed)
{
	spin_lock(&feed->lock);
	WRITE_ONCE(feed->relieving, feed->relieving - 1);
	spin_unlock(&feed->lock);
	if (wq_has_sleeper(&feed->delivered))
		wake_up(&feed->delivered);
}

/**
 * feed_lend_relieve() - give a buffer back to a producer that waits for one
 * @feed: the feed, of which no frame has come for a while
 *
 * A producer that does not block, and has others to fill, may poll() for one of those
 * that viewers have. What else a producer waits for it has got before.
 *
 * Context: may sleep; under no lock.
 */
void feed_lend_relieve(struct feed *feed)
{
	bool begun;

	spin_lock(&feed->lock);
	begun = lend_relieve_begin(feed, feed->has_output && feed->num_lent &&
				   virtcam_camera_is_awaited(feed->output));
	spin_unlock(&feed->lock);
	if (!begun)
		return;
	feed_lend_starve(feed);
	lend_relieve_end(feed);
}

/* One of the producer's buffers that the viewer has, in other memory now; or NULL */
static struct virtcam_buffer *lend_revoke_from(struct feed_viewer *viewer)
{
	struct virtcam_buffer *buffer = NULL;
	unsigned int i;

	spin_lock(&viewer->feed->lock);
	for (i = 0; i < VIDEO_MAX_FRAME && !buffer; i++)
		buffer = lend_take_back(viewer, i);
	spin_unlock(&viewer->feed->lock);
	if (buffer)
		virtcam_buffer_part(buffer);
	return buffer;
}

/**
 * feed_lend_leave() - give back what a viewer has been lent that does not stream
 * @viewer: the viewer; it keeps the frames
 *
 * No copy is counted, as in feed_lend_end(): the frames have arrived.
 *
 * Context: may sleep; the stop() of the capture node.
 */
void feed_lend_leave(struct feed_viewer *viewer)
{
	struct feed *feed = viewer->feed;
	struct virtcam_buffer *buffer;
	bool begun;

	spin_lock(&feed->lock);
	begun = lend_relieve_begin(feed, viewer->num_lent);
	spin_unlock(&feed->lock);
	if (!begun)
		return;
	while ((buffer = lend_revoke_from(viewer)))
		lend_give_back(feed, buffer);
	lend_relieve_end(feed);
}
