/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What comes back beside the answer: nothing of the kernel's, and nothing
 * behind the structure.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "breaking.h"

#define GUARD 64
#define PATTERN 0xa5
#define TYPE V4L2_BUF_TYPE_VIDEO_CAPTURE

typedef union
{
  guint8 bytes[512];
  struct v4l2_fmtdesc fmtdesc;
  struct v4l2_frmsizeenum size;
  struct v4l2_frmivalenum interval;
  struct v4l2_format format;
  struct v4l2_streamparm parm;
  struct v4l2_input input;
  struct v4l2_requestbuffers request;
  struct v4l2_create_buffers create;
  struct v4l2_buffer buffer;
  struct v4l2_exportbuffer export;
  struct v4l2_queryctrl query;
  struct v4l2_query_ext_ctrl query_ext;
  struct v4l2_querymenu menu;
} Argument;

/* Sets what the driver is told, and nothing else. */
typedef void (*Ask) (Argument * argument);

static void
ask_nothing (Argument * argument)
{
  (void) argument;
}

static void
ask_fmtdesc (Argument * argument)
{
  argument->fmtdesc.index = 0;
  argument->fmtdesc.type = TYPE;
}

static void
ask_size (Argument * argument)
{
  argument->size.index = 0;
  argument->size.pixel_format = V4L2_PIX_FMT_YUYV;
}

static void
ask_interval (Argument * argument)
{
  argument->interval.index = 0;
  argument->interval.pixel_format = V4L2_PIX_FMT_YUYV;
  argument->interval.width = 640;
  argument->interval.height = 480;
}

/* The first field is the type, or a number of which the first is 0. */
static void
ask_type (Argument * argument)
{
  argument->format.type = TYPE;
}

static void
ask_first (Argument * argument)
{
  argument->input.index = 0;
}

static void
ask_request (Argument * argument)
{
  argument->request.count = 2;
  argument->request.type = TYPE;
  argument->request.memory = V4L2_MEMORY_MMAP;
}

static void
ask_create (Argument * argument)
{
  memset (&argument->create.format, 0, sizeof (argument->create.format));
  argument->create.count = 1;
  argument->create.memory = V4L2_MEMORY_MMAP;
  argument->create.format.type = TYPE;
  argument->create.format.fmt.pix.sizeimage = 640 * 480 * 4;
}

static void
ask_buffer (Argument * argument)
{
  argument->buffer.index = 0;
  argument->buffer.type = TYPE;
  argument->buffer.memory = V4L2_MEMORY_MMAP;
  argument->buffer.flags = 0;
}

static void
ask_export (Argument * argument)
{
  argument->export.type = TYPE;
  argument->export.index = 0;
  argument->export.plane = 0;
  argument->export.flags = O_CLOEXEC;
}

static void
ask_brightness (Argument * argument)
{
  argument->query.id = V4L2_CID_BRIGHTNESS;
}

static void
ask_menu (Argument * argument)
{
  argument->menu.id = V4L2_CID_TEST_PATTERN;
  argument->menu.index = 1;
}

#define AT(type, field) G_STRUCT_OFFSET (type, field), \
  sizeof (((type *) NULL)->field)
/* What follows the member of a union that is in use. */
#define AFTER(type, field, part) \
  G_STRUCT_OFFSET (type, field) + sizeof (part), \
  sizeof (((type *) NULL)->field) - sizeof (part)
#define CALL(name, ask) #name, VIDIOC_##name, ask

