/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Four programs that mean harm, on one camera or at the two ends of a feed. */
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
#include "feeder.h"
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

/* A node that is called, and what all who call it have done */
typedef struct {
  const char *node;
  Called called;
  Tally *tally;
} Side;

typedef struct {
  Side sides[2];
  guint n_sides; /* callers take turns at them */
  Caller callers[CALLERS];
  pid_t processes[CALLERS];
  int lives[CALLERS]; /* pipes that end with the process */
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
        attack->callers[i].tally->progress[i], stack ? stack : "gone");
    kill (attack->processes[i], SIGKILL);
  }
  g_error ("a caller hangs");
}

static gint
progress (Attack *attack)
{
  gint sum = 0;

  for (guint i = 0; i < CALLERS; i++)
    sum += g_atomic_int_get (&attack->callers[i].tally->progress[i]);
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
        attack->callers[i].tally->progress[i]);
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

static Caller
caller_of (const Side *side, int shared)
{
  return (Caller){
    .called = side->called,
    .type = side->called == CALLED_FEED ? V4L2_BUF_TYPE_VIDEO_OUTPUT
                                        : V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .node = side->node,
    .tally = side->tally,
    .nodes = { shared },
  };
}

/* One shared file of each side, and what each of four processes opens itself. */
static void
run_round (
    Attack *attack, Fixture *fixture, Reader *lender, guint32 seed, guint calls)
{
  int strangers[CALLER_STRANGERS], shared[2];
  guint count = gather_strangers (lender, attack->sides[0].node, strangers);

  for (guint i = 0; i < attack->n_sides; i++) {
    shared[i] = open (attack->sides[i].node, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    g_assert_no_errno (shared[i]);
    memset (attack->sides[i].tally->progress, 0,
        sizeof (attack->sides[i].tally->progress));
  }
  for (guint i = 0; i < CALLERS; i++) {
    const guint side = i % attack->n_sides;
    Caller *caller = &attack->callers[i];

    *caller = caller_of (&attack->sides[side], shared[side]);
    caller->number = i;
    caller->n_strangers = count;
    memcpy (caller->strangers, strangers, sizeof (strangers));
    start_caller (attack, i, seed, calls / CALLERS);
  }
  for (guint i = 0; i < CALLERS; i++)
    await_end (attack, i, fixture);
  for (guint i = 0; i < count; i++)
    g_assert_no_errno (close (strangers[i]));
  for (guint i = 0; i < attack->n_sides; i++)
    g_assert_no_errno (close (shared[i]));
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
call_without_a_camera (TestCamera *camera, Attack *attack)
{
  int fds[2];

  for (guint i = 0; i < attack->n_sides; i++) {
    fds[i] = open (attack->sides[i].node, O_RDWR | O_CLOEXEC);
    g_assert_no_errno (fds[i]);
  }
  test_camera_remove (camera);
  for (guint i = 0; i < attack->n_sides; i++) {
    assert_refused (ioctl (fds[i], VIDIOC_LOG_STATUS), ENODEV);
    attack->sides[i].tally->bad[hostile_ioctl_find (VIDIOC_LOG_STATUS)]++;
    g_assert_no_errno (close (fds[i]));
  }
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
assert_covered (const Tally *tally, Called called)
{
  const guint version = kernel_version ();
  guint ours = 0, others = 0;

  for (guint i = 0; i < hostile_n_ioctls; i++) {
    const HostileIoctl *entry = &hostile_ioctls[i];

    if (entry->weight == 0 || entry->from > version || entry->never & called) {
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
report (const Tally *tally, guint calls, int callers)
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
      calls, callers, sum, tally->frames);
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

/* Placeholders may come before it. */
static void
await_frame (Reader *reader, const guint8 *frame, gsize size)
{
  struct v4l2_buffer buffer;
  gboolean found = FALSE;

  for (guint i = 0; i < FRAMES && !found; i++) {
    reader_dequeue (reader, &buffer);
    found = memcmp (reader->data[buffer.index], frame, size) == 0;
    reader_queue (reader, buffer.index);
  }
  g_assert_true (found);
}

static void
assert_still_feeds (TestCamera *camera)
{
  g_autoptr (Reader) feeder = reader_open (camera->output);
  g_autoptr (Reader) reader = reader_open (camera->node);

  reader_set_format (feeder, V4L2_PIX_FMT_YUYV, 160, 120, 0);
  reader_start (reader, 4);
  for (guint i = 0; i < FRAMES; i++) {
    g_autofree guint8 *frame = feeder_make_frame (feeder, i);

    feeder_write (feeder, i);
    await_frame (reader, frame, feeder->format.fmt.pix.sizeimage);
  }
}

/* The attack's sides are set; their tallies are not. Each side is called as often. */
static void
survive (Attack *attack, Fixture *fixture)
{
  const guint rounds = breaking_times (10, 250);
  const guint memory = unplug_count_frame_memory ();
  g_autoptr (TestCamera) lending = make_camera ();
  Reader *lender;

  test_camera_settle ();
  lender = reader_open (lending->node);
  reader_set_format (lender, V4L2_PIX_FMT_XBGR32, 160, 120, 0);
  reader_map (lender, LENT);
  for (guint i = 0; i < attack->n_sides; i++)
    attack->sides[i].tally = share_tally ();
  run_attack (attack, fixture, lender, rounds * attack->n_sides);
  reader_close (lender);
  if (fixture->camera->output)
    assert_still_feeds (fixture->camera);
  else
    assert_still_streams (fixture->camera);
  call_without_a_camera (fixture->camera, attack);
  for (guint i = 0; i < attack->n_sides; i++) {
    const Side *side = &attack->sides[i];

    report (side->tally, rounds * CALLS_OF_ROUND, CALLERS / attack->n_sides);
    assert_covered (side->tally, side->called);
    g_assert_no_errno (munmap (side->tally, sizeof (Tally)));
  }
  test_camera_remove (lending);
  g_assert_cmpuint (unplug_count_frame_memory (), ==, memory);
  g_assert_cmpint (
      fixture_driver_references (), ==, fixture->driver_references);
}

static void
no_call_of_four_hostile_programs_harms_a_camera (Fixture *fixture)
{
  g_autofree Attack *attack = g_new0 (Attack, 1);

  fixture->camera = make_camera ();
  attack->n_sides = 1;
  attack->sides[0] = (Side){ fixture->camera->node, CALLED_DRAWN, NULL };
  survive (attack, fixture);
}

static void
no_call_of_hostile_producers_and_viewers_harms_a_feed (Fixture *fixture)
{
  g_autofree Attack *attack = g_new0 (Attack, 1);

  fixture->camera =
      test_feed_new ("sizes", "160x120 64x64", "intervals", "1/500 1/10",
          "formats", "YUYV NV12 YU12 XR24 GREY MJPG", "timeout", "10", NULL);
  attack->n_sides = 2;
  attack->sides[0] = (Side){ fixture->camera->output, CALLED_FEED, NULL };
  attack->sides[1] = (Side){ fixture->camera->node, CALLED_VIEW, NULL };
  survive (attack, fixture);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
  fixture_add_without_camera ("/hostile-callers/"
                              "no_call_of_four_hostile_programs_harms_a_camera",
      no_call_of_four_hostile_programs_harms_a_camera);
  fixture_add_without_camera (
      "/hostile-callers/"
      "no_call_of_hostile_producers_and_viewers_harms_a_feed",
      no_call_of_hostile_producers_and_viewers_harms_a_feed);
  return fixture_run_miscounted ();
}
