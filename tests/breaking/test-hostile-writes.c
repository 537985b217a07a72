/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames written from memory that cannot be read, goes away, or never ends. */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "balance.h"
#include "breaking.h"
#include "feeder.h"
#include "missing-page.h"

#define WIDTH 160
#define HEIGHT 120
#define PAGE 4096
/* Whole pages, so that no byte of a frame lies beside those that go away */
#define HALF (5 * PAGE)
#define ALL (2 * HALF)

typedef struct {
  TestCamera *camera;
  Reader *feeder, *viewer;
  guint8 *memory; /* of more than a frame, which can be read */
  gsize size;     /* of a frame */
} Scene;

static guint8 *
map (int fd, int protection)
{
  guint8 *data = mmap (NULL, ALL, protection,
      fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);

  g_assert_true (data != MAP_FAILED);
  return data;
}

static void
scene_set (Scene *scene)
{
  scene->camera = test_feed_new ("placeholder", "none", NULL);
  scene->feeder = reader_open (scene->camera->output);
  reader_set_format (scene->feeder, V4L2_PIX_FMT_YUYV, WIDTH, HEIGHT, 0);
  scene->size = scene->feeder->format.fmt.pix.sizeimage;
  g_assert_cmpuint (scene->size, >, HALF);
  g_assert_cmpuint (scene->size, <=, ALL);
  scene->viewer = reader_open (scene->camera->node);
  reader_start (scene->viewer, 2);
  scene->memory = map (-1, PROT_READ | PROT_WRITE);
}

static void
scene_strike (Scene *scene)
{
  reader_close (scene->viewer);
  reader_close (scene->feeder);
  test_camera_free (scene->camera);
  munmap (scene->memory, ALL);
}

/* Nothing of a frame that was refused comes before the next one. */
static void
assert_next_is_whole (Scene *scene, guint number)
{
  g_assert_false (feeder_has_frame (scene->viewer));
  feeder_write (scene->feeder, number);
  feeder_assert_next (scene->viewer, number);
}

static void
assert_faulty (Scene *scene, const void *at)
{
  static guint number;

  assert_refused (write (scene->feeder->fd, at, scene->size), EFAULT);
  assert_next_is_whole (scene, number++);
}

static void
memory_that_cannot_be_read_is_refused_whole (Fixture *fixture)
{
  static const gsize nowhere[] = {
    0,
    1,
    PAGE,
    0x7ffffffff000,
    0xffff888000000000,
    (gsize) -PAGE,
    (gsize) -1,
  };
  Scene scene;

  (void) fixture;
  scene_set (&scene);
  for (guint i = 0; i < G_N_ELEMENTS (nowhere); i++)
    assert_faulty (&scene, (const void *) nowhere[i]);
  g_assert_no_errno (mprotect (scene.memory + HALF, HALF, PROT_NONE));
  assert_faulty (&scene, scene.memory);
  assert_faulty (&scene, scene.memory + HALF);
  g_assert_no_errno (munmap (scene.memory + HALF, HALF));
  assert_faulty (&scene, scene.memory);
  breaking_figure (
      "%u places of no memory refused", (guint) G_N_ELEMENTS (nowhere) + 3);
  scene_strike (&scene);
}

static void
memory_that_can_only_be_read_is_taken (Fixture *fixture)
{
  Scene scene;

  (void) fixture;
  scene_set (&scene);
  feeder_fill (scene.memory, scene.size, 3);
  g_assert_no_errno (mprotect (scene.memory, ALL, PROT_READ));
  g_assert_cmpint (write (scene.feeder->fd, scene.memory, scene.size), ==,
      (gssize) scene.size);
  feeder_assert_next (scene.viewer, 3);
  scene_strike (&scene);
}

/* What a file has no longer is no fault of the program's, and no bug of ours. */
static void
a_file_that_shrank_is_refused_whole (Fixture *fixture)
{
  int fd = memfd_create ("frame", MFD_CLOEXEC);
  guint8 *data;
  Scene scene;

  (void) fixture;
  scene_set (&scene);
  g_assert_no_errno (ftruncate (fd, ALL));
  data = map (fd, PROT_READ);
  g_assert_cmpint (
      write (scene.feeder->fd, data, scene.size), ==, (gssize) scene.size);
  reader_stream_off (scene.viewer);
  reader_unmap (scene.viewer);
  reader_start (scene.viewer, 2);
  g_assert_no_errno (ftruncate (fd, HALF));
  assert_faulty (&scene, data);
  g_assert_no_errno (munmap (data, ALL));
  g_assert_no_errno (close (fd));
  scene_strike (&scene);
}

