/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "guest.h"

/* A program in the guest, which watches the camera. What is not expected fails the
 * test. */
typedef struct _Viewer Viewer;

/* the numbers of ioctls */
enum {
  ENUM_FMT = 2,
  G_FMT = 4,
  S_FMT = 5,
  REQBUFS = 8,
  QUERYBUF = 9,
  QBUF = 15,
  STREAMON = 18,
  STREAMOFF = 19,
  G_PARM = 21,
  G_EXT_CTRLS = 71,
  S_EXT_CTRLS = 72,
  TRY_EXT_CTRLS = 73,
  SUBSCRIBE_EVENT = 90,
};

#define TYPE V4L2_BUF_TYPE_VIDEO_CAPTURE

Viewer *viewer_open (Guest *guest);
/* Without a word to the camera, where the guest has gone. */
void viewer_forget (Viewer *self);
void viewer_close (Viewer *self);
guint32 viewer_get_session (Viewer *self);

/* Returns the status. */
guint32 viewer_set_format (
    Viewer *self, guint32 fourcc, guint32 width, guint32 height);
/* Of a frame. */
gsize viewer_get_size (Viewer *self);
/* memory: V4L2_MEMORY_MMAP, or V4L2_MEMORY_USERPTR: pages that are nowhere near each
 * other, and in both regions. */
void viewer_request (Viewer *self, guint32 memory, guint32 count);
/* Other pages for a buffer than it was given: a frame in pieces, each of size bytes or
 * less, the first of them at offset in its page. */
void viewer_scatter (Viewer *self, guint32 index, gsize size, gsize offset);
/* Each returns the status. */
guint32 viewer_queue (Viewer *self, guint32 index);
guint32 viewer_start (Viewer *self);
guint32 viewer_stop (Viewer *self);

/* Waits for a frame, and says in which buffer; other events are left out. */
guint32 viewer_wait (Viewer *self, WireBuffer *wire);
/* Copies what a buffer has. */
void viewer_read (Viewer *self, guint32 index, guint8 *frame);
void viewer_fill (Viewer *self, guint32 index, guint8 value);
/* Whether all its bytes are value. */
gboolean viewer_has (Viewer *self, guint32 index, guint8 value);
