/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storm-kill.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long a child goes on, at most, after it has begun and before it is killed */
#define MOST_US 5000

/* How long it may take until it has begun */
#define PATIENCE_MS 200

static void
say_reached_to_parent (gpointer data)
{
  const int *fd = data;
  char byte = 0;

  if (write (*fd, &byte, 1) != 1)
    _exit (5);
}

/* A program of its own, until it is killed, or ends since the camera is gone. */
static void
live (StormSession *session, StormAct act, int fd)
{
  StormStage stage = *session->stage;

  TRY (session, STORM_CLOSE, close (session->fd));
  session->fd = -1;
  stage.reached = say_reached_to_parent;
  stage.data = &fd;
  session->stage = &stage;
  g_rand_set_seed (session->random, (guint32) getpid ());
  while (!session->gone) {
    if (storm_session_open (session))
      act (session);
    storm_session_close (session);
  }
  _exit (0);
}

static void
kill_child (StormSession *session, pid_t child)
{
  int status;

  if (kill (child, SIGKILL) < 0 || waitpid (child, &status, 0) != child)
    g_error ("killing a child: %s", g_strerror (errno));
  if (WIFSIGNALED (status))
    storm_board_note_kill (
        session->stage->board, session->stage->slot + STORM_CALLERS);
  else if (WEXITSTATUS (status) == 0)
    session->gone = TRUE;
  else
    storm_complain ("a child that was to be killed ended badly");
}

void
storm_kill (StormSession *session, StormAct act)
{
  struct pollfd wait = { .events = POLLIN };
  int ready[2];
  pid_t child;
  char byte;

  if (pipe2 (ready, O_CLOEXEC) < 0)
    g_error ("pipe: %s", g_strerror (errno));
  child = storm_session_fork (session);
  if (!child)
    live (session, act, ready[1]);
  close (ready[1]);
  /* Who waits for others to let go of the camera is killed as well. */
  wait.fd = ready[0];
  if (poll (&wait, 1, PATIENCE_MS) == 1 && read (ready[0], &byte, 1) == 1)
    g_usleep (g_rand_int_range (session->random, 0, MOST_US));
  kill_child (session, child);
  close (ready[0]);
}
