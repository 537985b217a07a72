/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A camera and a machine in one process, joined by its socket. */

#include <errno.h>
#include <glib/gstdio.h>
#include <linux/videodev2.h>
#include <string.h>

#include "vhost/camera.h"
#include "viewer.h"

#define WIDTH 320
#define HEIGHT 240
#define FRAME (WIDTH * HEIGHT * 2)

typedef struct {
  gchar *dir, *path;
  VmCamera *camera;
  Guest *guest;
  GMutex lock;
  GCond cond;
  guint n_started, n_stopped, n_gone;
} Rig;

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

static void
wait_for (Rig *rig, const guint *counter, guint value)
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
front_end (void *data, bool is_there, const char *why)
{
  Rig *rig = data;

  if (why)
    g_test_message ("sent away: %s", why);
  if (!is_there)
    count (rig, &rig->n_gone);
}

static const VmCameraOps ops = { .layout = layout,
  .started = started,
  .stopped = stopped,
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

static Rig *
rig_new (GuestFlags flags)
{
  Rig *rig = g_new0 (Rig, 1);
  VmCameraConfig config = { .card = "test camera",
    .modes = modes,
    .n_modes = G_N_ELEMENTS (modes),
    .controls = controls,
    .n_controls = G_N_ELEMENTS (controls),
    .ops = &ops,
    .data = rig };
  int error;

  rig->dir = g_dir_make_tmp ("virtcam-XXXXXX", NULL);
  rig->path = g_build_filename (rig->dir, "camera", NULL);
  config.socket_path = rig->path;
  rig->camera = vm_camera_create (&config, &error);
  g_assert_nonnull (rig->camera);
  rig->guest = guest_new (rig->path, flags);
  return rig;
}

static void
rig_free (Rig *rig)
{
  if (rig->guest)
    guest_free (rig->guest);
  vm_camera_destroy (rig->camera);
  g_assert_false (g_file_test (rig->path, G_FILE_TEST_EXISTS));
  g_rmdir (rig->dir);
  g_free (rig->path);
  g_free (rig->dir);
  g_free (rig);
}

static VmBuffer *
give_frame (Rig *rig, guint8 seed, guint32 sequence)
{
  VmBuffer *buffer = vm_camera_take_buffer (rig->camera);

  g_assert_nonnull (buffer);
  g_assert_cmpuint (buffer->size, ==, FRAME);
  for (gsize i = 0; i < buffer->size; i++)
    buffer->data[i] = (guint8) (i * 7 + (i >> 9) + seed);
  g_assert_cmpint (vm_camera_done (rig->camera, buffer, FRAME,
                       1000000 * (sequence + 1), sequence, 0),
      ==, 0);
  return buffer;
}

static guint32
wait_frame (Viewer *viewer, const VmBuffer *buffer, guint32 sequence)
{
  g_autofree guint8 *frame = g_malloc (FRAME);
  WireBuffer wire;
  guint32 index = viewer_wait (viewer, &wire);

  g_assert_cmpuint (get32 (wire.sequence), ==, sequence);
  g_assert_cmpuint (get32 (wire.bytesused), ==, FRAME);
  g_assert_cmpuint (get64 (wire.microseconds), ==, 1000 * (sequence + 1));
  viewer_read (viewer, index, frame);
  g_assert_cmpint (memcmp (frame, buffer->data, FRAME), ==, 0);
  return index;
}

static Viewer *
watch (Rig *rig, guint32 memory, guint n_buffers)
{
  Viewer *viewer = viewer_open (rig->guest);

  viewer_request (viewer, memory, n_buffers);
  for (guint i = 0; i < n_buffers; i++)
    g_assert_cmpuint (viewer_queue (viewer, i), ==, 0);
  g_assert_cmpuint (viewer_start (viewer), ==, 0);
  wait_for (rig, &rig->n_started, 1);
  return viewer;
}

static void
check_stream (GuestFlags flags, guint32 memory)
{
  Rig *rig = rig_new (flags);
  Viewer *viewer = watch (rig, memory, 3);

  for (guint i = 0; i < 20; i++) {
    VmBuffer *buffer = give_frame (rig, (guint8) i, i);
    guint32 index = wait_frame (viewer, buffer, i);

    vm_camera_give_back (rig->camera, buffer);
    g_assert_cmpuint (viewer_queue (viewer, index), ==, 0);
  }
  g_assert_cmpuint (viewer_stop (viewer), ==, 0);
  wait_for (rig, &rig->n_stopped, 1);
  viewer_close (viewer);
  g_assert_cmpuint (vm_camera_get_counts (rig->camera).copied, ==, 0);
  rig_free (rig);
}

static void
a_guest_streams_through_its_own_pages (gconstpointer flags)
{
  check_stream (GPOINTER_TO_UINT (flags), V4L2_MEMORY_USERPTR);
}

static void
a_guest_streams_through_shared_memory (gconstpointer flags)
{
  check_stream (GPOINTER_TO_UINT (flags), V4L2_MEMORY_MMAP);
}

/* Kinds of guests, each with its name. */
static void
add (const char *name, void (*test) (gconstpointer flags))
{
  static const struct {
    const char *name;
    GuestFlags flags;
  } kinds[] = {
    { "any_guest", GUEST_PLAIN },
    { "one_without_indirect_descriptors", GUEST_DIRECT },
    { "one_without_event_index", GUEST_NO_EVENT_INDEX },
  };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autofree char *path =
        g_strdup_printf ("/vhost/%s/%s", name, kinds[i].name);

    g_test_add_data_func (path, GUINT_TO_POINTER (kinds[i].flags), test);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("a_guest_streams_through_its_own_pages",
      a_guest_streams_through_its_own_pages);
  add ("a_guest_streams_through_shared_memory",
      a_guest_streams_through_shared_memory);
  return g_test_run ();
}
