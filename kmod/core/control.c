// SPDX-License-Identifier: GPL-2.0-only
/*
 * A camera's V4L2 controls: its provider's, and the core's own that tell how
 * the stream fares.
 */
#include "camera.h"

/* The driver's own range of V4L2_CTRL_CLASS_USER starts at 0x1000. */
#define CID_CAPTURED (V4L2_CID_USER_BASE + 0x1f00)
#define CID_DROPPED (V4L2_CID_USER_BASE + 0x1f01)

static struct virtcam_device *to_vcam(struct v4l2_ctrl *ctrl)
{
	return container_of(ctrl->handler, struct virtcam_device, controls);
}

static int s_ctrl(struct v4l2_ctrl *ctrl)
{
	struct virtcam_device *vcam = to_vcam(ctrl);

	vcam->provider->set_control(vcam->priv, ctrl->id, ctrl->val);
	return 0;
}

static const struct v4l2_ctrl_ops provider_ops = {
	.s_ctrl = s_ctrl,
};

static int g_volatile_ctrl(struct v4l2_ctrl *ctrl)
{
	struct virtcam_device *vcam = to_vcam(ctrl);

	spin_lock_irq(&vcam->slock);
	*ctrl->p_new.p_s64 = ctrl->id == CID_CAPTURED ? vcam->captured :
							vcam->dropped;
	spin_unlock_irq(&vcam->slock);
	return 0;
}

static const struct v4l2_ctrl_ops counter_ops = {
	.g_volatile_ctrl = g_volatile_ctrl,
};

static const struct v4l2_ctrl_config counters[] = {
	{
		.ops = &counter_ops,
		.id = CID_CAPTURED,
		.name = "Frames Captured",
		.type = V4L2_CTRL_TYPE_INTEGER64,
		.flags = V4L2_CTRL_FLAG_VOLATILE | V4L2_CTRL_FLAG_READ_ONLY,
		.max = S64_MAX,
		.step = 1,
	},
	{
		.ops = &counter_ops,
		.id = CID_DROPPED,
		.name = "Frames Dropped",
		.type = V4L2_CTRL_TYPE_INTEGER64,
		.flags = V4L2_CTRL_FLAG_VOLATILE | V4L2_CTRL_FLAG_READ_ONLY,
		.max = S64_MAX,
		.step = 1,
	},
};

static void add_control(struct v4l2_ctrl_handler *handler,
			const struct virtcam_control *c)
{
	if (c->menu)
		v4l2_ctrl_new_std_menu_items(handler, &provider_ops, c->id,
					     c->max, 0, c->def, c->menu);
	else
		v4l2_ctrl_new_std(handler, &provider_ops, c->id, c->min,
				  c->max, c->step, c->def);
}

/**
 * virtcam_control_init() - make a camera's controls
 * @vcam: a camera with its provider set; all of its controls are set to their
 *	defaults, through the provider
 *
 * Return: 0 or a negative errno; v4l2_ctrl_handler_free() is the caller's in
 * both cases.
 */
int virtcam_control_init(struct virtcam_device *vcam)
{
	struct v4l2_ctrl_handler *handler = &vcam->controls;
	const struct virtcam_provider *provider = vcam->provider;
	unsigned int i;

	v4l2_ctrl_handler_init(handler, provider->num_controls +
					ARRAY_SIZE(counters));
	for (i = 0; i < provider->num_controls; i++)
		add_control(handler, &provider->controls[i]);
	for (i = 0; i < ARRAY_SIZE(counters); i++)
		v4l2_ctrl_new_custom(handler, &counters[i], NULL);
	return handler->error ?: v4l2_ctrl_handler_setup(handler);
}
