/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Several programs at one camera: who may what, and that nobody is disturbed. */
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "reader.h"

#define OPENS 100

/* What a second program may do while another streams. */
static void
look_without_touching (const char *node)
{
  g_autoptr (Reader) reader = reader_open (node);
  struct v4l2_capability cap;
  struct v4l2_format format = reader->format;

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_QUERYCAP, &cap));
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_TRY_FMT, &format));
  g_assert_cmpint (reader_get_control (reader, V4L2_CID_BRIGHTNESS), ==, 128);
  g_assert_cmpint (reader_get_control (reader, READER_FRAMES_CAPTURED), >, 0);
  reader_set_control (reader, V4L2_CID_CONTRAST, 100);
}

/* What it may not. */
static void
be_refused_what_disturbs (const char *node)
{
  g_autoptr (Reader) reader = reader_open (node);
  struct v4l2_format format = reader->format;
  struct v4l2_streamparm parm = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
  struct v4l2_requestbuffers request = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,.memory = V4L2_MEMORY_MMAP,.count = 1,
  };
  struct v4l2_create_buffers create = {
    .count = 1,.memory = V4L2_MEMORY_MMAP,.format = format,
  };
  struct v4l2_buffer buffer = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,.memory = V4L2_MEMORY_MMAP,
  };
  int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  char byte;

  assert_refused (ioctl (reader->fd, VIDIOC_S_FMT, &format), EBUSY);
  assert_refused (ioctl (reader->fd, VIDIOC_S_PARM, &parm), EBUSY);
  assert_refused (ioctl (reader->fd, VIDIOC_REQBUFS, &request), EBUSY);
  assert_refused (ioctl (reader->fd, VIDIOC_CREATE_BUFS, &create), EBUSY);
  assert_refused (ioctl (reader->fd, VIDIOC_STREAMON, &type), EBUSY);
  assert_refused (ioctl (reader->fd, VIDIOC_STREAMOFF, &type), EBUSY);
  assert_refused (ioctl (reader->fd, VIDIOC_QBUF, &buffer), EBUSY);
  assert_refused (ioctl (reader->fd, VIDIOC_DQBUF, &buffer), EBUSY);
  assert_refused (read (reader->fd, &byte, 1), EBUSY);
}

static pid_t
start_second_program (const char *node)
{
  pid_t child = fork ();

  g_assert_cmpint (child, >=, 0);
  if (child)
    return child;
  look_without_touching (node);
  be_refused_what_disturbs (node);
  _exit (0);
}

static void
a_second_program_may_look_and_disturbs_nothing (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_buffer buffer;
  pid_t child = 0, ended = 0;
  int status = -1;

  reader_start (reader, 4);
  for (guint i = 0; i < 20 || ended != child; i++) {
    reader_dequeue (reader, &buffer);
    g_assert_cmpuint (buffer.sequence, ==, i);
    g_assert_cmpuint (reader_stamp (reader,
            reader->data[buffer.index]).sequence, ==, i);
    reader_queue (reader, buffer.index);
    if (i == 3)
      child = start_second_program (fixture->camera->node);
    if (child && ended != child)
      ended = waitpid (child, &status, WNOHANG);
  }
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpint (reader_get_control (reader, READER_FRAMES_DROPPED), ==, 0);
}

static void
the_owner_itself_cannot_change_the_mode_under_its_buffers (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_format format = reader->format;

  reader_map (reader, 2);
  assert_refused (ioctl (reader->fd, VIDIOC_S_FMT, &format), EBUSY);
  reader_unmap (reader);
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_S_FMT, &format));
}

static void
a_second_program_cannot_change_the_interval_of_anothers_buffers (Fixture *
    fixture)
{
  g_autoptr (Reader) owner = reader_open (fixture->camera->node);
  g_autoptr (Reader) other = reader_open (fixture->camera->node);
  struct v4l2_streamparm parm = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

  reader_map (owner, 2);
  parm.parm.capture.timeperframe = (struct v4l2_fract) { 1, 5 };
  assert_refused (ioctl (other->fd, VIDIOC_S_PARM, &parm), EBUSY);
  reader_set_interval (owner, 1, 60);
}

