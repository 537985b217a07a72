/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A feed's mode: who fixes it, for whom, for how long, and who is told. */
#include <unistd.h>

#include "feeder.h"
#include "fixture.h"

#define DEFAULT_FORMATS 8

static guint
count_formats (Reader *node)
{
  struct v4l2_fmtdesc format = { .type = node->format.type };

  while (ioctl (node->fd, VIDIOC_ENUM_FMT, &format) == 0)
    format.index++;
  g_assert_cmpint (errno, ==, EINVAL);
  return format.index;
}

static void
assert_only_size (Reader *node, guint32 fourcc, guint width, guint height)
{
  struct v4l2_frmsizeenum size = { .pixel_format = fourcc };

  g_assert_no_errno (ioctl (node->fd, VIDIOC_ENUM_FRAMESIZES, &size));
  g_assert_cmpuint (size.type, ==, V4L2_FRMSIZE_TYPE_DISCRETE);
  g_assert_cmpuint (size.discrete.width, ==, width);
  g_assert_cmpuint (size.discrete.height, ==, height);
  size.index = 1;
  assert_refused (ioctl (node->fd, VIDIOC_ENUM_FRAMESIZES, &size), EINVAL);
}

static void
assert_only_interval (Reader *node, guint32 fourcc, guint width, guint height,
    struct v4l2_fract wanted)
{
  struct v4l2_frmivalenum interval = {
    .pixel_format = fourcc,
    .width = width,
    .height = height,
  };

  g_assert_no_errno (ioctl (node->fd, VIDIOC_ENUM_FRAMEINTERVALS, &interval));
  g_assert_cmpuint (interval.type, ==, V4L2_FRMIVAL_TYPE_DISCRETE);
  g_assert_cmpuint (interval.discrete.numerator, ==, wanted.numerator);
  g_assert_cmpuint (interval.discrete.denominator, ==, wanted.denominator);
  interval.index = 1;
  assert_refused (
      ioctl (node->fd, VIDIOC_ENUM_FRAMEINTERVALS, &interval), EINVAL);
}

/* Returns: whether TRY_FMT takes this as it is */
static gboolean
tries (Reader *node, guint32 fourcc, guint width, guint height)
{
  struct v4l2_format format = {
    .type = node->format.type,
    .fmt.pix = { .pixelformat = fourcc, .width = width, .height = height },
  };
  const struct v4l2_pix_format *pix = &format.fmt.pix;

  g_assert_no_errno (ioctl (node->fd, VIDIOC_TRY_FMT, &format));
  return pix->pixelformat == fourcc && pix->width == width &&
         pix->height == height;
}

static void
assert_only_mode (Reader *node, guint32 fourcc, guint width, guint height,
    struct v4l2_fract interval)
{
  struct v4l2_fmtdesc format = { .type = node->format.type };

  g_assert_no_errno (ioctl (node->fd, VIDIOC_ENUM_FMT, &format));
  g_assert_cmphex (format.pixelformat, ==, fourcc);
  g_assert_cmpuint (count_formats (node), ==, 1);
  assert_only_size (node, fourcc, width, height);
  assert_only_interval (node, fourcc, width, height, interval);
  g_assert_true (tries (node, fourcc, width, height));
  g_assert_false (tries (node, V4L2_PIX_FMT_BGR24, width, height));
  g_assert_false (tries (node, fourcc, 320, 240));
}

/* S_FMT and S_PARM of others are answered by the mode that there is. */
static void
assert_viewer_is_given (const char *node, guint32 fourcc, guint width,
    guint height, struct v4l2_fract interval)
{
  g_autoptr (Reader) reader = reader_open (node);
  struct v4l2_streamparm parm = { .type = reader->format.type };
  const struct v4l2_pix_format *pix = &reader->format.fmt.pix;

  g_assert_no_errno (
      feeder_ask_format (reader, V4L2_PIX_FMT_BGR24, 320, 240, 0, 0));
  g_assert_cmphex (pix->pixelformat, ==, fourcc);
  g_assert_cmpuint (pix->width, ==, width);
  g_assert_cmpuint (pix->height, ==, height);
  parm.parm.capture.timeperframe = (struct v4l2_fract){ 1, 5 };
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_S_PARM, &parm));
  g_assert_cmpuint (
      parm.parm.capture.timeperframe.numerator, ==, interval.numerator);
  g_assert_cmpuint (
      parm.parm.capture.timeperframe.denominator, ==, interval.denominator);
}

static void
end_by_close (Reader **feeder)
{
  g_clear_pointer (feeder, reader_close);
}

static void
end_by_reqbufs (Reader **feeder)
{
  reader_unmap (*feeder);
}

