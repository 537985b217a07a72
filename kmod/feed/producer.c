// SPDX-License-Identifier: GPL-2.0-only
/*
 * The output node of a feed: full buffers of the producer, handed on to viewers.
 */
#include <linux/err.h>
#include <linux/sched/signal.h>
#include <linux/v4l2-controls.h>

#include <virtcam/layout.h>

#include "feed.h"

/*
 * How long a device may take to be done with a dma-buf that the producer handed over,
 * and how often it is looked whether somebody wants the wait to end
 */
#define MAX_WAIT_MS 1000
#define WAIT_MS 20

static int producer_copy_to(struct feed_viewer *viewer, u8 *to,
			    const struct feed_frame *frame)
{
	const u8 *from = frame->buffer ?
			 virtcam_buffer_try_begin(frame->buffer) : frame->data;

	if (IS_ERR(from))
		return PTR_ERR(from);
	virtcam_layout_copy(frame->mode, from, frame->payload, &viewer->mode, to);
	if (frame->buffer)
		virtcam_buffer_end(frame->buffer);
	feed_count(viewer->feed, FEED_COPIES);
	feed_idle_keep(viewer, to);
	return 0;
}

/* Only what is wrong with the frame is an error. */
static int producer_copy(struct feed_viewer *viewer,
			 struct virtcam_buffer *buffer,
			 const struct feed_frame *frame, bool *copied)
{
	u8 *to = NULL;
	int err;

	*copied = false;
	if (!virtcam_buffer_own(buffer))
		to = virtcam_buffer_try_begin(buffer);
	if (IS_ERR_OR_NULL(to))
		return 0;
	err = producer_copy_to(viewer, to, frame);
	*copied = !virtcam_buffer_end(buffer) && !err;
	return err;
}

static int producer_hand_to(struct feed_viewer *viewer,
			    const struct feed_frame *frame)
{
	struct feed *feed = viewer->feed;
	struct virtcam_buffer *buffer;
	bool copied;
	int err;

	spin_lock(&feed->lock);
	feed_viewer_feed(viewer);
	buffer = feed_viewer_take(viewer);
	if (!buffer)
		feed_viewer_miss(viewer);
	spin_unlock(&feed->lock);
	if (!buffer)
		return 0;
	err = producer_copy(viewer, buffer, frame, &copied);
	spin_lock(&feed->lock);
	if (copied) {
		feed_viewer_finish(viewer, buffer, frame->payload,
				   frame->timestamp);
		viewer->copied++;
		feed_count(feed, FEED_FRAMES_OUT);
	} else {
		feed_viewer_put_back(viewer, buffer);
		feed_viewer_miss(viewer);
	}
	spin_unlock(&feed->lock);
	return err;
}

/**
 * feed_hand_on() - copy a frame for the viewers
 * @feed: the feed
 * @frame: the frame
 *
 * Context: may sleep; under no lock, while no buffer is between
 * virtcam_buffer_try_begin() and virtcam_buffer_end().
 * Return: 0, or a negative errno if the frame could not be read.
 */
int feed_hand_on(struct feed *feed, const struct feed_frame *frame)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < feed->num_viewers; i++)
		err = producer_hand_to(&feed->viewers[i], frame) ?: err;
	return err;
}

/* 0 once no device uses the buffer */
static int producer_wait(struct feed *feed, struct virtcam_buffer *buffer)
{
	unsigned int waited = 0;
	int err;

	do {
		err = virtcam_buffer_wait(buffer, waited ? WAIT_MS : 0);
		waited += WAIT_MS;
	} while (err == -ETIME && waited < MAX_WAIT_MS &&
		 !fatal_signal_pending(current) &&
		 !READ_ONCE(feed->ending) && !READ_ONCE(feed->stopping));
	return err;
}

/* What one viewer's devices write into its memory no other viewer should see. */
static bool producer_has_several(struct feed *feed)
{
	bool several;

	spin_lock(&feed->lock);
	several = !feed_viewer_only(feed);
	spin_unlock(&feed->lock);
	return several;
}

static int producer_read(struct feed *feed, struct virtcam_buffer *buffer)
{
	const struct feed_frame frame = {
		.buffer = buffer,
		.mode = &feed->source,
		.payload = buffer->payload,
		.timestamp = buffer->timestamp,
	};
	int err = producer_wait(feed, buffer);

	if (err)
		return err;
	if (producer_has_several(feed))
		virtcam_buffer_part(buffer);
	return feed_hand_on(feed, &frame);
}

/**
 * feed_producer_finish() - give a buffer back to the producer
 * @feed: the feed
 * @buffer: a buffer of the output node
 * @damaged: no viewer got it, since it could not be read
 *
 * Context: under feed.lock, so that buffers come in the order of their numbers.
 */
