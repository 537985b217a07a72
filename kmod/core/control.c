// SPDX-License-Identifier: GPL-2.0-only
/*
 * A camera's V4L2 controls: its provider's, and the core's own that tell how
 * the stream fares.
 */
#include <linux/module.h>

#include "camera.h"

/* A driver's own range of V4L2_CTRL_CLASS_USER starts at 0x1000. */
#define CID_CAPTURED (V4L2_CID_USER_BASE + 0x1f00)
#define CID_DROPPED (V4L2_CID_USER_BASE + 0x1f01)

static struct virtcam_camera *control_camera(struct v4l2_ctrl *ctrl)
{
	return container_of(ctrl->handler, struct virtcam_camera, controls);
}

static s64 control_value(const struct v4l2_ctrl *ctrl)
{
	switch (ctrl->type) {
	case V4L2_CTRL_TYPE_INTEGER64:
		return *ctrl->p_new.p_s64;
	case V4L2_CTRL_TYPE_BITMASK:
		return (u32)ctrl->val;
	default:
		return ctrl->val;
	}
}

/* V4L2 looks at values before s_ctrl() alone, not at what s_ctrl() makes of them. */
static void control_take_value(struct v4l2_ctrl *ctrl, s64 value)
{
	if (ctrl->type == V4L2_CTRL_TYPE_BITMASK) {
		ctrl->val = value & ctrl->maximum;
		return;
	}
	value = clamp(value, ctrl->minimum, ctrl->maximum);
	if (ctrl->type == V4L2_CTRL_TYPE_MENU &&
	    (ctrl->menu_skip_mask & BIT_ULL(value) || !*ctrl->qmenu[value]))
		return;
	if (ctrl->type == V4L2_CTRL_TYPE_INTEGER64)
		*ctrl->p_new.p_s64 = value;
	else
		ctrl->val = value;
}

static int control_set(struct v4l2_ctrl *ctrl)
{
	struct virtcam_camera *camera = control_camera(ctrl);
	s64 value = control_value(ctrl);
	int err;

	/* The provider knows what it sets itself. */
	if (camera->pushing)
		return 0;
	err = camera->provider->set_control(camera->priv, ctrl->id, &value);
	if (!err)
		control_take_value(ctrl, value);
	return err;
}

static const struct v4l2_ctrl_ops control_provider_ops = {
	.s_ctrl = control_set,
};

static int control_get_frames(struct v4l2_ctrl *ctrl)
{
	struct virtcam_camera *camera = control_camera(ctrl);

	spin_lock_irq(&camera->slock);
	*ctrl->p_new.p_s64 = ctrl->id == CID_CAPTURED ? camera->captured :
							camera->dropped;
	spin_unlock_irq(&camera->slock);
	return 0;
}

static const struct v4l2_ctrl_ops control_frames_ops = {
	.g_volatile_ctrl = control_get_frames,
};

static int control_get_counter(struct v4l2_ctrl *ctrl)
{
	const struct virtcam_counter *counter = ctrl->priv;

	*ctrl->p_new.p_s64 = atomic64_read(counter->value);
	return 0;
}

static const struct v4l2_ctrl_ops control_counter_ops = {
	.g_volatile_ctrl = control_get_counter,
};

static void control_add_counter(struct v4l2_ctrl_handler *handler,
				const struct v4l2_ctrl_ops *ops, u32 id,
				const char *name, const void *priv)
{
	const struct v4l2_ctrl_config config = {
		.ops = ops,
		.id = id,
		.name = name,
		.type = V4L2_CTRL_TYPE_INTEGER64,
		.flags = V4L2_CTRL_FLAG_VOLATILE | V4L2_CTRL_FLAG_READ_ONLY,
		.max = S64_MAX,
		.step = 1,
	};

	v4l2_ctrl_new_custom(handler, &config, (void *)priv);
}

static void control_add_counters(struct virtcam_camera *camera)
{
	struct v4l2_ctrl_handler *handler = &camera->controls;
	const struct virtcam_counter *c = camera->counters;
	unsigned int i;

	if (!camera_is_output(camera)) {
		control_add_counter(handler, &control_frames_ops, CID_CAPTURED,
				    "Frames Captured", NULL);
		control_add_counter(handler, &control_frames_ops, CID_DROPPED,
				    "Frames Dropped", NULL);
	}
	for (i = 0; i < camera->num_counters; i++)
		control_add_counter(handler, &control_counter_ops, c[i].id,
				    c[i].name, &c[i]);
}

