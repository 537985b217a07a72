/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A feed: a camera whose frames a process gives. One output node takes them, one or
 * more capture nodes show them to viewers.
 *
 *	producer -> output node -> feed -> capture node -> viewer
 *
 * A frame is handed on when it arrives, in the context of the producer, into an
 * empty buffer of each viewer. Where a viewer has none the frame is dropped for
 * that viewer: no producer waits for a viewer, nor the other way round.
 */
#ifndef FEED_FEED_H
#define FEED_FEED_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <virtcam/provider.h>

#include "settings.h"

struct feed;
struct iov_iter;

/* A driver's own range of V4L2_CTRL_CLASS_USER; the core's own end below. */
#define FEED_CID_VIEWERS (V4L2_CID_USER_BASE + 0x1f10)
#define FEED_CID_COUNTERS (V4L2_CID_USER_BASE + 0x1f11)

#define FEED_NO_PARTNER 0xff
/* How many frames a viewer can have at most without a copy */
#define FEED_MAX_LENT 3U

/**
 * enum feed_counter - what a feed counts
 * @FEED_FRAMES_IN: frames that came from the producer
 * @FEED_FRAMES_OUT: frames that viewers got, one for each viewer
 * @FEED_NO_BUFFER: frames that a viewer missed, since it had no empty buffer
 * @FEED_NO_VIEWER: frames that came while nobody watched
 * @FEED_PLACEHOLDERS: frames that viewers got while none came
 * @FEED_COPIES: how often a frame was copied
 * @FEED_REFUSED: frames whose memory no processor could read, or not in time
 * @FEED_NUM_COUNTERS: how many there are
 */
enum feed_counter {
	FEED_FRAMES_IN,
	FEED_FRAMES_OUT,
	FEED_NO_BUFFER,
	FEED_NO_VIEWER,
	FEED_PLACEHOLDERS,
	FEED_COPIES,
	FEED_REFUSED,
	FEED_NUM_COUNTERS,
};

/**
 * struct feed_viewer - one capture node of a feed
 * @feed: the feed
 * @camera: the node
 * @number: its bit in feed.holders
 * @mode: what the viewer gets, from start to stop
 * @streaming: the viewer takes frames; this and all below is guarded by feed.lock
 * @empty: its empty buffers, oldest first
 * @joined: which of its buffers, by index, may be the memory of the producer's
 * @partner: for each of the producer's buffers, by index, which of the viewer's was
 *	joined with it last, or FEED_NO_PARTNER
 * @apart: which of the producer's buffers, by index, may not be joined
 * @lent: the producer's buffers that the viewer has, by the index of its own
 * @num_lent: how many they are
 * @copied: how many frames it got in copies since it was lent one
 * @busy: how many of its buffers are being written
 * @settled: woken when @busy becomes 0 after the end of the stream
 * @sequence: the number of its next frame
 * @timestamp: that of the frame before, in nanoseconds
 * @fed: when the producer's last frame came, or the stream began
 * @shown: when the next placeholder is due, or 0
 * @placeholder: shows placeholders
 * @picturing: guards @picture; taken under no other lock of the feed
 * @picture: what it shows, in @mode; made when it is needed
 */
struct feed_viewer {
	struct feed *feed;
	struct virtcam_camera *camera;
	unsigned int number;
	struct virtcam_mode mode;

	bool streaming;
	struct list_head empty;
	u32 joined;
	u8 partner[VIDEO_MAX_FRAME];
	u32 apart;
	struct virtcam_buffer *lent[VIDEO_MAX_FRAME];
	unsigned int num_lent;
	unsigned int copied;
	unsigned int busy;
	wait_queue_head_t settled;
	u32 sequence;
	u64 timestamp;
	u64 fed;
	u64 shown;
	struct delayed_work placeholder;
	struct mutex picturing; /* guards picture */
	u8 *picture;
};

/**
 * struct feed_frame - a frame to hand on
 * @buffer: where it lies; or NULL
 * @data: where it lies if it is in no buffer
 * @mode: how it lies there
 * @payload: bytes of it
 * @timestamp: when it was captured, CLOCK_MONOTONIC in nanoseconds, or any number
 */
struct feed_frame {
	struct virtcam_buffer *buffer;
	const u8 *data;
	const struct virtcam_mode *mode;
	u32 payload;
	u64 timestamp;
};

/**
 * struct feed_partial - a frame that write() has begun
 * @size: bytes of it; 0: none has been begun
 * @done: how many of them have been written
 * @viewer: whose buffer they are in
 * @buffer: that buffer; NULL: they are in @whole, or go nowhere. Guarded by feed.lock,
 *	as all below.
 * @parked: no thread writes into @buffer
 * @whole: memory for a frame of several viewers; made when it is needed
 * @whole_size: bytes of it
 * @for_several: the frame is in @whole
 */
struct feed_partial {
	u32 size;
	u32 done;
	struct feed_viewer *viewer;
	struct virtcam_buffer *buffer;
	bool parked;
	u8 *whole;
	u32 whole_size;
	bool for_several;
};

/**
 * enum feed_way - what becomes of a frame
 * @FEED_WAY_LENT: the viewer has it without a copy, and its buffer with it
 * @FEED_WAY_MISSED: the viewer misses it
 * @FEED_WAY_COPY: it has to be copied for each viewer that has an empty buffer
 */
