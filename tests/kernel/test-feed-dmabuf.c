/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames by dma-bufs: the feed's own, exported, and those of others. */
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "exported.h"
#include "feeder.h"
#include "fixture.h"

static void
import_frames (
    FeederPair *pair, const int *fds, guint8 *const *data, guint count)
{
  request_imports (pair->feeder, count);
  reader_stream_on (pair->feeder);
  for (guint i = 0; i < 6; i++) {
    struct v4l2_buffer buffer = {
      .type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
      .memory = V4L2_MEMORY_DMABUF,
      .index = i % count,
      .m.fd = fds[i % count],
      .bytesused = FEEDER_SIZE,
    };

    feeder_fill (data[i % count], FEEDER_SIZE, i);
    g_assert_no_errno (ioctl (pair->feeder->fd, VIDIOC_QBUF, &buffer));
    g_assert_no_errno (ioctl (pair->feeder->fd, VIDIOC_DQBUF, &buffer));
    g_assert_cmphex (buffer.flags & V4L2_BUF_FLAG_ERROR, ==, 0);
    feeder_assert_next (pair->reader, i);
  }
  reader_stream_off (pair->feeder);
  request_imports (pair->feeder, 0);
  reader_set_format (
      pair->feeder, V4L2_PIX_FMT_YUYV, FEEDER_WIDTH, FEEDER_HEIGHT, 0);
}

static void
frames_come_out_of_the_buffers_of_other_cameras (Fixture *fixture)
{
  static const char *const memories[] = { "vmalloc", "dma-sg" };
  FeederPair pair;

  feeder_pair_open (&pair, fixture->camera);
  reader_start (pair.reader, 2);
  for (guint i = 0; i < 4; i++) {
    g_autoptr (TestCamera) camera =
        test_camera_new ("memory", memories[i % 2], NULL);
    g_autoptr (Reader) owner = reader_open (camera->node);
    Exported exported;

    /* Who feeds only reads. */
    exported_init (&exported, owner, i < 2 ? O_RDWR : O_RDONLY);
    g_assert_cmpuint (exported.length, >=, FEEDER_SIZE);
    import_frames (&pair, exported.fds, exported.data, EXPORTED_BUFFERS);
    exported_close (&exported);
  }
  feeder_pair_close (&pair);
}

static void
frames_come_out_of_the_buffers_of_vivid (Fixture *fixture)
{
  g_autoptr (Reader) owner = open_vivid ();
  Exported exported;
  FeederPair pair;

  if (!owner) {
    g_test_skip ("modprobe vivid gave no capture node");
    return;
  }
  feeder_pair_open (&pair, fixture->camera);
  reader_start (pair.reader, 2);
  exported_init (&exported, owner, O_RDWR);
  import_frames (&pair, exported.fds, exported.data, EXPORTED_BUFFERS);
  exported_close (&exported);
  feeder_pair_close (&pair);
}

/* Linux 6.1's udmabuf gives the kernel no address: then it is refused so. */
static gboolean
can_be_read (FeederPair *pair, int fd)
{
  struct v4l2_buffer buffer = {
    .type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
    .memory = V4L2_MEMORY_DMABUF,
    .m.fd = fd,
    .bytesused = FEEDER_SIZE,
  };
  gboolean can;

  request_imports (pair->feeder, 1);
  errno = 0;
  can = ioctl (pair->feeder->fd, VIDIOC_QBUF, &buffer) == 0;
  if (!can)
    g_assert_cmpstr (g_strerror (errno), ==, g_strerror (EFAULT));
  request_imports (pair->feeder, 0);
  reader_set_format (
      pair->feeder, V4L2_PIX_FMT_YUYV, FEEDER_WIDTH, FEEDER_HEIGHT, 0);
  return can;
}

static void
frames_come_out_of_a_udmabuf (Fixture *fixture)
{
  const gsize size = (FEEDER_SIZE + 4095) / 4096 * 4096;
  int device = open ("/dev/udmabuf", O_RDWR | O_CLOEXEC);
  struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC };
  guint8 *data;
  FeederPair pair;
  int fd;

  if (device < 0) {
    g_test_skip_printf ("/dev/udmabuf: %s", g_strerror (errno));
    return;
  }
  create.memfd = (guint32) memfd_create ("frame", MFD_ALLOW_SEALING);
  create.size = size;
  g_assert_no_errno (ftruncate ((int) create.memfd, (off_t) size));
  g_assert_no_errno (fcntl ((int) create.memfd, F_ADD_SEALS, F_SEAL_SHRINK));
  data = mmap (
      NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, (int) create.memfd, 0);
  g_assert_true (data != MAP_FAILED);
  fd = ioctl (device, UDMABUF_CREATE, &create);
  g_assert_no_errno (fd);
  feeder_pair_open (&pair, fixture->camera);
  reader_start (pair.reader, 2);
  if (can_be_read (&pair, fd))
    import_frames (&pair, &fd, &data, 1);
  else
    g_test_skip ("this kernel's udmabuf has no address for the kernel");
  feeder_pair_close (&pair);
  close (fd);
  close ((int) create.memfd);
  close (device);
}

