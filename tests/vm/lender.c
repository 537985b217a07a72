/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host of a virtual machine, for tests: lends it a camera of every format, in
 * four sizes, whose frames anybody can draw again.
 *
 * usage: VIRTCAM_VM_SOCKET=PATH lender [--pages-only] [--few-formats] [--platform]
 *          [--patient] [CARD]
 *   --pages-only    without shared memory
 *   --few-formats   nine
 *   --platform      as a device that reaches memory as the platform has it
 *   --patient       a frame that no buffer is there for is not counted as lost, and
 *                   there are no buttons that do harm
 *
 * The guest has it do what tests need by buttons, controls of lender-controls.h.
 */
#include <errno.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "drawing.h"
#include "lender-controls.h"
#include "liar.h"
#include "tally.h"
#include "vhost/camera.h"
#include "vhost/message.h"
#include "vhost/socket.h"
#include "vhost/virtio.h"

#include <virtcam/format.h>

#define NSEC 1000000000
/* Those before formats whose names v4l2-compliance 1.22 does not know */
#define FEW_FORMATS 9
/* Those before the controls of lender-controls.h */
#define PLAIN_CONTROLS 7
#define BUTTON(id, name) \
  { \
    id, V4L2_CTRL_TYPE_BUTTON, 0, name, 0, 0, 0, 0, 0, NULL, NULL \
  }

static const uint32_t lender_sizes[][2] = {
  { 640, 480 },
  { 320, 240 },
  { 160, 120 },
  { 3840, 2160 },
};
static const uint32_t other_sizes[][2] = { { 480, 360 } };

bool __real_vm_virtio_run (VmVirtio *virtio);
bool __wrap_vm_virtio_run (VmVirtio *virtio);
uint16_t __real_vm_virtio_stop (VmVirtio *virtio, unsigned ring);
uint16_t __wrap_vm_virtio_stop (VmVirtio *virtio, unsigned ring);

bool __real_vm_socket_send (
    VmSocket *self, const void *message, size_t size, int fd);
bool __wrap_vm_socket_send (
    VmSocket *self, const void *message, size_t size, int fd);
int __real_vm_virtio_set_features (VmVirtio *self, uint64_t features);
int __wrap_vm_virtio_set_features (VmVirtio *self, uint64_t features);
int __real_vm_virtio_set_size (VmVirtio *self, unsigned ring, uint32_t size);
int __wrap_vm_virtio_set_size (VmVirtio *self, unsigned ring, uint32_t size);

/* VIRTIO_F_ACCESS_PLATFORM, or 0: what is offered beside the library's features */
static uint64_t platform;

/* Of CLOCK_MONOTONIC; the camera's thread's own, as the next one */
static uint64_t silent_until;
static bool silent_next;

typedef struct {
  VmCamera *camera;
  unsigned n_formats;
  bool is_patient;
  int timer;
  pthread_mutex_t lock; /* guards all below */
  Drawing *drawing;     /* NULL: no guest streams */
  uint32_t stream;      /* VmFormat.stream of what is drawn */
  uint32_t sequence;
  unsigned lent; /* frames of this stream: after the first one numbers rise */
  unsigned left_out; /* numbers of it that no buffer was there for */
  unsigned count;    /* tells left_out after so many frames */
  bool damages;      /* the next frame is damaged */
  bool has_others;   /* it has other modes than at first */
  unsigned
      layout; /* LENDER_MORE_ROOM and LENDER_LONGER_LINES; read by any thread */
  bool changes_modes; /* when the stream ends; the camera thread's own */
} Lender;

static uint64_t
lender_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (uint64_t) now.tv_sec * NSEC + now.tv_nsec;
}

/* Linked in the place of the library's: a host that does not look at its rings, but
 * answers its virtual machine monitor, which waits for that. */
bool
__wrap_vm_virtio_run (VmVirtio *virtio)
{
  if (lender_now () >= silent_until)
    return __real_vm_virtio_run (virtio);
  usleep (5000);
  return true;
}

/* The guest has reset the device, or its driver has. */
uint16_t
__wrap_vm_virtio_stop (VmVirtio *virtio, unsigned ring)
{
  if (ring == 0) {
    silent_until = silent_next ? UINT64_MAX : 0;
    silent_next = false;
  }
  if (liar_forget)
    liar_forget ();
  return __real_vm_virtio_stop (virtio, ring);
}

bool
__wrap_vm_socket_send (VmSocket *self, const void *message, size_t size, int fd)
{
  uint64_t features = VM_FEATURES | platform;
  uint8_t copy[VM_MESSAGE_HEAD + sizeof features];
  uint32_t request;

  memcpy (&request, message, sizeof request);
  if (request != VM_GET_FEATURES || size != sizeof copy)
    return __real_vm_socket_send (self, message, size, fd);
  memcpy (copy, message, VM_MESSAGE_HEAD);
  memcpy (copy + VM_MESSAGE_HEAD, &features, sizeof features);
  return __real_vm_socket_send (self, copy, size, fd);
}

