/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "guest.h"

#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#define USER G_GUINT64_CONSTANT (0x7000000000)
#define SIZE 64           /* of a ring */
#define BYTES (64 * 1024) /* of the largest command and answer */
#define EVENT_ROOM 608

enum { COMMANDS, EVENTS, N_RINGS };

/* All at guest addresses, in the first region. */
typedef struct {
  guint64 descriptors, available, used, tables, data;
  guint16 next_available, next_used;
  int kick, call;
} Ring;

struct _Guest {
  GuestFlags flags;
  Monitor *monitor;
  int memory_fd;
  guint8 *memory; /* both regions, one behind the other */
  guint64 next[2];
  Ring rings[N_RINGS];
};

guint8 *
guest_at (Guest *self, guint64 address)
{
  if (address >= GUEST_HIGH)
    return self->memory + GUEST_REGION + (address - GUEST_HIGH);
  g_assert_cmpuint (address, <, GUEST_REGION);
  return self->memory + address;
}

static guint64
alloc (Guest *self, guint region, gsize size)
{
  guint64 address = self->next[region];

  self->next[region] += (size + GUEST_PAGE - 1) / GUEST_PAGE * GUEST_PAGE;
  g_assert_cmpuint (self->next[region], <=, GUEST_REGION);
  return address + (region ? GUEST_HIGH : 0);
}

guint64
guest_alloc (Guest *self, gsize size)
{
  return alloc (self, 0, size);
}

guint64
guest_alloc_high (Guest *self, gsize size)
{
  return alloc (self, 1, size);
}

/* The protocol */

static guint64
ask_number (Guest *self, guint32 request)
{
  guint64 number;

  g_assert_cmpuint (
      monitor_ask (self->monitor, request, NULL, 0, &number, sizeof number), ==,
      8);
  return number;
}

static void
send_number (Guest *self, guint32 request, guint64 number)
{
  monitor_send (self->monitor, request, &number, sizeof number, NULL, 0);
}

static void
send_pair (Guest *self, guint32 request, guint32 index, guint32 value)
{
  guint32 body[2] = { index, value };

  monitor_send (self->monitor, request, body, sizeof body, NULL, 0);
}

/* Rings */

static void
put16 (Guest *self, guint64 address, guint16 value)
{
  __atomic_store_n ((guint16 *) (void *) guest_at (self, address),
      GUINT16_TO_LE (value), __ATOMIC_SEQ_CST);
}

static guint16
peek16 (Guest *self, guint64 address)
{
  return GUINT16_FROM_LE (__atomic_load_n (
      (guint16 *) (void *) guest_at (self, address), __ATOMIC_SEQ_CST));
}

static void
put_descriptor (Guest *self, guint64 table, guint n, guint64 address,
    guint32 size, guint16 flags)
{
  struct {
    Le64 address;
    Le32 size;
    Le16 flags, next;
  } descriptor = { le64 (address), le32 (size), le16 (flags),
    le16 ((guint16) (n + 1)) };

  memcpy (guest_at (self, table + 16 * n), &descriptor, sizeof descriptor);
}

static void
make_available (Guest *self, Ring *ring, guint16 head)
{
  const guint64 one = 1;

  put16 (self, ring->available + 4 + 2 * (ring->next_available % SIZE), head);
  ring->next_available++;
  put16 (self, ring->available + 2, ring->next_available);
  g_assert_cmpint (write (ring->kick, &one, sizeof one), ==, sizeof one);
}

/* Of the ring's next used entry; FALSE: there is none. */
static gboolean
get_used (Guest *self, Ring *ring, guint32 *head, guint32 *n_written)
{
  guint64 entry = ring->used + 4 + 8 * (ring->next_used % SIZE);
  Le32 words[2];

  if (peek16 (self, ring->used + 2) == ring->next_used)
    return FALSE;
  memcpy (words, guest_at (self, entry), sizeof words);
  *head = get32 (words[0]);
  *n_written = get32 (words[1]);
  ring->next_used++;
  put16 (self, ring->available + 4 + 2 * SIZE, ring->next_used);
  return TRUE;
}

static void
wait_used (Guest *self, Ring *ring, guint32 *head, guint32 *n_written)
{
  guint64 times;

  while (!get_used (self, ring, head, n_written)) {
    monitor_wait (self->monitor, ring->call);
    g_assert_cmpint (read (ring->call, &times, sizeof times), ==, sizeof times);
  }
}

