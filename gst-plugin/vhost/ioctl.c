/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vhost/ioctl.h"

#include <errno.h>
#include <linux/videodev2.h>

#define TYPE V4L2_BUF_TYPE_VIDEO_CAPTURE

typedef union {
  Le32 number;
  WireFmtdesc fmtdesc;
  WireFrmsize frmsize;
  WireFrmival frmival;
  WireFormat format;
  WireParm parm;
  WireRequest request;
  WireCreate create;
  WireBuffer buffer;
  WireInput input;
  WireControlInfo control;
  WireMenu menu;
  WireSubscription subscription;
} Argument;

typedef struct {
  VmDevice *device;
  uint32_t session;
  VmChain *chain; /* behind the argument */
} Call;

size_t
vm_answer (const VmChain *chain, int error)
{
  WireAnswer answer = { le32 ((uint32_t) -error), le32 (0) };

  if (chain->in_size < sizeof answer)
    return 0;
  return vm_chain_write (chain, 0, &answer, sizeof answer);
}

static size_t
answer_with (const VmChain *chain, int error, const void *data, size_t size)
{
  size_t head = vm_answer (chain, error);

  return head ? head + vm_chain_write (chain, head, data, size) : 0;
}

/* Formats */

static void
fill_format (const VmFormat *format, WireFormat *wire)
{
  *wire = (WireFormat){ .type = le32 (TYPE),
    .width = le32 (format->width),
    .height = le32 (format->height),
    .pixelformat = le32 (format->fourcc),
    .field = le32 (V4L2_FIELD_NONE),
    .bytesperline = le32 (format->bytesperline),
    .sizeimage = le32 (format->sizeimage),
    .colorspace = le32 (format->colours.colorspace),
    .priv = le32 (V4L2_PIX_FMT_PRIV_MAGIC),
    .ycbcr_enc = le32 (format->colours.ycbcr_enc),
    .quantization = le32 (format->colours.quantization),
    .xfer_func = le32 (format->colours.xfer_func) };
}

static int
enum_fmt (Call *call, Argument *a)
{
  if (get32 (a->fmtdesc.type) != TYPE)
    return -EINVAL;
  return vm_modes_get_format (call->device->modes, &a->fmtdesc);
}

static int
enum_framesizes (Call *call, Argument *a)
{
  return vm_modes_get_size (call->device->modes, &a->frmsize);
}

static int
enum_frameintervals (Call *call, Argument *a)
{
  return vm_modes_get_interval (call->device->modes, &a->frmival);
}

static int
g_fmt (Call *call, Argument *a)
{
  if (get32 (a->format.type) != TYPE)
    return -EINVAL;
  fill_format (&call->device->format, &a->format);
  return 0;
}

static int
fit (Call *call, Argument *a, VmFormat *format)
{
  int error;

  if (get32 (a->format.type) != TYPE)
    return -EINVAL;
  *format = (VmFormat){ .fourcc = get32 (a->format.pixelformat),
    .width = get32 (a->format.width),
    .height = get32 (a->format.height),
    .interval = call->device->format.interval };
  error = vm_modes_fit (call->device->modes, format);
  if (error == 0)
    fill_format (format, &a->format);
  return error;
}

static int
try_fmt (Call *call, Argument *a)
{
  VmFormat format;

  return fit (call, a, &format);
}

static int
s_fmt (Call *call, Argument *a)
{
  VmFormat format;
  int error;

  if (get32 (a->format.type) == TYPE && vm_queue_is_busy (call->device->queue))
    return -EBUSY;
  error = fit (call, a, &format);
  if (error == 0)
    call->device->format = format;
  return error;
}

static int
g_parm (Call *call, Argument *a)
{
  VmFraction interval = call->device->format.interval;

  if (get32 (a->parm.type) != TYPE)
    return -EINVAL;
  a->parm = (WireParm){ .type = le32 (TYPE),
    .capability = le32 (interval.numerator ? V4L2_CAP_TIMEPERFRAME : 0),
    .interval = { le32 (interval.numerator), le32 (interval.denominator) } };
  return 0;
}

static int
s_parm (Call *call, Argument *a)
{
  VmDevice *device = call->device;

  if (get32 (a->parm.type) != TYPE)
    return -EINVAL;
  if (vm_queue_is_streaming (device->queue))
    return -EBUSY;
  device->format.interval = (VmFraction){ get32 (a->parm.interval.numerator),
    get32 (a->parm.interval.denominator) };
  vm_modes_fit_interval (device->modes, &device->format);
  return g_parm (call, a);
}

/* The input: there is one. */

static int
enum_input (Call *call, Argument *a)
{
  if (get32 (a->input.index) != 0)
    return -EINVAL;
  a->input =
      (WireInput){ .name = "Camera", .type = le32 (V4L2_INPUT_TYPE_CAMERA) };
  return 0;
}

static int
g_input (Call *call, Argument *a)
{
  a->number = le32 (0);
  return 0;
}

static int
s_input (Call *call, Argument *a)
{
  return get32 (a->number) == 0 ? 0 : -EINVAL;
}

/* Buffers */

