/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A feed's directory: what is refused, what is taken, and what it makes. */
#include <glib/gstdio.h>
#include <string.h>

#include "feeder.h"
#include "fixture.h"

static void
assert_attribute (TestCamera *camera, const char *name, const char *value)
{
  g_autofree char *found = test_camera_get (camera, name);

  g_assert_cmpstr (found, ==, value);
}

static void
bad_values_are_refused_with_a_line_in_the_log (Fixture *fixture)
{
  static const struct {
    const char *name, *value, *allowed;
  } cases[] = {
    { "formats", "ABCD", "MJPG" },
    { "formats", "YUYV YUYV", "once" },
    { "sizes", "641x480", "even" },
    { "sizes", "640x480-320x240", "range" },
    { "sizes", "640x480-641x480", "even" },
    { "sizes", "16x16-320x240 640x480", "in which the others lie" },
    { "sizes", "16x16-320x240 16x16-640x480", "one may be a range" },
    { "sizes", "16x16-", "range" },
    { "sizes", "7680x4320", "3840x2160" },
    { "intervals", "1/30-1/60", "range" },
    { "intervals", "1/60-1/30 1/50-1/20", "one may be a range" },
    { "intervals", "30", "N/M" },
    { "timeout", "0", "1 to 3600000" },
    { "timeout", "3600001", "1 to 3600000" },
    { "timeout", "1s", "1 to 3600000" },
    { "placeholder", "Picture", "picture, last or none" },
    { "placeholder", "nothing", "picture, last or none" },
    { "viewers", "0", "1 to 15" },
    { "viewers", "16", "1 to 15" },
    { "viewers", "-1", "1 to 15" },
    { "card", "caf\xe9", "UTF-8" },
  };

  fixture->camera = test_feed_prepare ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    fixture_assert_setting_refused (fixture, cases[i].name, cases[i].value,
        G_FILE_ERROR_INVAL, (const char *[]){ cases[i].allowed, NULL });
}

static void
defaults_are_these (Fixture *fixture)
{
  static const char *const settings[][2] = {
    { "formats", "YUYV NV12 YU12 UYVY RGB3 BGR3 XR24 AR24" },
    { "sizes", "640x480 320x240 1280x720 1920x1080 3840x2160 16x16-3840x2160" },
    { "intervals", "1/30 1/60 1/25 1/15 1/1000-10/1" },
    { "timeout", "500" },
    { "placeholder", "picture" },
    { "viewers", "1" },
    { "enabled", "0" },
    { "node", "" },
    { "output", "" },
  };

  fixture->camera = test_feed_prepare ();
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    assert_attribute (fixture->camera, settings[i][0], settings[i][1]);
}

static void
settings_read_back_and_do_not_change_while_enabled (Fixture *fixture)
{
  static const char *const settings[][2] = {
    { "card", "Desk" },
    { "formats", "MJPG NV12" },
    { "sizes", "800x600 320x240-1280x720" },
    { "intervals", "1/30 1/100-1/1" },
    { "timeout", "3600000" },
    { "placeholder", "last" },
    { "viewers", "15" },
  };

  fixture->camera = test_feed_prepare ();
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
    g_assert_true (test_camera_set (
        fixture->camera, settings[i][0], settings[i][1], NULL));
    assert_attribute (fixture->camera, settings[i][0], settings[i][1]);
  }
  test_camera_enable (fixture->camera);
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    fixture_assert_setting_refused (fixture, settings[i][0], settings[i][1],
        G_FILE_ERROR_FAILED, (const char *[]){ "write 0 to enabled", NULL });
}

static void
disabling_takes_both_nodes_away (Fixture *fixture)
{
  for (guint i = 0; i < 3; i++) {
    g_autofree char *node = g_strdup (fixture->camera->node);
    g_autofree char *output = g_strdup (fixture->camera->output);

    g_assert_no_errno (g_access (node, 0));
    g_assert_no_errno (g_access (output, 0));
    g_assert_true (test_camera_set (fixture->camera, "enabled", "0", NULL));
    assert_attribute (fixture->camera, "node", "");
    assert_attribute (fixture->camera, "output", "");
    g_assert_cmpint (g_access (node, 0), ==, -1);
    g_assert_cmpint (g_access (output, 0), ==, -1);
    test_camera_enable (fixture->camera);
  }
  test_camera_unbind (fixture->camera);
  assert_attribute (fixture->camera, "enabled", "0");
  assert_attribute (fixture->camera, "output", "");
  test_camera_bind (fixture->camera);
  g_assert_no_errno (g_access (fixture->camera->output, 0));
}

