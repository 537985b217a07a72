/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program reads a frame into memory whose page is long in coming, such as
 * that of a slow disk or of another program's userfaultfd. Nobody else may have
 * to wait for it: not who takes the camera away, and not who asks it something.
 */
#include <unistd.h>

#include "missing-page.h"
#include "unplug.h"

typedef struct
{
  MissingPage *page;
  gsize size;                   /* of a frame */
} Target;

static int
call_read (Reader * reader, gpointer data)
{
  Target *target = data;

  return (int) read (reader->fd, target->page->data, target->size);
}

/* Returns: whether there can be missing pages; skips the test otherwise */
static gboolean
prepare (Reader * reader, Target * target)
{
  reader_set_format (reader, V4L2_PIX_FMT_GREY, 160, 120, 0);
  target->size = reader->format.fmt.pix.sizeimage;
  target->page = missing_page_new (target->size);
  if (target->page)
    return TRUE;
  g_test_skip_printf ("no userfaultfd: %s", g_strerror (errno));
  return FALSE;
}

static BlockedCall *
stall_in_read (Reader * reader, Target * target)
{
  BlockedCall *read = blocked_call_begin (reader, call_read, target);

  missing_page_await_fault (target->page);
  return read;
}

/* Gives the page. Returns: what read() returns then */
static int
go_on (BlockedCall * read, Target * target, int *error)
{
  missing_page_resolve (target->page);
  if (!blocked_call_ends (read))
    g_error ("read() goes on waiting though it has its memory");
  return blocked_call_join (read, error);
}

typedef struct
{
  TestCamera *camera;
  Unplug unplug;
} Departure;

static int
call_unplug (Reader * reader, gpointer data)
{
  Departure *departure = data;

  (void) reader;
  departure->unplug (departure->camera);
  return 0;
}

static void
a_reader_whose_memory_is_missing_holds_no_unplug_up (Fixture * fixture,
    Unplug unplug)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  Departure departure = { fixture->camera, unplug };
  Target target;
  BlockedCall *read, *away;
  int result, error;

  if (!prepare (reader, &target))
    return;
  read = stall_in_read (reader, &target);
  away = blocked_call_begin (NULL, call_unplug, &departure);
  if (!blocked_call_ends (away))
    g_error ("the unplug waits for a reader whose memory is missing");
  blocked_call_join (away, &error);

  result = go_on (read, &target, &error);
  if (result < 0)
    g_assert_cmpstr (g_strerror (error), ==, g_strerror (ENODEV));
  else
    g_assert_cmpint (result, >, 0);
  assert_gone (reader);
  missing_page_free (target.page);
}

static int
ask (Reader * reader, gpointer data)
{
  struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
  struct v4l2_queryctrl query = {.id = V4L2_CID_HUE };

  (void) data;
  if (ioctl (reader->fd, VIDIOC_G_FMT, &format) < 0)
    return -1;
  return ioctl (reader->fd, VIDIOC_QUERYCTRL, &query);
}

static void
a_reader_whose_memory_is_missing_holds_no_other_program_up (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  g_autoptr (Reader) other = reader_open (fixture->camera->node);
  Target target;
  BlockedCall *read, *question;
  int error;

  if (!prepare (reader, &target))
    return;
  read = stall_in_read (reader, &target);
  question = blocked_call_begin (other, ask, NULL);
  if (!blocked_call_ends (question))
    g_error ("G_FMT waits for a reader whose memory is missing");
  g_assert_cmpint (blocked_call_join (question, &error), ==, 0);
  g_assert_cmpint (go_on (read, &target, &error), ==, (int) target.size);
  g_assert_cmpuint (reader_stamp (reader, target.page->data).sequence, ==, 0);
  missing_page_free (target.page);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
  fixture_add
      ("/read/a_reader_whose_memory_is_missing_holds_no_other_program_up",
      a_reader_whose_memory_is_missing_holds_no_other_program_up);
  unplug_add ("a_reader_whose_memory_is_missing_holds_no_unplug_up",
      a_reader_whose_memory_is_missing_holds_no_unplug_up);
  return g_test_run ();
}