static void
a_producers_mode_is_the_only_one_while_it_stays (Fixture *fixture)
{
  static void (*const ends[]) (Reader **) = { end_by_close, end_by_reqbufs };
  static const struct v4l2_fract interval = { 1, 24 };

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++) {
    g_autoptr (Reader) reader = reader_open (fixture->camera->node);
    g_autoptr (Reader) feeder = reader_open (fixture->camera->output);

    g_assert_cmpuint (count_formats (reader), ==, DEFAULT_FORMATS);
    reader_set_format (feeder, V4L2_PIX_FMT_NV12, 642, 482, 0);
    reader_set_interval (feeder, 1, 24);
    assert_only_mode (reader, V4L2_PIX_FMT_NV12, 642, 482, interval);
    assert_viewer_is_given (
        fixture->camera->node, V4L2_PIX_FMT_NV12, 642, 482, interval);
    ends[i](&feeder);
    g_assert_cmpuint (count_formats (reader), ==, DEFAULT_FORMATS);
    g_assert_true (tries (reader, V4L2_PIX_FMT_BGR24, 320, 240));
    g_assert_false (tries (reader, V4L2_PIX_FMT_NV12, 642, 482));
  }
}

static void
a_producer_can_take_any_size_in_the_range (Fixture *fixture)
{
  static const guint sizes[][2] = {
    { 16, 16 },
    { 3840, 2160 },
    { 18, 2000 },
    { 642, 482 },
    { 640, 480 },
  };
  g_autoptr (Reader) feeder = reader_open (fixture->camera->output);

  g_assert_cmpuint (count_formats (feeder), ==, DEFAULT_FORMATS);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    reader_set_format (feeder, V4L2_PIX_FMT_YUYV, sizes[i][0], sizes[i][1], 0);
  g_assert_no_errno (
      feeder_ask_format (feeder, V4L2_PIX_FMT_YUYV, 1, 100000, 0, 0));
  g_assert_cmpuint (feeder->format.fmt.pix.width, ==, 16);
  g_assert_cmpuint (feeder->format.fmt.pix.height, ==, 2160);
}

static void
a_viewer_with_buffers_fixes_the_mode (Fixture *fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  g_autoptr (Reader) feeder = reader_open (fixture->camera->output);
  struct v4l2_streamparm parm = { .type = feeder->format.type };

  reader_set_format (reader, V4L2_PIX_FMT_UYVY, 1280, 720, 0);
  reader_set_interval (reader, 1, 25);
  reader_map (reader, 2);
  assert_only_mode (feeder, V4L2_PIX_FMT_UYVY, 1280, 720, reader->interval);
  assert_refused (
      feeder_ask_format (feeder, V4L2_PIX_FMT_YUYV, 1280, 720, 0, 0), EBUSY);
  assert_refused (
      feeder_ask_format (feeder, V4L2_PIX_FMT_UYVY, 1282, 720, 0, 0), EBUSY);
  assert_refused (
      feeder_ask_format (feeder, V4L2_PIX_FMT_UYVY, 1280, 722, 0, 0), EBUSY);
  /* Producers set an interval, and give up where they cannot. */
  parm.parm.output.timeperframe = (struct v4l2_fract){ 1, 60 };
  g_assert_no_errno (ioctl (feeder->fd, VIDIOC_S_PARM, &parm));
  g_assert_cmpuint (parm.parm.output.timeperframe.denominator, ==, 25);
  reader_set_format (feeder, V4L2_PIX_FMT_UYVY, 1280, 720, 0);

  reader_unmap (reader);
  g_assert_cmpuint (count_formats (feeder), ==, DEFAULT_FORMATS);
  reader_set_format (feeder, V4L2_PIX_FMT_YUYV, 642, 482, 0);
}

static void
the_mode_stays_a_viewers_when_the_producer_that_set_it_leaves (Fixture *fixture)
{
  Reader *feeder = reader_open (fixture->camera->output);
  g_autoptr (Reader) reader = NULL;
  g_autoptr (Reader) next = NULL;

  reader_set_format (feeder, V4L2_PIX_FMT_YUYV, 642, 482, 0);
  reader_set_interval (feeder, 1, 24);
  reader = reader_open (fixture->camera->node);
  reader_map (reader, 2);
  reader_close (feeder);

  next = reader_open (fixture->camera->output);
  g_assert_cmpuint (next->format.fmt.pix.width, ==, 642);
  assert_refused (
      feeder_ask_format (next, V4L2_PIX_FMT_YUYV, 640, 480, 0, 0), EBUSY);
  reader_set_format (next, V4L2_PIX_FMT_YUYV, 642, 482, 0);
  reader_close (g_steal_pointer (&next));
  /* As programs do before they start; what they have buffers of stays. */
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_G_FMT, &reader->format));
  g_assert_cmpuint (reader->format.fmt.pix.width, ==, 642);
  for (guint i = 0; i < 2; i++)
    reader_queue (reader, i);
  reader_stream_on (reader);
  next = reader_open (fixture->camera->output);
  feeder_write (next, 1);
  g_assert_cmpuint (feeder_assert_next (reader, 1), ==, 0);
}

