/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One program's use of a camera that may vanish in any call: every call is
 * noted on the storm's board, and the first that says so ends the session.
 */
#ifndef STORM_SESSION_H
#define STORM_SESSION_H

#include <errno.h>
#include <linux/videodev2.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/types.h>

#include "storm-actions.h"

/**
 * StormSession:
 * @type: of the node's queue: it gives frames, or takes them
 * @fd: the camera, or -1
 * @gone: a call has said that the camera is gone
 * @random: where this caller's choices come from
 * @holder: a child that holds a dma-buf, or 0
 * @release: what ends @holder when it is closed
 */
typedef struct {
  const StormStage *stage;
  guint32 type;
  int fd;
  gboolean gone;
  GRand *random;
  guint count;
  guint8 *data[STORM_BUFFERS];
  gsize length[STORM_BUFFERS];
  pid_t holder;
  int release;
} StormSession;

/** Makes a call; TRUE where that succeeded. */
#define TRY(session, call, expression) \
  (storm_enter (call), storm_session_note (session, (int) (expression)))
gboolean storm_session_note (StormSession *session, int result);

gboolean storm_session_open (StormSession *session);
void storm_session_close (StormSession *session);

/** REQBUFS. FALSE if another program has the camera or nobody has. */
gboolean storm_session_own (StormSession *session, guint memory, guint count);
gboolean storm_session_map (StormSession *session, guint index);
void storm_session_unmap (StormSession *session);

/** Returns: a buffer of the session's queue, as QBUF and DQBUF want it */
struct v4l2_buffer storm_session_buffer (
    StormSession *session, guint memory, guint index);

/** @buffer: its index, and for imports its fd, are read */
gboolean storm_session_queue (
    StormSession *session, struct v4l2_buffer *buffer);
gboolean storm_session_dequeue (
    StormSession *session, struct v4l2_buffer *buffer);

/** Queues all buffers of its own and starts the stream. */
gboolean storm_session_start (StormSession *session);

/** Waits for one of the events. TRUE if the camera is still there. */
gboolean storm_session_poll (StormSession *session, short events);

/** POLLIN, or POLLOUT where the node takes frames */
short storm_session_events (StormSession *session);

/** The frame must be the one that the buffer's number says; a feed's, whole. */
void storm_session_look (StormSession *session,
    const struct v4l2_buffer *buffer, const guint8 *data);

/** Looks at a frame that was taken out of the camera, or makes the next to go in. */
void storm_session_use (
    StormSession *session, const struct v4l2_buffer *buffer, guint8 *data);

/** Returns: bytes of a frame */
gsize storm_session_size (StormSession *session);

/** Makes a frame for a feed. */
void storm_session_fill (StormSession *session, guint8 *data);

/** fork(): the child has the slot beside its parent's. */
pid_t storm_session_fork (StormSession *session);

/** Every call must say that the camera is gone. */
void storm_session_see_gone (StormSession *session);

#endif
