/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pages that the virtual machine's host has been told of are held as long as it may
 * write into them: what that comes to where a program makes buffers without end.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "fixture.h"
#include "lent.h"
#include "reader.h"

/* Many times what may be held: how much memory is free tells little of less. */
#define FRAMES 600

static guint64
get_free_memory (void)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents ("/proc/meminfo", &text, NULL, NULL));
  return 1024 * g_ascii_strtoull (
                    strstr (text, "MemFree:") + strlen ("MemFree:"), NULL, 10);
}

/* A frame in a buffer that nobody has seen before, nor will again. */
static guint32
take_frame_in_new_buffer (Reader *reader)
{
  const guint index = reader_create (reader, 1);
  struct v4l2_buffer buffer;
  VirtcamStamp stamp;

  reader_map_one (reader, index);
  reader_queue (reader, index);
  reader_dequeue (reader, &buffer);
  g_assert_cmpuint (buffer.index, ==, index);
  stamp = reader_stamp (reader, reader->data[index]);
  g_assert_no_errno (munmap (reader->data[index], reader->length[index]));
  g_assert_no_errno (reader_remove (reader, index, 1));
  return stamp.sequence;
}

static void
buffers_without_end_hold_memory_with_an_end (Fixture *fixture)
{
  g_autoptr (TestCamera) camera = lent_new (0);
  g_autoptr (Reader) reader = reader_open (camera->node);
  struct v4l2_buffer buffer;
  guint64 before, now;
  guint32 last;

  (void) fixture;
  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 640, 480, 0);
  reader_set_interval (reader, 1, 120);
  reader_start (reader, 1);
  reader_dequeue (reader, &buffer);
  last = reader_stamp (reader, reader->data[buffer.index]).sequence;
  before = get_free_memory ();
  for (guint i = 0; i < FRAMES; i++) {
    const guint32 sequence = take_frame_in_new_buffer (reader);

    g_assert_cmpuint (sequence, >, last);
    last = sequence;
  }
  now = get_free_memory ();
  g_test_message ("%u buffers, %" G_GUINT64_FORMAT " kB less of memory", FRAMES,
      (before - MIN (now, before)) / 1024);
  g_assert_cmpuint (
      now + FRAMES / 2 * reader->format.fmt.pix.sizeimage, >, before);
}

static gboolean
kernel_has_it (void)
{
  g_autoptr (TestCamera) camera = NULL;
  g_autoptr (Reader) reader = NULL;

  lent_load ("pages");
  camera = lent_new (0);
  reader = reader_open (camera->node);
  return reader_can_remove (reader);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
  lent_init ();
  if (!kernel_has_it ()) {
    printf ("1..0 # SKIP this kernel has no VIDIOC_REMOVE_BUFS\n");
    return 77;
  }
  fixture_add_without_camera (
      "/vm-held/buffers_without_end_hold_memory_with_an_end",
      buffers_without_end_hold_memory_with_an_end);
  return g_test_run ();
}
