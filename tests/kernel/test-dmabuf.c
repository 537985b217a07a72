/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames that leave as dma-bufs, and frames drawn into somebody else's. */
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fixture.h"
#include "reader.h"

#define BUFFERS 3
#define FRAMES 20

typedef struct
{
  int fds[BUFFERS];
  guint8 *data[BUFFERS];
  gsize length;
} Exported;

static int
export_buffer (Reader * reader, guint index)
{
  struct v4l2_exportbuffer export = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .index = index,
    .flags = O_RDWR | O_CLOEXEC,
  };

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_EXPBUF, &export));
  return export.fd;
}

static void
export_all (Reader * owner, Exported * exported)
{
  reader_map (owner, BUFFERS);
  exported->length = owner->length[0];
  for (guint i = 0; i < BUFFERS; i++) {
    exported->fds[i] = export_buffer (owner, i);
    exported->data[i] = owner->data[i];
  }
}

static void
close_all (Exported * exported)
{
  for (guint i = 0; i < BUFFERS; i++)
    g_assert_no_errno (close (exported->fds[i]));
}

static void
cpu_access (int fd, guint64 direction)
{
  struct dma_buf_sync sync = {.flags = DMA_BUF_SYNC_READ | direction };

  g_assert_no_errno (ioctl (fd, DMA_BUF_IOCTL_SYNC, &sync));
}

static int
queue_import (Reader * reader, Exported * exported, guint index, guint length)
{
  struct v4l2_buffer buffer = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_DMABUF,
    .index = index,
    .m.fd = exported->fds[index],
    .length = length,
  };

  return ioctl (reader->fd, VIDIOC_QBUF, &buffer);
}

static void
request_imports (Reader * reader, guint count)
{
  struct v4l2_requestbuffers request = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_DMABUF,
    .count = count,
  };

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_REQBUFS, &request));
  g_assert_cmpuint (request.count, ==, count);
}

/* Every frame drawn into the exporter's memory, and seen through its mapping. */
static void
assert_imports (Reader * reader, Exported * exported)
{
  request_imports (reader, BUFFERS);
  for (guint i = 0; i < BUFFERS; i++)
    g_assert_no_errno (queue_import (reader, exported, i, 0));
  reader_stream_on (reader);
  for (guint i = 0; i < FRAMES; i++) {
    struct v4l2_buffer buffer = {
      .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,.memory = V4L2_MEMORY_DMABUF,
    };

    g_assert_no_errno (ioctl (reader->fd, VIDIOC_DQBUF, &buffer));
    cpu_access (exported->fds[buffer.index], DMA_BUF_SYNC_START);
    g_assert_cmpuint (buffer.sequence, ==, i);
    g_assert_cmpuint (reader_stamp (reader,
            exported->data[buffer.index]).sequence, ==, i);
    cpu_access (exported->fds[buffer.index], DMA_BUF_SYNC_END);
    g_assert_no_errno (queue_import (reader, exported, buffer.index, 0));
  }
  reader_stream_off (reader);
  request_imports (reader, 0);
}

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
    export_all (owner, &exported);
    assert_imports (reader, &exported);
    close_all (&exported);
  }
}

/* The first capture node of the vivid driver, or NULL. */
static char *
find_vivid (void)
{
  for (guint i = 0; i < 64; i++) {
    g_autofree char *node = g_strdup_printf ("/dev/video%u", i);
    struct v4l2_capability cap = { 0 };
    int fd = open (node, O_RDWR | O_CLOEXEC);
    gboolean found = fd >= 0 && ioctl (fd, VIDIOC_QUERYCAP, &cap) == 0 &&
        g_str_equal ((char *) cap.driver, "vivid") &&
        cap.device_caps & V4L2_CAP_VIDEO_CAPTURE;

    if (fd >= 0)
      close (fd);
    if (found)
      return g_steal_pointer (&node);
  }
  return NULL;
}

static char *
load_vivid (void)
{
  char *node = find_vivid ();

  if (!node && g_spawn_command_line_sync ("modprobe vivid n_devs=1", NULL,
          NULL, NULL, NULL))
    node = find_vivid ();
  return node;
}

static void
frames_are_drawn_into_the_buffers_of_vivid (Fixture * fixture)
{
  g_autofree char *vivid = load_vivid ();
  g_autoptr (Reader) owner = NULL;
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  Exported exported;

  if (!vivid) {
    g_test_skip ("modprobe vivid gave no capture node");
    return;
  }
  owner = reader_open (vivid);
  export_all (owner, &exported);
  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 160, 120, 0);
  g_assert_cmpuint (reader->format.fmt.pix.sizeimage, <=, exported.length);
  assert_imports (reader, &exported);
  close_all (&exported);
}

static void
imports_that_are_too_small_or_no_dma_bufs_are_refused (Fixture * fixture)
{
  g_autoptr (TestCamera) small = test_camera_new ("sizes", "160x120", NULL);
  g_autoptr (Reader) owner = reader_open (small->node);
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  Exported exported, wrong = {.fds = {reader->fd, -1, STDIN_FILENO} };

  export_all (owner, &exported);
  request_imports (reader, BUFFERS);
  assert_refused (queue_import (reader, &exported, 0, 0), EINVAL);
  for (guint i = 0; i < BUFFERS; i++)
    assert_refused (queue_import (reader, &wrong, i, 0), EINVAL);
  close_all (&exported);
}

static void
assert_same_bytes (Reader * reader, int *fds, const struct v4l2_buffer *buffer)
{
  const gsize length = reader->length[buffer->index];
  int fd = fds[buffer->index];
  void *data = mmap (NULL, length, PROT_READ, MAP_SHARED, fd, 0);

  g_assert_true (data != MAP_FAILED);
  cpu_access (fd, DMA_BUF_SYNC_START);
  g_assert_cmpuint (reader_stamp (reader, data).sequence, ==,
      buffer->sequence);
  g_assert_cmpint (memcmp (data, reader->data[buffer->index], length), ==, 0);
  cpu_access (fd, DMA_BUF_SYNC_END);
  g_assert_no_errno (munmap (data, length));
}

static void
assert_export (Reader * reader)
{
  int fds[BUFFERS];

  reader_start (reader, BUFFERS);
  for (guint i = 0; i < BUFFERS; i++)
    fds[i] = export_buffer (reader, i);
  for (guint i = 0; i < FRAMES; i++) {
    struct v4l2_buffer buffer;

    reader_dequeue (reader, &buffer);
    assert_same_bytes (reader, fds, &buffer);
    reader_queue (reader, buffer.index);
  }
  for (guint i = 0; i < BUFFERS; i++)
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
  fd = export_buffer (reader, 0);
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
  ADD (an_exported_buffer_shows_the_bytes_of_the_mapped_one);
  ADD (an_exported_buffer_outlives_stream_and_node);
  return g_test_run ();
}
