/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A camera and a machine in one process, joined by its socket. */

#include <errno.h>
#include <linux/videodev2.h>
#include <string.h>

#include "rig.h"

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

static void
check_stream (GuestFlags flags, guint32 memory)
{
  Rig *rig = rig_new (flags);
  Viewer *viewer = rig_watch (rig, memory, 3);

  for (guint i = 0; i < 20; i++) {
    VmBuffer *buffer = give_frame (rig, (guint8) i, i);
    guint32 index = wait_frame (viewer, buffer, i);

    vm_camera_give_back (rig->camera, buffer);
    g_assert_cmpuint (viewer_queue (viewer, index), ==, 0);
  }
  g_assert_cmpuint (viewer_stop (viewer), ==, 0);
  rig_wait (rig, &rig->n_stopped, 1);
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
