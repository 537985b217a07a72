// SPDX-License-Identifier: GPL-2.0-only
/* The commands of virtio-media, each with its answer. */
#include "host.h"

/**
 * struct ask_question - what is asked, and where the answer goes
 * @request: what the host reads
 * @request_size: bytes of it
 * @payload: what it reads behind it
 * @payload_size: bytes of it
 * @answer: where what follows the head of the answer goes
 * @answer_size: bytes of it
 * @undo: ask_create_undo() for what the host makes; or NULL
 */
struct ask_question {
	const void *request;
	u32 request_size;
	const void *payload;
	u32 payload_size;
	void *answer;
	u32 answer_size;
	struct vmcam_command *undo;
};

static struct vmcam_command *ask_create_undo(enum wire_command what,
					     u32 in_size)
{
	struct vmcam_command *undo =
		vmcam_command_create(sizeof(struct wire_undo), in_size);
	struct wire_undo *request;

	if (!undo)
		return NULL;
	request = (void *)undo->out;
	request->head.command = cpu_to_le32(what);
	return undo;
}

static int ask_take_answer(const struct vmcam_command *command,
			   const struct ask_question *question)
{
	struct wire_answer head;

	/* The host may write on: what has been looked at must not change. */
	memcpy(&head, command->in, sizeof(head));
	memcpy(question->answer, command->in + sizeof(head),
	       question->answer_size);
	return wire_take_status(&head, command->used, question->answer_size);
}

static void ask_fill_undo(const struct ask_question *question)
{
	struct wire_undo *request = (void *)question->undo->out;

	memcpy(request->made, question->answer, sizeof(request->made));
}

/* What is to be undone is the caller's if this returns 0, and is gone otherwise. */
static int ask_host(struct vmcam_host *host,
		    const struct ask_question *question, unsigned int ms)
{
	u32 out_size = question->request_size + question->payload_size;
	u32 in_size = sizeof(struct wire_answer) + question->answer_size;
	struct vmcam_command *command = vmcam_command_create(out_size, in_size);
	int err;

	if (!command) {
		vmcam_command_destroy(host, question->undo);
		return -ENOMEM;
	}
	command->undo = question->undo;
	memcpy(command->out, question->request, question->request_size);
	memcpy(command->out + question->request_size, question->payload,
	       question->payload_size);
	err = vmcam_host_run(host, command, ms);
	if (!err)
		err = ask_take_answer(command, question);
	if (!err && question->undo) {
		ask_fill_undo(question);
		command->undo = NULL;
	}
	vmcam_command_destroy(host, command);
	return err;
}

/* Asks for what has to be undone, and gives what undoes it. */
static int ask_make(struct vmcam_host *host, struct ask_question *question,
		    enum wire_command what, u32 in_size,
		    struct vmcam_command **undo, unsigned int ms)
{
	int err;

	question->undo = ask_create_undo(what, in_size);
	if (!question->undo)
		return -ENOMEM;
	err = ask_host(host, question, ms);
	if (!err)
		*undo = question->undo;
	return err;
}

/**
 * vmcam_host_open() - begin a session
 * @host: a host
 * @session: gets its number
 * @close: gets what ends it
 * @ms: for how many milliseconds to wait at most
 *
 * A session that the host begins when nobody waits for it any more is ended.
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, as of vmcam_host_ioctl().
 */
int vmcam_host_open(struct vmcam_host *host, u32 *session,
		    struct vmcam_command **close, unsigned int ms)
{
	const struct wire_request request = {
		.command = cpu_to_le32(WIRE_OPEN),
	};
	struct wire_open_answer answer;
	struct ask_question question = {
		.request = &request,
		.request_size = sizeof(request),
		.answer = &answer,
		.answer_size = sizeof(answer),
	};
	int err = ask_make(host, &question, WIRE_CLOSE, 0, close, ms);

	if (!err)
		*session = le32_to_cpu(answer.session);
	return err;
}

/**
 * vmcam_host_close() - end a session that has no buffers
 * @host: a host
 * @close: of vmcam_host_open(), or NULL; is freed
 *
 * Context: may sleep.
 */
void vmcam_host_close(struct vmcam_host *host, struct vmcam_command *close)
{
	if (!close)
		return;
	vmcam_host_run(host, close, vmcam_host_timeout);
	vmcam_command_destroy(host, close);
}

/**
 * vmcam_host_ioctl() - have the host do an ioctl
 * @host: a host
 * @session: in which session
 * @nr: the number of the ioctl: _IOC_NR(VIDIOC_...)
 * @payload: its payload, as the wire has it; gets the host's answer
 * @out_size: how many bytes of it the host reads
 * @in_size: how many it writes
 * @ms: for how many milliseconds to wait at most
 *
 * Context: may sleep.
 * Return: 0; what vmcam_host_run() returns; the host's negative errno; -EPROTO if its
 * answer is none.
 */
int vmcam_host_ioctl(struct vmcam_host *host, u32 session, unsigned int nr,
		     void *payload, u32 out_size, u32 in_size, unsigned int ms)
{
	const struct wire_ioctl request = {
		.head.command = cpu_to_le32(WIRE_IOCTL),
		.session = cpu_to_le32(session),
		.code = cpu_to_le32(nr),
	};
	const struct ask_question question = {
		.request = &request,
		.request_size = sizeof(request),
		.payload = payload,
		.payload_size = out_size,
		.answer = payload,
		.answer_size = in_size,
	};

	return ask_host(host, &question, ms);
}

/**
 * vmcam_host_mmap() - have the host place a buffer in its shared memory
 * @host: a host
 * @session: the session that has the buffer
 * @offset: what QUERYBUF says of it
 * @address: where it is in the region
 * @length: how many bytes
 * @unmap: gets what undoes it
 * @ms: for how many milliseconds to wait at most
 *
 * Likewise what the host places when nobody waits for it any more.
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, as of vmcam_host_ioctl().
 */
int vmcam_host_mmap(struct vmcam_host *host, u32 session, u32 offset,
		    u64 *address, u64 *length, struct vmcam_command **unmap,
		    unsigned int ms)
{
	const struct wire_mmap request = {
		.head.command = cpu_to_le32(WIRE_MMAP),
		.session = cpu_to_le32(session),
		.offset = cpu_to_le32(offset),
	};
	struct wire_mmap_answer answer;
	struct ask_question question = {
		.request = &request,
		.request_size = sizeof(request),
		.answer = &answer,
		.answer_size = sizeof(answer),
	};
	int err = ask_make(host, &question, WIRE_MUNMAP,
			   sizeof(struct wire_answer), unmap, ms);

	if (!err) {
		*address = le64_to_cpu(answer.driver_addr);
		*length = le64_to_cpu(answer.length);
	}
	return err;
}
