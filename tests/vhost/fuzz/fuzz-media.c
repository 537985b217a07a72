/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest that sends any commands, while an embedder fills its buffers. */

#include <linux/videodev2.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "input.h"
#include "vhost/media.h"

#define SIZE (1 << 20)
#define MAX_HELD 8

typedef struct {
  VmMemory *memory;
  VmMedia *media;
  VmCameraCounts counts;
  VmBuffer *held[MAX_HELD];
  unsigned n_held;
  unsigned room; /* for events */
} Rig;

static bool
layout (void *data, uint32_t fourcc, uint32_t width, uint32_t height,
    uint32_t *bytesperline, uint32_t *sizeimage)
{
  *bytesperline = 2 * width;
  *sizeimage = 2 * width * height;
  return true;
}

static const VmCameraOps ops = { .layout = layout };
static const VmFraction intervals[] = { { 1, 60 }, { 1, 1 }, { 1, 60 } };
static const VmMode modes[] = {
  { V4L2_PIX_FMT_YUYV, { 16, 64, 2 }, { 16, 64, 2 }, intervals, 3, true,
      { 0 } },
  { V4L2_PIX_FMT_UYVY, { 64, 64, 0 }, { 48, 48, 0 }, intervals, 2, false,
      { 0 } },
};
static const char *const menu[] = { "off", NULL, "on" };
static const VmControl controls[] = {
  { .id = V4L2_CID_BRIGHTNESS,
      .type = V4L2_CTRL_TYPE_INTEGER,
      .name = "Brightness",
      .minimum = -100,
      .maximum = 100,
      .step = 3 },
  { .id = V4L2_CID_POWER_LINE_FREQUENCY,
      .type = V4L2_CTRL_TYPE_MENU,
      .name = "Menu",
      .maximum = 2,
      .menu = menu },
  { .id = V4L2_CID_PIXEL_RATE,
      .type = V4L2_CTRL_TYPE_INTEGER64,
      .name = "Large",
      .minimum = INT64_MIN,
      .maximum = INT64_MAX,
      .step = 7 },
};

static bool
send_event (void *data, const void *event, size_t size)
{
  Rig *rig = data;

  if (size > sizeof (WireDqbufEvent))
    abort ();
  rig->room -= rig->room > 0;
  return rig->room > 0;
}

static int
map (void *data, int fd, uint64_t address, uint64_t size, bool writable)
{
  if (address + size > VM_SHMEM_SIZE || fd < 0)
    abort ();
  return 0;
}

static int
unmap (void *data, uint64_t address, uint64_t size)
{
  return 0;
}

static const VmMediaCalls calls = { { map, unmap }, send_event };

static void
add_memory (Rig *rig)
{
  const VmRegion low = { 0, SIZE, SIZE, 0 };
  int fd = memfd_create ("guest", MFD_CLOEXEC);

  if (fd < 0 || ftruncate (fd, SIZE) < 0 ||
      vm_memory_add (rig->memory, &low, fd) < 0)
    abort ();
}

/* The question's memory is the answer's. */
static void
command (Rig *rig, Input *input)
{
  static uint8_t bytes[4096];
  size_t n_out = input_word (input) % sizeof bytes;
  size_t n_in = input_word (input) % sizeof bytes, n_written;
  struct iovec out = { bytes, n_out }, in = { bytes, n_in };
  VmChain chain = { .out = &out,
    .in = &in,
    .n_out = n_out > 0,
    .n_in = n_in > 0,
    .out_size = n_out,
    .in_size = n_in };

  input_read (input, bytes, n_out);
  vm_media_command (rig->media, &chain, &n_written);
  if (n_written > n_in)
    abort ();
}

static void
take (Rig *rig)
{
  VmBuffer *buffer = rig->n_held < MAX_HELD
                         ? vm_queue_take (vm_media_get_queue (rig->media))
                         : NULL;

  if (buffer == NULL)
    return;
  memset (buffer->data, 0x11, buffer->size);
  rig->held[rig->n_held++] = buffer;
}

static void
give_back (Rig *rig, uint8_t n)
{
  if (rig->n_held == 0)
    return;
  n %= rig->n_held;
  /* also of what the guest has taken back */
  memset (rig->held[n]->data, 0x22, rig->held[n]->size);
  vm_queue_give_back (rig->held[n]);
  rig->held[n] = rig->held[--rig->n_held];
}

static void
finish_frame (Rig *rig, uint8_t n)
{
  if (rig->n_held > 0)
    vm_queue_done (vm_media_get_queue (rig->media), rig->held[n % rig->n_held],
        n, n, n, 0);
}

static void
change_memory (Rig *rig, uint8_t n)
{
  vm_media_pause (rig->media);
  vm_memory_clear (rig->memory);
  if (n & 1)
    add_memory (rig);
  vm_media_resume (rig->media);
}

static void
step (Rig *rig, Input *input)
{
  uint8_t what = input_byte (input);

  switch (what % 16) {
  case 0:
    take (rig);
    break;
  case 1:
    finish_frame (rig, input_byte (input));
    break;
  case 2:
    give_back (rig, input_byte (input));
    break;
  case 3:
    vm_media_answered (rig->media, what & 16);
    break;
  case 4:
    rig->room = what >> 4;
    vm_media_flush (rig->media);
    break;
  case 5:
    change_memory (rig, what >> 4);
    break;
  case 6:
    vm_media_reset (rig->media, what & 16);
    break;
  case 7:
    vm_media_set_control (
        rig->media, V4L2_CID_BRIGHTNESS, (int8_t) input_byte (input));
    break;
  case 8:
    vm_media_set_modes (rig->media, modes + (what >> 4) % 2, 1);
    break;
  case 9:
    vm_media_post_error (rig->media, 5);
    break;
  default:
    command (rig, input);
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const VmCameraConfig config = { .card = "fuzzed",
    .modes = modes,
    .n_modes = 2,
    .controls = controls,
    .n_controls = 3,
    .ops = &ops };
  Input input = { data, size };
  Rig rig = { .memory = vm_memory_new () };
  int error;

  add_memory (&rig);
  rig.media =
      vm_media_new (&config, rig.memory, &calls, &rig, &rig.counts, &error);
  if (rig.media == NULL)
    abort ();
  vm_media_set_shared_memory (rig.media, true);
  for (unsigned i = 0; i < 200 && input.left > 0; i++)
    step (&rig, &input);
  vm_media_free (rig.media);
  while (rig.n_held > 0)
    give_back (&rig, 0);
  vm_memory_free (rig.memory);
  return 0;
}
