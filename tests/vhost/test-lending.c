/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a guest has taken back is not written any more, whoever holds it. */

#include <errno.h>
#include <linux/videodev2.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rig.h"
#include "vhost/range.h"

#define OURS 0xaa
#define GUESTS 0x55

/* Ways in which a guest takes its buffers back. */
typedef void (*Way) (Rig *rig, Viewer *viewer);

static void
stop (Rig *rig, Viewer *viewer)
{
  g_assert_cmpuint (viewer_stop (viewer), ==, 0);
}

static void
close_session (Rig *rig, Viewer *viewer)
{
  guest_close (rig->guest, viewer_get_session (viewer));
}

static void
free_buffers (Rig *rig, Viewer *viewer)
{
  WireRequest wire = { .type = le32 (TYPE),
    .memory = le32 (V4L2_MEMORY_USERPTR) };

  g_assert_cmpuint (guest_ioctl (rig->guest, viewer_get_session (viewer),
                        REQBUFS, &wire, sizeof wire),
      ==, 0);
}

static void
reset (Rig *rig, Viewer *viewer)
{
  guest_stop (rig->guest);
}

static void
hang_up (Rig *rig, Viewer *viewer)
{
  monitor_hang_up (guest_monitor (rig->guest));
  rig_wait (rig, &rig->n_gone, 1);
}

static void
change_memory (Rig *rig, Viewer *viewer)
{
  guest_change_memory (rig->guest);
}

static const struct {
  const char *name;
  Way way;
} ways[] = {
  { "STREAMOFF", stop },
  { "CLOSE", close_session },
  { "REQBUFS", free_buffers },
  { "reset", reset },
  { "its_machine's_end", hang_up },
  { "other_memory", change_memory },
};

static const guint32 memories[] = { V4L2_MEMORY_USERPTR, V4L2_MEMORY_MMAP };

static void
nothing_is_written_after (gconstpointer data)
{
  const guint n = GPOINTER_TO_UINT (data);
  Rig *rig = rig_new (GUEST_PLAIN);
  Viewer *viewer = rig_watch (rig, memories[n % 2], 1);
  VmBuffer *buffer = vm_camera_take_buffer (rig->camera);

  g_assert_nonnull (buffer);
  memset (buffer->data, OURS, buffer->size);
  g_assert_true (viewer_has (viewer, 0, OURS));
  ways[n / 2].way (rig, viewer);
  viewer_fill (viewer, 0, GUESTS);
  memset (buffer->data, OURS, buffer->size);
  g_assert_true (viewer_has (viewer, 0, GUESTS));
  g_assert_cmpint (
      vm_camera_done (rig->camera, buffer, FRAME, 0, 0, 0), ==, -ECANCELED);
  g_assert_true (viewer_has (viewer, 0, GUESTS));
  g_assert_cmpuint (vm_camera_get_counts (rig->camera).revoked, ==, 1);
  vm_camera_give_back (rig->camera, buffer);
  viewer_forget (viewer);
  rig_free (rig);
}

/* Somebody who writes all the time. */
typedef struct {
  VmBuffer *buffer;
  gint rounds; /* atomic */
  gint over;
} Writer;

static gpointer
write_on (gpointer data)
{
  Writer *writer = data;

  while (!g_atomic_int_get (&writer->over)) {
    memset (writer->buffer->data, OURS, writer->buffer->size);
    g_atomic_int_inc (&writer->rounds);
  }
  return NULL;
}

static void
wait_rounds (Writer *writer, gint n)
{
  gint from = g_atomic_int_get (&writer->rounds);

  while (g_atomic_int_get (&writer->rounds) < from + n)
    g_thread_yield ();
}

