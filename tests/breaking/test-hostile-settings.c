/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values that no user would write. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "breaking.h"
#include "hostile-setting.h"
#include "knob.h"

#define PROBE_EVERY 25 /* values until what came of them is streamed */

typedef struct {
  const HostileSetting *all;
  TestCamera *camera;
  KernelLog *log;
  guint taken, refused, streamed;
} Settings;

static void
assert_value_is_judged (
    Settings *settings, const HostileSetting *setting, const GString *value)
{
  g_autofree char *path =
      g_build_filename (settings->camera->directory, setting->name, NULL);
  g_autofree char *before = knob_read (path);
  g_autofree char *normal = hostile_setting_normal (setting, value);
  g_autofree char *shown = g_strescape (value->str, NULL);
  g_autofree char *after = NULL;
  int error = knob_write (path, value->str, value->len);

  after = knob_read (path);
  if (error != (normal ? 0 : EINVAL))
    g_error ("%s '%s': %s", setting->name, shown, g_strerror (error));
  if (g_strcmp0 (after, normal ? normal : before) != 0)
    g_error (
        "%s '%s' reads '%s' after '%s'", setting->name, shown, after, before);
  if (normal)
    settings->taken++;
  else
    settings->refused++;
}

static void
disable (TestCamera *camera)
{
  GError *error = NULL;

  if (!test_camera_set (camera, "enabled", "0", &error))
    g_error ("%s", error->message);
}

/* In the mode that the viewer has fixed. Returns: bytes of it */
static gsize
feed_one_frame (TestCamera *camera)
{
  g_autoptr (Reader) feeder = reader_open (camera->output);
  gsize size = feeder->format.fmt.pix.sizeimage;
  g_autofree guint8 *frame = g_malloc0 (size);

  /* Compressed */
  if (feeder->format.fmt.pix.bytesperline == 0)
    size = 16;
  g_assert_cmpint (write (feeder->fd, frame, size), ==, (gssize) size);
  return size;
}

/* A camera can be made from whatever was taken. */
static void
assert_one_frame (Settings *settings)
{
  TestCamera *camera = settings->camera;
  Reader *reader;
  struct v4l2_buffer buffer;
  gsize size;

  test_camera_enable (camera);
  reader = reader_open (camera->node);
  reader_start (reader, 2);
  size = camera->output ? feed_one_frame (camera)
                        : reader->format.fmt.pix.sizeimage;
  reader_dequeue (reader, &buffer);
  g_assert_cmpuint (buffer.bytesused, ==, size);
  reader_close (reader);
  disable (camera);
  settings->streamed++;
}

static guint
try_all_settings (Settings *settings, Chance *chance)
{
  const HostileSetting *setting;

  for (setting = settings->all; setting->name; setting++) {
    GString *value = hostile_setting_value (setting, chance);

    assert_value_is_judged (settings, setting, value);
    g_string_free (value, TRUE);
    /* The others cannot change while it is 1. */
    if (strcmp (setting->name, "enabled") == 0)
      disable (settings->camera);
  }
  return (guint) (setting - settings->all);
}

static void
try_values (Fixture *fixture, TestCamera *camera, const HostileSetting *all,
    guint times)
{
  Settings settings = { .all = all, .camera = camera, .log = fixture->log };
  guint attributes = 0;
  Chance chance;

  chance_init (&chance, breaking_seed ());
  fixture->camera = camera;
  for (guint i = 0; i < times; i++) {
    attributes = try_all_settings (&settings, &chance);
    if (i % PROBE_EVERY == 0)
      assert_one_frame (&settings);
    kernel_log_read (settings.log);
  }
  breaking_figure ("%u values for each of %u attributes: %u taken, %u refused, "
                   "%u cameras streamed",
      times, attributes, settings.taken, settings.refused, settings.streamed);
  g_assert_cmpuint (settings.taken, >, times / 2);
  g_assert_cmpuint (settings.refused, >, times);
}

static void
every_value_is_taken_as_it_is_or_refused_without_a_trace (Fixture *fixture)
{
  try_values (fixture, test_camera_prepare (), hostile_settings,
      breaking_times (500, 10000));
}

/* Fewer: a feed may have 16 nodes. */
static void
every_value_of_a_feed_is_taken_or_refused_without_a_trace (Fixture *fixture)
{
  try_values (fixture, test_feed_prepare (), hostile_feed_settings,
      breaking_times (150, 10000));
}

static gboolean
is_good_name (const char *name)
{
  if (strlen (name) > 23)
    return FALSE;
  for (const char *at = name; *at; at++)
    if (!g_ascii_isprint (*at))
      return FALSE;
  return TRUE;
}

