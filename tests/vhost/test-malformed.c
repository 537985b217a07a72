/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is wrong is refused, and harms nobody else. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rig.h"

#define MEMORY (G_GUINT64_CONSTANT (1) << 20)

static guint
count_files (void)
{
  DIR *dir = opendir ("/proc/self/fd");
  guint n = 0;

  while (readdir (dir))
    n++;
  closedir (dir);
  return n;
}

/* Files that a message can bring */
typedef enum { NOTHING, GOOD, SHORT, EVENTFD, PIPE, FOLDER } File;

static int
make_file (File kind)
{
  int fds[2] = { -1, -1 };

  switch (kind) {
  case GOOD:
  case SHORT:
    fds[0] = memfd_create ("memory", MFD_CLOEXEC);
    g_assert_cmpint (ftruncate (fds[0], kind == GOOD ? MEMORY : 4096), ==, 0);
    break;
  case EVENTFD:
    fds[0] = eventfd (0, EFD_CLOEXEC);
    break;
  case PIPE:
    g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
    close (fds[1]);
    break;
  case FOLDER:
    fds[0] = open ("/", O_RDONLY | O_CLOEXEC);
    break;
  case NOTHING:
    break;
  }
  return fds[0];
}

#define REGION(guest, size, user, offset) guest, size, user, offset

typedef struct {
  const char *name;
  guint32 request;
  File files[3];
  guint n_words;
  guint64 words[16];
  const char *why; /* a part of it */
} Message;

static const Message messages[] = {
  { "an_unknown_request", 99, { 0 }, 0, { 0 }, "not offered" },
  { "a_feature_that_was_not_offered", VM_SET_FEATURES, { 0 }, 1, { 1 },
      "cannot be" },
  { "a_protocol_feature_that_was_not_offered", VM_SET_PROTOCOL_FEATURES, { 0 },
      1, { 1 }, "cannot be" },
  { "features_too_short", VM_SET_FEATURES, { 0 }, 0, { 0 }, "too short" },
  { "a_ring_that_is_not_there", VM_SET_VRING_NUM, { 0 }, 1,
      { 2 | G_GUINT64_CONSTANT (64) << 32 }, "ring" },
  { "a_ring_of_no_power_of_two", VM_SET_VRING_NUM, { 0 }, 1,
      { G_GUINT64_CONSTANT (63) << 32 }, "cannot be" },
  { "a_ring_too_large", VM_SET_VRING_NUM, { 0 }, 1,
      { G_GUINT64_CONSTANT (2048) << 32 }, "cannot be" },
  { "an_odd_ring_address", VM_SET_VRING_ADDR, { 0 }, 5, { 0, 1, 0, 0, 0 },
      "cannot be" },
  { "a_kick_without_a_file", VM_SET_VRING_KICK, { 0 }, 1, { 0 }, "no file" },
  { "a_kick_that_is_to_be_polled_for", VM_SET_VRING_KICK, { 0 }, 1, { 0x100 },
      "not offered" },
  { "a_kick_that_is_a_pipe", VM_SET_VRING_KICK, { PIPE }, 1, { 0 },
      "no eventfd" },
  { "a_call_that_is_memory", VM_SET_VRING_CALL, { GOOD }, 1, { 0 },
      "no eventfd" },
  { "two_kicks_at_once", VM_SET_VRING_KICK, { EVENTFD, EVENTFD }, 1, { 0 },
      "too many" },
  { "a_file_where_none_belongs", VM_GET_FEATURES, { GOOD }, 0, { 0 }, "files" },
  { "a_channel_without_a_file", VM_SET_BACKEND_REQ_FD, { 0 }, 0, { 0 },
      "files" },
  { "memory_without_files", VM_SET_MEM_TABLE, { 0 }, 5,
      { 1, REGION (0, MEMORY, MEMORY, 0) }, "number of files" },
  { "memory_with_a_file_too_many", VM_SET_MEM_TABLE, { GOOD, GOOD }, 5,
      { 1, REGION (0, MEMORY, MEMORY, 0) }, "number of files" },
  { "more_memory_than_the_message_has", VM_SET_MEM_TABLE, { GOOD, GOOD }, 5,
      { 2, REGION (0, MEMORY, MEMORY, 0) }, "too short" },
  { "too_many_regions", VM_SET_MEM_TABLE, { 0 }, 5,
      { 1000, REGION (0, MEMORY, MEMORY, 0) }, "more regions" },
  { "a_file_too_short", VM_SET_MEM_TABLE, { SHORT }, 5,
      { 1, REGION (0, MEMORY, MEMORY, 0) }, "too short" },
  { "a_region_beyond_its_file", VM_SET_MEM_TABLE, { GOOD }, 5,
      { 1, REGION (0, MEMORY, MEMORY, 4096) }, "too short" },
  { "memory_that_is_a_folder", VM_SET_MEM_TABLE, { FOLDER }, 5,
      { 1, REGION (0, 4096, MEMORY, 0) }, "cannot be" },
  { "memory_that_is_an_eventfd", VM_SET_MEM_TABLE, { EVENTFD }, 5,
      { 1, REGION (0, 4096, MEMORY, 0) }, "cannot be" },
  { "a_region_of_nothing", VM_SET_MEM_TABLE, { GOOD }, 5,
      { 1, REGION (0, 0, MEMORY, 0) }, "cannot be" },
  { "a_region_around_the_end", VM_SET_MEM_TABLE, { GOOD }, 5,
      { 1, REGION (G_MAXUINT64 - 4095, MEMORY, MEMORY, 0) }, "cannot be" },
  { "an_offset_around_the_end", VM_SET_MEM_TABLE, { GOOD }, 5,
      { 1, REGION (0, MEMORY, MEMORY, G_MAXUINT64 - 4095) }, "cannot be" },
  { "an_offset_amid_a_page", VM_SET_MEM_TABLE, { GOOD }, 5,
      { 1, REGION (0, 4096, MEMORY, 17) }, "cannot be" },
  { "regions_that_overlap", VM_SET_MEM_TABLE, { GOOD, GOOD }, 9,
      { 2, REGION (0, MEMORY, MEMORY, 0),
          REGION (MEMORY - 4096, MEMORY, 4 * MEMORY, 0) },
      "cannot be" },
  { "memory_to_be_removed_that_is_not_there", VM_REM_MEM_REG, { 0 }, 5,
      { 0, REGION (0, MEMORY, MEMORY, 0) }, "cannot be" },
  { "a_configuration_too_long", VM_GET_CONFIG, { 0 }, 2,
      { G_GUINT64_CONSTANT (4000) << 32, 0 }, "configuration" },
};

