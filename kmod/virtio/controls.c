// SPDX-License-Identifier: GPL-2.0-only
/*
 * The controls of the host's camera: types, ranges and menus asked once. What
 * cannot be, and what V4L2 copies to and from programs by itself, is left out.
 */
#include <linux/err.h>
#include <linux/slab.h>
#include <media/v4l2-ctrls.h>

#include "offer.h"

#define MAX_MENU 64
/* Those with which the core tells how a stream fares */
#define FIRST_OF_CORE (V4L2_CID_USER_BASE + 0x1f00)
#define LAST_OF_CORE (V4L2_CID_USER_BASE + 0x1fff)

static const char *controls_keep_text(struct vmcam_controls *controls,
				      const u8 *from, size_t size)
{
	char *text = vmcam_offer_alloc(&controls->memory, size);

	if (text)
		wire_take_text(from, size, text);
	return text;
}

/* V4L2 takes an empty string for an item that there is not. */
static int controls_read_menu(struct vmcam_host *host, u32 session,
			      unsigned long until,
			      struct vmcam_controls *controls,
			      struct virtcam_control *control)
{
	const char **menu;
	s64 i;
	int err;

	if (control->max >= MAX_MENU)
		return -EINVAL;
	menu = vmcam_offer_alloc(&controls->memory,
				 (control->max + 1) * sizeof(*menu));
	if (!menu)
		return -ENOMEM;
	for (i = 0; i <= control->max; i++) {
		struct wire_querymenu item = {
			.id = cpu_to_le32(control->id),
			.index = cpu_to_le32(i),
		};

		err = vmcam_host_ioctl(host, session, _IOC_NR(VIDIOC_QUERYMENU),
				       &item, sizeof(item), sizeof(item),
				       vmcam_host_left(until));
		if (err && err != -EINVAL)
			return err;
		menu[i] = err ? ""
			      : controls_keep_text(controls, item.name,
						   sizeof(item.name));
		if (!menu[i])
			return -ENOMEM;
	}
	control->menu = menu;
	return *menu[control->def] ? 0 : -EINVAL;
}

static int control_ask(struct vmcam_host *host, u32 session, unsigned int nr,
		       const struct virtcam_control *control, s64 *value,
		       unsigned int ms)
{
	bool wide = control->type == V4L2_CTRL_TYPE_INTEGER64;
	struct wire_ext_controls payload = {
		.count = cpu_to_le32(1),
		.control.id = cpu_to_le32(control->id),
		.control.value = cpu_to_le64(wide ? *value : (u32)*value),
	};
	int err = vmcam_host_ioctl(host, session, nr, &payload, sizeof(payload),
				   sizeof(payload), ms);

	if (err)
		return err;
	*value = le64_to_cpu(payload.control.value);
	if (control->type == V4L2_CTRL_TYPE_BITMASK)
		*value = (u32)*value;
	else if (!wide)
		*value = (s32)*value;
	return 0;
}

/* The value becomes anything, the host says it. */
static int control_get(struct vmcam_host *host, u32 session,
		       unsigned long until,
		       const struct virtcam_control *control, s64 *value)
{
	*value = 0;
	return control_ask(host, session, _IOC_NR(VIDIOC_G_EXT_CTRLS), control,
			   value, vmcam_host_left(until));
}

/* Returns -EINVAL and -EPROTO where the control cannot be. */
static int controls_read_one(struct vmcam_host *host, u32 session,
			     unsigned long until,
			     struct vmcam_controls *controls,
			     const struct wire_query_ext_ctrl *answer,
			     struct virtcam_control *control)
{
	int err;

	control->name = controls_keep_text(controls, answer->name,
					   sizeof(answer->name));
	if (!control->name)
		return -ENOMEM;
	if (!*control->name)
		return -EINVAL;
	if (control->type == V4L2_CTRL_TYPE_MENU) {
		err = controls_read_menu(host, session, until, controls,
					 control);
		if (err)
			return err;
	}
	controls->value[controls->num] = control->def;
	if (control->type == V4L2_CTRL_TYPE_BUTTON)
		return 0;
	err = control_get(host, session, until, control,
			  &controls->value[controls->num]);
	/* What can only be written has no value to read. */
	return err == -EACCES ? 0 : err;
}

/* V4L2 makes the control of a class by itself, and must know its name. */
static bool controls_can_have(u32 id)
{
	return v4l2_ctrl_get_name(V4L2_CTRL_ID2WHICH(id) | 1) &&
	       (id < FIRST_OF_CORE || id > LAST_OF_CORE);
}

static int controls_read_all(struct vmcam_host *host, u32 session,
			     struct vmcam_controls *controls)
{
	unsigned long until = vmcam_host_until(VMCAM_LISTS_MS);
	struct virtcam_control control;
	const char *fault;
	u32 after = 0;
	int err;

	while (controls->num < VMCAM_MAX_CONTROLS) {
		struct wire_query_ext_ctrl question = {
			.id = cpu_to_le32(after | V4L2_CTRL_FLAG_NEXT_CTRL),
		};

		err = vmcam_host_ioctl(host, session,
				       _IOC_NR(VIDIOC_QUERY_EXT_CTRL),
				       &question, sizeof(question),
				       sizeof(question), vmcam_host_left(until));
		if (err)
			return err == -EINVAL || err == -ENOTTY ? 0 : err;
		fault = wire_take_control(&question, after, &control);
		/* Or it would be asked for again and again. */
		if (control.id <= after || control.id >= V4L2_CID_PRIVATE_BASE)
			return 0;
		after = control.id;
		if (fault || !controls_can_have(control.id))
			continue;
		err = controls_read_one(host, session, until, controls,
					&question, &control);
		if (!err)
			controls->control[controls->num++] = control;
		else if (err != -EINVAL && err != -EPROTO)
			return err;
	}
	return 0;
}

/**
 * vmcam_controls_read() - ask the host for its controls
 * @host: the host
 * @session: a session
 *
 * Context: may sleep.
 * Return: the controls, perhaps none, for vmcam_controls_destroy(); or an ERR_PTR.
 */
struct vmcam_controls *vmcam_controls_read(struct vmcam_host *host, u32 session)
{
	struct vmcam_controls *controls =
		kzalloc(sizeof(*controls), GFP_KERNEL);
	int err;

	if (!controls)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&controls->memory);
	err = controls_read_all(host, session, controls);
	if (!err)
		return controls;
	vmcam_controls_destroy(controls);
	return ERR_PTR(err);
}

/**
 * vmcam_controls_destroy() - free controls
 * @controls: controls that no camera has, or NULL
 */
void vmcam_controls_destroy(struct vmcam_controls *controls)
{
	if (!controls)
		return;
	vmcam_offer_free(&controls->memory);
	kfree(controls);
}

/**
 * vmcam_controls_find() - look up a control
 * @controls: the controls
 * @id: its id
 *
 * Return: the control, or NULL.
 */
const struct virtcam_control *
vmcam_controls_find(const struct vmcam_controls *controls, u32 id)
{
	unsigned int i;

	for (i = 0; i < controls->num; i++)
		if (controls->control[i].id == id)
			return &controls->control[i];
	return NULL;
}

/**
 * vmcam_control_set() - set a control of the host's
 * @host: the host
 * @session: a session
 * @control: the control
 * @value: the value; gets what the host made of it, anything
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, as of vmcam_host_ioctl().
 */
int vmcam_control_set(struct vmcam_host *host, u32 session,
		      const struct virtcam_control *control, s64 *value)
{
	return control_ask(host, session, _IOC_NR(VIDIOC_S_EXT_CTRLS), control,
			   value, vmcam_host_timeout);
}
