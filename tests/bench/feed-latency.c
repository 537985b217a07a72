/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From one program to the other, in guest time: from before the producer's
 * write() or QBUF until the viewer, which sleeps in poll(), has returned from
 * DQBUF.
 */
#include "drivers.h"
#include "figure.h"
#include "loopback.h"
#include "pair.h"

#define FIRST 20
#define FRAMES 500

static const PairMode mode = { V4L2_PIX_FMT_YUYV, 640, 480 };

static gint64 ages[FRAMES];

static void
take (Pair *pair)
{
  struct v4l2_buffer buffer;
  gint64 now;

  reader_dequeue (pair->viewer, &buffer);
  now = (gint64) reader_now ();
  reader_queue (pair->viewer, buffer.index);
  ages[pair->taken % G_N_ELEMENTS (ages)] = now - pair->sent_at;
}

static void
measure (const Fed *fed, gboolean mapped)
{
  g_autoptr (Pair) pair = pair_new (fed, mode, mapped);
  const char *path = mapped ? "mmap" : "write";

  pair_watch (pair, fed, SCHED_FIFO, take);
  pair_send_frames (pair, FIRST);
  g_atomic_int_set (&pair->taken, 0);
  pair_send_frames (pair, FRAMES);
  g_assert_cmpint (g_atomic_int_get (&pair->taken), ==, FRAMES);
  figures_sort (ages, FRAMES);
  figure_print (ages[FRAMES / 2], "feed-latency/%s/p50/%s", path, fed->driver);
  figure_print (
      ages[FRAMES * 99 / 100], "feed-latency/%s/p99/%s", path, fed->driver);
}

static void
measure_driver (const char *driver)
{
  g_autoptr (Fed) fed = fed_new (driver, PAIR_BUFFERS);

  measure (fed, FALSE);
  measure (fed, TRUE);
}

int
main (void)
{
  drivers_need_virtcam ();
  measure_driver ("virtcam");
  if (loopback_available ())
    measure_driver ("v4l2loopback");
  return 0;
}