static void
a_viewer_without_buffers_fixes_nothing (Fixture *fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  g_autoptr (Reader) feeder = reader_open (fixture->camera->output);

  reader_set_format (reader, V4L2_PIX_FMT_UYVY, 1280, 720, 0);
  reader_set_format (feeder, V4L2_PIX_FMT_YUYV, 642, 482, 0);
  reader_map (reader, 2);
  reader_unmap (reader);
}

static void
assert_source_changes (Reader *node, guint expected)
{
  const guint32 type = node->format.type == V4L2_BUF_TYPE_VIDEO_OUTPUT
                           ? FEEDER_EVENT_MODE
                           : V4L2_EVENT_SOURCE_CHANGE;
  struct v4l2_event event;
  guint count = 0;

  /* Of several that nobody took V4L2 keeps one. */
  while (feeder_next_event (node, &event)) {
    g_assert_cmpuint (event.type, ==, type);
    g_assert_cmphex (
        event.u.src_change.changes, ==, V4L2_EVENT_SRC_CH_RESOLUTION);
    count++;
  }
  g_assert_cmpuint (count, ==, expected);
}

static void
the_other_side_is_told_and_who_has_the_mode_later (Fixture *fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  g_autoptr (Reader) feeder = reader_open (fixture->camera->output);

  feeder_subscribe (reader, V4L2_EVENT_SOURCE_CHANGE, 0, 0);
  feeder_subscribe (feeder, FEEDER_EVENT_MODE, 0, 0);
  reader_map (reader, 2);
  assert_source_changes (feeder, 1);
  assert_source_changes (reader, 0);
  reader_set_format (feeder, V4L2_PIX_FMT_YUYV, 640, 480, 0);
  assert_source_changes (feeder, 0);
  assert_source_changes (reader, 0);
  reader_unmap (reader);
  assert_source_changes (feeder, 0);

  reader_set_format (feeder, V4L2_PIX_FMT_YUYV, 642, 482, 0);
  assert_source_changes (reader, 1);
  reader_set_format (feeder, V4L2_PIX_FMT_YUYV, 642, 482, 0);
  assert_source_changes (reader, 0);
  reader_set_interval (feeder, 1, 24);
  assert_source_changes (reader, 1);
  /* the viewer has let go of its mode since the producer made its claim */
  reader_unmap (feeder);
  assert_source_changes (reader, 1);
  assert_source_changes (feeder, 1);
}

static void
assert_second_gives_no_frames (Reader *second)
{
  struct v4l2_requestbuffers request = {
    .type = second->format.type,
    .memory = V4L2_MEMORY_MMAP,
    .count = 1,
  };
  struct v4l2_create_buffers create = {
    .count = 1,
    .memory = V4L2_MEMORY_MMAP,
    .format = second->format,
  };
  g_autofree guint8 *frame = feeder_make_frame (second, 0);

  assert_refused (ioctl (second->fd, VIDIOC_REQBUFS, &request), EBUSY);
  request.count = 0;
  assert_refused (ioctl (second->fd, VIDIOC_REQBUFS, &request), EBUSY);
  assert_refused (ioctl (second->fd, VIDIOC_CREATE_BUFS, &create), EBUSY);
  assert_refused (
      write (second->fd, frame, second->format.fmt.pix.sizeimage), EBUSY);
}

static void
assert_second_is_refused (Reader *second)
{
  struct v4l2_streamparm parm = { .type = second->format.type };

  assert_refused (ioctl (second->fd, VIDIOC_S_FMT, &second->format), EBUSY);
  assert_refused (ioctl (second->fd, VIDIOC_S_PARM, &parm), EBUSY);
  assert_second_gives_no_frames (second);
}

/* Who has but set the mode loses it to the next one, and cannot feed it any more. */
static void
a_mode_that_nobody_feeds_can_be_taken_over (Fixture *fixture)
{
  g_autoptr (Reader) first = reader_open (fixture->camera->output);
  g_autoptr (Reader) second = reader_open (fixture->camera->output);
  g_autoptr (Reader) reader = NULL;

  reader_set_format (first, V4L2_PIX_FMT_YUYV, 320, 240, 0);
  assert_second_gives_no_frames (second);
  reader_set_format (second, V4L2_PIX_FMT_YUYV, 640, 480, 0);
  assert_second_gives_no_frames (first);
  reader = reader_open (fixture->camera->node);
  g_assert_cmpuint (reader->format.fmt.pix.width, ==, 640);
  feeder_write (second, 0);
  assert_second_is_refused (first);
}

