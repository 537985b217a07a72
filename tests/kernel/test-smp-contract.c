/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a provider says of its camera as data, and changes while the camera is
 * there: programs are told, and what cannot be is refused.
 */
#include "fixture.h"
#include "misbehaviour.h"
#include "provider.h"

static void
a_value_that_the_provider_refuses_is_not_taken (Misbehaviour * m)
{
  struct v4l2_control control = {.id = CID_REFUSED,.value = 5 };

  assert_refused (ioctl (m->reader->fd, VIDIOC_S_CTRL, &control), EIO);
  g_assert_cmpint (reader_get_control (m->reader, CID_REFUSED), ==, 0);
  control.id = CID_DELIVERED;
  assert_refused (ioctl (m->reader->fd, VIDIOC_S_CTRL, &control), EACCES);
}

static void
a_value_that_the_provider_changes_is_shown_in_range (Misbehaviour * m)
{
  reader_set_control (m->reader, CID_TENFOLD, 4);
  g_assert_cmpint (reader_get_control (m->reader, CID_TENFOLD), ==, 40);
  reader_set_control (m->reader, CID_TENFOLD, 11);
  g_assert_cmpint (reader_get_control (m->reader, CID_TENFOLD), ==, 99);
}

static void
a_value_that_a_menu_has_not_is_not_shown (Misbehaviour * m)
{
  reader_set_control (m->reader, CID_HOLE, 2);
  g_assert_cmpint (reader_get_control (m->reader, CID_HOLE), ==, 2);
}

static void
controls_of_every_type_have_what_the_provider_said (Misbehaviour * m)
{
  struct v4l2_query_ext_ctrl query = {.id = CID_LARGE };
  struct v4l2_querymenu menu = {.id = V4L2_CID_POWER_LINE_FREQUENCY };

  g_assert_cmpint (reader_get_control (m->reader, CID_SWITCHES), ==, 0x11);
  g_assert_cmpint (reader_get_control (m->reader, CID_SIGNAL), ==, 1);
  g_assert_no_errno (ioctl (m->reader->fd, VIDIOC_QUERY_EXT_CTRL, &query));
  g_assert_cmpstr (query.name, ==, "Large");
  g_assert_cmpint (query.maximum, ==, G_GINT64_CONSTANT (1) << 40);
  menu.index = 1;
  g_assert_no_errno (ioctl (m->reader->fd, VIDIOC_QUERYMENU, &menu));
  g_assert_cmpstr ((char *) menu.name, ==, "50 Hz");
  /* The provider checks that it is in range. */
  reader_set_control (m->reader, CID_SWITCHES, (gint32) 0x80000001);
}

static void
subscribe (Misbehaviour * m, guint32 type, guint32 id)
{
  struct v4l2_event_subscription subscription = {.type = type,.id = id };

  g_assert_no_errno (ioctl (m->reader->fd, VIDIOC_SUBSCRIBE_EVENT,
          &subscription));
}

static void
programs_are_told_of_values_that_the_provider_sets (Misbehaviour * m)
{
  struct v4l2_event event;

  subscribe (m, V4L2_EVENT_CTRL, CID_DELIVERED);
  reader_start (m->reader, 4);
  misbehaviour_assert_frames (m, 0);
  g_assert_no_errno (ioctl (m->reader->fd, VIDIOC_DQEVENT, &event));
  g_assert_cmphex (event.id, ==, CID_DELIVERED);
  g_assert_cmpint (event.u.ctrl.value, >, 0);
}

static void
await_source_change (Misbehaviour * m)
{
  struct v4l2_event event;

  g_assert_no_errno (ioctl (m->reader->fd, VIDIOC_DQEVENT, &event));
  g_assert_cmpuint (event.type, ==, V4L2_EVENT_SOURCE_CHANGE);
  g_assert_cmphex (event.u.src_change.changes, ==,
      V4L2_EVENT_SRC_CH_RESOLUTION);
}

static guint
input_status (Misbehaviour * m)
{
  struct v4l2_input input = { 0 };

  g_assert_no_errno (ioctl (m->reader->fd, VIDIOC_ENUMINPUT, &input));
  return input.status;
}