int
__wrap_vm_virtio_set_features (VmVirtio *self, uint64_t features)
{
  printf ("features 0x%llx\n", (unsigned long long) features);
  return __real_vm_virtio_set_features (self, features & ~platform);
}

int
__wrap_vm_virtio_set_size (VmVirtio *self, unsigned ring, uint32_t size)
{
  printf ("ring %u of %u\n", ring, size);
  return __real_vm_virtio_set_size (self, ring, size);
}

static void
lender_set_timer (Lender *lender, VmFraction interval)
{
  uint64_t time = interval.denominator ? (uint64_t) NSEC * interval.numerator /
                                             interval.denominator
                                       : NSEC / 30;
  struct timespec each = { time / NSEC, time % NSEC };

  timerfd_settime (lender->timer, 0, &(struct itimerspec){ each, each }, NULL);
}

/* While nothing streams, too, a host that lies tells of its controls. */
static void
lender_rest (Lender *lender)
{
  if (liar_count_left && liar_count_left ())
    lender_set_timer (lender, (VmFraction){ 1, 120 });
  else
    timerfd_settime (lender->timer, 0, &(struct itimerspec){ 0 }, NULL);
}

static void
lender_started (void *data, const VmFormat *format)
{
  Lender *lender = data;

  printf ("started %.4s %ux%u\n", (const char *) &format->fourcc, format->width,
      format->height);
  pthread_mutex_lock (&lender->lock);
  lender->drawing = drawing_create (
      format->fourcc, format->width, format->height, format->bytesperline);
  lender->stream = format->stream;
  lender->sequence = 0;
  lender->lent = 0;
  lender->left_out = 0;
  pthread_mutex_unlock (&lender->lock);
  lender_set_timer (lender, format->interval);
}

static unsigned
lender_list_modes (VmMode *modes, unsigned n_formats,
    const uint32_t (*sizes)[2], unsigned n_sizes)
{
  static const VmFraction intervals[] = { { 1, 30 }, { 1, 5 }, { 1, 60 },
    { 1, 120 } };
  unsigned n = 0;

  for (unsigned i = 0; i < n_formats; i++)
    for (unsigned s = 0; s < n_sizes; s++)
      modes[n++] = (VmMode){
        .fourcc = virtcam_formats[i].fourcc,
        .width = { sizes[s][0], sizes[s][0], 1 },
        .height = { sizes[s][1], sizes[s][1], 1 },
        .intervals = intervals,
        .n_intervals = 4,
      };
  return n;
}

static void
lender_change_modes (Lender *lender)
{
  unsigned n_sizes = lender->has_others ? 4 : 1;
  const uint32_t (*sizes)[2] = lender->has_others ? lender_sizes : other_sizes;
  VmMode modes[128];

  lender->has_others = !lender->has_others;
  vm_camera_set_modes (lender->camera, modes,
      lender_list_modes (modes, lender->n_formats, sizes, n_sizes));
}

static void
lender_stopped (void *data)
{
  Lender *lender = data;

  puts ("stopped");
  pthread_mutex_lock (&lender->lock);
  drawing_destroy (lender->drawing);
  lender->drawing = NULL;
  pthread_mutex_unlock (&lender->lock);
  lender_rest (lender);
  if (lender->changes_modes)
    lender_change_modes (lender);
  lender->changes_modes = false;
}

static void
lender_control_set (void *data, uint32_t id, int64_t value)
{
  Lender *lender = data;

  printf ("control 0x%x is %lld\n", id, (long long) value);
  switch (id) {
  case LENDER_CHANGE_BRIGHTNESS:
    vm_camera_set_control (
        lender->camera, V4L2_CID_BRIGHTNESS, LENDER_BRIGHTNESS);
    break;
  case LENDER_CHANGE_MODES:
    lender_change_modes (lender);
    break;
  case LENDER_LAYOUT:
    __atomic_store_n (&lender->layout, value, __ATOMIC_RELAXED);
    break;
  case LENDER_CHANGE_MODES_NEXT:
    lender->changes_modes = true;
    break;
  case LENDER_SILENCE_NEXT:
    silent_next = true;
    break;
  case LENDER_SILENCE:
    silent_until = lender_now () + LENDER_SILENT_MS * (uint64_t) 1000000;
    break;
  case LENDER_SLOW_MMAP:
    tally_delay_mapping (LENDER_SLOW_MS);
    break;
  case LENDER_FAIL_IN_A_LIST:
    tally_end_in_a_list ();
    break;
  case LENDER_SLOW_LISTS:
    tally_delay_lists (value);
    break;
  case LENDER_FAIL:
    vm_camera_post_error (lender->camera, EIO);
    break;
  case LENDER_DAMAGE:
    pthread_mutex_lock (&lender->lock);
    lender->damages = true;
    pthread_mutex_unlock (&lender->lock);
    break;
  case LENDER_COUNT:
    pthread_mutex_lock (&lender->lock);
    lender->count = value;
    pthread_mutex_unlock (&lender->lock);
    vm_camera_set_control (lender->camera, LENDER_LEFT_OUT, -1);
    break;
  case LENDER_LOSE:
    pthread_mutex_lock (&lender->lock);
    lender->sequence += LENDER_LOST;
    pthread_mutex_unlock (&lender->lock);
    break;
  }
}

