/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The module itself: its parameter, loading it and getting rid of it. */
#include <fcntl.h>
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fixture.h"
#include "reader.h"

static char *parameter_before;

/* Returns: the exit status of a command */
static int
execute (const char *command, const char *first, const char *second)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_new
      (G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error, command, first, second,
      NULL);

  if (!process || !g_subprocess_wait (process, NULL, &error))
    g_error ("%s: %s", command, error->message);
  return g_subprocess_get_exit_status (process);
}

static int
load (const char *parameter)
{
  int status = execute ("modprobe", "virtcam", parameter);

  test_camera_settle ();
  return status;
}

static void
unload (void)
{
  g_assert_cmpint (execute ("rmmod", "virtcam", NULL), ==, 0);
  g_assert_false (g_file_test ("/sys/module/virtcam", G_FILE_TEST_EXISTS));
}

/* The nodes of all cameras of a driver, in the order of their numbers. */
static GPtrArray *
find_nodes_of (const char *driver)
{
  GPtrArray *nodes = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < 256; i++) {
    g_autofree char *link = g_strdup_printf
        ("/sys/class/video4linux/video%u/device/driver", i);
    g_autofree char *target = g_file_read_link (link, NULL);

    if (target && g_str_has_suffix (target, driver))
      g_ptr_array_add (nodes, g_strdup_printf ("/dev/video%u", i));
  }
  return nodes;
}

static GPtrArray *
find_nodes (void)
{
  return find_nodes_of ("/virtcam");
}

/* How many cameras the module says can be made at once. */
static guint
read_limit (void)
{
  g_autofree char *text = NULL;
  g_autoptr (GMatchInfo) match = NULL;
  g_autoptr (GRegex) regex = g_regex_new ("^devices:.* 0 to ([0-9]+)",
      G_REGEX_MULTILINE, 0, NULL);
  g_autofree char *number = NULL;
  GError *error = NULL;

  if (!g_spawn_command_line_sync ("modinfo -F parm virtcam", &text, NULL, NULL,
          &error))
    g_error ("modinfo: %s", error->message);
  if (!g_regex_match (regex, text, 0, &match))
    g_error ("modinfo says of no limit of devices: %s", text);
  number = g_match_info_fetch (match, 1);
  return (guint) g_ascii_strtoull (number, NULL, 10);
}

static void
devices_makes_so_many_cameras (Fixture * fixture)
{
  const guint counts[] = { 0, 1, 2, read_limit () };

  (void) fixture;
  for (guint i = 0; i < G_N_ELEMENTS (counts); i++) {
    g_autofree char *parameter = g_strdup_printf ("devices=%u", counts[i]);
    g_autoptr (GPtrArray) nodes = NULL;

    unload ();
    g_assert_cmpint (load (parameter), ==, 0);
    nodes = find_nodes ();
    g_assert_cmpuint (nodes->len, ==, counts[i]);
    for (guint n = 0; n < nodes->len; n++)
      reader_close (reader_open (g_ptr_array_index (nodes, n)));
  }
}

static void
without_a_parameter_there_is_one_camera_that_streams (Fixture * fixture)
{
  g_autoptr (GPtrArray) nodes = NULL;
  g_autoptr (Reader) reader = NULL;
  struct v4l2_buffer buffer;

  (void) fixture;
  unload ();
  g_assert_cmpint (load (NULL), ==, 0);
  nodes = find_nodes ();
  g_assert_cmpuint (nodes->len, ==, 1);
  reader = reader_open (g_ptr_array_index (nodes, 0));
  reader_start (reader, 2);
  reader_dequeue (reader, &buffer);
  g_assert_cmpuint (reader_stamp (reader, reader->data[buffer.index]).sequence,
      ==, 0);
}

/* Two nodes each, the one to look at first */
static void
feeds_makes_so_many_cameras_that_programs_feed (Fixture * fixture)
{
  const guint counts[] = { 0, 1, 2, read_limit () };

  (void) fixture;
  for (guint i = 0; i < G_N_ELEMENTS (counts); i++) {
    g_autofree char *parameter = g_strdup_printf ("feeds=%u", counts[i]);
    g_autoptr (GPtrArray) nodes = NULL;

    unload ();
    g_assert_cmpint (load (parameter), ==, 0);
    nodes = find_nodes_of ("/virtcam-feed");
    g_assert_cmpuint (nodes->len, ==, 2 * counts[i]);
    for (guint n = 0; n < nodes->len; n++) {
      g_autoptr (Reader) reader = reader_open (g_ptr_array_index (nodes, n));

      g_assert_cmpuint (reader->format.type, ==, n % 2 ?
          V4L2_BUF_TYPE_VIDEO_OUTPUT : V4L2_BUF_TYPE_VIDEO_CAPTURE);
    }
  }
}

