/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the push of a frame in the host (tests/bench/lend) until a program in the guest,
 * which sleeps in poll(), has returned from DQBUF, by the host's clock.
 */
#include <string.h>

#include "figure.h"
#include "host-clock.h"
#include "lend.h"
#include "lent.h"
#include "reader.h"

#define LAB "/dev/virtio-ports/lab"
#define BUFFERS 4
#define FIRST 20
#define FRAMES 500

static gint64 ages[FRAMES];

static gint64
take_frame (Reader *reader)
{
  struct v4l2_buffer buffer;
  LendNote note;
  gint64 now;

  reader_dequeue (reader, &buffer);
  now = (gint64) reader_now ();
  memcpy (&note, reader->data[buffer.index], sizeof (note));
  reader_queue (reader, buffer.index);
  return now - (gint64) note.pushed;
}

int
main (void)
{
  TestCamera *camera;
  g_autoptr (Reader) reader = NULL;
  HostClock before, after;

  lent_init ();
  camera = lent_new (0);
  if (!host_clock_read (LAB, &before))
    return 1;
  reader = reader_open (camera->node);
  reader_set_format (reader, V4L2_PIX_FMT_YUYV, LEND_WIDTH, LEND_HEIGHT, 0);
  reader_start (reader, BUFFERS);
  for (guint i = 0; i < FIRST; i++)
    take_frame (reader);
  for (guint i = 0; i < FRAMES; i++)
    ages[i] = take_frame (reader) + before.ahead;
  if (!host_clock_read (LAB, &after))
    return 1;
  figures_sort (ages, FRAMES);
  figure_print (ages[FRAMES / 2], "lent-latency/p50");
  figure_print (ages[FRAMES * 99 / 100], "lent-latency/p99");
  figure_print (
      MAX (before.error, after.error) + ABS (after.ahead - before.ahead),
      "lent-latency/error");
  lent_free (camera);
  return 0;
}
