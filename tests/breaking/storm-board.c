/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "storm-board.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "breaking.h"

#define ERRORS 134
#define NO_CALL -1

typedef struct {
  gint pid;
  gint call;   /* the one it is in, or NO_CALL */
  gint before; /* the phase in which that began */
  gint64 entered;
  gint64 longest;
  guint32 count[STORM_CALLS][ERRORS];
  gint faulty;
  char fault[160];
} Slot;

struct _StormBoard {
  char node[32];
  char output[32];
  gint kills;
  gint phase;
  gint64 gone_at;
  gint steps;
  Slot slots[STORM_SLOTS];
};

/*
 * The rows of docs/lifetimes.md. Beside them each call may succeed while the
 * camera is there, and those that `outlive` it afterwards as well.
 */
static const struct {
  const char *name;
  gboolean outlives;
  int there;
  int gone[3];
} rows[STORM_CALLS] = {
  /* *INDENT-OFF* */
  [STORM_OPEN] = { "open", FALSE, 0, { ENOENT, ENXIO, ENODEV } },
  [STORM_CLOSE] = { "close", TRUE, 0, { 0 } },
  [STORM_QUERYCAP] = { "QUERYCAP", FALSE, 0, { ENODEV } },
  [STORM_S_FMT] = { "S_FMT", FALSE, EBUSY, { ENODEV } },
  [STORM_S_PARM] = { "S_PARM", FALSE, EBUSY, { ENODEV } },
  [STORM_REQBUFS] = { "REQBUFS", FALSE, EBUSY, { ENODEV } },
  [STORM_QUERYBUF] = { "QUERYBUF", FALSE, 0, { ENODEV } },
  [STORM_EXPBUF] = { "EXPBUF", FALSE, 0, { ENODEV } },
  [STORM_QBUF] = { "QBUF", FALSE, 0, { ENODEV } },
  [STORM_STREAMON] = { "STREAMON", FALSE, 0, { ENODEV } },
  [STORM_STREAMOFF] = { "STREAMOFF", FALSE, 0, { ENODEV } },
  [STORM_DQBUF] = { "DQBUF", FALSE, 0, { ENODEV } },
  [STORM_POLL] = { "poll", FALSE, 0, { ENODEV } },
  [STORM_READ] = { "read", FALSE, EBUSY, { ENODEV } },
  [STORM_WRITE] = { "write", FALSE, EBUSY, { ENODEV } },
  [STORM_MMAP] = { "mmap", FALSE, 0, { ENODEV } },
  [STORM_MUNMAP] = { "munmap", TRUE, 0, { 0 } },
  /* *INDENT-ON* */
};

static StormBoard *board_here;
static Slot *self;

