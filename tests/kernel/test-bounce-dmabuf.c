/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames as dma-bufs where a device could not reach the memory: the kernel then
 * keeps a second copy of each buffer, a bounce buffer. Whoever brackets access
 * to a dma-buf with SYNC has one copied over the other, and must not lose what
 * the processor drew. A bounce buffer holds 256 KiB, so the cameras are small.
 */
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "exported.h"
#include "fixture.h"

#define FRAMES 20
#define SKIPPED 77

static guint8 *
map_dma_buf (int fd, gsize length)
{
  void *data = mmap (NULL, length, PROT_READ, MAP_SHARED, fd, 0);

  g_assert_true (data != MAP_FAILED);
  return data;
}

typedef struct
{
  int fds[EXPORTED_BUFFERS];
  guint8 *data[EXPORTED_BUFFERS];       /* through the dma-buf */
} Shared;

static void
begin_sharing (Reader * reader, Shared * shared)
{
  for (guint i = 0; i < EXPORTED_BUFFERS; i++) {
    shared->fds[i] = export_buffer (reader, i, O_RDWR);
    shared->data[i] = map_dma_buf (shared->fds[i], reader->length[i]);
  }
}

static void
end_sharing (Reader * reader, Shared * shared)
{
  for (guint i = 0; i < EXPORTED_BUFFERS; i++) {
    g_assert_no_errno (munmap (shared->data[i], reader->length[i]));
    g_assert_no_errno (close (shared->fds[i]));
  }
}

static void
assert_same (const guint8 * data, const guint8 * picture, gsize length,
    const char *what)
{
  if (memcmp (data, picture, length) != 0)
    g_error ("%s is not what was drawn any more", what);
}

static void
assert_frame_is (Reader * reader, Shared * shared, guint index,
    const guint8 * picture)
{
  assert_same (shared->data[index], picture, reader->length[index],
      "the mapping of the dma-buf");
  assert_same (reader->data[index], picture, reader->length[index],
      "the mapping of the node");
}

static void
assert_frame (Reader * reader, Shared * shared)
{
  g_autofree guint8 *picture = NULL;
  struct v4l2_buffer buffer;

  reader_dequeue (reader, &buffer);
  picture = g_memdup2 (reader->data[buffer.index],
      reader->length[buffer.index]);
  g_assert_cmpuint (reader_stamp (reader, picture).sequence, ==,
      buffer.sequence);
  sync_dma_buf (shared->fds[buffer.index], DMA_BUF_SYNC_START);
  assert_frame_is (reader, shared, buffer.index, picture);
  sync_dma_buf (shared->fds[buffer.index], DMA_BUF_SYNC_END);
  assert_frame_is (reader, shared, buffer.index, picture);
  reader_queue (reader, buffer.index);
}

static void
a_frame_outlasts_the_sync_of_its_dma_buf (Fixture * fixture)
{
  g_autoptr (Reader) reader = NULL;
  Shared shared;

  fixture->camera = test_camera_new ("sizes", "160x120", "memory", "dma-sg",
      NULL);
  reader = reader_open (fixture->camera->node);
  reader_start (reader, EXPORTED_BUFFERS);
  begin_sharing (reader, &shared);
  for (guint i = 0; i < FRAMES; i++)
    assert_frame (reader, &shared);
  end_sharing (reader, &shared);
}

static void
assert_drawn_by (const char *memory)
{
  g_autoptr (TestCamera) from = test_camera_new ("sizes", "160x120", "memory",
      "dma-sg", NULL);
  g_autoptr (TestCamera) to = test_camera_new ("sizes", "160x120", "memory",
      memory, NULL);
  g_autoptr (Reader) owner = reader_open (from->node);
  g_autoptr (Reader) reader = reader_open (to->node);
  Exported exported;

  exported_init (&exported, owner, O_RDWR);
  assert_imports (reader, &exported);
  exported_close (&exported);
}

static void
a_frame_drawn_by_a_vmalloc_camera_outlasts_the_exporters_sync (Fixture *
    fixture)
{
  (void) fixture;
  assert_drawn_by ("vmalloc");
}

static void
a_frame_drawn_by_a_dma_sg_camera_outlasts_the_exporters_sync (Fixture *
    fixture)
{
  (void) fixture;
  assert_drawn_by ("dma-sg");
}

static gboolean
bounce_is_forced (void)
{
  g_autofree char *arguments = NULL;
  g_auto (GStrv) words = NULL;

  if (!g_file_get_contents ("/proc/cmdline", &arguments, NULL, NULL))
    return FALSE;
  words = g_strsplit (g_strchomp (arguments), " ", -1);
  return g_strv_contains ((const char *const *) words, "swiotlb=force");
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
  if (!bounce_is_forced ()) {
    printf ("1..0 # SKIP the kernel was not started with swiotlb=force\n");
    return SKIPPED;
  }
#define ADD(name) fixture_add_without_camera ("/bounce/" #name, name)
  ADD (a_frame_outlasts_the_sync_of_its_dma_buf);
  ADD (a_frame_drawn_by_a_vmalloc_camera_outlasts_the_exporters_sync);
  ADD (a_frame_drawn_by_a_dma_sg_camera_outlasts_the_exporters_sync);
  return g_test_run ();
}
