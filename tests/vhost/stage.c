/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "stage.h"

#include <glib/gstdio.h>
#include <linux/videodev2.h>

void
stage_init (int *argc, char ***argv)
{
  g_test_init (argc, argv, NULL);
  g_setenv ("GST_PLUGIN_PATH", PLUGIN_FOLDER, TRUE);
  gst_init (argc, argv);
}

Stage *
stage_new_alone (const gchar *upstream, const gchar *settings)
{
  Stage *stage = g_new0 (Stage, 1);
  g_autofree gchar *line = NULL;
  GError *error = NULL;

  stage->dir = g_dir_make_tmp ("virtcam-XXXXXX", NULL);
  stage->path = g_build_filename (stage->dir, "camera", NULL);
  line = g_strdup_printf ("%s ! virtcamvmsink name=sink socket=%s %s", upstream,
      stage->path, settings);
  stage->pipeline = gst_parse_launch (line, &error);
  g_assert_no_error (error);
  stage->sink = gst_bin_get_by_name (GST_BIN (stage->pipeline), "sink");
  g_assert_cmpint (gst_element_set_state (stage->pipeline, GST_STATE_PLAYING),
      !=, GST_STATE_CHANGE_FAILURE);
  return stage;
}

Stage *
stage_new (const gchar *upstream, const gchar *settings)
{
  Stage *stage = stage_new_alone (upstream, settings);

  stage->guest = guest_new (stage->path, GUEST_PLAIN);
  return stage;
}

void
stage_free (Stage *stage)
{
  gst_element_set_state (stage->pipeline, GST_STATE_NULL);
  g_assert_false (g_file_test (stage->path, G_FILE_TEST_EXISTS));
  if (stage->guest)
    guest_free (stage->guest);
  gst_object_unref (stage->sink);
  gst_object_unref (stage->pipeline);
  g_rmdir (stage->dir);
  g_free (stage->path);
  g_free (stage->dir);
  g_free (stage);
}

guint64
stage_get_stat (Stage *stage, const gchar *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value;

  g_object_get (stage->sink, "stats", &stats, NULL);
  g_assert_true (gst_structure_get_uint64 (stats, name, &value));
  return value;
}

GstMessage *
stage_wait_message (Stage *stage, GstMessageType type)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (stage->pipeline);
  GstMessage *message = gst_bus_timed_pop_filtered (bus, 30 * GST_SECOND, type);

  g_assert_nonnull (message);
  return message;
}

void
stage_wait_viewers (Stage *stage, gint wanted)
{
  gint viewers = -2;

  while (viewers != wanted) {
    g_autoptr (GstMessage) message =
        stage_wait_message (stage, GST_MESSAGE_ELEMENT);
    const GstStructure *structure = gst_message_get_structure (message);

    if (gst_structure_has_name (structure, "virtcam-viewers"))
      g_assert_true (gst_structure_get_int (structure, "viewers", &viewers));
  }
}

Viewer *
stage_watch (
    Stage *stage, guint32 memory, guint32 fourcc, guint width, guint height)
{
  Viewer *viewer = viewer_open (stage->guest);

  g_assert_cmpuint (viewer_set_format (viewer, fourcc, width, height), ==, 0);
  viewer_request (viewer, memory, 4);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpuint (viewer_queue (viewer, i), ==, 0);
  g_assert_cmpuint (viewer_start (viewer), ==, 0);
  return viewer;
}

guint8 *
stage_read_frames (Viewer *viewer, guint n_frames)
{
  guint8 *frame = g_malloc (viewer_get_size (viewer));

  for (guint i = 0; i < n_frames; i++) {
    WireBuffer wire;
    guint32 index = viewer_wait (viewer, &wire);

    g_assert_cmpuint (get32 (wire.bytesused), ==, viewer_get_size (viewer));
    viewer_read (viewer, index, frame);
    g_assert_cmpuint (viewer_queue (viewer, index), ==, 0);
  }
  return frame;
}
