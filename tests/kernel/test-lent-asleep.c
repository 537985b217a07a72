/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The machine goes to sleep, until all devices sleep, and wakes up, with cameras that
 * its host lends.
 *
 * A guest's root is a device as well, and one that does not wake up: afterwards nothing
 * can be read that is not in memory, and no file can be closed. So all of this program
 * is in memory, and all of process 1, which reports its end; and no other program
 * runs but its parent, busybox, which is no file of the root's.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fixture.h"
#include "lender-controls.h"
#include "lent.h"
#include "unplug.h"

#define BUFFERS 4
#define FRAMES 10
#define STATE "/sys/power/state"
#define PM_TEST "/sys/power/pm_test"
#define PM_TEST_DELAY "/sys/module/suspend/parameters/pm_test_delay"

/* The first one's frames come by the host's memory, the other one's are pages. */
static TestCamera *cameras[2];

static void
put (const char *path, const char *value)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);

  g_assert_no_errno (fd);
  if (write (fd, value, strlen (value)) < 0)
    g_error ("%s: %s: %s", path, value, g_strerror (errno));
  close (fd);
}

static void
sleep_and_wake (void)
{
  put (PM_TEST, "devices");
  put (STATE, "freeze");
}

static Reader *
open_camera (guint number)
{
  Reader *reader = reader_open (cameras[number]->node);

  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 320, 240, 0);
  reader_set_interval (reader, 1, 30);
  return reader;
}

/* Takes frames whose numbers and times rise. */
static void
follow (Reader *reader, struct v4l2_buffer *last)
{
  for (guint i = 0; i < FRAMES; i++) {
    struct v4l2_buffer buffer;

    reader_dequeue (reader, &buffer);
    reader_stamp (reader, reader->data[buffer.index]);
    if (last->flags) {
      g_assert_cmpuint (buffer.sequence, >, last->sequence);
      g_assert_cmpuint (reader_timestamp (&buffer), >, reader_timestamp (last));
    }
    g_assert_cmpuint (reader_timestamp (&buffer), <=, reader_now ());
    *last = buffer;
    reader_queue (reader, buffer.index);
  }
}

static void
check_stream_goes_on (guint number)
{
  g_autoptr (Reader) reader = open_camera (number);
  struct v4l2_buffer last = { 0 };

  reader_start (reader, BUFFERS);
  for (guint times = 0; times < 3; times++) {
    follow (reader, &last);
    sleep_and_wake ();
  }
  follow (reader, &last);
}

static void
a_stream_of_pages_goes_on (Fixture *fixture)
{
  (void) fixture;
  check_stream_goes_on (1);
}

static void
a_stream_of_the_host_s_memory_goes_on (Fixture *fixture)
{
  (void) fixture;
  check_stream_goes_on (0);
}

static void
an_idle_camera_streams (Fixture *fixture)
{
  (void) fixture;
  sleep_and_wake ();
  for (guint i = 0; i < 2; i++) {
    g_autoptr (Reader) reader = open_camera (i);
    struct v4l2_buffer last = { 0 };

    reader_start (reader, BUFFERS);
    follow (reader, &last);
  }
}

static void
a_blocked_dqbuf_gets_its_frame (Fixture *fixture)
{
  g_autoptr (Reader) reader = open_camera (1);
  struct v4l2_buffer first, buffer;
  BlockedCall *blocked;
  int error;

  (void) fixture;
  reader_start (reader, 1);
  reader_dequeue (reader, &first);
  blocked = blocked_call_start (reader, call_dqbuf, &buffer, SYS_ioctl);
  sleep_and_wake ();
  reader_queue (reader, first.index);
  g_assert_cmpint (blocked_call_join (blocked, &error), ==, 0);
  g_assert_cmpuint (buffer.sequence, >, first.sequence);
}

static void
await_event (Reader *reader, guint32 type)
{
  struct pollfd wait = { reader->fd, POLLPRI, 0 };
  struct v4l2_event event;

  g_assert_cmpint (poll (&wait, 1, -1), ==, 1);
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_DQEVENT, &event));
  g_assert_cmpuint (event.type, ==, type);
}

static void
subscribe (Reader *reader, guint32 type, guint32 id)
{
  struct v4l2_event_subscription subscription = { .type = type, .id = id };

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_SUBSCRIBE_EVENT, &subscription));
}

static void
controls_are_the_host_s_still (Fixture *fixture)
{
  g_autoptr (Reader) reader = open_camera (1);

  (void) fixture;
  reader_set_control (reader, V4L2_CID_BRIGHTNESS, 17);
  subscribe (reader, V4L2_EVENT_CTRL, V4L2_CID_BRIGHTNESS);
  sleep_and_wake ();
  g_assert_cmpint (reader_get_control (reader, V4L2_CID_BRIGHTNESS), ==, 17);
  reader_set_control (reader, LENDER_CHANGE_BRIGHTNESS, 0);
  await_event (reader, V4L2_EVENT_CTRL);
  g_assert_cmpint (
      reader_get_control (reader, V4L2_CID_BRIGHTNESS), ==, LENDER_BRIGHTNESS);
}

