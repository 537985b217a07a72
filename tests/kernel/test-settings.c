/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings of directories: what is refused, how, and what is left behind. */
#include <dirent.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "fixture.h"
#include "reader.h"

static guint
count_entries (const char *directory, const char *prefix)
{
  g_autoptr (GDir) entries = g_dir_open (directory, 0, NULL);
  const char *name;
  guint count = 0;

  while (entries && (name = g_dir_read_name (entries)))
    count += g_str_has_prefix (name, prefix);
  return count;
}

static guint
count_cameras (void)
{
  return count_entries (VIRTCAM_DRIVER, "virtcam.");
}

static void
bad_values_are_refused_with_a_line_in_the_log (Fixture * fixture)
{
  static const struct
  {
    const char *name, *value;
    const char *shown, *allowed;
  } cases[] = {
    {"card", "", "''", "31"},
    {"card", "01234567890123456789012345678901", "'0123456789", "31"},
    {"card", "caf\xe9", "caf", "UTF-8"},
    {"formats", "MJPG", "'MJPG'", "YUYV"},
    {"formats", "YUYV YUYV", "'YUYV YUYV'", "once"},
    {"formats", "", "''", "RGGB"},
    {"sizes", "641x480", "'641x480'", "even"},
    {"sizes", "7680x4320", "'7680x4320'", "3840x2160"},
    {"sizes", "huge", "'huge'", "WIDTHxHEIGHT"},
    {"sizes", "640x480 0x0", "'640x480 0x0'", "16x16"},
    {"intervals", "30", "'30'", "N/M"},
    {"intervals", "1/0", "'1/0'", "N/M"},
    {"intervals", "1/100000", "'1/100000'", "1/1000"},
    {"memory", "dma-contig", "'dma-contig'", "vmalloc"},
    {"pacing", "fast", "'fast'", "interval or none"},
    {"pacing", "none none", "'none none'", "interval or none"},
    {"enabled", "2", "'2'", "0 or 1"},
    {"enabled", "yes", "'yes'", "0 or 1"},
    {"enabled", "", "''", "0 or 1"},
  };
  const guint cameras = count_cameras ();

  fixture->camera = test_camera_prepare ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const char *words[] = { cases[i].shown, cases[i].allowed, NULL };

    /* write(2) of nothing never gets as far as the driver. */
    if (cases[i].value[0] == '\0')
      fixture_assert_setting_refused (fixture, cases[i].name, "\n",
          G_FILE_ERROR_INVAL, (const char *[]) {cases[i].allowed, NULL});
    else
      fixture_assert_setting_refused (fixture, cases[i].name, cases[i].value,
          G_FILE_ERROR_INVAL, words);
  }
  g_assert_cmpuint (count_cameras (), ==, cameras);
}

static void
very_long_values_are_refused_and_cut_in_the_log (Fixture * fixture)
{
  static const char *const names[] = {
    "card", "formats", "sizes", "intervals", "memory", "pacing", "enabled",
  };
  g_autofree char *value = g_strnfill (4000, 'x');

  fixture->camera = test_camera_prepare ();
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    fixture_assert_setting_refused (fixture, names[i], value, G_FILE_ERROR_INVAL,
        (const char *[]) {"xxxxxxxx", "allowed", NULL});
}

static void
nothing_changes_while_the_camera_is_enabled (Fixture * fixture)
{
  static const char *const settings[][2] = {
    {"card", "other"}, {"formats", "NV12"}, {"sizes", "640x480"},
    {"intervals", "1/30"}, {"memory", "dma-sg"}, {"pacing", "none"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *before = test_camera_get (fixture->camera,
        settings[i][0]);
    g_autofree char *after = NULL;

    g_assert_false (test_camera_set (fixture->camera, settings[i][0],
            settings[i][1], &error));
    g_assert_nonnull (strstr (error->message, g_strerror (EBUSY)));
    after = test_camera_get (fixture->camera, settings[i][0]);
    g_assert_cmpstr (after, ==, before);
  }
}

static void
settings_read_back_as_they_were_written (Fixture * fixture)
{
  static const char *const settings[][2] = {
    {"card", "Front door #1"}, {"formats", "NV12 YUYV"},
    {"sizes", "800x600 16x16"}, {"intervals", "1001/30000 1/1"},
    {"memory", "dma-sg"}, {"pacing", "none"},
  };

  fixture->camera = test_camera_prepare ();
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
    g_autofree char *value = NULL;
    GError *error = NULL;

    if (!test_camera_set (fixture->camera, settings[i][0], settings[i][1],
            &error))
      g_error ("%s", error->message);
    value = test_camera_get (fixture->camera, settings[i][0]);
    g_assert_cmpstr (value, ==, settings[i][1]);
  }
}

