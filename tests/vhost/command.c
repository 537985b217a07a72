/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "guest.h"

#include <string.h>

guint32
guest_open (Guest *self)
{
  WireCommand command = { le32 (WIRE_OPEN), le32 (0) };
  WireOpened opened;

  g_assert_cmpuint (
      guest_command (self, &command, sizeof command, &opened, sizeof opened),
      ==, sizeof opened);
  g_assert_cmpuint (get32 (opened.head.status), ==, 0);
  return get32 (opened.session);
}

void
guest_close (Guest *self, guint32 session)
{
  struct {
    WireCommand head;
    WireClose close;
  } command = { { le32 (WIRE_CLOSE), le32 (0) },
    { le32 (session), le32 (15) } };

  guest_command (self, &command, sizeof command, NULL, 0);
}

guint32
guest_ioctl_with (Guest *self, guint32 session, guint32 code, gpointer argument,
    gsize size, gconstpointer tail, gsize tail_size)
{
  struct {
    WireCommand head;
    WireIoctl ioctl;
  } command = { { le32 (WIRE_IOCTL), le32 (0) },
    { le32 (session), le32 (code) } };
  g_autofree guint8 *out = g_malloc (sizeof command + size + tail_size);
  g_autofree guint8 *in = g_malloc (sizeof (WireAnswer) + size);
  WireAnswer *answer = (WireAnswer *) in;
  gsize n;

  memcpy (out, &command, sizeof command);
  memcpy (out + sizeof command, argument, size);
  if (tail_size)
    memcpy (out + sizeof command + size, tail, tail_size);
  n = guest_command (
      self, out, sizeof command + size + tail_size, in, sizeof *answer + size);
  g_assert_cmpuint (n, >=, sizeof *answer);
  if (n > sizeof *answer)
    memcpy (argument, in + sizeof *answer, n - sizeof *answer);
  return get32 (answer->status);
}

guint32
guest_ioctl (
    Guest *self, guint32 session, guint32 code, gpointer argument, gsize size)
{
  return guest_ioctl_with (self, session, code, argument, size, NULL, 0);
}

guint32
guest_mmap (Guest *self, guint32 session, guint32 offset, guint64 *address,
    guint8 **data, gsize *size)
{
  struct {
    WireCommand head;
    WireMmap map;
  } command = { { le32 (WIRE_MMAP), le32 (0) },
    { le32 (session), le32 (WIRE_MMAP_WRITABLE), le32 (offset) } };
  WireMapped mapped;

  guest_command (self, &command, sizeof command, &mapped, sizeof mapped);
  if (get32 (mapped.head.status))
    return get32 (mapped.head.status);
  *address = get64 (mapped.address);
  *data = monitor_get_shared (guest_monitor (self)) + *address;
  *size = get64 (mapped.size);
  return 0;
}

guint32
guest_munmap (Guest *self, guint64 address)
{
  struct {
    WireCommand head;
    WireMunmap unmap;
  } command = { { le32 (WIRE_MUNMAP), le32 (0) }, { le64 (address) } };
  WireAnswer answer;

  g_assert_cmpuint (
      guest_command (self, &command, sizeof command, &answer, sizeof answer),
      ==, sizeof answer);
  return get32 (answer.status);
}