static void
whoever_writes_just_then_stops_being_seen (gconstpointer data)
{
  const guint n = GPOINTER_TO_UINT (data);
  Rig *rig = rig_new (GUEST_PLAIN);
  Viewer *viewer = rig_watch (rig, memories[n], 1);

  for (guint i = 0; i < 20; i++) {
    Writer writer = { .buffer = vm_camera_take_buffer (rig->camera) };
    GThread *thread = g_thread_new ("writer", write_on, &writer);

    wait_rounds (&writer, 2);
    g_assert_cmpuint (viewer_stop (viewer), ==, 0);
    viewer_fill (viewer, 0, GUESTS);
    wait_rounds (&writer, 2);
    g_assert_true (viewer_has (viewer, 0, GUESTS));
    g_atomic_int_set (&writer.over, TRUE);
    g_thread_join (thread);
    vm_camera_give_back (rig->camera, writer.buffer);
    g_assert_cmpuint (viewer_queue (viewer, 0), ==, 0);
    g_assert_cmpuint (viewer_start (viewer), ==, 0);
  }
  viewer_close (viewer);
  rig_free (rig);
}

static void
a_frame_that_is_read_still_is_not_overwritten (void)
{
  Rig *rig = rig_new (GUEST_PLAIN);
  Viewer *viewer = rig_watch (rig, V4L2_MEMORY_USERPTR, 1);
  VmBuffer *buffer = vm_camera_take_buffer (rig->camera);
  WireBuffer wire;

  memset (buffer->data, OURS, buffer->size);
  g_assert_cmpint (vm_camera_done (rig->camera, buffer, FRAME, 0, 0, 0), ==, 0);
  g_assert_cmpint (
      vm_camera_done (rig->camera, buffer, FRAME, 0, 0, 0), ==, -EALREADY);
  g_assert_cmpuint (viewer_wait (viewer, &wire), ==, 0);
  g_assert_cmpuint (viewer_queue (viewer, 0), ==, 0);
  g_assert_null (vm_camera_take_buffer (rig->camera));
  g_assert_cmphex (buffer->data[FRAME - 1], ==, OURS);
  vm_camera_give_back (rig->camera, buffer);
  buffer = vm_camera_take_buffer (rig->camera);
  g_assert_nonnull (buffer);
  vm_camera_give_back (rig->camera, buffer);
  viewer_close (viewer);
  rig_free (rig);
}

static void
a_buffer_that_is_given_back_empty_is_the_next_one (void)
{
  Rig *rig = rig_new (GUEST_PLAIN);
  Viewer *viewer = rig_watch (rig, V4L2_MEMORY_MMAP, 1);
  VmBuffer *buffer = vm_camera_take_buffer (rig->camera);

  g_assert_null (vm_camera_take_buffer (rig->camera));
  g_assert_cmpuint (vm_camera_get_counts (rig->camera).taken, ==, 1);
  vm_camera_give_back (rig->camera, buffer);
  buffer = vm_camera_take_buffer (rig->camera);
  g_assert_cmpint (
      vm_camera_done (rig->camera, buffer, FRAME + 1, 0, 0, 0), ==, -EINVAL);
  vm_camera_give_back (rig->camera, buffer);
  viewer_close (viewer);
  rig_free (rig);
}

static void
a_buffer_outlives_its_camera (void)
{
  Rig *rig = rig_new (GUEST_PLAIN);
  Viewer *viewer = rig_watch (rig, V4L2_MEMORY_USERPTR, 1);
  VmBuffer *buffer = vm_camera_take_buffer (rig->camera);
  VmCamera *camera = rig->camera;

  vm_camera_destroy (camera);
  rig->camera = NULL;
  viewer_fill (viewer, 0, GUESTS);
  memset (buffer->data, OURS, buffer->size);
  g_assert_true (viewer_has (viewer, 0, GUESTS));
  g_assert_cmpint (
      vm_camera_done (camera, buffer, FRAME, 0, 0, 0), ==, -ECANCELED);
  vm_camera_give_back (camera, buffer);
  viewer_forget (viewer);
  rig_free (rig);
}

/* Each of a guest's pages that lies alone takes one of this process's mappings, of which
 * some must be left, or nothing could be taken back. */
