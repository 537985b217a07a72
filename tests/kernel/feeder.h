/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The program that gives frames to a feed: reader.h at an output node, frames
 * whose bytes tell their number, and what a feed says of itself.
 */
#ifndef TEST_FEEDER_H
#define TEST_FEEDER_H

#include "camera.h"
#include "reader.h"

/* What an output node tells of its mode, as others do by SOURCE_CHANGE */
#define FEEDER_EVENT_MODE (V4L2_EVENT_PRIVATE_START + 0x1f00)
#define FEEDER_VIEWERS (V4L2_CID_USER_BASE + 0x1f10)
#define FEEDER_FRAMES_IN (V4L2_CID_USER_BASE + 0x1f11)
#define FEEDER_FRAMES_OUT (FEEDER_FRAMES_IN + 1)
#define FEEDER_NO_BUFFER (FEEDER_FRAMES_IN + 2)
#define FEEDER_NO_VIEWER (FEEDER_FRAMES_IN + 3)
#define FEEDER_PLACEHOLDERS (FEEDER_FRAMES_IN + 4)
#define FEEDER_COPIES (FEEDER_FRAMES_IN + 5)
#define FEEDER_REFUSED (FEEDER_FRAMES_IN + 6)

/**
 * feeder_ask_format:
 * @sizeimage: as a program says it; mostly what G_FMT told, or 0
 *
 * S_FMT, whatever comes of it; what the driver answers is in feeder->format.
 *
 * Returns: what S_FMT returns
 */
int feeder_ask_format (Reader *feeder, guint32 fourcc, guint width,
    guint height, guint bytesperline, guint sizeimage);

/** Fills a frame with bytes that no frame of another number has. */
void feeder_fill (guint8 *frame, gsize size, guint number);

/** The bytes must be those that feeder_fill() makes. */
void feeder_assert_filled (const guint8 *frame, gsize size, guint number);

/** Returns: (transfer full): a frame of the feeder's format */
guint8 *feeder_make_frame (Reader *feeder, guint number);

/** write() of a whole frame, which must be taken. */
void feeder_write (Reader *feeder, guint number);

/** QBUF of a mapped buffer. Returns: what QBUF returns */
int feeder_queue (
    Reader *feeder, guint index, guint bytesused, guint64 timestamp);

/** Fills a mapped buffer and queues it. */
void feeder_send (Reader *feeder, guint index, guint number);

/** DQBUF, which must not have to wait. Returns: the buffer's index */
guint feeder_take_back (Reader *feeder);

/** Takes the next frame, which must be this one, and queues the buffer again.
 * Returns: its sequence number */
guint feeder_assert_next (Reader *reader, guint number);

/** Returns: whether a frame can be dequeued now */
gboolean feeder_has_frame (Reader *reader);

/** SUBSCRIBE_EVENT; @flags: V4L2_EVENT_SUB_FL_SEND_INITIAL or 0 */
void feeder_subscribe (Reader *node, guint32 type, guint32 id, guint32 flags);

/** DQEVENT without waiting. Returns: whether there was one */
gboolean feeder_next_event (Reader *node, struct v4l2_event *event);

/**
 * FeederPair:
 * @feeder: a producer that has set YUYV of FEEDER_WIDTH x FEEDER_HEIGHT
 * @reader: a viewer
 */
typedef struct {
  Reader *feeder, *reader;
} FeederPair;

#define FEEDER_WIDTH 64
#define FEEDER_HEIGHT 48
#define FEEDER_SIZE (FEEDER_WIDTH * FEEDER_HEIGHT * 2)

/** Neither has buffers yet. */
void feeder_pair_open (FeederPair *pair, TestCamera *feed);

/** Both have @buffers, and stream. */
void feeder_pair_start (FeederPair *pair, TestCamera *feed, guint buffers);

void feeder_pair_close (FeederPair *pair);

#endif
