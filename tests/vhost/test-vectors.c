/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a foreign driver sent to a foreign host is sent to our device: each command is
 * understood, and answered as that host did, but where ours is another camera. */

#include <errno.h>
#include <linux/videodev2.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "recording.h"
#include "vhost/media.h"
#include "viewer.h"

#define MULTIPLANAR V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE
#define GUEST_MEMORY (G_GUINT64_CONSTANT (1) << 30)
#define FRAME 460800
#define ROOM 1024
enum {
  QUERY_EXT_CTRL = 103,
  QUERYMENU = 37,
  CREATE_BUFS = 92,
  TRY_FMT = 64,
  S_PARM = 22,
  ENUMINPUT = 26,
  OF_MMAP = -1,
  OF_MUNMAP = -2,
  OF_OTHERS = -3
};

typedef struct {
  VmMemory *memory;
  VmMedia *media;
  VmCameraCounts counts;
  GQueue *events;       /* GBytes, that the device sent */
  GHashTable *sessions; /* the recorded number: ours, and one more */
  GHashTable *addresses;
  guint32 sequence;
  gboolean single; /* the section is of a single-planar host, as ours is */
} Rig;

static bool
layout (void *data, uint32_t fourcc, uint32_t width, uint32_t height,
    uint32_t *bytesperline, uint32_t *sizeimage)
{
  *bytesperline = width;
  *sizeimage = width * height * 3 / 2;
  return fourcc == V4L2_PIX_FMT_YUV420;
}

static const VmCameraOps ops = { .layout = layout };
static const VmFraction interval = { 1, 30 };
static const VmMode mode = { .fourcc = V4L2_PIX_FMT_YUV420,
  .width = { 640, 640, 0 },
  .height = { 480, 480, 0 },
  .intervals = &interval,
  .n_intervals = 1,
  .colours = { .colorspace = V4L2_COLORSPACE_SRGB } };

static bool
send_event (void *data, const void *event, size_t size)
{
  Rig *rig = data;

  g_queue_push_tail (rig->events, g_bytes_new (event, size));
  return true;
}

static int
map (void *data, int fd, uint64_t address, uint64_t size, bool writable)
{
  return 0;
}

static int
unmap (void *data, uint64_t address, uint64_t size)
{
  return 0;
}

static const VmMediaCalls calls = { { map, unmap }, send_event };

static void
make_device (Rig *rig)
{
  const VmCameraConfig config = {
    .card = "simple_device", .modes = &mode, .n_modes = 1, .ops = &ops
  };
  int error;

  vm_media_free (rig->media);
  rig->media =
      vm_media_new (&config, rig->memory, &calls, rig, &rig->counts, &error);
  g_assert_nonnull (rig->media);
  vm_media_set_shared_memory (rig->media, true);
  rig->sequence = 0;
  g_hash_table_remove_all (rig->sessions);
  g_hash_table_remove_all (rig->addresses);
}

static void
rig_init (Rig *rig)
{
  const VmRegion region = { 0, GUEST_MEMORY, GUEST_MEMORY, 0 };
  int fd = memfd_create ("guest", MFD_CLOEXEC);

  *rig = (Rig){ .memory = vm_memory_new (),
    .events = g_queue_new (),
    .sessions = g_hash_table_new (NULL, NULL),
    .addresses = g_hash_table_new (NULL, NULL) };
  g_assert_cmpint (ftruncate (fd, GUEST_MEMORY), ==, 0);
  g_assert_cmpint (vm_memory_add (rig->memory, &region, fd), ==, 0);
  make_device (rig);
}

static void
rig_finish (Rig *rig)
{
  vm_media_free (rig->media);
  vm_memory_free (rig->memory);
  g_queue_free_full (rig->events, (GDestroyNotify) g_bytes_unref);
  g_hash_table_unref (rig->sessions);
  g_hash_table_unref (rig->addresses);
}

static guint32
word_at (const guint8 *bytes, gsize offset)
{
  Le32 word;

  memcpy (&word, bytes + offset, sizeof word);
  return get32 (word);
}

static void
put_word (guint8 *bytes, gsize offset, guint32 value)
{
  Le32 word = le32 (value);

  memcpy (bytes + offset, &word, sizeof word);
}

/* Numbers that the host chose become those that ours chose. */
static void
translate (Rig *rig, guint8 *command)
{
  guint32 what = word_at (command, 0);
  GHashTable *table = what == WIRE_MUNMAP ? rig->addresses : rig->sessions;
  gpointer ours = what == WIRE_OPEN
                      ? NULL
                      : g_hash_table_lookup (
                            table, GUINT_TO_POINTER (word_at (command, 8)));

  if (ours)
    put_word (command, 8, GPOINTER_TO_UINT (ours) - 1);
}

