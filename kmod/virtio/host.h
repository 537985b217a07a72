/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way to the host and back: commands that are answered, and events.
 *
 * The host is not trusted. Memory that it can reach is only freed once it has given
 * it back, or the device was reset; what it wrote is copied before it is looked at.
 */
#ifndef VIRTIO_HOST_H
#define VIRTIO_HOST_H

#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/wait.h>

#include "wire.h"

/* How many buffers for events the host has */
#define VMCAM_NUM_EVENTS 64

/* Milliseconds in which the host answers, unless it is stuck; parameter "timeout" */
extern unsigned int vmcam_host_timeout;
/* Likewise where a stream ends, which programs wait for when they end */
#define VMCAM_HOST_STOP_TIMEOUT 500u

struct vmcam_host;

/**
 * struct vmcam_command - something that the host is asked
 * @sent: the host has it; guarded by vmcam_host.lock, as all below
 * @asked: the host has it, or had it
 * @dropped: nobody waits: it is freed when the host gives it back
 * @undo: struct wire_undo, for what the host makes if it answers when nobody waits
 *	any more; or NULL
 * @used: bytes of @in that the host says that it wrote
 * @answered: called in place of waking somebody, under vmcam_host.lock, when the
 *	host has given it back; or NULL
 * @priv: for @answered to use
 * @tail: what else the host reads, behind @out; or NULL. The owner's memory.
 * @tail_size: bytes of it
 * @out_size: bytes that the host reads
 * @in_size: bytes that it may write
 * @in: where it writes: memory of its own, since where caches do not see what devices
 *	write, nothing that the processor writes may be in the same cache line
 * @out: what it reads
 */
struct vmcam_command {
	bool sent;
	bool asked;
	bool dropped;
	struct vmcam_command *undo;
	u32 used;
	void (*answered)(struct vmcam_command *command);
	void *priv;
	void *tail;
	u32 tail_size;
	u32 out_size;
	u32 in_size;
	void *in;
	u8 out[] __aligned(8);
};

/**
 * struct vmcam_host - a virtio-media device
 * @vdev: the device
 * @multiplanar: its camera has the multi-planar API
 * @type: V4L2_BUF_TYPE_* of its camera
 * @shm: where MMAP places buffers; its length is 0 where there is no such region
 * @news: called for each event, under @lock
 * @room: called under @lock when the host has given a command back
 * @priv: handed to both
 * @lost: sessions that a silent host has not ended yet; under the camera's lock
 * @ended: nobody waits any more: the camera goes
 * @changed: woken when a command has come back, and by @ended
 * @lock: guards all below. Taken in interrupts; of locks, the core's are taken
 *	under it.
 * @up: the queues are there
 * @commands: the queue of commands
 * @events: that of events
 * @event: the buffers of @events, each WIRE_EVENT_SIZE bytes
 * @faults_told: what of the host's faults the kernel log has
 */
struct vmcam_host {
	struct virtio_device *vdev;
	bool multiplanar;
	u32 type;
	struct virtio_shm_region shm;
	void (*news)(void *priv, const struct wire_news *news);
	void (*room)(void *priv);
	void *priv;
	struct list_head lost;
	bool ended;
	wait_queue_head_t changed;

	spinlock_t lock; /* guards all below */
	bool up;
	struct virtqueue *commands;
	struct virtqueue *events;
	void *event[VMCAM_NUM_EVENTS];
	unsigned long faults_told;
};

/* What a host may do wrong, each told once a device */
enum vmcam_fault {
	VMCAM_FAULT_EVENT,
	VMCAM_FAULT_INDEX,
	VMCAM_FAULT_SILENT,
};

/**
 * vmcam_host_left() - how long a command may take
 * @until: when all is to be over, in jiffies
 *
 * Return: milliseconds, vmcam_host_timeout at most.
 */
static inline unsigned int vmcam_host_left(unsigned long until)
{
	unsigned long now = jiffies;

	if (time_after_eq(now, until))
		return 0;
	return min(jiffies_to_msecs(until - now), vmcam_host_timeout);
}

/*
 * How long many commands may take together. A camera has hundreds of modes, and a host
 * that is busy still lends it. Programs are frozen while the driver asks to hear of news
 * after a sleep.
 */
#define VMCAM_LISTS_MS 30000
#define VMCAM_LISTEN_MS 5000

/**
 * vmcam_host_until() - when many commands are to be over
 * @ms: how long they may take together, in milliseconds
 *
 * Return: in jiffies: @ms from now, or as long as one command may take.
 */
static inline unsigned long vmcam_host_until(unsigned int ms)
{
	return jiffies + msecs_to_jiffies(max(ms, vmcam_host_timeout));
}

int vmcam_host_init(struct vmcam_host *host, struct virtio_device *vdev);
void vmcam_host_finish(struct vmcam_host *host);
int vmcam_host_up(struct vmcam_host *host);
void vmcam_host_reset(struct vmcam_host *host);
void vmcam_host_tell(struct vmcam_host *host, enum vmcam_fault fault);
void vmcam_host_end(struct vmcam_host *host);
void vmcam_host_begin(struct vmcam_host *host);

struct vmcam_command *vmcam_command_create(u32 out_size, u32 in_size);
void vmcam_command_destroy(struct vmcam_host *host,
			   struct vmcam_command *command);
int vmcam_host_send(struct vmcam_host *host, struct vmcam_command *command);
int vmcam_host_run(struct vmcam_host *host, struct vmcam_command *command,
		   unsigned int ms);
int vmcam_host_wait(struct vmcam_host *host, struct vmcam_command *command,
		    unsigned int ms);

int vmcam_host_open(struct vmcam_host *host, u32 *session,
		    struct vmcam_command **close, unsigned int ms);
void vmcam_host_close(struct vmcam_host *host, struct vmcam_command *close);
int vmcam_host_ioctl(struct vmcam_host *host, u32 session, unsigned int nr,
		     void *payload, u32 out_size, u32 in_size, unsigned int ms);
int vmcam_host_mmap(struct vmcam_host *host, u32 session, u32 offset,
		    u64 *address, u64 *length, struct vmcam_command **unmap,
		    unsigned int ms);

#endif
