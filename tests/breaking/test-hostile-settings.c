/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values that no user would write, and users that do not wait for each other. */
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "breaking.h"
#include "hostile-setting.h"

#define PROCESSES 4
#define PROBE_EVERY 25 /* values until what came of them is streamed */
#define SHARED_NAME VIRTCAM_CONFIGFS "/everybody's"

/* In one write(2), also what holds a NUL. Returns: 0 or errno */
static int
write_value (const char *path, const char *value, gsize length)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  int error = fd < 0 ? errno : 0;
  ssize_t written;

  if (fd < 0)
    return error;
  written = write (fd, value, length);
  error = written < 0 ? errno : 0;
  if (written >= 0)
    g_assert_cmpint (written, ==, (ssize_t) length);
  g_assert_no_errno (close (fd));
  return error;
}

static int
write_text (const char *path, const char *text)
{
  return write_value (path, text, strlen (text));
}

/* Returns: (transfer full): the value, or NULL with errno set */
static char *
read_value (const char *path)
{
  char text[4097];
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  ssize_t length;
  int error;

  if (fd < 0)
    return NULL;
  length = read (fd, text, sizeof (text) - 1);
  error = errno;
  g_assert_no_errno (close (fd));
  errno = error;
  if (length < 0)
    return NULL;
  text[length] = '\0';
  g_assert_cmpuint (strlen (text), ==, (gsize) length);
  g_assert_true (length > 0 && text[length - 1] == '\n');
  text[length - 1] = '\0';
  return g_strdup (text);
}

typedef struct {
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
  g_autofree char *before = read_value (path);
  g_autofree char *normal = hostile_setting_normal (setting, value);
  g_autofree char *shown = g_strescape (value->str, NULL);
  g_autofree char *after = NULL;
  int error = write_value (path, value->str, value->len);

  after = read_value (path);
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

/* A camera can be made from whatever was taken. */
static void
assert_one_frame (Settings *settings)
{
  TestCamera *camera = settings->camera;
  Reader *reader;
  struct v4l2_buffer buffer;

  test_camera_enable (camera);
  reader = reader_open (camera->node);
  reader_start (reader, 2);
  reader_dequeue (reader, &buffer);
  g_assert_cmpuint (buffer.bytesused, ==, reader->format.fmt.pix.sizeimage);
  reader_close (reader);
  disable (camera);
  settings->streamed++;
}

static void
every_value_is_taken_as_it_is_or_refused_without_a_trace (Fixture *fixture)
{
  const guint times = breaking_times (500, 10000);
  Settings settings = { .log = fixture->log };
  Chance chance;

  chance_init (&chance, breaking_seed ());
  fixture->camera = settings.camera = test_camera_prepare ();
  for (guint i = 0; i < times; i++) {
    for (guint s = 0; s < hostile_n_settings; s++) {
      GString *value = hostile_setting_value (&hostile_settings[s], &chance);

      assert_value_is_judged (&settings, &hostile_settings[s], value);
      g_string_free (value, TRUE);
      /* The others cannot change while it is 1. */
      if (strcmp (hostile_settings[s].name, "enabled") == 0)
        disable (settings.camera);
    }
    if (i % PROBE_EVERY == 0)
      assert_one_frame (&settings);
    kernel_log_read (settings.log);
  }
  breaking_figure ("%u values for each of %u attributes: %u taken, %u refused, "
                   "%u cameras streamed",
      times, hostile_n_settings, settings.taken, settings.refused,
      settings.streamed);
  g_assert_cmpuint (settings.taken, >, times / 2);
  g_assert_cmpuint (settings.refused, >, times);
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
    value = read_value (card);
    g_assert_cmpstr (value, ==, wanted);
    g_assert_no_errno (g_rmdir (path));
    made++;
  }
  kernel_log_read (fixture->log);
  breaking_figure ("%u names, %u of them made a directory", times, made);
  g_assert_cmpuint (made, >, 0);
  g_assert_cmpuint (made, <, times);
}

/* One of four that all do things to the same directory. */
typedef void (*Meddler) (Chance *chance);

