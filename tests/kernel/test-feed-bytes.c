/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes by write(), as cat does it: they are cut into frames, and half a frame is none. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "feeder.h"
#include "fixture.h"

/* The format is the viewer's. */
static void
pair_open_cat (FeederPair *pair, Fixture *fixture)
{
  feeder_pair_open (pair, fixture->camera);
  g_assert_cmpuint (pair->reader->format.fmt.pix.sizeimage, ==, FEEDER_SIZE);
  reader_start (pair->reader, 4);
  reader_close (pair->feeder);
  pair->feeder = reader_open (fixture->camera->output);
}

/* So many frames' bytes, one after the other */
static guint8 *
make_stream (guint frames)
{
  guint8 *bytes = g_malloc (frames * FEEDER_SIZE);

  for (guint i = 0; i < frames; i++)
    feeder_fill (bytes + i * FEEDER_SIZE, FEEDER_SIZE, i);
  return bytes;
}

static void
a_stream_of_bytes_is_cut_into_frames (Fixture *fixture)
{
  static const gsize chunks[] = { 1, 997, 4096, FEEDER_SIZE - 1, FEEDER_SIZE,
    FEEDER_SIZE + 1, FEEDER_SIZE * 3 + 5 };
  const guint frames = 8;
  g_autofree guint8 *bytes = make_stream (frames);

  for (guint c = 0; c < G_N_ELEMENTS (chunks); c++) {
    guint seen = 0;
    gsize at = 0;
    FeederPair pair;

    g_test_message ("chunks of %zu bytes", chunks[c]);
    pair_open_cat (&pair, fixture);
    while (at < frames * FEEDER_SIZE) {
      const gsize chunk = MIN (chunks[c], frames * FEEDER_SIZE - at);

      g_assert_cmpint (
          write (pair.feeder->fd, bytes + at, chunk), ==, (gssize) chunk);
      at += chunk;
      for (; seen < at / FEEDER_SIZE; seen++)
        g_assert_cmpuint (feeder_assert_next (pair.reader, seen), ==, seen);
      g_assert_false (feeder_has_frame (pair.reader));
    }
    feeder_pair_close (&pair);
  }
}

