/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hostile-caller.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <unistd.h>

#include "hostile-deed.h"
#include "hostile-ioctl.h"

#define BIGGEST 4096       /* V4L2's own structures are smaller */
#define PATIENCE_US 100000 /* for a call that waits for what may not come */

/* What a program that streams does; between the steps all else happens. */
static const unsigned long steps[] = {
  VIDIOC_S_PRIORITY,
  VIDIOC_STREAMOFF,
  VIDIOC_REQBUFS,
  VIDIOC_S_FMT,
  VIDIOC_S_PARM,
  VIDIOC_REQBUFS,
  VIDIOC_QUERYBUF,
  VIDIOC_QBUF,
  VIDIOC_QBUF,
  VIDIOC_STREAMON,
  VIDIOC_QBUF,
  VIDIOC_DQBUF,
  VIDIOC_QBUF,
  VIDIOC_EXPBUF,
  VIDIOC_DQBUF,
  VIDIOC_CREATE_BUFS,
  VIDIOC_QBUF,
  VIDIOC_PREPARE_BUF,
  VIDIOC_SUBSCRIBE_EVENT,
  VIDIOC_S_CTRL,
  VIDIOC_DQEVENT,
  VIDIOC_DQBUF,
  HOSTILE_REMOVE_BUFS,
  VIDIOC_STREAMOFF,
  VIDIOC_REQBUFS,
};

#define FIRST_RELEASE 2

int
caller_stranger (Caller *caller)
{
  static const int none[] = { -1, 1023, 0x7fffffff, -2 };
  guint any = chance_below (&caller->chance, caller->n_strangers + 6);

  if (any < caller->n_strangers)
    return caller->strangers[any];
  if (any < caller->n_strangers + 2)
    return caller->exports[chance_below (&caller->chance, CALLER_EXPORTS)];
  if (any == caller->n_strangers + 2)
    return chance_pick (&caller->chance, none);
  /* The lender's dma-bufs come first: those that can be filled. */
  return caller->strangers[any % 2];
}

static void
open_again (Caller *caller, guint index)
{
  int flags = O_RDWR | O_CLOEXEC;

  if (!chance_one_in (&caller->chance, 8))
    flags |= O_NONBLOCK;
  if (caller->nodes[index] >= 0)
    g_assert_no_errno (close (caller->nodes[index]));
  caller->nodes[index] = open (caller->node, flags);
  g_assert_no_errno (caller->nodes[index]);
}

static void
keep_export (Caller *caller, int fd)
{
  int *slot = &caller->exports[chance_below (&caller->chance, CALLER_EXPORTS)];

  if (*slot >= 0)
    g_assert_no_errno (close (*slot));
  *slot = fd;
}

static void
note (
    Caller *caller, const HostileIoctl *entry, gpointer argument, gboolean good)
{
  gsize i = (gsize) (entry - hostile_ioctls);

  if (good)
    g_atomic_int_inc (&caller->tally->good[i]);
  else if (errno != EINTR)
    g_atomic_int_inc (&caller->tally->bad[i]);
  if (!good)
    return;
  if (entry->request == VIDIOC_EXPBUF)
    keep_export (caller, ((struct v4l2_exportbuffer *) argument)->fd);
  if (entry->request == VIDIOC_DQBUF)
    g_atomic_int_inc (&caller->tally->frames);
}

/* A field at its limits; a pointer is never such that it hits our memory. */
static void
spoil_field (
    Caller *caller, const HostileIoctl *entry, guint8 *argument, gsize size)
{
  gsize at =
      size < 4 ? 0 : chance_below (&caller->chance, (guint) size / 4) * 4;
  guint32 value = chance_number (&caller->chance);

  if (entry->pointer && at / 8 == entry->pointer / 8) {
    guint64 low = value;

    memcpy (argument + entry->pointer, &low, sizeof (low));
  } else if (size >= 4) {
    memcpy (argument + at, &value, sizeof (value));
  }
}

