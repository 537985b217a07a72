/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a program claims to be the length of a dma-buf that it queues. It counts
 * up to the size of the dma-buf itself, also where the number of the file becomes
 * that of another dma-buf meanwhile.
 */
#include <fcntl.h>
#include <unistd.h>

#include "exported.h"
#include "unplug.h"

#define CHANGES 3000
/* Only so that a number that never changes fails the test. */
#define MAX_CALLS 100000000

/* A dma-buf of another camera's, with a frame of so many pixels. */
static int
export_frame (const char *size)
{
  g_autoptr (TestCamera) camera = test_camera_new ("formats", "GREY", "sizes",
      size, NULL);
  g_autoptr (Reader) owner = reader_open (camera->node);

  reader_map (owner, 1);
  return export_buffer (owner, 0, O_RDWR);
}

static guint32
size_of (int fd)
{
  return (guint32) lseek (fd, 0, SEEK_END);
}

static Reader *
open_importer (TestCamera * camera)
{
  Reader *reader = reader_open (camera->node);

  reader_set_format (reader, V4L2_PIX_FMT_GREY, 320, 240, 0);
  request_imports (reader, 1);
  return reader;
}

/* Queues it, and takes it back. Returns: 0, or errno of QBUF */
static int
queue_and_cancel (Reader * reader, int fd, guint32 length)
{
  if (queue_import (reader, 0, fd, length) < 0)
    return errno;
  reader_stream_off (reader);
  return 0;
}

static void
assert_queued (Reader * reader, int fd, guint32 length, int expected)
{
  int error = queue_and_cancel (reader, fd, length);

  if (error != expected)
    g_error ("%u claimed of a dma-buf of %u bytes for a frame of %u: %s",
        length, size_of (fd), reader->format.fmt.pix.sizeimage,
        g_strerror (error));
}

static void
what_is_claimed_beyond_the_dma_buf_does_not_count (Fixture * fixture)
{
  const guint32 frame = 320 * 240;
  const guint32 claims[] = {
    0, frame, frame + 1, 640 * 480, 1 << 30, G_MAXUINT32,
  };
  g_autoptr (Reader) reader = open_importer (fixture->camera);
  int small = export_frame ("160x120"), large = export_frame ("640x480");

  g_assert_cmpuint (size_of (small), <, frame);
  g_assert_cmpuint (size_of (large), >, frame);
  for (guint i = 0; i < G_N_ELEMENTS (claims); i++) {
    assert_queued (reader, large, claims[i], 0);
    assert_queued (reader, small, claims[i], EINVAL);
  }
  assert_queued (reader, large, 1, EINVAL);
  assert_queued (reader, large, frame - 1, EINVAL);
  g_assert_no_errno (close (small));
  g_assert_no_errno (close (large));
}

static void
preparing_believes_no_claim_either (Fixture * fixture)
{
  g_autoptr (Reader) reader = open_importer (fixture->camera);
  int fd = export_frame ("640x480");
  struct v4l2_buffer buffer = {
    .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .memory = V4L2_MEMORY_DMABUF,
    .m.fd = fd,
    .length = G_MAXUINT32,
  };

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_PREPARE_BUF, &buffer));
  g_assert_cmpuint (buffer.length, ==, size_of (fd));
  g_assert_no_errno (close (fd));
}

typedef struct
{
  int fds[2];
  int number;                   /* what is now the one, now the other */
  gint stop;
} Juggler;

static gpointer
juggle (gpointer data)
{
  Juggler *juggler = data;

  for (guint i = 0; !g_atomic_int_get (&juggler->stop); i++) {
    int fd = juggler->fds[i % G_N_ELEMENTS (juggler->fds)];

    g_assert_no_errno (dup3 (fd, juggler->number, O_CLOEXEC));
  }
  return NULL;
}

/*
 * QBUF is called until its outcome has changed often enough. That shows how
 * often the number has changed hands, also on a machine that has more to do and
 * lets the two threads run by long turns.
 *
 * Returns: 0, or errno of a QBUF that failed as none should
 */
static int
queue_beside_juggler (Reader * reader, Juggler * juggler)
{
  const guint32 claim = size_of (juggler->fds[1]);
  GThread *thread = g_thread_new ("juggler", juggle, juggler);
  guint calls = 0, changes = 0;
  int before = 0, wrong = 0;

  while (changes < CHANGES) {
    int error = queue_and_cancel (reader, juggler->number, claim);

    g_assert_cmpuint (++calls, <, MAX_CALLS);
    changes += error != before;
    before = error;
    if (error && error != EINVAL)
      wrong = error;
  }
  g_test_message ("%u calls of QBUF", calls);
  g_atomic_int_set (&juggler->stop, TRUE);
  g_thread_join (thread);
  return wrong;
}

/* What is claimed is right of the one dma-buf and too much for the other. */
static void
a_dma_buf_that_takes_anothers_number_is_not_leaked (Fixture * fixture)
{
  const guint before = unplug_count_frame_memory ();
  Reader *reader = open_importer (fixture->camera);
  Juggler juggler = {
    .fds = {export_frame ("160x120"), export_frame ("640x480")},
  };
  int wrong;

  juggler.number = fcntl (juggler.fds[0], F_DUPFD_CLOEXEC, 0);
  g_assert_no_errno (juggler.number);
  wrong = queue_beside_juggler (reader, &juggler);
  for (guint i = 0; i < 2; i++)
    g_assert_no_errno (close (juggler.fds[i]));
  g_assert_no_errno (close (juggler.number));
  reader_close (reader);
  if (unplug_count_frame_memory () != before)
    g_error ("%u dma-bufs that nobody has are still there",
        unplug_count_frame_memory () - before);
  g_assert_cmpstr (g_strerror (wrong), ==, g_strerror (0));
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add ("/lengths/" #name, name)
  ADD (what_is_claimed_beyond_the_dma_buf_does_not_count);
  ADD (preparing_believes_no_claim_either);
  ADD (a_dma_buf_that_takes_anothers_number_is_not_leaked);
  return fixture_run_miscounted ();
}
