/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "course.h"

/* Two timestamps, each rounded down to a microsecond. */
#define ROUNDING_NS 1000

void
course_start (Course * course, Reader * reader, guint count)
{
  struct v4l2_buffer frame;

  *course = (Course) {.reader = reader };
  reader_start (reader, count);
  reader_dequeue (reader, &frame);
  course_look (course, &frame);
}

static void
assert_follows (Course * course, const struct v4l2_buffer *frame,
    const VirtcamStamp * stamp)
{
  const guint64 wanted = reader_frames_to_ns (course->reader,
      frame->sequence - course->first.sequence);
  const guint64 elapsed = reader_timestamp (frame) -
      reader_timestamp (&course->first);

  g_assert_cmpuint (frame->sequence, >, course->last.sequence);
  g_assert_cmpuint (reader_timestamp (frame), >,
      reader_timestamp (&course->last));
  g_assert_cmpuint (elapsed, >=, wanted - MIN (wanted, ROUNDING_NS));
  g_assert_cmpuint (elapsed, <=, wanted + ROUNDING_NS);
  g_assert_cmpuint (stamp->time_ns, >=, course->drawn);
  course->longest = MAX (course->longest, stamp->time_ns - course->drawn);
}

void
course_look (Course * course, const struct v4l2_buffer *frame)
{
  const VirtcamStamp stamp = reader_stamp (course->reader,
      course->reader->data[frame->index]);

  g_assert_cmphex (frame->flags & V4L2_BUF_FLAG_ERROR, ==, 0);
  g_assert_cmpuint (stamp.sequence, ==, frame->sequence);
  g_assert_cmpuint (stamp.time_ns, >=, reader_timestamp (frame));
  if (course->frames++)
    assert_follows (course, frame, &stamp);
  else
    course->first = *frame;
  course->last = *frame;
  course->drawn = stamp.time_ns;
  reader_queue (course->reader, frame->index);
}

void
course_follow (Course * course, guint frames)
{
  struct v4l2_buffer frame;

  while (frames--) {
    reader_dequeue (course->reader, &frame);
    course_look (course, &frame);
  }
}

void
course_catch_up (Course * course)
{
  const guint64 now = reader_now ();

  do
    course_follow (course, 1);
  while (reader_timestamp (&course->last) <= now);
}

guint
course_finish (Course * course)
{
  const guint missed = course->last.sequence + 1 - course->frames;
  gint64 captured, dropped;

  reader_stream_off (course->reader);
  captured = reader_get_control (course->reader, READER_FRAMES_CAPTURED);
  dropped = reader_get_control (course->reader, READER_FRAMES_DROPPED);
  /* Some were drawn, or dropped, after the last that was looked at. */
  g_assert_cmpint (captured, >=, course->frames);
  g_assert_cmpint (dropped, >=, missed);
  return missed;
}
