/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the device does for a guest, and for one machine after another. */

#include <errno.h>
#include <linux/videodev2.h>
#include <string.h>

#include "rig.h"

static void
give_one (Rig *rig, guint32 sequence)
{
  VmBuffer *buffer = vm_camera_take_buffer (rig->camera);

  g_assert_nonnull (buffer);
  g_assert_cmpint (
      vm_camera_done (rig->camera, buffer, FRAME, 0, sequence, 0), ==, 0);
  vm_camera_give_back (rig->camera, buffer);
}

static void
expect_frame (Viewer *viewer, guint32 sequence)
{
  WireBuffer wire;

  viewer_wait (viewer, &wire);
  g_assert_cmpuint (get32 (wire.sequence), ==, sequence);
  g_assert_cmpuint (get32 (wire.bytesused), ==, FRAME);
  g_assert_cmphex (get32 (wire.flags), ==, V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC);
}

static void
the_configuration_names_the_camera (void)
{
  Rig *rig = rig_new (GUEST_PLAIN);
  struct {
    guint32 offset, size, flags;
    WireConfig config;
  } body = { .size = sizeof (WireConfig) };

  g_assert_cmpuint (monitor_ask (guest_monitor (rig->guest), VM_GET_CONFIG,
                        &body, sizeof body, &body, sizeof body),
      ==, sizeof body);
  g_assert_cmphex (get32 (body.config.card_caps), ==,
      V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING);
  g_assert_cmpuint (get32 (body.config.type), ==, 0);
  g_assert_cmpstr (body.config.card, ==, RIG_CARD);
  rig_free (rig);
}

static void
a_second_machine_follows_the_first (void)
{
  Rig *rig = rig_new (GUEST_PLAIN);
  Viewer *viewer = rig_watch (rig, V4L2_MEMORY_USERPTR, 2);

  guest_free (rig->guest);
  viewer_forget (viewer);
  rig_wait (rig, &rig->n_gone, 1);
  rig_wait (rig, &rig->n_stopped, 1);
  g_assert_null (rig->why);
  g_assert_null (vm_camera_take_buffer (rig->camera));
  g_assert_cmpuint (vm_camera_get_counts (rig->camera).sessions, ==, 0);
  rig->guest = guest_new (rig->path, GUEST_PLAIN);
  viewer = rig_watch (rig, V4L2_MEMORY_MMAP, 2);
  give_one (rig, 0);
  expect_frame (viewer, 0);
  g_assert_cmpuint (vm_camera_get_counts (rig->camera).front_ends, ==, 2);
  viewer_close (viewer);
  rig_free (rig);
}

static void
a_second_machine_waits_until_the_first_has_gone (void)
{
  Rig *rig = rig_new (GUEST_PLAIN);
  Guest *second = guest_new_bare (rig->path);
  guint64 features;

  monitor_send (guest_monitor (second), VM_GET_FEATURES, NULL, 0, NULL, 0);
  guest_close (rig->guest, guest_open (rig->guest));
  g_assert_cmpuint (vm_camera_get_counts (rig->camera).front_ends, ==, 1);
  guest_free (rig->guest);
  rig->guest = NULL;
  rig_wait (rig, &rig->n_come, 2);
  monitor_receive (
      guest_monitor (second), VM_GET_FEATURES, &features, sizeof features);
  g_assert_cmphex (features, ==, 0x170000000);
  guest_free (second);
  rig_free (rig);
}

static void
a_socket_of_somebody_else_is_left_alone (void)
{
  Rig *rig = rig_new (GUEST_PLAIN);
  int error = rig_try (rig);

  g_assert_cmpint (error, ==, -EADDRINUSE);
  guest_close (rig->guest, guest_open (rig->guest));
  rig_free (rig);
}

static void
a_paused_machine_goes_on_where_it_was (void)
{
  Rig *rig = rig_new (GUEST_PLAIN);
  Viewer *viewer = rig_watch (rig, V4L2_MEMORY_USERPTR, 2);

  guest_stop (rig->guest);
  g_assert_null (vm_camera_take_buffer (rig->camera));
  guest_start (rig->guest, -1, 0);
  guest_close (rig->guest, guest_open (rig->guest)); /* it has been heard */
  give_one (rig, 5);
  expect_frame (viewer, 5);
  g_assert_cmpuint (rig->n_stopped, ==, 0);
  viewer_close (viewer);
  rig_free (rig);
}

static void
a_machine_that_was_reset_begins_anew (void)
{
  Rig *rig = rig_new (GUEST_PLAIN);
  Viewer *viewer = rig_watch (rig, V4L2_MEMORY_MMAP, 2);

  viewer_forget (viewer);
  guest_stop (rig->guest);
  guest_start (rig->guest, 0, 16);
  rig_wait (rig, &rig->n_stopped, 1);
  g_assert_cmpuint (vm_camera_get_counts (rig->camera).sessions, ==, 0);
  viewer = viewer_open (rig->guest);
  viewer_request (viewer, V4L2_MEMORY_MMAP, 2);
  viewer_close (viewer);
  rig_free (rig);
}

