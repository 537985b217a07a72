/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program sleeps in DQEVENT: what ends that, and what never gets there. */
#include <sched.h>

#include "unplug.h"

static int
call_dqevent (Reader * reader, gpointer data)
{
  return ioctl (reader->fd, VIDIOC_DQEVENT, data);
}

static void
subscribe_to_hue (Reader * reader)
{
  struct v4l2_event_subscription subscription = {
    .type = V4L2_EVENT_CTRL,.id = V4L2_CID_HUE,
  };

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_SUBSCRIBE_EVENT,
          &subscription));
}

static void
blocked_dqevent_returns_enodev (Fixture * fixture, Unplug unplug)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_event event;

  subscribe_to_hue (reader);
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
  struct v4l2_event event;
  BlockedCall *blocked;
  int error;

  subscribe_to_hue (reader);
  blocked = blocked_call_start (reader, dequeue_event_until_hue_is_one,
      &event, SYS_ioctl);
  reader_set_control (other, V4L2_CID_HUE, 1);
  g_assert_cmpint (blocked_call_join (blocked, &error), ==, 0);
  g_assert_cmpuint (event.id, ==, V4L2_CID_HUE);
}

/*
 * On one processor, where the sleepers go before everybody else, both are awake
 * and have seen the event before the ioctl that made it has left the camera to
 * them. Only one of them can have it then.
 */
static void
share_one_processor (cpu_set_t * before)
{
  cpu_set_t one;

  g_assert_no_errno (sched_getaffinity (0, sizeof (*before), before));
  CPU_ZERO (&one);
  CPU_SET (0, &one);
  g_assert_no_errno (sched_setaffinity (0, sizeof (one), &one));
}

static int
call_dqevent_first (Reader * reader, gpointer event)
{
  const struct sched_param first = {.sched_priority = 1 };

  g_assert_no_errno (sched_setscheduler (0, SCHED_FIFO, &first));
  return call_dqevent (reader, event);
}

/* Hue first, so that the others are set while its event is there already. */
static void
set_hue_and_more (Reader * reader)
{
  struct v4l2_ext_control values[] = {
    {.id = V4L2_CID_HUE,.value = 1}, {.id = V4L2_CID_BRIGHTNESS,.value = 1},
    {.id = V4L2_CID_CONTRAST,.value = 1},
  };
  struct v4l2_ext_controls controls = {
    .count = G_N_ELEMENTS (values),.controls = values,
  };

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_S_EXT_CTRLS, &controls));
}

static void
of_two_in_dqevent_one_gets_the_event_and_the_other_enodev (Fixture * fixture,
    Unplug unplug)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  g_autoptr (Reader) other = reader_open (fixture->camera->node);
  struct v4l2_event events[2];
  BlockedCall *sleepers[2];
  cpu_set_t processors;
  int woken, error;

  subscribe_to_hue (reader);
  share_one_processor (&processors);
  for (guint i = 0; i < 2; i++)
    sleepers[i] = blocked_call_start (reader, call_dqevent_first, &events[i],
        SYS_ioctl);
  set_hue_and_more (other);
  woken = blocked_call_first_end (sleepers, 2);
  g_assert_cmpint (woken, >=, 0);
  g_assert_cmpint (blocked_call_join (sleepers[woken], &error), ==, 0);
  g_assert_cmpuint (events[woken].id, ==, V4L2_CID_HUE);
  blocked_call_await_sleep (sleepers[!woken], SYS_ioctl);

  unplug (fixture->camera);
  if (!blocked_call_ends (sleepers[!woken]))
    g_error ("who came too late for the event sleeps on after the unplug");
  g_assert_cmpint (blocked_call_join (sleepers[!woken], &error), ==, -1);
  g_assert_cmpstr (g_strerror (error), ==, g_strerror (ENODEV));
  g_assert_no_errno (sched_setaffinity (0, sizeof (processors), &processors));
}

static int
call_ioctl (Reader * reader, gpointer request)
{
  guint8 argument[512] = { 0 };

  return ioctl (reader->fd, *(const unsigned long *) request, argument);
}

/* The number alone does not make an ioctl, nor does it make one wait. */
static void
dqevent_of_an_unknown_size_is_refused_at_once (Fixture * fixture)
{
  static const guint sizes[] = { 0, 8, 200, sizeof (struct v4l2_event) + 4 };
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);

  subscribe_to_hue (reader);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    unsigned long request = _IOC (_IOC_READ, 'V', _IOC_NR (VIDIOC_DQEVENT),
        sizes[i]);
    BlockedCall *call = blocked_call_begin (reader, call_ioctl, &request);
    int error;

    if (!blocked_call_ends (call))
      g_error ("DQEVENT with an argument of %u bytes waits", sizes[i]);
    g_assert_cmpint (blocked_call_join (call, &error), ==, -1);
    g_assert_cmpstr (g_strerror (error), ==, g_strerror (ENOTTY));
  }
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
  fixture_add ("/event/blocked_dqevent_returns_the_event",
      blocked_dqevent_returns_the_event);
  fixture_add ("/event/dqevent_of_an_unknown_size_is_refused_at_once",
      dqevent_of_an_unknown_size_is_refused_at_once);
  unplug_add ("blocked_dqevent_returns_enodev",
      blocked_dqevent_returns_enodev);
  unplug_add ("of_two_in_dqevent_one_gets_the_event_and_the_other_enodev",
      of_two_in_dqevent_one_gets_the_event_and_the_other_enodev);
  return g_test_run ();
}
