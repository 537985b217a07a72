/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtcamvmsink, with a machine in this process. */

#include <glib/gstdio.h>
#include <gst/gst.h>
#include <linux/videodev2.h>
#include <string.h>

#include "viewer.h"

typedef struct {
  gchar *dir, *path;
  GstElement *pipeline, *sink;
  Guest *guest;
} Rig;

static Rig *
rig_new (const gchar *upstream, const gchar *settings)
{
  Rig *rig = g_new0 (Rig, 1);
  g_autofree gchar *line = NULL;
  GError *error = NULL;

  rig->dir = g_dir_make_tmp ("virtcam-XXXXXX", NULL);
  rig->path = g_build_filename (rig->dir, "camera", NULL);
  line = g_strdup_printf ("%s ! virtcamvmsink name=sink socket=%s %s", upstream,
      rig->path, settings);
  rig->pipeline = gst_parse_launch (line, &error);
  g_assert_no_error (error);
  rig->sink = gst_bin_get_by_name (GST_BIN (rig->pipeline), "sink");
  gst_element_set_state (rig->pipeline, GST_STATE_PLAYING);
  g_assert_cmpint (
      gst_element_get_state (rig->pipeline, NULL, NULL, GST_CLOCK_TIME_NONE),
      !=, GST_STATE_CHANGE_FAILURE);
  rig->guest = guest_new (rig->path, GUEST_PLAIN);
  return rig;
}

static void
rig_free (Rig *rig)
{
  gst_element_set_state (rig->pipeline, GST_STATE_NULL);
  g_assert_false (g_file_test (rig->path, G_FILE_TEST_EXISTS));
  if (rig->guest)
    guest_free (rig->guest);
  gst_object_unref (rig->sink);
  gst_object_unref (rig->pipeline);
  g_rmdir (rig->dir);
  g_free (rig->path);
  g_free (rig->dir);
  g_free (rig);
}

static guint64
get_stat (Rig *rig, const gchar *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value;

  g_object_get (rig->sink, "stats", &stats, NULL);
  g_assert_true (gst_structure_get_uint64 (stats, name, &value));
  return value;
}

/* Some frames come before upstream has the guest's pool. */
static void
watch (Rig *rig, Viewer *viewer, guint32 memory, guint n_frames)
{
  WireBuffer wire;

  viewer_request (viewer, memory, 4);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpuint (viewer_queue (viewer, i), ==, 0);
  g_assert_cmpuint (viewer_start (viewer), ==, 0);
  for (guint i = 0; i < n_frames; i++) {
    guint32 index = viewer_wait (viewer, &wire);

    g_assert_cmpuint (get32 (wire.bytesused), ==, viewer_get_size (viewer));
    g_assert_cmpuint (viewer_queue (viewer, index), ==, 0);
  }
}

static void
upstream_draws_into_the_guest (gconstpointer memory)
{
  Rig *rig = rig_new ("videotestsrc is-live=true", "");
  Viewer *viewer = viewer_open (rig->guest);

  g_assert_cmpuint (
      viewer_set_format (viewer, V4L2_PIX_FMT_YUYV, 320, 240), ==, 0);
  watch (rig, viewer, GPOINTER_TO_UINT (memory), 20);
  /* the last is counted after it was sent; of those that upstream began while the
   * guest had no empty buffer some may have been copied */
  g_assert_cmpuint (get_stat (rig, "given"), >=, 19);
  g_assert_cmpuint (get_stat (rig, "copied"), <, 19);
  g_assert_cmpuint (get_stat (rig, "scattered"), ==, 0);
  g_assert_cmpuint (viewer_stop (viewer), ==, 0);
  viewer_close (viewer);
  rig_free (rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_setenv ("GST_PLUGIN_PATH", PLUGIN_FOLDER, TRUE);
  gst_init (&argc, &argv);
  g_test_add_data_func ("/vhost/upstream_draws_into_the_guest/pages",
      GUINT_TO_POINTER (V4L2_MEMORY_USERPTR), upstream_draws_into_the_guest);
  g_test_add_data_func ("/vhost/upstream_draws_into_the_guest/shared_memory",
      GUINT_TO_POINTER (V4L2_MEMORY_MMAP), upstream_draws_into_the_guest);
  return g_test_run ();
}
