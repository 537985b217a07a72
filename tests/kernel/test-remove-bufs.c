/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* VIDIOC_REMOVE_BUFS: buffers that go one by one, from kernel 6.10 on. */
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>

#include "fixture.h"
#include "reader.h"
#include "unplug.h"

#define BUFFERS 5
#define FRAMES 20

#define SUPPORTS_REMOVE_BUFS (1u << 8)

static int
query (Reader * reader, guint32 index)
{
  struct v4l2_buffer buffer = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_MMAP,
    .index = index,
  };

  return ioctl (reader->fd, VIDIOC_QUERYBUF, &buffer);
}

static void
stream (Reader * reader, guint count)
{
  struct v4l2_buffer buffer;

  for (guint i = 0; i < count; i++) {
    reader_dequeue (reader, &buffer);
    g_assert_cmpuint (reader_stamp (reader,
            reader->data[buffer.index]).sequence, ==, buffer.sequence);
    reader_queue (reader, buffer.index);
  }
}

static void
reqbufs_announces_it (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_requestbuffers request = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_MMAP,
  };

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_REQBUFS, &request));
  g_assert_cmphex (request.capabilities & SUPPORTS_REMOVE_BUFS, !=, 0);
}

static void
a_removed_buffer_is_gone_and_its_memory_free (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  const guint before = unplug_count_frame_memory ();

  g_assert_cmpuint (reader_create (reader, BUFFERS), ==, 0);
  g_assert_no_errno (reader_remove (reader, 1, 2));
  g_assert_cmpuint (unplug_count_frame_memory (), ==, before + BUFFERS - 2);
  for (guint i = 0; i < BUFFERS; i++)
    if (i == 1 || i == 2)
      assert_refused (query (reader, i), EINVAL);
    else
      g_assert_no_errno (query (reader, i));
  g_assert_no_errno (reader_remove (reader, 3, 2));
  g_assert_no_errno (reader_remove (reader, 0, 1));
  g_assert_cmpuint (unplug_count_frame_memory (), ==, before);
}

static void
a_stream_goes_on_without_the_buffers_that_were_removed (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_buffer first, second;

  reader_start (reader, BUFFERS);
  reader_dequeue (reader, &first);
  reader_dequeue (reader, &second);
  g_assert_no_errno (reader_remove (reader, first.index, 1));
  /* What is mapped stays. */
  g_assert_cmpuint (reader_stamp (reader, reader->data[first.index]).sequence,
      ==, first.sequence);
  reader_queue (reader, second.index);
  stream (reader, FRAMES);
  assert_refused (query (reader, first.index), EINVAL);
  g_assert_cmpuint (reader_create (reader, 1), ==, first.index);
}

static void
a_buffer_created_while_streaming_takes_the_place_of_a_removed_one (Fixture *
    fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_buffer removed, buffer;

  reader_start (reader, 2);
  reader_dequeue (reader, &removed);
  g_assert_no_errno (reader_remove (reader, removed.index, 1));
  g_assert_no_errno (munmap (reader->data[removed.index],
          reader->length[removed.index]));
  g_assert_cmpuint (reader_create (reader, 1), ==, removed.index);
  reader_map_one (reader, removed.index);
  reader_queue (reader, removed.index);
  do {
    reader_dequeue (reader, &buffer);
    g_assert_cmpuint (reader_stamp (reader,
            reader->data[buffer.index]).sequence, ==, buffer.sequence);
    reader_queue (reader, buffer.index);
  } while (buffer.index != removed.index);
}

static void
all_buffers_may_go_while_the_stream_stays_on (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_buffer buffer;
  guint count;

  reader_start (reader, 2);
  for (count = 0; query (reader, count) == 0; count++)
    if (count >= 2)
      g_assert_no_errno (reader_remove (reader, count, 1));
  reader_dequeue (reader, &buffer);
  reader_dequeue (reader, &buffer);
  g_assert_no_errno (reader_remove (reader, 0, 2));
  g_assert_no_errno (munmap (reader->data[0], reader->length[0]));
  g_assert_cmpuint (reader_create (reader, 1), ==, 0);
  reader_map_one (reader, 0);
  reader_queue (reader, 0);
  stream (reader, FRAMES);
}

static void
queued_and_filled_buffers_are_refused_and_stay (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_buffer buffer;

  reader_map (reader, 3);
  for (guint i = 0; i < 2; i++)
    reader_queue (reader, i);
  assert_refused (reader_remove (reader, 0, 1), EBUSY);
  assert_refused (reader_remove (reader, 0, 3), EBUSY);
  reader_stream_on (reader);
  reader_dequeue (reader, &buffer);
  while (reader_get_control (reader, READER_FRAMES_CAPTURED) < 2)
    sched_yield ();
  assert_refused (reader_remove (reader, !buffer.index, 1), EBUSY);
  for (guint i = 0; i < 3; i++)
    g_assert_no_errno (query (reader, i));
  reader_queue (reader, buffer.index);
  stream (reader, FRAMES);
}

static void
ranges_with_holes_or_past_the_end_are_refused_and_stay (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  static const guint32 wrong[][2] = {
    {1, 1}, {0, 2}, {1, 2}, {0, BUFFERS}, {BUFFERS, 1}, {4, 2}, {31, 2},
    {0, 6}, {0, G_MAXUINT32}, {G_MAXUINT32, 1}, {G_MAXUINT32, G_MAXUINT32},
    {2, G_MAXUINT32 - 1},
  };

  reader_create (reader, BUFFERS);
  g_assert_no_errno (reader_remove (reader, 1, 1));
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    assert_refused (reader_remove (reader, wrong[i][0], wrong[i][1]), EINVAL);
  g_assert_no_errno (reader_remove (reader, 1, 0));
  for (guint i = 0; i < BUFFERS; i++)
    if (i != 1)
      g_assert_no_errno (query (reader, i));
  /* The hole is filled first, but only by what fits in. */
  g_assert_cmpuint (reader_create (reader, 2), ==, BUFFERS);
  g_assert_cmpuint (reader_create (reader, 1), ==, 1);
}

static void
others_and_other_types_are_refused (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  g_autoptr (Reader) other = reader_open (fixture->camera->node);
  ReaderRemoval removal = {
    .count = 1,
    .type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
  };

  reader_create (reader, BUFFERS);
  assert_refused (reader_remove (other, 0, 1), EBUSY);
  assert_refused (ioctl (reader->fd, READER_REMOVE_BUFS, &removal), EINVAL);
  g_assert_no_errno (reader_remove (reader, 0, BUFFERS));
}

static gboolean
kernel_has_it (void)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Reader) reader = reader_open (camera->node);

  return reader_can_remove (reader);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
  if (!kernel_has_it ()) {
    printf ("1..0 # SKIP this kernel has no VIDIOC_REMOVE_BUFS\n");
    return 77;
  }
#define ADD(name) fixture_add ("/remove-bufs/" #name, name)
  ADD (reqbufs_announces_it);
  ADD (a_removed_buffer_is_gone_and_its_memory_free);
  ADD (a_stream_goes_on_without_the_buffers_that_were_removed);
  ADD (a_buffer_created_while_streaming_takes_the_place_of_a_removed_one);
  ADD (all_buffers_may_go_while_the_stream_stays_on);
  ADD (queued_and_filled_buffers_are_refused_and_stay);
  ADD (ranges_with_holes_or_past_the_end_are_refused_and_stay);
  ADD (others_and_other_types_are_refused);
  return g_test_run ();
}
