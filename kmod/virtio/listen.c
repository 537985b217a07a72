// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the host tells of its own accord: in a session that is as long as the camera,
 * that controls have other values and the camera other modes.
 */
#include <linux/bitmap.h>
#include <linux/err.h>

#include <virtcam/provider.h>

#include "listen.h"

static void listen_subscribe(struct vmcam_camera *vm, u32 type, u32 id,
			     unsigned long until)
{
	struct wire_subscription subscription = {
		.type = cpu_to_le32(type),
		.id = cpu_to_le32(id),
		.flags = cpu_to_le32(V4L2_EVENT_SUB_FL_SEND_INITIAL),
	};

	vmcam_host_ioctl(&vm->host, vm->session,
			 _IOC_NR(VIDIOC_SUBSCRIBE_EVENT), &subscription,
			 sizeof(subscription), 0, vmcam_host_left(until));
}

/* The host answers each with an error if it likes, but it answers. */
static bool listen_is_over(struct vmcam_camera *vm, unsigned long until)
{
	return READ_ONCE(vm->host.ended) || !vmcam_host_left(until);
}

/**
 * vmcam_listen_set() - say whether there is a session to hear of
 * @vm: the camera
 * @listening: whether there is
 * @session: which one
 *
 * What has ended the waits for the host has ended this as well.
 *
 * Context: may sleep.
 */
void vmcam_listen_set(struct vmcam_camera *vm, bool listening, u32 session)
{
	spin_lock_irq(&vm->host.lock);
	vm->listening = listening && !READ_ONCE(vm->host.ended);
	vm->session = session;
	spin_unlock_irq(&vm->host.lock);
}

/**
 * vmcam_listen() - have the host tell of controls and modes, in a session for that
 * @vm: a camera whose host is up and which does not listen
 *
 * What a host does not tell of stays as it is.
 *
 * Context: may sleep.
 * Return: 0; a negative errno if the host does not answer.
 */
int vmcam_listen(struct vmcam_camera *vm)
{
	unsigned long until = vmcam_host_until(VMCAM_LISTEN_MS);
	unsigned int i;
	u32 session;
	int err;

	err = vmcam_host_open(&vm->host, &session, &vm->close,
			      vmcam_host_left(until));
	if (err)
		return err;
	vmcam_listen_set(vm, true, session);
	listen_subscribe(vm, V4L2_EVENT_SOURCE_CHANGE, 0, until);
	for (i = 0; i < vm->controls->num && !listen_is_over(vm, until); i++)
		listen_subscribe(vm, V4L2_EVENT_CTRL,
				 vm->controls->control[i].id, until);
	return listen_is_over(vm, until) ? -ETIMEDOUT : 0;
}

static void listen_take_value(struct vmcam_camera *vm,
			      const struct wire_news *news)
{
	const struct virtcam_control *control =
		vmcam_controls_find(vm->controls, news->id);
	unsigned int i;

	if (!control || !(news->changes & V4L2_EVENT_CTRL_CH_VALUE))
		return;
	i = control - vm->controls->control;
	vm->value[i] = news->value;
	__set_bit(i, vm->new_values);
}

/**
 * vmcam_listen_news() - the host has news
 * @priv: the camera
 * @news: the news
 *
 * Context: under the host's lock.
 */
void vmcam_listen_news(void *priv, const struct wire_news *news)
{
	struct vmcam_camera *vm = priv;

	vmcam_stream_news(&vm->stream, news);
	if (news->session != vm->session || !vm->listening)
		return;
	if (news->event == WIRE_EVENT_ERROR) {
		vm->lost_session = true;
		vm->listening = false;
	} else if (news->event != WIRE_EVENT_V4L2) {
		return;
	} else if (news->type == V4L2_EVENT_CTRL) {
		listen_take_value(vm, news);
	} else if (news->type == V4L2_EVENT_SOURCE_CHANGE) {
		vm->new_modes = true;
	}
	mod_delayed_work(system_long_wq, &vm->listener, 0);
}

/* told: programs hear of it even where the modes are the same, as from the host. */
static void listen_read_modes(struct vmcam_camera *vm, bool told)
{
	struct vmcam_modes *modes = vmcam_modes_read(&vm->host, vm->session);
	struct vmcam_modes *before = vm->modes;

	if (IS_ERR(modes)) {
		dev_warn_ratelimited(&vm->host.vdev->dev,
				     "the host's camera has other modes, and does not tell them (%ld)\n",
				     PTR_ERR(modes));
		return;
	}
	if ((!told && vmcam_modes_equal(modes, before)) ||
	    virtcam_camera_set_modes(vm->camera, &modes->modes)) {
		vmcam_modes_destroy(modes);
		return;
	}
	vm->modes = modes;
	vmcam_modes_destroy(before);
}

/* Whether the host has said that a control has another value. */
static bool listen_has_value(struct vmcam_camera *vm, unsigned int i,
			     s64 *value)
{
	bool has;

	spin_lock_irq(&vm->host.lock);
	has = __test_and_clear_bit(i, vm->new_values);
	*value = vm->value[i];
	spin_unlock_irq(&vm->host.lock);
	return has;
}

static void listen_push_values(struct vmcam_camera *vm)
{
	const struct virtcam_control *control = vm->controls->control;
	unsigned int i;
	s64 value;

	for (i = 0; i < vm->controls->num; i++)
		if (listen_has_value(vm, i, &value))
			virtcam_camera_set_control(vm->camera, control[i].id,
						   value);
}

/*
 * False: not yet. A host may end each session at once, or have none to give for a
 * while: once a second is often enough.
 */
static bool listen_anew(struct vmcam_camera *vm)
{
	vmcam_listen_set(vm, false, 0);
	vmcam_host_close(&vm->host, vm->close);
	vm->close = NULL;
	if (time_before64(get_jiffies_64(), vm->hears_after))
		return false;
	vm->hears_after = get_jiffies_64() + HZ;
	return !vmcam_listen(vm);
}

/* What the host says meanwhile is not heard: its modes are asked for then. */
static void listen_later(struct vmcam_camera *vm)
{
	spin_lock_irq(&vm->host.lock);
	vm->lost_session = true;
	spin_unlock_irq(&vm->host.lock);
	queue_delayed_work(system_long_wq, &vm->listener, HZ);
}

/**
 * vmcam_listen_work() - what vmcam_camera.listener does: takes the news
 * @work: of the camera
 *
 * Context: may sleep.
 */
void vmcam_listen_work(struct work_struct *work)
{
	struct vmcam_camera *vm = container_of(to_delayed_work(work),
					       struct vmcam_camera, listener);
	bool modes, session, unheard;

	if (!READ_ONCE(vm->registered))
		return;
	spin_lock_irq(&vm->host.lock);
	modes = vm->new_modes;
	session = vm->lost_session;
	unheard = vm->unheard || session;
	vm->new_modes = false;
	vm->lost_session = false;
	vm->unheard = false;
	spin_unlock_irq(&vm->host.lock);

	if (session && !listen_anew(vm))
		listen_later(vm);
	/* Any number may be another session's, zero as well. */
	if ((modes || unheard) && READ_ONCE(vm->listening))
		listen_read_modes(vm, modes);
	listen_push_values(vm);
}
