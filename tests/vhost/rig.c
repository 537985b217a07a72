/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "rig.h"

#include <glib/gstdio.h>
#include <linux/videodev2.h>

static bool
layout (void *data, uint32_t fourcc, uint32_t width, uint32_t height,
    uint32_t *bytesperline, uint32_t *sizeimage)
{
  *bytesperline = 2 * width;
  *sizeimage = 2 * width * height;
  return fourcc == V4L2_PIX_FMT_YUYV;
}

static void
count (Rig *rig, guint *counter)
{
  g_mutex_lock (&rig->lock);
  ++*counter;
  g_cond_broadcast (&rig->cond);
  g_mutex_unlock (&rig->lock);
}

void
rig_wait (Rig *rig, const guint *counter, guint value)
{
  g_mutex_lock (&rig->lock);
  while (*counter < value)
    g_cond_wait (&rig->cond, &rig->lock);
  g_mutex_unlock (&rig->lock);
}

static void
started (void *data, const VmFormat *format)
{
  Rig *rig = data;

  g_assert_cmpuint (format->sizeimage, ==, FRAME);
  count (rig, &rig->n_started);
}

static void
stopped (void *data)
{
  Rig *rig = data;

  count (rig, &rig->n_stopped);
}

static void
buffer_queued (void *data)
{
  Rig *rig = data;

  count (rig, &rig->n_queued);
}

static void
control_set (void *data, uint32_t id, int64_t value)
{
  Rig *rig = data;

  g_assert_cmphex (id, ==, V4L2_CID_BRIGHTNESS);
  count (rig, &rig->n_set);
}

static void
front_end (void *data, bool is_there, const char *why)
{
  Rig *rig = data;

  if (is_there) {
    count (rig, &rig->n_come);
    return;
  }
  g_free (rig->why);
  rig->why = g_strdup (why);
  count (rig, &rig->n_gone);
}

static const VmCameraOps ops = { .layout = layout,
  .started = started,
  .stopped = stopped,
  .buffer_queued = buffer_queued,
  .control_set = control_set,
  .front_end = front_end };

static const VmFraction intervals[] = { { 1, 30 }, { 1, 15 } };
static const VmMode modes[] = {
  { .fourcc = V4L2_PIX_FMT_YUYV,
      .width = { WIDTH, WIDTH, 0 },
      .height = { HEIGHT, HEIGHT, 0 },
      .intervals = intervals,
      .n_intervals = 2 },
};
static const VmControl controls[] = {
  { .id = V4L2_CID_BRIGHTNESS,
      .type = V4L2_CTRL_TYPE_INTEGER,
      .name = "Brightness",
      .minimum = 0,
      .maximum = 255,
      .step = 1,
      .default_value = 128,
      .value = 128 },
};

static VmCamera *
make_camera (Rig *rig, int *error)
{
  const VmCameraConfig config = { .socket_path = rig->path,
    .card = RIG_CARD "\u00e9",
    .modes = modes,
    .n_modes = G_N_ELEMENTS (modes),
    .controls = controls,
    .n_controls = G_N_ELEMENTS (controls),
    .ops = &ops,
    .data = rig };

  return vm_camera_create (&config, error);
}

int
rig_try (Rig *rig)
{
  int error;

  g_assert_null (make_camera (rig, &error));
  return error;
}

Rig *
rig_new_alone (void)
{
  Rig *rig = g_new0 (Rig, 1);
  int error;

  rig->dir = g_dir_make_tmp ("virtcam-XXXXXX", NULL);
  rig->path = g_build_filename (rig->dir, "camera", NULL);
  rig->camera = make_camera (rig, &error);
  g_assert_nonnull (rig->camera);
  return rig;
}

Rig *
rig_new (GuestFlags flags)
{
  Rig *rig = rig_new_alone ();

  rig->guest = guest_new (rig->path, flags);
  return rig;
}

void
rig_free (Rig *rig)
{
  if (rig->guest)
    guest_free (rig->guest);
  vm_camera_destroy (rig->camera);
  g_assert_false (g_file_test (rig->path, G_FILE_TEST_EXISTS));
  g_rmdir (rig->dir);
  g_free (rig->why);
  g_free (rig->path);
  g_free (rig->dir);
  g_free (rig);
}

Viewer *
rig_watch (Rig *rig, guint32 memory, guint n_buffers)
{
  Viewer *viewer = viewer_open (rig->guest);

  viewer_request (viewer, memory, n_buffers);
  for (guint i = 0; i < n_buffers; i++)
    g_assert_cmpuint (viewer_queue (viewer, i), ==, 0);
  g_assert_cmpuint (viewer_start (viewer), ==, 0);
  rig_wait (rig, &rig->n_started, 1);
  return viewer;
}