static void
a_guest_cannot_use_up_all_mappings (void)
{
  const gsize page = vm_page_size ();
  const guint most = 32768;
  int fd = memfd_create ("page", MFD_CLOEXEC);
  VmRange *range = vm_range_new (2 * page);
  VmRange *other = vm_range_new (page);

  g_assert_cmpint (ftruncate (fd, (off_t) page), ==, 0);
  for (guint i = 0; i < most; i++)
    g_assert_cmpint (
        vm_range_place (range, (i % 2) * page, page, fd, 0), ==, 0);
  g_assert_cmpint (vm_range_place (other, 0, page, fd, 0), ==, -ENOSPC);
  vm_range_revoke (range);
  vm_range_unref (other);
  other = vm_range_new (page);
  g_assert_cmpint (vm_range_place (other, 0, page, fd, 0), ==, 0);
  vm_range_unref (range);
  vm_range_unref (other);
  close (fd);
}

/* Pieces as a guest's memory may be, and whether they can be mapped. */
static const struct {
  const char *name;
  gsize size, offset;
  gboolean is_copy;
} shapes[] = {
  { "pages", GUEST_PAGE, 0, FALSE },
  { "large_pieces", 16 * GUEST_PAGE, 0, FALSE },
  { "the_middle_of_a_page", GUEST_PAGE, 1234, FALSE },
  { "one_piece", 64 * GUEST_PAGE, 48, FALSE },
  { "pieces_that_end_amid_pages", GUEST_PAGE + 512, 0, TRUE },
};

static void
a_frame_reaches_every_piece (gconstpointer data)
{
  const guint n = GPOINTER_TO_UINT (data);
  g_autofree guint8 *frame = g_malloc (FRAME);
  Rig *rig = rig_new (GUEST_PLAIN);
  Viewer *viewer = rig_watch (rig, V4L2_MEMORY_USERPTR, 1);
  VmBuffer *buffer;
  WireBuffer wire;

  g_assert_cmpuint (viewer_stop (viewer), ==, 0);
  viewer_scatter (viewer, 0, shapes[n].size, shapes[n].offset);
  g_assert_cmpuint (viewer_queue (viewer, 0), ==, 0);
  g_assert_cmpuint (viewer_start (viewer), ==, 0);
  buffer = vm_camera_take_buffer (rig->camera);
  for (gsize i = 0; i < FRAME; i++)
    buffer->data[i] = (guint8) (i * 7 + (i >> 8));
  vm_camera_done (rig->camera, buffer, FRAME, 0, 0, 0);
  g_assert_cmpuint (viewer_wait (viewer, &wire), ==, 0);
  viewer_read (viewer, 0, frame);
  g_assert_cmpint (memcmp (frame, buffer->data, FRAME), ==, 0);
  g_assert_cmpuint (
      vm_camera_get_counts (rig->camera).copied, ==, shapes[n].is_copy);
  vm_camera_give_back (rig->camera, buffer);
  viewer_close (viewer);
  rig_free (rig);
}

static void
add (const char *test, const char *name, guint n,
    void (*function) (gconstpointer data))
{
  g_autofree char *path = g_strdup_printf ("/vhost/%s/%s/%s", test, name,
      memories[n % 2] == V4L2_MEMORY_MMAP ? "shared_memory" : "pages");

  g_test_add_data_func (path, GUINT_TO_POINTER (n), function);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < 2 * G_N_ELEMENTS (ways); i++)
    add ("nothing_is_written_after", ways[i / 2].name, i,
        nothing_is_written_after);
  for (guint i = 0; i < 2; i++)
    add ("whoever_writes_just_then_stops_being_seen", "STREAMOFF", i,
        whoever_writes_just_then_stops_being_seen);
  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++) {
    g_autofree char *path = g_strdup_printf (
        "/vhost/a_frame_reaches_every_piece/%s", shapes[i].name);

    g_test_add_data_func (
        path, GUINT_TO_POINTER (i), a_frame_reaches_every_piece);
  }
  g_test_add_func ("/vhost/a_frame_that_is_read_still_is_not_overwritten",
      a_frame_that_is_read_still_is_not_overwritten);
  g_test_add_func ("/vhost/a_buffer_that_is_given_back_empty_is_the_next_one",
      a_buffer_that_is_given_back_empty_is_the_next_one);
  g_test_add_func ("/vhost/a_guest_cannot_use_up_all_mappings",
      a_guest_cannot_use_up_all_mappings);
  g_test_add_func (
      "/vhost/a_buffer_outlives_its_camera", a_buffer_outlives_its_camera);
  return g_test_run ();
}
