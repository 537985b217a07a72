/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fenced.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "camera.h"

/* What is needed of the kernel's drm.h, drm_mode.h and vgem_drm.h, which
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

gboolean
fenced_init (Fenced *fenced)
{
  struct drm_mode_create_dumb create = {
    .width = FENCED_WIDTH, .height = FENCED_HEIGHT, .bpp = 32
  };
  struct drm_prime_handle prime = { .flags = O_RDWR | O_CLOEXEC };

  if (g_spawn_command_line_sync ("modprobe vgem", NULL, NULL, NULL, NULL))
    test_camera_settle ();
  fenced->card = open_vgem ();
  if (fenced->card < 0)
    return FALSE;
  g_assert_no_errno (ioctl (fenced->card, DRM_IOCTL_MODE_CREATE_DUMB, &create));
  fenced->handle = prime.handle = create.handle;
  g_assert_no_errno (
      ioctl (fenced->card, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime));
  fenced->dma_buf = prime.fd;
  fenced_use (fenced);
  return TRUE;
}

void
fenced_use (Fenced *fenced)
{
  struct drm_vgem_fence_attach attach = { .handle = fenced->handle,
    .flags = VGEM_FENCE_WRITE };

  g_assert_no_errno (
      ioctl (fenced->card, DRM_IOCTL_VGEM_FENCE_ATTACH, &attach));
  fenced->fence = attach.out_fence;
}

gboolean
fenced_is_in_use (const Fenced *fenced)
{
  struct pollfd wait = { .fd = fenced->dma_buf, .events = POLLOUT };

  return poll (&wait, 1, 0) == 0;
}

/* vgem gives each fence up after ten seconds. */
void
fenced_signal (Fenced *fenced)
{
  struct drm_vgem_fence_signal signal = { .fence = fenced->fence };

  if (ioctl (fenced->card, DRM_IOCTL_VGEM_FENCE_SIGNAL, &signal) < 0)
    g_assert_cmpstr (g_strerror (errno), ==, g_strerror (ETIMEDOUT));
  fenced->fence = 0;
}

void
fenced_finish (Fenced *fenced)
{
  if (fenced->fence)
    fenced_signal (fenced);
  g_assert_no_errno (close (fenced->dma_buf));
  g_assert_no_errno (close (fenced->card));
}