static void
neither_node_nor_output_can_be_written (Fixture *fixture)
{
  static const char *const names[] = { "node", "output" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path =
        g_build_filename (fixture->camera->directory, names[i], NULL);
    GStatBuf status;

    g_assert_no_errno (g_stat (path, &status));
    g_assert_cmphex (status.st_mode & 0777, ==, 0444);
  }
}

static void
query (const char *node, struct v4l2_capability *cap)
{
  g_autoptr (Reader) reader = reader_open (node);

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_QUERYCAP, cap));
}

/* Programs take a node by what it can do, and by its bus_info. */
static void
each_node_can_do_one_thing_and_has_a_name_of_its_own (Fixture *fixture)
{
  const guint viewers = 15, nodes = viewers + 1;
  struct v4l2_capability caps[16];

  fixture->camera = test_feed_new ("viewers", "15", "card", "Desk", NULL);
  for (guint i = 0; i < nodes; i++) {
    g_autofree char *node = test_feed_viewer_node (fixture->camera, i);
    const guint32 can =
        i < viewers ? V4L2_CAP_VIDEO_CAPTURE : V4L2_CAP_VIDEO_OUTPUT;

    if (i == 0)
      g_assert_cmpstr (node, ==, fixture->camera->node);
    if (i == viewers)
      g_assert_cmpstr (node, ==, fixture->camera->output);
    query (node, &caps[i]);
    g_assert_cmpstr ((char *) caps[i].card, ==, "Desk");
    g_assert_cmpstr ((char *) caps[i].driver, ==, "virtcam");
    g_assert_cmphex (
        caps[i].device_caps & (V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_OUTPUT),
        ==, can);
  }
  for (guint i = 0; i < nodes * nodes; i++)
    if (i / nodes != i % nodes)
      g_assert_false (g_str_has_prefix ((char *) caps[i / nodes].bus_info,
          (char *) caps[i % nodes].bus_info));
}

/* Each of them is to work, or the directory is of no use. */
static void
unusual_settings_make_cameras_that_work (Fixture *fixture)
{
  static const char *const settings[][2] = {
    { "sizes", "16x16-3840x2160" },
    { "sizes", "640x480-640x480" },
    { "sizes", "640x480 640x480-640x480" },
    { "intervals", "1/1000-10/1" },
    { "intervals", "1/30-1/30" },
    { "intervals", "1/5 1/60-1/30" },
    { "formats", "GREY" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
    g_autoptr (Reader) feeder = NULL;
    g_autoptr (Reader) reader = NULL;

    g_test_message ("%s %s", settings[i][0], settings[i][1]);
    fixture->camera = test_feed_new (settings[i][0], settings[i][1], NULL);
    reader = reader_open (fixture->camera->node);
    reader_start (reader, 2);
    feeder = reader_open (fixture->camera->output);
    g_assert_cmpuint (
        feeder->format.fmt.pix.sizeimage, ==, reader->format.fmt.pix.sizeimage);
    feeder_write (feeder, i);
    g_assert_cmpuint (feeder_assert_next (reader, i), ==, 0);
    g_clear_pointer (&fixture->camera, test_camera_free);
  }
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add_feed ("/feed-settings/" #name, name)
#define ADD_BARE(name) \
  fixture_add_without_camera ("/feed-settings/" #name, name)
  ADD_BARE (bad_values_are_refused_with_a_line_in_the_log);
  ADD_BARE (defaults_are_these);
  ADD_BARE (settings_read_back_and_do_not_change_while_enabled);
  ADD (disabling_takes_both_nodes_away);
  ADD (neither_node_nor_output_can_be_written);
  ADD_BARE (each_node_can_do_one_thing_and_has_a_name_of_its_own);
  ADD_BARE (unusual_settings_make_cameras_that_work);
  return g_test_run ();
}
