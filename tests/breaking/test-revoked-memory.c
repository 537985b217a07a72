/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who made a buffer goes, or who draws into it; or both are the same camera. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "balance.h"
#include "breaking.h"
#include "foreign.h"

#define FRAMES 5
#define VIVID_DRIVER "/sys/bus/platform/drivers/vivid"

static const char *const memories[] = { "vmalloc", "dma-sg" };

static void
write_file (const char *path, const char *text)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);

  if (fd < 0 || write (fd, text, strlen (text)) != (ssize_t) strlen (text))
    g_error ("writing %s to %s: %s", text, path, g_strerror (errno));
  g_assert_no_errno (close (fd));
}

static void
execute (const char *command)
{
  GError *error = NULL;
  int status;

  if (!g_spawn_command_line_sync (command, NULL, NULL, &status, &error) ||
      !g_spawn_check_wait_status (status, &error))
    g_error ("%s: %s", command, error->message);
}

/* Each way in which a camera of ours goes. */
static void
unplug (TestCamera * camera, guint way)
{
  if (way == 0)
    test_camera_unbind (camera);
  else
    test_camera_remove (camera);
}

/* Returns: the first buffer as a dma-buf, mapped */
static guint8 *
map_export (Reader * owner, int *fd)
{
  guint8 *data;

  *fd = export_buffer (owner, 0, O_RDWR);
  data = mmap (NULL, owner->length[0], PROT_READ | PROT_WRITE, MAP_SHARED, *fd,
      0);
  g_assert_true (data != MAP_FAILED);
  return data;
}

/* vivid's device is unbound with its node open, then its module goes. */
static void
revoke_vivid (Reader * vivid)
{
  write_file (VIVID_DRIVER "/unbind", "vivid.0");
  reader_close (vivid);
  test_camera_settle ();
  execute ("rmmod vivid");
}

static void
draw_on_without_vivid (Reader * reader)
{
  Reader *vivid = vivid_open_capture ();
  gsize length;
  guint8 *data;
  int fd;

  reader_map (vivid, 2);
  length = vivid->length[0];
  g_assert_cmpuint (length, >=, reader->format.fmt.pix.sizeimage);
  data = map_export (vivid, &fd);
  request_imports (reader, 1);
  g_assert_no_errno (queue_import (reader, 0, fd, 0));
  reader_stream_on (reader);
  import_frames (reader, fd, data, FRAMES);
  revoke_vivid (vivid);
  import_frames (reader, fd, data, FRAMES);
  reader_stream_off (reader);
  request_imports (reader, 0);
  g_assert_no_errno (munmap (data, length));
  g_assert_no_errno (close (fd));
}

static gboolean
skip_without_vivid (void)
{
  Reader *vivid = vivid_open_capture ();

  if (!vivid)
    g_test_skip ("modprobe vivid gave no capture node");
  reader_close (vivid);
  return !vivid;
}

static void
frames_go_on_into_memory_of_a_driver_that_was_removed (Fixture * fixture)
{
  const guint times = breaking_times (2, 50);

  (void) fixture;
  for (guint i = 0; i < times; i++) {
    g_autoptr (TestCamera) camera = NULL;
    g_autoptr (Reader) reader = NULL;

    if (skip_without_vivid ())
      return;
    camera = test_camera_new ("sizes", "160x120", "memory", memories[i % 2],
        NULL);
    reader = reader_open (camera->node);
    draw_on_without_vivid (reader);
  }
  g_assert_false (skip_without_vivid ());
  breaking_figure ("%u times vivid removed under an import", times);
}

static void
dequeue_of_vivid (Reader * vivid, int fd, guint count)
{
  struct v4l2_buffer buffer;

  for (guint i = 0; i < count; i++) {
    g_assert_no_errno (import_dequeue (vivid, &buffer));
    g_assert_no_errno (queue_import (vivid, buffer.index, fd, 0));
  }
}

/* Our camera goes while vivid, which knows nothing of that, goes on drawing. */
static void
remove_under_vivid (Reader * vivid, const char *memory, guint way)
{
  g_autoptr (TestCamera) camera = test_camera_new ("memory", memory, NULL);
  Reader *owner = reader_open (camera->node);
  gsize length;
  guint8 *data;
  int fd;

  reader_map (owner, 1);
  length = owner->length[0];
  g_assert_cmpuint (length, >=, vivid->format.fmt.pix.sizeimage);
  data = map_export (owner, &fd);
  request_imports (vivid, 1);
  g_assert_no_errno (queue_import (vivid, 0, fd, 0));
  reader_stream_on (vivid);
  dequeue_of_vivid (vivid, fd, FRAMES);
  unplug (camera, way);
  dequeue_of_vivid (vivid, fd, FRAMES);
  reader_close (owner);
  memset (data, 0, vivid->format.fmt.pix.sizeimage);
  dequeue_of_vivid (vivid, fd, FRAMES);
  reader_stream_off (vivid);
  g_assert_cmpuint (data[0] | data[1], !=, 0);
  request_imports (vivid, 0);
  g_assert_no_errno (munmap (data, length));
  g_assert_no_errno (close (fd));
}

