/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lending.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

void
lending_clear (Lending *self)
{
  g_clear_pointer (&self->feeder, reader_close);
  g_clear_pointer (&self->reader, reader_close);
}

void
lending_init_feeder (Lending *self, Fixture *fixture, guint buffers)
{
  self->feeder = reader_open (fixture->camera->output);
  reader_set_format (
      self->feeder, V4L2_PIX_FMT_YUYV, LENDING_WIDTH, LENDING_HEIGHT, 0);
  reader_map (self->feeder, buffers);
  reader_stream_on (self->feeder);
}

void
lending_init_reader (Lending *self, Fixture *fixture, guint buffers)
{
  self->reader = reader_open (fixture->camera->node);
  reader_start (self->reader, buffers);
}

void
lending_init (Lending *self, Fixture *fixture)
{
  memset (self, 0, sizeof (*self));
  lending_init_feeder (self, fixture, LENDING_BUFFERS);
  lending_init_reader (self, fixture, LENDING_BUFFERS);
}

guint
lending_size (Lending *self)
{
  return self->feeder->format.fmt.pix.sizeimage;
}

guint
lending_send (Lending *self)
{
  feeder_send (self->feeder, self->index, self->number);
  self->index = (self->index + 1) % self->feeder->count;
  return self->number++;
}

void
lending_pass (Lending *self)
{
  feeder_assert_next (self->reader, lending_send (self));
  feeder_take_back (self->feeder);
}

void
lending_warm_up (Lending *self)
{
  for (guint i = 0; i < 2 * self->feeder->count; i++)
    lending_pass (self);
}

gint64
lending_count (Lending *self, guint32 id)
{
  return reader_get_control (self->feeder, id);
}

guint
lending_begin (Lending *self, Fixture *fixture, guint *index,
    struct v4l2_buffer *buffer)
{
  guint number;

  lending_init (self, fixture);
  lending_warm_up (self);
  *index = self->index;
  number = lending_send (self);
  reader_dequeue (self->reader, buffer);
  return number;
}

gboolean
lending_gets_one_back (Lending *self, guint *index)
{
  struct v4l2_buffer buffer = {
    .type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
    .memory = V4L2_MEMORY_MMAP,
  };
  int result;

  fcntl (self->feeder->fd, F_SETFL, O_NONBLOCK);
  result = ioctl (self->feeder->fd, VIDIOC_DQBUF, &buffer);
  fcntl (self->feeder->fd, F_SETFL, 0);
  *index = buffer.index;
  return result == 0;
}
