// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs' mappings of shared memory (shared.h): where they are, how pages come into
 * them, and how they are taken out again.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "shared.h"

/**
 * virtcam_shared_unmap() - take a memory's pages out of all page tables
 * @memory: the memory, whose lock is held for writing
 */
void virtcam_shared_unmap(struct shared_memory *memory)
{
	loff_t start = (loff_t)memory->first_page << PAGE_SHIFT;
	const struct shared_place *place = memory->places;

	for (; place < memory->places + SHARED_MAX_INODES; place++)
		if (place->mappings)
			unmap_mapping_range(place->inode->i_mapping, start,
					    memory->size, 0);
}

static struct inode *memory_vma_inode(const struct vm_area_struct *vma)
{
	return vma->vm_file->f_mapping->host;
}

/* The place of @inode, or else one that is free, or NULL */
static struct shared_place *memory_find_place(struct shared_memory *memory,
					      const struct inode *inode)
{
	struct shared_place *place = memory->places, *found = NULL;

	for (; place < memory->places + SHARED_MAX_INODES; place++) {
		if (place->mappings && place->inode == inode)
			return place;
		if (!place->mappings)
			found = place;
	}
	return found;
}

/* false: a mapping is where nobody would find it */
static bool memory_add_mapping(struct shared_memory *memory,
			       struct inode *inode)
{
	struct shared_place *place;

	down_write(&memory->lock);
	place = memory_find_place(memory, inode);
	if (place) {
		place->inode = inode;
		place->mappings++;
	}
	up_write(&memory->lock);
	return place;
}

static void memory_remove_mapping(struct shared_memory *memory,
				  const struct inode *inode)
{
	struct shared_place *place;

	down_write(&memory->lock);
	place = memory_find_place(memory, inode);
	if (place && place->mappings)
		place->mappings--;
	up_write(&memory->lock);
}

/* The mapping that this one is made of has its place, or the memory is pinned. */
static void memory_vma_open(struct vm_area_struct *vma)
{
	struct shared_memory *memory = vma->vm_private_data;

	memory_add_mapping(memory, memory_vma_inode(vma));
	refcount_inc(&memory->references);
}

static void memory_vma_close(struct vm_area_struct *vma)
{
	memory_remove_mapping(vma->vm_private_data, memory_vma_inode(vma));
	virtcam_shared_put(vma->vm_private_data);
}

/* How many pages are mapped where one is touched */
#define PAGES_AROUND 32

static vm_fault_t memory_insert_pages(struct vm_area_struct *vma,
				      unsigned long address,
				      const void *data, unsigned long num)
{
	struct page *pages[PAGES_AROUND];
	unsigned long i;
	int err;

	for (i = 0; i < num; i++)
		pages[i] = vmalloc_to_page(data + (i << PAGE_SHIFT));
	err = vm_insert_pages(vma, address, pages, &num);
	/* -EBUSY: another thread has been here, or a page around is there already. */
	if (!err || err == -EBUSY)
		return VM_FAULT_NOPAGE;
	return err == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
}

/* Numbers of pages, which nobody can hold who looks the program's memory up */
static vm_fault_t memory_insert_numbers(struct vm_area_struct *vma,
					unsigned long address,
					const void *data, unsigned long num)
{
	vm_fault_t result = vmf_insert_pfn(vma, address, vmalloc_to_pfn(data));

	/* Those around it come when they are touched, where they do not come now. */
	while (result == VM_FAULT_NOPAGE && --num) {
		address += PAGE_SIZE;
		data += PAGE_SIZE;
		if (vmf_insert_pfn(vma, address, vmalloc_to_pfn(data)) !=
		    VM_FAULT_NOPAGE)
			break;
	}
	return result;
}

/* Under memory->lock, so that no page is mapped that memory_move() has left. */
static vm_fault_t memory_insert(struct shared_memory *memory,
				struct vm_fault *vmf)
{
	unsigned long offset = (vmf->pgoff - memory->first_page) << PAGE_SHIFT;
	unsigned long left = min(memory->size - offset,
				 vmf->vma->vm_end - vmf->address);
	unsigned long num = min_t(unsigned long, left >> PAGE_SHIFT,
				  PAGES_AROUND);
	const void *data = memory->frame->address + offset;

	return memory->is_read ?
		       memory_insert_numbers(vmf->vma, vmf->address, data, num) :
		       memory_insert_pages(vmf->vma, vmf->address, data, num);
}

static vm_fault_t memory_fault(struct vm_fault *vmf)
{
	struct shared_memory *memory = vmf->vma->vm_private_data;
	vm_fault_t result = VM_FAULT_SIGBUS;

	down_read(&memory->lock);
	if (memory->frame)
		result = memory_insert(memory, vmf);
	up_read(&memory->lock);
	return result;
}

/*
 * A program writes where others write or read, too: it gets pages of its own. Once
 * it is parted its page has left the page table, and the program touches it anew.
 */
static vm_fault_t memory_mkwrite(struct vm_fault *vmf)
{
	int writable = virtcam_shared_make_writable(vmf->vma->vm_private_data);

	if (writable < 0)
		return VM_FAULT_OOM;
	/* 0: the kernel looks whether the page is there still, and makes it writable. */
	return writable ? 0 : VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct memory_read_ops = {
	.open = memory_vma_open,
	.close = memory_vma_close,
	.fault = memory_fault,
	.pfn_mkwrite = memory_mkwrite,
};

static const struct vm_operations_struct memory_write_ops = {
	.open = memory_vma_open,
	.close = memory_vma_close,
	.fault = memory_fault,
};

/**
 * virtcam_shared_mmap() - map a memory
 * @memory: the memory
 * @vma: where; its offset is that in the memory
 *
 * The kernel keeps no pages of what a program reads for it (VM_PFNMAP): such pages
 * would go on to show what comes later, wherever the memory is moved. What it writes
 * it may have kept: see shared_frame.was_shared.
 *
 * Context: the mmap() of a file.
 * Return: 0 or a negative errno.
 */
int virtcam_shared_mmap(struct shared_memory *memory,
			struct vm_area_struct *vma)
{
	/*
	 * A private mapping of a dma-buf would be pages. (The kernel's own word
	 * for this changed in 7.3.)
	 */
	if (memory->is_read &&
	    (vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE)
		return -EINVAL;
	if (!memory_add_mapping(memory, memory_vma_inode(vma))) {
		int err = virtcam_shared_pin(memory);

		if (err)
			return err;
	}
	virtcam_compat_vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP |
					 (memory->is_read ? VM_PFNMAP | VM_IO :
							    VM_MIXEDMAP));
	vma->vm_pgoff += memory->first_page;
	vma->vm_private_data = memory;
	vma->vm_ops = memory->is_read ? &memory_read_ops : &memory_write_ops;
	refcount_inc(&memory->references);
	return 0;
}
