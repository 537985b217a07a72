/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames that leave as dma-bufs, and frames drawn into somebody else's. */
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "exported.h"
#include "unplug.h"

#define FRAMES 20

static void
frames_are_drawn_into_the_buffers_of_another_camera (Fixture * fixture)
{
  static const char *const memories[] = { "vmalloc", "dma-sg" };

  (void) fixture;
  for (guint i = 0; i < 4; i++) {
    g_autoptr (TestCamera) from = test_camera_new ("memory", memories[i / 2],
        NULL);
    g_autoptr (TestCamera) to = test_camera_new ("memory", memories[i % 2],
        NULL);
    g_autoptr (Reader) owner = reader_open (from->node);
    g_autoptr (Reader) reader = reader_open (to->node);
    Exported exported;

    g_test_message ("%s draws into %s", memories[i % 2], memories[i / 2]);
    exported_init (&exported, owner, O_RDWR);
    assert_imports (reader, &exported);
    exported_close (&exported);
  }
}

static void
frames_are_drawn_into_the_buffers_of_vivid (Fixture * fixture)
{
  g_autoptr (Reader) owner = open_vivid ();
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  Exported exported;

  if (!owner) {
    g_test_skip ("modprobe vivid gave no capture node");
    return;
  }
  exported_init (&exported, owner, O_RDWR);
  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 160, 120, 0);
  g_assert_cmpuint (reader->format.fmt.pix.sizeimage, <=, exported.length);
  assert_imports (reader, &exported);
  exported_close (&exported);
}

static void
imports_that_are_too_small_or_no_dma_bufs_are_refused (Fixture * fixture)
{
  g_autoptr (TestCamera) small = test_camera_new ("sizes", "160x120", NULL);
  g_autoptr (Reader) owner = reader_open (small->node);
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  const int wrong[] = { reader->fd, -1, STDIN_FILENO };
  Exported exported;

  exported_init (&exported, owner, O_RDWR);
  request_imports (reader, EXPORTED_BUFFERS);
  assert_refused (queue_import (reader, 0, exported.fds[0], 0), EINVAL);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    assert_refused (queue_import (reader, i, wrong[i], 0), EINVAL);
  exported_close (&exported);
}

static int
prepare_import (Reader * reader, guint index, int fd)
{
  struct v4l2_buffer buffer = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_DMABUF,
    .index = index,
    .m.fd = fd,
  };

  return ioctl (reader->fd, VIDIOC_PREPARE_BUF, &buffer);
}

/* Refused while it may be read only, with its bytes as they were; taken where
 * the same buffer is exported to be written. */
static void
assert_read_only_is_refused (Reader * owner, Reader * reader)
{
  Exported exported, writable;
  g_autofree guint8 *before = NULL;

  exported_init (&exported, owner, O_RDONLY);
  g_assert_cmpuint (reader->format.fmt.pix.sizeimage, <=, exported.length);
  memset (exported.data[0], 0xa5, exported.length);
  before = g_memdup2 (exported.data[0], exported.length);
  request_imports (reader, EXPORTED_BUFFERS);
  assert_refused (queue_import (reader, 0, exported.fds[0], 0), EACCES);
  assert_refused (prepare_import (reader, 0, exported.fds[0]), EACCES);
  g_assert_cmpint (memcmp (exported.data[0], before, exported.length), ==, 0);
  request_imports (reader, 0);
  exported_close (&exported);

  writable = exported;
  for (guint i = 0; i < EXPORTED_BUFFERS; i++)
    writable.fds[i] = export_buffer (owner, i, O_RDWR);
  assert_imports (reader, &writable);
  exported_close (&writable);
}

static void
dma_bufs_that_may_only_be_read_are_refused (Fixture * fixture)
{
  static const char *const memories[] = { "vmalloc", "dma-sg" };
  const guint before = unplug_count_frame_memory ();

  (void) fixture;
  for (guint i = 0; i < 4; i++) {
    g_autoptr (TestCamera) from = test_camera_new ("memory", memories[i / 2],
        NULL);
    g_autoptr (TestCamera) to = test_camera_new ("memory", memories[i % 2],
        NULL);
    g_autoptr (Reader) owner = reader_open (from->node);
    g_autoptr (Reader) reader = reader_open (to->node);

    g_test_message ("%s draws into %s", memories[i % 2], memories[i / 2]);
    assert_read_only_is_refused (owner, reader);
  }
  g_assert_cmpuint (unplug_count_frame_memory (), ==, before);
}

