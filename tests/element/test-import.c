/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* io-mode=dmabuf-import where the driver, or downstream, is short of buffers or
 * of goodwill. */

#include <errno.h>
#include <gst/allocators/gstdmabuf.h>
#include <unistd.h>

#include "donor.h"
#include "driver.h"
#include "meanwhile.h"
#include "rig.h"

#define SMALL "video/x-raw,format=YUY2,width=160,height=120,framerate=60/1"

/* What the driver is like; 0: as it is. */
static struct {
  gboolean needs_two;       /* buffers, or it does not fill any */
  gboolean tells_late;      /* that it does: by REQBUFS alone */
  guint32 refuses_to_write; /* lines of so many bytes */
  guint32 grows_with;       /* lines of so many bytes: another mode */
} driver;

/* A driver that needs two always keeps the last one. */
static struct v4l2_buffer kept;
static gboolean has_kept;

static gint
queue_all_but_one (gint fd, struct v4l2_buffer *buffer)
{
  struct v4l2_buffer before = kept;
  gboolean had = has_kept;

  kept = *buffer;
  has_kept = TRUE;
  return had ? driver_ask (fd, VIDIOC_QBUF, &before) : 0;
}

static gint
make_two (gint fd, struct v4l2_requestbuffers *request)
{
  has_kept = FALSE;
  if (driver.tells_late && request->count > 0)
    request->count = MAX (request->count, 2);
  return driver_ask (fd, VIDIOC_REQBUFS, request);
}

/* TRUE: it was asked how many buffers it needs, and says two. */
static gboolean
says_two (gulong request, gpointer argument)
{
  struct v4l2_control *one = argument;
  struct v4l2_ext_controls *many = argument;

  if (request == VIDIOC_G_CTRL && one->id == V4L2_CID_MIN_BUFFERS_FOR_CAPTURE)
    one->value = 2;
  else if (request == VIDIOC_G_EXT_CTRLS && many->count == 1 &&
           many->controls->id == V4L2_CID_MIN_BUFFERS_FOR_CAPTURE)
    many->controls->value = 2;
  else
    return FALSE;
  return TRUE;
}

static gboolean
is_refused (gulong request, gpointer argument)
{
  return request == VIDIOC_S_FMT && driver.refuses_to_write &&
         ((struct v4l2_format *) argument)->fmt.pix.bytesperline ==
             driver.refuses_to_write;
}

static void
grow (gulong request, gpointer argument)
{
  struct v4l2_format *format = argument;

  if (request != VIDIOC_S_FMT || driver.grows_with == 0 ||
      format->fmt.pix.bytesperline != driver.grows_with)
    return;
  format->fmt.pix.width = 320;
  format->fmt.pix.height = 240;
}

gint
driver_answer (gint fd, gulong request, gpointer argument)
{
  if (is_refused (request, argument)) {
    errno = EINVAL;
    return -1;
  }
  if (driver.needs_two && !driver.tells_late && says_two (request, argument))
    return 0;
  if (driver.needs_two && request == VIDIOC_QBUF)
    return queue_all_but_one (fd, argument);
  if (request == VIDIOC_REQBUFS)
    return make_two (fd, argument);
  if (request == VIDIOC_STREAMOFF)
    has_kept = FALSE;
  grow (request, argument);
  return driver_ask (fd, request, argument);
}

/* The pool, whose buffers are counted. */

static GstBufferPoolClass virtuals;

static struct {
  GMutex lock;
  GCond changed;
  guint size, given, n_asked;
  gboolean is_unlimited; /* as it says: it may make more, and cannot */
  gboolean all_held;     /* that downstream is to hold */
  gboolean found_empty;  /* somebody has asked for one since */
} stock;

static void
note_empty (gboolean found)
{
  g_mutex_lock (&stock.lock);
  stock.found_empty |= found && stock.all_held && stock.given == stock.size;
  g_cond_broadcast (&stock.changed);
  g_mutex_unlock (&stock.lock);
}

/* Who waits for a buffer finds the pool empty before the call, others after it. */
static GstFlowReturn
acquire_and_count (
    GstBufferPool *pool, GstBuffer **buffer, GstBufferPoolAcquireParams *params)
{
  gboolean waits =
      !params || !(params->flags & GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT);
  GstFlowReturn flow;

  note_empty (waits);
  flow = virtuals.acquire_buffer (pool, buffer, params);
  note_empty (flow != GST_FLOW_OK);
  g_mutex_lock (&stock.lock);
  stock.n_asked++;
  stock.given += flow == GST_FLOW_OK;
  g_mutex_unlock (&stock.lock);
  return flow;
}

/* A pool that starts fills itself that way. */
static void
release_and_count (GstBufferPool *pool, GstBuffer *buffer)
{
  g_mutex_lock (&stock.lock);
  stock.given -= stock.given > 0;
  g_mutex_unlock (&stock.lock);
  virtuals.release_buffer (pool, buffer);
}