static void
a_second_producer_is_refused_whatever_the_first_has (Fixture *fixture)
{
  Reader *first = reader_open (fixture->camera->output);
  g_autoptr (Reader) second = NULL;

  reader_set_format (first, V4L2_PIX_FMT_YUYV, 320, 240, 0);
  second = reader_open (fixture->camera->output);
  g_assert_cmpuint (second->format.fmt.pix.width, ==, 320);
  assert_second_gives_no_frames (second);
  reader_map (first, 2);
  assert_second_is_refused (second);
  reader_unmap (first);
  g_assert_no_errno (ioctl (second->fd, VIDIOC_S_FMT, &second->format));
  reader_unmap (second);

  feeder_write (first, 0);
  assert_second_is_refused (second);
  reader_close (first);
  g_assert_no_errno (ioctl (second->fd, VIDIOC_S_FMT, &second->format));
}

/* A copy of the file is the same producer, until the last is closed. */
static void
a_duplicated_file_is_the_same_producer (Fixture *fixture)
{
  Reader *first = reader_open (fixture->camera->output);
  g_autoptr (Reader) second = NULL;
  int copy;

  reader_set_format (first, V4L2_PIX_FMT_YUYV, 320, 240, 0);
  second = reader_open (fixture->camera->output);
  copy = dup (first->fd);
  g_assert_no_errno (copy);
  g_assert_no_errno (close (first->fd));
  assert_second_gives_no_frames (second);
  first->fd = copy;
  feeder_write (first, 0);
  assert_second_is_refused (second);
  reader_close (first);
  g_assert_no_errno (ioctl (second->fd, VIDIOC_S_FMT, &second->format));
}

static void
a_stride_left_over_from_another_size_is_not_honoured (Fixture *fixture)
{
  g_autoptr (Reader) feeder = reader_open (fixture->camera->output);
  const struct v4l2_pix_format *pix = &feeder->format.fmt.pix;

  for (guint i = 0; i < 4; i++) {
    const struct v4l2_pix_format before = *pix;
    const guint width = i % 2 ? 1280 : 320, height = i % 2 ? 720 : 240;
    /* OBS and ffmpeg leave sizeimage as it was, droidcam sets its own. */
    const guint size = i < 2 ? before.sizeimage : width * height * 3 / 2;

    g_assert_no_errno (feeder_ask_format (feeder,
        i < 2 ? V4L2_PIX_FMT_YUYV : V4L2_PIX_FMT_YUV420, width, height,
        before.bytesperline, size));
    g_assert_cmpuint (pix->bytesperline, ==, i < 2 ? width * 2 : width);
    g_assert_cmpuint (pix->sizeimage, ==,
        i < 2 ? width * height * 2 : width * height * 3 / 2);
  }
}

static void
a_stride_for_which_there_is_room_is_honoured (Fixture *fixture)
{
  g_autoptr (Reader) feeder = reader_open (fixture->camera->output);
  const struct v4l2_pix_format *pix = &feeder->format.fmt.pix;

  g_assert_no_errno (
      feeder_ask_format (feeder, V4L2_PIX_FMT_YUYV, 322, 240, 768, 768 * 240));
  g_assert_cmpuint (pix->bytesperline, ==, 768);
  g_assert_cmpuint (pix->sizeimage, ==, 768 * 240);
  g_assert_no_errno (feeder_ask_format (
      feeder, V4L2_PIX_FMT_NV12, 640, 480, 704, 704 * 480 * 3 / 2));
  g_assert_cmpuint (pix->bytesperline, ==, 704);
  g_assert_cmpuint (pix->sizeimage, ==, 704 * 480 * 3 / 2);
  g_assert_no_errno (feeder_ask_format (
      feeder, V4L2_PIX_FMT_NV12, 640, 480, 704, 640 * 480 * 3 / 2));
  g_assert_cmpuint (pix->bytesperline, ==, 640);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add_feed ("/feed-format/" #name, name)
  ADD (a_producers_mode_is_the_only_one_while_it_stays);
  ADD (a_producer_can_take_any_size_in_the_range);
  ADD (a_viewer_with_buffers_fixes_the_mode);
  ADD (the_mode_stays_a_viewers_when_the_producer_that_set_it_leaves);
  ADD (a_viewer_without_buffers_fixes_nothing);
  ADD (the_other_side_is_told_and_who_has_the_mode_later);
  ADD (a_mode_that_nobody_feeds_can_be_taken_over);
  ADD (a_second_producer_is_refused_whatever_the_first_has);
  ADD (a_duplicated_file_is_the_same_producer);
  ADD (a_stride_left_over_from_another_size_is_not_honoured);
  ADD (a_stride_for_which_there_is_room_is_honoured);
  return g_test_run ();
}