static void
without_shared_memory_there_are_pages (void)
{
  Rig *rig = rig_new (GUEST_NO_SHARED_MEMORY);
  WireRequest wire = {
    .count = le32 (2), .type = le32 (TYPE), .memory = le32 (V4L2_MEMORY_MMAP)
  };
  guint32 session = guest_open (rig->guest);
  Viewer *viewer;

  g_assert_cmpuint (
      guest_ioctl (rig->guest, session, REQBUFS, &wire, sizeof wire), ==,
      EINVAL);
  guest_close (rig->guest, session);
  viewer = rig_watch (rig, V4L2_MEMORY_USERPTR, 2);
  give_one (rig, 0);
  expect_frame (viewer, 0);
  viewer_close (viewer);
  rig_free (rig);
}

/* No frame is lost for want of a buffer to tell of it. */
static void
events_wait_for_room (void)
{
  Rig *rig = rig_new (GUEST_PLAIN);
  Viewer *viewer;

  guest_stop (rig->guest);
  guest_start (rig->guest, 0, 0);
  viewer = rig_watch (rig, V4L2_MEMORY_USERPTR, 4);
  for (guint i = 0; i < 4; i++)
    give_one (rig, i);
  g_assert_null (vm_camera_take_buffer (rig->camera));
  g_assert_false (guest_has_event (rig->guest));
  g_assert_cmpuint (vm_camera_get_counts (rig->camera).events_kept, ==, 1);
  guest_post_event_buffer (rig->guest);
  for (guint i = 0; i < 4; i++)
    expect_frame (viewer, i);
  viewer_close (viewer);
  rig_free (rig);
}

static void
frames_that_nobody_was_told_of_end_with_the_stream (void)
{
  Rig *rig = rig_new (GUEST_PLAIN);
  Viewer *viewer;

  guest_stop (rig->guest);
  guest_start (rig->guest, 0, 0);
  viewer = rig_watch (rig, V4L2_MEMORY_USERPTR, 1);
  give_one (rig, 0);
  g_assert_cmpuint (viewer_stop (viewer), ==, 0);
  guest_post_event_buffer (rig->guest);
  g_assert_cmpuint (viewer_queue (viewer, 0), ==, 0);
  g_assert_false (guest_has_event (rig->guest));
  g_assert_cmpuint (viewer_start (viewer), ==, 0);
  give_one (rig, 7);
  expect_frame (viewer, 7);
  viewer_close (viewer);
  rig_free (rig);
}

static void
one_session_at_a_time_has_buffers (void)
{
  Rig *rig = rig_new (GUEST_PLAIN);
  Viewer *first = rig_watch (rig, V4L2_MEMORY_USERPTR, 1);
  Viewer *second = viewer_open (rig->guest);
  WireRequest wire = {
    .count = le32 (1), .type = le32 (TYPE), .memory = le32 (V4L2_MEMORY_USERPTR)
  };

  g_assert_cmpuint (guest_ioctl (rig->guest, viewer_get_session (second),
                        REQBUFS, &wire, sizeof wire),
      ==, EBUSY);
  g_assert_cmpuint (
      viewer_set_format (second, V4L2_PIX_FMT_YUYV, WIDTH, HEIGHT), ==, EBUSY);
  g_assert_cmpuint (viewer_start (second), ==, EBUSY);
  g_assert_cmpuint (viewer_stop (second), ==, EBUSY);
  viewer_close (second);
  give_one (rig, 0);
  expect_frame (first, 0);
  viewer_close (first);
  second = rig_watch (rig, V4L2_MEMORY_USERPTR, 1);
  viewer_close (second);
  rig_free (rig);
}

/* Shared memory, which a front end maps in its own time */

static void
other_messages_pass_a_mapping_that_takes_long (void)
{
  Rig *rig = rig_new (GUEST_LAZY_CHANNEL);
  guint32 session = guest_open (rig->guest);
  WireRequest wire = {
    .count = le32 (1), .type = le32 (TYPE), .memory = le32 (V4L2_MEMORY_MMAP)
  };
  struct {
    WireCommand head;
    WireMmap map;
  } command = { { le32 (WIRE_MMAP), le32 (0) },
    { le32 (session), le32 (0), le32 (0) } };
  WireMapped mapped;
  guint64 features;

  guest_ioctl (rig->guest, session, REQBUFS, &wire, sizeof wire);
  guest_submit (rig->guest, &command, sizeof command, sizeof mapped);
  monitor_ask (
      guest_monitor (rig->guest), VM_GET_FEATURES, NULL, 0, &features, 8);
  monitor_serve_channel (guest_monitor (rig->guest), 0);
  g_assert_cmpuint (
      guest_collect (rig->guest, &mapped, sizeof mapped), ==, sizeof mapped);
  g_assert_cmpuint (get32 (mapped.head.status), ==, 0);
  g_assert_cmpuint (get64 (mapped.size), ==, FRAME);
  rig_free (rig);
}