static void
a_message_is_refused (gconstpointer data)
{
  const Message *message = data;
  Rig *rig = rig_new_alone ();
  Guest *bare = guest_new_bare (rig->path);
  int fds[3];
  guint n = 0, n_files;

  monitor_send (guest_monitor (bare), VM_SET_OWNER, NULL, 0, NULL, 0);
  rig_wait (rig, &rig->n_come, 1);
  n_files = count_files ();
  for (; n < 3 && message->files[n] != NOTHING; n++)
    fds[n] = make_file (message->files[n]);
  monitor_send (guest_monitor (bare), message->request, message->words,
      8 * message->n_words, fds, n);
  monitor_wait_gone (guest_monitor (bare));
  rig_wait (rig, &rig->n_gone, 1);
  g_assert_nonnull (rig->why);
  if (!strstr (rig->why, message->why))
    g_test_message ("it says: %s", rig->why);
  g_assert_nonnull (strstr (rig->why, message->why));
  while (n > 0)
    close (fds[--n]);
  /* its socket has gone */
  g_assert_cmpuint (count_files (), ==, n_files - 1);
  g_assert_cmpuint (vm_camera_get_counts (rig->camera).front_errors, ==, 1);
  guest_free (bare);
  rig->guest = guest_new (rig->path, GUEST_PLAIN);
  viewer_close (rig_watch (rig, V4L2_MEMORY_MMAP, 2));
  rig_free (rig);
}

static void
half_a_message_is_waited_for (void)
{
  Rig *rig = rig_new_alone ();
  Guest *bare = guest_new_bare (rig->path);
  guint64 features;

  g_assert_cmpuint (monitor_ask (guest_monitor (bare), VM_GET_FEATURES, NULL, 0,
                        &features, 8),
      ==, 8);
  monitor_send_slowly (guest_monitor (bare), VM_SET_FEATURES, &features, 8);
  g_assert_cmpuint (monitor_ask (guest_monitor (bare), VM_GET_QUEUE_NUM, NULL,
                        0, &features, 8),
      ==, 8);
  g_assert_cmpuint (features, ==, 2);
  guest_free (bare);
  rig_wait (rig, &rig->n_gone, 1);
  g_assert_null (rig->why);
  rig_free (rig);
}

/* Rings */

#define TABLE 0x100000 /* a page that nobody else has */
#define NOWHERE (G_GUINT64_CONSTANT (1) << 40)
#define NEXT 1
#define WRITE 2
#define INDIRECT 4

