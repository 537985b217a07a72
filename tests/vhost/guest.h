/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "monitor.h"
#include "vhost/wire.h"

/* A virtual machine in a process: the front end, the memory of a guest, and the guest's
 * driver, which does nothing by itself. What is not expected fails the test. */
typedef struct _Guest Guest;

typedef enum {
  GUEST_PLAIN = 0,
  GUEST_NO_SHARED_MEMORY = 1 << 0, /* as Cloud Hypervisor */
  GUEST_DIRECT = 1 << 1,           /* no indirect descriptors */
  GUEST_NO_EVENT_INDEX = 1 << 2,
  GUEST_LAZY_CHANNEL = 1 << 3, /* answers no request to map by itself */
} GuestFlags;

#define GUEST_REGION (G_GUINT64_CONSTANT (32) << 20)
/* its memory has two regions, each so large, at 0 and here */
#define GUEST_HIGH (G_GUINT64_CONSTANT (4) << 30)
#define GUEST_PAGE 4096

Guest *guest_new (const char *path, GuestFlags flags);
/* As if the machine were switched off. */
void guest_free (Guest *self);
/* The same memory is handed over anew. */
void guest_change_memory (Guest *self);
/* What the guest's reset of the device makes of the connection, and a start after
 * it; from: the first request's number, -1: where it had stopped. */
void guest_stop (Guest *self);
void guest_start (Guest *self, int from, guint n_event_buffers);

/* Pages that are in use by nothing else. */
guint64 guest_alloc (Guest *self, gsize size);
guint64 guest_alloc_high (Guest *self, gsize size);
guint8 *guest_at (Guest *self, guint64 address);

/* Makes a chain of descriptors that somebody wrote to the ring's table available, and
 * waits until it is back; returns how much was written. */
typedef struct {
  guint64 address;
  guint32 size;
  guint16 flags, next; /* 1: there is a next one; 2: writable; 4: indirect */
} GuestDescriptor;
gsize guest_chain (Guest *self, const GuestDescriptor *descriptors, gsize n);
/* Makes a descriptor available that there is not. */
void guest_break_ring (Guest *self);

/* Sends a command, and waits for its answer; returns how much was written. */
gsize guest_command (
    Guest *self, gconstpointer out, gsize out_size, gpointer in, gsize in_size);
/* The two halves of it. */
void guest_submit (
    Guest *self, gconstpointer out, gsize out_size, gsize in_size);
gsize guest_collect (Guest *self, gpointer in, gsize in_size);

/* Posts another buffer for events. */
void guest_post_event_buffer (Guest *self);
/* Waits for an event, whose buffer is not posted again; returns its size. */
gsize guest_wait_event (Guest *self, WireDqbufEvent *event);
gboolean guest_has_event (Guest *self);

/* A front end that only has called, and negotiated nothing. */
Guest *guest_new_bare (const char *path);
/* Its front end. */
Monitor *guest_monitor (Guest *self);

/* tests/vhost/command.c: what is said by such commands. */

guint32 guest_open (Guest *self);
void guest_close (Guest *self, guint32 session);
/* Returns the status. The argument, which may have a tail that is only sent, is
 * changed where there is an answer. */
guint32 guest_ioctl (
    Guest *self, guint32 session, guint32 code, gpointer argument, gsize size);
guint32 guest_ioctl_with (Guest *self, guint32 session, guint32 code,
    gpointer argument, gsize size, gconstpointer tail, gsize tail_size);
guint32 guest_mmap (Guest *self, guint32 session, guint32 offset,
    guint64 *address, guint8 **data, gsize *size);
guint32 guest_munmap (Guest *self, guint64 address);
