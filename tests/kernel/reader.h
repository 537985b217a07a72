/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bare V4L2 reader: nothing between the test and the ioctls but assertions.
 */
#ifndef TEST_READER_H
#define TEST_READER_H

#include <errno.h>
#include <glib.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>

#include "stamp.h"

#define READER_MAX_BUFFERS 32
#define READER_FRAMES_CAPTURED (V4L2_CID_USER_BASE + 0x1f00)
#define READER_FRAMES_DROPPED (V4L2_CID_USER_BASE + 0x1f01)

/* The call must fail, and with this errno. */
#define assert_refused(call, reason) G_STMT_START { \
  errno = 0; \
  g_assert_cmpint ((int) (call), ==, -1); \
  g_assert_cmpstr (g_strerror (errno), ==, g_strerror (reason)); \
} G_STMT_END

/**
 * Reader:
 * @fd: the open node
 * @format: the format as the driver last returned it
 * @interval: the frame interval as the driver last returned it
 * @count: number of buffers
 * @data: each buffer's mapping
 * @length: each buffer's length
 */
typedef struct
{
  int fd;
  struct v4l2_format format;
  struct v4l2_fract interval;
  guint count;
  guint8 *data[READER_MAX_BUFFERS];
  gsize length[READER_MAX_BUFFERS];
} Reader;

/**
 * reader_open:
 *
 * Opens the node, one that gives or, for feeder.h, one that takes frames, and reads
 * its format and interval.
 */
Reader *reader_open (const char *node);
void reader_close (Reader * reader);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reader, reader_close)

/**
 * reader_set_format:
 * @bytesperline: wished, or 0 for the smallest
 *
 * S_FMT, and again for the stride; the driver must agree to format, width and
 * height as they are.
 */
void reader_set_format (Reader * reader, guint32 fourcc, guint width,
    guint height, guint bytesperline);

/** S_PARM; the driver must agree to the interval as it is. */
void reader_set_interval (Reader * reader, guint numerator, guint denominator);

/** REQBUFS for MMAP and a mapping of each buffer; none is queued yet. */
void reader_map (Reader * reader, guint count);

/** Maps one more buffer, such as one of CREATE_BUFS, at its own index. */
void reader_map_one (Reader * reader, guint index);

/** Ends the mappings and gives the buffers back by REQBUFS with 0. */
void reader_unmap (Reader * reader);

/** CREATE_BUFS for MMAP. Returns: the index of the first of them */
guint reader_create (Reader * reader, guint count);

/* REMOVE_BUFS of kernels from 6.10 on; headers of older ones lack it. */
typedef struct
{
  guint32 index;
  guint32 count;
  guint32 type;
  guint32 reserved[13];
} ReaderRemoval;

#define READER_REMOVE_BUFS _IOWR ('V', 104, ReaderRemoval)

/** Returns: what ioctl() does, with errno */
int reader_remove (Reader * reader, guint32 index, guint32 count);
gboolean reader_can_remove (Reader * reader);

void reader_queue (Reader * reader, guint index);
void reader_stream_on (Reader * reader);
void reader_stream_off (Reader * reader);

/** Maps @count buffers, queues all and starts the stream. */
void reader_start (Reader * reader, guint count);

/** Waits for a filled buffer, however long that takes, and dequeues it. */
void reader_dequeue (Reader * reader, struct v4l2_buffer *buffer);

/**
 * reader_dequeue_after:
 *
 * Dequeues, and queues again, until a frame comes whose deadline lies after
 * this call: one that shows every change made before.
 */
void reader_dequeue_after (Reader * reader, struct v4l2_buffer *buffer);

/** Returns: CLOCK_MONOTONIC in nanoseconds, as timestamps are */
guint64 reader_now (void);

/** Returns: the buffer's V4L2 timestamp in nanoseconds */
guint64 reader_timestamp (const struct v4l2_buffer *buffer);

/** Returns: the frame interval in nanoseconds, times @frames, rounded down */
guint64 reader_frames_to_ns (Reader * reader, guint64 frames);

/** Returns: the stamp of the picture in @data, which must have one */
VirtcamStamp reader_stamp (Reader * reader, const guint8 * data);

gint64 reader_get_control (Reader * reader, guint32 id);
void reader_set_control (Reader * reader, guint32 id, gint32 value);

#endif