static void
a_mapping_that_fails_is_refused (void)
{
  Rig *rig = rig_new (GUEST_LAZY_CHANNEL);
  guint32 session = guest_open (rig->guest);
  WireRequest wire = {
    .count = le32 (1), .type = le32 (TYPE), .memory = le32 (V4L2_MEMORY_MMAP)
  };
  struct {
    WireCommand head;
    WireMmap map;
  } command = { { le32 (WIRE_MMAP), le32 (0) },
    { le32 (session), le32 (0), le32 (0) } };
  WireMapped mapped;

  guest_ioctl (rig->guest, session, REQBUFS, &wire, sizeof wire);
  guest_submit (rig->guest, &command, sizeof command, sizeof mapped);
  monitor_serve_channel (guest_monitor (rig->guest), EINVAL);
  g_assert_cmpuint (guest_collect (rig->guest, &mapped, sizeof mapped), ==, 8);
  g_assert_cmpuint (get32 (mapped.head.status), ==, ENOMEM);
  rig_free (rig);
}

/* Controls and events */

static guint32
act_on_brightness (Rig *rig, guint32 session, guint32 code, gint32 *value)
{
  struct {
    WireControls head;
    WireControl item;
  } wire = { .head.count = le32 (1),
    .head.pointer = le64 (0xff1100000614a8c0),
    .item = { le32 (V4L2_CID_BRIGHTNESS), le32 (0), le32 (0),
        le64 ((guint32) *value) } };
  guint32 status = guest_ioctl (rig->guest, session, code, &wire, sizeof wire);

  g_assert_cmphex (get64 (wire.head.pointer), ==, 0xff1100000614a8c0);
  *value = (gint32) get64 (wire.item.value);
  return status;
}

static guint32
subscribe (Rig *rig, guint32 session, guint32 type, guint32 id, guint32 flags)
{
  WireSubscription wire = { le32 (type), le32 (id), le32 (flags),
    { { { 0 } } } };

  return guest_ioctl (rig->guest, session, SUBSCRIBE_EVENT, &wire, sizeof wire);
}

/* The next event, which is one of V4L2's. */
static WireV4l2Event
expect_event (Rig *rig, guint32 session, guint32 type)
{
  WireDqbufEvent any;
  WireEventEvent event;

  g_assert_cmpuint (guest_wait_event (rig->guest, &any), ==, sizeof event);
  memcpy (&event, &any, sizeof event);
  g_assert_cmpuint (get32 (event.head.event), ==, WIRE_EVENT);
  g_assert_cmpuint (get32 (event.head.session), ==, session);
  g_assert_cmpuint (get32 (event.event.type), ==, type);
  return event.event;
}

static void
controls_are_told_both_ways (void)
{
  Rig *rig = rig_new (GUEST_PLAIN);
  guint32 mine = guest_open (rig->guest), other = guest_open (rig->guest);
  gint32 value = 0;
  WireV4l2Event event;

  g_assert_cmpuint (subscribe (rig, mine, V4L2_EVENT_CTRL, V4L2_CID_BRIGHTNESS,
                        V4L2_EVENT_SUB_FL_SEND_INITIAL),
      ==, 0);
  event = expect_event (rig, mine, V4L2_EVENT_CTRL);
  g_assert_cmpuint (get64 (event.u.control.value), ==, 128);
  g_assert_cmpuint (get32 (event.u.control.maximum), ==, 255);
  g_assert_cmpint (
      vm_camera_set_control (rig->camera, V4L2_CID_BRIGHTNESS, 77), ==, 0);
  event = expect_event (rig, mine, V4L2_EVENT_CTRL);
  g_assert_cmpuint (get64 (event.u.control.value), ==, 77);
  g_assert_cmpuint (act_on_brightness (rig, other, G_EXT_CTRLS, &value), ==, 0);
  g_assert_cmpint (value, ==, 77);
  value = 1000;
  g_assert_cmpuint (act_on_brightness (rig, other, S_EXT_CTRLS, &value), ==, 0);
  g_assert_cmpint (value, ==, 255);
  rig_wait (rig, &rig->n_set, 1);
  event = expect_event (rig, mine, V4L2_EVENT_CTRL);
  g_assert_cmpuint (get64 (event.u.control.value), ==, 255);
  g_assert_cmpuint (get32 (event.sequence), ==, 2);
  /* its own change is not told, but where it asks for that */
  value = 3;
  g_assert_cmpuint (act_on_brightness (rig, mine, S_EXT_CTRLS, &value), ==, 0);
  g_assert_false (guest_has_event (rig->guest));
  g_assert_cmpint (
      vm_camera_set_control (rig->camera, V4L2_CID_CONTRAST, 1), ==, -EINVAL);
  rig_free (rig);
}

