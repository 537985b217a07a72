/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a frame costs that a program gives to a camera and another one takes
 * from it: both programs' instructions, kernel included, beside v4l2loopback's.
 * The producer sleeps between two frames; what that costs alone is left out.
 *
 * And what it costs where nobody watches.
 */
#include <poll.h>
#include <pthread.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "drivers.h"
#include "feeder.h"
#include "figure.h"
#include "loop.h"
#include "loopback.h"
#include "pair.h"

#define FIRST 20
#define FRAMES 500
#define SLEEPS 2000
#define CALLS 10000

static const PairMode written[] = {
  { V4L2_PIX_FMT_YUYV, 640, 480 },
  { V4L2_PIX_FMT_NV12, 1920, 1080 },
};
static const PairMode mapped[] = {
  { V4L2_PIX_FMT_YUYV, 320, 240 },
  { V4L2_PIX_FMT_YUYV, 3840, 2160 },
};

static gdouble cost_of_pacing;

/* Of one sleep; before there is a viewer, who would get frames that say that
 * none come. */
static void
measure_pacing (void)
{
  Pair pair = { .deadline = (gint64) reader_now () };
  gint64 before;

  for (guint i = 0; i < FIRST; i++)
    pair_pace (&pair);
  before = instructions_of_process ();
  for (guint i = 0; i < SLEEPS; i++)
    pair_pace (&pair);
  cost_of_pacing = (gdouble) (instructions_of_process () - before) / SLEEPS;
}

/* Between two frames the viewer sleeps, so that both readings find it there. */
static gdouble
cost_of_frame (Pair *pair)
{
  gint64 before;
  gint taken;

  pair_send_frames (pair, FIRST);
  taken = g_atomic_int_get (&pair->taken);
  before = instructions_of_process ();
  pair_send_frames (pair, FRAMES);
  before = instructions_of_process () - before;
  g_assert_cmpint (g_atomic_int_get (&pair->taken) - taken, ==, FRAMES);
  return (before - cost_of_pacing * (FRAMES + 1)) / FRAMES;
}

static gint64
copies_of (Pair *pair, const Fed *fed)
{
  if (!fed->feed)
    return 0;
  return reader_get_control (pair->producer, FEEDER_COPIES);
}

/* The first frames through each buffer make it the viewer's memory as well. */
static void
measure_mode (const Fed *fed, PairMode mode, gboolean is_mapped)
{
  g_autoptr (Pair) pair = pair_new (fed, mode, is_mapped);
  g_autofree char *name = pair_mode_name (mode);
  const char *path = is_mapped ? "mmap" : "write";
  gint64 copies;

  pair_watch (pair, fed, SCHED_BATCH, pair_take);
  pair_send_frames (pair, FIRST);
  copies = copies_of (pair, fed);
  figure_print (cost_of_frame (pair), "feed/%s/%s/%s", path, name, fed->driver);
  copies = copies_of (pair, fed) - copies;
  if (fed->feed)
    figure_print (
        (gdouble) copies / (FIRST + FRAMES), "feed/copies/%s/%s", path, name);
}

/* Nobody misses a frame, so that none has to be waited for. */
static void
measure_unwatched (const Fed *fed, gboolean is_mapped)
{
  g_autoptr (Pair) pair = pair_new (fed, written[0], is_mapped);
  gint64 before;

  pair_send_at_once (pair, FIRST);
  before = instructions_of_process ();
  pair_send_at_once (pair, FRAMES);
  before = instructions_of_process () - before;
  figure_print ((gdouble) before / FRAMES, "feed/unwatched/%s/%s",
      is_mapped ? "mmap" : "write", fed->driver);
}

static void
measure_driver (const char *driver)
{
  g_autoptr (Fed) fed = fed_new (driver, PAIR_BUFFERS);

  for (guint i = 0; i < G_N_ELEMENTS (written); i++)
    measure_mode (fed, written[i], FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (mapped); i++)
    measure_mode (fed, mapped[i], TRUE);
  measure_unwatched (fed, FALSE);
  measure_unwatched (fed, TRUE);
}

