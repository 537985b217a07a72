// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/slab.h>

#include "session.h"

static void session_free(struct vmcam_session *session)
{
	unsigned int i;

	for (i = 0; i < session->num_slots; i++)
		vmcam_slot_finish(&session->slot[i], session->host);
	vmcam_pins_free(&session->pins);
	vmcam_command_destroy(session->host, session->close);
	kfree(session);
}

/* Whether the host has anything of the session's that it has not given back. */
static bool session_is_held(struct vmcam_session *session)
{
	const struct vmcam_slot *slot;
	unsigned int i;
	bool held;

	spin_lock_irq(&session->host->lock);
	held = session->close->sent;
	for (i = 0; i < session->num_slots; i++) {
		slot = &session->slot[i];
		held |= slot->command && slot->command->sent;
		held |= slot->unmap && (slot->unmap->sent ||
					!slot->unmap->asked);
	}
	spin_unlock_irq(&session->host->lock);
	return held;
}

/* Sent once, and waited for as often as it takes */
static int session_undo(struct vmcam_session *session,
			struct vmcam_command *undo, unsigned long until)
{
	unsigned int ms = vmcam_host_left(until);

	return undo->asked ? vmcam_host_wait(session->host, undo, ms)
			   : vmcam_host_run(session->host, undo, ms);
}

/*
 * Mappings are not the session's: they stay until they are undone. Returns 0 once the
 * host has nothing of it any more.
 */
static int session_end(struct vmcam_session *session, unsigned long until)
{
	unsigned int i;
	int err;

	for (i = 0; i < session->num_slots; i++)
		if (session->slot[i].unmap)
			session_undo(session, session->slot[i].unmap, until);
	err = session_undo(session, session->close, until);
	if (err)
		return err;
	return session_is_held(session) ? -EBUSY : 0;
}

/**
 * vmcam_sessions_end() - end sessions that nobody uses any more
 * @host: a host; one that was silent, and answers again, gives back what it had
 * @ms: for how many milliseconds to wait at most
 *
 * Context: may sleep; under the camera's lock, or once the camera has gone.
 * Return: 0, or a negative errno and there are some left.
 */
int vmcam_sessions_end(struct vmcam_host *host, unsigned int ms)
{
	unsigned long until = jiffies + msecs_to_jiffies(ms);
	struct vmcam_session *session, *next;
	int err;

	list_for_each_entry_safe(session, next, &host->lost, list) {
		err = session_end(session, until);
		if (err)
			return err;
		list_del(&session->list);
		session_free(session);
	}
	return 0;
}

/**
 * vmcam_session_open() - begin a session
 * @host: a host
 *
 * Sessions that the host has not ended yet are waited for.
 *
 * Context: may sleep; under the camera's lock.
 * Return: the session, for vmcam_session_close(); or an ERR_PTR.
 */
struct vmcam_session *vmcam_session_open(struct vmcam_host *host)
{
	unsigned long until = jiffies + msecs_to_jiffies(vmcam_host_timeout);
	struct vmcam_session *session;
	int err;

	err = vmcam_sessions_end(host, vmcam_host_timeout);
	if (err)
		return ERR_PTR(err);
	session = kzalloc(sizeof(*session), GFP_KERNEL);
	if (!session)
		return ERR_PTR(-ENOMEM);
	session->host = host;
	INIT_LIST_HEAD(&session->pins);
	session->until = until;
	err = vmcam_host_open(host, &session->id, &session->close,
			      vmcam_host_left(until));
	if (!err)
		return session;
	kfree(session);
	return ERR_PTR(err);
}

/**
 * vmcam_session_close() - end a session
 * @session: a session that nobody uses any more
 *
 * What a silent host may write into is kept until it has answered, or the device was
 * reset.
 *
 * Context: may sleep; under the camera's lock.
 */
void vmcam_session_close(struct vmcam_session *session)
{
	unsigned long until =
		jiffies + msecs_to_jiffies(VMCAM_HOST_STOP_TIMEOUT);
	struct vmcam_host *host = session->host;

	if (session_end(session, until))
		list_add_tail(&session->list, &host->lost);
	else
		session_free(session);
}

/**
 * vmcam_session_ioctl() - have the host do an ioctl before the stream runs
 * @session: a session
 * @nr: as of vmcam_host_ioctl(), as the next three
 * @payload: its payload
 * @out_size: bytes that the host reads
 * @in_size: bytes that it writes
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, as of vmcam_host_ioctl().
 */
int vmcam_session_ioctl(struct vmcam_session *session, unsigned int nr,
			void *payload, u32 out_size, u32 in_size)
{
	return vmcam_host_ioctl(session->host, session->id, nr, payload,
				out_size, in_size,
				vmcam_host_left(session->until));
}

/**
 * vmcam_session_make_slots() - prepare the host's buffers
 * @session: a session whose num_slots is set
 * @memory: V4L2_MEMORY_MMAP or WIRE_MEMORY_SHARED_PAGES
 * @length: how many bytes the host needs
 *
 * Context: may sleep.
 * Return: 0 or a negative errno; vmcam_session_close() frees them in both cases.
 */
int vmcam_session_make_slots(struct vmcam_session *session, u32 memory,
			     u32 length)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < session->num_slots && !err; i++) {
		err = vmcam_slot_init(&session->slot[i], session->host,
				      session->id, i, memory, length);
		if (!err && memory == V4L2_MEMORY_MMAP)
			err = vmcam_slot_map(&session->slot[i], session->host,
					     session->id, i, session->until);
	}
	return err;
}

/**
 * vmcam_sessions_forget() - free sessions that the host cannot write into any more
 * @host: a host after vmcam_host_reset()
 *
 * Context: may sleep.
 */
void vmcam_sessions_forget(struct vmcam_host *host)
{
	struct vmcam_session *session, *next;

	list_for_each_entry_safe(session, next, &host->lost, list) {
		list_del(&session->list);
		session_free(session);
	}
}
