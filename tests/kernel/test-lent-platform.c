/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A lent camera whose device reaches memory as the platform has it
 * (VIRTIO_F_ACCESS_PLATFORM): the guest's own addresses mean nothing to the host, so
 * frames come by the host's memory, though it would take pages.
 */
#include <stdio.h>
#include <string.h>

#include "fixture.h"
#include "lent.h"
#include "reader.h"

#define BUFFERS 4
#define FRAMES 30
#define ACCESS_PLATFORM 33
#define SKIPPED 77

/* One letter for each feature, 0 or 1 */
static gboolean
is_of_the_platform (const TestCamera *camera)
{
  g_autofree char *path =
      g_build_filename (camera->driver, camera->device, "features", NULL);
  g_autofree char *features = NULL;

  g_assert_true (g_file_get_contents (path, &features, NULL, NULL));
  g_assert_cmpuint (strlen (features), >, ACCESS_PLATFORM);
  return features[ACCESS_PLATFORM] == '1';
}

/* Pieces of memory that is no RAM of the guest's, and is mapped as if it were */
static guint
count_mappings (void)
{
  g_autofree char *text = NULL;
  guint count = 0;

  g_assert_true (g_file_get_contents ("/proc/vmallocinfo", &text, NULL, NULL));
  for (const char *at = text; (at = strstr (at, "memremap+")); at++)
    count++;
  return count;
}

static void
take_frames (Reader *reader)
{
  for (guint i = 0; i < FRAMES; i++) {
    struct v4l2_buffer buffer;

    reader_dequeue (reader, &buffer);
    reader_stamp (reader, reader->data[buffer.index]);
    reader_queue (reader, buffer.index);
  }
}

static void
frames_come_by_the_host_s_memory (Fixture *fixture)
{
  g_autoptr (TestCamera) camera = lent_new (0);
  g_autoptr (Reader) reader = reader_open (camera->node);
  const guint before = count_mappings ();

  (void) fixture;
  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 320, 240, 0);
  reader_start (reader, BUFFERS);
  g_assert_cmpuint (count_mappings (), >=, before + BUFFERS);
  take_frames (reader);
  reader_stream_off (reader);
  g_assert_cmpuint (count_mappings (), ==, before);
}

int
main (int argc, char **argv)
{
  g_autoptr (TestCamera) camera = NULL;

  fixture_init (argc, argv);
  lent_init ();
  lent_load ("pages");
  camera = lent_new (0);
  if (!is_of_the_platform (camera)) {
    printf ("1..0 # SKIP the device reaches memory by the guest's addresses\n");
    return SKIPPED;
  }
  fixture_add_without_camera ("/lent-platform/frames_come_by_the_host_s_memory",
      frames_come_by_the_host_s_memory);
  return g_test_run ();
}
