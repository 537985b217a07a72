/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A camera that was taken away is taken away again, or comes back. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "unplug.h"

static void
a_second_unbind_is_an_error_and_rmdir_still_works (Fixture * fixture,
    Unplug unplug)
{
  int fd;

  unplug (fixture->camera);
  fd = open (VIRTCAM_DRIVER "/unbind", O_WRONLY | O_CLOEXEC);
  g_assert_no_errno (fd);
  assert_refused (write (fd, fixture->camera->device,
          strlen (fixture->camera->device)), ENODEV);
  g_assert_no_errno (close (fd));
  test_camera_remove (fixture->camera);
}

static void
assert_streams (const char *node)
{
  g_autoptr (Reader) reader = reader_open (node);
  struct v4l2_buffer buffer;

  reader_start (reader, 4);
  for (guint i = 0; i < 3; i++)
    reader_dequeue (reader, &buffer);
  g_assert_cmpuint (buffer.sequence, >=, 2);
  g_assert_cmpuint (reader_stamp (reader, reader->data[buffer.index]).sequence,
      ==, buffer.sequence);
}

static void
rebinding_makes_a_new_camera_beside_the_lost_one (Fixture * fixture,
    Unplug unplug)
{
  g_autoptr (Reader) lost = reader_open (fixture->camera->node);

  reader_start (lost, 2);
  for (guint i = 0; i < 5; i++) {
    unplug (fixture->camera);
    assert_gone (lost);
    test_camera_bind (fixture->camera);
    assert_streams (fixture->camera->node);
  }
  assert_gone (lost);
}

static void
enabling_again_makes_a_new_camera_beside_the_lost_one (Fixture * fixture,
    Unplug unplug)
{
  g_autoptr (Reader) lost = reader_open (fixture->camera->node);
  GError *error = NULL;

  (void) unplug;
  reader_start (lost, 2);
  for (guint i = 0; i < 5; i++) {
    g_assert_true (test_camera_set (fixture->camera, "enabled", "0", &error));
    assert_gone (lost);
    test_camera_enable (fixture->camera);
    assert_streams (fixture->camera->node);
  }
  assert_gone (lost);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD_UNBIND(name) \
  unplug_add_once ("/unplug/unbind/" #name, name, test_camera_unbind)
  ADD_UNBIND (a_second_unbind_is_an_error_and_rmdir_still_works);
  ADD_UNBIND (rebinding_makes_a_new_camera_beside_the_lost_one);
  unplug_add_once
      ("/unplug/disable/enabling_again_makes_a_new_camera_beside_the_lost_one",
      enabling_again_makes_a_new_camera_beside_the_lost_one, NULL);
  return g_test_run ();
}
