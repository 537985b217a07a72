// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which pages a memory shows, and who shares them: see shared.h.
 *
 * Who holds what, and what ends it:
 *
 * 1. A buffer holds its memory from alloc() to put(), which vb2 calls.
 * 2. Each mapping and each dma-buf holds it, for as long as it likes.
 * 3. A memory holds its frame. The last memory to leave a frame frees it.
 * 4. A page table of a memory that programs write holds each page that is in it.
 *
 * When a buffer goes (1) while programs have its memory (2), they must not see what
 * others write from then on, nor write where others read. So virtcam_shared_leave()
 * gives them a copy, or, where the memory is pinned, gives one to the others.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <media/videobuf2-vmalloc.h>

#include "shared.h"

/* Mappings of one memory begin so many pages behind those of the one before. */
#define PAGES_APART (SZ_1G >> PAGE_SHIFT)

/*
 * Who shows which frame, and who is pinned. Taken where that changes only, and by
 * nobody who uses a memory, since whoever moves that waits under it.
 */
static DEFINE_MUTEX(sharing);

/* The number of the next memory. It may begin anew: then more is unmapped. */
static atomic_t next_memory;

static struct shared_frame *frame_create(unsigned long size)
{
	struct shared_frame *frame = kzalloc(sizeof(*frame), GFP_KERNEL);

	if (!frame)
		return NULL;
	frame->address = vmalloc_user(size);
	if (!frame->address) {
		kfree(frame);
		return NULL;
	}
	INIT_LIST_HEAD(&frame->memories);
	return frame;
}

static void memory_show(struct shared_memory *memory,
			struct shared_frame *frame)
{
	memory->frame = frame;
	frame->was_shared |= !list_empty(&frame->memories);
	list_add(&memory->list, &frame->memories);
}

static void memory_forsake(struct shared_memory *memory)
{
	struct shared_frame *frame = memory->frame;

	list_del(&memory->list);
	memory->frame = NULL;
	if (!list_empty(&frame->memories))
		return;
	vfree(frame->address);
	kfree(frame);
}

/* The other memory that shows the same frame, or NULL */
static struct shared_memory *memory_other(struct shared_memory *memory)
{
	struct shared_memory *other;

	lockdep_assert_held(&sharing);
	list_for_each_entry(other, &memory->frame->memories, list)
		if (other != memory)
			return other;
	return NULL;
}

/*
 * Makes @memory show @frame. A program that touches the memory meanwhile waits in
 * memory_fault(), so that no byte is lost that it writes.
 */
static void memory_move(struct shared_memory *memory,
			struct shared_frame *frame, bool copy)
{
	lockdep_assert_held(&sharing);
	down_write(&memory->lock);
	wait_event(memory->unused, !atomic_read(&memory->uses));
	virtcam_shared_unmap(memory);
	if (copy)
		memcpy(frame->address, memory->frame->address, memory->size);
	memory_forsake(memory);
	memory_show(memory, frame);
	up_write(&memory->lock);
}

static int memory_renew(struct shared_memory *memory, bool copy)
{
	struct shared_frame *frame = frame_create(memory->size);

	if (!frame)
		return -ENOMEM;
	memory_move(memory, frame, copy);
	return 0;
}

/* Gives @memory a frame of its own, unless it has one. */
static int memory_part(struct shared_memory *memory, bool copy)
{
	return memory_other(memory) ? memory_renew(memory, copy) : 0;
}

/* As memory_part(). Where the memory is pinned the other one is moved, which is not. */
static int memory_part_either(struct shared_memory *memory, bool copy)
{
	struct shared_memory *other = memory_other(memory);

	if (other && memory->pins)
		return memory_part(other, true);
	return memory_part(memory, copy);
}

/* For want of memory: whoever has it mapped gets SIGBUS, a provider an error. */
static void memory_lose(struct shared_memory *memory)
{
	down_write(&memory->lock);
	wait_event(memory->unused, !atomic_read(&memory->uses));
	virtcam_shared_unmap(memory);
	memory_forsake(memory);
	up_write(&memory->lock);
}

/**
 * virtcam_shared_leave() - keep apart what programs have of a buffer that goes
 * @memory: the buffer's memory; virtcam_shared_put() follows
 *
 * A program that has @memory mapped sees nothing that is written from now on, and
 * writes where nobody reads.
 *
 * Context: may sleep.
 */