static void
defaults_are_everything (Fixture * fixture)
{
  static const char *const settings[][2] = {
    {"formats", "YUYV UYVY NV12 YU12 RGB3 BGR3 XR24 GREY RGGB"},
    {"sizes", "160x120 320x240 640x480 1280x720 1920x1080 3840x2160"},
    {"intervals", "1/5 1/10 1/15 1/24 1/25 1/30 1/50 1/60"},
    {"memory", "vmalloc"}, {"pacing", "interval"}, {"enabled", "0"},
    {"node", ""},
  };

  fixture->camera = test_camera_prepare ();
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
    g_autofree char *value = test_camera_get (fixture->camera, settings[i][0]);

    g_assert_cmpstr (value, ==, settings[i][1]);
  }
}

static void
enabling_makes_the_node_at_once_and_disabling_takes_it_away (Fixture * fixture)
{
  const guint cameras = count_cameras ();

  fixture->camera = test_camera_prepare ();
  g_assert_cmpuint (count_cameras (), ==, cameras);
  for (guint i = 0; i < 3; i++) {
    g_autofree char *node = NULL;
    GError *error = NULL;

    test_camera_enable (fixture->camera);
    g_assert_cmpuint (count_cameras (), ==, cameras + 1);
    reader_close (reader_open (fixture->camera->node));
    g_assert_true (test_camera_set (fixture->camera, "enabled", "1", &error));
    g_assert_cmpuint (count_cameras (), ==, cameras + 1);
    g_assert_true (test_camera_set (fixture->camera, "enabled", "0", &error));
    g_assert_cmpuint (count_cameras (), ==, cameras);
    node = test_camera_get (fixture->camera, "node");
    g_assert_cmpstr (node, ==, "");
    g_assert_cmpint (g_access (fixture->camera->node, 0), ==, -1);
  }
}

static void
assert_attribute (TestCamera * camera, const char *name, const char *value)
{
  g_autofree char *found = test_camera_get (camera, name);

  g_assert_cmpstr (found, ==, value);
}

static void
an_unbound_camera_is_disabled_and_enabling_binds_it_again (Fixture * fixture)
{
  TestCamera *camera = fixture->camera;
  const guint cameras = count_cameras ();

  for (guint i = 0; i < 3; i++) {
    test_camera_unbind (camera);
    assert_attribute (camera, "enabled", "0");
    assert_attribute (camera, "node", "");
    g_assert_cmpuint (count_cameras (), ==, cameras - 1);
    /* It finds the node, or ends the test. */
    test_camera_enable (camera);
    assert_attribute (camera, "enabled", "1");
    g_assert_cmpuint (count_cameras (), ==, cameras);
    reader_close (reader_open (camera->node));
  }
  test_camera_unbind (camera);
  test_camera_bind (camera);
  assert_attribute (camera, "enabled", "1");
}

static void
change_sizes (TestCamera * camera, const char *sizes)
{
  GError *error = NULL;

  if (!test_camera_set (camera, "sizes", sizes, &error))
    g_error ("of a camera that is not enabled: %s", error->message);
  assert_attribute (camera, "sizes", sizes);
}

/* The camera itself has them, not only its directory. */
static void
assert_size (TestCamera * camera, guint width, guint height)
{
  g_autoptr (Reader) reader = reader_open (camera->node);

  g_assert_cmpuint (reader->format.fmt.pix.width, ==, width);
  g_assert_cmpuint (reader->format.fmt.pix.height, ==, height);
}

