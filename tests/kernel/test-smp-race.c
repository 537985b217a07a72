/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Programs that know nothing of each other use a camera while it is unplugged
 * and plugged in again, over and over. Each call may fail, but only as it must
 * where the camera is gone or somebody else's; nothing hangs, and nothing is
 * left behind.
 */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unplug.h"

#define PROGRAMS 3
#define ROUNDS 25

typedef struct
{
  const char *directory;        /* the camera's in configfs */
  gboolean by_read;             /* read(), else MMAP */
  gint stop;
  gint frames;
} Program;

/* TRUE if the call did not fail; any surprising failure ends the test. */
static gboolean
went_well (int result, const char *call)
{
  if (result >= 0)
    return TRUE;
  if (errno != ENODEV && errno != ENOENT && errno != ENXIO && errno != EBUSY)
    g_error ("%s beside an unplug: %s", call, g_strerror (errno));
  return FALSE;
}

static int
open_node (Program * program)
{
  g_autofree char *attribute = g_build_filename (program->directory, "node",
      NULL);
  g_autofree char *name = NULL;
  g_autofree char *node = NULL;

  if (!g_file_get_contents (attribute, &name, NULL, NULL))
    return -1;
  g_strchomp (name);
  if (name[0] == '\0')
    return -1;
  node = g_build_filename ("/dev", name, NULL);
  return open (node, O_RDWR | O_CLOEXEC);
}

static void
read_frames (Program * program, int fd)
{
  static guint8 data[64];

  for (guint i = 0; i < 5; i++) {
    if (!went_well ((int) read (fd, data, sizeof (data)), "read"))
      return;
    g_atomic_int_inc (&program->frames);
  }
}

static gboolean
queue_and_map (int fd, struct v4l2_buffer *buffer, void **data)
{
  if (!went_well (ioctl (fd, VIDIOC_QUERYBUF, buffer), "QUERYBUF"))
    return FALSE;
  *data = mmap (NULL, buffer->length, PROT_READ, MAP_SHARED, fd,
      buffer->m.offset);
  return went_well (*data == MAP_FAILED ? -1 : 0, "mmap") &&
      went_well (ioctl (fd, VIDIOC_QBUF, buffer), "QBUF");
}

static void
stream_frames (Program * program, int fd)
{
  int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  struct v4l2_requestbuffers request = {
    .type = type,.memory = V4L2_MEMORY_MMAP,.count = 1,
  };
  struct v4l2_buffer buffer = {.type = type,.memory = V4L2_MEMORY_MMAP };
  void *data = MAP_FAILED;

  if (!went_well (ioctl (fd, VIDIOC_REQBUFS, &request), "REQBUFS"))
    return;
  if (queue_and_map (fd, &buffer, &data) &&
      went_well (ioctl (fd, VIDIOC_STREAMON, &type), "STREAMON"))
    for (guint i = 0; i < 5; i++) {
      if (!went_well (ioctl (fd, VIDIOC_DQBUF, &buffer), "DQBUF") ||
          !went_well (ioctl (fd, VIDIOC_QBUF, &buffer), "QBUF"))
        break;
      g_atomic_int_inc (&program->frames);
    }
  if (data != MAP_FAILED)
    g_assert_no_errno (munmap (data, buffer.length));
}

static gpointer
use_camera (gpointer data)
{
  Program *program = data;

  while (!g_atomic_int_get (&program->stop)) {
    int fd = open_node (program);

    if (fd < 0)
      continue;
    if (program->by_read)
      read_frames (program, fd);
    else
      stream_frames (program, fd);
    g_assert_no_errno (close (fd));
  }
  return NULL;
}

static gint
count_frames (Program * programs)
{
  gint sum = 0;

  for (guint i = 0; i < PROGRAMS; i++)
    sum += g_atomic_int_get (&programs[i].frames);
  return sum;
}

static void
nothing_breaks_when_cameras_come_and_go_under_busy_programs (Fixture * fixture,
    Unplug unplug)
{
  Program programs[PROGRAMS] = { 0 };
  GThread *threads[PROGRAMS];

  for (guint i = 0; i < PROGRAMS; i++) {
    programs[i].directory = fixture->camera->directory;
    programs[i].by_read = i == 0;
    threads[i] = g_thread_new ("program", use_camera, &programs[i]);
  }
  for (guint round = 0; round < ROUNDS; round++) {
    gint seen = count_frames (programs);

    /* In a different place of the programs' loops each time. */
    while (count_frames (programs) < seen + (gint) (round % 4))
      sched_yield ();
    unplug (fixture->camera);
    test_camera_bind (fixture->camera);
  }
  for (guint i = 0; i < PROGRAMS; i++) {
    g_atomic_int_set (&programs[i].stop, 1);
    g_thread_join (threads[i]);
  }
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
  unplug_add_once ("/race/"
      "nothing_breaks_when_cameras_come_and_go_under_busy_programs",
      nothing_breaks_when_cameras_come_and_go_under_busy_programs,
      test_camera_unbind);
  return g_test_run ();
}