static void
imports_that_are_too_small_or_no_dma_bufs_are_refused (Fixture *fixture)
{
  g_autoptr (TestCamera) large = test_camera_new (NULL, NULL);
  g_autoptr (Reader) right = reader_open (large->node);
  g_autoptr (TestCamera) small =
      test_camera_new ("sizes", "160x120", "formats", "GREY", NULL);
  g_autoptr (Reader) owner = reader_open (small->node);
  g_autoptr (Reader) feeder = reader_open (fixture->camera->output);
  const int wrong[] = { feeder->fd, -1, STDIN_FILENO };
  Exported exported;

  exported_init (&exported, owner, O_RDWR);
  request_imports (feeder, EXPORTED_BUFFERS);
  assert_refused (queue_import (feeder, 0, exported.fds[0], 0), EINVAL);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    assert_refused (queue_import (feeder, i, wrong[i], 0), EINVAL);
  exported_close (&exported);
  /* The same buffers take what is right. */
  exported_init (&exported, right, O_RDWR);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_no_errno (queue_import (feeder, i, exported.fds[i], 0));
  exported_close (&exported);
}

static void
frames_written_into_exported_buffers_arrive (Fixture *fixture)
{
  FeederPair pair;

  feeder_pair_start (&pair, fixture->camera, 2);
  for (guint i = 0; i < 2; i++) {
    struct v4l2_exportbuffer export = {
      .type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
      .index = i,
      .flags = O_RDWR | O_CLOEXEC,
    };
    guint8 *data;

    g_assert_no_errno (ioctl (pair.feeder->fd, VIDIOC_EXPBUF, &export));
    data = mmap (
        NULL, FEEDER_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, export.fd, 0);
    g_assert_true (data != MAP_FAILED);
    feeder_fill (data, FEEDER_SIZE, 40 + i);
    g_assert_no_errno (feeder_queue (pair.feeder, i, FEEDER_SIZE, 0));
    g_assert_cmpuint (feeder_assert_next (pair.reader, 40 + i), ==, i);
    feeder_take_back (pair.feeder);
    g_assert_no_errno (munmap (data, FEEDER_SIZE));
    close (export.fd);
  }
  feeder_pair_close (&pair);
}

static void
frames_arrive_in_memory_that_the_viewer_imports (Fixture *fixture)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Reader) owner = reader_open (camera->node);
  Exported exported;
  FeederPair pair;

  feeder_pair_open (&pair, fixture->camera);
  exported_init (&exported, owner, O_RDWR);
  request_imports (pair.reader, 2);
  for (guint i = 0; i < 2; i++)
    g_assert_no_errno (queue_import (pair.reader, i, exported.fds[i], 0));
  reader_stream_on (pair.reader);
  for (guint i = 0; i < 2; i++) {
    struct v4l2_buffer buffer = {
      .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
      .memory = V4L2_MEMORY_DMABUF,
    };

    feeder_write (pair.feeder, i);
    g_assert_no_errno (ioctl (pair.reader->fd, VIDIOC_DQBUF, &buffer));
    g_assert_cmpuint (buffer.index, ==, i);
    feeder_assert_filled (exported.data[i], FEEDER_SIZE, i);
  }
  exported_close (&exported);
  feeder_pair_close (&pair);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add_feed ("/feed-dmabuf/" #name, name)
  ADD (frames_come_out_of_the_buffers_of_other_cameras);
  ADD (frames_come_out_of_the_buffers_of_vivid);
  ADD (frames_come_out_of_a_udmabuf);
  ADD (imports_that_are_too_small_or_no_dma_bufs_are_refused);
  ADD (frames_written_into_exported_buffers_arrive);
  ADD (frames_arrive_in_memory_that_the_viewer_imports);
  return g_test_run ();
}