static void
run_meddlers (Meddler meddle, guint times)
{
  guint32 seed = breaking_seed ();
  pid_t processes[PROCESSES];

  for (guint i = 0; i < PROCESSES; i++) {
    processes[i] = fork ();
    g_assert_no_errno ((int) processes[i]);
    if (processes[i] == 0) {
      Chance chance;

      chance_init (&chance, seed + i);
      for (guint t = 0; t < times; t++)
        meddle (&chance);
      _exit (0);
    }
  }
  for (guint i = 0; i < PROCESSES; i++) {
    int status;

    g_assert_cmpint (waitpid (processes[i], &status, 0), ==, processes[i]);
    g_assert_cmpint (status, ==, 0);
  }
}

static void
assert_one_of (int error, const int *allowed)
{
  for (guint i = 0; allowed[i] >= 0; i++)
    if (error == allowed[i])
      return;
  g_error ("surprising: %s", g_strerror (error));
}

static const char *const attributes[] = {
  "card",
  "formats",
  "sizes",
  "intervals",
  "memory",
  "pacing",
  "enabled",
  "node",
};

static void
read_any (Chance *chance)
{
  /* ENODEV, from some kernels: it was there when it was opened. */
  static const int allowed[] = { ENOENT, ENODEV, -1 };
  g_autofree char *path =
      g_build_filename (SHARED_NAME, chance_pick (chance, attributes), NULL);
  g_autofree char *value = read_value (path);

  if (!value)
    assert_one_of (errno, allowed);
}

static void
write_any (Chance *chance)
{
  static const int allowed[] = { 0, ENOENT, ENODEV, EBUSY, -1 };
  static const char *const writes[][2] = {
    { "enabled", "1" },
    { "enabled", "0" },
    { "enabled", "1" },
    { "card", "Ours" },
    { "sizes", "64x64" },
    { "formats", "GREY NV12" },
    { "memory", "dma-sg" },
    { "memory", "vmalloc" },
    { "intervals", "1/100" },
    { "pacing", "none" },
    { "pacing", "interval" },
  };
  const char *const *what =
      writes[chance_below (chance, G_N_ELEMENTS (writes))];
  g_autofree char *path = g_build_filename (SHARED_NAME, what[0], NULL);

  assert_one_of (write_text (path, what[1]), allowed);
}

static void
make_or_remove (Chance *chance)
{
  /* EBUSY: somebody else is making or removing it at this moment. */
  static const int made[] = { 0, EEXIST, EBUSY, ENOENT, -1 };
  static const int removed[] = { 0, ENOENT, EBUSY, -1 };
  int result;

  if (chance_one_in (chance, 2)) {
    result = g_mkdir (SHARED_NAME, 0755);
    assert_one_of (result ? errno : 0, made);
  } else {
    result = g_rmdir (SHARED_NAME);
    assert_one_of (result ? errno : 0, removed);
  }
}

static void
meddle_with_all (Chance *chance)
{
  switch (chance_below (chance, 4)) {
  case 0:
    make_or_remove (chance);
    break;
  case 1:
    read_any (chance);
    break;
  default:
    write_any (chance);
  }
}

/* A device of any camera, by its driver's own files. */
static void
bind_or_unbind_any (Chance *chance)
{
  static const int allowed[] = { 0, ENODEV, EBUSY, EINVAL, ENOENT, EAGAIN, -1 };
  g_autofree char *device =
      g_strdup_printf ("virtcam.%u", chance_below (chance, 3));

  assert_one_of (
      write_text (chance_one_in (chance, 2) ? VIRTCAM_DRIVER "/bind"
                                            : VIRTCAM_DRIVER "/unbind",
          device),
      allowed);
}

static void
meddle_with_settings (Chance *chance)
{
  if (chance_one_in (chance, 3))
    bind_or_unbind_any (chance);
  else if (chance_one_in (chance, 3))
    read_any (chance);
  else
    write_any (chance);
}

static guint
count_cameras (void)
{
  g_autoptr (GDir) entries = g_dir_open (VIRTCAM_DRIVER, 0, NULL);
  const char *name;
  guint count = 0;

  while ((name = g_dir_read_name (entries)))
    count += g_str_has_prefix (name, "virtcam.");
  return count;
}

