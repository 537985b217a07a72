/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A frame is due in a dma-buf that a device still uses, by a fence of vgem's. The
 * camera waits for the device, and nobody waits for the camera.
 */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "exported.h"
#include "unplug.h"

/* What the test needs of the kernel's drm.h, drm_mode.h and vgem_drm.h, which
 * linux-libc-dev leaves out. */
struct drm_version {
  int major, minor, patch;
  size_t name_len;
  char *name;
  size_t date_len;
  char *date;
  size_t desc_len;
  char *desc;
};

struct drm_mode_create_dumb {
  guint32 height, width, bpp, flags;
  guint32 handle, pitch;
  guint64 size;
};

struct drm_prime_handle {
  guint32 handle, flags;
  gint32 fd;
};

struct drm_vgem_fence_attach {
  guint32 handle, flags, out_fence, pad;
};

struct drm_vgem_fence_signal {
  guint32 fence, flags;
};

#define VGEM_FENCE_WRITE 1
#define DRM_IOCTL_VERSION _IOWR ('d', 0x00, struct drm_version)
#define DRM_IOCTL_PRIME_HANDLE_TO_FD _IOWR ('d', 0x2d, struct drm_prime_handle)
#define DRM_IOCTL_MODE_CREATE_DUMB \
  _IOWR ('d', 0xb2, struct drm_mode_create_dumb)
#define DRM_IOCTL_VGEM_FENCE_ATTACH \
  _IOWR ('d', 0x41, struct drm_vgem_fence_attach)
#define DRM_IOCTL_VGEM_FENCE_SIGNAL \
  _IOW ('d', 0x42, struct drm_vgem_fence_signal)

/* A yield each: so many that only a thread that never sleeps uses them up. */
#define LOOKS 1000000

typedef struct {
  int card;
  guint32 handle;
  guint32 fence;
  int dma_buf;
} Fenced;

static int
open_vgem (void)
{
  for (guint i = 0; i < 16; i++) {
    g_autofree char *node = g_strdup_printf ("/dev/dri/card%u", i);
    char name[16] = "";
    struct drm_version version = { .name = name,
      .name_len = sizeof (name) - 1 };
    int fd = open (node, O_RDWR | O_CLOEXEC);

    if (fd >= 0 && ioctl (fd, DRM_IOCTL_VERSION, &version) == 0 &&
        g_str_equal (name, "vgem"))
      return fd;
    if (fd >= 0)
      close (fd);
  }
  return -1;
}

/* Returns: whether this kernel has vgem */
static gboolean
fenced_init (Fenced *fenced)
{
  struct drm_mode_create_dumb create = {
    .width = 320, .height = 240, .bpp = 32
  };
  struct drm_prime_handle prime = { .flags = O_RDWR | O_CLOEXEC };
  struct drm_vgem_fence_attach attach = { .flags = VGEM_FENCE_WRITE };

  if (g_spawn_command_line_sync ("modprobe vgem", NULL, NULL, NULL, NULL))
    test_camera_settle ();
  fenced->card = open_vgem ();
  if (fenced->card < 0)
    return FALSE;
  g_assert_no_errno (ioctl (fenced->card, DRM_IOCTL_MODE_CREATE_DUMB, &create));
  fenced->handle = prime.handle = attach.handle = create.handle;
  g_assert_no_errno (
      ioctl (fenced->card, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime));
  g_assert_no_errno (
      ioctl (fenced->card, DRM_IOCTL_VGEM_FENCE_ATTACH, &attach));
  fenced->dma_buf = prime.fd;
  fenced->fence = attach.out_fence;
  return TRUE;
}

static gboolean
is_in_use (const Fenced *fenced)
{
  struct pollfd wait = { .fd = fenced->dma_buf, .events = POLLOUT };

  return poll (&wait, 1, 0) == 0;
}

static void
fenced_finish (Fenced *fenced)
{
  struct drm_vgem_fence_signal signal = { .fence = fenced->fence };

  g_assert_no_errno (
      ioctl (fenced->card, DRM_IOCTL_VGEM_FENCE_SIGNAL, &signal));
  g_assert_no_errno (close (fenced->dma_buf));
  g_assert_no_errno (close (fenced->card));
}

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
  reader_set_format (reader, V4L2_PIX_FMT_XBGR32, 320, 240, 0);
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
  g_assert_true (is_in_use (&fenced));
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