void virtcam_shared_leave(struct shared_memory *memory)
{
	struct shared_memory *other, *moved;

	mutex_lock(&sharing);
	other = memory->frame ? memory_other(memory) : NULL;
	if (other && refcount_read(&memory->references) > 1) {
		moved = memory->pins ? other : memory;
		if (memory_part(moved, true))
			memory_lose(moved);
	}
	mutex_unlock(&sharing);
}

/**
 * virtcam_shared_part() - give a memory pages of its own
 * @memory: the memory
 *
 * Its bytes stay what they are. If it is pinned, or there is no memory, the other
 * memory is moved instead; if neither works, its bytes are lost, or the other's where it
 * is pinned.
 *
 * Context: may sleep.
 */
void virtcam_shared_part(struct shared_memory *memory)
{
	struct shared_memory *other;

	mutex_lock(&sharing);
	other = memory->frame ? memory_other(memory) : NULL;
	if (other && (memory->pins || memory_part(memory, true)) &&
	    (other->pins || memory_part(other, true)))
		memory_lose(memory->pins ? other : memory);
	mutex_unlock(&sharing);
}

/**
 * virtcam_shared_join() - make a memory show the pages of another
 * @to: the memory, whose bytes are lost
 * @from: the other memory
 *
 * Context: may sleep.
 * Return: 0, also if they do already; -EBUSY if @to is pinned, @from is shared with
 * somebody else, or their sizes differ.
 */
int virtcam_shared_join(struct shared_memory *to, struct shared_memory *from)
{
	int err = 0;

	mutex_lock(&sharing);
	if (!to->frame || !from->frame || to->size != from->size)
		err = -EBUSY;
	else if (to->frame == from->frame)
		;
	else if (to->pins || memory_other(from))
		err = -EBUSY;
	else
		memory_move(to, from->frame, false);
	mutex_unlock(&sharing);
	return err;
}

/**
 * virtcam_shared_is_same() - whether two memories show the same pages
 * @a: a memory
 * @b: another
 *
 * Context: any. Of use where nobody joins or parts them meanwhile.
 * Return: true or false.
 */
bool virtcam_shared_is_same(const struct shared_memory *a,
			    const struct shared_memory *b)
{
	return READ_ONCE(a->frame) && READ_ONCE(a->frame) == READ_ONCE(b->frame);
}

/**
 * virtcam_shared_pin() - keep a memory where it is
 * @memory: the memory
 *
 * Context: may sleep.
 * Return: 0 and the memory's pages do not change until virtcam_shared_unpin(), or
 * -ENOMEM.
 */
int virtcam_shared_pin(struct shared_memory *memory)
{
	struct shared_memory *other;
	int err = 0;

	mutex_lock(&sharing);
	other = memory->frame ? memory_other(memory) : NULL;
	if (!memory->frame)
		err = -ENOMEM;
	else if (other && other->pins)
		err = memory_part(memory, true);
	if (!err)
		memory->pins++;
	mutex_unlock(&sharing);
	return err;
}

/**
 * virtcam_shared_unpin() - undo virtcam_shared_pin()
 * @memory: the memory
 *
 * Context: may sleep.
 */
void virtcam_shared_unpin(struct shared_memory *memory)
{
	mutex_lock(&sharing);
	memory->pins--;
	mutex_unlock(&sharing);
}

/*
 * Gives @memory pages to be written. What is written is seen neither in the other memory
 * nor in pages that the kernel has kept for the program that shared them.
 */
static int memory_own(struct shared_memory *memory, bool copy)
{
	if (memory->frame->was_shared && !memory->pins)
		return memory_renew(memory, copy);
	return memory_part_either(memory, copy);
}

/**
 * virtcam_shared_own() - give a memory pages of its own, to be written
 * @memory: the memory, whose bytes may be lost; not in use
 *
 * Nobody who shared its pages sees what is written.
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int virtcam_shared_own(struct shared_memory *memory)
{
	int err;

	mutex_lock(&sharing);
	err = memory->frame ? memory_own(memory, false) : -ENOMEM;
	mutex_unlock(&sharing);
	return err;
}

/**
 * virtcam_shared_begin() - let the processor use a memory
 * @memory: the memory, which is not moved until virtcam_shared_end()
 *
 * Context: may sleep.
 * Return: its address; or an ERR_PTR.
 */
