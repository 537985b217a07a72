/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A frame that a viewer has been lent, and what holds its memory besides: devices,
 * which are other cameras' output nodes here, and the kernel itself. */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "exported.h"
#include "feeder.h"
#include "fixture.h"

#define WIDTH 64
#define HEIGHT 48
#define SIZE (WIDTH * HEIGHT * 2)
#define BUFFERS 4

/* The viewer has the first frame, in a buffer that has been exported. */
typedef struct {
  Reader *feeder, *reader;
  struct v4l2_buffer lent;
  int fd;
} Loan;

static void
loan_init (Loan *loan, Fixture *fixture)
{
  loan->feeder = reader_open (fixture->camera->output);
  reader_set_format (loan->feeder, V4L2_PIX_FMT_YUYV, WIDTH, HEIGHT, 0);
  reader_map (loan->feeder, BUFFERS);
  reader_stream_on (loan->feeder);
  loan->reader = reader_open (fixture->camera->node);
  reader_start (loan->reader, BUFFERS);
  feeder_send (loan->feeder, 0, 1);
  reader_dequeue (loan->reader, &loan->lent);
  g_assert_cmpint (reader_get_control (loan->feeder, FEEDER_COPIES), ==, 0);
  loan->fd = export_buffer (loan->reader, loan->lent.index, O_RDWR);
}

static void
loan_clear (Loan *loan)
{
  close (loan->fd);
  g_clear_pointer (&loan->feeder, reader_close);
  g_clear_pointer (&loan->reader, reader_close);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Loan, loan_clear)

static guint8 *
loan_data (Loan *loan)
{
  return loan->reader->data[loan->lent.index];
}

/* A camera that takes a dma-buf, keeps it mapped, and shows what it finds there */
typedef struct {
  TestCamera *camera;
  Reader *importer, *watcher;
} Device;

static void
device_init (Device *device)
{
  device->camera = test_feed_new ("placeholder", "none", NULL);
  device->importer = reader_open (device->camera->output);
  reader_set_format (device->importer, V4L2_PIX_FMT_YUYV, WIDTH, HEIGHT, 0);
  request_imports (device->importer, 1);
  reader_stream_on (device->importer);
  device->watcher = reader_open (device->camera->node);
  reader_start (device->watcher, 2);
}

static void
device_clear (Device *device)
{
  reader_close (device->importer);
  reader_close (device->watcher);
  test_camera_free (device->camera);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Device, device_clear)

static void
device_assert_sees (Device *device, int fd, const guint8 *data)
{
  struct v4l2_buffer buffer = {
    .type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
    .memory = V4L2_MEMORY_DMABUF,
    .m.fd = fd,
    .bytesused = SIZE,
  };

  g_assert_no_errno (ioctl (device->importer->fd, VIDIOC_QBUF, &buffer));
  g_assert_no_errno (ioctl (device->importer->fd, VIDIOC_DQBUF, &buffer));
  reader_dequeue (device->watcher, &buffer);
  g_assert_cmpmem (
      device->watcher->data[buffer.index], buffer.bytesused, data, SIZE);
  reader_queue (device->watcher, buffer.index);
}

static void
a_device_sees_what_its_viewer_writes (Fixture *fixture)
{
  g_auto (Loan) loan;
  g_auto (Device) device;

  loan_init (&loan, fixture);
  device_init (&device);
  device_assert_sees (&device, loan.fd, loan_data (&loan));
  loan_data (&loan)[0] ^= 0xff;
  device_assert_sees (&device, loan.fd, loan_data (&loan));
  feeder_assert_filled (loan.feeder->data[0], SIZE, 1);
}

/* Gives the lent buffer back, and keeps all others, so that it comes at last. */
static void
wait_for_placeholder (Loan *loan)
{
  const guint index = loan->lent.index;

  reader_queue (loan->reader, index);
  g_assert_cmpuint (feeder_take_back (loan->feeder), ==, 0);
  for (guint i = 0; i < BUFFERS; i++)
    reader_dequeue (loan->reader, &loan->lent);
  g_assert_cmpuint (loan->lent.index, ==, index);
}

