/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "balance.h"

#include <stdlib.h>
#include <string.h>

#include "unplug.h"

#define BUFFERS "/sys/kernel/debug/dma_buf/bufinfo"

static const char *const modules[] = {
  "virtcam", "videobuf2_vmalloc", "videobuf2_dma_sg", "videobuf2_v4l2",
  "videobuf2_common", "videodev",
};

struct _Balance
{
  guint frame_memory;
  int dma_bufs;
  int references[G_N_ELEMENTS (modules)];
};

/* -1 where the module is built in, or is not loaded. */
static int
count_references (const char *module)
{
  g_autofree char *path = g_strdup_printf ("/sys/module/%s/refcnt", module);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? atoi (text) : -1;
}

/* The last line is "Total N objects, M bytes"; -1 without debugfs. */
static int
count_dma_bufs (void)
{
  g_autofree char *text = NULL;
  const char *total;

  if (!g_file_get_contents (BUFFERS, &text, NULL, NULL))
    return -1;
  total = g_strrstr (text, "Total ");
  return total ? atoi (total + strlen ("Total ")) : -1;
}

Balance *
balance_take (void)
{
  Balance *balance = g_new0 (Balance, 1);

  test_camera_settle ();
  balance->frame_memory = unplug_count_frame_memory ();
  balance->dma_bufs = count_dma_bufs ();
  for (guint i = 0; i < G_N_ELEMENTS (modules); i++)
    balance->references[i] = count_references (modules[i]);
  return balance;
}

void
balance_assert (Balance * before)
{
  g_autoptr (Balance) after = balance_take ();

  g_assert_cmpuint (after->frame_memory, ==, before->frame_memory);
  g_assert_cmpint (after->dma_bufs, ==, before->dma_bufs);
  for (guint i = 0; i < G_N_ELEMENTS (modules); i++)
    if (after->references[i] != before->references[i])
      g_error ("%s is used %d times, and was %d times", modules[i],
          after->references[i], before->references[i]);
}

void
balance_free (Balance * balance)
{
  g_free (balance);
}

typedef struct
{
  Fixture fixture;
  Balance *before;
} Balanced;

static void
set_up (Balanced * balanced, gconstpointer test)
{
  (void) test;
  balanced->fixture.log = kernel_log_open ();
  balanced->before = balance_take ();
}

static void
run (Balanced * balanced, gconstpointer test)
{
  ((FixtureTest) test) (&balanced->fixture);
}

static void
tear_down (Balanced * balanced, gconstpointer test)
{
  (void) test;
  test_camera_free (balanced->fixture.camera);
  balance_assert (balanced->before);
  balance_free (balanced->before);
  fixture_finish (&balanced->fixture);
}

void
balance_add (const char *path, FixtureTest test)
{
  g_test_add (path, Balanced, (gconstpointer) test, set_up, run, tear_down);
}