static void
dma_bufs_of_vivid_that_may_only_be_read_are_refused (Fixture * fixture)
{
  g_autoptr (Reader) owner = open_vivid ();
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);

  if (!owner) {
    g_test_skip ("modprobe vivid gave no capture node");
    return;
  }
  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 160, 120, 0);
  assert_read_only_is_refused (owner, reader);
}

static void
assert_same_bytes (Reader * reader, int *fds, const struct v4l2_buffer *buffer)
{
  const gsize length = reader->length[buffer->index];
  int fd = fds[buffer->index];
  void *data = mmap (NULL, length, PROT_READ, MAP_SHARED, fd, 0);

  g_assert_true (data != MAP_FAILED);
  sync_dma_buf (fd, DMA_BUF_SYNC_START);
  g_assert_cmpuint (reader_stamp (reader, data).sequence, ==,
      buffer->sequence);
  g_assert_cmpint (memcmp (data, reader->data[buffer->index], length), ==, 0);
  sync_dma_buf (fd, DMA_BUF_SYNC_END);
  g_assert_no_errno (munmap (data, length));
}

static void
assert_export (Reader * reader)
{
  int fds[EXPORTED_BUFFERS];

  reader_start (reader, EXPORTED_BUFFERS);
  for (guint i = 0; i < EXPORTED_BUFFERS; i++)
    fds[i] = export_buffer (reader, i, O_RDWR);
  for (guint i = 0; i < FRAMES; i++) {
    struct v4l2_buffer buffer;

    reader_dequeue (reader, &buffer);
    assert_same_bytes (reader, fds, &buffer);
    reader_queue (reader, buffer.index);
  }
  for (guint i = 0; i < EXPORTED_BUFFERS; i++)
    g_assert_no_errno (close (fds[i]));
}

static void
an_exported_buffer_shows_the_bytes_of_the_mapped_one (Fixture * fixture)
{
  g_autoptr (TestCamera) scattered = test_camera_new ("memory", "dma-sg",
      NULL);
  g_autoptr (Reader) vmalloc = reader_open (fixture->camera->node);
  g_autoptr (Reader) dma_sg = reader_open (scattered->node);

  assert_export (vmalloc);
  assert_export (dma_sg);
}

static void
an_exported_buffer_outlives_stream_and_node (Fixture * fixture)
{
  Reader *reader = reader_open (fixture->camera->node);
  struct v4l2_buffer buffer;
  g_autofree guint8 *copy = NULL;
  gsize length;
  void *data;
  int fd;

  reader_start (reader, 2);
  fd = export_buffer (reader, 0, O_RDWR);
  reader_dequeue (reader, &buffer);
  g_assert_cmpuint (buffer.index, ==, 0);
  length = reader->length[0];
  copy = g_memdup2 (reader->data[0], length);
  reader_close (reader);

  data = mmap (NULL, length, PROT_READ, MAP_SHARED, fd, 0);
  g_assert_true (data != MAP_FAILED);
  g_assert_cmpint (memcmp (data, copy, length), ==, 0);
  g_assert_no_errno (munmap (data, length));
  g_assert_no_errno (close (fd));
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add ("/dmabuf/" #name, name)
  fixture_add_without_camera
      ("/dmabuf/frames_are_drawn_into_the_buffers_of_another_camera",
      frames_are_drawn_into_the_buffers_of_another_camera);
  ADD (frames_are_drawn_into_the_buffers_of_vivid);
  ADD (imports_that_are_too_small_or_no_dma_bufs_are_refused);
  fixture_add_without_camera
      ("/dmabuf/dma_bufs_that_may_only_be_read_are_refused",
      dma_bufs_that_may_only_be_read_are_refused);
  ADD (dma_bufs_of_vivid_that_may_only_be_read_are_refused);
  ADD (an_exported_buffer_shows_the_bytes_of_the_mapped_one);
  ADD (an_exported_buffer_outlives_stream_and_node);
  return g_test_run ();
}
