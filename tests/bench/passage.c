/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a frame costs the kernel apart from its drawing: timer, waking, queue,
 * bookkeeping, the three system calls of who takes it. That is all that the
 * drawing thread and a bare loop execute, less the time in the driver's
 * function that draws, which the kernel's function_graph tracer tells in a
 * second stream.
 */
#include "camera.h"
#include "drivers.h"
#include "figure.h"
#include "loop.h"
#include "tracer.h"
#include "vivid.h"

#define FRAMES 200

static void
measure (const char *device, const char *node, const char *function)
{
  g_autoptr (Reader) reader = reader_open (node);
  LoopCost cost;

  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 640, 360, 0);
  cost = loop_start (reader, device, node, FRAMES);
  figure_print (cost.drawing + cost.taking -
                    tracer_instructions_to_draw (reader, function, FRAMES),
      "passage/%s", device);
  reader_stream_off (reader);
}

int
main (void)
{
  g_autoptr (TestCamera) camera = NULL;
  g_autofree char *vivid = NULL;

  drivers_need_both ();
  vivid = vivid_find ();
  camera = test_camera_new ("sizes", "640x360", "intervals", "1/25", NULL);
  test_camera_settle ();
  measure ("vivid", vivid, "vivid_fillbuff");
  measure ("virtcam", camera->node, "pattern_draw:mod:virtcam");
  return 0;
}
