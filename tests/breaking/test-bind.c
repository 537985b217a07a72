/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The scenarios of v4l-utils' test-media: unbound while idle, while a program
 * waits for a frame and while sleepers hold every node open, bound again each
 * time; then the module goes, and nothing of it is left in memory.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "breaking.h"
#include "course.h"
#include "knob.h"
#include "unplug.h"

#define CAMERAS 4
#define SLEEPERS 3              /* of each node */
#define KMEMLEAK "/sys/kernel/debug/kmemleak"

/* kmemleak is silent about what is younger, since somebody may be about to
 * store where it is. */
#define KMEMLEAK_AGE_S 6

static void
assert_streams (const char *node)
{
  g_autoptr (Reader) reader = reader_open (node);
  Course course;

  course_start (&course, reader, 4);
  course_follow (&course, 2);
  course_finish (&course);
}

static void
unbound_while_idle_it_comes_back (Fixture * fixture)
{
  const guint times = breaking_times (20, 1000);

  for (guint i = 0; i < times; i++) {
    test_camera_unbind (fixture->camera);
    g_assert_cmpint (access (fixture->camera->node, F_OK), ==, -1);
    test_camera_bind (fixture->camera);
  }
  assert_streams (fixture->camera->node);
  breaking_figure ("unbound while idle and bound again: %u times", times);
}

static void
unbind_while_blocked (TestCamera * camera)
{
  g_autoptr (Reader) reader = reader_open (camera->node);
  struct v4l2_buffer buffer;
  BlockedCall *blocked;
  int error;

  reader_start (reader, 1);
  reader_dequeue (reader, &buffer);
  blocked = blocked_call_start (reader, call_dqbuf, &buffer, SYS_ioctl);
  test_camera_unbind (camera);
  g_assert_cmpint (blocked_call_join (blocked, &error), ==, -1);
  g_assert_cmpstr (g_strerror (error), ==, g_strerror (ENODEV));
}

static void
unbound_while_a_program_waits_it_comes_back (Fixture * fixture)
{
  const guint times = breaking_times (10, 200);

  for (guint i = 0; i < times; i++) {
    unbind_while_blocked (fixture->camera);
    test_camera_bind (fixture->camera);
  }
  assert_streams (fixture->camera->node);
  breaking_figure ("unbound while DQBUF waits and bound again: %u times",
      times);
}

/* A process that holds the node open for as long as it lives. */
static pid_t
sleeper_new (const char *node)
{
  int ready[2];
  char byte;
  pid_t pid;

  g_assert_no_errno (pipe2 (ready, O_CLOEXEC));
  pid = fork ();
  g_assert_no_errno (pid);
  if (pid == 0) {
    int fd = open (node, O_RDWR | O_CLOEXEC);

    if (fd < 0 || write (ready[1], "x", 1) != 1)
      _exit (1);
    for (;;)
      pause ();
  }
  close (ready[1]);
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  close (ready[0]);
  return pid;
}

static void
sleeper_end (pid_t pid)
{
  int status;

  g_assert_no_errno (kill (pid, SIGKILL));
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFSIGNALED (status));
}

static void
unbind_all_under_sleepers (TestCamera ** cameras)
{
  pid_t sleepers[CAMERAS * SLEEPERS];

  for (guint i = 0; i < G_N_ELEMENTS (sleepers); i++)
    sleepers[i] = sleeper_new (cameras[i % CAMERAS]->node);
  for (guint i = 0; i < CAMERAS; i++)
    test_camera_unbind (cameras[i]);
  for (guint i = 0; i < CAMERAS; i++) {
    test_camera_bind (cameras[i]);
    assert_streams (cameras[i]->node);
  }
  for (guint i = 0; i < G_N_ELEMENTS (sleepers); i++)
    sleeper_end (sleepers[i]);
}

static void
unbound_while_sleepers_hold_every_node_all_come_back (Fixture * fixture)
{
  const guint times = breaking_times (3, 50);
  TestCamera *cameras[CAMERAS];

  for (guint i = 0; i < CAMERAS; i++)
    cameras[i] = test_camera_new (NULL, NULL);
  for (guint i = 0; i < times; i++)
    unbind_all_under_sleepers (cameras);
  for (guint i = 0; i < CAMERAS; i++)
    test_camera_free (cameras[i]);
  test_camera_settle ();
  g_assert_cmpint (fixture_driver_references (), ==,
      fixture->driver_references);
  breaking_figure ("%u cameras unbound while %u sleepers hold each: %u times",
      CAMERAS, SLEEPERS, times);
}

static void
run_command (const char *command)
{
  int status;
  GError *error = NULL;

  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, &status,
          &error));
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
}

static void
assert_no_leak (void)
{
  g_autofree char *found = NULL;

  knob_try (KMEMLEAK, "scan");
  g_usleep (KMEMLEAK_AGE_S * G_USEC_PER_SEC);
  knob_set (KMEMLEAK, "scan");
  g_assert_true (g_file_get_contents (KMEMLEAK, &found, NULL, NULL));
  if (found[0])
    g_error ("kmemleak: %s", found);
}

/* The last holder sleeps on after its camera, and lets go of the module. */
static void
after_the_sleepers_the_module_goes_without_a_leak (Fixture * fixture)
{
  TestCamera *camera = test_camera_new (NULL, NULL);
  pid_t sleeper = sleeper_new (camera->node);

  test_camera_unbind (camera);
  test_camera_free (camera);
  test_camera_settle ();
  g_assert_cmpint (fixture_driver_references (), ==,
      fixture->driver_references + 1);
  sleeper_end (sleeper);
  run_command ("rmmod virtcam");
  g_assert_cmpint (access ("/sys/module/virtcam", F_OK), ==, -1);
  /* The quick form leaves that to the scan that comes last in its guest. */
  if (breaking_times (0, 1) && access (KMEMLEAK, W_OK) == 0)
    assert_no_leak ();
  run_command ("modprobe virtcam devices=0");
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add ("/bind/" #name, name)
  ADD (unbound_while_idle_it_comes_back);
  ADD (unbound_while_a_program_waits_it_comes_back);
#define ADD_WITHOUT(name) fixture_add_without_camera ("/bind/" #name, name)
  ADD_WITHOUT (unbound_while_sleepers_hold_every_node_all_come_back);
  ADD_WITHOUT (after_the_sleepers_the_module_goes_without_a_leak);
  return g_test_run ();
}