/* Programs hear of it as of an error, and can begin anew. */
static void
assert_stream_has_failed (Reader *reader)
{
  struct v4l2_buffer buffer;

  while (call_dqbuf (reader, &buffer) == 0)
    reader_queue (reader, buffer.index);
  g_assert_cmpstr (g_strerror (errno), ==, g_strerror (EIO));
  reader_stream_off (reader);
  reader_unmap (reader);
}

static void
a_mode_that_is_gone_ends_the_stream (Fixture *fixture)
{
  g_autoptr (Reader) reader = open_camera (1);
  struct v4l2_buffer last = { 0 };

  (void) fixture;
  subscribe (reader, V4L2_EVENT_SOURCE_CHANGE, 0);
  reader_start (reader, BUFFERS);
  reader_set_control (reader, LENDER_CHANGE_MODES_NEXT, 0);
  sleep_and_wake ();
  assert_stream_has_failed (reader);
  await_event (reader, V4L2_EVENT_SOURCE_CHANGE);
  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 480, 360, 0);
  reader_start (reader, BUFFERS);
  follow (reader, &last);
  reader_set_control (reader, LENDER_CHANGE_MODES, 0);
  await_event (reader, V4L2_EVENT_SOURCE_CHANGE);
}

/* Its node gets the name that it had. */
static void
bind_again (const TestCamera *camera)
{
  g_autofree char *path = g_build_filename (camera->driver, "bind", NULL);

  put (path, camera->device);
}

/* It is as good as any once the driver has begun anew. */
static void
a_silent_host_ends_the_stream (Fixture *fixture)
{
  Reader *reader = open_camera (1);
  struct v4l2_buffer last = { 0 };

  (void) fixture;
  reader_start (reader, BUFFERS);
  reader_set_control (reader, LENDER_SILENCE_NEXT, 0);
  sleep_and_wake ();
  assert_stream_has_failed (reader);
  test_camera_unbind (cameras[1]);
  assert_gone (reader);
  reader_close (reader);
  bind_again (cameras[1]);
  reader = open_camera (1);
  reader_start (reader, BUFFERS);
  follow (reader, &last);
  reader_close (reader);
}

static void
run (const char *const *arguments)
{
  g_autoptr (GError) error = NULL;

  if (!g_spawn_sync (NULL, (char **) arguments, NULL, G_SPAWN_SEARCH_PATH, NULL,
          NULL, NULL, NULL, NULL, &error))
    g_error ("%s: %s", arguments[0], error->message);
}

/* The files that process 1 consists of. */
static void
read_process_1 (void)
{
  g_autofree char *maps = NULL;
  g_auto (GStrv) lines = NULL;

  g_assert_true (g_file_get_contents ("/proc/1/maps", &maps, NULL, NULL));
  lines = g_strsplit (maps, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    const char *path = strchr (lines[i], '/');
    g_autofree char *content = NULL;

    if (path)
      g_file_get_contents (path, &content, NULL, NULL);
  }
}

/* Who is the last to have a file waits in its end until the root has heard of that. So
 * a child has this program's files. */
static void
share_files (void)
{
  const pid_t child = fork ();

  g_assert_no_errno (child);
  if (child)
    return;
  for (int fd = 0; fd < 256; fd++)
    close (fd);
  for (;;)
    pause ();
}

static void
prepare (void)
{
  lent_set_timeout ("timeout=1000");
  lent_load ("mmap");
  for (guint i = 0; i < G_N_ELEMENTS (cameras); i++)
    cameras[i] = lent_new (i);
  run ((const char *[]){ "udevadm", "control", "--exit", NULL });
  /* Looks for files with translated words, the first time. */
  g_test_message ("what ends a stream: %s", g_strerror (EIO));
  read_process_1 ();
  share_files ();
  g_assert_no_errno (mlockall (MCL_CURRENT | MCL_FUTURE));
  put (PM_TEST_DELAY, "0");
  /* QEMU 11.1.3 does not survive that one device has its memory mapped while another
   * one is set up. */
  put ("/sys/power/pm_async", "0");
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
  lent_init ();
  if (access (PM_TEST, W_OK) < 0) {
    printf ("1..0 # SKIP this kernel has no " PM_TEST "\n");
    return 77;
  }
  prepare ();
#define ADD(name) fixture_add_without_camera ("/asleep/" #name, name)
  ADD (an_idle_camera_streams);
  ADD (a_stream_of_pages_goes_on);
  ADD (a_blocked_dqbuf_gets_its_frame);
  ADD (controls_are_the_host_s_still);
  ADD (a_mode_that_is_gone_ends_the_stream);
  ADD (a_silent_host_ends_the_stream);
  ADD (a_stream_of_the_host_s_memory_goes_on);
  return g_test_run ();
}
