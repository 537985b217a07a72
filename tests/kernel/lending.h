/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A producer and a viewer that both map their buffers, so that a feed lends each the
 * other's: once a frame has passed, two buffers are the same memory.
 */
#ifndef TEST_LENDING_H
#define TEST_LENDING_H

#include "feeder.h"
#include "fixture.h"

#define LENDING_WIDTH 64
#define LENDING_HEIGHT 48
/* No buffer can be missing, and none is empty while another is. */
#define LENDING_BUFFERS 4

/**
 * Lending:
 * @feeder: the producer; maps its buffers and streams
 * @reader: the viewer, likewise
 * @index: the producer's next buffer
 * @number: that of the next frame
 */
typedef struct {
  Reader *feeder;
  Reader *reader;
  guint index;
  guint number;
} Lending;

void lending_init (Lending *self, Fixture *fixture);
void lending_init_feeder (Lending *self, Fixture *fixture, guint buffers);
void lending_init_reader (Lending *self, Fixture *fixture, guint buffers);
void lending_clear (Lending *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Lending, lending_clear)

/** Returns: bytes of a frame */
guint lending_size (Lending *self);
/** Returns: what the producer's node counts as @id */
gint64 lending_count (Lending *self, guint32 id);

/** Fills and queues the producer's next buffer. Returns: the frame's number */
guint lending_send (Lending *self);
/**
 * lending_begin:
 * @index: (out): which buffer of the producer's the viewer has
 * @buffer: (out): as which of its own
 *
 * A pair whose buffers have become one, and a frame that the viewer has.
 *
 * Returns: the frame's number
 */
guint lending_begin (Lending *self, Fixture *fixture, guint *index,
    struct v4l2_buffer *buffer);
/** A frame that passes, and both buffers come home. */
void lending_pass (Lending *self);
/** Each pair of buffers becomes one. */
void lending_warm_up (Lending *self);
/** Whether the producer can have a buffer without a wait. */
gboolean lending_gets_one_back (Lending *self, guint *index);

#endif