static GstBufferPool *
make_pool (TestCamera *donor, guint bytesperline, guint size)
{
  GstBufferPool *pool = donor_pool_new (donor, bytesperline);
  GstBufferPoolClass *klass = GST_BUFFER_POOL_GET_CLASS (pool);

  virtuals = *klass;
  klass->acquire_buffer = acquire_and_count;
  klass->release_buffer = release_and_count;
  stock.size = size;
  return pool;
}

static GstPadProbeReturn
offer (GstPad *pad, GstPadProbeInfo *info, gpointer pool)
{
  GstPadProbeReturn answer = donor_pool_offer (pad, info, pool);
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);
  guint bytes;

  if (answer != GST_PAD_PROBE_HANDLED)
    return answer;
  gst_query_parse_nth_allocation_pool (query, 0, NULL, &bytes, NULL, NULL);
  gst_query_set_nth_allocation_pool (
      query, 0, pool, bytes, 2, stock.is_unlimited ? 0 : stock.size);
  return answer;
}

static void
wait_until_found_empty (void)
{
  g_mutex_lock (&stock.lock);
  while (!stock.found_empty)
    g_cond_wait (&stock.changed, &stock.lock);
  g_mutex_unlock (&stock.lock);
}

/* Downstream, which holds the first frames. */

typedef struct {
  TestCamera *camera, *donor;
  GstBufferPool *pool;
  Rig *rig;
  GPtrArray *held;
  guint hold;
} Import;

static void
hold (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Import *import = data;

  fail_unless (buffer->pool == import->pool);
  if (number < import->hold)
    g_ptr_array_add (import->held, gst_buffer_ref (buffer));
  g_mutex_lock (&stock.lock);
  stock.all_held = import->held->len == import->hold;
  g_mutex_unlock (&stock.lock);
}

static void
import_init (Import *import, guint n_buffers, guint bytesperline)
{
  import->camera = test_camera_new (NULL, NULL);
  import->donor = test_camera_new (NULL, NULL);
  import->pool = make_pool (import->donor, bytesperline, n_buffers);
  import->held =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  import->rig = rig_new (import->camera->node);
  gst_util_set_object_arg (
      G_OBJECT (import->rig->source), "io-mode", "dmabuf-import");
  g_object_set (import->rig->sink, "enable-last-sample", FALSE, NULL);
  rig_set_caps (import->rig, SMALL);
  rig_answer_allocation (import->rig, offer, import->pool);
  rig_on_frame (import->rig, hold, import);
}

static void
import_finish (Import *import)
{
  rig_free (import->rig);
  g_ptr_array_unref (import->held);
  gst_object_unref (import->pool);
  test_camera_free (import->camera);
  test_camera_free (import->donor);
}

/* Of four buffers downstream holds three: the driver has one, and waits for
 * another. */
GST_START_TEST (a_driver_that_needs_two_buffers_goes_on_when_they_come_back)
{
  Import import = { .hold = 3 };

  driver.needs_two = TRUE;
  import_init (&import, 4, 0);
  rig_play (import.rig);
  wait_until_found_empty ();
  g_ptr_array_set_size (import.held, 0);
  rig_wait_for_frames (import.rig, 20);
  import_finish (&import);
}
GST_END_TEST

static void
check_unplug_is_seen (Import *import, guint n_buffers)
{
  g_autoptr (GError) error = NULL;

  import_init (import, n_buffers, 0);
  rig_play (import->rig);
  wait_until_found_empty ();
  test_camera_unbind (import->camera);
  error = rig_wait_for_error (import->rig, NULL);
  fail_unless (strstr (error->message, "was unplugged"), error->message);
  import_finish (import);
}

GST_START_TEST (an_unplug_is_seen_while_downstream_holds_every_buffer)
{
  Import import = { .hold = 4 };

  check_unplug_is_seen (&import, 4);
}
GST_END_TEST

GST_START_TEST (an_unplug_is_seen_while_the_driver_has_too_few_buffers)
{
  Import import = { .hold = 3 };

  driver.needs_two = TRUE;
  check_unplug_is_seen (&import, 4);
}
GST_END_TEST

/* How often the threads of this program have woken, but for the test's. */
static guint
count_wakings (void)
{
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  const gchar *task;
  guint sum = 0;

  while ((task = g_dir_read_name (tasks))) {
    g_autofree gchar *path =
        g_strdup_printf ("/proc/self/task/%s/status", task);
    g_autofree gchar *status = NULL;
    const gchar *line;

    if (atoi (task) == getpid () ||
        !g_file_get_contents (path, &status, NULL, NULL))
      continue;
    line = strstr (status, "voluntary_ctxt_switches:");
    sum += atoi (strchr (line, ':') + 1);
  }
  return sum;
}