/* Memory that ends after @size bytes: the page behind is not there. */
static guint8 *
map_before_a_hole (gsize size, guint8 **start)
{
  const gsize page = (gsize) sysconf (_SC_PAGESIZE);
  const gsize whole = (size + page - 1) / page * page;

  *start = mmap (NULL, whole + page, PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  g_assert_true (*start != MAP_FAILED);
  g_assert_no_errno (munmap (*start + whole, page));
  return *start + whole - size;
}

/* NULL, which compilers know to be wrong */
static void *
nowhere (void)
{
  static void *volatile address;

  return address;
}

static void
a_frame_whose_memory_ends_early_is_refused_whole (Fixture *fixture)
{
  guint8 *start, *bytes = map_before_a_hole (FEEDER_SIZE / 2, &start);
  FeederPair pair;

  feeder_pair_open (&pair, fixture->camera);
  reader_start (pair.reader, 2);
  feeder_fill (bytes, FEEDER_SIZE / 2, 3);
  assert_refused (write (pair.feeder->fd, bytes, FEEDER_SIZE), EFAULT);
  assert_refused (write (pair.feeder->fd, nowhere (), FEEDER_SIZE), EFAULT);
  g_assert_false (feeder_has_frame (pair.reader));
  for (guint i = 4; i < 8; i++) {
    feeder_write (pair.feeder, i);
    g_assert_cmpuint (feeder_assert_next (pair.reader, i), ==, i - 4);
  }
  feeder_pair_close (&pair);
}

/* What was taken is told, and a call that took nothing changes nothing. */
static void
a_stream_goes_on_where_its_memory_ended (Fixture *fixture)
{
  g_autofree guint8 *stream = make_stream (2);
  guint8 *start, *bytes = map_before_a_hole (FEEDER_SIZE / 2, &start);
  gssize done;
  FeederPair pair;

  pair_open_cat (&pair, fixture);
  memcpy (bytes, stream, FEEDER_SIZE / 2);
  done = write (pair.feeder->fd, bytes, FEEDER_SIZE);
  g_assert_cmpint (done, ==, FEEDER_SIZE / 2);
  assert_refused (write (pair.feeder->fd, nowhere (), 100), EFAULT);
  g_assert_cmpint (
      write (pair.feeder->fd, stream + done, FEEDER_SIZE * 2 - done), ==,
      FEEDER_SIZE * 2 - done);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpuint (feeder_assert_next (pair.reader, i), ==, i);
  feeder_pair_close (&pair);
}

/* A call of S_FMT says that the program knows what a frame is. */
static void
a_frame_after_half_a_stream_is_whole (Fixture *fixture)
{
  g_autofree guint8 *bytes = g_malloc0 (FEEDER_SIZE / 2);
  FeederPair pair;

  pair_open_cat (&pair, fixture);
  g_assert_cmpint (
      write (pair.feeder->fd, bytes, FEEDER_SIZE / 2), ==, FEEDER_SIZE / 2);
  assert_refused (
      feeder_ask_format (pair.feeder, V4L2_PIX_FMT_NV12, 640, 480, 0, 0),
      EBUSY);
  for (guint i = 0; i < 3; i++) {
    feeder_write (pair.feeder, i);
    g_assert_cmpuint (feeder_assert_next (pair.reader, i), ==, i);
  }
  feeder_pair_close (&pair);
}

static void
half_a_frame_of_a_producer_that_left_is_forgotten (Fixture *fixture)
{
  g_autofree guint8 *bytes = g_malloc0 (FEEDER_SIZE / 2);
  FeederPair pair;

  pair_open_cat (&pair, fixture);
  for (guint i = 0; i < 6; i++) {
    g_assert_cmpint (
        write (pair.feeder->fd, bytes, FEEDER_SIZE / 2), ==, FEEDER_SIZE / 2);
    reader_close (pair.feeder);
    pair.feeder = reader_open (fixture->camera->output);
  }
  feeder_write (pair.feeder, 9);
  g_assert_cmpuint (feeder_assert_next (pair.reader, 9), ==, 0);
  g_assert_false (feeder_has_frame (pair.reader));
  feeder_pair_close (&pair);
}

static void
half_a_frame_for_a_viewer_that_left_goes_nowhere (Fixture *fixture)
{
  g_autofree guint8 *stream = make_stream (2);
  FeederPair pair;

  pair_open_cat (&pair, fixture);
  g_assert_cmpint (
      write (pair.feeder->fd, stream, FEEDER_SIZE / 2), ==, FEEDER_SIZE / 2);
  reader_stream_off (pair.reader);
  reader_unmap (pair.reader);
  reader_start (pair.reader, 2);
  g_assert_cmpint (
      write (pair.feeder->fd, stream + FEEDER_SIZE / 2, FEEDER_SIZE / 2), ==,
      FEEDER_SIZE / 2);
  g_assert_false (feeder_has_frame (pair.reader));
  feeder_write (pair.feeder, 1);
  /* The first one was lost to this viewer. */
  g_assert_cmpuint (feeder_assert_next (pair.reader, 1), ==, 1);
  feeder_pair_close (&pair);
}

int
main (int argc, char **argv)
{
#define ADD(name) fixture_add_feed ("/feed-bytes/" #name, name)
  fixture_init (argc, argv);
  ADD (a_stream_of_bytes_is_cut_into_frames);
  ADD (a_frame_whose_memory_ends_early_is_refused_whole);
  ADD (a_stream_goes_on_where_its_memory_ended);
  ADD (a_frame_after_half_a_stream_is_whole);
  ADD (half_a_frame_of_a_producer_that_left_is_forgotten);
  ADD (half_a_frame_for_a_viewer_that_left_goes_nowhere);
  return g_test_run ();
}
