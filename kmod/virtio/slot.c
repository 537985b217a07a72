// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bits.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "slot.h"

/* Some hosts take a guest's address for an offset, which is right below this. */
#define PAGES_END BIT_ULL(32)

/* How many frames a session may keep the pages of: twice what a program has */
#define MAX_PINS 64

/* What QBUF sends */
struct slot_request {
	struct wire_ioctl head;
	struct wire_buffer buffer;
	struct wire_plane plane;
};

struct slot_answer {
	struct wire_answer head;
	struct wire_buffer buffer;
	struct wire_plane plane;
};

static struct slot_request *slot_request(const struct vmcam_slot *slot)
{
	return (struct slot_request *)slot->command->out;
}

static void slot_set_pointer(struct vmcam_slot *slot, u64 pointer)
{
	slot_request(slot)->buffer.m = cpu_to_le64(pointer);
	slot_request(slot)->plane.m = cpu_to_le64(pointer);
}

static void slot_fill_request(struct vmcam_slot *slot,
			      const struct vmcam_host *host, u32 session,
			      unsigned int index, u32 memory)
{
	struct slot_request *request = slot_request(slot);

	request->head.head.command = cpu_to_le32(WIRE_IOCTL);
	request->head.session = cpu_to_le32(session);
	request->head.code = cpu_to_le32(_IOC_NR(VIDIOC_QBUF));
	request->buffer.index = cpu_to_le32(index);
	request->buffer.type = cpu_to_le32(host->type);
	request->buffer.memory = cpu_to_le32(memory);
	request->buffer.length =
		cpu_to_le32(host->multiplanar ? 1 : slot->length);
	request->plane.length = cpu_to_le32(slot->length);
}

/**
 * vmcam_slot_init() - prepare a buffer of the host's
 * @slot: all zero
 * @host: the host
 * @session: the session that has the buffer
 * @index: which one it is
 * @memory: V4L2_MEMORY_MMAP or WIRE_MEMORY_SHARED_PAGES
 * @length: how many bytes the host needs
 *
 * Return: 0, for vmcam_slot_finish(), or -ENOMEM.
 */
int vmcam_slot_init(struct vmcam_slot *slot, const struct vmcam_host *host,
		    u32 session, unsigned int index, u32 memory, u32 length)
{
	u32 planes = host->multiplanar ? sizeof(struct wire_plane) : 0;
	u32 out_size = offsetof(struct slot_request, plane) + planes;
	u32 in_size = offsetof(struct slot_answer, plane) + planes;

	slot->length = length;
	slot->command = vmcam_command_create(sizeof(struct slot_request),
					     in_size);
	if (!slot->command)
		return -ENOMEM;
	/* The plane is filled in as well where the host reads none. */
	slot->command->out_size = out_size;
	/* A page more than there are: the first one may begin late. */
	if (memory == WIRE_MEMORY_SHARED_PAGES)
		slot->max_pages = DIV_ROUND_UP(length, PAGE_SIZE) + 1;
	if (slot->max_pages) {
		slot->command->tail = kcalloc(slot->max_pages,
					      sizeof(struct wire_pages),
					      GFP_KERNEL | __GFP_NOWARN);
		if (!slot->command->tail)
			return -ENOMEM;
	}
	slot_fill_request(slot, host, session, index, memory);
	return 0;
}

/**
 * vmcam_slot_finish() - free what a buffer of the host's has
 * @slot: a slot that the host does not use any more, or one that vmcam_slot_init()
 *	failed on
 * @host: the host
 */
void vmcam_slot_finish(struct vmcam_slot *slot, struct vmcam_host *host)
{
	vmcam_command_destroy(host, slot->command);
	vmcam_command_destroy(host, slot->unmap);
	if (slot->shared)
		memunmap(slot->source);
	else
		vfree(slot->source);
	memset(slot, 0, sizeof(*slot));
}

/**
 * vmcam_slot_is_free() - whether a frame can have a slot
 * @slot: the slot
 *
 * Context: under the host's lock.
 * Return: true or false.
 */
bool vmcam_slot_is_free(const struct vmcam_slot *slot)
{
	return !slot->buffer && !slot->command->sent;
}

/* Appends a piece, the last one cut to what is left. False: there is no room. */
static bool slot_add_pages(struct vmcam_slot *slot, u64 start, u32 length,
			   u32 *left)
{
	struct wire_pages *pages = slot->command->tail;
	unsigned int num = slot->command->tail_size / sizeof(*pages);

	length = min(length, *left);
	if (num && le64_to_cpu(pages[num - 1].start) +
				   le32_to_cpu(pages[num - 1].length) ==
			   start) {
		le32_add_cpu(&pages[num - 1].length, length);
	} else {
		if (num == slot->max_pages)
			return false;
		pages[num].start = cpu_to_le64(start);
		pages[num].length = cpu_to_le32(length);
		slot->command->tail_size += sizeof(*pages);
	}
	*left -= length;
	return true;
}

