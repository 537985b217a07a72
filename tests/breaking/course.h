/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The frames of one stream in time and number, whatever happens meanwhile.
 */
#ifndef COURSE_H
#define COURSE_H

#include "reader.h"

/**
 * Course:
 * @reader: who streams
 * @first: the first frame
 * @last: the frame that was looked at last
 * @drawn: when that one was finished, in nanoseconds of CLOCK_MONOTONIC
 * @longest: the longest time from one frame's finish to the next one's
 * @frames: how many were looked at
 */
typedef struct
{
  Reader *reader;
  struct v4l2_buffer first, last;
  guint64 drawn;
  guint64 longest;
  guint frames;
} Course;

/**
 * course_start:
 *
 * Maps @count buffers, starts the stream and looks at its first frame.
 */
void course_start (Course * course, Reader * reader, guint count);

/**
 * course_look:
 *
 * Looks at a frame that was dequeued, and queues it again: numbers and times
 * grow, the picture is the number's own, and the timestamp is that of the
 * number, to the microsecond: nothing has drifted.
 */
void course_look (Course * course, const struct v4l2_buffer *frame);

/** Dequeues and looks at so many frames. */
void course_follow (Course * course, guint frames);

/** Follows to the first frame that was due after this call. */
void course_catch_up (Course * course);

/**
 * course_finish:
 *
 * Ends the stream: each number that did not come was counted as dropped.
 *
 * Returns: how many numbers did not come
 */
guint course_finish (Course * course);

#endif
