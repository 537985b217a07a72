/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unplug.h"

#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lent.h"

/* A yield each: so many that only a call that never blocks uses them up. */
#define LOOKS 10000000

/* What is unplugged */
typedef enum { PATTERN, FEED, LENT } Kind;

typedef struct {
  UnplugTest test;
  Unplug unplug;
  Kind kind;
} UnplugCase;

static guint frame_memory_before;

/* Those of a feed, and its placeholders, are the module's own; of those of a
 * lent camera, pages with an address of the kernel's, the default size is counted:
 * smaller ones share addresses. */
guint
unplug_count_frame_memory (void)
{
  static const char *const owners[] = { "vb2_vmalloc_alloc", "[virtcam]",
    "614400 vm_map_ram" };
  g_autofree char *text = NULL;
  GError *error = NULL;
  guint count = 0;

  if (!g_file_get_contents ("/proc/vmallocinfo", &text, NULL, &error))
    g_error ("%s", error->message);
  for (guint i = 0; i < G_N_ELEMENTS (owners); i++)
    for (const char *at = text; (at = strstr (at, owners[i])); at++)
      count++;
  return count;
}

static TestCamera *
make_camera (Kind kind)
{
  switch (kind) {
  case FEED:
    return test_feed_new ("viewers", "2", NULL);
  case LENT:
    return lent_new (1);
  default:
    return test_camera_new (NULL, NULL);
  }
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  const UnplugCase *unplug_case = data;

  fixture->log = kernel_log_open ();
  fixture->driver_references = fixture_driver_references ();
  frame_memory_before = unplug_count_frame_memory ();
  fixture->camera = make_camera (unplug_case->kind);
  /* udev's own look at the node would be one more holder of it. */
  test_camera_settle ();
}

static void
run (Fixture *fixture, gconstpointer data)
{
  const UnplugCase *unplug_case = data;

  unplug_case->test (fixture, unplug_case->unplug);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  if (((const UnplugCase *) data)->kind == LENT)
    lent_free (fixture->camera);
  else
    test_camera_free (fixture->camera);
  test_camera_settle ();
  g_assert_cmpuint (unplug_count_frame_memory (), ==, frame_memory_before);
  g_assert_cmpint (
      fixture_driver_references (), ==, fixture->driver_references);
  fixture_finish (fixture);
}

static void
add_once (const char *path, UnplugTest test, Unplug unplug, Kind kind)
{
  UnplugCase *unplug_case = g_new0 (UnplugCase, 1);

  unplug_case->test = test;
  unplug_case->unplug = unplug;
  unplug_case->kind = kind;
  g_test_add (path, Fixture, unplug_case, set_up, run, tear_down);
}

void
unplug_add_once (const char *path, UnplugTest test, Unplug unplug)
{
  add_once (path, test, unplug, PATTERN);
}

static void
disable (TestCamera *camera)
{
  GError *error = NULL;

  if (!test_camera_set (camera, "enabled", "0", &error))
    g_error ("%s", error->message);
}

typedef struct {
  const char *name;
  Unplug unplug;
} Way;

static void
add_all (
    const char *name, UnplugTest test, Kind kind, const Way *ways, guint count)
{
  for (guint i = 0; i < count; i++) {
    g_autofree char *path =
        g_strdup_printf ("/unplug/%s/%s", ways[i].name, name);

    add_once (path, test, ways[i].unplug, kind);
  }
}

static const Way ways[] = {
  { "unbind", test_camera_unbind },
  { "disable", disable },
  { "rmdir", test_camera_remove },
};

static const Way lent_ways[] = {
  { "unbind", lent_unbind },
  { "device_del", lent_unplug },
};

void
unplug_add (const char *name, UnplugTest test)
{
  add_all (name, test, PATTERN, ways, G_N_ELEMENTS (ways));
}

void
unplug_add_feed (const char *name, UnplugTest test)
{
  add_all (name, test, FEED, ways, G_N_ELEMENTS (ways));
}

void
unplug_add_lent (const char *name, UnplugTest test)
{
  lent_init ();
  add_all (name, test, LENT, lent_ways, g_getenv ("VIRTCAM_SHORT") ? 1 : 2);
}

struct _BlockedCall {
  GThread *thread;
  Reader *reader;
  CallFunction call;
  gpointer data;
  gint task;  /* set by the thread, 0 before */
  gint ended; /* set by the thread, its last deed */
  int result;
  int error;
};

static gpointer
make_call (gpointer data)
{
  BlockedCall *blocked = data;

  g_atomic_int_set (&blocked->task, (gint) syscall (SYS_gettid));
  errno = 0;
  blocked->result = blocked->call (blocked->reader, blocked->data);
  blocked->error = blocked->result < 0 ? errno : 0;
  g_atomic_int_set (&blocked->ended, TRUE);
  return NULL;
}

/* /proc says "number arguments..." of a sleeping call, and else "running". */
static gboolean
sleeps_in (gint task, long number)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/task/%d/syscall", task);
  g_autofree char *wanted = g_strdup_printf ("%ld ", number);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) &&
         g_str_has_prefix (text, wanted);
}

BlockedCall *
blocked_call_begin (Reader *reader, CallFunction call, gpointer data)
{
  BlockedCall *blocked = g_new0 (BlockedCall, 1);

  blocked->reader = reader;
  blocked->call = call;
  blocked->data = data;
  blocked->thread = g_thread_new ("blocked", make_call, blocked);
  return blocked;
}

