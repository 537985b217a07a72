// SPDX-License-Identifier: GPL-2.0-only
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/virtio_config.h>

#include "compat.h"
#include "host.h"

unsigned int vmcam_host_timeout = 5000;

static const char *const host_faults[] = {
	[VMCAM_FAULT_EVENT] =
		"the host sent no event that there is: it is ignored",
	[VMCAM_FAULT_INDEX] = "the host gave a buffer back that it has not got: it is ignored",
	[VMCAM_FAULT_SILENT] = "the host does not answer",
};

/**
 * vmcam_host_tell() - have the kernel log tell of a fault of the host's, once
 * @host: the host
 * @fault: the fault
 *
 * Context: any.
 */
void vmcam_host_tell(struct vmcam_host *host, enum vmcam_fault fault)
{
	if (!test_and_set_bit(fault, &host->faults_told))
		dev_warn(&host->vdev->dev, "%s\n", host_faults[fault]);
}

/**
 * vmcam_command_create() - make a command
 * @out_size: bytes that the host reads, but for its tail
 * @in_size: bytes that it may write
 *
 * Context: may sleep.
 * Return: the command, all zero, for vmcam_command_destroy(); or NULL.
 */
struct vmcam_command *vmcam_command_create(u32 out_size, u32 in_size)
{
	struct vmcam_command *command;

	command = kzalloc(struct_size(command, out, out_size), GFP_KERNEL);
	if (!command)
		return NULL;
	command->out_size = out_size;
	command->in_size = in_size;
	command->in = kzalloc(in_size, GFP_KERNEL);
	if (command->in)
		return command;
	kfree(command);
	return NULL;
}

static void host_free_command(struct vmcam_command *command)
{
	if (command->undo)
		host_free_command(command->undo);
	kfree(command->tail);
	kfree(command->in);
	kfree(command);
}

/*
 * What the host has made for nobody is undone: its answer came late, or just when its
 * asker went. The command has left room in the queue for one that is no longer.
 */
static void host_undo(struct vmcam_host *host, struct vmcam_command *command)
{
	struct vmcam_command *undo = command->undo;
	struct wire_answer head;
	struct wire_undo *request;

	if (!undo)
		return;
	memcpy(&head, command->in, sizeof(head));
	if (wire_take_status(&head, command->used, WIRE_MADE_SIZE))
		return;
	request = (void *)undo->out;
	memcpy(request->made, command->in + sizeof(head), WIRE_MADE_SIZE);
	undo->dropped = true;
	if (!vmcam_host_send(host, undo))
		command->undo = NULL;
}

/* It is nobody's any more, and not the host's. */
static void host_drop(struct vmcam_host *host, struct vmcam_command *command)
{
	lockdep_assert_held(&host->lock);
	host_undo(host, command);
	host_free_command(command);
}

/**
 * vmcam_command_destroy() - free a command, as soon as the host has given it back
 * @host: the host
 * @command: the command, or NULL
 *
 * Context: any.
 */
void vmcam_command_destroy(struct vmcam_host *host,
			   struct vmcam_command *command)
{
	unsigned long flags;

	if (!command)
		return;
	spin_lock_irqsave(&host->lock, flags);
	command->answered = NULL;
	command->dropped = command->sent;
	if (!command->sent)
		host_drop(host, command);
	spin_unlock_irqrestore(&host->lock, flags);
}

static void host_take_back(struct vmcam_host *host,
			   struct vmcam_command *command, u32 used)
{
	lockdep_assert_held(&host->lock);
	command->sent = false;
	command->used = min(used, command->in_size);
	if (command->dropped)
		host_drop(host, command);
	else if (command->answered)
		command->answered(command);
}

static void host_commands_returned(struct virtqueue *vq)
{
	struct vmcam_host *host = vq->vdev->priv;
	struct vmcam_command *command;
	unsigned long flags;
	unsigned int used;

	spin_lock_irqsave(&host->lock, flags);
	do {
		virtqueue_disable_cb(vq);
		while ((command = virtqueue_get_buf(vq, &used)))
			host_take_back(host, command, used);
	} while (!virtqueue_enable_cb(vq));
	if (host->room)
		host->room(host->priv);
	spin_unlock_irqrestore(&host->lock, flags);
	wake_up_all(&host->changed);
}

static int host_post_event(struct vmcam_host *host, void *event)
{
	struct scatterlist sg;

	sg_init_one(&sg, event, WIRE_EVENT_SIZE);
	return virtqueue_add_inbuf(host->events, &sg, 1, event, GFP_ATOMIC);
}