gsize
guest_chain (Guest *self, const GuestDescriptor *descriptors, gsize n)
{
  Ring *ring = &self->rings[COMMANDS];
  guint32 head, n_written;

  for (gsize i = 0; i < n; i++) {
    const GuestDescriptor *d = &descriptors[i];
    struct {
      Le64 address;
      Le32 size;
      Le16 flags, next;
    } wire = { le64 (d->address), le32 (d->size), le16 (d->flags),
      le16 (d->next) };

    memcpy (guest_at (self, ring->descriptors + 16 * i), &wire, sizeof wire);
  }
  make_available (self, ring, 0);
  wait_used (self, ring, &head, &n_written);
  g_assert_cmpuint (head, ==, 0);
  return n_written;
}

void
guest_break_ring (Guest *self)
{
  make_available (self, &self->rings[COMMANDS], SIZE);
}

void
guest_submit (Guest *self, gconstpointer out, gsize out_size, gsize in_size)
{
  Ring *ring = &self->rings[COMMANDS];
  gboolean direct = self->flags & GUEST_DIRECT;
  guint64 table = direct ? ring->descriptors : ring->tables;
  guint n = 0;

  g_assert_cmpuint (MAX (out_size, in_size), <=, BYTES);
  if (out_size)
    memcpy (guest_at (self, ring->data), out, out_size);
  memset (guest_at (self, ring->data + BYTES), 0xee, BYTES);
  if (out_size || in_size == 0)
    put_descriptor (self, table, n++, ring->data, out_size, in_size ? 1 : 0);
  if (in_size)
    put_descriptor (self, table, n++, ring->data + BYTES, in_size, 2);
  if (!direct)
    put_descriptor (self, ring->descriptors, 0, table, 16 * n, 4);
  make_available (self, ring, 0);
}

gsize
guest_collect (Guest *self, gpointer in, gsize in_size)
{
  Ring *ring = &self->rings[COMMANDS];
  guint32 head, n_written;

  wait_used (self, ring, &head, &n_written);
  g_assert_cmpuint (head, ==, 0);
  g_assert_cmpuint (n_written, <=, in_size);
  if (n_written)
    memcpy (in, guest_at (self, ring->data + BYTES), n_written);
  return n_written;
}

gsize
guest_command (
    Guest *self, gconstpointer out, gsize out_size, gpointer in, gsize in_size)
{
  guest_submit (self, out, out_size, in_size);
  return guest_collect (self, in, in_size);
}

/* Events */

void
guest_post_event_buffer (Guest *self)
{
  Ring *ring = &self->rings[EVENTS];
  guint16 n = ring->next_available % SIZE;

  put_descriptor (
      self, ring->descriptors, n, ring->data + EVENT_ROOM * n, EVENT_ROOM, 2);
  make_available (self, ring, n);
}

gsize
guest_wait_event (Guest *self, WireDqbufEvent *event)
{
  Ring *ring = &self->rings[EVENTS];
  guint32 head, n_written;

  wait_used (self, ring, &head, &n_written);
  memcpy (
      event, guest_at (self, ring->data + EVENT_ROOM * head), sizeof *event);
  return n_written;
}

gboolean
guest_has_event (Guest *self)
{
  return peek16 (self, self->rings[EVENTS].used + 2) !=
         self->rings[EVENTS].next_used;
}

/* Life */

static void
set_up_memory (Guest *self)
{
  struct {
    guint32 n, padding;
    VmRegion regions[2];
  } table = { 2, 0,
    { { 0, GUEST_REGION, USER, 0 },
        { GUEST_HIGH, GUEST_REGION, USER + GUEST_REGION, GUEST_REGION } } };
  int fds[2] = { self->memory_fd, self->memory_fd };

  monitor_send (self->monitor, VM_SET_MEM_TABLE, &table, sizeof table, fds, 2);
}

/* The answer to any question says that the message before it was heard. */
void
guest_change_memory (Guest *self)
{
  set_up_memory (self);
  ask_number (self, VM_GET_FEATURES);
}

static void
negotiate (Guest *self)
{
  guint64 all = ask_number (self, VM_GET_FEATURES);
  guint64 protocol = ask_number (self, VM_GET_PROTOCOL_FEATURES);

  g_assert_cmphex (all, ==, 0x170000000);
  g_assert_cmphex (
      protocol, ==, 1 << 3 | 1 << 5 | 1 << 9 | 1 << 10 | 1 << 15 | 1 << 22);
  if (self->flags & GUEST_NO_SHARED_MEMORY)
    protocol &= ~(G_GUINT64_CONSTANT (1) << VM_PROTOCOL_SHMEM);
  if (self->flags & GUEST_DIRECT)
    all &= ~(G_GUINT64_CONSTANT (1) << 28);
  if (self->flags & GUEST_NO_EVENT_INDEX)
    all &= ~(G_GUINT64_CONSTANT (1) << 29);
  send_number (self, VM_SET_PROTOCOL_FEATURES, protocol);
  monitor_send (self->monitor, VM_SET_OWNER, NULL, 0, NULL, 0);
  send_number (self, VM_SET_FEATURES, all);
  monitor_open_channel (self->monitor, (self->flags & GUEST_LAZY_CHANNEL) != 0);
}