static bool control_type_is_known(enum v4l2_ctrl_type type)
{
	switch (type) {
	case V4L2_CTRL_TYPE_INTEGER:
	case V4L2_CTRL_TYPE_BOOLEAN:
	case V4L2_CTRL_TYPE_MENU:
	case V4L2_CTRL_TYPE_BUTTON:
	case V4L2_CTRL_TYPE_BITMASK:
	case V4L2_CTRL_TYPE_INTEGER64:
		return true;
	default:
		return false;
	}
}

static struct v4l2_ctrl *control_add_own(struct v4l2_ctrl_handler *handler,
					 const struct virtcam_control *c)
{
	const struct v4l2_ctrl_config config = {
		.ops = &control_provider_ops,
		.id = c->id,
		.name = c->name,
		.type = c->type,
		.min = c->min,
		.max = c->max,
		.step = c->type == V4L2_CTRL_TYPE_MENU ||
			c->type == V4L2_CTRL_TYPE_BITMASK ? 0 : c->step,
		.def = c->def,
		.qmenu = c->menu,
	};

	if (c->type == V4L2_CTRL_TYPE_MENU && !c->menu)
		return NULL;
	return v4l2_ctrl_new_custom(handler, &config, NULL);
}

/* A menu of V4L2's own has its items there, and is told only how many. */
static struct v4l2_ctrl *control_add_std(struct v4l2_ctrl_handler *handler,
					 const struct virtcam_control *c)
{
	if (c->menu)
		return v4l2_ctrl_new_std_menu_items(handler,
						    &control_provider_ops,
						    c->id, c->max, 0, c->def,
						    c->menu);
	if (!c->step && v4l2_ctrl_get_menu(c->id))
		return v4l2_ctrl_new_std_menu(handler, &control_provider_ops,
					      c->id, c->max, 0, c->def);
	return v4l2_ctrl_new_std(handler, &control_provider_ops, c->id, c->min,
				 c->max, c->step, c->def);
}

static int control_add(struct virtcam_camera *camera,
		       const struct virtcam_control *c)
{
	struct v4l2_ctrl_handler *handler = &camera->controls;
	struct v4l2_ctrl *ctrl;

	ctrl = c->name ? control_add_own(handler, c) :
			 control_add_std(handler, c);
	if (ctrl && !control_type_is_known(ctrl->type))
		ctrl = NULL;
	if (!ctrl) {
		dev_err(camera->v4l2_dev.dev,
			"the provider's control 0x%x is refused\n", c->id);
		return handler->error ?: -EINVAL;
	}
	ctrl->flags |= c->flags & (V4L2_CTRL_FLAG_READ_ONLY |
				   V4L2_CTRL_FLAG_UPDATE);
	return 0;
}

/**
 * virtcam_control_init() - make a camera's controls
 * @camera: a camera whose lock is held and which has no controls yet; each control
 *	of the provider's that programs can write is set to its default, through the
 *	provider
 *
 * Return: 0 or a negative errno; v4l2_ctrl_handler_free() is the caller's in
 * both cases.
 */
int virtcam_control_init(struct virtcam_camera *camera)
{
	struct v4l2_ctrl_handler *handler = &camera->controls;
	const struct virtcam_provider *provider = camera->provider;
	unsigned int i;
	int err;

	for (i = 0; i < provider->num_controls; i++) {
		err = control_add(camera, &provider->controls[i]);
		if (err)
			return err;
	}
	control_add_counters(camera);
	return handler->error ?: v4l2_ctrl_handler_setup(handler);
}

/**
 * virtcam_camera_set_control() - tell programs that a control has a new value
 * @camera: the camera; before it is registered there are no controls
 * @id: one of the provider's controls
 * @value: the value; where it is out of an integer's range the nearest in range
 *
 * set_control() is not called for it.
 *
 * Context: may sleep; not from set_control().
 * Return: 0; -EINVAL if there is no such control, -ERANGE if a menu has no such
 * item.
 */
int virtcam_camera_set_control(struct virtcam_camera *camera, u32 id,
			       s64 value)
{
	struct v4l2_ctrl *ctrl = v4l2_ctrl_find(&camera->controls, id);
	int err;

	if (ctrl && ctrl->type == V4L2_CTRL_TYPE_BITMASK)
		value = (s32)value;
	if (!ctrl || ctrl->ops != &control_provider_ops)
		return -EINVAL;
	v4l2_ctrl_lock(ctrl);
	camera->pushing = true;
	err = ctrl->type == V4L2_CTRL_TYPE_INTEGER64 ?
	      __v4l2_ctrl_s_ctrl_int64(ctrl, value) :
	      __v4l2_ctrl_s_ctrl(ctrl, clamp_t(s64, value, S32_MIN, S32_MAX));
	camera->pushing = false;
	v4l2_ctrl_unlock(ctrl);
	return err;
}
EXPORT_SYMBOL_GPL(virtcam_camera_set_control);
