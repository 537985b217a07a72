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

void
viewer_scatter (Viewer *self, guint32 index, gsize size, gsize offset)
{
  Buffer *b = &self->buffers[index];
  gsize room = (size + offset + GUEST_PAGE) / GUEST_PAGE * GUEST_PAGE;

  g_free (b->pieces);
  b->pieces = g_new (WirePiece, self->size / MIN (size, GUEST_PAGE) + 2);
  b->n = 0;
  for (gsize at = 0; at < self->size; b->n++) {
    gsize skip = at == 0 ? offset : 0;
    gsize n = MIN (size - skip, self->size - at);
    guint64 page = b->n % 3 ? guest_alloc (self->guest, room)
                            : guest_alloc_high (self->guest, room);

    b->pieces[b->n] =
        (WirePiece){ le64 (page + skip), le32 ((guint32) n), le32 (0) };
    at += n;
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
      viewer_scatter (self, self->n, GUEST_PAGE, 0);
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

/* Does with each piece of a buffer, and what is at its place in frame. */
static void
for_each_piece (Viewer *self, guint32 index, guint8 *frame,
    void (*act) (guint8 *piece, guint8 *frame, gsize size))
{
  Buffer *b = &self->buffers[index];

  if (b->data)
    act (b->data, frame, self->size);
  for (gsize i = 0; b->data == NULL && i < b->n; i++) {
    gsize size = get32 (b->pieces[i].size);

    act (guest_at (self->guest, get64 (b->pieces[i].start)), frame, size);
    frame += size;
  }
}

static void
copy_out (guint8 *piece, guint8 *frame, gsize size)
{
  memcpy (frame, piece, size);
}

static void
copy_in (guint8 *piece, guint8 *frame, gsize size)
{
  memcpy (piece, frame, size);
}

void
viewer_read (Viewer *self, guint32 index, guint8 *frame)
{
  for_each_piece (self, index, frame, copy_out);
}

void
viewer_fill (Viewer *self, guint32 index, guint8 value)
{
  g_autofree guint8 *frame = g_malloc (self->size);

  memset (frame, value, self->size);
  for_each_piece (self, index, frame, copy_in);
}

gboolean
viewer_has (Viewer *self, guint32 index, guint8 value)
{
  g_autofree guint8 *frame = g_malloc (self->size);

  viewer_read (self, index, frame);
  for (gsize i = 0; i < self->size; i++)
    if (frame[i] != value)
      return FALSE;
  return TRUE;
}
