/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storm-callers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "breaking.h"

/* Only so that a test that is wrong ends: processors are waited for, too. */
#define PATIENCE_MS (120 * 1000)

typedef struct
{
  guint action;
  guint32 seed;
  gboolean end;
} Order;

typedef enum
{
  REACHED,
  ENDED
} News;

typedef struct
{
  pid_t pid;
  guint action;
  int orders[2];                /* an Order; then, when it is gone, a byte */
  int news[2];
  gboolean told;                /* its own: REACHED has been said */
  gboolean reached, ended;
} Caller;

struct _StormCallers
{
  StormStage stage;
  Caller callers[STORM_CALLERS];
};

static void
send_bytes (int fd, const void *data, gsize size)
{
  if (write (fd, data, size) != (ssize_t) size)
    g_error ("writing to a process of the storm: %s", g_strerror (errno));
}

static void
receive_bytes (int fd, void *data, gsize size)
{
  if (read (fd, data, size) != (ssize_t) size)
    g_error ("reading from a process of the storm: %s", g_strerror (errno));
}

static void
say (Caller * caller, News news)
{
  const guint8 byte = news;

  send_bytes (caller->news[1], &byte, 1);
}

static void
say_reached (gpointer data)
{
  Caller *caller = data;

  if (!caller->told)
    say (caller, REACHED);
  caller->told = TRUE;
}

static void
await_gone (gpointer data)
{
  Caller *caller = data;
  guint8 byte;

  receive_bytes (caller->orders[0], &byte, 1);
}

static guint
count_files (void)
{
  GDir *folder = g_dir_open ("/proc/self/fd", 0, NULL);
  guint count = 0;

  while (g_dir_read_name (folder))
    count++;
  g_dir_close (folder);
  return count;
}

static void
serve (Caller * caller, StormStage * stage)
{
  const guint files = count_files ();
  Order order;

  storm_board_take_slot (stage->board, stage->slot);
  for (;;) {
    receive_bytes (caller->orders[0], &order, sizeof (order));
    if (order.end)
      _exit (count_files () == files ? 0 : 1);
    caller->told = FALSE;
    storm_action_run (order.action, stage, order.seed);
    say (caller, ENDED);
  }
}

static void
fork_caller (StormCallers * callers, guint i)
{
  Caller *caller = &callers->callers[i];
  StormStage stage = callers->stage;

  if (pipe2 (caller->orders, O_CLOEXEC) < 0 ||
      pipe2 (caller->news, O_CLOEXEC) < 0)
    g_error ("pipe: %s", g_strerror (errno));
  caller->pid = fork ();
  if (caller->pid < 0)
    g_error ("fork: %s", g_strerror (errno));
  if (caller->pid)
    return;
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  stage.slot = i;
  stage.reached = say_reached;
  stage.await_gone = await_gone;
  stage.data = caller;
  serve (caller, &stage);
}

StormCallers *
storm_callers_new (const StormStage * stage)
{
  StormCallers *callers = g_new0 (StormCallers, 1);

  callers->stage = *stage;
  for (guint i = 0; i < STORM_CALLERS; i++)
    fork_caller (callers, i);
  return callers;
}

static void
end_caller (Caller * caller)
{
  const Order order = {.end = TRUE };
  int status = -1;

  send_bytes (caller->orders[1], &order, sizeof (order));
  if (waitpid (caller->pid, &status, 0) != caller->pid)
    g_error ("waitpid: %s", g_strerror (errno));
  if (status != 0)
    g_error ("a process of the storm has other files open than at first");
  for (guint i = 0; i < 2; i++) {
    close (caller->orders[i]);
    close (caller->news[i]);
  }
}

void
storm_callers_free (StormCallers * callers)
{
  for (guint i = 0; i < STORM_CALLERS; i++)
    end_caller (&callers->callers[i]);
  g_free (callers);
}

void
storm_callers_start (StormCallers * callers, guint i, guint action,
    guint32 seed)
{
  Caller *caller = &callers->callers[i];
  const Order order = {.action = action,.seed = seed };

  caller->action = action;
  caller->reached = caller->ended = FALSE;
  send_bytes (caller->orders[1], &order, sizeof (order));
}

/* FALSE if there is none in that time. */
static gboolean
take_news (Caller * caller, int ms)
{
  struct pollfd wait = {.fd = caller->news[0],.events = POLLIN };
  guint8 news;

  if (poll (&wait, 1, ms) != 1)
    return FALSE;
  receive_bytes (caller->news[0], &news, 1);
  if (news == REACHED)
    caller->reached = TRUE;
  else
    caller->ended = TRUE;
  return TRUE;
}

/* /proc says "number arguments..." of a sleeping call, and else "running". */
static gboolean
sleeps_in (Caller * caller, long number)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/syscall", caller->pid);
  g_autofree char *wanted = g_strdup_printf ("%ld ", number);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) &&
      g_str_has_prefix (text, wanted);
}

void
storm_callers_await_reached (StormCallers * callers, guint i)
{
  Caller *caller = &callers->callers[i];
  const long number = storm_action_blocks_in (caller->action);

  while (!caller->reached)
    if (!take_news (caller, PATIENCE_MS) || caller->ended)
      g_error ("nobody can %s", storm_action_get_name (caller->action));
  while (number >= 0 && !sleeps_in (caller, number))
    sched_yield ();
}

void
storm_callers_tell_gone (StormCallers * callers)
{
  for (guint i = 0; i < STORM_CALLERS; i++)
    send_bytes (callers->callers[i].orders[1], "", 1);
}

/* Who waits for a processor has not hung: that is what the patience is for. */
char *
storm_callers_await_end (StormCallers * callers, gint64 limit_us)
{
  const gint64 begin = g_get_monotonic_time ();

  for (guint i = 0; i < STORM_CALLERS; i++)
    while (!callers->callers[i].ended) {
      const gint64 elapsed = g_get_monotonic_time () - begin;
      char *sleeper = NULL;

      if (take_news (&callers->callers[i], 100))
        continue;
      if (elapsed > limit_us)
        sleeper = storm_board_find_sleeper (callers->stage.board);
      if (sleeper)
        return sleeper;
      if (elapsed > PATIENCE_MS * G_GINT64_CONSTANT (1000))
        return g_strdup_printf ("process %d does not end, and runs",
            callers->callers[i].pid);
    }
  return NULL;
}
