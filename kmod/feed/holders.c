// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who has fixed the mode of a feed, and what the others are told of it.
 *
 * A program that has buffers, or a producer that has set the mode, holds it: each
 * of the other nodes offers that mode alone, until nobody holds it any more.
 */
#include "feed.h"

#define PRODUCER 0

static bool holders_agree(const struct virtcam_mode *a,
			  const struct virtcam_mode *b)
{
	return a->format == b->format && a->width == b->width &&
	       a->height == b->height;
}

/* The mode that is fixed for @number, by others than itself; or NULL */
static const struct virtcam_mode *holders_fixed(const struct feed *feed,
						unsigned int number)
{
	return feed->holders & ~BIT(number) ? &feed->mode : NULL;
}

static void holders_tell(struct feed *feed)
{
	unsigned int i;

	/* The feed goes, and nodes of viewers may have gone before this one's. */
	if (!feed->has_output)
		return;
	virtcam_camera_fix_mode(feed->output, holders_fixed(feed, PRODUCER));
	for (i = 0; i < feed->num_viewers; i++)
		virtcam_camera_fix_mode(feed->viewers[i].camera,
					holders_fixed(feed, i + 1));
}

/* Under feed.lock, which the caller takes */
static int holders_add(struct feed *feed, unsigned int number,
		       const struct virtcam_mode *mode)
{
	lockdep_assert_held(&feed->lock);
	if (holders_fixed(feed, number)) {
		if (!holders_agree(&feed->mode, mode))
			return -EAGAIN;
	} else {
		feed->mode = *mode;
	}
	feed->holders |= BIT(number);
	holders_tell(feed);
	return 0;
}

static void holders_remove(struct feed *feed, unsigned int number)
{
	lockdep_assert_held(&feed->lock);
	feed->holders &= ~BIT(number);
	holders_tell(feed);
}

/* The claim() of a capture node */
int feed_claim_viewer(void *priv, const struct virtcam_mode *mode)
{
	struct feed_viewer *viewer = priv;
	struct feed *feed = viewer->feed;
	int err;

	spin_lock(&feed->lock);
	err = holders_add(feed, viewer->number, mode);
	spin_unlock(&feed->lock);
	return err;
}

/* The release() of a capture node */
void feed_release_viewer(void *priv)
{
	struct feed_viewer *viewer = priv;
	struct feed *feed = viewer->feed;

	spin_lock(&feed->lock);
	holders_remove(feed, viewer->number);
	spin_unlock(&feed->lock);
}

/* The claim() of the output node */
int feed_claim_producer(void *priv, const struct virtcam_mode *mode)
{
	struct feed *feed = priv;
	int err;

	feed_partial_forget(feed, NULL);
	spin_lock(&feed->lock);
	err = holders_add(feed, PRODUCER, mode);
	if (!err)
		feed->source = *mode;
	spin_unlock(&feed->lock);
	return err;
}

/* The release() of the output node */
void feed_release_producer(void *priv)
{
	struct feed *feed = priv;

	feed_partial_forget(feed, NULL);
	feed_partial_free(feed);
	spin_lock(&feed->lock);
	holders_remove(feed, PRODUCER);
	spin_unlock(&feed->lock);
}

/**
 * feed_count_viewers() - count the viewers that stream
 * @feed: the feed
 * @change: by how many there are more
 *
 * Context: may sleep; under the lock of a capture node.
 */
void feed_count_viewers(struct feed *feed, int change)
{
	mutex_lock(&feed->telling);
	feed->watching += change;
	mutex_unlock(&feed->telling);
}

/**
 * feed_tell_viewers() - tell the producer how many viewers stream
 * @feed: the feed
 *
 * Context: may sleep; under the lock of a capture node, or under none.
 */
void feed_tell_viewers(struct feed *feed)
{
	mutex_lock(&feed->telling);
	if (feed->has_output)
		virtcam_camera_set_control(feed->output, FEED_CID_VIEWERS,
					   feed->watching);
	mutex_unlock(&feed->telling);
}

/**
 * feed_is_watched() - whether a viewer streams
 * @feed: the feed
 *
 * Context: any.
 * Return: true or false, as it was a moment ago.
 */
bool feed_is_watched(struct feed *feed)
{
	return READ_ONCE(feed->watching);
}

/**
 * feed_set_has_output() - let viewers call functions for the output node, or not
 * @feed: the feed
 * @has_output: whether they may. If not, none does any more when this returns.
 *
 * Context: may sleep; under no lock.
 */
void feed_set_has_output(struct feed *feed, bool has_output)
{
	mutex_lock(&feed->telling);
	spin_lock(&feed->lock);
	feed->has_output = has_output;
	spin_unlock(&feed->lock);
	mutex_unlock(&feed->telling);
}