static void host_take_event(struct vmcam_host *host, const void *event,
			    unsigned int used)
{
	u8 copy[WIRE_EVENT_HEAD] __aligned(8);
	struct wire_news news;

	memcpy(copy, event, sizeof(copy));
	if (wire_take_event(copy, used, host->multiplanar, &news))
		vmcam_host_tell(host, VMCAM_FAULT_EVENT);
	else if (host->news)
		host->news(host->priv, &news);
}

static void host_events_returned(struct virtqueue *vq)
{
	struct vmcam_host *host = vq->vdev->priv;
	unsigned long flags;
	unsigned int used;
	void *event;

	spin_lock_irqsave(&host->lock, flags);
	do {
		virtqueue_disable_cb(vq);
		while ((event = virtqueue_get_buf(vq, &used))) {
			host_take_event(host, event, used);
			host_post_event(host, event);
		}
	} while (!virtqueue_enable_cb(vq));
	virtqueue_kick(vq);
	spin_unlock_irqrestore(&host->lock, flags);
}

static void host_free_events(struct vmcam_host *host)
{
	unsigned int i;

	for (i = 0; i < VMCAM_NUM_EVENTS; i++)
		kfree(host->event[i]);
}

/**
 * vmcam_host_init() - prepare the way to a host
 * @host: all zero
 * @vdev: the device, whose priv becomes @host
 *
 * Return: 0, for vmcam_host_finish() in the end, or -ENOMEM.
 */
int vmcam_host_init(struct vmcam_host *host, struct virtio_device *vdev)
{
	unsigned int i;

	host->vdev = vdev;
	INIT_LIST_HEAD(&host->lost);
	init_waitqueue_head(&host->changed);
	spin_lock_init(&host->lock);
	for (i = 0; i < VMCAM_NUM_EVENTS; i++) {
		host->event[i] = kzalloc(WIRE_EVENT_SIZE, GFP_KERNEL);
		if (!host->event[i]) {
			host_free_events(host);
			return -ENOMEM;
		}
	}
	vdev->priv = host;
	return 0;
}

/**
 * vmcam_host_finish() - undo vmcam_host_init()
 * @host: a host after vmcam_host_reset(), or one that was never up
 */
void vmcam_host_finish(struct vmcam_host *host)
{
	host->vdev->priv = NULL;
	host_free_events(host);
}

/* As many buffers for events as the queue takes */
static void host_post_events(struct vmcam_host *host)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&host->lock, flags);
	host->up = true;
	for (i = 0; i < VMCAM_NUM_EVENTS; i++)
		if (host_post_event(host, host->event[i]))
			break;
	virtqueue_kick(host->events);
	spin_unlock_irqrestore(&host->lock, flags);
}

/**
 * vmcam_host_up() - make the queues
 * @host: a host that is not up, whose device and driver agree on features.
 *
 * Context: may sleep.
 * Return: 0, for vmcam_host_reset() in the end, or a negative errno.
 */
int vmcam_host_up(struct vmcam_host *host)
{
	static vq_callback_t *const callbacks[] = { host_commands_returned,
						    host_events_returned };
	static const char *const names[] = { "commands", "events" };
	struct virtqueue *vqs[2];
	int err;

	err = vmcam_compat_find_vqs(host->vdev, vqs, callbacks, names);
	if (err)
		return err;
	/* A command is three pieces of memory, where there is no room elsewhere. */
	if (virtqueue_get_vring_size(vqs[0]) < 4) {
		host->vdev->config->del_vqs(host->vdev);
		return -EINVAL;
	}
	host->commands = vqs[0];
	host->events = vqs[1];
	virtio_device_ready(host->vdev);
	host_post_events(host);
	return 0;
}

/* The buffers for events are kept: vmcam_host_up() posts them anew. */
static void host_empty(struct vmcam_host *host)
{
	struct vmcam_command *command;
	unsigned long flags;

	spin_lock_irqsave(&host->lock, flags);
	while ((command = virtqueue_detach_unused_buf(host->commands)))
		host_take_back(host, command, 0);
	while (virtqueue_detach_unused_buf(host->events))
		;
	spin_unlock_irqrestore(&host->lock, flags);
}

/**
 * vmcam_host_reset() - have the host forget all, and give everything back
 * @host: a host
 *
 * After this the host reaches no memory of the guest's.
 *
 * Context: may sleep.
 */
void vmcam_host_reset(struct vmcam_host *host)
{
	unsigned long flags;
	bool up;

	spin_lock_irqsave(&host->lock, flags);
	up = host->up;
	host->up = false;
	spin_unlock_irqrestore(&host->lock, flags);
	virtio_reset_device(host->vdev);
	if (!up)
		return;
	host_empty(host);
	host->vdev->config->del_vqs(host->vdev);
	wake_up_all(&host->changed);
}

