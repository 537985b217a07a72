/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vivid.h"

#include <fcntl.h>
#include <string.h>
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

static void
set_input (Vivid *vivid, gint input)
{
  if (ioctl (vivid->fd, VIDIOC_S_INPUT, &input) < 0)
    g_error ("S_INPUT of %s: %m", vivid->node);
}

Vivid *
vivid_open (gint input)
{
  Vivid *vivid = g_new0 (Vivid, 1);

  vivid->node = vivid_find ();
  if (vivid->node == NULL)
    g_error ("vivid is not loaded");
  vivid->fd = open (vivid->node, O_RDWR | O_CLOEXEC);
  set_input (vivid, input);
  /* the input has one of the two, or none */
  ioctl (vivid->fd, VIDIOC_G_STD, &vivid->standard);
  ioctl (vivid->fd, VIDIOC_G_DV_TIMINGS, &vivid->timings);
  return vivid;
}

void
vivid_set (Vivid *vivid, guint32 control, gint value)
{
  struct v4l2_control setting = { .id = control, .value = value };

  if (ioctl (vivid->fd, VIDIOC_S_CTRL, &setting) < 0)
    g_error ("S_CTRL 0x%x of %s: %m", control, vivid->node);
}

void
vivid_give_timings (Vivid *vivid, gint entry)
{
  struct v4l2_ext_control controls[] = {
    { .id = VIVID_CID_DV_TIMINGS_SIGNAL_MODE, .value = VIVID_SIGNAL_SELECTED },
    { .id = VIVID_CID_DV_TIMINGS, .value = entry },
  };
  struct v4l2_ext_controls both = { .count = 2, .controls = controls };

  if (ioctl (vivid->fd, VIDIOC_S_EXT_CTRLS, &both) < 0)
    g_error ("S_EXT_CTRLS of %s: %m", vivid->node);
}

static void
restore (Vivid *vivid)
{
  if (vivid->standard)
    ioctl (vivid->fd, VIDIOC_S_STD, &vivid->standard);
  if (vivid->timings.bt.width) {
    vivid_set (vivid, VIVID_CID_DV_TIMINGS_SIGNAL_MODE, VIVID_SIGNAL_CURRENT);
    ioctl (vivid->fd, VIDIOC_S_DV_TIMINGS, &vivid->timings);
  }
}

void
vivid_close (Vivid *vivid)
{
  restore (vivid);
  set_input (vivid, VIVID_WEBCAM);
  close (vivid->fd);
  g_free (vivid->node);
  g_free (vivid);
}
