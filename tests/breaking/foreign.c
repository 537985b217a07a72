/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "foreign.h"

#include <fcntl.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "camera.h"

static Foreign *
foreign_new (int fd, int memfd, gsize size)
{
  Foreign *foreign = g_new (Foreign, 1);

  *foreign = (Foreign){ fd, memfd, NULL, size };
  foreign->data = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (foreign->data == MAP_FAILED)
    g_error ("mmap of a dma-buf of %zu bytes: %s", size, g_strerror (errno));
  return foreign;
}

static gsize
whole_pages (gsize size)
{
  const gsize page = (gsize) sysconf (_SC_PAGESIZE);

  return (size + page - 1) / page * page;
}

static int
open_exporter (const char *path, const char *module)
{
  g_autofree char *command = g_strdup_printf ("modprobe -q %s", module);

  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL);
    test_camera_settle ();
  }
  return open (path, O_RDWR | O_CLOEXEC);
}

Foreign *
foreign_new_udmabuf (gsize size)
{
  struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC };
  int device = open_exporter ("/dev/udmabuf", "udmabuf"), fd;

  if (device < 0)
    return NULL;
  create.size = whole_pages (size);
  create.memfd =
      (guint32) memfd_create ("foreign", MFD_ALLOW_SEALING | MFD_CLOEXEC);
  g_assert_no_errno (ftruncate ((int) create.memfd, (off_t) create.size));
  g_assert_no_errno (fcntl ((int) create.memfd, F_ADD_SEALS, F_SEAL_SHRINK));
  fd = ioctl (device, UDMABUF_CREATE, &create);
  g_assert_no_errno (fd);
  close (device);
  return foreign_new (fd, (int) create.memfd, create.size);
}

Foreign *
foreign_new_heap (gsize size)
{
  struct dma_heap_allocation_data allocation = {
    .len = whole_pages (size),
    .fd_flags = O_RDWR | O_CLOEXEC,
  };
  int device = open_exporter ("/dev/dma_heap/system", "system_heap");

  if (device < 0)
    return NULL;
  g_assert_no_errno (ioctl (device, DMA_HEAP_IOCTL_ALLOC, &allocation));
  close (device);
  return foreign_new ((int) allocation.fd, -1, allocation.len);
}

/* How many bytes CREATE_BUFS gives is the caller's to say. */
Foreign *
foreign_new_camera (gsize size)
{
  g_autoptr (TestCamera) camera = test_camera_new ("sizes", "64x64", NULL);
  g_autoptr (Reader) owner = reader_open (camera->node);
  struct v4l2_create_buffers create = {
    .count = 1,
    .memory = V4L2_MEMORY_MMAP,
    .format = owner->format,
  };

  create.format.fmt.pix.sizeimage =
      MAX ((guint32) size, owner->format.fmt.pix.sizeimage);
  g_assert_no_errno (ioctl (owner->fd, VIDIOC_CREATE_BUFS, &create));
  return foreign_new (export_buffer (owner, create.index, O_RDWR), -1,
      whole_pages (create.format.fmt.pix.sizeimage));
}

void
foreign_free (Foreign *foreign)
{
  if (!foreign)
    return;
  g_assert_no_errno (munmap (foreign->data, foreign->size));
  g_assert_no_errno (close (foreign->fd));
  if (foreign->memfd >= 0)
    g_assert_no_errno (close (foreign->memfd));
  g_free (foreign);
}

void
import_frames (Reader *reader, int fd, const guint8 *data, guint count)
{
  struct v4l2_buffer buffer;

  for (guint i = 0; i < count; i++) {
    g_assert_no_errno (import_dequeue (reader, &buffer));
    g_assert_cmpuint (buffer.bytesused, ==, reader->format.fmt.pix.sizeimage);
    g_assert_cmphex (buffer.flags & V4L2_BUF_FLAG_ERROR, ==, 0);
    g_assert_cmpuint (
        reader_stamp (reader, data).sequence, ==, buffer.sequence);
    g_assert_no_errno (queue_import (reader, buffer.index, fd, 0));
  }
}

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

Reader *
vivid_open_capture (void)
{
  g_autofree char *node = find_vivid ();

  if (!node) {
    g_spawn_command_line_sync (
        "modprobe -q vivid n_devs=1", NULL, NULL, NULL, NULL);
    test_camera_settle ();
    node = find_vivid ();
  }
  return node ? reader_open (node) : NULL;
}