/* Sleeps until somebody watches. */
static gpointer
wait_for_viewer (gpointer data)
{
  Pair *pair = data;
  struct pollfd wait = { .fd = pair->producer->fd, .events = POLLPRI };
  struct v4l2_event event;

  if (poll (&wait, 1, -1) != 1 || !feeder_next_event (pair->producer, &event))
    g_error ("the event that somebody watches: %m");
  g_assert_cmphex (event.id, ==, FEEDER_VIEWERS);
  g_assert_cmpint (event.u.ctrl.value, ==, 1);
  return NULL;
}

static gint64
instructions_of (clockid_t clock)
{
  struct timespec now;

  if (clock_gettime (clock, &now) != 0)
    g_error ("clock_gettime: %m");
  return (now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec) /
         NS_PER_INSTRUCTION;
}

/* A producer that sends only while somebody watches, over as much time as the
 * others take for their frames. */
static void
measure_waiting (void)
{
  g_autoptr (Fed) fed = fed_new ("virtcam", PAIR_BUFFERS);
  g_autoptr (Pair) pair = pair_new (fed, written[0], FALSE);
  pthread_t thread;
  clockid_t clock;
  gint64 waiting;

  feeder_subscribe (pair->producer, V4L2_EVENT_CTRL, FEEDER_VIEWERS, 0);
  if (pthread_create (&thread, NULL, wait_for_viewer, pair) != 0 ||
      pthread_getcpuclockid (thread, &clock) != 0)
    g_error ("a thread could not be made");
  for (guint i = 0; i < FIRST; i++)
    pair_pace (pair);
  waiting = instructions_of (clock);
  for (guint i = 0; i < FRAMES; i++)
    pair_pace (pair);
  waiting = instructions_of (clock) - waiting;
  pair_watch (pair, fed, SCHED_BATCH, pair_take);
  pthread_join (thread, NULL);
  figure_print ((gdouble) waiting / FRAMES, "feed/unwatched/waiting");
}

/* What watching costs with a camera that draws, its drawing left out */
static void
measure_bare_loop (PairMode mode)
{
  g_autofree char *size = g_strdup_printf ("%ux%u", mode.width, mode.height);
  g_autofree char *name = pair_mode_name (mode);
  g_autoptr (TestCamera) camera = test_camera_new ("sizes", size, NULL);
  g_autoptr (Reader) reader = NULL;

  test_camera_settle ();
  reader = reader_open (camera->node);
  reader_set_format (reader, mode.fourcc, mode.width, mode.height, 0);
  figure_print (loop_start (reader, "virtcam", camera->node, FRAMES).taking,
      "feed/bare/%s", name);
  figure_print (reader->format.fmt.pix.sizeimage / 8, "feed/copy/%s", name);
  reader_stream_off (reader);
}

/* write() of a frame where nobody copies it */
static void
measure_call (void)
{
  static char frame[4096];
  int fd = open ("/dev/null", O_WRONLY | O_CLOEXEC);
  gint64 before = instructions_of_process ();

  for (guint i = 0; i < CALLS; i++)
    if (write (fd, frame, sizeof frame) != sizeof frame)
      g_error ("write to /dev/null: %m");
  figure_print (
      (gdouble) (instructions_of_process () - before) / CALLS, "feed/call");
  close (fd);
}

int
main (void)
{
  drivers_need_virtcam ();
  measure_call ();
  measure_pacing ();
  for (guint i = 0; i < G_N_ELEMENTS (written); i++)
    measure_bare_loop (written[i]);
  measure_driver ("virtcam");
  measure_waiting ();
  if (loopback_available ())
    measure_driver ("v4l2loopback");
  return 0;
}