void *virtcam_shared_begin(struct shared_memory *memory)
{
	void *address = ERR_PTR(-ENOMEM);

	down_read(&memory->lock);
	if (memory->frame) {
		address = memory->frame->address;
		atomic_inc(&memory->uses);
	}
	up_read(&memory->lock);
	return address;
}

/**
 * virtcam_shared_end() - undo virtcam_shared_begin()
 * @memory: the memory
 */
void virtcam_shared_end(struct shared_memory *memory)
{
	if (atomic_dec_and_test(&memory->uses))
		wake_up(&memory->unused);
}

/**
 * virtcam_shared_make_writable() - part a memory that a program writes into
 * @memory: the memory, which programs read
 *
 * Where a device has the memory mapped the others get pages of their own.
 *
 * Context: may sleep; a page fault.
 * Return: true, and the memory may be written; false, and it has other pages now;
 * -ENOMEM.
 */
int virtcam_shared_make_writable(struct shared_memory *memory)
{
	struct shared_frame *frame;
	int err;

	mutex_lock(&sharing);
	frame = memory->frame;
	err = frame ? memory_own(memory, true) : 0;
	if (!err)
		err = frame && memory->frame == frame;
	mutex_unlock(&sharing);
	return err;
}

static void *memory_alloc(struct vb2_buffer *vb, struct device *dev,
			  unsigned long size)
{
	struct shared_memory *memory = kzalloc(sizeof(*memory), GFP_KERNEL);
	struct shared_frame *frame;

	if (!memory)
		return ERR_PTR(-ENOMEM);
	memory->size = PAGE_ALIGN(size);
	frame = frame_create(memory->size);
	if (!frame) {
		kfree(memory);
		return ERR_PTR(-ENOMEM);
	}
	refcount_set(&memory->references, 1);
	init_rwsem(&memory->lock);
	init_waitqueue_head(&memory->unused);
	memory->first_page = (u64)(u32)atomic_inc_return(&next_memory) *
			     PAGES_APART;
	memory->is_read = !vb->vb2_queue->is_output;
	/* read() keeps the address that it finds at the beginning. */
	memory->pins = vb2_fileio_is_active(vb->vb2_queue);
	memory_show(memory, frame);
	return memory;
}

static void memory_free(struct shared_memory *memory)
{
	mutex_lock(&sharing);
	if (memory->frame)
		memory_forsake(memory);
	mutex_unlock(&sharing);
	kfree(memory);
}

/**
 * virtcam_shared_put() - let go of a memory
 * @priv: the memory, freed if nobody else holds it
 *
 * Context: may sleep.
 */
void virtcam_shared_put(void *priv)
{
	struct shared_memory *memory = priv;

	if (refcount_dec_and_test(&memory->references))
		memory_free(memory);
}

static unsigned int memory_num_users(void *priv)
{
	struct shared_memory *memory = priv;

	return refcount_read(&memory->references);
}

static void *memory_vaddr(struct vb2_buffer *vb, void *priv)
{
	struct shared_memory *memory = priv;
	void *address;

	if (vb->memory == VB2_MEMORY_DMABUF)
		return vb2_vmalloc_memops.vaddr(vb, priv);
	down_read(&memory->lock);
	address = memory->frame ? memory->frame->address : NULL;
	up_read(&memory->lock);
	return address;
}

static int memory_mmap(void *priv, struct vm_area_struct *vma)
{
	return virtcam_shared_mmap(priv, vma);
}

/**
 * virtcam_shared_set_mem_ops() - how vb2 handles such memory
 * @ops: is set as a whole; dma-bufs that programs hand over are treated as by
 *	vb2_vmalloc_memops
 */
void virtcam_shared_set_mem_ops(struct vb2_mem_ops *ops)
{
	*ops = vb2_vmalloc_memops;
	ops->alloc = memory_alloc;
	ops->put = virtcam_shared_put;
	ops->get_dmabuf = virtcam_shared_export;
	ops->vaddr = memory_vaddr;
	ops->mmap = memory_mmap;
	ops->num_users = memory_num_users;
}
