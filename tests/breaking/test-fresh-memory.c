/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A buffer shows nothing that was in its memory before, wherever one looks,
 * and keeps showing its frame when its camera and everybody else is gone.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "balance.h"
#include "breaking.h"
#include "foreign.h"
#include "unplug.h"

#define DIRT 0xa5
#define DIRTY_BYTES (128u << 20)

static const char *const memories[] = { "vmalloc", "dma-sg" };

/*
 * Another process writes into so many pages and ends: the kernel gives those
 * away first.
 */
static void
dirty_free_pages (void)
{
  pid_t child = fork ();
  int status;

  if (child == 0) {
    guint8 *data = mmap (NULL, DIRTY_BYTES, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (data != MAP_FAILED)
      memset (data, DIRT, DIRTY_BYTES);
    _exit (data == MAP_FAILED);
  }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
}

/* Where the first byte is that is not zero, or @to. */
static gsize
find_byte (const guint8 * data, gsize from, gsize to)
{
  while (from < to && data[from] == 0)
    from++;
  return from;
}

/* To the end of the last page: that is what a program can see. */
static gsize
mapped_size (Reader * reader, guint index)
{
  const gsize page = (gsize) sysconf (_SC_PAGESIZE);

  return (reader->length[index] + page - 1) / page * page;
}

static void
assert_zero (Reader * reader, guint index, gsize from)
{
  const gsize size = mapped_size (reader, index);
  const gsize at = find_byte (reader->data[index], from, size);

  if (at < size)
    g_error ("buffer %u of %zu bytes has 0x%02x at %zu", index, size,
        reader->data[index][at], at);
}

static void
create_larger (Reader * reader, guint32 more)
{
  struct v4l2_create_buffers create = {
    .count = 1,
    .memory = V4L2_MEMORY_MMAP,
    .format = reader->format,
  };

  create.format.fmt.pix.sizeimage += more;
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_CREATE_BUFS, &create));
  g_assert_cmpuint (create.count, ==, 1);
  reader_map_one (reader, create.index);
}

static void
fill_with_frames (Reader * reader)
{
  struct v4l2_buffer buffer;

  for (guint i = 0; i < reader->count; i++)
    reader_queue (reader, i);
  reader_stream_on (reader);
  for (guint i = 0; i < reader->count; i++) {
    reader_dequeue (reader, &buffer);
    g_assert_cmpuint (reader_stamp (reader,
            reader->data[buffer.index]).sequence, ==, buffer.sequence);
  }
  reader_stream_off (reader);
}

/* In all sizes, page for page, before a frame and behind it. */
static void
assert_fresh (Reader * reader)
{
  const gsize frame = reader->format.fmt.pix.sizeimage;

  dirty_free_pages ();
  reader_map (reader, 3);
  create_larger (reader, 5000);
  create_larger (reader, 300000);
  for (guint i = 0; i < reader->count; i++)
    assert_zero (reader, i, 0);
  fill_with_frames (reader);
  for (guint i = 0; i < reader->count; i++) {
    g_assert_cmpuint (find_byte (reader->data[i], 0, frame), <, frame);
    assert_zero (reader, i, frame);
    memset (reader->data[i], DIRT, mapped_size (reader, i));
  }
  reader_unmap (reader);
}

static void
fresh_buffers_are_zero_before_a_frame_and_behind_it (Fixture * fixture)
{
  const guint times = breaking_times (2, 50);

  (void) fixture;
  for (guint i = 0; i < 2 * times; i++) {
    g_autoptr (TestCamera) camera = test_camera_new ("sizes",
        i % 4 < 2 ? "640x480" : "160x120", "memory", memories[i % 2], NULL);
    g_autoptr (Reader) reader = reader_open (camera->node);

    assert_fresh (reader);
  }
  breaking_figure ("%u sets of 5 fresh buffers, %u MiB dirtied before each",
      2 * times, DIRTY_BYTES >> 20);
}

static void
assert_padding_zero (Reader * reader, const guint8 * frame)
{
  const struct v4l2_pix_format *pix = &reader->format.fmt.pix;
  const gsize used = pix->width * 2;

  g_assert_cmpuint (pix->bytesperline, >, used);
  for (guint row = 0; row < pix->height; row++) {
    gsize begin = row * pix->bytesperline, end = begin + pix->bytesperline;

    g_assert_cmpuint (find_byte (frame, begin + used, end), ==, end);
  }
}