static void
programs_are_told_that_there_is_no_signal (Misbehaviour * m)
{
  subscribe (m, V4L2_EVENT_SOURCE_CHANGE, 0);
  g_assert_cmphex (input_status (m), ==, 0);
  reader_set_control (m->reader, CID_SIGNAL, 0);
  await_source_change (m);
  g_assert_cmphex (input_status (m), ==, V4L2_IN_ST_NO_SIGNAL);
  reader_set_control (m->reader, CID_SIGNAL, 1);
  await_source_change (m);
  g_assert_cmphex (input_status (m), ==, 0);
}

static void
get_format (Reader * reader)
{
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_G_FMT, &reader->format));
}

/* The stream that runs goes on; the next one is of what there is then. */
static void
modes_are_replaced_while_a_program_streams (Misbehaviour * m)
{
  struct v4l2_pix_format *pix = &m->reader->format.fmt.pix;
  int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  struct v4l2_buffer buffer;

  subscribe (m, V4L2_EVENT_SOURCE_CHANGE, 0);
  reader_set_format (m->reader, V4L2_PIX_FMT_YUYV, 640, 480, 0);
  reader_start (m->reader, 2);
  reader_set_control (m->reader, CID_MODES, 1);
  await_source_change (m);
  /* First it tries modes that nobody can have. */
  kernel_log_await (m->log, "modes are refused: EVIL (0x4c495645): "
      "the format is unknown");
  get_format (m->reader);
  g_assert_cmphex (pix->pixelformat, ==, V4L2_PIX_FMT_YUYV);
  reader_dequeue (m->reader, &buffer);
  reader_queue (m->reader, buffer.index);
  reader_stream_off (m->reader);
  reader_queue (m->reader, 0);
  assert_refused (ioctl (m->reader->fd, VIDIOC_STREAMON, &type), EPIPE);

  reader_unmap (m->reader);
  get_format (m->reader);
  g_assert_cmphex (pix->pixelformat, ==, V4L2_PIX_FMT_GREY);
  g_assert_cmpuint (pix->width, ==, 320);
  reader_start (m->reader, 2);
  misbehaviour_assert_frames (m, 0);
}

static void
what_cannot_be_makes_no_camera (Misbehaviour * m)
{
  static const struct
  {
    enum wrong wrong;
    const char *words;
  } cases[] = {
    {WRONG_MODES, "modes are refused: EVIL (0x4c495645): the format is "
          "unknown"},
    {WRONG_WRITER, "device cannot write into memory of the processor alone"},
    {WRONG_INDEX, "index 16 is refused; allowed is 0 to 15"},
    {WRONG_CONTROL, "control 0x9b0905 is refused"},
  };

  misbehaviour_close (m);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *parameter = g_strdup_printf ("wrong=%d", cases[i].wrong);
    KernelLog *log = kernel_log_open ();

    g_assert_false (provider_load (MISBEHAVE_MODULE, parameter));
    g_assert_null (provider_node (MISBEHAVE_DEVICE));
    kernel_log_await (log, cases[i].words);
    kernel_log_close (log);
  }
}

static void
a_device_that_writes_gets_the_pages_of_each_buffer (Misbehaviour * m)
{
  misbehaviour_close (m);
  misbehaviour_open (m, "by_device=1");
  misbehaviour_stream (m, FAULT_NONE, 0, NULL);
}

static void
a_long_card_is_cut (Misbehaviour * m)
{
  struct v4l2_capability cap;

  g_assert_no_errno (ioctl (m->reader->fd, VIDIOC_QUERYCAP, &cap));
  g_assert_cmpstr ((char *) cap.card, ==, "0123456789 A Name That Is Much ");
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) misbehaviour_add ("/contract/" #name, name)
  ADD (a_value_that_the_provider_refuses_is_not_taken);
  ADD (a_value_that_the_provider_changes_is_shown_in_range);
  ADD (a_value_that_a_menu_has_not_is_not_shown);
  ADD (controls_of_every_type_have_what_the_provider_said);
  ADD (programs_are_told_of_values_that_the_provider_sets);
  ADD (programs_are_told_that_there_is_no_signal);
  ADD (modes_are_replaced_while_a_program_streams);
  ADD (what_cannot_be_makes_no_camera);
  ADD (a_device_that_writes_gets_the_pages_of_each_buffer);
  ADD (a_long_card_is_cut);
  return g_test_run ();
}