static void
a_device_sees_the_placeholder_of_its_viewer_and_no_later_frame (
    Fixture *fixture)
{
  g_auto (Loan) loan;
  g_auto (Device) device;

  fixture->camera = test_feed_new (NULL, NULL);
  loan_init (&loan, fixture);
  device_init (&device);
  device_assert_sees (&device, loan.fd, loan_data (&loan));
  wait_for_placeholder (&loan);
  feeder_assert_filled (loan.feeder->data[0], SIZE, 1);
  memset (loan.feeder->data[0], 0x55, SIZE);
  device_assert_sees (&device, loan.fd, loan_data (&loan));
  g_clear_pointer (&loan.feeder, reader_close);
  device_assert_sees (&device, loan.fd, loan_data (&loan));
}

/* vmsplice() puts pages into a pipe, where nobody finds them; more easily those that
 * the program has touched. */
static void
the_kernel_keeps_no_pages_for_a_viewer (Fixture *fixture)
{
  g_auto (Loan) loan;
  struct iovec frame;
  int ends[2];

  loan_init (&loan, fixture);
  frame = (struct iovec){ loan_data (&loan), SIZE };
  g_assert_no_errno (pipe2 (ends, O_CLOEXEC));
  assert_refused (vmsplice (ends[1], &frame, 1, 0), EFAULT);
  feeder_assert_filled (loan_data (&loan), SIZE, 1);
  assert_refused (vmsplice (ends[1], &frame, 1, 0), EFAULT);
  g_assert_cmpint (write (ends[1], loan_data (&loan), SIZE), ==, SIZE);
  close (ends[0]);
  close (ends[1]);
}

/* Such pages would not follow where the viewer's memory goes. */
static void
a_viewers_dma_buf_has_no_private_mapping (Fixture *fixture)
{
  g_auto (Loan) loan;

  loan_init (&loan, fixture);
  g_assert_true (mmap (NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, loan.fd,
                     0) == MAP_FAILED);
  g_assert_cmpstr (g_strerror (errno), ==, g_strerror (EINVAL));
}

/* Of a producer, which leaves then, the kernel may keep pages: they were its own.
 * Returns: the end of a pipe that has them */
static int
loan_keep_pages (Loan *loan)
{
  struct iovec frame = { loan->feeder->data[0], SIZE };
  int ends[2];

  g_assert_no_errno (pipe2 (ends, O_CLOEXEC));
  g_assert_cmpint (vmsplice (ends[1], &frame, 1, 0), ==, SIZE);
  close (ends[1]);
  g_clear_pointer (&loan->feeder, reader_close);
  return ends[0];
}

/* They must show the frame that was lent, and are let go. */
static void
assert_kept (int pipe)
{
  g_autofree guint8 *kept = g_malloc (SIZE);

  g_assert_cmpint (read (pipe, kept, SIZE), ==, SIZE);
  feeder_assert_filled (kept, SIZE, 1);
  close (pipe);
}

static void
pages_kept_for_a_producer_show_no_frame_of_the_next_one (Fixture *fixture)
{
  g_auto (Loan) loan;
  int kept;

  loan_init (&loan, fixture);
  kept = loan_keep_pages (&loan);
  loan.feeder = reader_open (fixture->camera->output);
  reader_set_format (loan.feeder, V4L2_PIX_FMT_YUYV, WIDTH, HEIGHT, 0);
  reader_queue (loan.reader, loan.lent.index);
  /* Each buffer of the viewer's, so that one of the frames is where the first was. */
  for (guint i = 0; i < BUFFERS; i++) {
    feeder_write (loan.feeder, 10 + i);
    reader_dequeue (loan.reader, &loan.lent);
    feeder_assert_filled (loan_data (&loan), SIZE, 10 + i);
  }
  assert_kept (kept);
}