static void
assert_bad_numbers_are_refused (const char *name)
{
  const guint limit = read_limit ();
  g_autofree char *too_many = g_strdup_printf ("%u", limit + 1);
  const char *const bad[] = { too_many, "-1", "abc", "1.5", "4294967296" };

  unload ();
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *parameter = g_strdup_printf ("%s=%s", name, bad[i]);
    g_autofree char *line = g_strdup_printf
        ("%s: '%s' is refused; allowed is 0 to %u", name, bad[i], limit);
    g_autoptr (GPtrArray) nodes = NULL;
    KernelLog *log = kernel_log_open ();

    g_assert_cmpint (load (parameter), !=, 0);
    g_assert_false (g_file_test ("/sys/module/virtcam",
            G_FILE_TEST_EXISTS));
    nodes = find_nodes ();
    g_assert_cmpuint (nodes->len, ==, 0);
    if (!strstr (kernel_log_read (log), line))
      g_error ("the log lacks \"%s\":\n%s", line, kernel_log_read (log));
    kernel_log_close (log);
  }
}

static void
bad_numbers_of_devices_are_refused_and_nothing_is_made (Fixture * fixture)
{
  (void) fixture;
  assert_bad_numbers_are_refused ("devices");
}

static void
bad_numbers_of_feeds_are_refused_and_nothing_is_made (Fixture * fixture)
{
  (void) fixture;
  assert_bad_numbers_are_refused ("feeds");
}

static void
assert_cannot_unload (void)
{
  assert_refused (syscall (SYS_delete_module, "virtcam", O_NONBLOCK),
      EWOULDBLOCK);
  g_assert_cmpint (execute ("rmmod", "virtcam", NULL), !=, 0);
  g_assert_true (g_file_test ("/sys/module/virtcam", G_FILE_TEST_EXISTS));
}

static void
rmmod_is_refused_while_the_node_is_open (Fixture * fixture)
{
  g_autoptr (GPtrArray) nodes = NULL;
  Reader *reader;

  (void) fixture;
  unload ();
  g_assert_cmpint (load ("devices=1"), ==, 0);
  nodes = find_nodes ();
  reader = reader_open (g_ptr_array_index (nodes, 0));
  assert_cannot_unload ();
  reader_start (reader, 2);
  assert_cannot_unload ();
  reader_close (reader);
  g_assert_cmpint (fixture_driver_references (), ==, 0);
}

/* The mapping holds the file, though nothing else does. */
static void
rmmod_is_refused_while_a_frame_is_mapped (Fixture * fixture)
{
  g_autoptr (GPtrArray) nodes = NULL;
  Reader *reader;

  (void) fixture;
  unload ();
  g_assert_cmpint (load ("devices=1"), ==, 0);
  nodes = find_nodes ();
  reader = reader_open (g_ptr_array_index (nodes, 0));
  reader_map (reader, 1);
  g_assert_no_errno (close (reader->fd));
  reader->fd = -1;
  assert_cannot_unload ();
  reader_close (reader);
  g_assert_cmpint (fixture_driver_references (), ==, 0);
}

static void
rmmod_is_refused_while_a_directory_is_there (Fixture * fixture)
{
  TestCamera *camera = test_camera_prepare ();

  (void) fixture;
  assert_cannot_unload ();
  test_camera_free (camera);
  g_assert_cmpint (fixture_driver_references (), ==, 0);
}

static void
rmmod_takes_idle_cameras_away (Fixture * fixture)
{
  g_autoptr (GPtrArray) nodes = NULL;

  (void) fixture;
  unload ();
  g_assert_cmpint (load ("devices=8"), ==, 0);
  unload ();
  nodes = find_nodes ();
  g_assert_cmpuint (nodes->len, ==, 0);
}

