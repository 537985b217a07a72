/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A camera vanishes while a program sleeps in DQEVENT. */
#include "unplug.h"

static int
call_dqevent (Reader * reader, gpointer data)
{
  return ioctl (reader->fd, VIDIOC_DQEVENT, data);
}

static void
blocked_dqevent_returns_enodev (Fixture * fixture, Unplug unplug)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_event_subscription subscription = {
    .type = V4L2_EVENT_CTRL,.id = V4L2_CID_HUE,
  };
  struct v4l2_event event;

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_SUBSCRIBE_EVENT,
          &subscription));
  assert_unplug_ends (fixture, reader, unplug, call_dqevent, &event);
}

static int
dequeue_event_until_hue_is_one (Reader * reader, gpointer data)
{
  struct v4l2_event *event = data;

  do
    if (ioctl (reader->fd, VIDIOC_DQEVENT, event) < 0)
      return -1;
  while (event->u.ctrl.value != 1);
  return 0;
}

/* Waiting for events must still end with an event. */
static void
blocked_dqevent_returns_the_event (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  g_autoptr (Reader) other = reader_open (fixture->camera->node);
  struct v4l2_event_subscription subscription = {
    .type = V4L2_EVENT_CTRL,.id = V4L2_CID_HUE,
  };
  struct v4l2_event event;
  BlockedCall *blocked;
  int error;

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_SUBSCRIBE_EVENT,
          &subscription));
  blocked = blocked_call_start (reader, dequeue_event_until_hue_is_one,
      &event, SYS_ioctl);
  reader_set_control (other, V4L2_CID_HUE, 1);
  g_assert_cmpint (blocked_call_join (blocked, &error), ==, 0);
  g_assert_cmpuint (event.id, ==, V4L2_CID_HUE);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
  fixture_add ("/event/blocked_dqevent_returns_the_event",
      blocked_dqevent_returns_the_event);
  unplug_add ("blocked_dqevent_returns_enodev",
      blocked_dqevent_returns_enodev);
  return g_test_run ();
}
