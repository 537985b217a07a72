/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A camera and a machine in one process, joined by its socket. */

#include <errno.h>
#include <glib/gstdio.h>
#include <linux/videodev2.h>
#include <string.h>

#include "guest.h"
#include "vhost/camera.h"

#define TYPE V4L2_BUF_TYPE_VIDEO_CAPTURE
#define WIDTH 320
#define HEIGHT 240
#define FRAME (WIDTH * HEIGHT * 2)

enum {
  ENUM_FMT = 2,
  S_FMT = 5,
  REQBUFS = 8,
  QUERYBUF = 9,
  QBUF = 15,
  STREAMON = 18,
  STREAMOFF = 19
};

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

static void
request (Rig *rig, guint32 session, guint32 memory, guint32 count)
{
  WireRequest wire = {
    .count = le32 (count), .type = le32 (TYPE), .memory = le32 (memory)
  };

  g_assert_cmpuint (
      guest_ioctl (rig->guest, session, REQBUFS, &wire, sizeof wire), ==, 0);
  g_assert_cmpuint (get32 (wire.count), ==, count);
}

static guint32
stream (Rig *rig, guint32 session, guint32 code)
{
  Le32 type = le32 (TYPE);

  return guest_ioctl (rig->guest, session, code, &type, sizeof type);
}

/* Pages that are nowhere near each other, in both regions. */
static gsize
make_pieces (Rig *rig, WirePiece *pieces, gsize size)
{
  gsize n = 0;

  for (gsize at = 0; at < size; at += GUEST_PAGE, n++) {
    guint64 page = n % 3 ? guest_alloc (rig->guest, 2 * GUEST_PAGE)
                         : guest_alloc_high (rig->guest, 2 * GUEST_PAGE);

    pieces[n] = (WirePiece){ le64 (page), le32 (MIN (GUEST_PAGE, size - at)),
      le32 (0) };
  }
  return n;
}

static guint32
queue_pages (
    Rig *rig, guint32 session, guint32 index, const WirePiece *pieces, gsize n)
{
  WireBuffer wire = { .index = le32 (index),
    .type = le32 (TYPE),
    .memory = le32 (V4L2_MEMORY_USERPTR),
    .m = le64 (0x7fca6754c000 + index),
    .length = le32 (FRAME) };
  guint32 status = guest_ioctl_with (rig->guest, session, QBUF, &wire,
      sizeof wire, pieces, n * sizeof *pieces);

  if (status == 0)
    g_assert_cmphex (get64 (wire.m), ==, 0x7fca6754c000 + index);
  return status;
}

static guint8
gather (Rig *rig, const WirePiece *pieces, gsize at)
{
  return guest_at (
      rig->guest, get64 (pieces[at / GUEST_PAGE].start))[at % GUEST_PAGE];
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
wait_frame (Rig *rig, guint32 session, guint32 sequence)
{
  WireDqbufEvent event;

  g_assert_cmpuint (guest_wait_event (rig->guest, &event), ==, sizeof event);
  g_assert_cmpuint (get32 (event.head.event), ==, WIRE_DQBUF);
  g_assert_cmpuint (get32 (event.head.session), ==, session);
  g_assert_cmpuint (get32 (event.buffer.sequence), ==, sequence);
  g_assert_cmpuint (get32 (event.buffer.bytesused), ==, FRAME);
  guest_post_event_buffer (rig->guest);
  return get32 (event.buffer.index);
}

static void
a_guest_streams_through_its_own_pages (gconstpointer flags)
{
  Rig *rig = rig_new (GPOINTER_TO_UINT (flags));
  guint32 session = guest_open (rig->guest);
  g_autofree WirePiece *pieces[2] = { NULL };
  gsize n = 0;

  request (rig, session, V4L2_MEMORY_USERPTR, 2);
  for (guint i = 0; i < 2; i++) {
    pieces[i] = g_new (WirePiece, FRAME / GUEST_PAGE + 1);
    n = make_pieces (rig, pieces[i], FRAME);
    g_assert_cmpuint (queue_pages (rig, session, i, pieces[i], n), ==, 0);
  }
  g_assert_cmpuint (stream (rig, session, STREAMON), ==, 0);
  wait_for (rig, &rig->n_started, 1);
  for (guint i = 0; i < 20; i++) {
    VmBuffer *buffer = give_frame (rig, (guint8) i, i);
    guint32 index = wait_frame (rig, session, i);

    for (gsize at = 0; at < FRAME; at++)
      g_assert_cmpuint (gather (rig, pieces[index], at), ==, buffer->data[at]);
    vm_camera_give_back (rig->camera, buffer);
    g_assert_cmpuint (
        queue_pages (rig, session, index, pieces[index], n), ==, 0);
  }
  g_assert_cmpuint (stream (rig, session, STREAMOFF), ==, 0);
  wait_for (rig, &rig->n_stopped, 1);
  guest_close (rig->guest, session);
  g_assert_cmpuint (vm_camera_get_counts (rig->camera).copied, ==, 0);
  g_free (pieces[1]);
  rig_free (rig);
}

static void
a_guest_streams_through_shared_memory (void)
{
  Rig *rig = rig_new (GUEST_PLAIN);
  guint32 session = guest_open (rig->guest);
  guint8 *data[2];
  guint64 address[2];
  gsize size;

  request (rig, session, V4L2_MEMORY_MMAP, 2);
  for (guint i = 0; i < 2; i++) {
    WireBuffer wire = { .index = le32 (i), .type = le32 (TYPE) };

    g_assert_cmpuint (
        guest_ioctl (rig->guest, session, QUERYBUF, &wire, sizeof wire), ==, 0);
    g_assert_cmpuint (guest_mmap (rig->guest, session, (guint32) get64 (wire.m),
                          &address[i], &data[i], &size),
        ==, 0);
    g_assert_cmpuint (size, ==, FRAME);
    g_assert_cmpuint (
        guest_ioctl (rig->guest, session, QBUF, &wire, sizeof wire), ==, 0);
  }
  g_assert_cmpuint (stream (rig, session, STREAMON), ==, 0);
  wait_for (rig, &rig->n_started, 1);
  for (guint i = 0; i < 20; i++) {
    VmBuffer *buffer = give_frame (rig, (guint8) i, i);
    guint32 index = wait_frame (rig, session, i);
    WireBuffer wire = { .index = le32 (index),
      .type = le32 (TYPE),
      .memory = le32 (V4L2_MEMORY_MMAP) };

    g_assert_cmpint (memcmp (data[index], buffer->data, FRAME), ==, 0);
    vm_camera_give_back (rig->camera, buffer);
    g_assert_cmpuint (
        guest_ioctl (rig->guest, session, QBUF, &wire, sizeof wire), ==, 0);
  }
  request (rig, session, V4L2_MEMORY_MMAP, 0);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpuint (guest_munmap (rig->guest, address[i]), ==, 0);
  g_assert_cmpuint (guest_munmap (rig->guest, address[0]), ==, EINVAL);
  rig_free (rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/vhost/a_guest_streams_through_its_own_pages",
      GUINT_TO_POINTER (GUEST_PLAIN), a_guest_streams_through_its_own_pages);
  g_test_add_func ("/vhost/a_guest_streams_through_shared_memory",
      a_guest_streams_through_shared_memory);
  return g_test_run ();
}
