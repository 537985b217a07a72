/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vivid.h"

#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <unistd.h>

gchar *
vivid_find (void)
{
  for (guint i = 0; i < 64; i++) {
    g_autofree gchar *node = g_strdup_printf ("/dev/video%u", i);
    struct v4l2_capability capability;
    gint fd = open (node, O_RDWR | O_CLOEXEC);
    gboolean found;

    if (fd < 0)
      continue;
    found = ioctl (fd, VIDIOC_QUERYCAP, &capability) == 0 &&
            g_str_equal ((gchar *) capability.driver, "vivid") &&
            (capability.device_caps & V4L2_CAP_VIDEO_CAPTURE);
    close (fd);
    if (found)
      return g_steal_pointer (&node);
  }
  return NULL;
}