enum feed_way {
	FEED_WAY_LENT,
	FEED_WAY_MISSED,
	FEED_WAY_COPY,
};

/**
 * struct feed - a camera that a process feeds
 * @config: what it should offer; does not change while there is a feed
 * @card: the camera's name
 * @ending: the feed goes: nobody waits for a device any more
 * @output: the node that takes frames
 * @telling: guards @has_output where functions are called that may sleep
 * @has_output: viewers may call functions for @output. Written under both
 *	@telling and @lock.
 * @watching: how many viewers stream; guarded by @telling
 * @lock: guards all below, and the viewers. Taken under the locks of cameras; locks
 *	of the core are taken under it.
 * @holders: who has the mode: bit 0 the producer, bit N viewer N. While it is not
 *	0 there is one mode only.
 * @mode: that mode
 * @source: how the producer's frames lie; @mode with a stride of its own
 * @arrived: full buffers of the output node, oldest first
 * @delivering: a thread hands frames of @arrived on
 * @relieving: how many threads give the producer a buffer back though nobody asked
 * @delivered: woken when @delivering or @relieving ends
 * @stopping: that thread should give up waiting for devices
 * @sequence: the number of the output node's next frame
 * @num_lent: how many of the producer's buffers viewers have
 * @partial: the frame that write() has begun
 * @counters: see enum feed_counter
 * @counter_controls: what programs know of them
 * @output_offer: what a producer can set
 * @capture_offer: what a viewer can set
 * @num_viewers: how many @viewers
 * @viewers: the capture nodes
 */
struct feed {
	const struct feed_config *config;
	const char *card;
	bool ending;

	struct virtcam_camera *output;

	struct mutex telling; /* guards has_output, watching */
	bool has_output;
	unsigned int watching;

	spinlock_t lock; /* guards all below, and the viewers */
	unsigned long holders;
	struct virtcam_mode mode;
	struct virtcam_mode source;
	struct list_head arrived;
	bool delivering;
	unsigned int relieving;
	wait_queue_head_t delivered;
	bool stopping;
	u32 sequence;
	unsigned int num_lent;
	struct feed_partial partial;
	atomic64_t counters[FEED_NUM_COUNTERS];
	struct virtcam_counter counter_controls[FEED_NUM_COUNTERS];

	struct feed_offer output_offer;
	struct feed_offer capture_offer;
	unsigned int num_viewers;
	struct feed_viewer viewers[];
};

static inline void feed_count(struct feed *feed, enum feed_counter counter)
{
	atomic64_inc(&feed->counters[counter]);
}

bool feed_is_watched(struct feed *feed);

/* holders.c */
int feed_claim_viewer(void *priv, const struct virtcam_mode *mode);
void feed_release_viewer(void *priv);
int feed_claim_producer(void *priv, const struct virtcam_mode *mode);
void feed_release_producer(void *priv);
void feed_count_viewers(struct feed *feed, int change);
void feed_tell_viewers(struct feed *feed);
void feed_set_has_output(struct feed *feed, bool has_output);

/* viewer.c */
void feed_viewer_init(struct feed_viewer *viewer, struct feed *feed,
		      unsigned int number);
struct feed_viewer *feed_viewer_only(struct feed *feed);
struct virtcam_buffer *feed_viewer_take(struct feed_viewer *viewer);
struct virtcam_buffer *feed_viewer_take_partner(struct feed_viewer *viewer,
						unsigned int index);
void feed_viewer_forget_partners(struct feed_viewer *viewer);
void feed_viewer_put_back(struct feed_viewer *viewer,
			  struct virtcam_buffer *buffer);
void feed_viewer_park(struct feed_viewer *viewer);
bool feed_viewer_resume(struct feed_viewer *viewer);
void feed_viewer_miss(struct feed_viewer *viewer);
void feed_viewer_feed(struct feed_viewer *viewer);
void feed_viewer_finish(struct feed_viewer *viewer,
			struct virtcam_buffer *buffer, u32 payload,
			u64 timestamp);
extern const struct virtcam_provider feed_viewer_provider;

/* producer.c */
int feed_hand_on(struct feed *feed, const struct feed_frame *frame);
void feed_producer_finish(struct feed *feed, struct virtcam_buffer *buffer,
			  bool damaged);
extern const struct virtcam_provider feed_producer_provider;

/* lend.c */
enum feed_way feed_lend(struct feed *feed, struct virtcam_buffer *buffer);
void feed_lend_return(struct feed_viewer *viewer, unsigned int index);
void feed_lend_starve(void *priv);
void feed_lend_end(struct feed *feed);
void feed_lend_relieve(struct feed *feed);
void feed_lend_leave(struct feed_viewer *viewer);

/* write.c */
int feed_write(void *priv, struct iov_iter *from, u32 size);
void feed_partial_forget(struct feed *feed, const struct feed_viewer *viewer);
void feed_partial_free(struct feed *feed);
struct virtcam_buffer *feed_partial_take(struct feed_viewer *viewer);

/* idle.c */
void feed_idle_begin(struct feed_viewer *viewer);
void feed_idle_end(struct feed_viewer *viewer);
void feed_idle_keep_buffer(struct feed_viewer *viewer,
			   struct virtcam_buffer *buffer);
void feed_idle_keep(struct feed_viewer *viewer, const u8 *data);

#endif