void feed_producer_finish(struct feed *feed, struct virtcam_buffer *buffer,
			  bool damaged)
{
	struct virtcam_done done = {
		.sequence = feed->sequence++,
		.damaged = damaged,
	};

	lockdep_assert_held(&feed->lock);
	virtcam_camera_done(feed->output, buffer, &done);
}

/* What became of the frame: FEED_WAY_COPY once it has been copied */
static enum feed_way producer_hand_on(struct feed *feed,
				      struct virtcam_buffer *buffer, int *err)
{
	enum feed_way way;

	*err = 0;
	if (!feed_is_watched(feed)) {
		feed_count(feed, FEED_NO_VIEWER);
		return FEED_WAY_MISSED;
	}
	way = feed_lend(feed, buffer);
	if (way == FEED_WAY_COPY)
		*err = producer_read(feed, buffer);
	return way;
}

static void producer_deliver_buffer(struct feed *feed,
				    struct virtcam_buffer *buffer)
{
	int err;

	feed_count(feed, FEED_FRAMES_IN);
	if (producer_hand_on(feed, buffer, &err) == FEED_WAY_LENT)
		return;
	if (err)
		feed_count(feed, FEED_REFUSED);
	spin_lock(&feed->lock);
	feed_producer_finish(feed, buffer, err);
	spin_unlock(&feed->lock);
}

/* NULL, and another thread may deliver, where there is no buffer. */
static struct virtcam_buffer *producer_next(struct feed *feed)
{
	struct virtcam_buffer *buffer;

	spin_lock(&feed->lock);
	buffer = list_first_entry_or_null(&feed->arrived, struct virtcam_buffer,
					  list);
	if (buffer)
		list_del(&buffer->list);
	else
		feed->delivering = false;
	spin_unlock(&feed->lock);
	return buffer;
}

static bool producer_begins(struct feed *feed)
{
	bool begins;

	spin_lock(&feed->lock);
	begins = !feed->delivering;
	feed->delivering = true;
	spin_unlock(&feed->lock);
	return begins;
}

/* Frames keep their order: one thread hands on what others have queued meanwhile. */
static void producer_deliver(void *priv)
{
	struct feed *feed = priv;
	struct virtcam_buffer *buffer;

	if (!producer_begins(feed))
		return;
	while ((buffer = producer_next(feed)))
		producer_deliver_buffer(feed, buffer);
	if (wq_has_sleeper(&feed->delivered))
		wake_up(&feed->delivered);
}

static int producer_start(void *priv, const struct virtcam_mode *mode)
{
	struct feed *feed = priv;
	unsigned int i;

	spin_lock(&feed->lock);
	feed->sequence = 0;
	for (i = 0; i < feed->num_viewers; i++)
		feed_viewer_forget_partners(&feed->viewers[i]);
	spin_unlock(&feed->lock);
	feed->stopping = false;
	return 0;
}

/* No thread has buffers of the producer's any more. */
static bool producer_is_left(struct feed *feed)
{
	return !READ_ONCE(feed->delivering) && !READ_ONCE(feed->relieving);
}

/*
 * A thread may be copying. It is waited for, under the camera's lock: it takes no
 * longer than WAIT_MS and copying a frame take.
 */
static void producer_stop(void *priv)
{
	struct feed *feed = priv;

	WRITE_ONCE(feed->stopping, true);
	spin_lock(&feed->lock);
	INIT_LIST_HEAD(&feed->arrived);
	spin_unlock(&feed->lock);
	wait_event(feed->delivered, producer_is_left(feed));
	feed_lend_end(feed);
}

static void producer_queue(void *priv, struct virtcam_buffer *buffer)
{
	struct feed *feed = priv;

	spin_lock(&feed->lock);
	list_add_tail(&buffer->list, &feed->arrived);
	spin_unlock(&feed->lock);
}

static void producer_cancel(void *priv)
{
	struct feed *feed = priv;

	WRITE_ONCE(feed->ending, true);
}

static const struct virtcam_control producer_controls[] = {
	{
		.id = FEED_CID_VIEWERS,
		.name = "Viewers",
		.type = V4L2_CTRL_TYPE_INTEGER,
		.max = FEED_MAX_VIEWERS,
		.step = 1,
		.flags = V4L2_CTRL_FLAG_READ_ONLY,
	},
};

const struct virtcam_provider feed_producer_provider = {
	.controls = producer_controls,
	.num_controls = ARRAY_SIZE(producer_controls),
	.claim = feed_claim_producer,
	.release = feed_release_producer,
	.start = producer_start,
	.stop = producer_stop,
	.queue = producer_queue,
	.deliver = producer_deliver,
	.starve = feed_lend_starve,
	.write = feed_write,
	.cancel = producer_cancel,
};