static bool slot_add_buffer(struct vmcam_slot *slot, struct sg_table *table,
			    u32 *left)
{
	struct scatterlist *sg;
	unsigned int i;

	for_each_sgtable_sg(table, sg, i)
		if (!*left ||
		    !slot_add_pages(slot, sg_phys(sg), sg->length, left))
			break;
	return !*left;
}

/* Every piece but the first begins, and every one but the last ends with a page. */
static bool slot_pages_are_whole(const struct vmcam_slot *slot)
{
	const struct wire_pages *pages = slot->command->tail;
	unsigned int num = slot->command->tail_size / sizeof(*pages);
	unsigned int i;

	for (i = 0; i < num; i++) {
		u64 start = le64_to_cpu(pages[i].start);
		u64 end = start + le32_to_cpu(pages[i].length);

		if ((i && !PAGE_ALIGNED(start)) ||
		    (i < num - 1 && !PAGE_ALIGNED(end)) || end > PAGES_END)
			return false;
	}
	return true;
}

static void pages_hold(const struct vmcam_pages *pages, bool hold)
{
	unsigned long pfn = page_to_pfn(pages->first);
	unsigned long end = pfn + pages->num;

	for (; pfn < end; pfn++) {
		if (hold)
			get_page(pfn_to_page(pfn));
		else
			put_page(pfn_to_page(pfn));
	}
}

static bool pin_is_of(const struct vmcam_pin *pin, struct sg_table *table)
{
	struct scatterlist *sg;
	unsigned int i;

	if (pin->num != table->orig_nents)
		return false;
	for_each_sgtable_sg(table, sg, i)
		if (pin->pages[i].first != sg_page(sg) ||
		    pin->pages[i].num != PFN_UP(sg->length))
			return false;
	return true;
}

/* Pages that are held are nobody else's meanwhile: the same ones are the same frame. */
static bool slot_pin(struct list_head *pins, struct sg_table *table)
{
	struct scatterlist *sg;
	struct vmcam_pin *pin;
	unsigned int i, num = 0;

	list_for_each_entry(pin, pins, list) {
		if (pin_is_of(pin, table))
			return true;
		num++;
	}
	/* A program can make buffers without end: these are copied. */
	if (num >= MAX_PINS)
		return false;
	pin = kmalloc(struct_size(pin, pages, table->orig_nents), GFP_ATOMIC);
	if (!pin)
		return false;
	pin->num = table->orig_nents;
	for_each_sgtable_sg(table, sg, i) {
		pin->pages[i].first = sg_page(sg);
		pin->pages[i].num = PFN_UP(sg->length);
		pages_hold(&pin->pages[i], true);
	}
	list_add(&pin->list, pins);
	return true;
}

/**
 * vmcam_pins_free() - let go of pages
 * @pins: of vmcam_slot_lend(); the host does not write into them any more
 */
void vmcam_pins_free(struct list_head *pins)
{
	struct vmcam_pin *pin, *next;
	unsigned int i;

	list_for_each_entry_safe(pin, next, pins, list) {
		for (i = 0; i < pin->num; i++)
			pages_hold(&pin->pages[i], false);
		kfree(pin);
	}
	INIT_LIST_HEAD(pins);
}

/**
 * vmcam_slot_lend() - have the host write into a frame itself
 * @slot: a free slot
 * @pins: the session's
 * @buffer: the frame
 *
 * The host is told the guest's own addresses: only devices that reach memory by these
 * have WIRE_MEMORY_SHARED_PAGES.
 *
 * Context: under the host's lock.
 * Return: true; false where the host cannot: the frame is to be copied.
 */
bool vmcam_slot_lend(struct vmcam_slot *slot, struct list_head *pins,
		     struct virtcam_buffer *buffer)
{
	const struct wire_pages *pages = slot->command->tail;
	struct sg_table *table;
	u32 left = slot->length;

	slot->command->tail_size = 0;
	/* Others may be writing into a dma-buf, or it may be no memory. */
	if (virtcam_buffer_dma_buf(buffer) || buffer->size < slot->length)
		return false;
	table = virtcam_buffer_sg_table(buffer);
	if (!slot_add_buffer(slot, table, &left) ||
	    !slot_pages_are_whole(slot) || !slot_pin(pins, table))
		return false;
	slot_set_pointer(slot, le64_to_cpu(pages->start));
	slot->copied = false;
	return true;
}

