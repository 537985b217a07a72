/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "viewer.h"

#include <linux/videodev2.h>
#include <string.h>

#define POINTER G_GUINT64_CONSTANT (0x7fca6754c000)

typedef struct {
  /* pages */
  WirePiece *pieces;
  gsize n;
  /* shared memory */
  guint32 offset;
  guint64 address;
  guint8 *data;
} Buffer;

struct _Viewer {
  Guest *guest;
  guint32 session;
  guint32 memory;
  gsize size;
  guint n;
  Buffer buffers[32];
};

Viewer *
viewer_open (Guest *guest)
{
  Viewer *self = g_new0 (Viewer, 1);
  WireFormat format = { .type = le32 (TYPE) };

  self->guest = guest;
  self->session = guest_open (guest);
  g_assert_cmpuint (
      guest_ioctl (guest, self->session, G_FMT, &format, sizeof format), ==, 0);
  self->size = get32 (format.sizeimage);
  return self;
}

void
viewer_forget (Viewer *self)
{
  for (guint i = 0; i < self->n; i++)
    g_free (self->buffers[i].pieces);
  g_free (self);
}

void
viewer_close (Viewer *self)
{
  for (guint i = 0; i < self->n; i++)
    if (self->buffers[i].data)
      g_assert_cmpuint (
          guest_munmap (self->guest, self->buffers[i].address), ==, 0);
  guest_close (self->guest, self->session);
  viewer_forget (self);
}

guint32
viewer_get_session (Viewer *self)
{
  return self->session;
}

guint32
viewer_set_format (Viewer *self, guint32 fourcc, guint32 width, guint32 height)
{
  WireFormat format = { .type = le32 (TYPE),
    .width = le32 (width),
    .height = le32 (height),
    .pixelformat = le32 (fourcc) };
  guint32 status =
      guest_ioctl (self->guest, self->session, S_FMT, &format, sizeof format);

  if (status)
    return status;
  g_assert_cmpuint (get32 (format.pixelformat), ==, fourcc);
  g_assert_cmpuint (get32 (format.width), ==, width);
  g_assert_cmpuint (get32 (format.height), ==, height);
  self->size = get32 (format.sizeimage);
  return 0;
}

gsize
viewer_get_size (Viewer *self)
{
  return self->size;
}

static void
make_pages (Viewer *self, Buffer *b)
{
  b->pieces = g_new (WirePiece, self->size / GUEST_PAGE + 1);
  b->n = 0;
  for (gsize at = 0; at < self->size; at += GUEST_PAGE, b->n++) {
    guint64 page = b->n % 3 ? guest_alloc (self->guest, 2 * GUEST_PAGE)
                            : guest_alloc_high (self->guest, 2 * GUEST_PAGE);

    b->pieces[b->n] = (WirePiece){ le64 (page),
      le32 (MIN (GUEST_PAGE, self->size - at)), le32 (0) };
  }
}

static void
make_mapping (Viewer *self, guint32 index, Buffer *b)
{
  WireBuffer wire = { .index = le32 (index), .type = le32 (TYPE) };
  gsize size;

  g_assert_cmpuint (
      guest_ioctl (self->guest, self->session, QUERYBUF, &wire, sizeof wire),
      ==, 0);
  b->offset = (guint32) get64 (wire.m);
  g_assert_cmpuint (guest_mmap (self->guest, self->session, b->offset,
                        &b->address, &b->data, &size),
      ==, 0);
  g_assert_cmpuint (size, ==, self->size);
}

void
viewer_request (Viewer *self, guint32 memory, guint32 count)
{
  WireRequest wire = {
    .count = le32 (count), .type = le32 (TYPE), .memory = le32 (memory)
  };

  g_assert_cmpuint (
      guest_ioctl (self->guest, self->session, REQBUFS, &wire, sizeof wire), ==,
      0);
  g_assert_cmpuint (get32 (wire.count), ==, count);
  self->memory = memory;
  for (; self->n < count; self->n++) {
    if (memory == V4L2_MEMORY_MMAP)
      make_mapping (self, self->n, &self->buffers[self->n]);
    else
      make_pages (self, &self->buffers[self->n]);
  }
}

guint32
viewer_queue (Viewer *self, guint32 index)
{
  Buffer *b = &self->buffers[index];
  WireBuffer wire = { .index = le32 (index),
    .type = le32 (TYPE),
    .memory = le32 (self->memory),
    .m = le64 (b->pieces ? POINTER + index : b->offset),
    .length = le32 ((guint32) self->size) };
  guint32 status = guest_ioctl_with (self->guest, self->session, QBUF, &wire,
      sizeof wire, b->pieces, b->n * sizeof (WirePiece));

  if (status == 0 && b->pieces)
    g_assert_cmphex (get64 (wire.m), ==, POINTER + index);
  return status;
}

static guint32
stream (Viewer *self, guint32 code)
{
  Le32 type = le32 (TYPE);

  return guest_ioctl (self->guest, self->session, code, &type, sizeof type);
}

guint32
viewer_start (Viewer *self)
{
  return stream (self, STREAMON);
}

guint32
viewer_stop (Viewer *self)
{
  return stream (self, STREAMOFF);
}

guint32
viewer_wait (Viewer *self, WireBuffer *wire)
{
  WireDqbufEvent event;

  do {
    gsize size = guest_wait_event (self->guest, &event);

    guest_post_event_buffer (self->guest);
    if (get32 (event.head.event) == WIRE_DQBUF)
      g_assert_cmpuint (size, ==, sizeof event);
  } while (get32 (event.head.event) != WIRE_DQBUF);
  g_assert_cmpuint (get32 (event.head.session), ==, self->session);
  *wire = event.buffer;
  return get32 (wire->index);
}

void
viewer_read (Viewer *self, guint32 index, guint8 *frame)
{
  Buffer *b = &self->buffers[index];

  if (b->data)
    memcpy (frame, b->data, self->size);
  for (gsize i = 0; b->data == NULL && i < b->n; i++)
    memcpy (frame + i * GUEST_PAGE,
        guest_at (self->guest, get64 (b->pieces[i].start)),
        get32 (b->pieces[i].size));
}

void
viewer_fill (Viewer *self, guint32 index, guint8 value)
{
  Buffer *b = &self->buffers[index];

  if (b->data)
    memset (b->data, value, self->size);
  for (gsize i = 0; b->data == NULL && i < b->n; i++)
    memset (guest_at (self->guest, get64 (b->pieces[i].start)), value,
        get32 (b->pieces[i].size));
}