/**
 * vmcam_host_end() - end every wait for the host, and let no later one begin
 * @host: a host
 *
 * Context: any.
 */
void vmcam_host_end(struct vmcam_host *host)
{
	WRITE_ONCE(host->ended, true);
	wake_up_all(&host->changed);
}

/**
 * vmcam_host_begin() - undo vmcam_host_end()
 * @host: a host
 *
 * Context: any.
 */
void vmcam_host_begin(struct vmcam_host *host)
{
	WRITE_ONCE(host->ended, false);
}

/**
 * vmcam_host_send() - send a command
 * @host: a host whose lock is held
 * @command: a command that is not sent
 *
 * Return: 0; -ENOSPC if the queue is full; another negative errno.
 */
int vmcam_host_send(struct vmcam_host *host, struct vmcam_command *command)
{
	struct scatterlist sg[3], *sgs[3];
	unsigned int out = 1, in = 0;
	int err;

	lockdep_assert_held(&host->lock);
	if (!host->up)
		return -EIO;
	sgs[0] = &sg[0];
	sg_init_one(&sg[0], command->out, command->out_size);
	if (command->tail_size) {
		sgs[out] = &sg[out];
		sg_init_one(&sg[out++], command->tail, command->tail_size);
	}
	if (command->in_size) {
		sgs[out] = &sg[out];
		sg_init_one(&sg[out], command->in, command->in_size);
		in = 1;
	}
	err = virtqueue_add_sgs(host->commands, sgs, out, in, command,
				GFP_ATOMIC);
	if (err)
		return err;
	command->sent = true;
	command->asked = true;
	virtqueue_kick(host->commands);
	return 0;
}

/* Sends the command if there is room for it, and says in @err how that went. */
static bool host_has_room(struct vmcam_host *host,
			  struct vmcam_command *command, int *err)
{
	unsigned long flags;

	*err = -ENODEV;
	if (READ_ONCE(host->ended))
		return true;
	spin_lock_irqsave(&host->lock, flags);
	*err = vmcam_host_send(host, command);
	spin_unlock_irqrestore(&host->lock, flags);
	return *err != -ENOSPC;
}

static bool host_is_done(struct vmcam_host *host, struct vmcam_command *command)
{
	unsigned long flags;
	bool sent;

	spin_lock_irqsave(&host->lock, flags);
	sent = command->sent;
	spin_unlock_irqrestore(&host->lock, flags);
	return !sent || READ_ONCE(host->ended);
}

static int host_judge_wait(struct vmcam_host *host, long left)
{
	if (READ_ONCE(host->ended))
		return -ENODEV;
	if (left < 0)
		return -EINTR;
	if (left)
		return 0;
	vmcam_host_tell(host, VMCAM_FAULT_SILENT);
	return -ETIMEDOUT;
}

/**
 * vmcam_host_wait() - wait until the host has given a command back
 * @host: a host
 * @command: a command that was sent; with -EINTR, -ENODEV and -ETIMEDOUT the host
 *	may have it still
 * @ms: for how many milliseconds at most
 *
 * Context: may sleep.
 * Return: 0, as of vmcam_host_run() as all others; -EIO if the device was reset.
 */
int vmcam_host_wait(struct vmcam_host *host, struct vmcam_command *command,
		    unsigned int ms)
{
	long left = msecs_to_jiffies(ms);
	int err;

	left = wait_event_killable_timeout(host->changed,
					   host_is_done(host, command), left);
	err = host_judge_wait(host, left);
	if (err)
		return err;
	return command->used || !command->in_size ? 0 : -EIO;
}

/**
 * vmcam_host_run() - send a command, and wait until the host has given it back
 * @host: a host
 * @command: a command that is not sent; see vmcam_host_wait()
 * @ms: for how many milliseconds at most
 *
 * Context: may sleep.
 * Return: 0; -ENODEV after vmcam_host_end(); -EINTR if somebody kills the thread;
 * -ETIMEDOUT; -EIO if the device is broken.
 */
int vmcam_host_run(struct vmcam_host *host, struct vmcam_command *command,
		   unsigned int ms)
{
	long left = msecs_to_jiffies(ms);
	int err = -ENOSPC;

	left = wait_event_killable_timeout(host->changed,
					   host_has_room(host, command, &err),
					   left);
	if (err != -ENOSPC)
		return err ?: vmcam_host_wait(host, command,
					      jiffies_to_msecs(left));
	return host_judge_wait(host, left);
}
