// SPDX-License-Identifier: GPL-2.0-only
/* What the host is asked for before a stream runs: format, interval, buffers. */
#include "stream.h"

static int setup_set_format(struct vmcam_stream *stream)
{
	bool multiplanar = stream->host->multiplanar;
	struct wire_format format;
	const char *fault;
	int err;

	wire_put_format(&format, multiplanar, &stream->mode);
	err = vmcam_session_ioctl(stream->session, _IOC_NR(VIDIOC_S_FMT),
				  &format, sizeof(format), sizeof(format));
	if (err)
		return err;
	fault = wire_take_format(&format, multiplanar, &stream->mode,
				 &stream->from, &stream->length);
	if (!fault)
		return 0;
	dev_warn_ratelimited(&stream->host->vdev->dev,
			     "the host's format is refused: it %s\n", fault);
	return -EPROTO;
}

/* Not every camera can: then frames come as often as they come. */
static int setup_set_interval(struct vmcam_stream *stream)
{
	struct wire_parm parm = {
		.type = cpu_to_le32(stream->host->type),
		.timeperframe = {
			cpu_to_le32(stream->mode.interval.numerator),
			cpu_to_le32(stream->mode.interval.denominator),
		},
	};
	int err = vmcam_session_ioctl(stream->session, _IOC_NR(VIDIOC_S_PARM),
				      &parm, sizeof(parm), sizeof(parm));

	return err == -ENOTTY || err == -EINVAL ? 0 : err;
}

static int setup_request_buffers(struct vmcam_stream *stream)
{
	unsigned int wanted = VMCAM_MAX_SLOTS;
	struct wire_requestbuffers request = {
		.type = cpu_to_le32(stream->host->type),
		.memory = cpu_to_le32(stream->memory),
	};
	int err;

	/* These take the host's memory, those only numbers. */
	if (stream->memory == V4L2_MEMORY_MMAP)
		wanted = clamp_t(unsigned int,
				 virtcam_camera_num_buffers(stream->camera), 3,
				 VMCAM_MAX_SLOTS);
	request.count = cpu_to_le32(wanted);
	err = vmcam_session_ioctl(stream->session, _IOC_NR(VIDIOC_REQBUFS),
				  &request, sizeof(request), sizeof(request));
	if (err)
		return err;
	stream->session->num_slots = min(le32_to_cpu(request.count), wanted);
	return stream->session->num_slots ? 0 : -ENOMEM;
}

/**
 * vmcam_stream_set_up() - have the host's session be what a stream needs
 * @stream: a stream whose mode and session are set; gets from and length
 *
 * Context: may sleep; under the camera's lock, or while no program runs.
 * Return: 0, and the session's num_slots is set; or a negative errno.
 */
int vmcam_stream_set_up(struct vmcam_stream *stream)
{
	int err;

	err = setup_set_format(stream);
	if (!err)
		err = setup_set_interval(stream);
	if (!err)
		err = setup_request_buffers(stream);
	return err;
}
