/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who may do what with a camera, and what the kernel tells about itself where
 * others can read it.
 */
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "breaking.h"

#define TRACING "/sys/kernel/tracing"
#define NOBODY 65534

/* An address as it is, as %p hashes it, and before it can. */
#define POINTER "\\b(0x)?[0-9a-fA-F]{16}\\b|ptrval|\\bffff[0-9a-f]{8,}"

static gid_t
video_group (void)
{
  struct group *group = getgrnam ("video");

  if (!group)
    g_error ("this system has no group video");
  return group->gr_gid;
}

static void
a_node_is_root_s_and_the_video_group_s (Fixture * fixture)
{
  struct stat status;

  test_camera_settle ();
  g_assert_no_errno (stat (fixture->camera->node, &status));
  g_assert_cmpuint (status.st_uid, ==, 0);
  g_assert_cmpuint (status.st_gid, ==, video_group ());
  g_assert_cmphex (status.st_mode, ==, S_IFCHR | 0660);
}

/* Returns: what the call gives as a user that is in this group alone */
typedef int (*UserCall) (const char *path);

static int
errno_of_user (gid_t group, UserCall call, const char *path)
{
  pid_t child = fork ();
  int status;

  if (child == 0) {
    if (setgroups (0, NULL) || setgid (group) || setuid (NOBODY))
      _exit (255);
    errno = 0;
    call (path);
    _exit (errno);
  }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status));
  return WEXITSTATUS (status);
}

static int
open_both (const char *path)
{
  return open (path, O_RDWR);
}

static int
open_to_read (const char *path)
{
  return open (path, O_RDONLY);
}

static int
open_to_write (const char *path)
{
  return open (path, O_WRONLY);
}

static int
make_directory (const char *path)
{
  return mkdir (path, 0777);
}

static void
only_the_video_group_opens_a_node (Fixture * fixture)
{
  const char *node = fixture->camera->node;

  test_camera_settle ();
  g_assert_cmpint (errno_of_user (video_group (), open_both, node), ==, 0);
  g_assert_cmpint (errno_of_user (NOBODY, open_both, node), ==, EACCES);
  g_assert_cmpint (errno_of_user (NOBODY, open_to_read, node), ==, EACCES);
}

static void
only_root_makes_changes_and_removes_cameras (Fixture * fixture)
{
  static const char *const attributes[] = { "card", "formats", "sizes",
    "intervals", "memory", "pacing", "enabled", "node"
  };
  const char *directory = fixture->camera->directory;
  const gid_t video = video_group ();

  g_assert_cmpint (errno_of_user (video, make_directory,
          VIRTCAM_CONFIGFS "/nobody-s"), ==, EACCES);
  g_assert_cmpint (errno_of_user (video, rmdir, directory), ==, EACCES);
  for (guint i = 0; i < G_N_ELEMENTS (attributes); i++) {
    g_autofree char *path = g_build_filename (directory, attributes[i], NULL);

    g_assert_cmpint (errno_of_user (video, open_to_write, path), ==, EACCES);
    g_assert_cmpint (errno_of_user (video, open_to_read, path), ==, 0);
  }
  g_assert_cmpint (errno_of_user (video, open_to_write, VIRTCAM_DRIVER
          "/unbind"), ==, EACCES);
  g_assert_cmpint (errno_of_user (video, open_to_write, VIRTCAM_DRIVER
          "/bind"), ==, EACCES);
}

static guint files_seen;

/* A link's own mode says nothing. */
static int
judge_file (const char *path, const struct stat *status, int type)
{
  files_seen++;
  if (type == FTW_SL || S_ISLNK (status->st_mode))
    return 0;
  if (status->st_uid != 0 || status->st_gid != 0 ||
      status->st_mode & (S_IWGRP | S_IWOTH))
    g_error ("%s: owner %u, group %u, mode 0%o", path, status->st_uid,
        status->st_gid, status->st_mode);
  return 0;
}

static int
walk_one (const char *path, const struct stat *status, int type,
    struct FTW *where)
{
  (void) where;
  return judge_file (path, status, type);
}

static void
walk (const char *path)
{
  if (nftw (path, walk_one, 16, FTW_PHYS) != 0)
    g_error ("%s: %s", path, g_strerror (errno));
}

static void
no_file_of_ours_in_sysfs_or_configfs_is_open_to_others (Fixture * fixture)
{
  g_autofree char *device = g_build_filename ("/sys/devices/platform",
      fixture->camera->device, NULL);

  files_seen = 0;
  walk (device);
  walk (VIRTCAM_DRIVER);
  walk ("/sys/module/virtcam");
  walk (VIRTCAM_CONFIGFS);
  g_assert_cmpuint (files_seen, >, 40);
  breaking_figure ("%u files in sysfs and configfs are root's", files_seen);
}