typedef struct {
  Scene *scene;
  MissingPage *page;
  gssize written;
  int error;
} Writing;

static gpointer
write_missing (gpointer data)
{
  Writing *writing = data;

  errno = 0;
  writing->written = write (
      writing->scene->feeder->fd, writing->page->data, writing->scene->size);
  writing->error = errno;
  return NULL;
}

static void
forbid (guint8 *at)
{
  g_assert_no_errno (mprotect (at, HALF, PROT_NONE));
}

static void
unmap (guint8 *at)
{
  g_assert_no_errno (munmap (at, HALF));
}

/* What is there instead may be read: this write is as good as any. */
static void
replace (guint8 *at)
{
  g_assert_true (mmap (at, HALF, PROT_READ,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at);
}

/* Returns: whether this kernel has missing pages; @take is done in mid-write */
static gboolean
write_while (Scene *scene, void (*take) (guint8 *at), Writing *writing)
{
  GThread *thread;

  *writing = (Writing){ .scene = scene, .page = missing_page_new (ALL) };
  if (!writing->page) {
    g_test_skip ("no userfaultfd");
    return FALSE;
  }
  thread = g_thread_new ("writer", write_missing, writing);
  missing_page_await_fault (writing->page);
  take (writing->page->data + HALF);
  missing_page_resolve_first (writing->page, HALF);
  g_thread_join (thread);
  missing_page_free (writing->page);
  return TRUE;
}

static void
memory_that_goes_away_meanwhile_is_refused_whole (Fixture *fixture)
{
  void (*const ways[]) (guint8 *) = { forbid, unmap };
  Writing writing;
  Scene scene;

  (void) fixture;
  scene_set (&scene);
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++) {
    if (!write_while (&scene, ways[i], &writing))
      break;
    g_assert_cmpint (writing.written, ==, -1);
    g_assert_cmpstr (g_strerror (writing.error), ==, g_strerror (EFAULT));
    assert_next_is_whole (&scene, i);
  }
  if (write_while (&scene, replace, &writing))
    g_assert_cmpint (writing.written, ==, (gssize) scene.size);
  scene_strike (&scene);
}

/* The smallest frames, so that there are as many as can be */
#define SMALL 256
#define HUGE ((gsize) 1 << 28)

static void
write_for_ever (const char *node, const guint8 *data)
{
  Reader *feeder = reader_open (node);

  while (write (feeder->fd, data, HUGE) > 0)
    ;
  _exit (1);
}

static void
the_writer_of_an_endless_stream_can_be_killed (Fixture *fixture)
{
  g_autoptr (TestCamera) camera =
      test_feed_new ("sizes", "16x16", "formats", "GREY", NULL);
  g_autoptr (Reader) watcher = reader_open (camera->output);
  guint8 *data = mmap (NULL, HUGE, PROT_READ,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  gint64 frames;
  pid_t writer;
  int status;

  (void) fixture;
  g_assert_true (data != MAP_FAILED);
  writer = fork ();
  g_assert_no_errno ((int) writer);
  if (!writer)
    write_for_ever (camera->output, data);
  while (reader_get_control (watcher, FEEDER_FRAMES_IN) < 100)
    ;
  g_assert_no_errno (kill (writer, SIGKILL));
  g_assert_cmpint (waitpid (writer, &status, 0), ==, writer);
  g_assert_true (WIFSIGNALED (status));
  frames = reader_get_control (watcher, FEEDER_FRAMES_IN);
  breaking_figure (
      "killed after %" G_GINT64_FORMAT " of %zu frames", frames, HUGE / SMALL);
  /* It had not to write to the end first. */
  g_assert_cmpint (frames, <, HUGE / SMALL);
  g_assert_no_errno (munmap (data, HUGE));
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) balance_add ("/writes/" #name, name)
  ADD (memory_that_cannot_be_read_is_refused_whole);
  ADD (memory_that_can_only_be_read_is_taken);
  ADD (a_file_that_shrank_is_refused_whole);
  ADD (memory_that_goes_away_meanwhile_is_refused_whole);
  ADD (the_writer_of_an_endless_stream_can_be_killed);
  return g_test_run ();
}