static void
learn (Rig *rig, guint32 command, const guint8 *theirs, const guint8 *ours)
{
  if (command == WIRE_OPEN) {
    rig->sequence = 0;
    g_hash_table_insert (rig->sessions, GUINT_TO_POINTER (word_at (theirs, 8)),
        GUINT_TO_POINTER (word_at (ours, 8) + 1));
  }
  if (command == WIRE_MMAP && word_at (theirs, 0) == 0)
    g_hash_table_insert (rig->addresses, GUINT_TO_POINTER (word_at (theirs, 8)),
        GUINT_TO_POINTER (word_at (ours, 8) + 1));
}

static int
get_code (const guint8 *command)
{
  switch (word_at (command, 0)) {
  case WIRE_MMAP:
    return OF_MMAP;
  case WIRE_MUNMAP:
    return OF_MUNMAP;
  case WIRE_IOCTL:
    return (int) word_at (command, 12);
  default:
    return OF_OTHERS;
  }
}

/* 0: it has none. */
static guint32
get_type (int code, const guint8 *argument)
{
  switch (code) {
  case ENUM_FMT:
  case REQBUFS:
  case QUERYBUF:
  case QBUF:
    return word_at (argument, 4);
  case G_FMT:
  case S_FMT:
  case TRY_FMT:
  case G_PARM:
  case S_PARM:
  case STREAMON:
  case STREAMOFF:
    return word_at (argument, 0);
  case CREATE_BUFS:
    return word_at (argument, 16);
  default:
    return 0;
  }
}

/* What our device answers where the recorded host answered theirs. */
static guint32
get_expected (Rig *rig, guint number, const guint8 *command, guint32 theirs)
{
  int code = get_code (command);
  const guint8 *argument = command + 16;

  switch (code) {
  /* the host had no controls and no events at all; ours has, but not these */
  case G_EXT_CTRLS:
  case S_EXT_CTRLS:
  case TRY_EXT_CTRLS:
    return word_at (argument, 4) == 0 ? 0 : EINVAL;
  case QUERY_EXT_CTRL:
  case QUERYMENU:
  case SUBSCRIBE_EVENT:
    return EINVAL;
  case OF_MMAP:
  case OF_MUNMAP:
    return rig->single ? theirs : EINVAL;
  /* the host had none */
  case CREATE_BUFS:
    return rig->single ? 0 : EINVAL;
  }
  /* ours is single-planar */
  if (get_type (code, argument) == MULTIPLANAR)
    return EINVAL;
  if (!rig->single && (code == G_FMT || code == G_PARM) && number < 817)
    return 0;
  return theirs;
}

/* What our device says that the recorded host left out, made up, or had otherwise. */
static void
mask (int code, guint8 *answer, gsize size)
{
  static const guint8 zeros[208];
  guint8 *argument = answer + 8;

  switch (code) {
  case QUERYBUF:
  case QBUF:
    g_assert_cmpuint (size, ==, 96);
    memcpy (argument + 20, zeros, 4); /* leaked */
    memcpy (argument + 84, zeros, 4);
    if (word_at (argument, 60) == V4L2_MEMORY_USERPTR)
      memcpy (argument + 64, zeros, 8); /* ours returns the pointer */
    break;
  case G_FMT:
  case S_FMT:
  case TRY_FMT:
    memcpy (argument + 36, zeros, 172); /* leaked from priv on */
    break;
  case REQBUFS:
    memcpy (argument + 12, zeros, 4); /* ours can do more */
    break;
  case ENUMINPUT:
    memcpy (argument + 4, zeros, 32); /* another name */
    break;
  case OF_MMAP:
    memcpy (argument, zeros, 8); /* another place */
    break;
  }
}

static void
compare (int code, GBytes *theirs, const guint8 *ours, gsize size)
{
  g_autofree guint8 *a = g_malloc0 (ROOM);
  g_autofree guint8 *b = g_malloc0 (ROOM);
  gsize n;
  gconstpointer data = g_bytes_get_data (theirs, &n);

  g_assert_cmpuint (n, ==, size);
  memcpy (a, data, n);
  memcpy (b, ours, n);
  mask (code, a, n);
  mask (code, b, n);
  for (gsize i = 0; i < n; i++)
    if (a[i] != b[i])
      g_test_message ("byte %zu: theirs %02x, ours %02x", i, a[i], b[i]);
  g_assert_cmpmem (a, n, b, n);
}

/* As the recorded host did: all buffers at once. */
static void
fill_buffers (Rig *rig)
{
  VmQueue *queue = vm_media_get_queue (rig->media);
  VmBuffer *buffer;

  while ((buffer = vm_queue_take (queue))) {
    rig->sequence++;
    g_assert_cmpuint (buffer->size, ==, FRAME);
    g_assert_cmpint (vm_queue_done (queue, buffer, FRAME, rig->sequence * 1000,
                         rig->sequence - 1, 0),
        ==, 0);
    vm_queue_give_back (buffer);
    vm_media_flush (rig->media);
  }
}

