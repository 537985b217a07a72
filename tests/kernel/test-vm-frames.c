/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames that the virtual machine's host has drawn: every format and size, by each
 * kind of memory, byte by byte.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drawing.h"
#include "exported.h"
#include "feeder.h"
#include "fixture.h"
#include "lender-controls.h"
#include "lent.h"
#include "reader.h"

#define BUFFERS 4
/* Of a coded frame the number is looked for: the host may have lost some first. */
#define MAX_LOST 10000

static guint num_frames = 60;
/* Of a stream whose frames are counted: five seconds, or a minute */
static guint num_counted = 150;

/**
 * Watch:
 * @drawing: draws what should have come
 * @expected: its memory
 * @first: the host's number of the first frame
 * @last: the guest's number of the last one, if there was any
 * @any: there was one
 */
typedef struct {
  Drawing *drawing;
  guint8 *expected;
  guint32 first;
  guint32 last;
  gboolean any;
} Watch;

static void
watch_init (Watch *watch, const Reader *reader)
{
  const struct v4l2_pix_format *pix = &reader->format.fmt.pix;

  *watch = (Watch){
    .drawing = drawing_create (
        pix->pixelformat, pix->width, pix->height, pix->bytesperline),
  };
  g_assert_nonnull (watch->drawing);
  g_assert_cmpuint (drawing_size (watch->drawing), ==, pix->sizeimage);
  g_assert_cmpuint (
      drawing_bytesperline (watch->drawing), ==, pix->bytesperline);
  watch->expected = g_malloc (pix->sizeimage);
}

static void
watch_finish (Watch *watch)
{
  drawing_destroy (watch->drawing);
  g_free (watch->expected);
}

static void
draw_expected_code (Watch *watch, const struct v4l2_buffer *buffer)
{
  guint32 lost = 0;

  if (!watch->any) {
    while (drawing_draw (watch->drawing, watch->expected, lost, 0) !=
               buffer->bytesused &&
           lost < MAX_LOST)
      lost++;
    watch->first = lost - buffer->sequence;
  }
  drawing_draw (
      watch->drawing, watch->expected, watch->first + buffer->sequence, 0);
}

/* The number in the picture follows the guest's; the time lies in the past. */
static void
draw_expected_picture (Watch *watch, Reader *reader,
    const struct v4l2_buffer *buffer, const guint8 *data)
{
  const VirtcamStamp stamp = reader_stamp (reader, data);

  if (!watch->any)
    watch->first = stamp.sequence - buffer->sequence;
  g_assert_cmpuint (stamp.sequence, ==, watch->first + buffer->sequence);
  drawing_draw (watch->drawing, watch->expected, stamp.sequence, stamp.time_ns);
}

static void
watch_check (Watch *watch, Reader *reader, const struct v4l2_buffer *buffer,
    const guint8 *data)
{
  if (drawing_bytesperline (watch->drawing))
    draw_expected_picture (watch, reader, buffer, data);
  else
    draw_expected_code (watch, buffer);
  g_assert_cmphex (buffer->flags & V4L2_BUF_FLAG_ERROR, ==, 0);
  if (watch->any)
    g_assert_cmpuint (buffer->sequence, >, watch->last);
  if (memcmp (data, watch->expected, buffer->bytesused) != 0)
    g_error ("frame %u has other bytes", buffer->sequence);
  watch->last = buffer->sequence;
  watch->any = TRUE;
}

static void
check_stream (Reader *reader)
{
  struct v4l2_buffer buffer;
  guint64 last = 0;
  Watch watch;

  watch_init (&watch, reader);
  reader_start (reader, BUFFERS);
  for (guint i = 0; i < num_frames; i++) {
    reader_dequeue (reader, &buffer);
    watch_check (&watch, reader, &buffer, reader->data[buffer.index]);
    g_assert_cmpuint (reader_timestamp (&buffer), >, last);
    g_assert_cmpuint (reader_timestamp (&buffer), <=, reader_now ());
    last = reader_timestamp (&buffer);
    reader_queue (reader, buffer.index);
  }
  reader_stream_off (reader);
  reader_unmap (reader);
  watch_finish (&watch);
}

typedef void (*Visit) (Reader *reader);

static void
visit_sizes (Reader *reader, guint32 fourcc, Visit visit)
{
  struct v4l2_frmsizeenum size = { .pixel_format = fourcc };

  for (; ioctl (reader->fd, VIDIOC_ENUM_FRAMESIZES, &size) == 0; size.index++) {
    g_assert_cmpuint (size.type, ==, V4L2_FRMSIZE_TYPE_DISCRETE);
    if (size.discrete.width > 320)
      continue;
    reader_set_format (
        reader, fourcc, size.discrete.width, size.discrete.height, 0);
    reader_set_interval (reader, 1, 120);
    g_test_message ("%.4s %ux%u", (const char *) &fourcc, size.discrete.width,
        size.discrete.height);
    visit (reader);
  }
  g_assert_cmpuint (size.index, >=, 2);
}