static void
one_name_made_and_removed_by_four_processes_leaves_nothing (Fixture *fixture)
{
  const guint times = breaking_times (150, 5000);
  const guint cameras = count_cameras ();

  run_meddlers (meddle_with_all, times);
  g_rmdir (SHARED_NAME);
  g_assert_false (g_file_test (SHARED_NAME, G_FILE_TEST_EXISTS));
  test_camera_settle ();
  g_assert_cmpuint (count_cameras (), ==, cameras);
  g_assert_cmpint (
      fixture_driver_references (), ==, fixture->driver_references);
  breaking_figure (
      "%u deeds of %d processes on one name", times * PROCESSES, PROCESSES);
}

static void
enabling_and_unbinding_at_once_leaves_a_camera_that_says_what_it_is (
    Fixture *fixture)
{
  const guint times = breaking_times (150, 5000);
  const guint cameras = count_cameras ();
  g_autofree char *enabled = NULL;
  g_autofree char *node = NULL;

  g_assert_no_errno (g_mkdir (SHARED_NAME, 0755));
  run_meddlers (meddle_with_settings, times);
  enabled = read_value (SHARED_NAME "/enabled");
  node = read_value (SHARED_NAME "/node");
  g_assert_cmpint (strcmp (enabled, "1") == 0, ==, node[0] != '\0');
  g_assert_cmpint (write_text (SHARED_NAME "/enabled", "1"), ==, 0);
  g_clear_pointer (&node, g_free);
  node = read_value (SHARED_NAME "/node");
  g_assert_true (g_str_has_prefix (node, "video"));
  g_assert_no_errno (g_rmdir (SHARED_NAME));
  test_camera_settle ();
  g_assert_cmpuint (count_cameras (), ==, cameras);
  g_assert_cmpint (
      fixture_driver_references (), ==, fixture->driver_references);
  breaking_figure (
      "%u deeds of %d processes on one camera", times * PROCESSES, PROCESSES);
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
assert_load_refused (const char *parameter)
{
  g_autoptr (KernelLog) log = kernel_log_open ();

  if (load (parameter) == 0)
    g_error ("virtcam took %s", parameter);
  g_assert_false (g_file_test ("/sys/module/virtcam", G_FILE_TEST_EXISTS));
  if (!strstr (kernel_log_read (log), "devices"))
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
  g_autofree char *digits = g_strnfill (900, '9');
  g_autofree char *longest = g_strdup_printf ("devices=%s", digits);

  (void) fixture;
  unload ();
  for (guint i = 0; i < G_N_ELEMENTS (values); i++) {
    g_autofree char *parameter = g_strdup_printf ("devices=%s", values[i]);

    assert_load_refused (parameter);
  }
  assert_load_refused (longest);
  assert_load_refused ("devices");
  g_assert_cmpint (load ("devices=0"), ==, 0);
  breaking_figure ("%u values of the module's parameter refused",
      (guint) G_N_ELEMENTS (values) + 2);
}

static void
the_parameter_cannot_be_written_while_loaded (Fixture *fixture)
{
  const char *path = "/sys/module/virtcam/parameters/devices";
  GStatBuf status;

  (void) fixture;
  g_assert_no_errno (g_stat (path, &status));
  g_assert_cmphex (status.st_mode & 0777, ==, 0444);
  g_assert_cmpint (write_text (path, "3"), ==, EACCES);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add_without_camera ("/hostile-settings/" #name, name)
  ADD (every_value_is_taken_as_it_is_or_refused_without_a_trace);
  ADD (a_name_makes_a_camera_of_that_name_or_no_directory);
  ADD (one_name_made_and_removed_by_four_processes_leaves_nothing);
  ADD (enabling_and_unbinding_at_once_leaves_a_camera_that_says_what_it_is);
  ADD (odd_parameters_are_refused_with_a_line_in_the_log);
  ADD (the_parameter_cannot_be_written_while_loaded);
  return g_test_run ();
}