static char *
any_name (Chance *chance)
{
  guint length =
      1 + chance_below (chance, chance_one_in (chance, 8) ? 255 : 30);
  char *name = g_malloc0 (length + 1);

  for (guint i = 0; i < length; i++)
    do
      name[i] =
          (char) (chance_one_in (chance, 40) ? chance_next (chance)
                                             : ' ' + chance_below (chance, 95));
    while (name[i] == '/' || name[i] == '\0' || (i == 0 && name[i] == '.'));
  return name;
}

static void
a_name_makes_a_camera_of_that_name_or_no_directory (Fixture *fixture)
{
  const guint times = breaking_times (200, 5000);
  Chance chance;
  guint made = 0;

  chance_init (&chance, breaking_seed ());
  for (guint i = 0; i < times; i++) {
    g_autofree char *name = any_name (&chance);
    g_autofree char *path = g_strdup_printf (VIRTCAM_CONFIGFS "/%s", name);
    g_autofree char *card = g_build_filename (path, "card", NULL);
    g_autofree char *wanted = g_strdup_printf ("virtcam %s", name);
    g_autofree char *value = NULL;

    if (!is_good_name (name)) {
      assert_refused (g_mkdir (path, 0755), EINVAL);
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
      continue;
    }
    g_assert_no_errno (g_mkdir (path, 0755));
    value = knob_read (card);
    g_assert_cmpstr (value, ==, wanted);
    g_assert_no_errno (g_rmdir (path));
    made++;
  }
  kernel_log_read (fixture->log);
  breaking_figure ("%u names, %u of them made a directory", times, made);
  g_assert_cmpuint (made, >, 0);
  g_assert_cmpuint (made, <, times);
}

/* Returns: the exit status */
static int
execute (const char *const *command)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process =
      g_subprocess_newv (command, G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error);

  if (!process || !g_subprocess_wait (process, NULL, &error))
    g_error ("%s: %s", command[0], error->message);
  return g_subprocess_get_exit_status (process);
}

static void
unload (void)
{
  g_assert_cmpint (
      execute ((const char *[]){ "rmmod", "virtcam", NULL }), ==, 0);
}

static int
load (const char *parameter)
{
  return execute ((const char *[]){ "modprobe", "virtcam", parameter, NULL });
}

static void
assert_load_refused (const char *name, const char *value)
{
  g_autofree char *parameter =
      value ? g_strdup_printf ("%s=%s", name, value) : g_strdup (name);
  g_autoptr (KernelLog) log = kernel_log_open ();

  if (load (parameter) == 0)
    g_error ("virtcam took %s", parameter);
  g_assert_false (g_file_test ("/sys/module/virtcam", G_FILE_TEST_EXISTS));
  if (!strstr (kernel_log_read (log), name))
    g_error (
        "nothing in the log about %s:\n%s", parameter, kernel_log_read (log));
}

static void
odd_parameters_are_refused_with_a_line_in_the_log (Fixture *fixture)
{
  static const char *const values[] = {
    "65",
    "-1",
    "-0",
    "0x10",
    "4294967295",
    "4294967296",
    "4294967360",
    "18446744073709551616",
    "1 2",
    "1,2",
    "%s%n",
    "1e1",
    "1.0",
    "",
    "\xff\xfe",
    "NaN",
    "true",
    "devices",
    "00000000000000000000000000000065",
  };
  static const char *const names[] = { "devices", "feeds" };
  g_autofree char *digits = g_strnfill (900, '9');

  (void) fixture;
  unload ();
  for (guint n = 0; n < G_N_ELEMENTS (names); n++) {
    for (guint i = 0; i < G_N_ELEMENTS (values); i++)
      assert_load_refused (names[n], values[i]);
    assert_load_refused (names[n], digits);
    assert_load_refused (names[n], NULL);
  }
  g_assert_cmpint (load ("devices=0"), ==, 0);
  breaking_figure ("%u values of each of the module's %u parameters refused",
      (guint) G_N_ELEMENTS (values) + 2, (guint) G_N_ELEMENTS (names));
}

static void
the_parameters_cannot_be_written_while_loaded (Fixture *fixture)
{
  static const char *const paths[] = {
    "/sys/module/virtcam/parameters/devices",
    "/sys/module/virtcam/parameters/feeds",
  };
  GStatBuf status;

  (void) fixture;
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_assert_no_errno (g_stat (paths[i], &status));
    g_assert_cmphex (status.st_mode & 0777, ==, 0444);
    g_assert_cmpint (knob_try (paths[i], "3"), ==, EACCES);
  }
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add_without_camera ("/hostile-settings/" #name, name)
  ADD (every_value_is_taken_as_it_is_or_refused_without_a_trace);
  ADD (every_value_of_a_feed_is_taken_or_refused_without_a_trace);
  ADD (a_name_makes_a_camera_of_that_name_or_no_directory);
  ADD (odd_parameters_are_refused_with_a_line_in_the_log);
  ADD (the_parameters_cannot_be_written_while_loaded);
  return g_test_run ();
}