static void
visit_modes (Reader *reader, Visit visit)
{
  struct v4l2_fmtdesc format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

  for (; ioctl (reader->fd, VIDIOC_ENUM_FMT, &format) == 0; format.index++)
    visit_sizes (reader, format.pixelformat, visit);
  g_assert_cmpuint (format.index, >=, 20);
}

static void
every_frame_is_the_host_s (const char *memory)
{
  g_autoptr (TestCamera) camera = NULL;
  g_autoptr (Reader) reader = NULL;

  lent_load (memory);
  camera = lent_new (0);
  reader = reader_open (camera->node);
  visit_modes (reader, check_stream);
}

static void
every_frame_is_the_host_s_in_pages_of_the_guest_s (Fixture *fixture)
{
  (void) fixture;
  every_frame_is_the_host_s ("pages");
}

static void
every_frame_is_the_host_s_in_memory_of_the_host_s (Fixture *fixture)
{
  (void) fixture;
  every_frame_is_the_host_s ("mmap");
}

/* The host says how it has frames in its buffers, and the guest has its own way. */
static void
check_layouts (Reader *reader)
{
  for (gint32 layout = 1; layout <= 3; layout++) {
    reader_set_control (reader, LENDER_LAYOUT, layout);
    check_stream (reader);
  }
  reader_set_control (reader, LENDER_LAYOUT, 0);
}

static void
frames_lie_otherwise_in_the_host_s_buffers (const char *memory)
{
  static const guint32 formats[] = { V4L2_PIX_FMT_YUYV, V4L2_PIX_FMT_NV12,
    V4L2_PIX_FMT_RGB24, V4L2_PIX_FMT_MJPEG };
  g_autoptr (TestCamera) camera = NULL;
  g_autoptr (Reader) reader = NULL;

  lent_load (memory);
  camera = lent_new (0);
  reader = reader_open (camera->node);
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    reader_set_format (reader, formats[i], 160, 120, 0);
    reader_set_interval (reader, 1, 120);
    check_layouts (reader);
  }
}

static void
frames_lie_otherwise_in_the_host_s_buffers_of_pages (Fixture *fixture)
{
  (void) fixture;
  frames_lie_otherwise_in_the_host_s_buffers ("pages");
}

static void
frames_lie_otherwise_in_the_host_s_buffers_of_its_memory (Fixture *fixture)
{
  (void) fixture;
  frames_lie_otherwise_in_the_host_s_buffers ("mmap");
}

static Reader *
open_mode (TestCamera *camera)
{
  Reader *reader = reader_open (camera->node);

  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 320, 240, 0);
  reader_set_interval (reader, 1, 60);
  return reader;
}

/* One lent camera's frames in another one's memory. */
static void
frames_come_into_imported_memory (const char *memory)
{
  g_autoptr (TestCamera) first = NULL;
  g_autoptr (TestCamera) second = NULL;
  g_autoptr (Reader) importer = NULL;
  g_autoptr (Reader) owner = NULL;
  Exported exported;

  lent_load (memory);
  first = lent_new (0);
  second = lent_new (1);
  importer = open_mode (first);
  /* None may be lost, on however slow a machine. */
  reader_set_interval (importer, 1, 5);
  owner = open_mode (second);
  exported_init (&exported, owner, O_RDWR);
  assert_imports (importer, &exported);
  exported_close (&exported);
}

static void
frames_come_into_dma_bufs_from_pages_of_the_guest_s (Fixture *fixture)
{
  (void) fixture;
  frames_come_into_imported_memory ("pages");
}

static void
frames_come_into_dma_bufs_from_memory_of_the_host_s (Fixture *fixture)
{
  (void) fixture;
  frames_come_into_imported_memory ("mmap");
}

static void
frames_can_be_read (Fixture *fixture)
{
  g_autoptr (TestCamera) camera = lent_new (0);
  g_autoptr (Reader) reader = open_mode (camera);
  const gsize size = reader->format.fmt.pix.sizeimage;
  g_autofree guint8 *data = g_malloc (size);
  Watch watch;

  (void) fixture;
  watch_init (&watch, reader);
  for (guint i = 0; i < 5; i++) {
    VirtcamStamp stamp;

    g_assert_cmpint (read (reader->fd, data, size), ==, size);
    stamp = reader_stamp (reader, data);
    drawing_draw (watch.drawing, watch.expected, stamp.sequence, stamp.time_ns);
    g_assert_cmpmem (data, size, watch.expected, size);
  }
  watch_finish (&watch);
}