/**
 * vmcam_slot_make_source() - make memory to copy a frame from
 * @slot: a slot that has none
 *
 * Context: may sleep.
 * Return: memory for vmcam_slot.source, or NULL.
 */
void *vmcam_slot_make_source(const struct vmcam_slot *slot)
{
	/* Of zeros: a program may see what the host has not written. */
	return vmalloc_32_user(PAGE_ALIGN(slot->length));
}

/**
 * vmcam_slot_use_source() - have the host write into memory that the frame is copied
 *	from
 * @slot: a free slot that has such memory
 *
 * Context: under the host's lock.
 */
void vmcam_slot_use_source(struct vmcam_slot *slot)
{
	u32 left = slot->length;
	void *at = slot->source;

	slot->copied = true;
	if (slot->shared)
		return;
	slot->command->tail_size = 0;
	for (; left; at += PAGE_SIZE)
		slot_add_pages(slot, page_to_phys(vmalloc_to_page(at)),
			       PAGE_SIZE, &left);
	slot_set_pointer(slot, page_to_phys(vmalloc_to_page(slot->source)));
}

static int slot_check_region(const struct vmcam_slot *slot,
			     const struct vmcam_host *host, u64 length)
{
	u64 end = slot->address + length;

	if (length < slot->length || !PAGE_ALIGNED(slot->address) ||
	    end < slot->address || end > host->shm.len ||
	    region_intersects(host->shm.addr + slot->address, slot->length,
			      IORESOURCE_SYSTEM_RAM,
			      IORES_DESC_NONE) != REGION_DISJOINT) {
		dev_warn_ratelimited(&host->vdev->dev, "the host's buffer is refused: it has 0x%llx bytes at 0x%llx of a region of 0x%llx, and needs 0x%x\n",
				     length, slot->address, host->shm.len,
				     slot->length);
		return -EPROTO;
	}
	return 0;
}

static int slot_query_place(const struct vmcam_slot *slot,
			    struct vmcam_host *host, u32 session,
			    unsigned int index, unsigned long until,
			    struct wire_buffer_place *place)
{
	struct {
		struct wire_buffer buffer;
		struct wire_plane plane;
	} payload = {
		.buffer.index = cpu_to_le32(index),
		.buffer.type = cpu_to_le32(host->type),
		.buffer.memory = cpu_to_le32(V4L2_MEMORY_MMAP),
		.buffer.length = cpu_to_le32(host->multiplanar),
	};
	u32 size = host->multiplanar ? sizeof(payload) : sizeof(payload.buffer);
	const char *fault;
	int err;

	err = vmcam_host_ioctl(host, session, _IOC_NR(VIDIOC_QUERYBUF),
			       &payload, size, size, vmcam_host_left(until));
	if (err)
		return err;
	fault = wire_take_place(&payload.buffer, &payload.plane,
				host->multiplanar, place);
	if (!fault && place->length < slot->length)
		fault = "is too small for a frame";
	if (!fault)
		return 0;
	dev_warn_ratelimited(&host->vdev->dev,
			     "the host's buffer is refused: it %s\n", fault);
	return -EPROTO;
}

/**
 * vmcam_slot_map() - have the host's memory where the processor reads it
 * @slot: a slot of V4L2_MEMORY_MMAP
 * @host: the host
 * @session: the session that has the buffer
 * @index: which one it is
 * @until: for how long to wait at most, in jiffies
 *
 * Context: may sleep.
 * Return: 0, and vmcam_slot.source is set; -EPROTO if the host's memory lies where it
 * cannot be; another negative errno.
 */
int vmcam_slot_map(struct vmcam_slot *slot, struct vmcam_host *host,
		   u32 session, unsigned int index, unsigned long until)
{
	struct wire_buffer_place place;
	u64 length;
	int err;

	err = slot_query_place(slot, host, session, index, until, &place);
	if (err)
		return err;
	err = vmcam_host_mmap(host, session, place.offset, &slot->address,
			      &length, &slot->unmap, vmcam_host_left(until));
	if (err)
		return err;
	/* What there is of it, which may be more than a frame needs */
	slot->length = place.length;
	err = slot_check_region(slot, host, length);
	if (err)
		return err;
	/* It is the host's, and so not encrypted, where the guest's memory is. */
	slot->source = memremap(host->shm.addr + slot->address, slot->length,
				MEMREMAP_WB | MEMREMAP_DEC);
	if (!slot->source)
		return -ENOMEM;
	slot->shared = true;
	return 0;
}