static void
the_padding_of_rows_is_zero (Fixture * fixture)
{
  (void) fixture;
  for (guint k = 0; k < G_N_ELEMENTS (memories); k++) {
    g_autoptr (TestCamera) camera = test_camera_new ("sizes", "160x120",
        "memory", memories[k], NULL);
    g_autoptr (Reader) reader = reader_open (camera->node);

    reader_set_format (reader, V4L2_PIX_FMT_YUYV, 160, 120, 160 * 2 + 64);
    dirty_free_pages ();
    reader_map (reader, 3);
    fill_with_frames (reader);
    for (guint i = 0; i < reader->count; i++)
      assert_padding_zero (reader, reader->data[i]);
  }
}

static void
the_padding_of_rows_that_read_gives_is_zero (Fixture * fixture)
{
  (void) fixture;
  for (guint k = 0; k < G_N_ELEMENTS (memories); k++) {
    g_autoptr (TestCamera) camera = test_camera_new ("sizes", "160x120",
        "memory", memories[k], NULL);
    g_autoptr (Reader) reader = reader_open (camera->node);
    g_autofree guint8 *frame = NULL;
    gsize size;

    reader_set_format (reader, V4L2_PIX_FMT_YUYV, 160, 120, 160 * 2 + 64);
    size = reader->format.fmt.pix.sizeimage;
    frame = g_malloc (size);
    dirty_free_pages ();
    for (guint i = 0; i < 5; i++) {
      memset (frame, DIRT, size);
      g_assert_cmpint (read (reader->fd, frame, size), ==, size);
      assert_padding_zero (reader, frame);
    }
  }
}

/* All that others do with memory while a mapping of a gone camera is kept. */
static void
use_memory (void)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Reader) reader = reader_open (camera->node);

  dirty_free_pages ();
  reader_map (reader, 8);
  fill_with_frames (reader);
}

static void
unplug_by (TestCamera * camera, guint way)
{
  GError *error = NULL;

  switch (way) {
    case 0:
      test_camera_unbind (camera);
      break;
    case 1:
      if (!test_camera_set (camera, "enabled", "0", &error))
        g_error ("%s", error->message);
      break;
    default:
      test_camera_remove (camera);
  }
}

/* A mapping of the node's and one of the dma-buf's; nothing else is kept. */
static void
keep_mappings (const char *memory, guint way)
{
  g_autoptr (TestCamera) camera = test_camera_new ("memory", memory, NULL);
  Reader *reader = reader_open (camera->node);
  const gsize size = reader->format.fmt.pix.sizeimage;
  g_autofree guint8 *copy = NULL;
  guint8 *exported;
  int fd;

  reader_map (reader, 2);
  fill_with_frames (reader);
  fd = export_buffer (reader, 0, O_RDWR);
  exported = mmap (NULL, size, PROT_READ, MAP_SHARED, fd, 0);
  g_assert_true (exported != MAP_FAILED);
  copy = g_memdup2 (reader->data[0], size);
  unplug_by (camera, way);
  g_assert_no_errno (close (reader->fd));
  g_assert_no_errno (close (fd));
  reader->fd = -1;
  test_camera_remove (camera);
  use_memory ();
  g_assert_cmpmem (reader->data[0], size, copy, size);
  g_assert_cmpmem (exported, size, copy, size);
  reader->data[0][0] ^= 0xff;
  g_assert_cmphex (exported[0], ==, copy[0] ^ 0xff);
  g_assert_no_errno (munmap (exported, size));
  reader_close (reader);
}

static void
a_mapping_kept_after_everything_is_gone_shows_its_frame (Fixture * fixture)
{
  const guint times = breaking_times (6, 300);

  (void) fixture;
  for (guint i = 0; i < times; i++)
    keep_mappings (memories[i % 2], i / 2 % 3);
  breaking_figure ("%u mappings kept past camera, files and fds", 2 * times);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) balance_add ("/memory/" #name, name)
  ADD (fresh_buffers_are_zero_before_a_frame_and_behind_it);
  ADD (the_padding_of_rows_is_zero);
  ADD (the_padding_of_rows_that_read_gives_is_zero);
  ADD (a_mapping_kept_after_everything_is_gone_shows_its_frame);
  return g_test_run ();
}
