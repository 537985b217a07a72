/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "misbehaviour.h"

#include <string.h>

#include "fixture.h"
#include "provider.h"
#include "unplug.h"

void
misbehaviour_open (Misbehaviour * m, const char *parameter)
{
  g_autofree char *node = NULL;

  g_assert_true (provider_load (MISBEHAVE_MODULE, parameter));
  node = provider_node (MISBEHAVE_DEVICE);
  g_assert_nonnull (node);
  m->reader = reader_open (node);
}

static void
set_up (Misbehaviour * m, gconstpointer data)
{
  (void) data;
  m->log = kernel_log_open ();
  m->frame_memory = unplug_count_frame_memory ();
  misbehaviour_open (m, NULL);
}

static void
run (Misbehaviour * m, gconstpointer data)
{
  ((MisbehaviourTest) data) (m);
}

static void
tear_down (Misbehaviour * m, gconstpointer data)
{
  Fixture fixture = {.log = m->log };

  (void) data;
  reader_close (m->reader);
  if (g_file_test ("/sys/module/" MISBEHAVE_DEVICE, G_FILE_TEST_EXISTS))
    g_assert_true (provider_unload (MISBEHAVE_MODULE));
  g_assert_cmpuint (unplug_count_frame_memory (), ==, m->frame_memory);
  g_assert_cmpint (fixture_driver_references (), ==, 0);
  fixture_finish (&fixture);
}

void
misbehaviour_add (const char *path, MisbehaviourTest test)
{
  g_test_add (path, Misbehaviour, (gconstpointer) test, set_up, run,
      tear_down);
}

void
misbehaviour_close (Misbehaviour * m)
{
  reader_close (m->reader);
  m->reader = NULL;
  g_assert_true (provider_unload (MISBEHAVE_MODULE));
}

void
misbehaviour_assert_frames (Misbehaviour * m, guint flags)
{
  struct v4l2_buffer buffer;
  guint64 time = 0, next = 0;

  for (guint i = 0; i < MISBEHAVE_FRAMES; i++) {
    reader_dequeue (m->reader, &buffer);
    g_assert_cmpuint (buffer.sequence, >=, next);
    g_assert_cmpuint (reader_timestamp (&buffer), >, time);
    g_assert_cmpuint (reader_timestamp (&buffer), <=,
        reader_now () + G_GUINT64_CONSTANT (1000000000));
    g_assert_cmpuint (buffer.bytesused, <=, buffer.length);
    g_assert_cmphex (buffer.flags & V4L2_BUF_FLAG_ERROR, ==, flags);
    next = (guint64) buffer.sequence + 1;
    time = reader_timestamp (&buffer);
    reader_queue (m->reader, buffer.index);
  }
}

void
misbehaviour_stream (Misbehaviour * m, enum fault fault, guint flags,
    const char *words)
{
  for (gint from = FROM_TIMER; from <= FROM_WORK; from++) {
    KernelLog *log = kernel_log_open ();

    reader_set_control (m->reader, CID_FAULT, (gint32) fault);
    reader_set_control (m->reader, CID_FROM, from);
    reader_start (m->reader, 4);
    misbehaviour_assert_frames (m, flags);
    reader_stream_off (m->reader);
    reader_unmap (m->reader);
    if (words)
      kernel_log_await (log, words);
    else if (strstr (kernel_log_read (log), MISBEHAVE_DEVICE))
      g_error ("the log says: %s", kernel_log_read (log));
    kernel_log_close (log);
  }
}