static void
two_cameras_stream_at_once (Fixture *fixture)
{
  g_autoptr (TestCamera) first = lent_new (0);
  g_autoptr (TestCamera) second = lent_new (1);
  g_autoptr (Reader) one = open_mode (first);
  g_autoptr (Reader) other = open_mode (second);
  Reader *readers[] = { one, other };
  Watch watches[2];
  struct v4l2_buffer buffer;

  (void) fixture;
  for (guint r = 0; r < 2; r++) {
    watch_init (&watches[r], readers[r]);
    reader_start (readers[r], BUFFERS);
  }
  for (guint i = 0; i < 2 * num_frames; i++) {
    reader_dequeue (readers[i % 2], &buffer);
    watch_check (&watches[i % 2], readers[i % 2], &buffer,
        readers[i % 2]->data[buffer.index]);
    reader_queue (readers[i % 2], buffer.index);
  }
  for (guint r = 0; r < 2; r++)
    watch_finish (&watches[r]);
}

/* The number that the host tells, or has told before and takes back. */
static gint64
await_left_out (Reader *reader, gboolean told)
{
  struct pollfd wait = { reader->fd, POLLPRI, 0 };
  struct v4l2_event event;
  gint64 left_out;

  while (((left_out = reader_get_control (reader, LENDER_LEFT_OUT)) >= 0) !=
         told) {
    g_assert_cmpint (poll (&wait, 1, -1), ==, 1);
    g_assert_true (feeder_next_event (reader, &event));
  }
  return left_out;
}

static void
have_the_host_count (Reader *reader, guint frames)
{
  feeder_subscribe (reader, V4L2_EVENT_CTRL, LENDER_LEFT_OUT, 0);
  reader_set_control (reader, LENDER_COUNT, 0);
  reader_set_control (reader, LENDER_COUNT, (gint32) frames);
  await_left_out (reader, FALSE);
}

/* The host counts for itself the frames that no buffer was there for. */
static void
count_frames (TestCamera *camera, guint rate, guint buffers)
{
  g_autoptr (Reader) reader = open_mode (camera);
  struct v4l2_buffer buffer;
  guint32 lost;
  Watch watch;

  reader_set_interval (reader, 1, rate);
  have_the_host_count (reader, num_counted);
  watch_init (&watch, reader);
  reader_start (reader, buffers);
  for (guint i = 0; i < num_counted; i++) {
    reader_dequeue (reader, &buffer);
    watch_check (&watch, reader, &buffer, reader->data[buffer.index]);
    reader_queue (reader, buffer.index);
  }
  lost = watch.last + 1 - num_counted;
  g_test_message ("%u frames, %u a second, %u buffers: %u lost", num_counted,
      rate, buffers, lost);
  g_assert_cmpint (await_left_out (reader, TRUE), ==, lost);
  watch_finish (&watch);
}

static void
each_lost_frame_had_no_buffer (const char *memory)
{
  g_autoptr (TestCamera) camera = NULL;

  lent_load (memory);
  camera = lent_new (0);
  count_frames (camera, 30, BUFFERS);
  /* Some are lost, unless the machine is fast. */
  count_frames (camera, 120, 1);
}

static void
each_lost_frame_had_no_buffer_in_pages_of_the_guest_s (Fixture *fixture)
{
  (void) fixture;
  each_lost_frame_had_no_buffer ("pages");
}

static void
each_lost_frame_had_no_buffer_in_memory_of_the_host_s (Fixture *fixture)
{
  (void) fixture;
  each_lost_frame_had_no_buffer ("mmap");
}

int
main (int argc, char **argv)
{
  if (g_getenv ("VIRTCAM_SHORT"))
    num_frames = num_counted = 5;
  if (g_getenv ("VIRTCAM_SOAK"))
    num_counted = 1800;
  fixture_init (argc, argv);
  lent_init ();
#define ADD(name) fixture_add_without_camera ("/vm-frames/" #name, name)
  ADD (every_frame_is_the_host_s_in_pages_of_the_guest_s);
  ADD (every_frame_is_the_host_s_in_memory_of_the_host_s);
  ADD (frames_lie_otherwise_in_the_host_s_buffers_of_pages);
  ADD (frames_lie_otherwise_in_the_host_s_buffers_of_its_memory);
  ADD (frames_come_into_dma_bufs_from_memory_of_the_host_s);
  ADD (frames_come_into_dma_bufs_from_pages_of_the_guest_s);
  ADD (frames_can_be_read);
  ADD (two_cameras_stream_at_once);
  ADD (each_lost_frame_had_no_buffer_in_pages_of_the_guest_s);
  ADD (each_lost_frame_had_no_buffer_in_memory_of_the_host_s);
  return g_test_run ();
}
