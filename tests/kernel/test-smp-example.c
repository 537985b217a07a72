/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The provider of examples/provider: a module that anybody could have written. */
#include <string.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "provider.h"
#include "unplug.h"

#define MODULE "virtcam-solid"
/* Names of the kernel have no dash. */
#define DEVICE "virtcam_solid"
#define COLOUR (V4L2_CID_USER_BASE + 0x1000)

static const guint8 colours[][4] = {
  {81, 90, 81, 240}, {145, 54, 145, 34}, {41, 240, 41, 110},
};

/* The camera is not the fixture's: directories have nothing to do with it. */
static Reader *
open_example (void)
{
  g_autofree char *node = NULL;

  g_assert_true (provider_load (MODULE, NULL));
  node = provider_node (DEVICE);
  g_assert_nonnull (node);
  return reader_open (node);
}

static void
take_away (Reader * reader)
{
  reader_close (reader);
  g_assert_true (provider_unload (MODULE));
}

static void
assert_colour (Reader * reader, guint index, guint colour)
{
  for (gsize i = 0; i < reader->format.fmt.pix.sizeimage; i += 4)
    if (memcmp (reader->data[index] + i, colours[colour], 4) != 0)
      g_error ("byte %zu is not of colour %u", i, colour);
}

static void
every_byte_of_every_frame_has_the_colour_of_the_control (Fixture * fixture)
{
  Reader *reader = open_example ();
  struct v4l2_buffer buffer;

  (void) fixture;
  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 160, 120, 0);
  reader_start (reader, 3);
  for (guint colour = 0; colour < G_N_ELEMENTS (colours); colour++) {
    reader_set_control (reader, COLOUR, (gint32) colour);
    reader_dequeue_after (reader, &buffer);
    assert_colour (reader, buffer.index, colour);
    reader_queue (reader, buffer.index);
  }
  take_away (reader);
}

static void
any_size_of_its_range_can_be_had (Fixture * fixture)
{
  Reader *reader = open_example ();
  struct v4l2_frmsizeenum size = {.pixel_format = V4L2_PIX_FMT_YUYV };
  struct v4l2_frmivalenum interval = {
    .pixel_format = V4L2_PIX_FMT_YUYV,.width = 322,.height = 242,
  };
  struct v4l2_buffer buffer;

  (void) fixture;
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_ENUM_FRAMESIZES, &size));
  g_assert_cmpuint (size.type, ==, V4L2_FRMSIZE_TYPE_STEPWISE);
  g_assert_cmpuint (size.stepwise.max_width, ==, 1920);
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_ENUM_FRAMEINTERVALS,
          &interval));
  g_assert_cmpuint (interval.type, ==, V4L2_FRMIVAL_TYPE_STEPWISE);
  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 322, 242, 0);
  reader_set_interval (reader, 333333, 10000000);
  reader_start (reader, 2);
  reader_dequeue (reader, &buffer);
  g_assert_cmpuint (buffer.bytesused, ==, 322 * 242 * 2);
  take_away (reader);
}

static gboolean
taken_away (void)
{
  return !g_file_test ("/sys/module/" DEVICE, G_FILE_TEST_EXISTS);
}

static void
taking_its_module_away_ends_a_stream_with_enodev (Fixture * fixture)
{
  Reader *reader = open_example ();
  struct v4l2_buffer buffer;
  BlockedCall *blocked;
  int error;

  (void) fixture;
  reader_start (reader, 2);
  reader_dequeue (reader, &buffer);
  reader_dequeue (reader, &buffer);
  blocked = blocked_call_start (reader, call_dqbuf, &buffer, SYS_ioctl);
  g_assert_true (provider_unload (MODULE));
  g_assert_true (taken_away ());
  g_assert_cmpint (blocked_call_join (blocked, &error), ==, -1);
  g_assert_cmpstr (g_strerror (error), ==, g_strerror (ENODEV));
  assert_gone (reader);
  reader_close (reader);
}

/* Its frames come on while the module goes: nothing of it may run any more. */
static void
taking_its_module_away_ends_a_busy_stream (Fixture * fixture)
{
  (void) fixture;
  for (guint i = 0; i < 20; i++) {
    Reader *reader = open_example ();
    struct v4l2_buffer buffer;
    BlockedCall *blocked;
    int error;

    reader_set_format (reader, V4L2_PIX_FMT_YUYV, 160, 120, 0);
    reader_set_interval (reader, 1, 60);
    reader_start (reader, 4);
    blocked = blocked_call_begin (reader, call_dqbuf_until_it_fails, &buffer);
    g_assert_true (provider_unload (MODULE));
    g_assert_cmpint (blocked_call_join (blocked, &error), ==, -1);
    g_assert_cmpstr (g_strerror (error), ==, g_strerror (ENODEV));
    reader_close (reader);
  }
}

static void
virtcam_stays_as_long_as_a_provider_or_a_program_needs_it (Fixture * fixture)
{
  Reader *reader = open_example ();

  (void) fixture;
  assert_refused (syscall (SYS_delete_module, "virtcam", O_NONBLOCK),
      EWOULDBLOCK);
  g_assert_true (provider_unload (MODULE));
  assert_refused (syscall (SYS_delete_module, "virtcam", O_NONBLOCK),
      EWOULDBLOCK);
  reader_close (reader);
  g_assert_true (provider_unload ("virtcam"));
  g_assert_true (provider_load (MODULE, NULL));
  g_assert_true (provider_unload (MODULE));
  g_assert_true (provider_unload ("virtcam"));
  g_assert_true (provider_load ("virtcam", "devices=0"));
}

static void
set_up (Fixture * fixture, gconstpointer data)
{
  (void) data;
  fixture->log = kernel_log_open ();
  fixture->driver_references = (int) unplug_count_frame_memory ();
}

static void
run (Fixture * fixture, gconstpointer data)
{
  ((FixtureTest) data) (fixture);
}

static void
tear_down (Fixture * fixture, gconstpointer data)
{
  (void) data;
  g_assert_true (taken_away ());
  g_assert_cmpint ((int) unplug_count_frame_memory (), ==,
      fixture->driver_references);
  g_assert_cmpint (fixture_driver_references (), ==, 0);
  fixture_finish (fixture);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) g_test_add ("/example/" #name, Fixture, name, set_up, run, \
    tear_down)
  ADD (every_byte_of_every_frame_has_the_colour_of_the_control);
  ADD (any_size_of_its_range_can_be_had);
  ADD (taking_its_module_away_ends_a_stream_with_enodev);
  ADD (taking_its_module_away_ends_a_busy_stream);
  ADD (virtcam_stays_as_long_as_a_provider_or_a_program_needs_it);
  return g_test_run ();
}
