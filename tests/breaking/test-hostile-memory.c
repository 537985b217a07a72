/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames drawn into memory that is too small, changes, or is no memory; and frames
 * that a feed is to take out of it.
 */
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "balance.h"
#include "breaking.h"
#include "feeder.h"
#include "foreign.h"

#define SIZES "160x120"
#define PATTERN 0xa5

/* The kinds of memory of a camera that draws; or NULL: a feed */
static const char *const memories[] = { "vmalloc", "dma-sg", NULL };

static const struct {
  const char *name;
  ForeignNew new;
} exporters[] = {
  { "another camera", foreign_new_camera },
  { "udmabuf", foreign_new_udmabuf },
  { "the system's heap", foreign_new_heap },
};

typedef struct {
  TestCamera *camera;
  Reader *reader;
  Reader *viewer; /* of a feed, else NULL */
} Importer;

static Importer *
importer_new (const char *memory)
{
  Importer *importer = g_new0 (Importer, 1);

  importer->camera =
      memory ? test_camera_new ("sizes", SIZES, "memory", memory, NULL)
             : test_feed_new ("sizes", SIZES, "placeholder", "none", NULL);
  importer->reader =
      reader_open (memory ? importer->camera->node : importer->camera->output);
  request_imports (importer->reader, 1);
  if (!memory) {
    importer->viewer = reader_open (importer->camera->node);
    reader_start (importer->viewer, 2);
  }
  return importer;
}

static void
importer_free (Importer *importer)
{
  reader_close (importer->reader);
  reader_close (importer->viewer);
  test_camera_free (importer->camera);
  g_free (importer);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Importer, importer_free)

static gsize
frame_size (Importer *importer)
{
  return importer->reader->format.fmt.pix.sizeimage;
}

/* Kernels differ in which; it is never ENOMEM, and never taken. */
static void
assert_not_taken (Importer *importer, int fd, guint32 length)
{
  errno = 0;
  g_assert_cmpint (queue_import (importer->reader, 0, fd, length), ==, -1);
  if (errno != EINVAL && errno != EFAULT)
    g_error ("QBUF of a wrong dma-buf: %s", g_strerror (errno));
}

/*
 * Debian 12's udmabuf cannot be mapped by the kernel, so nothing can be drawn
 * into it: that has to be said at QBUF.
 */
static gboolean
can_be_drawn_into (Importer *importer, Foreign *foreign)
{
  if (queue_import (importer->reader, 0, foreign->fd, 0) == 0)
    return TRUE;
  g_assert_cmpint (foreign->memfd, >=, 0);
  assert_not_taken (importer, foreign->fd, 0);
  breaking_figure ("udmabuf is refused by this kernel's vb2");
  return FALSE;
}

typedef void (*ExporterTest) (Importer *importer, ForeignNew make);

/* Each exporter with each kind of the importer's memory. */
static void
for_each_exporter (ExporterTest test)
{
  for (guint i = 0; i < G_N_ELEMENTS (exporters); i++) {
    Foreign *probe = exporters[i].new(1);

    if (!probe)
      g_test_message ("this kernel has no dma-buf of %s", exporters[i].name);
    for (guint k = 0; probe && k < G_N_ELEMENTS (memories); k++) {
      g_autoptr (Importer) importer = importer_new (memories[k]);

      g_test_message ("%s, used by %s", exporters[i].name,
          memories[k] ? memories[k] : "a feed");
      test (importer, exporters[i].new);
    }
    foreign_free (probe);
  }
}

/* Returns: whether frames of a feed came out of it */
static gboolean
feed (Importer *importer, Foreign *foreign)
{
  struct v4l2_buffer buffer;

  feeder_fill (foreign->data, frame_size (importer), 0);
  if (!can_be_drawn_into (importer, foreign))
    return FALSE;
  reader_stream_on (importer->reader);
  for (guint i = 0; i < 5; i++) {
    feeder_assert_next (importer->viewer, i);
    g_assert_no_errno (import_dequeue (importer->reader, &buffer));
    g_assert_cmphex (buffer.flags & V4L2_BUF_FLAG_ERROR, ==, 0);
    feeder_fill (foreign->data, frame_size (importer), i + 1);
    g_assert_no_errno (queue_import (importer->reader, 0, foreign->fd, 0));
  }
  reader_stream_off (importer->reader);
  return TRUE;
}

/* Returns: whether frames went into it, all of them and nowhere else */
static gboolean
draw (Importer *importer, Foreign *foreign)
{
  const gsize size = frame_size (importer);

  if (importer->viewer)
    return feed (importer, foreign);
  memset (foreign->data, PATTERN, foreign->size);
  if (!can_be_drawn_into (importer, foreign))
    return FALSE;
  reader_stream_on (importer->reader);
  import_frames (importer->reader, foreign->fd, foreign->data, 5);
  reader_stream_off (importer->reader);
  for (gsize i = size; i < foreign->size; i++)
    g_assert_cmphex (foreign->data[i], ==, PATTERN);
  return TRUE;
}

static void
refuse_then_take (Importer *importer, ForeignNew make)
{
  const gsize size = frame_size (importer);
  g_autoptr (Foreign) small = make (size / 2);
  g_autoptr (Foreign) right = make (size);
  const guint32 too_long[] = { (guint32) small->size + 1, G_MAXUINT32 };

  g_assert_cmpuint (small->size, <, size);
  assert_not_taken (importer, small->fd, 0);
  assert_not_taken (importer, small->fd, (guint32) size);
  assert_not_taken (importer, right->fd, 1);
  assert_not_taken (importer, right->fd, (guint32) size - 1);
  for (guint i = 0; i < G_N_ELEMENTS (too_long); i++)
    assert_not_taken (importer, small->fd, too_long[i]);
  draw (importer, right);
}

