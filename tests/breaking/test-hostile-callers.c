/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Four programs that mean harm, on one camera. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "breaking.h"
#include "hostile-caller.h"
#include "hostile-deed.h"
#include "hostile-ioctl.h"
#include "unplug.h"

#define CALLERS 4
#define LENT 2
#define LOOK_MS 1000
/* A caller's calls are interrupted each 0.1 s, so this is a hang. */
#define STALLED_LOOKS 120
#define CALLS_OF_ROUND 2000
#define FRAMES 10

typedef struct {
  Caller callers[CALLERS];
  pid_t processes[CALLERS];
  int lives[CALLERS]; /* pipes that end with the process */
  Tally *tally;
} Attack;

static TestCamera *
make_camera (void)
{
  return test_camera_new (
      "sizes", "160x120 64x64", "intervals", "1/500 1/10", NULL);
}

/* dma-bufs of another camera, large enough for most formats of ours. */
static void
lend (Reader *lender, int *fds)
{
  for (guint i = 0; i < LENT; i++) {
    struct v4l2_exportbuffer export = {
      .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
      .index = i,
      .flags = O_RDWR,
    };

    g_assert_no_errno (ioctl (lender->fd, VIDIOC_EXPBUF, &export));
    fds[i] = export.fd;
  }
}