/* In this order: buffers are there before they are asked for. */
static const struct
{
  const char *name;
  unsigned long request;
  Ask ask;
  gsize offset, size;
  gboolean text;                /* zero from its NUL on only */
} answers[] = {
  {CALL (QUERYCAP, ask_nothing), AT (struct v4l2_capability, reserved), 0},
  {CALL (QUERYCAP, ask_nothing), AT (struct v4l2_capability, driver), 1},
  {CALL (QUERYCAP, ask_nothing), AT (struct v4l2_capability, card), 1},
  {CALL (QUERYCAP, ask_nothing), AT (struct v4l2_capability, bus_info), 1},
  {CALL (ENUM_FMT, ask_fmtdesc), AT (struct v4l2_fmtdesc, reserved), 0},
  {CALL (ENUM_FMT, ask_fmtdesc), AT (struct v4l2_fmtdesc, description), 1},
  {CALL (ENUM_FRAMESIZES, ask_size), AT (struct v4l2_frmsizeenum, reserved),
      0},
  {CALL (ENUM_FRAMESIZES, ask_size), AFTER (struct v4l2_frmsizeenum,
        stepwise, struct v4l2_frmsize_discrete), 0},
  {CALL (ENUM_FRAMEINTERVALS, ask_interval), AT (struct v4l2_frmivalenum,
        reserved), 0},
  {CALL (ENUM_FRAMEINTERVALS, ask_interval), AFTER (struct v4l2_frmivalenum,
        stepwise, struct v4l2_fract), 0},
  {CALL (G_FMT, ask_type), AFTER (struct v4l2_format, fmt,
        struct v4l2_pix_format), 0},
  {CALL (TRY_FMT, ask_type), AFTER (struct v4l2_format, fmt,
        struct v4l2_pix_format), 0},
  {CALL (S_FMT, ask_type), AFTER (struct v4l2_format, fmt,
        struct v4l2_pix_format), 0},
  {CALL (G_PARM, ask_type), AFTER (struct v4l2_streamparm, parm,
        struct v4l2_captureparm), 0},
  {CALL (G_PARM, ask_type), AT (struct v4l2_streamparm,
        parm.capture.reserved), 0},
  {CALL (S_PARM, ask_type), AT (struct v4l2_streamparm,
        parm.capture.reserved), 0},
  {CALL (ENUMINPUT, ask_first), AT (struct v4l2_input, reserved), 0},
  {CALL (ENUMINPUT, ask_first), AT (struct v4l2_input, name), 1},
  {CALL (QUERYCTRL, ask_brightness), AT (struct v4l2_queryctrl, reserved), 0},
  {CALL (QUERYCTRL, ask_brightness), AT (struct v4l2_queryctrl, name), 1},
  {CALL (QUERY_EXT_CTRL, ask_brightness), AT (struct v4l2_query_ext_ctrl,
        reserved), 0},
  {CALL (QUERY_EXT_CTRL, ask_brightness), AT (struct v4l2_query_ext_ctrl,
        name), 1},
  {CALL (QUERYMENU, ask_menu), AT (struct v4l2_querymenu, reserved), 0},
  {CALL (QUERYMENU, ask_menu), AT (struct v4l2_querymenu, name), 1},
  {CALL (REQBUFS, ask_request), AT (struct v4l2_requestbuffers, reserved), 0},
  {CALL (QUERYBUF, ask_buffer), AT (struct v4l2_buffer, reserved2), 0},
  {CALL (QUERYBUF, ask_buffer), AT (struct v4l2_buffer, timecode), 0},
  {CALL (QBUF, ask_buffer), AT (struct v4l2_buffer, reserved2), 0},
  {CALL (EXPBUF, ask_export), AT (struct v4l2_exportbuffer, reserved), 0},
};

static void
assert_zero (const char *name, const guint8 * bytes, gsize size)
{
  for (gsize i = 0; i < size; i++)
    if (bytes[i])
      g_error ("%s: byte %zu of %zu that should be zero is 0x%02x", name, i,
          size, bytes[i]);
}

static void
assert_answer (int fd, guint i)
{
  gsize size = _IOC_SIZE (answers[i].request);
  Argument argument;
  const guint8 *at = argument.bytes + answers[i].offset;
  gsize skipped;

  g_assert_cmpuint (size + GUARD, <=, sizeof (argument));
  memset (&argument, PATTERN, sizeof (argument));
  answers[i].ask (&argument);
  if (ioctl (fd, answers[i].request, &argument) < 0)
    g_error ("%s: %s", answers[i].name, g_strerror (errno));
  skipped = answers[i].text ? strnlen ((const char *) at, answers[i].size) : 0;
  g_assert_true (!answers[i].text || skipped < answers[i].size);
  assert_zero (answers[i].name, at + skipped, answers[i].size - skipped);
  for (gsize g = size; g < size + GUARD; g++)
    g_assert_cmphex (argument.bytes[g], ==, PATTERN);
  if (answers[i].request == VIDIOC_EXPBUF)
    g_assert_no_errno (close (argument.export.fd));
}