static void
lender_front_end (void *data, bool is_there, const char *why)
{
  (void) data;
  printf ("front end %s%s%s\n", is_there ? "came" : "went", why ? ": " : "",
      why ? why : "");
}

static bool
lender_layout (void *data, uint32_t fourcc, uint32_t width, uint32_t height,
    uint32_t *bytesperline, uint32_t *sizeimage)
{
  struct virtcam_mode mode = {
    .format = virtcam_format_find (fourcc),
    .width = width,
    .height = height,
  };
  const Lender *lender = data;
  unsigned layout = __atomic_load_n (&lender->layout, __ATOMIC_RELAXED);

  if (!mode.format)
    return false;
  virtcam_mode_set_layout (&mode, *bytesperline);
  if (layout & LENDER_LONGER_LINES)
    virtcam_mode_set_layout (&mode, mode.bytesperline + 64);
  *bytesperline = mode.bytesperline;
  *sizeimage = mode.sizeimage + (layout & LENDER_MORE_ROOM ? 4096 : 0);
  return true;
}

static void
lender_lend (Lender *lender, VmBuffer *buffer)
{
  uint64_t time = lender_now ();
  size_t bytes =
      drawing_draw (lender->drawing, buffer->data, lender->sequence, time);

  vm_camera_done (lender->camera, buffer, bytes, time, lender->sequence,
      lender->damages ? V4L2_BUF_FLAG_ERROR : 0);
  lender->damages = false;
  if (++lender->lent == lender->count)
    vm_camera_set_control (lender->camera, LENDER_LEFT_OUT, lender->left_out);
}

static void
lender_tell_lies_left (Lender *lender)
{
  for (unsigned i = 0; liar_count_left () && i < 32; i++)
    vm_camera_set_control (
        lender->camera, V4L2_CID_BRIGHTNESS, (lender->sequence + i) % 256);
  vm_camera_set_control (lender->camera, LENDER_LIES_LEFT, liar_count_left ());
}

/* A frame that no buffer is there for is lost: its number is left out. */
static void
lender_tick (Lender *lender)
{
  VmBuffer *buffer;

  if (liar_count_left)
    lender_tell_lies_left (lender);
  pthread_mutex_lock (&lender->lock);
  buffer = lender->drawing ? vm_camera_take_buffer (lender->camera) : NULL;
  if (buffer && buffer->stream == lender->stream)
    lender_lend (lender, buffer);
  if (buffer)
    vm_camera_give_back (lender->camera, buffer);
  if (lender->lent && !buffer && !lender->is_patient)
    lender->left_out++;
  lender->sequence += lender->lent && (buffer || !lender->is_patient);
  pthread_mutex_unlock (&lender->lock);
}