static void
other_modes_are_told_of (void)
{
  static const VmFraction interval = { 1, 10 };
  static const VmMode mode = { .fourcc = V4L2_PIX_FMT_YUYV,
    .width = { 64, 128, 8 },
    .height = { 64, 128, 8 },
    .intervals = &interval,
    .n_intervals = 1 };
  Rig *rig = rig_new (GUEST_PLAIN);
  Viewer *viewer = rig_watch (rig, V4L2_MEMORY_USERPTR, 1);
  guint32 session = viewer_get_session (viewer);
  WireFormat format = { .type = le32 (TYPE) };
  WireRequest none = { .type = le32 (TYPE),
    .memory = le32 (V4L2_MEMORY_USERPTR) };

  g_assert_cmpuint (
      subscribe (rig, session, V4L2_EVENT_SOURCE_CHANGE, 0, 0), ==, 0);
  g_assert_cmpuint (subscribe (rig, session, V4L2_EVENT_EOS, 0, 0), ==, EINVAL);
  g_assert_cmpint (vm_camera_set_modes (rig->camera, &mode, 1), ==, 0);
  g_assert_cmpint (vm_camera_set_modes (rig->camera, NULL, 0), ==, -EINVAL);
  expect_event (rig, session, V4L2_EVENT_SOURCE_CHANGE);
  /* with buffers the guest keeps its mode */
  g_assert_cmpuint (
      guest_ioctl (rig->guest, session, G_FMT, &format, sizeof format), ==, 0);
  g_assert_cmpuint (get32 (format.width), ==, WIDTH);
  give_one (rig, 0);
  expect_frame (viewer, 0);
  guest_ioctl (rig->guest, session, REQBUFS, &none, sizeof none);
  guest_ioctl (rig->guest, session, G_FMT, &format, sizeof format);
  g_assert_cmpuint (get32 (format.width), ==, 128);
  viewer_close (viewer);
  rig_free (rig);
}

static void
an_error_ends_all_sessions (void)
{
  Rig *rig = rig_new (GUEST_PLAIN);
  Viewer *viewer = rig_watch (rig, V4L2_MEMORY_USERPTR, 1);
  guint32 session = viewer_get_session (viewer);
  WireFormat format = { .type = le32 (TYPE) };
  WireErrorEvent error;
  WireDqbufEvent event;

  vm_camera_post_error (rig->camera, EIO);
  rig_wait (rig, &rig->n_stopped, 1);
  g_assert_cmpuint (guest_wait_event (rig->guest, &event), ==, sizeof error);
  memcpy (&error, &event, sizeof error);
  g_assert_cmpuint (get32 (error.head.event), ==, WIRE_ERROR);
  g_assert_cmpuint (get32 (error.head.session), ==, session);
  g_assert_cmpuint (get32 (error.error), ==, EIO);
  g_assert_cmpuint (
      guest_ioctl (rig->guest, session, G_FMT, &format, sizeof format), ==,
      EINVAL);
  /* its number is kept until it is closed */
  g_assert_cmpuint (vm_camera_get_counts (rig->camera).sessions, ==, 1);
  viewer_close (viewer);
  g_assert_cmpuint (guest_open (rig->guest), ==, session + 1);
  rig_free (rig);
}

#define TEST(name) \
  { \
#name, name \
  }
static const struct {
  const char *name;
  void (*run) (void);
} tests[] = {
  TEST (the_configuration_names_the_camera),
  TEST (a_second_machine_follows_the_first),
  TEST (a_second_machine_waits_until_the_first_has_gone),
  TEST (a_socket_of_somebody_else_is_left_alone),
  TEST (a_paused_machine_goes_on_where_it_was),
  TEST (a_machine_that_was_reset_begins_anew),
  TEST (without_shared_memory_there_are_pages),
  TEST (events_wait_for_room),
  TEST (frames_that_nobody_was_told_of_end_with_the_stream),
  TEST (one_session_at_a_time_has_buffers),
  TEST (other_messages_pass_a_mapping_that_takes_long),
  TEST (a_mapping_that_fails_is_refused),
  TEST (controls_are_told_both_ways),
  TEST (other_modes_are_told_of),
  TEST (an_error_ends_all_sessions),
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *path = g_strdup_printf ("/vhost/%s", tests[i].name);

    g_test_add_func (path, tests[i].run);
  }
  return g_test_run ();
}
