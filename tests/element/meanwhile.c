/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "meanwhile.h"

#include "camera.h"
#include "reader.h"

void
meanwhile_watch_frames (guint n_frames)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Reader) reader = reader_open (camera->node);

  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 160, 120, 0);
  reader_set_interval (reader, 1, 30);
  reader_start (reader, 4);
  for (guint i = 0; i < n_frames; i++) {
    struct v4l2_buffer buffer;

    reader_dequeue (reader, &buffer);
    reader_queue (reader, buffer.index);
  }
  reader_stream_off (reader);
}