StormBoard *
storm_board_new (void)
{
  StormBoard *board = mmap (NULL, sizeof (*board), PROT_READ | PROT_WRITE,
      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

  if (board == MAP_FAILED)
    g_error ("mmap of the board: %s", g_strerror (errno));
  for (guint i = 0; i < STORM_SLOTS; i++)
    board->slots[i].call = NO_CALL;
  return board;
}

void
storm_board_free (StormBoard *board)
{
  munmap (board, sizeof (*board));
}

void
storm_board_begin (StormBoard *board, const char *node, const char *output)
{
  g_strlcpy (board->node, node, sizeof (board->node));
  g_strlcpy (board->output, output ? output : "", sizeof (board->output));
  g_atomic_int_set (&board->steps, 0);
  g_atomic_int_set (&board->phase, STORM_THERE);
}

const char *
storm_board_get_node (StormBoard *board)
{
  return board->node;
}

const char *
storm_board_get_output (StormBoard *board)
{
  return board->output;
}

void
storm_board_set_phase (StormBoard *board, StormPhase phase)
{
  if (phase == STORM_GONE)
    board->gone_at = g_get_monotonic_time ();
  g_atomic_int_set (&board->phase, phase);
}

StormPhase
storm_board_get_phase (StormBoard *board)
{
  return g_atomic_int_get (&board->phase);
}

guint
storm_board_count_steps (StormBoard *board)
{
  return (guint) g_atomic_int_get (&board->steps);
}

void
storm_board_take_slot (StormBoard *board, guint slot)
{
  board_here = board;
  self = &board->slots[slot];
  g_atomic_int_set (&self->call, NO_CALL);
  g_atomic_int_set (&self->pid, (gint) getpid ());
}

void
storm_board_note_kill (StormBoard *board, guint slot)
{
  g_atomic_int_set (&board->slots[slot].call, NO_CALL);
  g_atomic_int_inc (&board->kills);
}

guint
storm_board_count_kills (StormBoard *board)
{
  return (guint) g_atomic_int_get (&board->kills);
}

void
storm_enter (StormCall call)
{
  self->entered = g_get_monotonic_time ();
  g_atomic_int_set (&self->before, (gint) storm_board_get_phase (board_here));
  g_atomic_int_set (&self->call, (gint) call);
}

static gboolean
means_gone (StormCall call, int error)
{
  if (error == 0)
    return rows[call].outlives;
  for (guint i = 0; i < G_N_ELEMENTS (rows[call].gone); i++)
    if (rows[call].gone[i] == error)
      return TRUE;
  return FALSE;
}

static gboolean
is_documented (StormCall call, int error, StormPhase before, StormPhase after)
{
  const gboolean gone = means_gone (call, error);
  const gboolean there = error == 0 || error == rows[call].there;

  if (before == STORM_GONE)
    return gone;
  return after == STORM_THERE ? there : there || gone;
}

/* How long the call went on with nobody there to answer it. */
static void
note_time (StormPhase after)
{
  if (after != STORM_GONE)
    return;
  self->longest = MAX (self->longest,
      g_get_monotonic_time () - MAX (self->entered, board_here->gone_at));
}

static void
note_fault (const char *what)
{
  if (self->faulty)
    return;
  g_strlcpy (self->fault, what, sizeof (self->fault));
  g_atomic_int_set (&self->faulty, 1);
}

void
storm_complain (const char *what)
{
  note_fault (what);
}

int
storm_leave (int result)
{
  const int error = result < 0 ? errno : 0;
  const StormPhase after = storm_board_get_phase (board_here);
  const StormPhase before = (StormPhase) self->before;
  const StormCall call = (StormCall) self->call;

  note_time (after);
  self->count[call][MIN (error, ERRORS - 1)]++;
  if (!is_documented (call, error, before, after)) {
    g_autofree char *text = g_strdup_printf ("%s: %s (phase %d, then %d)",
        rows[call].name, error ? g_strerror (error) : "success", before, after);

    note_fault (text);
  }
  g_atomic_int_set (&self->call, NO_CALL);
  g_atomic_int_add (&board_here->steps, error == EBUSY ? 1 : STORM_STEPS);
  errno = error;
  return result;
}

char *
storm_board_find_fault (StormBoard *board)
{
  for (guint i = 0; i < STORM_SLOTS; i++)
    if (g_atomic_int_get (&board->slots[i].faulty))
      return g_strdup_printf ("caller %u: %s", i, board->slots[i].fault);
  return NULL;
}

/* 'R' for one that waits for a processor, 'S' and 'D' for one that sleeps. */
static char
read_state (gint pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
  g_autofree char *text = NULL;
  const char *name_end;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 'X';
  name_end = strrchr (text, ')');
  return name_end ? name_end[2] : 'X';
}

static char *
describe_sleeper (const Slot *slot, gint call)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stack", slot->pid);
  g_autofree char *stack = NULL;

  if (!g_file_get_contents (path, &stack, NULL, NULL))
    stack = g_strdup ("(no stack)\n");
  return g_strdup_printf (
      "process %d sleeps in %s:\n%s", slot->pid, rows[call].name, stack);
}

/* The call that the process sleeps in, if it is in the same one afterwards */
static gint
find_call_asleep (const Slot *slot)
{
  const gint call = g_atomic_int_get (&slot->call);
  const gint64 entered = slot->entered;
  const char state = call == NO_CALL ? 'X' : read_state (slot->pid);
  const gboolean same =
      g_atomic_int_get (&slot->call) == call && slot->entered == entered;

  return same && (state == 'S' || state == 'D') ? call : NO_CALL;
}

char *
storm_board_find_sleeper (StormBoard *board)
{
  for (guint i = 0; i < STORM_SLOTS; i++) {
    const gint call = find_call_asleep (&board->slots[i]);

    if (call != NO_CALL)
      return describe_sleeper (&board->slots[i], call);
  }
  return NULL;
}

gint64
storm_board_get_longest (StormBoard *board)
{
  gint64 longest = 0;

  for (guint i = 0; i < STORM_SLOTS; i++)
    longest = MAX (longest, board->slots[i].longest);
  return longest;
}

static guint
sum (StormBoard *board, guint call, guint error)
{
  guint count = 0;

  for (guint i = 0; i < STORM_SLOTS; i++)
    count += board->slots[i].count[call][error];
  return count;
}

void
storm_board_print (StormBoard *board)
{
  for (guint call = 0; call < STORM_CALLS; call++) {
    g_autoptr (GString) line = g_string_new (rows[call].name);

    for (guint error = 0; error < ERRORS; error++) {
      const guint count = sum (board, call, error);

      if (count)
        g_string_append_printf (line, ", %u %s", count,
            error ? strerrorname_np ((int) error) : "done");
    }
    breaking_figure ("%s", line->str);
  }
}