static void
pages_kept_for_a_producer_show_nothing_that_a_viewer_writes (Fixture *fixture)
{
  g_auto (Loan) loan;
  int kept;

  loan_init (&loan, fixture);
  kept = loan_keep_pages (&loan);
  memset (loan_data (&loan), 0x55, SIZE);
  assert_kept (kept);
}

/* STREAMOFF returns also those that wait for a frame. */
static void
a_viewer_that_has_stopped_sees_nothing_that_comes_later (Fixture *fixture)
{
  g_auto (Loan) loan;

  loan_init (&loan, fixture);
  reader_queue (loan.reader, loan.lent.index);
  g_assert_cmpuint (feeder_take_back (loan.feeder), ==, 0);
  reader_stream_off (loan.reader);
  feeder_assert_filled (loan_data (&loan), SIZE, 1);
  memset (loan.feeder->data[0], 0x55, SIZE);
  feeder_assert_filled (loan_data (&loan), SIZE, 1);
}

/* More of them than are looked after at once */
static void
mappings_that_are_gone_keep_no_memory_where_it_is (Fixture *fixture)
{
  g_auto (Loan) loan;

  loan_init (&loan, fixture);
  for (guint i = 0; i < 20; i++) {
    int fd = export_buffer (loan.reader, loan.lent.index, O_RDWR);
    guint8 *mapped = mmap (NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);

    g_assert_true (mapped != MAP_FAILED);
    feeder_assert_filled (mapped, SIZE, 1);
    g_assert_no_errno (munmap (mapped, SIZE));
    g_assert_no_errno (close (fd));
  }
  /* It gets a memory of its own, and takes part in the producer's again. */
  loan_data (&loan)[0] ^= 0xff;
  reader_queue (loan.reader, loan.lent.index);
  g_assert_cmpuint (feeder_take_back (loan.feeder), ==, 0);
  feeder_send (loan.feeder, 0, 2);
  feeder_assert_next (loan.reader, 2);
  g_assert_cmpint (reader_get_control (loan.feeder, FEEDER_COPIES), ==, 0);
}

/* A producer that polls gets a buffer back by a copy; another program does not. */
static void
a_program_that_only_looks_ends_no_loan (Fixture *fixture)
{
  g_auto (Loan) loan;
  g_autoptr (Reader) other = reader_open (fixture->camera->output);
  struct pollfd wait = { .fd = other->fd, .events = POLLOUT };
  struct v4l2_buffer buffer = {
    .type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
    .memory = V4L2_MEMORY_MMAP,
  };

  loan_init (&loan, fixture);
  poll (&wait, 1, 0);
  assert_refused (ioctl (other->fd, VIDIOC_DQBUF, &buffer), EBUSY);
  g_assert_cmpint (reader_get_control (loan.feeder, FEEDER_COPIES), ==, 0);
  reader_queue (loan.reader, loan.lent.index);
  g_assert_cmpuint (feeder_take_back (loan.feeder), ==, 0);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add_feed ("/feed-memory/" #name, name)
  ADD (a_device_sees_what_its_viewer_writes);
  fixture_add_without_camera (
      "/feed-memory/"
      "a_device_sees_the_placeholder_of_its_viewer_and_no_later_frame",
      a_device_sees_the_placeholder_of_its_viewer_and_no_later_frame);
  ADD (the_kernel_keeps_no_pages_for_a_viewer);
  ADD (a_viewers_dma_buf_has_no_private_mapping);
  ADD (pages_kept_for_a_producer_show_no_frame_of_the_next_one);
  ADD (pages_kept_for_a_producer_show_nothing_that_a_viewer_writes);
  ADD (a_viewer_that_has_stopped_sees_nothing_that_comes_later);
  ADD (mappings_that_are_gone_keep_no_memory_where_it_is);
  ADD (a_program_that_only_looks_ends_no_loan);
  return g_test_run ();
}