static const struct {
  const char *name;
  GuestDescriptor descriptors[4];
} chains[] = {
  { "a_loop", { { TABLE, 16, NEXT, 1 }, { TABLE, 16, NEXT, 0 } } },
  { "memory_that_is_not_there",
      { { NOWHERE, 16, NEXT, 1 }, { TABLE, 16, WRITE, 0 } } },
  { "memory_that_ends_amid_it", { { GUEST_REGION - 8, 16, 0, 0 } } },
  { "memory_around_the_end", { { G_MAXUINT64 - 7, 16, 0, 0 } } },
  { "the_answer_before_the_question",
      { { TABLE, 16, WRITE | NEXT, 1 }, { TABLE, 16, 0, 0 } } },
  { "a_next_one_that_is_not_there", { { TABLE, 16, NEXT, 5000 } } },
  { "a_table_of_nothing", { { TABLE, 0, INDIRECT, 0 } } },
  { "half_a_table", { { TABLE, 24, INDIRECT, 0 } } },
  { "a_table_too_long", { { TABLE, 16 * 4096, INDIRECT, 0 } } },
  { "a_table_that_is_not_there", { { NOWHERE, 16, INDIRECT, 0 } } },
  { "a_table_and_something_else",
      { { TABLE, 16, INDIRECT | NEXT, 1 }, { TABLE, 16, 0, 0 } } },
};

static void
a_chain_is_given_back (gconstpointer data)
{
  const guint n = GPOINTER_TO_UINT (data);
  Rig *rig = rig_new (GUEST_PLAIN);

  memset (guest_at (rig->guest, TABLE), 0, GUEST_PAGE);
  g_assert_cmpuint (guest_chain (rig->guest, chains[n].descriptors, 4), ==, 0);
  guest_close (rig->guest, guest_open (rig->guest));
  rig_free (rig);
}

static void
a_table_within_a_table_is_none (void)
{
  const GuestDescriptor outer = { TABLE, 16, INDIRECT, 0 };
  Rig *rig = rig_new (GUEST_PLAIN);
  guint8 *table = guest_at (rig->guest, TABLE);

  memset (table, 0, GUEST_PAGE);
  table[2] = TABLE >> 16;
  table[8] = 16;
  table[12] = INDIRECT;
  g_assert_cmpuint (guest_chain (rig->guest, &outer, 1), ==, 0);
  guest_close (rig->guest, guest_open (rig->guest));
  rig_free (rig);
}

static void
a_broken_ring_is_whole_after_a_reset (void)
{
  Rig *rig = rig_new (GUEST_PLAIN);

  guest_break_ring (rig->guest);
  guest_stop (rig->guest);
  guest_start (rig->guest, 0, 16);
  viewer_close (rig_watch (rig, V4L2_MEMORY_USERPTR, 2));
  rig_free (rig);
}

/* Commands */

typedef struct {
  const char *name;
  guint n_words;
  guint32 words[8];
  gsize room;
  gsize written;
  guint32 status;
} Command;

static const Command commands[] = {
  { "nothing_at_all", 0, { 0 }, 8, 8, ENOTTY },
  { "half_a_header", 1, { WIRE_IOCTL }, 8, 8, EINVAL },
  { "an_ioctl_without_a_session", 2, { WIRE_IOCTL }, 8, 8, EINVAL },
  { "an_ioctl_of_no_session", 4, { WIRE_IOCTL, 0, 77, 4 }, 8, 8, EINVAL },
  { "an_ioctl_without_its_argument", 4, { WIRE_IOCTL, 0, 0, G_FMT }, 216, 8,
      EINVAL },
  { "an_ioctl_without_room_for_its_answer", 5, { WIRE_IOCTL, 0, 0, REQBUFS, 0 },
      8, 8, EINVAL },
  { "no_room_for_a_status", 4, { WIRE_IOCTL, 0, 0, 38 }, 7, 0, 0 },
  { "an_ioctl_that_there_is_not", 4, { WIRE_IOCTL, 0, 0, 5000 }, 8, 8, ENOTTY },
  { "DQBUF", 4, { WIRE_IOCTL, 0, 0, 17 }, 96, 8, ENOTTY },
  { "more_controls_than_there_can_be", 12 - 4,
      { WIRE_IOCTL, 0, 0, S_EXT_CTRLS, 0, 5000 }, 64, 8, EINVAL },
  { "OPEN_without_room", 2, { WIRE_OPEN }, 8, 8, EINVAL },
  { "half_an_MMAP", 4, { WIRE_MMAP, 0, 0, 1 }, 24, 8, EINVAL },
  { "MMAP_without_buffers", 5, { WIRE_MMAP, 0, 0, 1, 0 }, 24, 8, EINVAL },
  { "MMAP_without_room", 5, { WIRE_MMAP, 0, 0, 1, 0 }, 8, 8, EINVAL },
  { "MUNMAP_of_nothing", 4, { WIRE_MUNMAP, 0, 4096, 0 }, 8, 8, EINVAL },
};