void
blocked_call_await_sleep (BlockedCall *blocked, long number)
{
  guint looks = 0;

  while (!sleeps_in (g_atomic_int_get (&blocked->task), number)) {
    g_assert_cmpuint (++looks, <, LOOKS);
    sched_yield ();
  }
}

BlockedCall *
blocked_call_start (
    Reader *reader, CallFunction call, gpointer data, long number)
{
  BlockedCall *blocked = blocked_call_begin (reader, call, data);

  blocked_call_await_sleep (blocked, number);
  return blocked;
}

int
blocked_call_first_end (BlockedCall **calls, guint count)
{
  for (guint look = 0; look < LOOKS; look++) {
    for (guint i = 0; i < count; i++)
      if (g_atomic_int_get (&calls[i]->ended))
        return (int) i;
    sched_yield ();
  }
  return -1;
}

gboolean
blocked_call_ends (BlockedCall *blocked)
{
  return blocked_call_first_end (&blocked, 1) == 0;
}

int
blocked_call_join (BlockedCall *blocked, int *error)
{
  int result;

  g_thread_join (blocked->thread);
  result = blocked->result;
  *error = blocked->error;
  g_free (blocked);
  return result;
}

int
call_dqbuf (Reader *reader, gpointer data)
{
  struct v4l2_buffer *buffer = data;

  *buffer = (struct v4l2_buffer){
    .type = reader->format.type,
    .memory = V4L2_MEMORY_MMAP,
  };
  return ioctl (reader->fd, VIDIOC_DQBUF, buffer);
}

int
call_dqbuf_until_it_fails (Reader *reader, gpointer data)
{
  while (call_dqbuf (reader, data) == 0)
    if (ioctl (reader->fd, VIDIOC_QBUF, data) < 0)
      break;
  return -1;
}

void
assert_unplug_ends (Fixture *fixture, Reader *reader, Unplug unplug,
    CallFunction call, gpointer data)
{
  BlockedCall *blocked = blocked_call_start (reader, call, data, SYS_ioctl);
  int error;

  unplug (fixture->camera);
  g_assert_cmpint (blocked_call_join (blocked, &error), ==, -1);
  g_assert_cmpstr (g_strerror (error), ==, g_strerror (ENODEV));
  assert_gone (reader);
}

static void
assert_ioctls_gone (int fd)
{
  static const struct {
    unsigned long request;
    const char *name;
  } requests[] = {
#define REQUEST(name) { name, #name }
    REQUEST (VIDIOC_QUERYCAP),
    REQUEST (VIDIOC_ENUM_FMT),
    REQUEST (VIDIOC_ENUM_FRAMESIZES),
    REQUEST (VIDIOC_ENUM_FRAMEINTERVALS),
    REQUEST (VIDIOC_G_FMT),
    REQUEST (VIDIOC_S_FMT),
    REQUEST (VIDIOC_TRY_FMT),
    REQUEST (VIDIOC_G_PARM),
    REQUEST (VIDIOC_S_PARM),
    REQUEST (VIDIOC_ENUMINPUT),
    REQUEST (VIDIOC_G_INPUT),
    REQUEST (VIDIOC_S_INPUT),
    REQUEST (VIDIOC_REQBUFS),
    REQUEST (VIDIOC_CREATE_BUFS),
    REQUEST (VIDIOC_QUERYBUF),
    REQUEST (VIDIOC_QBUF),
    REQUEST (VIDIOC_DQBUF),
    REQUEST (VIDIOC_EXPBUF),
    REQUEST (VIDIOC_PREPARE_BUF),
    REQUEST (VIDIOC_STREAMON),
    REQUEST (VIDIOC_STREAMOFF),
    REQUEST (VIDIOC_QUERYCTRL),
    REQUEST (VIDIOC_G_CTRL),
    REQUEST (VIDIOC_S_CTRL),
    REQUEST (VIDIOC_G_EXT_CTRLS),
    REQUEST (VIDIOC_LOG_STATUS),
    REQUEST (VIDIOC_SUBSCRIBE_EVENT),
    REQUEST (VIDIOC_DQEVENT),
    REQUEST (VIDIOC_G_PRIORITY),
    REQUEST (VIDIOC_S_PRIORITY),
#undef REQUEST
  };
  guint8 argument[512];

  for (guint i = 0; i < G_N_ELEMENTS (requests); i++) {
    memset (argument, 0, sizeof (argument));
    if (ioctl (fd, requests[i].request, argument) != -1 || errno != ENODEV)
      g_error ("%s on a camera that is gone: %s", requests[i].name,
          g_strerror (errno));
  }
}

void
assert_gone (Reader *reader)
{
  struct pollfd wait = { .fd = reader->fd, .events = POLLIN | POLLPRI };
  guint8 byte;

  assert_ioctls_gone (reader->fd);
  assert_refused (read (reader->fd, &byte, 1), ENODEV);
  g_assert_true (
      mmap (NULL, 4096, PROT_READ, MAP_SHARED, reader->fd, 0) == MAP_FAILED);
  g_assert_cmpstr (g_strerror (errno), ==, g_strerror (ENODEV));
  g_assert_cmpint (poll (&wait, 1, 0), ==, 1);
  g_assert_cmphex (wait.revents & (POLLERR | POLLHUP), ==, POLLERR | POLLHUP);
}