static void
compare_event (Rig *rig, GBytes *theirs)
{
  GBytes *ours = g_queue_pop_head (rig->events);
  gsize size;
  const guint8 *data;

  g_assert_nonnull (ours);
  data = g_bytes_get_data (ours, &size);
  g_assert_cmpuint (size, ==, 608);
  g_assert_cmpuint (g_bytes_get_size (theirs), ==, 608);
  g_assert_cmpmem (data, 4, g_bytes_get_data (theirs, NULL), 4);
  {
    g_autoptr (GBytes) head = g_bytes_new_from_bytes (theirs, 0, 96);

    compare (QUERYBUF, head, data, 96);
  }
  for (gsize i = 96; i < size; i++)
    g_assert_cmpuint (data[i], ==, 0);
  g_bytes_unref (ours);
}

/* The answer goes where the question was, as the driver has it. */
static gsize
send_command (Rig *rig, const Recorded *recorded, guint8 *memory)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (recorded->bytes, &size);
  g_autofree guint8 *copy = g_memdup2 (data, size);
  struct iovec head = { copy, MIN (size, 16) };
  struct iovec out[2] = { head, { memory + 8, size - head.iov_len } };
  struct iovec in[2] = { { memory, MIN (recorded->room, 8) },
    { memory + 8, recorded->room - MIN (recorded->room, 8) } };
  VmChain chain;
  size_t n_written;

  translate (rig, copy);
  memcpy (memory + 8, copy + head.iov_len, size - head.iov_len);
  do {
    chain = (VmChain){ .out = out,
      .n_out = 2,
      .out_size = size,
      .in = in,
      .n_in = 2,
      .in_size = recorded->room };
    if (vm_media_command (rig->media, &chain, &n_written))
      return n_written;
  } while (vm_media_answered (rig->media, true));
  g_assert_not_reached ();
}

static void
answer_is_right (Rig *rig, const Recorded *command, const Recorded *answer)
{
  g_autofree guint8 *memory = g_malloc0 (65536);
  const guint8 *sent = g_bytes_get_data (command->bytes, NULL);
  gsize size, n = send_command (rig, command, memory);
  const guint8 *theirs = g_bytes_get_data (answer->bytes, &size);
  int code = get_code (sent);
  guint32 status;

  if (size == 0) {
    g_assert_cmpuint (n, ==, 0);
    return;
  }
  learn (rig, word_at (sent, 0), theirs, memory);
  status = get_expected (rig, command->number, sent, word_at (theirs, 0));
  if (word_at (memory, 0) != status)
    g_test_message ("command #%u", command->number);
  g_assert_cmpuint (word_at (memory, 0), ==, status);
  if (code >= G_EXT_CTRLS && code <= TRY_EXT_CTRLS)
    g_assert_cmpuint (n, ==, size);
  else if (status)
    g_assert_cmpuint (n, ==, 8);
  else if (rig->single && code != CREATE_BUFS && code != OF_OTHERS)
    compare (code, answer->bytes, memory, n);
}

static void
begin_section (Rig *rig, const gchar *name)
{
  g_test_message ("section %s", name);
  rig->single = g_str_has_prefix (name, "10");
  /* other runs of the host */
  if (g_str_has_prefix (name, "8c") || g_str_has_prefix (name, "9") ||
      g_str_has_prefix (name, "10a"))
    make_device (rig);
}

static void
each_command_of_a_foreign_driver_is_understood (void)
{
  g_autoptr (GPtrArray) all = recording_read ();
  const Recorded *command = NULL;
  guint n = 0, n_events = 0;
  Rig rig;

  rig_init (&rig);
  for (guint i = 0; i < all->len; i++) {
    const Recorded *recorded = g_ptr_array_index (all, i);

    if (recorded->kind == RECORDED_SECTION)
      begin_section (&rig, recorded->name);
    if (recorded->kind == RECORDED_COMMAND)
      command = recorded;
    if (recorded->kind != RECORDED_ANSWER)
      continue;
    answer_is_right (&rig, command, recorded);
    fill_buffers (&rig);
    n++;
    /* that host sent its events before the answer */
    for (guint j = i - g_queue_get_length (rig.events); j < i; j++, n_events++)
      compare_event (&rig, ((Recorded *) g_ptr_array_index (all, j))->bytes);
  }
  g_assert_cmpuint (n, ==, 285);
  g_assert_cmpuint (n_events, ==, 6);
  rig_finish (&rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vhost/each_command_of_a_foreign_driver_is_understood",
      each_command_of_a_foreign_driver_is_understood);
  return g_test_run ();
}