static void
assert_no_pointer (const char *where, const char *line)
{
  static GRegex *pointer;

  if (!pointer)
    pointer = g_regex_new (POINTER, G_REGEX_OPTIMIZE, 0, NULL);
  if (g_regex_match (pointer, line, 0, NULL))
    g_error ("%s has a kernel pointer: %s", where, line);
}

/* Everything that the module can say about a camera, debugging on. */
static void
make_it_talk (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  static const char *const settings[][2] = {
    {"card", ""}, {"formats", "X"}, {"sizes", "0x0"}, {"memory", "x"},
    {"pacing", "x"}, {"enabled", "2"}, {"intervals", "1/0"},
  };

  g_spawn_command_line_sync ("sh -c 'echo module virtcam +p "
      ">/sys/kernel/debug/dynamic_debug/control'", NULL, NULL, NULL, NULL);
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_LOG_STATUS));
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    g_assert_false (test_camera_set (fixture->camera, settings[i][0],
            settings[i][1], NULL));
  reader_start (reader, 2);
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_LOG_STATUS));
}

/* Returns: the whole kernel log since the guest came up */
static char *
read_whole_log (void)
{
  GString *log = g_string_new (NULL);
  int fd = open ("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  char record[8192];
  ssize_t length;

  g_assert_no_errno (fd);
  while ((length = read (fd, record, sizeof (record))) > 0 || errno == EPIPE)
    g_string_append_len (log, record, MAX (length, 0));
  g_assert_no_errno (close (fd));
  return g_string_free (log, FALSE);
}

/* What a user wrote is quoted, and may look like anything. */
static char *
without_quotes (const char *line)
{
  g_autoptr (GRegex) quoted = g_regex_new ("'.*'", 0, 0, NULL);

  return g_regex_replace_literal (quoted, line, -1, 0, "''", 0, NULL);
}

static void
the_kernel_log_shows_no_pointer (Fixture * fixture)
{
  g_autofree char *log = NULL;
  g_auto (GStrv) lines = NULL;
  guint ours = 0;

  make_it_talk (fixture);
  log = read_whole_log ();
  lines = g_strsplit (log, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    g_autofree char *line = without_quotes (lines[i]);
    const char *text = strchr (line, ';');

    if (text && strstr (text, "virtcam")) {
      assert_no_pointer ("the kernel log", text);
      ours++;
    }
  }
  g_assert_cmpuint (ours, >, 8);
  breaking_figure ("%u lines of the kernel log without a pointer", ours);
}

static char *
read_file (const char *path)
{
  GError *error = NULL;
  char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, &error))
    g_error ("%s", error->message);
  return text;
}

static int
read_one (const char *path, const struct stat *status, int type,
    struct FTW *where)
{
  g_autofree char *text = NULL;

  (void) where;
  /* autosuspend_delay_ms and the like refuse: that shows nothing either. */
  if (type == FTW_F && status->st_mode & S_IRUSR &&
      g_file_get_contents (path, &text, NULL, NULL)) {
    assert_no_pointer (path, text);
    files_seen++;
  }
  return 0;
}

static void
no_file_of_a_camera_shows_a_pointer (Fixture * fixture)
{
  g_autofree char *device = g_build_filename ("/sys/devices/platform",
      fixture->camera->device, NULL);

  files_seen = 0;
  g_assert_cmpint (nftw (device, read_one, 16, FTW_PHYS), ==, 0);
  g_assert_cmpint (nftw (VIRTCAM_CONFIGFS, read_one, 16, FTW_PHYS), ==, 0);
  g_assert_cmpuint (files_seen, >, 10);
}

/* So short, four bytes of code may look like a text with a %p in it. */
#define SHORTEST_TEXT 8

/* Returns: where the text ends that begins here, if one does */
static gsize
end_of_text (const char *data, gsize begin, gsize length)
{
  gsize end = begin;

  while (end < length && (g_ascii_isprint (data[end]) || data[end] == '\n'))
    end++;
  return end;
}

