/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A front end that sends any messages, with any files, and whose guest writes anything
 * into its memory meanwhile. */

#include <errno.h>
#include <linux/videodev2.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "input.h"
#include "vhost/front-end.h"

#define SIZE 65536
#define USER 0x10000000

static int memory_fd;
static uint8_t *guest;
static int channel = -1; /* the front end's end of the last one */

static bool
layout (void *data, uint32_t fourcc, uint32_t width, uint32_t height,
    uint32_t *bytesperline, uint32_t *sizeimage)
{
  *bytesperline = 2 * width;
  *sizeimage = 2 * width * height;
  return true;
}

static const VmCameraOps ops = { .layout = layout };
static const VmMode mode = { V4L2_PIX_FMT_YUYV, { 16, 64, 2 }, { 16, 64, 2 },
  NULL, 0, false, { 0 } };
static const VmCameraConfig config = {
  .card = "fuzzed", .modes = &mode, .n_modes = 1, .ops = &ops
};

static void
make_memory (void)
{
  memory_fd = memfd_create ("guest", MFD_CLOEXEC);
  if (memory_fd < 0 || ftruncate (memory_fd, SIZE) < 0)
    abort ();
  guest = mmap (NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, memory_fd, 0);
  if (guest == MAP_FAILED)
    abort ();
}

/* A file of each kind that a message may bring; the caller's. */
static int
make_fd (uint8_t kind)
{
  int pair[2];

  switch (kind % 4) {
  case 0:
    return dup (memory_fd);
  case 1:
    return eventfd (kind >> 4, EFD_CLOEXEC | EFD_NONBLOCK);
  case 2:
    return memfd_create ("short", MFD_CLOEXEC);
  default:
    if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
      abort ();
    if (channel >= 0)
      close (channel);
    channel = pair[1];
    return pair[0];
  }
}

static void
send_message (int socket, Input *input)
{
  uint8_t bytes[VM_MESSAGE_HEAD + 512];
  uint8_t request = input_byte (input), how = input_byte (input);
  uint32_t size = input_word (input) % 512;
  unsigned n_fds = how >> 5;
  int fds[8];
  union {
    struct cmsghdr head;
    char bytes[CMSG_SPACE (sizeof fds)];
  } control = { 0 };
  struct iovec part = { bytes, VM_MESSAGE_HEAD + size };
  struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

  vm_message_write_head (bytes, request, how & 1, how & 2, size);
  bytes[4] ^= how & 4 ? 2 : 0;
  input_read (input, bytes + VM_MESSAGE_HEAD, size);
  for (unsigned i = 0; i < n_fds; i++)
    fds[i] = make_fd (input_byte (input));
  if (n_fds > 0) {
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE (sizeof (int) * n_fds);
    control.head.cmsg_level = SOL_SOCKET;
    control.head.cmsg_type = SCM_RIGHTS;
    control.head.cmsg_len = CMSG_LEN (sizeof (int) * n_fds);
    memcpy (CMSG_DATA (&control.head), fds, sizeof (int) * n_fds);
  }
  if (sendmsg (socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
      errno != EPIPE && errno != EAGAIN)
    abort ();
  for (unsigned i = 0; i < n_fds; i++)
    close (fds[i]);
}

static void
write_memory (Input *input)
{
  size_t at = input_word (input), n = input_word (input) % 256;

  input_read (input, guest + at, at + n <= SIZE ? n : SIZE - at);
}

/* What it was asked to map it says that it has mapped, or not. */
static void
answer_channel (uint8_t status)
{
  uint8_t bytes[VM_MESSAGE_HEAD + 8] = { 0 };

  while (recv (channel, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
    ;
  vm_message_write_head (bytes, VM_SHMEM_MAP, true, false, 8);
  bytes[VM_MESSAGE_HEAD] = status & 0xf0;
  send (channel, bytes, sizeof bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
receive_all (int socket)
{
  uint8_t bytes[8192];

  while (recv (socket, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
    ;
}

/* FALSE: the connection has ended. */
static bool
step (VmFrontEnd *front_end, VmVirtio *virtio, int socket, Input *input)
{
  uint8_t what = input_byte (input);
  bool goes_on = true;
  const char *why;

  if (what & 1) {
    write_memory (input);
  } else if (what & 2) {
    answer_channel (what);
  } else {
    send_message (socket, input);
    goes_on = vm_front_end_handle (front_end, &why);
  }
  if (goes_on && vm_virtio_get_channel (virtio) >= 0)
    goes_on = vm_virtio_answered (virtio, &why);
  for (unsigned i = 0; goes_on && i < VM_N_RINGS; i++)
    if (vm_virtio_get_kick (virtio, i) >= 0)
      goes_on = vm_virtio_kicked (virtio, i, &why);
  vm_virtio_run (virtio);
  receive_all (socket);
  return goes_on;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  Input input = { data, size };
  VmCameraCounts counts = { 0 };
  VmFrontEnd *front_end;
  VmVirtio *virtio;
  int pair[2], error;

  if (guest == NULL)
    make_memory ();
  memset (guest, 0, SIZE);
  virtio = vm_virtio_new (&config, &counts, &error);
  if (virtio == NULL ||
      socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    abort ();
  front_end = vm_front_end_new (pair[0], virtio, false);
  for (unsigned i = 0; i < 100 && input.left > 0; i++)
    if (!step (front_end, virtio, pair[1], &input))
      break;
  vm_front_end_free (front_end);
  close (pair[1]);
  vm_virtio_free (virtio);
  if (channel >= 0)
    close (channel);
  channel = -1;
  return 0;
}