/* vb2's memory module serves it, not ours. */
static void
an_exported_buffer_outlives_the_module (Fixture * fixture)
{
  struct v4l2_exportbuffer export = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
  g_autoptr (GPtrArray) nodes = NULL;
  g_autofree guint8 *copy = NULL;
  struct v4l2_buffer buffer;
  Reader *reader;
  gsize length;
  void *data;

  (void) fixture;
  unload ();
  g_assert_cmpint (load ("devices=1"), ==, 0);
  nodes = find_nodes ();
  reader = reader_open (g_ptr_array_index (nodes, 0));
  reader_start (reader, 1);
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_EXPBUF, &export));
  reader_dequeue (reader, &buffer);
  length = reader->length[0];
  copy = g_memdup2 (reader->data[0], length);
  reader_close (reader);
  unload ();

  data = mmap (NULL, length, PROT_READ, MAP_SHARED, export.fd, 0);
  g_assert_true (data != MAP_FAILED);
  g_assert_cmpmem (data, length, copy, length);
  g_assert_no_errno (munmap (data, length));
  g_assert_no_errno (close (export.fd));
}

static gboolean
proc_modules_has (const char *text)
{
  g_autofree char *modules = NULL;
  GError *error = NULL;

  if (!g_file_get_contents ("/proc/modules", &modules, NULL, &error))
    g_error ("%s", error->message);
  return strstr (modules, text) != NULL;
}

static void
the_module_that_obs_looks_for_neither_needs_nor_holds_virtcam (Fixture *fixture)
{
  (void) fixture;
  unload ();
  g_assert_false (proc_modules_has ("v4l2loopback"));
  g_assert_cmpint (execute ("modprobe", "virtcam_v4l2loopback", NULL), ==, 0);
  g_assert_true (proc_modules_has ("v4l2loopback"));
  g_assert_false (g_file_test ("/sys/module/virtcam", G_FILE_TEST_EXISTS));

  g_assert_cmpint (load ("feeds=1"), ==, 0);
  unload ();
  g_assert_true (proc_modules_has ("v4l2loopback"));
  g_assert_cmpint (execute ("rmmod", "virtcam_v4l2loopback", NULL), ==, 0);
  g_assert_false (proc_modules_has ("v4l2loopback"));
}

static void
no_module_of_ours_answers_to_the_name_v4l2loopback (Fixture *fixture)
{
  g_autofree char *names = NULL;
  GError *error = NULL;

  (void) fixture;
  if (!g_spawn_command_line_sync (
          "modprobe --resolve-alias v4l2loopback", &names, NULL, NULL, &error))
    g_error ("modprobe: %s", error->message);
  if (strstr (names, "virtcam"))
    g_error ("v4l2loopback is taken for %s", names);
}

static void
run_and_load_again (Fixture * fixture, gconstpointer test)
{
  ((FixtureTest) test) (fixture);
  if (g_file_test ("/sys/module/virtcam", G_FILE_TEST_EXISTS))
    unload ();
  g_assert_cmpint (load (parameter_before), ==, 0);
}

/* As the module was loaded before, so that it can be loaded so again. */
static char *
read_parameter (void)
{
  g_autofree char *value = NULL;
  GError *error = NULL;

  if (!g_file_get_contents ("/sys/module/virtcam/parameters/devices", &value,
          NULL, &error))
    g_error ("%s", error->message);
  return g_strdup_printf ("devices=%s", g_strchomp (value));
}

static void
set_up (Fixture * fixture, gconstpointer test)
{
  (void) test;
  fixture->log = kernel_log_open ();
  test_camera_settle ();
}

static void
tear_down (Fixture * fixture, gconstpointer test)
{
  (void) test;
  fixture_finish (fixture);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
  test_camera_settle ();
  if (fixture_driver_references () != 0) {
    printf ("1..0 # SKIP virtcam is in use, and these tests unload it\n");
    return 77;
  }
  parameter_before = read_parameter ();
#define ADD(name) g_test_add ("/module/" #name, Fixture, \
    (gconstpointer) name, set_up, run_and_load_again, tear_down)
  ADD (devices_makes_so_many_cameras);
  ADD (feeds_makes_so_many_cameras_that_programs_feed);
  ADD (without_a_parameter_there_is_one_camera_that_streams);
  ADD (bad_numbers_of_devices_are_refused_and_nothing_is_made);
  ADD (bad_numbers_of_feeds_are_refused_and_nothing_is_made);
  ADD (rmmod_is_refused_while_the_node_is_open);
  ADD (rmmod_is_refused_while_a_frame_is_mapped);
  ADD (rmmod_is_refused_while_a_directory_is_there);
  ADD (rmmod_takes_idle_cameras_away);
  ADD (an_exported_buffer_outlives_the_module);
  ADD (the_module_that_obs_looks_for_neither_needs_nor_holds_virtcam);
  ADD (no_module_of_ours_answers_to_the_name_v4l2loopback);
  return g_test_run ();
}