static void
what_an_answer_does_not_say_is_zero (Fixture * fixture)
{
  int fd = open (fixture->camera->node, O_RDWR | O_CLOEXEC);

  g_assert_no_errno (fd);
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    assert_answer (fd, i);
  g_assert_no_errno (close (fd));
  breaking_figure ("%u fields of answers looked at",
      (guint) G_N_ELEMENTS (answers));
}

static void
created_buffers_answer_with_zeroed_reserves (Fixture * fixture)
{
  int fd = open (fixture->camera->node, O_RDWR | O_CLOEXEC);
  Argument argument;

  g_assert_no_errno (fd);
  memset (&argument, PATTERN, sizeof (argument));
  ask_create (&argument);
  g_assert_no_errno (ioctl (fd, VIDIOC_CREATE_BUFS, &argument));
  /* Kernels take words of this for new answers, and none says much yet. */
  assert_zero ("CREATE_BUFS", argument.bytes + sizeof (argument.create) -
      4 * sizeof (guint32), 4 * sizeof (guint32));
  for (gsize g = sizeof (argument.create); g < sizeof (argument); g++)
    g_assert_cmphex (argument.bytes[g], ==, PATTERN);
  g_assert_no_errno (close (fd));
}

static void
an_event_ends_with_zeros (Fixture * fixture)
{
  int fd = open (fixture->camera->node, O_RDWR | O_CLOEXEC);
  struct v4l2_event_subscription subscription = {
    .type = V4L2_EVENT_CTRL,.id = V4L2_CID_BRIGHTNESS,
    .flags = V4L2_EVENT_SUB_FL_SEND_INITIAL,
  };
  struct v4l2_event event;

  g_assert_no_errno (fd);
  g_assert_no_errno (ioctl (fd, VIDIOC_SUBSCRIBE_EVENT, &subscription));
  memset (&event, PATTERN, sizeof (event));
  g_assert_no_errno (ioctl (fd, VIDIOC_DQEVENT, &event));
  assert_zero ("DQEVENT's data", event.u.data + sizeof (event.u.ctrl),
      sizeof (event.u.data) - sizeof (event.u.ctrl));
  assert_zero ("DQEVENT's reserve", (const guint8 *) event.reserved,
      sizeof (event.reserved));
  g_assert_no_errno (close (fd));
}

/* A frame rarely ends where a page does. */
static void
behind_a_frame_its_mapping_is_zero (Fixture * fixture)
{
  static const char *const memories[] = { "vmalloc", "dma-sg" };

  for (guint i = 0; i < G_N_ELEMENTS (memories); i++) {
    const gsize page = (gsize) sysconf (_SC_PAGESIZE);
    Reader *reader;
    struct v4l2_buffer buffer;
    gsize size;

    test_camera_free (fixture->camera);
    fixture->camera = test_camera_new ("sizes", "18x18", "memory", memories[i],
        NULL);
    reader = reader_open (fixture->camera->node);
    reader_start (reader, 2);
    reader_dequeue (reader, &buffer);
    size = reader->format.fmt.pix.sizeimage;
    g_assert_cmpuint (size % page, !=, 0);
    /* vb2 states whole pages, or as much as was asked for. */
    assert_zero (memories[i], reader->data[buffer.index] + size,
        (size + page - 1) / page * page - size);
    reader_close (reader);
  }
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add ("/hostile-answers/" #name, name)
  ADD (what_an_answer_does_not_say_is_zero);
  ADD (created_buffers_answer_with_zeroed_reserves);
  ADD (an_event_ends_with_zeros);
  ADD (behind_a_frame_its_mapping_is_zero);
  return g_test_run ();
}
