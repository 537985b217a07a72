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

#include "storm-actions.h"

/**
 * StormSession:
 * @fd: the camera, or -1
 * @gone: a call has said that the camera is gone
 * @random: where this caller's choices come from
 * @holder: a child that holds a dma-buf, or 0
 * @release: what ends @holder when it is closed
 */
typedef struct {
  const StormStage *stage;
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

/** @buffer: its index, and for imports its fd, are read */
gboolean storm_session_queue (
    StormSession *session, struct v4l2_buffer *buffer);
gboolean storm_session_dequeue (
    StormSession *session, struct v4l2_buffer *buffer);

/** Queues all buffers of its own and starts the stream. */
gboolean storm_session_start (StormSession *session);

/** Waits for one of the events. TRUE if the camera is still there. */
gboolean storm_session_poll (StormSession *session, short events);

/** The frame must be the one that the buffer's number says. */
void storm_session_look (StormSession *session,
    const struct v4l2_buffer *buffer, const guint8 *data);

/** Every call must say that the camera is gone. */
void storm_session_see_gone (StormSession *session);

#endif