static void
too_small_or_of_a_wrong_length_is_refused_and_the_next_is_taken (
    Fixture *fixture)
{
  (void) fixture;
  for_each_exporter (refuse_then_take);
}

/* The real size counts, and is what the program gets to know. */
static void
believe_its_size (Importer *importer, ForeignNew make)
{
  g_autoptr (Foreign) foreign = make (frame_size (importer));
  struct v4l2_buffer buffer = {
    .type = importer->reader->format.type,
    .memory = V4L2_MEMORY_DMABUF,
    .m.fd = foreign->fd,
    .length = G_MAXUINT32,
    .bytesused = (guint32) frame_size (importer),
  };

  if (ioctl (importer->reader->fd, VIDIOC_QBUF, &buffer) < 0)
    assert_not_taken (importer, foreign->fd, 0);
  else
    g_assert_cmpuint (buffer.length, ==, foreign->size);
}

static void
a_length_beyond_the_dma_buf_is_not_believed (Fixture *fixture)
{
  (void) fixture;
  for_each_exporter (believe_its_size);
}

static void
draw_into_larger (Importer *importer, ForeignNew make)
{
  g_autoptr (Foreign) larger = make (frame_size (importer) + 20000);

  draw (importer, larger);
}

static void
nothing_is_drawn_beyond_the_frame (Fixture *fixture)
{
  (void) fixture;
  for_each_exporter (draw_into_larger);
}

static void
draw_into_closed (Importer *importer, ForeignNew make)
{
  g_autoptr (Foreign) foreign = make (frame_size (importer));
  int fd = fcntl (foreign->fd, F_DUPFD_CLOEXEC, 0);
  struct v4l2_buffer buffer;

  feeder_fill (foreign->data, frame_size (importer), 7);
  if (!can_be_drawn_into (importer, foreign)) {
    close (fd);
    return;
  }
  g_assert_no_errno (dup3 (importer->reader->fd, foreign->fd, O_CLOEXEC));
  reader_stream_on (importer->reader);
  g_assert_no_errno (import_dequeue (importer->reader, &buffer));
  if (importer->viewer)
    feeder_assert_next (importer->viewer, 7);
  else
    g_assert_cmpuint (reader_stamp (importer->reader, foreign->data).sequence,
        ==, buffer.sequence);
  /* The number is that of another file now. */
  assert_not_taken (importer, foreign->fd, 0);
  g_assert_no_errno (dup3 (fd, foreign->fd, O_CLOEXEC));
  g_assert_no_errno (close (fd));
}

static int
queue_payload (Importer *importer, int fd, guint32 bytesused)
{
  struct v4l2_buffer buffer = {
    .type = importer->reader->format.type,
    .memory = V4L2_MEMORY_DMABUF,
    .m.fd = fd,
    .bytesused = bytesused,
  };

  return ioctl (importer->reader->fd, VIDIOC_QBUF, &buffer);
}

static void
lie_about_the_payload (Importer *importer, ForeignNew make)
{
  const guint32 size = (guint32) frame_size (importer);
  g_autoptr (Foreign) foreign = make (size);
  const guint32 lies[] = { 1, size - 1, (guint32) foreign->size + 1,
    G_MAXUINT32 };

  if (!importer->viewer || !can_be_drawn_into (importer, foreign))
    return;
  request_imports (importer->reader, 0);
  request_imports (importer->reader, 1);
  for (guint i = 0; i < G_N_ELEMENTS (lies); i++)
    assert_refused (queue_payload (importer, foreign->fd, lies[i]), EINVAL);
  feed (importer, foreign);
}

static void
a_payload_that_is_no_frame_is_refused_and_the_next_is_taken (Fixture *fixture)
{
  (void) fixture;
  for_each_exporter (lie_about_the_payload);
}

static void
a_queued_dma_buf_is_used_though_its_fd_is_closed (Fixture *fixture)
{
  (void) fixture;
  for_each_exporter (draw_into_closed);
}

/* The seal that udmabuf asks for keeps the size; holes make no fault either. */
static void
a_memfd_that_shrinks_grows_or_gets_holes_harms_no_stream (Fixture *fixture)
{
  (void) fixture;
  for (guint k = 0; k < G_N_ELEMENTS (memories); k++) {
    g_autoptr (Importer) importer = importer_new (memories[k]);
    g_autoptr (Foreign) foreign = foreign_new_udmabuf (frame_size (importer));
    gboolean taken;

    if (!foreign) {
      g_test_skip ("this kernel has no udmabuf");
      return;
    }
    taken = can_be_drawn_into (importer, foreign);
    assert_refused (ftruncate (foreign->memfd, 4096), EPERM);
    g_assert_no_errno (ftruncate (foreign->memfd, 1 << 20));
    g_assert_no_errno (fallocate (foreign->memfd,
        FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1 << 20));
    if (taken && importer->viewer) {
      request_imports (importer->reader, 0);
      request_imports (importer->reader, 1);
      feed (importer, foreign);
    } else if (taken) {
      reader_stream_on (importer->reader);
      import_frames (importer->reader, foreign->fd, foreign->data, 3);
    }
  }
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) balance_add ("/memory/" #name, name)
  ADD (too_small_or_of_a_wrong_length_is_refused_and_the_next_is_taken);
  ADD (a_length_beyond_the_dma_buf_is_not_believed);
  ADD (nothing_is_drawn_beyond_the_frame);
  ADD (a_queued_dma_buf_is_used_though_its_fd_is_closed);
  ADD (a_payload_that_is_no_frame_is_refused_and_the_next_is_taken);
  ADD (a_memfd_that_shrinks_grows_or_gets_holes_harms_no_stream);
  return fixture_run_miscounted ();
}
