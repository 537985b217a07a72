/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's own tools/testing/selftests/media_tests, as they are: programs
 * of video_device_test hold a node each and ask it every 10 seconds, and the
 * loop of bind_unbind_sample.sh, which is there to be filled in, takes the
 * camera from under them. The others of that folder want a media device, which
 * no camera here has.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "breaking.h"

#define HOLDERS 6

/* The program says something every 10 s; on a machine that crawls, later. */
#define SILENCE_MS (120 * 1000)

/**
 * Holder:
 * @pid: the program
 * @terminal: where it writes, since into a pipe it would write much later
 * @said: all of it
 */
typedef struct
{
  pid_t pid;
  int terminal;
  GString *said;
} Holder;

/* Beside this program, where there was a kernel's source to build it from. */
static char *
find_program (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = g_path_get_dirname (self);

  return g_build_filename (folder, "video_device_test", NULL);
}

static void
holder_start (Holder * holder, const char *program, const char *node)
{
  int slave;

  holder->terminal = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC);
  g_assert_no_errno (holder->terminal);
  g_assert_no_errno (unlockpt (holder->terminal));
  slave = open (ptsname (holder->terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
  g_assert_no_errno (slave);
  holder->said = g_string_new (NULL);
  holder->pid = fork ();
  g_assert_no_errno (holder->pid);
  if (holder->pid == 0) {
    dup2 (slave, STDOUT_FILENO);
    execl (program, program, "-d", node, NULL);
    _exit (127);
  }
  g_assert_no_errno (close (slave));
}

static void
holder_await (Holder * holder, const char *words)
{
  struct pollfd wait = {.fd = holder->terminal,.events = POLLIN };
  char text[256];

  while (!strstr (holder->said->str, words)) {
    ssize_t length;

    g_assert_cmpint (poll (&wait, 1, SILENCE_MS), ==, 1);
    length = read (holder->terminal, text, sizeof (text));
    if (length <= 0)
      g_error ("video_device_test ended, and said: %s", holder->said->str);
    g_string_append_len (holder->said, text, length);
  }
}

/* It would go on for years. */
static void
holder_end (Holder * holder)
{
  int status;

  g_assert_cmpint (waitpid (holder->pid, &status, WNOHANG), ==, 0);
  g_assert_no_errno (kill (holder->pid, SIGTERM));
  g_assert_cmpint (waitpid (holder->pid, &status, 0), ==, holder->pid);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGTERM);
  g_assert_no_errno (close (holder->terminal));
  g_string_free (holder->said, TRUE);
}

static void
unbind_and_bind (TestCamera * camera, guint times)
{
  for (guint i = 0; i < times; i++) {
    test_camera_unbind (camera);
    test_camera_bind (camera);
  }
}

static void
video_device_test_outlives_its_camera (Fixture * fixture)
{
  const guint times = breaking_times (5, 200);
  g_autofree char *program = find_program ();
  Holder holders[HOLDERS];

  if (access (program, X_OK) < 0) {
    g_test_skip ("video_device_test was not built: no kernel's source tree");
    return;
  }
  for (guint i = 0; i < HOLDERS; i++) {
    holder_start (&holders[i], program, fixture->camera->node);
    holder_await (&holders[i], "Video device driver virtcam");
    unbind_and_bind (fixture->camera, times);
  }
  for (guint i = 0; i < HOLDERS; i++) {
    holder_await (&holders[i], "VIDIOC_QUERYCAP errno No such device");
    holder_await (&holders[i], "VIDIOC_G_TUNER, errno No such device");
    holder_end (&holders[i]);
  }
  breaking_figure ("selftests: %u of video_device_test, %u times unbound and "
      "bound while they ran", HOLDERS, HOLDERS * times);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add ("/selftests/" #name, name)
  ADD (video_device_test_outlives_its_camera);
  return g_test_run ();
}