static void
start_ring (Guest *self, guint index, guint16 base)
{
  Ring *ring = &self->rings[index];
  struct {
    guint32 index, flags;
    guint64 descriptors, used, available, log;
  } addresses = { index, 0, USER + ring->descriptors, USER + ring->used,
    USER + ring->available, 0 };
  guint64 number = index;

  ring->kick = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  ring->call = eventfd (0, EFD_CLOEXEC);
  send_pair (self, VM_SET_VRING_NUM, index, SIZE);
  send_pair (self, VM_SET_VRING_BASE, index, base);
  monitor_send (
      self->monitor, VM_SET_VRING_ADDR, &addresses, sizeof addresses, NULL, 0);
  monitor_send (
      self->monitor, VM_SET_VRING_CALL, &number, sizeof number, &ring->call, 1);
  monitor_send (
      self->monitor, VM_SET_VRING_KICK, &number, sizeof number, &ring->kick, 1);
  send_pair (self, VM_SET_VRING_ENABLE, index, 1);
}

static void
clear_ring (Guest *self, Ring *ring)
{
  ring->next_available = ring->next_used = 0;
  memset (guest_at (self, ring->available), 0, GUEST_PAGE);
  memset (guest_at (self, ring->used), 0, GUEST_PAGE);
}

void
guest_start (Guest *self, int from, guint n_event_buffers)
{
  for (guint i = 0; i < N_RINGS; i++) {
    if (from >= 0)
      clear_ring (self, &self->rings[i]);
    start_ring (self, i, self->rings[i].next_used);
  }
  for (guint i = 0; i < n_event_buffers; i++)
    guest_post_event_buffer (self);
}

void
guest_stop (Guest *self)
{
  for (guint i = 0; i < N_RINGS; i++) {
    guint32 body[2] = { i, 0 };

    monitor_ask (
        self->monitor, VM_GET_VRING_BASE, body, sizeof body, body, sizeof body);
    g_assert_cmpuint (body[0], ==, i);
    close (self->rings[i].kick);
    close (self->rings[i].call);
    self->rings[i].kick = self->rings[i].call = -1;
  }
}

static void
make_memory (Guest *self)
{
  self->memory_fd = memfd_create ("guest", MFD_CLOEXEC);
  g_assert_cmpint (ftruncate (self->memory_fd, 2 * GUEST_REGION), ==, 0);
  self->memory = mmap (NULL, 2 * GUEST_REGION, PROT_READ | PROT_WRITE,
      MAP_SHARED, self->memory_fd, 0);
  g_assert_true (self->memory != MAP_FAILED);
}

Guest *
guest_new_bare (const char *path)
{
  Guest *self = g_new0 (Guest, 1);

  make_memory (self);
  for (guint i = 0; i < N_RINGS; i++) {
    Ring *ring = &self->rings[i];

    ring->descriptors = guest_alloc (self, GUEST_PAGE);
    ring->available = guest_alloc (self, GUEST_PAGE);
    ring->used = guest_alloc (self, GUEST_PAGE);
    ring->tables = guest_alloc (self, GUEST_PAGE);
    ring->data = guest_alloc (self, 2 * BYTES);
    ring->kick = ring->call = -1;
  }
  self->monitor = monitor_new (path);
  return self;
}

Guest *
guest_new (const char *path, GuestFlags flags)
{
  Guest *self = guest_new_bare (path);

  self->flags = flags;
  negotiate (self);
  set_up_memory (self);
  guest_start (self, 0, 16);
  return self;
}

Monitor *
guest_monitor (Guest *self)
{
  return self->monitor;
}

void
guest_free (Guest *self)
{
  monitor_free (self->monitor);
  for (guint i = 0; i < N_RINGS; i++) {
    if (self->rings[i].kick >= 0)
      close (self->rings[i].kick);
    if (self->rings[i].call >= 0)
      close (self->rings[i].call);
  }
  munmap (self->memory, 2 * GUEST_REGION);
  close (self->memory_fd);
  g_free (self);
}
