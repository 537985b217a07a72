/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tally.h"

#include <errno.h>
#include <linux/videodev2.h>
#include <unistd.h>

#include "lender-controls.h"
#include "vhost/controls.h"
#include "vhost/ioctl.h"
#include "vhost/sessions.h"
#include "vhost/shmem.h"

/* More than a format has */
#define SIZES 6

int __real_vm_sessions_open (VmSessions *self, uint32_t *session);
int __wrap_vm_sessions_open (VmSessions *self, uint32_t *session);
int __real_vm_shmem_map (VmShmem *self, uint64_t key, int fd, uint64_t size,
    bool writable, uint64_t *address);
int __wrap_vm_shmem_map (VmShmem *self, uint64_t key, int fd, uint64_t size,
    bool writable, uint64_t *address);
int __real_vm_shmem_unmap (VmShmem *self, uint64_t address);
int __wrap_vm_shmem_unmap (VmShmem *self, uint64_t address);
void __real_vm_shmem_clear (VmShmem *self, bool lost);
void __wrap_vm_shmem_clear (VmShmem *self, bool lost);
int __real_vm_controls_act (VmControls *self, VmControlsAction action,
    WireControls *wire, WireControl *items, uint64_t *changed);
int __wrap_vm_controls_act (VmControls *self, VmControlsAction action,
    WireControls *wire, WireControl *items, uint64_t *changed);

size_t __real_vm_ioctl (
    VmDevice *device, uint32_t session, uint32_t code, VmChain *chain);
size_t __wrap_vm_ioctl (
    VmDevice *device, uint32_t session, uint32_t code, VmChain *chain);

/* All are the camera's thread's own. */
static VmSessions *sessions;
static unsigned mappings, delay_ms, lists_ms, sizes_left;

void
tally_delay_mapping (unsigned ms)
{
  delay_ms = ms;
}

void
tally_delay_lists (unsigned ms)
{
  lists_ms = ms;
}

void
tally_end_in_a_list (void)
{
  sizes_left = SIZES;
}

size_t
__wrap_vm_ioctl (
    VmDevice *device, uint32_t session, uint32_t code, VmChain *chain)
{
  bool is_size = code == _IOC_NR (VIDIOC_ENUM_FRAMESIZES);

  if (is_size || code == _IOC_NR (VIDIOC_ENUM_FRAMEINTERVALS))
    usleep (lists_ms * 1000);
  if (!is_size || sizes_left == 0 || --sizes_left != 0)
    return __real_vm_ioctl (device, session, code, chain);
  vm_sessions_fail_all (device->sessions, EIO);
  return vm_answer (chain, -EINVAL);
}

int
__wrap_vm_sessions_open (VmSessions *self, uint32_t *session)
{
  sessions = self;
  return __real_vm_sessions_open (self, session);
}

int
__wrap_vm_shmem_map (VmShmem *self, uint64_t key, int fd, uint64_t size,
    bool writable, uint64_t *address)
{
  int error;

  usleep (delay_ms * 1000);
  delay_ms = 0;
  error = __real_vm_shmem_map (self, key, fd, size, writable, address);
  mappings += error == 0;
  return error;
}

int
__wrap_vm_shmem_unmap (VmShmem *self, uint64_t address)
{
  int error = __real_vm_shmem_unmap (self, address);

  mappings -= error == 0;
  return error;
}

void
__wrap_vm_shmem_clear (VmShmem *self, bool lost)
{
  mappings = 0;
  __real_vm_shmem_clear (self, lost);
}

/* Whatever the guest sets it to, it is how many there are. */
static void
tell (VmControls *controls, WireControl *item, uint64_t *changed)
{
  uint32_t id = get32 (item->id);
  unsigned count =
      id == LENDER_SESSIONS ? vm_sessions_count (sessions) : mappings;

  if (id != LENDER_SESSIONS && id != LENDER_MAPPINGS)
    return;
  vm_controls_set (controls, id, count, changed);
  item->value = le64 (count);
}

int
__wrap_vm_controls_act (VmControls *self, VmControlsAction action,
    WireControls *wire, WireControl *items, uint64_t *changed)
{
  int error = __real_vm_controls_act (self, action, wire, items, changed);

  for (uint32_t i = 0;
       error == 0 && action == VM_CONTROLS_SET && i < get32 (wire->count); i++)
    tell (self, &items[i], changed);
  return error;
}
