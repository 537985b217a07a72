/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A producer that answers at once where it is told that viewers come and go. */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <semaphore.h>
#include <string.h>
#include <unistd.h>

#include "feeder.h"
#include "fixture.h"

#define PREEMPT "/sys/kernel/debug/sched/preempt"
#define BUFFERS 4

/* "none voluntary (full)": the one in brackets is set. NULL where that cannot be
 * changed, as on the debug kernel, which preempts. */
static gchar *
get_preemption (void)
{
  g_autofree gchar *all = NULL;
  g_auto (GStrv) words = NULL;

  if (!g_file_get_contents (PREEMPT, &all, NULL, NULL))
    return NULL;
  words = g_strsplit_set (all, "()", 3);
  g_assert_cmpuint (g_strv_length (words), ==, 3);
  return g_strdup (words[1]);
}

static void
set_preemption (const gchar *word)
{
  int fd = open (PREEMPT, O_WRONLY);

  g_assert_no_errno (fd);
  g_assert_cmpint (write (fd, word, strlen (word)), ==, strlen (word));
  close (fd);
}

/* On one processor it runs as soon as it is told, before whoever woke it goes on. */
typedef struct {
  Reader *feeder;
  void (*answer) (Reader *feeder);
  gchar *preemption;
  sem_t waits;
  GThread *thread;
} Producer;

/* Nobody runs between its sem_post() and the wait in poll(). */
static gpointer
producer_wait (gpointer data)
{
  Producer *producer = data;
  struct sched_param urgent = { .sched_priority = 1 };
  struct pollfd told = { .fd = producer->feeder->fd, .events = POLLPRI };

  g_assert_no_errno (sched_setscheduler (0, SCHED_FIFO, &urgent));
  g_assert_no_errno (sem_post (&producer->waits));
  g_assert_cmpint (poll (&told, 1, -1), ==, 1);
  producer->answer (producer->feeder);
  return NULL;
}

static void
producer_start (
    Producer *producer, Reader *feeder, void (*answer) (Reader *feeder))
{
  producer->feeder = feeder;
  producer->answer = answer;
  producer->preemption = get_preemption ();
  if (producer->preemption)
    set_preemption ("full");
  feeder_subscribe (feeder, V4L2_EVENT_CTRL, FEEDER_VIEWERS, 0);
  g_assert_no_errno (sem_init (&producer->waits, 0, 0));
  producer->thread = g_thread_new ("producer", producer_wait, producer);
  g_assert_no_errno (sem_wait (&producer->waits));
}

static void
producer_join (Producer *producer)
{
  g_thread_join (producer->thread);
  sem_destroy (&producer->waits);
  if (producer->preemption)
    set_preemption (producer->preemption);
  g_free (producer->preemption);
}

static void
write_one (Reader *feeder)
{
  feeder_write (feeder, 7);
}

static void
who_answers_with_one_frame_is_seen (Fixture *fixture)
{
  FeederPair pair;
  Producer producer;

  feeder_pair_open (&pair, fixture->camera);
  producer_start (&producer, pair.feeder, write_one);
  reader_start (pair.reader, 2);
  producer_join (&producer);
  g_assert_cmpint (reader_get_control (pair.feeder, FEEDER_NO_BUFFER), ==, 0);
  g_assert_cmpuint (feeder_assert_next (pair.reader, 7), ==, 0);
  feeder_pair_close (&pair);
}

static void
draw (Reader *feeder)
{
  memset (feeder->data[0], 0x55, FEEDER_SIZE);
}

static void
who_is_told_that_a_viewer_has_gone_draws_where_it_sees_nothing (
    Fixture *fixture)
{
  FeederPair pair;
  Producer producer;
  struct v4l2_buffer buffer;

  feeder_pair_start (&pair, fixture->camera, BUFFERS);
  feeder_send (pair.feeder, 0, 1);
  reader_dequeue (pair.reader, &buffer);
  reader_queue (pair.reader, buffer.index);
  g_assert_cmpuint (feeder_take_back (pair.feeder), ==, 0);
  producer_start (&producer, pair.feeder, draw);
  reader_stream_off (pair.reader);
  producer_join (&producer);
  feeder_assert_filled (pair.reader->data[buffer.index], FEEDER_SIZE, 1);
  feeder_pair_close (&pair);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add_feed ("/feed-answers/" #name, name)
  ADD (who_answers_with_one_frame_is_seen);
  ADD (who_is_told_that_a_viewer_has_gone_draws_where_it_sees_nothing);
  return g_test_run ();
}
