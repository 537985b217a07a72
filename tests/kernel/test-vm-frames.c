/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames that the virtual machine's host has drawn: every format and size, by each
 * kind of memory, byte by byte.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drawing.h"
#include "exported.h"
#include "fixture.h"
#include "lent.h"
#include "reader.h"

#define BUFFERS 4
/* Of a coded frame the number is looked for: the host may have lost some first. */
#define MAX_LOST 10000

static guint num_frames = 60;

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

int
main (int argc, char **argv)
{
  if (g_getenv ("VIRTCAM_SHORT"))
    num_frames = 5;
  fixture_init (argc, argv);
  lent_init ();
#define ADD(name) fixture_add_without_camera ("/vm-frames/" #name, name)
  ADD (every_frame_is_the_host_s_in_pages_of_the_guest_s);
  ADD (every_frame_is_the_host_s_in_memory_of_the_host_s);
  return g_test_run ();
}