static VmCamera *
lender_create_camera (
    Lender *lender, const char *path, const char *card, bool pages_only)
{
  static const char *const menu[] = { "Manual", "Automatic", NULL, "Other" };
  static const VmControl controls[] = {
    { V4L2_CID_BRIGHTNESS, V4L2_CTRL_TYPE_INTEGER, 0, "Brightness", 0, 255, 1,
        128, 100, NULL, NULL },
    { V4L2_CID_HUE, V4L2_CTRL_TYPE_INTEGER, 0, "Hue", -128, 127, 1, 0, 0, NULL,
        NULL },
    { V4L2_CID_HFLIP, V4L2_CTRL_TYPE_BOOLEAN, 0, "Horizontal Flip", 0, 1, 1, 0,
        0, NULL, NULL },
    { V4L2_CID_USER_BASE + 0x1010, V4L2_CTRL_TYPE_MENU, 0, "Focus Mode", 0, 3,
        1, 1, 1, menu, NULL },
    { V4L2_CID_USER_BASE + 0x1011, V4L2_CTRL_TYPE_INTEGER64, 0, "Distance",
        -1000000000000, 1000000000000, 1, 0, 5, NULL, NULL },
    { V4L2_CID_USER_BASE + 0x1012, V4L2_CTRL_TYPE_BUTTON, 0, "Calibrate", 0, 0,
        0, 0, 0, NULL, NULL },
    { V4L2_CID_USER_BASE + 0x1013, V4L2_CTRL_TYPE_BITMASK, 0, "Lamps", 0, 15, 0,
        3, 3, NULL, NULL },
    { LENDER_LIES_LEFT, V4L2_CTRL_TYPE_INTEGER, V4L2_CTRL_FLAG_READ_ONLY,
        "Lies Left", 0, INT32_MAX, 1, 0, 0, NULL, NULL },
    { LENDER_LAYOUT, V4L2_CTRL_TYPE_BITMASK, 0, "Layout", 0, 3, 0, 0, 0, NULL,
        NULL },
    { LENDER_COUNT, V4L2_CTRL_TYPE_INTEGER, 0, "Frames to Count", 0, INT32_MAX,
        1, 0, 0, NULL, NULL },
    { LENDER_LEFT_OUT, V4L2_CTRL_TYPE_INTEGER, V4L2_CTRL_FLAG_READ_ONLY,
        "Frames Left Out", -1, INT32_MAX, 1, -1, -1, NULL, NULL },
    BUTTON (LENDER_CHANGE_BRIGHTNESS, "Change Brightness"),
    BUTTON (LENDER_CHANGE_MODES, "Change Modes"),
    BUTTON (LENDER_FAIL, "Fail"),
    BUTTON (LENDER_FAIL_IN_A_LIST, "Fail in a List"),
    { LENDER_SLOW_LISTS, V4L2_CTRL_TYPE_INTEGER, 0, "Slow Lists", 0, 100, 1, 0,
        0, NULL, NULL },
    BUTTON (LENDER_SILENCE, "Silence"),
    BUTTON (LENDER_SILENCE_NEXT, "Silence after a Reset"),
    BUTTON (LENDER_CHANGE_MODES_NEXT, "Change Modes after a Stream"),
    BUTTON (LENDER_DAMAGE, "Damage a Frame"),
    BUTTON (LENDER_LOSE, "Lose Frames"),
    BUTTON (LENDER_SLOW_MMAP, "Slow MMAP"),
    { LENDER_SESSIONS, V4L2_CTRL_TYPE_INTEGER, 0, "Sessions", 0,
        LENDER_UNCOUNTED, 1, 0, 0, NULL, NULL },
    { LENDER_MAPPINGS, V4L2_CTRL_TYPE_INTEGER, 0, "Mappings", 0,
        LENDER_UNCOUNTED, 1, 0, 0, NULL, NULL },
  };
  static const VmCameraOps ops = {
    .layout = lender_layout,
    .started = lender_started,
    .stopped = lender_stopped,
    .control_set = lender_control_set,
    .front_end = lender_front_end,
  };
  VmMode modes[128];
  unsigned n = lender_list_modes (modes, lender->n_formats, lender_sizes, 4);
  int error = 0;
  VmCamera *camera;

  camera = vm_camera_create (
      &(VmCameraConfig){
          .socket_path = path,
          .card = card,
          .modes = modes,
          .n_modes = n,
          .controls = controls,
          .n_controls = lender->is_patient ? PLAIN_CONTROLS
                                           : sizeof controls / sizeof *controls,
          .ops = &ops,
          .data = lender,
          .pages_only = pages_only,
      },
      &error);
  if (!camera)
    fprintf (stderr, "lender: %s: %s\n", path, strerror (-error));
  return camera;
}

int
main (int argc, char **argv)
{
  static Lender lender = { .lock = PTHREAD_MUTEX_INITIALIZER };
  const char *path = getenv ("VIRTCAM_VM_SOCKET");
  bool pages_only = false;
  uint64_t ticks;

  (void) argc;
  setvbuf (stdout, NULL, _IOLBF, 0);
  if (!path) {
    fputs ("lender: VIRTCAM_VM_SOCKET is not set\n", stderr);
    return 2;
  }
  lender.n_formats = virtcam_num_formats;
  for (argv++; *argv && **argv == '-'; argv++)
    if (strcmp (*argv, "--pages-only") == 0)
      pages_only = true;
    else if (strcmp (*argv, "--platform") == 0)
      platform = UINT64_C (1) << 33;
    else if (strcmp (*argv, "--patient") == 0)
      lender.is_patient = true;
    else
      lender.n_formats = FEW_FORMATS;
  lender.timer = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC);
  lender.camera = lender_create_camera (
      &lender, path, *argv ? *argv : "Lent Camera", pages_only);
  if (!lender.camera)
    return 1;
  lender_rest (&lender);
  while (read (lender.timer, &ticks, sizeof ticks) == sizeof ticks ||
         errno == EINTR)
    lender_tick (&lender);
  return 1;
}