static int
call (Caller *caller, const HostileIoctl *entry, gboolean right)
{
  guint8 argument[BIGGEST];
  gsize size = _IOC_SIZE (entry->request);
  gboolean spoilt = !right && !chance_one_in (&caller->chance, 3);
  Place place = spoilt && chance_one_in (&caller->chance, 6)
                    ? chance_below (&caller->chance, N_PLACES)
                    : PLACE_GOOD;
  void *at;
  int result;

  memset (argument, 0, size);
  if (entry->fill)
    entry->fill (caller, argument);
  if (spoilt && place == PLACE_GOOD)
    for (guint i = 1 + chance_below (&caller->chance, 3); i--;)
      spoil_field (caller, entry, argument, size);
  at = arena_put (&caller->argument, place, argument, size);
  errno = 0;
  result = ioctl (caller->fd, entry->request, at);
  /* Where it could not be written back, it may have been done all the same. */
  if (result == 0 && (place == PLACE_GOOD || place == PLACE_READ_ONLY))
    memcpy (argument, at, size);
  note (caller, entry, argument, result == 0);
  return result;
}

static void
call_unknown (Caller *caller)
{
  static const guint8 types[] = { 'V', 'V', 'V', 'v', 'T', 'b', '|' };
  guint8 argument[BIGGEST] = { 0 };
  guint size = chance_one_in (&caller->chance, 8)
                   ? chance_below (&caller->chance, 1u << _IOC_SIZEBITS)
                   : chance_below (&caller->chance, 300);
  Place place = chance_one_in (&caller->chance, 4)
                    ? chance_below (&caller->chance, N_PLACES)
                    : PLACE_GOOD;
  unsigned long request = _IOC (chance_below (&caller->chance, 4),
      chance_pick (&caller->chance, types), chance_below (&caller->chance, 256),
      size);

  ioctl (caller->fd, request,
      arena_put (&caller->argument, place, argument, MIN (size, BIGGEST)));
  g_atomic_int_inc (&caller->tally->unknown);
}

static const HostileIoctl *
choose (Caller *caller)
{
  static guint sum;
  guint at;

  if (chance_one_in (&caller->chance, 8))
    return &hostile_ioctls[chance_below (&caller->chance, hostile_n_ioctls)];
  if (!sum)
    for (guint i = 0; i < hostile_n_ioctls; i++)
      sum += hostile_ioctls[i].weight;
  at = chance_below (&caller->chance, sum);
  for (guint i = 0;; i++) {
    if (at < hostile_ioctls[i].weight)
      return &hostile_ioctls[i];
    at -= hostile_ioctls[i].weight;
  }
}

static void
begin_steps (Caller *caller)
{
  static const guint32 memories[] = {
    V4L2_MEMORY_MMAP,
    V4L2_MEMORY_MMAP,
    V4L2_MEMORY_MMAP,
    V4L2_MEMORY_DMABUF,
    V4L2_MEMORY_DMABUF,
    V4L2_MEMORY_USERPTR,
    V4L2_MEMORY_OVERLAY,
  };

  caller->step = 0;
  caller->streaming = FALSE;
  caller->memory = chance_pick (&caller->chance, memories);
  caller->step_fd = chance_one_in (&caller->chance, 2)
                        ? caller->nodes[0]
                        : chance_pick (&caller->chance, caller->nodes);
}

/*
 * What others wait for: buffers, a priority, what read() has begun. A mapping
 * holds its file, and so all of that.
 */
static void
let_go (Caller *caller)
{
  hostile_deeds_finish (caller);
  for (guint i = 1; i < CALLER_NODES; i++)
    open_again (caller, i);
}

static void
await_frame (Caller *caller)
{
  struct pollfd wait = { .fd = caller->fd, .events = POLLIN | POLLOUT };

  poll (&wait, 1, 50);
}