static void
settings_of_an_unbound_camera_can_be_changed (Fixture * fixture)
{
  TestCamera *camera = fixture->camera;
  GError *error = NULL;

  test_camera_unbind (camera);
  assert_attribute (camera, "enabled", "0");
  change_sizes (camera, "800x600");
  test_camera_enable (camera);
  assert_size (camera, 800, 600);

  test_camera_unbind (camera);
  change_sizes (camera, "320x200");
  test_camera_bind (camera);
  assert_attribute (camera, "enabled", "1");
  assert_size (camera, 320, 200);

  test_camera_unbind (camera);
  g_assert_true (test_camera_set (camera, "enabled", "0", &error));
  change_sizes (camera, "160x100");
  test_camera_enable (camera);
  assert_size (camera, 160, 100);
}

static void
settings_of_a_camera_bound_again_are_those_it_has (Fixture * fixture)
{
  TestCamera *camera = fixture->camera;

  test_camera_unbind (camera);
  change_sizes (camera, "800x600");
  test_camera_bind (camera);
  fixture_assert_setting_refused (fixture, "sizes", "320x200", G_FILE_ERROR_FAILED,
      (const char *[]) {"write 0 to enabled", NULL});
  assert_size (camera, 800, 600);
}

static void
node_cannot_be_written (Fixture * fixture)
{
  GStatBuf status;
  g_autofree char *path = g_build_filename (fixture->camera->directory, "node",
      NULL);

  g_assert_no_errno (g_stat (path, &status));
  g_assert_cmphex (status.st_mode & 0777, ==, 0444);
}

static void
names_too_long_for_a_card_make_no_directory (Fixture * fixture)
{
  const char *path =
      VIRTCAM_CONFIGFS "/a-name-that-is-much-too-long-for-a-camera";

  assert_refused (g_mkdir (path, 0755), EINVAL);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_nonnull (strstr (kernel_log_read (fixture->log),
          "a-name-that-is-much-too-long"));
}

/* The directory, with the card that it should have at first. */
static void
assert_named (const char *name, const char *card)
{
  g_autofree char *path = g_build_filename (VIRTCAM_CONFIGFS, name, NULL);
  TestCamera camera = {.directory = path };

  g_assert_no_errno (g_mkdir (path, 0755));
  assert_attribute (&camera, "card", card);
  assert_attribute (&camera, "pacing", "interval");
  g_assert_no_errno (g_rmdir (path));
}

static void
a_name_may_begin_with_its_kind (Fixture * fixture)
{
  (void) fixture;
  assert_named ("pattern.front", "virtcam front");
  assert_named ("pattern.front.door", "virtcam front.door");
  assert_named ("patterns.front", "virtcam patterns.front");
  assert_named ("front.door", "virtcam front.door");
  assert_named (".front", "virtcam .front");
  assert_refused (g_mkdir (VIRTCAM_CONFIGFS "/pattern.", 0755), EINVAL);
}

static void
many_directories_come_and_go (Fixture * fixture)
{
  TestCamera *cameras[32];
  const guint before = count_cameras ();

  (void) fixture;
  for (guint i = 0; i < G_N_ELEMENTS (cameras); i++)
    cameras[i] = test_camera_new ("formats", "GREY", "sizes", "160x120", NULL);
  g_assert_cmpuint (count_cameras (), ==, before + G_N_ELEMENTS (cameras));
  for (guint i = 0; i < G_N_ELEMENTS (cameras); i++)
    test_camera_free (cameras[i]);
  g_assert_cmpuint (count_cameras (), ==, before);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add ("/settings/" #name, name)
#define ADD_BARE(name) fixture_add_without_camera ("/settings/" #name, name)
  ADD_BARE (bad_values_are_refused_with_a_line_in_the_log);
  ADD_BARE (very_long_values_are_refused_and_cut_in_the_log);
  ADD (nothing_changes_while_the_camera_is_enabled);
  ADD_BARE (settings_read_back_as_they_were_written);
  ADD_BARE (defaults_are_everything);
  ADD_BARE (enabling_makes_the_node_at_once_and_disabling_takes_it_away);
  ADD (an_unbound_camera_is_disabled_and_enabling_binds_it_again);
  ADD (settings_of_an_unbound_camera_can_be_changed);
  ADD (settings_of_a_camera_bound_again_are_those_it_has);
  ADD (node_cannot_be_written);
  ADD_BARE (names_too_long_for_a_card_make_no_directory);
  ADD_BARE (a_name_may_begin_with_its_kind);
  ADD_BARE (many_directories_come_and_go);
  return g_test_run ();
}