static guint
gather_strangers (Reader *lender, const char *node, int *fds)
{
  int pipes[2];
  guint count = LENT;

  lend (lender, fds);
  g_assert_no_errno (pipe2 (pipes, O_NONBLOCK | O_CLOEXEC));
  fds[count++] = pipes[0];
  fds[count++] = pipes[1];
  fds[count++] = open ("/etc/passwd", O_RDONLY | O_CLOEXEC);
  fds[count++] = open ("/dev/zero", O_RDWR | O_CLOEXEC);
  fds[count++] = open ("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  fds[count++] = memfd_create ("stranger", MFD_CLOEXEC);
  fds[count++] = open (node, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  for (guint i = 0; i < count; i++)
    g_assert_no_errno (fds[i]);
  return count;
}

static void
start_caller (Attack *attack, guint i, guint32 seed, guint calls)
{
  int life[2];

  g_assert_no_errno (pipe2 (life, O_CLOEXEC));
  attack->processes[i] = fork ();
  g_assert_no_errno ((int) attack->processes[i]);
  if (attack->processes[i] == 0) {
    caller_run (&attack->callers[i], seed + i, calls);
    _exit (0);
  }
  g_assert_no_errno (close (life[1]));
  attack->lives[i] = life[0];
}

static void
give_up (Attack *attack)
{
  for (guint i = 0; i < CALLERS; i++) {
    g_autofree char *path =
        g_strdup_printf ("/proc/%d/stack", (int) attack->processes[i]);
    g_autofree char *stack = NULL;

    g_file_get_contents (path, &stack, NULL, NULL);
    g_test_message ("caller %u after %d calls: %s", i,
        attack->tally->progress[i], stack ? stack : "gone");
    kill (attack->processes[i], SIGKILL);
  }
  g_error ("a caller hangs");
}

static gint
progress (Attack *attack)
{
  gint sum = 0;

  for (guint i = 0; i < CALLERS; i++)
    sum += g_atomic_int_get (&attack->tally->progress[i]);
  return sum;
}

/* Waits for one of the processes, as long as any of them gets on. */
static void
await_end (Attack *attack, guint i, Fixture *fixture)
{
  struct pollfd end = { .fd = attack->lives[i] };
  guint stalled = 0;
  int status;

  while (poll (&end, 1, LOOK_MS) == 0) {
    gint before = progress (attack);

    /* What LOG_STATUS says must not overtake us. */
    kernel_log_read (fixture->log);
    if (poll (&end, 1, LOOK_MS) == 0 && progress (attack) == before &&
        ++stalled == STALLED_LOOKS)
      give_up (attack);
    else if (progress (attack) != before)
      stalled = 0;
  }
  g_assert_cmpint (
      waitpid (attack->processes[i], &status, 0), ==, attack->processes[i]);
  if (status != 0)
    g_error ("caller %u ended with status 0x%x after %d calls", i, status,
        attack->tally->progress[i]);
  g_assert_no_errno (close (attack->lives[i]));
}

static Tally *
share_tally (void)
{
  Tally *tally = mmap (NULL, sizeof (*tally), PROT_READ | PROT_WRITE,
      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

  g_assert_true (tally != MAP_FAILED);
  return tally;
}

/* One shared file, and what each of four processes opens for itself. */
static void
run_round (
    Attack *attack, Fixture *fixture, Reader *lender, guint32 seed, guint calls)
{
  const char *node = fixture->camera->node;
  int shared = open (node, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  Caller *first = &attack->callers[0];

  g_assert_no_errno (shared);
  *first =
      (Caller){ .node = node, .tally = attack->tally, .nodes = { shared } };
  first->n_strangers = gather_strangers (lender, node, first->strangers);
  memset (attack->tally->progress, 0, sizeof (attack->tally->progress));
  for (guint i = 0; i < CALLERS; i++) {
    attack->callers[i] = *first;
    attack->callers[i].number = i;
    start_caller (attack, i, seed, calls / CALLERS);
  }
  for (guint i = 0; i < CALLERS; i++)
    await_end (attack, i, fixture);
  for (guint i = 0; i < first->n_strangers; i++)
    g_assert_no_errno (close (first->strangers[i]));
  g_assert_no_errno (close (shared));
}

static void
run_attack (Attack *attack, Fixture *fixture, Reader *lender, guint rounds)
{
  guint32 seed = breaking_seed ();

  for (guint round = 0; round < rounds; round++)
    run_round (attack, fixture, lender, seed + CALLERS * round, CALLS_OF_ROUND);
}

/* LOG_STATUS takes nothing that could be wrong: it fails with its camera. */
static void
call_without_a_camera (TestCamera *camera, Tally *tally)
{
  int fd = open (camera->node, O_RDWR | O_CLOEXEC);

  g_assert_no_errno (fd);
  test_camera_remove (camera);
  assert_refused (ioctl (fd, VIDIOC_LOG_STATUS), ENODEV);
  tally->bad[hostile_ioctl_find (VIDIOC_LOG_STATUS)]++;
  g_assert_no_errno (close (fd));
}

static guint
kernel_version (void)
{
  struct utsname name;
  guint major, minor;

  g_assert_no_errno (uname (&name));
  g_assert_cmpint (sscanf (name.release, "%u.%u", &major, &minor), ==, 2);
  return major * 100 + minor;
}

static void
assert_covered (const Tally *tally)
{
  const guint version = kernel_version ();
  guint ours = 0, others = 0;

  for (guint i = 0; i < hostile_n_ioctls; i++) {
    const HostileIoctl *entry = &hostile_ioctls[i];

    if (entry->weight == 0 || entry->from > version) {
      /* The core's own, in kernels for debugging. */
      if (!g_str_has_prefix (entry->name, "DBG_"))
        g_assert_cmpint (tally->good[i], ==, 0);
      others += tally->bad[i] != 0;
      continue;
    }
    g_test_message ("%-20s succeeded %7d times, failed %7d times", entry->name,
        tally->good[i], tally->bad[i]);
    if (!tally->good[i] || !tally->bad[i])
      g_error (
          "%s never %s", entry->name, tally->good[i] ? "failed" : "succeeded");
    ours++;
  }
  breaking_figure ("%u of %u ioctls of ours succeeded and failed, %u others "
                   "and %d unknown calls failed",
      ours, ours, others, tally->unknown);
}

static void
report (const Tally *tally, guint calls)
{
  g_autoptr (GString) deeds = g_string_new (NULL);
  guint sum = 0;

  for (guint i = 0; i < hostile_n_deeds; i++) {
    g_string_append_printf (
        deeds, " %s %d", hostile_deeds[i].name, tally->deeds[i]);
    sum += (guint) tally->deeds[i];
    if (!tally->deeds[i])
      g_error ("%s never happened", hostile_deeds[i].name);
  }
  g_test_message ("deeds:%s", deeds->str);
  breaking_figure ("%u ioctls from %d processes, %u other deeds, %d frames",
      calls, CALLERS, sum, tally->frames);
  g_assert_cmpint (tally->frames, >, 0);
}

static void
assert_still_streams (TestCamera *camera)
{
  g_autoptr (Reader) reader = reader_open (camera->node);
  struct v4l2_buffer buffer;

  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 160, 120, 0);
  reader_set_interval (reader, 1, 10);
  reader_start (reader, 4);
  for (guint i = 0; i < FRAMES; i++) {
    VirtcamStamp stamp;

    reader_dequeue (reader, &buffer);
    stamp = reader_stamp (reader, reader->data[buffer.index]);
    g_assert_cmpuint (stamp.sequence, ==, buffer.sequence);
    reader_queue (reader, buffer.index);
  }
}

static void
no_call_of_four_hostile_programs_harms_a_camera (Fixture *fixture)
{
  const guint rounds = breaking_times (10, 250);
  const guint memory = unplug_count_frame_memory ();
  g_autoptr (TestCamera) lending = make_camera ();
  g_autofree Attack *attack = g_new0 (Attack, 1);
  Reader *lender;

  fixture->camera = make_camera ();
  test_camera_settle ();
  lender = reader_open (lending->node);
  reader_set_format (lender, V4L2_PIX_FMT_XBGR32, 160, 120, 0);
  reader_map (lender, LENT);
  attack->tally = share_tally ();
  run_attack (attack, fixture, lender, rounds);
  reader_close (lender);
  assert_still_streams (fixture->camera);
  call_without_a_camera (fixture->camera, attack->tally);
  report (attack->tally, rounds * CALLS_OF_ROUND);
  assert_covered (attack->tally);
  test_camera_remove (lending);
  g_assert_cmpuint (unplug_count_frame_memory (), ==, memory);
  g_assert_cmpint (
      fixture_driver_references (), ==, fixture->driver_references);
  g_assert_no_errno (munmap (attack->tally, sizeof (Tally)));
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
  fixture_add_without_camera ("/hostile-callers/"
                              "no_call_of_four_hostile_programs_harms_a_camera",
      no_call_of_four_hostile_programs_harms_a_camera);
  return fixture_run_miscounted ();
}