static void
vivid_draws_on_into_memory_of_a_camera_that_was_removed (Fixture * fixture)
{
  const guint times = breaking_times (4, 200);
  g_autoptr (Reader) vivid = vivid_open_capture ();

  (void) fixture;
  if (!vivid) {
    g_test_skip ("modprobe vivid gave no capture node");
    return;
  }
  reader_set_format (vivid, V4L2_PIX_FMT_YUYV, 320, 180, 0);
  for (guint i = 0; i < times; i++)
    remove_under_vivid (vivid, memories[i % 2], i / 2 % 2);
  breaking_figure ("%u times a camera removed under an import of vivid's",
      times);
}

/* One's own buffers, let go of by REQBUFS with 0, come back as imports. */
static void
import_own (Reader * reader, int fds[2], guint8 * data[2])
{
  struct v4l2_requestbuffers none = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_MMAP,
  };

  reader_map (reader, 2);
  for (guint i = 0; i < 2; i++) {
    fds[i] = export_buffer (reader, i, O_RDWR);
    data[i] = reader->data[i];
  }
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_REQBUFS, &none));
  request_imports (reader, 2);
}

static void
stream_own (Reader * reader, int fds[2], guint8 * data[2])
{
  struct v4l2_buffer buffer;

  for (guint i = 0; i < 2; i++)
    g_assert_no_errno (queue_import (reader, i, fds[i], 0));
  reader_stream_on (reader);
  for (guint i = 0; i < 2 * FRAMES; i++) {
    g_assert_no_errno (import_dequeue (reader, &buffer));
    g_assert_cmpuint (reader_stamp (reader, data[buffer.index]).sequence, ==,
        buffer.sequence);
    g_assert_no_errno (queue_import (reader, buffer.index, fds[buffer.index],
            0));
  }
}

static void
remove_under_own_import (const char *memory, guint way)
{
  g_autoptr (TestCamera) camera = test_camera_new ("sizes", "160x120",
      "memory", memory, NULL);
  g_autoptr (Reader) reader = reader_open (camera->node);
  struct v4l2_buffer buffer;
  g_autofree guint8 *copy = NULL;
  guint8 *data[2];
  int fds[2];

  import_own (reader, fds, data);
  stream_own (reader, fds, data);
  unplug (camera, way);
  assert_refused (import_dequeue (reader, &buffer), ENODEV);
  copy = g_memdup2 (data[0], reader->length[0]);
  for (guint i = 0; i < 2; i++)
    g_assert_no_errno (close (fds[i]));
  g_assert_no_errno (close (reader->fd));
  reader->fd = -1;
  g_assert_cmpmem (data[0], reader->length[0], copy, reader->length[0]);
}

static void
a_camera_goes_while_it_draws_into_its_own_export (Fixture * fixture)
{
  const guint times = breaking_times (8, 400);

  (void) fixture;
  for (guint i = 0; i < times; i++)
    remove_under_own_import (memories[i % 2], i / 2 % 2);
  breaking_figure ("%u cameras removed under an import of their own export",
      times);
}

/* Two buffers of a queue, one memory: a frame over the other, and no fault. */
static void
the_same_dma_buf_can_be_in_two_buffers (Fixture * fixture)
{
  (void) fixture;
  for (guint k = 0; k < G_N_ELEMENTS (memories); k++) {
    g_autoptr (TestCamera) camera = test_camera_new ("sizes", "160x120",
        "memory", memories[k], NULL);
    g_autoptr (Reader) reader = reader_open (camera->node);
    guint8 *data[2];
    int fds[2];

    import_own (reader, fds, data);
    g_assert_no_errno (queue_import (reader, 0, fds[0], 0));
    g_assert_no_errno (queue_import (reader, 1, fds[0], 0));
    reader_stream_on (reader);
    for (guint i = 0; i < 2 * FRAMES; i++) {
      const int fd = fds[i & 1];
      struct v4l2_buffer buffer;

      g_assert_no_errno (import_dequeue (reader, &buffer));
      g_assert_no_errno (queue_import (reader, buffer.index, fd, 0));
    }
    reader_stream_off (reader);
    for (guint i = 0; i < 2; i++)
      g_assert_no_errno (close (fds[i]));
  }
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
  /* Each test is to leave as many modules loaded as it found. */
  reader_close (vivid_open_capture ());
#define ADD(name) balance_add ("/memory/" #name, name)
  ADD (frames_go_on_into_memory_of_a_driver_that_was_removed);
  ADD (vivid_draws_on_into_memory_of_a_camera_that_was_removed);
  ADD (a_camera_goes_while_it_draws_into_its_own_export);
  ADD (the_same_dma_buf_can_be_in_two_buffers);
  return g_test_run ();
}