static int
reqbufs (Call *call, Argument *a)
{
  return vm_queue_request (call->device->queue, call->session, &a->request,
      call->device->format.sizeimage);
}

static int
create_bufs (Call *call, Argument *a)
{
  return vm_queue_create (call->device->queue, call->session, &a->create,
      call->device->format.sizeimage);
}

static int
querybuf (Call *call, Argument *a)
{
  return vm_queue_query (call->device->queue, call->session, &a->buffer);
}

static int
qbuf (Call *call, Argument *a)
{
  return vm_queue_queue (
      call->device->queue, call->session, &a->buffer, call->chain);
}

static int
streamon (Call *call, Argument *a)
{
  if (get32 (a->number) != TYPE)
    return -EINVAL;
  return vm_queue_start (call->device->queue, call->session);
}

static int
streamoff (Call *call, Argument *a)
{
  if (get32 (a->number) != TYPE)
    return -EINVAL;
  return vm_queue_stop (call->device->queue, call->session);
}

/* Controls and events */

static int
query_ext_ctrl (Call *call, Argument *a)
{
  return vm_controls_query (call->device->controls, &a->control);
}

static int
querymenu (Call *call, Argument *a)
{
  return vm_controls_get_menu (call->device->controls, &a->menu);
}

static int
subscribe_event (Call *call, Argument *a)
{
  return vm_sessions_subscribe (
      call->device->sessions, call->session, &a->subscription);
}

static int
unsubscribe_event (Call *call, Argument *a)
{
  return vm_sessions_unsubscribe (
      call->device->sessions, call->session, &a->subscription);
}

/* How many bytes the argument has, of which the guest sends and gets all or none. */
static const struct {
  uint8_t code, in, out;
  int (*act) (Call *call, Argument *argument);
} ioctls[] = {
  { 2, 64, 64, enum_fmt },
  { 4, 208, 208, g_fmt },
  { 5, 208, 208, s_fmt },
  { 8, 20, 20, reqbufs },
  { 9, 88, 88, querybuf },
  { 15, 88, 88, qbuf },
  { 18, 4, 0, streamon },
  { 19, 4, 0, streamoff },
  { 21, 204, 204, g_parm },
  { 22, 204, 204, s_parm },
  { 26, 80, 80, enum_input },
  { 37, 44, 44, querymenu },
  { 38, 0, 4, g_input }, /* some send 4 bytes */
  { 39, 4, 4, s_input },
  { 64, 208, 208, try_fmt },
  { 74, 44, 44, enum_framesizes },
  { 75, 52, 52, enum_frameintervals },
  { 90, 32, 0, subscribe_event },
  { 91, 32, 0, unsubscribe_event },
  { 103, 232, 232, query_ext_ctrl },
};

#define CREATE_BUFS 92

/* G_, S_ and TRY_EXT_CTRLS have an array behind them, and are answered in full even
 * when they fail. */
static size_t
ext_ctrls (
    VmDevice *device, uint32_t session, VmControlsAction action, VmChain *chain)
{
  WireControl items[VM_MAX_CONTROLS];
  WireControls head;
  uint64_t changed = 0;
  size_t size, n;
  int error;

  if (vm_chain_read (chain, &head, sizeof head) < sizeof head)
    return vm_answer (chain, -EINVAL);
  if (get32 (head.count) > VM_MAX_CONTROLS)
    return vm_answer (chain, -E2BIG);
  size = get32 (head.count) * sizeof items[0];
  if (vm_chain_read (chain, items, size) < size ||
      chain->in_size < sizeof (WireAnswer) + sizeof head + size)
    return vm_answer (chain, -EINVAL);
  error = vm_controls_act (device->controls, action, &head, items, &changed);
  device->changed |= changed;
  vm_sessions_controls_changed (device->sessions, changed, session);
  n = answer_with (chain, error, &head, sizeof head);
  return n + vm_chain_write (chain, n, items, size);
}

static size_t
act (Call *call, int (*function) (Call *, Argument *), size_t in, size_t out)
{
  Argument argument = { 0 };
  int error;

  if (vm_chain_read (call->chain, &argument, in) < in ||
      call->chain->in_size < sizeof (WireAnswer) + out)
    return vm_answer (call->chain, -EINVAL);
  error = function (call, &argument);
  return answer_with (call->chain, error, &argument, error ? 0 : out);
}

size_t
vm_ioctl (VmDevice *device, uint32_t session, uint32_t code, VmChain *chain)
{
  Call call = { device, session, chain };

  switch (code) {
  case 71:
    return ext_ctrls (device, session, VM_CONTROLS_GET, chain);
  case 72:
    return ext_ctrls (device, session, VM_CONTROLS_SET, chain);
  case 73:
    return ext_ctrls (device, session, VM_CONTROLS_TRY, chain);
  case CREATE_BUFS:
    return act (&call, create_bufs, sizeof (WireCreate), sizeof (WireCreate));
  }
  for (size_t i = 0; i < sizeof ioctls / sizeof ioctls[0]; i++)
    if (ioctls[i].code == code)
      return act (&call, ioctls[i].act, ioctls[i].in, ioctls[i].out);
  return vm_answer (chain, -ENOTTY);
}
