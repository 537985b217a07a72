/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The links by which programs find a node whose number changes. */
#include <fcntl.h>
#include <unistd.h>

#include "fixture.h"
#include "reader.h"

#define VIEWERS 2
#define OUTPUT_INDEX 15

/* The node to which udev's link leads */
static char *
read_link (const char *device, guint index)
{
  g_autofree char *path = g_strdup_printf
      ("/dev/v4l/by-path/platform-%s-video-index%u", device, index);
  char *node = realpath (path, NULL);

  if (!node)
    g_error ("%s: %m", path);
  return node;
}

/* Its bus_info tells what node of its device it is. */
static void
assert_leads_to (const char *device, guint index)
{
  g_autofree char *node = read_link (device, index);
  g_autofree char *bus_info = g_strdup_printf ("platform:%s-%x", device, index);
  struct v4l2_capability cap;
  int fd = open (node, O_RDWR | O_CLOEXEC);

  g_assert_no_errno (fd);
  g_assert_no_errno (ioctl (fd, VIDIOC_QUERYCAP, &cap));
  g_assert_cmpstr ((const char *) cap.bus_info, ==, bus_info);
  g_assert_no_errno (close (fd));
}

static void
a_camera_that_draws_has_a_link_by_its_path (Fixture * fixture)
{
  test_camera_settle ();
  assert_leads_to (fixture->camera->device, 0);
}

static void
each_node_of_a_feed_has_a_link_of_its_own (Fixture * fixture)
{
  fixture->camera = test_feed_new ("viewers", "2", NULL);
  test_camera_settle ();
  for (guint i = 0; i < VIEWERS; i++)
    assert_leads_to (fixture->camera->device, i);
  assert_leads_to (fixture->camera->device, OUTPUT_INDEX);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
  fixture_add ("/links/a_camera_that_draws_has_a_link_by_its_path",
      a_camera_that_draws_has_a_link_by_its_path);
  fixture_add_without_camera ("/links/each_node_of_a_feed_has_a_link_of_its_own",
      each_node_of_a_feed_has_a_link_of_its_own);
  return g_test_run ();
}