static void
call_next_step (Caller *caller)
{
  unsigned long request = steps[caller->step];
  int result;

  caller->fd = caller->step_fd;
  caller->releasing =
      caller->step == FIRST_RELEASE || caller->step == G_N_ELEMENTS (steps) - 1;
  if (request == VIDIOC_DQBUF && caller->streaming)
    await_frame (caller);
  result = call (caller, &hostile_ioctls[hostile_ioctl_find (request)], TRUE);
  caller->releasing = FALSE;
  caller->step++;
  if (request == VIDIOC_STREAMON)
    caller->streaming = result == 0;
  /* The buffers are another's, or there are none of that kind. */
  if (request == VIDIOC_REQBUFS && result < 0) {
    if (chance_one_in (&caller->chance, 3))
      let_go (caller);
    caller->step = G_N_ELEMENTS (steps);
  }
  if (caller->step == G_N_ELEMENTS (steps))
    begin_steps (caller);
}

/* Mostly the one that has buffers, if any has. */
static void
choose_node (Caller *caller)
{
  caller->fd = chance_one_in (&caller->chance, 3)
                   ? chance_pick (&caller->chance, caller->nodes)
                   : caller->step_fd;
}

static void
call_an_ioctl (Caller *caller)
{
  guint what = chance_below (&caller->chance, 100);

  choose_node (caller);
  if (what < 50)
    call_next_step (caller);
  else if (what < 95)
    call (caller, choose (caller), FALSE);
  else
    call_unknown (caller);
}

static void
do_deed (Caller *caller)
{
  guint i = chance_below (&caller->chance, hostile_n_deeds);

  choose_node (caller);
  hostile_deeds[i].act (caller);
  g_atomic_int_inc (&caller->tally->deeds[i]);
}

static void
replace_node (Caller *caller, guint index)
{
  gboolean used = caller->nodes[index] == caller->step_fd;

  open_again (caller, index);
  if (used)
    begin_steps (caller);
}

static void
wake_up (int signal)
{
  (void) signal;
}

/* Again and again: one signal could come just before a call begins to wait. */
static void
interrupt_every (suseconds_t us)
{
  struct itimerval timer = { .it_interval.tv_usec = us,
    .it_value.tv_usec = us };
  struct sigaction action = { .sa_handler = wake_up };

  g_assert_no_errno (sigaction (SIGALRM, &action, NULL));
  g_assert_no_errno (setitimer (ITIMER_REAL, &timer, NULL));
}

static void
caller_init (Caller *caller, guint32 seed)
{
  chance_init (&caller->chance, seed);
  arena_init (&caller->argument);
  arena_init (&caller->array);
  for (guint i = 1; i < CALLER_NODES; i++) {
    caller->nodes[i] = -1;
    open_again (caller, i);
  }
  for (guint i = 0; i < CALLER_EXPORTS; i++)
    caller->exports[i] = -1;
  g_assert_no_errno (pipe2 (caller->pipe, O_NONBLOCK | O_CLOEXEC));
  begin_steps (caller);
}

static void
caller_finish (Caller *caller)
{
  hostile_deeds_finish (caller);
  for (guint i = 1; i < CALLER_NODES; i++)
    g_assert_no_errno (close (caller->nodes[i]));
  for (guint i = 0; i < CALLER_EXPORTS; i++)
    if (caller->exports[i] >= 0)
      g_assert_no_errno (close (caller->exports[i]));
  arena_finish (&caller->argument);
  arena_finish (&caller->array);
}

void
caller_run (Caller *caller, guint32 seed, guint calls)
{
  caller_init (caller, seed);
  interrupt_every (PATIENCE_US);
  for (guint i = 0; i < calls; i++) {
    call_an_ioctl (caller);
    if (chance_one_in (&caller->chance, 8))
      do_deed (caller);
    if (chance_one_in (&caller->chance, 40))
      replace_node (
          caller, 1 + chance_below (&caller->chance, CALLER_NODES - 1));
    g_atomic_int_inc (&caller->tally->progress[caller->number]);
  }
  interrupt_every (0);
  caller_finish (caller);
}
