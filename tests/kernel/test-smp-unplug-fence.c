/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A frame is due in a dma-buf that a device still uses, by a fence of vgem's. The
 * camera waits for the device, and nobody waits for the camera.
 */
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "exported.h"
#include "fenced.h"
#include "unplug.h"

/* A yield each: so many that only a thread that never sleeps uses them up. */
#define LOOKS 1000000

/* The number of the camera's thread, or 0 */
static guint
find_thread (const char *node)
{
  g_autofree char *wanted =
      g_strdup_printf ("virtcam-%s\n", node + strlen ("/dev/"));
  g_autoptr (GDir) processes = g_dir_open ("/proc", 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (processes))) {
    g_autofree char *path = g_build_filename ("/proc", name, "comm", NULL);
    g_autofree char *comm = NULL;

    if (g_ascii_isdigit (name[0]) &&
        g_file_get_contents (path, &comm, NULL, NULL) &&
        g_str_equal (comm, wanted))
      return (guint) g_ascii_strtoull (name, NULL, 10);
  }
  return 0;
}

static void
await_wait_for_fence (const char *node)
{
  g_autofree char *path =
      g_strdup_printf ("/proc/%u/wchan", find_thread (node));

  for (guint i = 0; i < LOOKS; i++) {
    g_autofree char *where = NULL;

    if (g_file_get_contents (path, &where, NULL, NULL) &&
        strstr (where, "fence"))
      return;
    sched_yield ();
  }
  g_error ("the camera's thread does not wait for the device");
}

/* Returns: whether this kernel has vgem; the camera waits for it then */
static gboolean
stream_into_fenced (Reader *reader, const char *node, Fenced *fenced)
{
  if (!fenced_init (fenced)) {
    g_test_skip ("this kernel has no vgem");
    return FALSE;
  }
  reader_set_format (
      reader, V4L2_PIX_FMT_XBGR32, FENCED_WIDTH, FENCED_HEIGHT, 0);
  request_imports (reader, 1);
  g_assert_no_errno (queue_import (reader, 0, fenced->dma_buf, 0));
  reader_stream_on (reader);
  await_wait_for_fence (node);
  return TRUE;
}

static void
an_unplug_does_not_wait_for_the_device (Fixture *fixture, Unplug unplug)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  Fenced fenced;

  if (!stream_into_fenced (reader, fixture->camera->node, &fenced))
    return;
  unplug (fixture->camera);
  g_assert_true (fenced_is_in_use (&fenced));
  fenced_finish (&fenced);
}

static void
a_frame_is_drawn_once_the_device_is_done (Fixture *fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_buffer buffer = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_DMABUF,
  };
  Fenced fenced;

  if (!stream_into_fenced (reader, fixture->camera->node, &fenced))
    return;
  fenced_finish (&fenced);
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_DQBUF, &buffer));
  g_assert_cmphex (buffer.flags & V4L2_BUF_FLAG_ERROR, ==, 0);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
  unplug_add ("an_unplug_does_not_wait_for_the_device",
      an_unplug_does_not_wait_for_the_device);
  fixture_add ("/fence/a_frame_is_drawn_once_the_device_is_done",
      a_frame_is_drawn_once_the_device_is_done);
  return g_test_run ();
}
