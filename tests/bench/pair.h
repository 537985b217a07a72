/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program that feeds a camera and one that watches it, as two threads of one
 * process, so that what they and the kernel execute for a frame is what the
 * process executes.
 */
#ifndef BENCH_PAIR_H
#define BENCH_PAIR_H

#include "camera.h"
#include "reader.h"

/* Of each program */
#define PAIR_BUFFERS 4

/* From one frame to the next: enough for the largest to be written and taken, and
 * no number of the kernel's ticks, of 4 ms. Else a tick, which takes a thousand
 * instructions, would be in each frame or in none. */
#define PAIR_INTERVAL_NS (10100 * 1000)

/**
 * Fed:
 * @driver: virtcam or v4l2loopback
 * @output: the node that takes frames
 * @capture: the node that shows them; v4l2loopback's is the same
 */
typedef struct {
  const char *driver;
  char *output, *capture;
  TestCamera *feed;
} Fed;

/**
 * fed_new:
 * @buffers: the most that a program gets of v4l2loopback, which is told once, when
 *   it is loaded
 *
 * Returns: (transfer full): a camera that programs feed, the only one of its driver
 */
Fed *fed_new (const char *driver, guint buffers);
void fed_free (Fed *fed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fed, fed_free)

typedef struct {
  guint32 fourcc;
  guint width, height;
} PairMode;

/** Returns: (transfer full): such as "640x480 YUYV" */
char *pair_mode_name (PairMode mode);

/**
 * Pair:
 * @mapped: the producer has mapped buffers; else it calls write()
 * @size: bytes of a frame
 * @frame: what it writes
 * @sent: how many frames it has sent
 * @index: which of its buffers it sends next
 * @sent_at: when it awoke for the last of them; CLOCK_MONOTONIC, ns
 * @deadline: when the next frame is due
 * @policy: the viewer's
 * @take: what it does for each frame
 * @taken: how many frames the viewer has taken
 */
typedef struct _Pair Pair;
struct _Pair {
  Reader *producer, *viewer;
  gboolean mapped;
  guint size;
  guint8 *frame;
  guint sent, index;
  gint64 sent_at, deadline;
  GThread *thread;
  int policy;
  void (*take) (Pair *pair);
  gint taken, ending;
};

/** A producer that is ready to send, and no viewer. */
Pair *pair_new (const Fed *fed, PairMode mode, gboolean mapped);
void pair_free (Pair *pair);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pair, pair_free)

/** Sleeps until the next frame is due. */
void pair_pace (Pair *pair);

/** Sends so many frames, each when it is due, and waits until one more is.
 * Nothing is drawn: all have the same bytes. */
void pair_send_frames (Pair *pair, guint count);

/** Sends so many frames, one after another. */
void pair_send_at_once (Pair *pair, guint count);

/**
 * pair_watch:
 * @policy: SCHED_FIFO, and the viewer runs as soon as it is woken, in the middle
 *   of the producer's call, as it would on a processor of its own; or
 *   SCHED_BATCH, and it runs when the producer sleeps. By the usual policy it is
 *   now this and now that, which differ by a switch from one to the other.
 * @take: takes a frame, and gives the buffer back
 *
 * From here on a viewer takes the frames.
 */
void pair_watch (
    Pair *pair, const Fed *fed, int policy, void (*take) (Pair *pair));

/** The bare loop, which looks at no frame. */
void pair_take (Pair *pair);

#endif