GST_START_TEST (nobody_polls_a_pool_without_buffers)
{
  Import import = { .hold = 4 };
  guint before, wakings;

  import_init (&import, 4, 0);
  rig_play (import.rig);
  wait_until_found_empty ();
  before = count_wakings ();
  meanwhile_watch_frames (30);
  wakings = count_wakings () - before;
  fail_unless (wakings < 30, "woken %u times a second", wakings);
  import_finish (&import);
}
GST_END_TEST

static guint
count_asked (void)
{
  guint n;

  g_mutex_lock (&stock.lock);
  n = stock.n_asked;
  g_mutex_unlock (&stock.lock);
  return n;
}

/* Who waits in it for a buffer gets none, and that at once. */
GST_START_TEST (nobody_asks_an_exhausted_pool_over_and_over)
{
  Import import = { .hold = DONOR_N_BUFFERS };
  guint before, n_asked;

  stock.is_unlimited = TRUE;
  import_init (&import, DONOR_N_BUFFERS, 0);
  rig_play (import.rig);
  wait_until_found_empty ();
  before = count_asked ();
  meanwhile_watch_frames (30);
  n_asked = count_asked () - before;
  /* some are well, thousands are not */
  fail_unless (n_asked < 300, "asked %u times a second", n_asked);
  g_ptr_array_set_size (import.held, 0);
  rig_wait_for_frames (import.rig, 20);
  import_finish (&import);
}
GST_END_TEST

/* The fallback */

static GstBusSyncReply
count_warning (GstBus *bus, GstMessage *message, gpointer data)
{
  *(guint *) data += GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING;
  return GST_BUS_PASS;
}

static void
check_lent (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Import *import = data;

  fail_if (buffer->pool == import->pool);
  fail_unless (gst_is_dmabuf_memory (gst_buffer_peek_memory (buffer, 0)));
  rig_read_stamp (rig, buffer);
}

static void
check_fallback (Import *import)
{
  guint n_warnings = 0;

  rig_on_frame (import->rig, check_lent, import);
  gst_bus_set_sync_handler (import->rig->bus, count_warning, &n_warnings, NULL);
  rig_run (import->rig, 10);
  assert_equals_int (import->rig->n_frames, 10);
  assert_equals_int (n_warnings, 1);
  import_finish (import);
}

/* They are the pool's: the camera lends its own buffers, and the user is warned,
 * as where a driver answers with other lines. */
GST_START_TEST (lines_that_the_driver_refuses_are_a_warning_and_no_error)
{
  Import import = { 0 };

  import_init (&import, 4, 384);
  driver.refuses_to_write = 384;
  check_fallback (&import);
}
GST_END_TEST

/* No control tells how many it needs, but it makes more slots than it is asked
 * for, and the pool cannot fill them. */
GST_START_TEST (a_pool_of_fewer_buffers_than_the_driver_needs_is_a_warning)
{
  Import import = { 0 };

  driver.needs_two = driver.tells_late = TRUE;
  import_init (&import, 1, 0);
  check_fallback (&import);
}
GST_END_TEST

static void
expect_no_frame (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  fail ("a frame came, of a mode that was not agreed on");
}

/* What the driver does then is not what the caps say, so nothing can be lent. */
GST_START_TEST (a_mode_that_is_lost_for_the_pools_lines_is_an_error)
{
  Import import = { 0 };
  g_autoptr (GError) error = NULL;

  import_init (&import, 4, 384);
  driver.grows_with = 384;
  rig_on_frame (import.rig, expect_no_frame, NULL);
  error = rig_run_into_error (import.rig, NULL);
  fail_unless (strstr (error->message, "changes its mode"), error->message);
  import_finish (&import);
}
GST_END_TEST

static Suite *
import_suite (void)
{
  Suite *suite = suite_create ("import");
  TCase *tcase = tcase_create ("import");

  tcase_set_timeout (tcase, 60);
  suite_add_tcase (suite, tcase);
  tcase_add_test (
      tcase, a_driver_that_needs_two_buffers_goes_on_when_they_come_back);
  tcase_add_test (tcase, an_unplug_is_seen_while_downstream_holds_every_buffer);
  tcase_add_test (
      tcase, an_unplug_is_seen_while_the_driver_has_too_few_buffers);
  tcase_add_test (tcase, nobody_polls_a_pool_without_buffers);
  tcase_add_test (tcase, nobody_asks_an_exhausted_pool_over_and_over);
  tcase_add_test (
      tcase, a_pool_of_fewer_buffers_than_the_driver_needs_is_a_warning);
  tcase_add_test (tcase, a_mode_that_is_lost_for_the_pools_lines_is_an_error);
  tcase_add_test (
      tcase, lines_that_the_driver_refuses_are_a_warning_and_no_error);
  return suite;
}

GST_CHECK_MAIN (import);