static void
the_camera_is_free_when_its_owner_closes_it (Fixture * fixture)
{
  Reader *first = reader_open (fixture->camera->node);
  g_autoptr (Reader) second = reader_open (fixture->camera->node);
  struct v4l2_buffer buffer;

  reader_start (first, 2);
  reader_close (first);
  reader_set_format (second, V4L2_PIX_FMT_NV12, 320, 240, 0);
  reader_start (second, 2);
  reader_dequeue (second, &buffer);
  g_assert_cmpuint (buffer.sequence, ==, 0);
}

static void
a_higher_priority_keeps_others_from_changing_things (Fixture * fixture)
{
  g_autoptr (Reader) first = reader_open (fixture->camera->node);
  g_autoptr (Reader) second = reader_open (fixture->camera->node);
  enum v4l2_priority record = V4L2_PRIORITY_RECORD, seen;
  enum v4l2_priority interactive = V4L2_PRIORITY_INTERACTIVE;
  struct v4l2_control control = {.id = V4L2_CID_HUE,.value = 1 };
  struct v4l2_format format = second->format;

  g_assert_no_errno (ioctl (first->fd, VIDIOC_S_PRIORITY, &record));
  g_assert_no_errno (ioctl (second->fd, VIDIOC_G_PRIORITY, &seen));
  g_assert_cmpint (seen, ==, V4L2_PRIORITY_RECORD);
  assert_refused (ioctl (second->fd, VIDIOC_S_CTRL, &control), EBUSY);
  assert_refused (ioctl (second->fd, VIDIOC_S_FMT, &format), EBUSY);
  g_assert_cmpint (reader_get_control (second, V4L2_CID_HUE), ==, 0);
  g_assert_no_errno (ioctl (first->fd, VIDIOC_S_CTRL, &control));

  g_assert_no_errno (ioctl (first->fd, VIDIOC_S_PRIORITY, &interactive));
  g_assert_no_errno (ioctl (second->fd, VIDIOC_S_FMT, &format));
}

static void
a_hundred_opens_at_once_work (Fixture * fixture)
{
  Reader *readers[OPENS];

  for (guint i = 0; i < OPENS; i++)
    readers[i] = reader_open (fixture->camera->node);
  for (guint i = 0; i < OPENS; i++)
    reader_close (readers[i]);
}

static void
two_cameras_stream_side_by_side (Fixture * fixture)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Reader) one = reader_open (fixture->camera->node);
  g_autoptr (Reader) two = reader_open (camera->node);

  reader_set_format (one, V4L2_PIX_FMT_NV12, 320, 240, 0);
  reader_set_format (two, V4L2_PIX_FMT_XBGR32, 320, 240, 0);
  reader_set_interval (two, 1, 60);
  reader_start (one, 6);
  reader_start (two, 6);
  for (guint i = 0; i < 30; i++) {
    Reader *readers[] = { one, two, two };

    for (guint r = 0; r < G_N_ELEMENTS (readers); r++) {
      guint due = r == 0 ? i : 2 * i + r - 1;
      struct v4l2_buffer buffer;

      reader_dequeue (readers[r], &buffer);
      g_assert_cmpuint (buffer.sequence, ==, due);
      g_assert_cmpuint (reader_stamp (readers[r],
              readers[r]->data[buffer.index]).sequence, ==, due);
      reader_queue (readers[r], buffer.index);
    }
  }
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add ("/sharing/" #name, name)
  ADD (a_second_program_may_look_and_disturbs_nothing);
  ADD (the_owner_itself_cannot_change_the_mode_under_its_buffers);
  ADD (a_second_program_cannot_change_the_interval_of_anothers_buffers);
  ADD (the_camera_is_free_when_its_owner_closes_it);
  ADD (a_higher_priority_keeps_others_from_changing_things);
  ADD (a_hundred_opens_at_once_work);
  ADD (two_cameras_stream_side_by_side);
  return g_test_run ();
}