/* %pE, %pe and %p4cc print what they point to. */
static void
no_text_in_the_module_prints_a_pointer (Fixture * fixture)
{
  g_autoptr (GRegex) format = g_regex_new ("%[-+ #0-9*.]*p(?![Ee]|4cc)[ -~]*", 0, 0,
      NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autofree char *path = NULL, *data = NULL;
  GError *error = NULL;
  gsize length, texts = 0;

  (void) fixture;
  if (!g_spawn_command_line_sync ("modinfo -n virtcam", &path, NULL, NULL,
          &error) ||
      !g_file_get_contents (g_strchomp (path), &data, &length, &error))
    g_error ("%s", error->message);
  for (gsize begin = 0, end; begin < length; begin = end + 1) {
    end = end_of_text (data, begin, length);
    if (end - begin < SHORTEST_TEXT || end == length || data[end] != '\0')
      continue;
    texts++;
    if (g_regex_match_full (format, data + begin, (gssize) (end - begin), 0, 0,
            &match, NULL))
      g_error ("%s has \"%.*s\"", path, (int) (end - begin), data + begin);
    g_clear_pointer (&match, g_match_info_unref);
  }
  g_assert_cmpuint (texts, >, 100);
}

typedef struct
{
  guint end;
  guint alignment;
} Record;

/* "field:u32 sequence; offset:16; size:4; signed:0;" */
static void
read_field (const char *event, const char *line, Record * record)
{
  const char *at = strstr (line, "offset:");
  guint offset, size;

  if (!strstr (line, "field:") || !at)
    return;
  g_assert_cmpint (sscanf (at, "offset:%u;\tsize:%u;", &offset, &size), ==, 2);
  if (offset != record->end)
    g_error ("%s: bytes %u to %u show what was there before", event,
        record->end, offset);
  record->end = offset + size;
  record->alignment = MAX (record->alignment, size);
}

static void
assert_no_hole (const char *event)
{
  g_autofree char *path = g_strdup_printf (TRACING "/events/virtcam/%s/format",
      event);
  g_autofree char *text = read_file (path);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  Record record = { 0, 1 };

  for (guint i = 0; lines[i]; i++) {
    read_field (event, lines[i], &record);
    if (g_str_has_prefix (lines[i], "print fmt"))
      g_assert_null (strstr (lines[i], "%p"));
  }
  if (record.end % record.alignment)
    g_error ("%s: the bytes behind %u show what was there before", event,
        record.end);
}

static void
no_trace_record_has_a_pointer_or_a_hole (Fixture * fixture)
{
  static const char *const events[] = { "virtcam_queued", "virtcam_filled",
    "virtcam_done", "virtcam_dropped"
  };

  (void) fixture;
  if (!g_file_test (TRACING "/events/virtcam", G_FILE_TEST_IS_DIR)) {
    g_test_skip ("this kernel has no " TRACING "/events/virtcam");
    return;
  }
  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    assert_no_hole (events[i]);
}

static void
write_file (const char *path, const char *text)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);

  if (fd < 0 || write (fd, text, strlen (text)) != (ssize_t) strlen (text))
    g_error ("writing %s to %s: %s", text, path, g_strerror (errno));
  g_assert_no_errno (close (fd));
}

static void
no_line_of_a_trace_shows_a_pointer (Fixture * fixture)
{
  const char *instance = TRACING "/instances/virtcam-security";
  g_autofree char *trace = NULL;
  g_auto (GStrv) lines = NULL;
  guint ours = 0;

  if (!g_file_test (TRACING "/events/virtcam", G_FILE_TEST_IS_DIR)) {
    g_test_skip ("this kernel has no " TRACING "/events/virtcam");
    return;
  }
  g_assert_no_errno (mkdir (instance, 0700));
  write_file (TRACING "/instances/virtcam-security/events/virtcam/enable",
      "1");
  make_it_talk (fixture);
  trace = read_file (TRACING "/instances/virtcam-security/trace");
  g_assert_no_errno (rmdir (instance));
  lines = g_strsplit (trace, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    const char *text = strstr (lines[i], ": virtcam_");

    ours += text != NULL;
    if (text)
      assert_no_pointer ("a trace", text);
  }
  g_assert_cmpuint (ours, >=, 2);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add ("/security/" #name, name)
  ADD (a_node_is_root_s_and_the_video_group_s);
  ADD (only_the_video_group_opens_a_node);
  ADD (only_root_makes_changes_and_removes_cameras);
  ADD (no_file_of_ours_in_sysfs_or_configfs_is_open_to_others);
  ADD (the_kernel_log_shows_no_pointer);
  ADD (no_file_of_a_camera_shows_a_pointer);
  ADD (no_text_in_the_module_prints_a_pointer);
  ADD (no_trace_record_has_a_pointer_or_a_hole);
  ADD (no_line_of_a_trace_shows_a_pointer);
  return g_test_run ();
}