static void
a_command_is_answered (gconstpointer data)
{
  const Command *command = data;
  Rig *rig = rig_new (GUEST_PLAIN);
  Le32 words[8] = { 0 };
  WireAnswer answer[64] = { 0 };

  g_assert_cmpuint (guest_open (rig->guest), ==, 0);
  for (guint i = 0; i < command->n_words; i++)
    words[i] = le32 (command->words[i]);
  g_assert_cmpuint (guest_command (rig->guest, words, 4 * command->n_words,
                        answer, command->room),
      ==, command->written);
  g_assert_cmpuint (get32 (answer[0].status), ==, command->status);
  guest_close (rig->guest, guest_open (rig->guest));
  rig_free (rig);
}

/* Lists of pages */

static const struct {
  const char *name;
  guint32 length;
  guint64 start;
  guint32 size, status;
  guint n;
} lists[] = {
  { "no_list", FRAME, 0, 0, EINVAL, 0 },
  { "a_list_too_short", FRAME, TABLE, 4096, EINVAL, 3 },
  { "a_list_too_long", FRAME, TABLE, FRAME + 1, EINVAL, 1 },
  { "an_entry_of_nothing", FRAME, TABLE, 0, EINVAL, 1 },
  { "less_than_a_frame", 4096, TABLE, 4096, EINVAL, 1 },
  { "no_length", 0, TABLE, 4096, EINVAL, 1 },
  { "pages_that_are_not_there", FRAME, NOWHERE, FRAME, EFAULT, 1 },
  { "pages_around_the_end", FRAME, G_MAXUINT64 - 4095, FRAME, EFAULT, 1 },
  { "crumbs", FRAME, TABLE, 16, EINVAL, FRAME / 16 },
};

static void
a_list_of_pages_is_refused (gconstpointer data)
{
  const guint n = GPOINTER_TO_UINT (data);
  Rig *rig = rig_new (GUEST_PLAIN);
  Viewer *viewer = viewer_open (rig->guest);
  g_autofree WirePiece *pieces = g_new (WirePiece, lists[n].n + 1);
  WireBuffer wire = { .type = le32 (TYPE),
    .memory = le32 (V4L2_MEMORY_USERPTR),
    .length = le32 (lists[n].length) };

  viewer_request (viewer, V4L2_MEMORY_USERPTR, 1);
  for (guint i = 0; i < lists[n].n; i++)
    pieces[i] =
        (WirePiece){ le64 (lists[n].start), le32 (lists[n].size), le32 (0) };
  g_assert_cmpuint (
      guest_ioctl_with (rig->guest, viewer_get_session (viewer), QBUF, &wire,
          sizeof wire, pieces, MIN (lists[n].n, 3000) * sizeof *pieces),
      ==, lists[n].status);
  g_assert_cmpuint (viewer_queue (viewer, 0), ==, 0);
  viewer_close (viewer);
  rig_free (rig);
}

static void
sessions_and_mappings_have_limits (void)
{
  Rig *rig = rig_new (GUEST_PLAIN);
  WireCommand open = { le32 (WIRE_OPEN), le32 (0) };
  WireOpened opened;
  guint n = 0;

  for (; n < 1000; n++) {
    guest_command (rig->guest, &open, sizeof open, &opened, sizeof opened);
    if (get32 (opened.head.status))
      break;
  }
  g_assert_cmpuint (n, ==, 64);
  g_assert_cmpuint (get32 (opened.head.status), ==, EMFILE);
  for (guint i = 0; i < n; i++)
    guest_close (rig->guest, i);
  g_assert_cmpuint (guest_open (rig->guest), ==, 64);
  rig_free (rig);
}

static void
add (const char *test, const char *name, gconstpointer data,
    void (*function) (gconstpointer data))
{
  g_autofree char *path = g_strdup_printf ("/vhost/%s/%s", test, name);

  g_test_add_data_func (path, data, function);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (messages); i++)
    add ("a_message_is_refused", messages[i].name, &messages[i],
        a_message_is_refused);
  for (guint i = 0; i < G_N_ELEMENTS (chains); i++)
    add ("a_chain_is_given_back", chains[i].name, GUINT_TO_POINTER (i),
        a_chain_is_given_back);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    add ("a_command_is_answered", commands[i].name, &commands[i],
        a_command_is_answered);
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    add ("a_list_of_pages_is_refused", lists[i].name, GUINT_TO_POINTER (i),
        a_list_of_pages_is_refused);
  g_test_add_func (
      "/vhost/half_a_message_is_waited_for", half_a_message_is_waited_for);
  g_test_add_func (
      "/vhost/a_table_within_a_table_is_none", a_table_within_a_table_is_none);
  g_test_add_func ("/vhost/a_broken_ring_is_whole_after_a_reset",
      a_broken_ring_is_whole_after_a_reset);
  g_test_add_func ("/vhost/sessions_and_mappings_have_limits",
      sessions_and_mappings_have_limits);
  return g_test_run ();
}
