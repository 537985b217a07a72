/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of buffers that can become the memory of other buffers, while programs
 * have both mapped.
 *
 * A *memory* is what a buffer has, a mapping maps and a dma-buf exports. It shows a
 * *frame*, the pages. Programs' page tables are filled page by page as programs
 * touch them, so a memory can be made to show another frame: its pages are taken
 * out of the page tables, and the next touch finds the other frame.
 *
 * What no page table stands between cannot be moved: a device or a kernel module
 * that has mapped a dma-buf. That pins the memory. Of memories that show the same
 * frame one at most is pinned, so the other can always be moved.
 */
#ifndef CORE_SHARED_H
#define CORE_SHARED_H

#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/wait.h>
#include <media/videobuf2-core.h>

/* How many inodes can have mappings of a memory before it stays where it is */
#define SHARED_MAX_INODES 4

/**
 * struct shared_place - where a memory is mapped
 * @inode: whose address space has the mappings, each of which holds it
 * @mappings: how many there are; 0: this is no place
 */
struct shared_place {
	struct inode *inode;
	unsigned int mappings;
};

/**
 * struct shared_frame - the pages that one or two memories show
 * @address: where they lie, for the kernel
 * @memories: who shows them
 * @was_shared: two have shown them. Whoever left them may have let the kernel keep
 *	pages for it, in a pipe for example, and sees what is written there still.
 */
struct shared_frame {
	void *address;
	struct list_head memories;
	bool was_shared;
};

/**
 * struct shared_memory - the memory of a buffer
 * @references: the buffer's, each mapping's and the dma-buf's
 * @size: bytes, a whole number of pages
 * @first_page: where its mappings begin in the address spaces of @places
 * @is_read: programs read it; the first write of one parts it from others
 * @lock: guards @frame and @places; no memory of a program is touched under it
 * @frame: what it shows
 * @uses: who of the kernel uses @frame; it does not change meanwhile
 * @unused: woken when @uses becomes 0
 * @list: in @frame->memories
 * @pins: what keeps it from being moved
 * @places: where it is mapped. There are other places only of a memory that is pinned.
 */
struct shared_memory {
	refcount_t references;
	unsigned long size;
	unsigned long first_page;
	bool is_read;
	struct rw_semaphore lock; /* guards frame, places */
	struct shared_frame *frame;
	atomic_t uses;
	wait_queue_head_t unused;
	struct list_head list;
	unsigned int pins;
	struct shared_place places[SHARED_MAX_INODES];
};

void *virtcam_shared_begin(struct shared_memory *memory);
void virtcam_shared_end(struct shared_memory *memory);
void virtcam_shared_set_mem_ops(struct vb2_mem_ops *ops);
bool virtcam_shared_is_same(const struct shared_memory *a,
			    const struct shared_memory *b);
int virtcam_shared_join(struct shared_memory *to, struct shared_memory *from);
int virtcam_shared_own(struct shared_memory *memory);
void virtcam_shared_part(struct shared_memory *memory);
void virtcam_shared_leave(struct shared_memory *memory);

int virtcam_shared_pin(struct shared_memory *memory);
void virtcam_shared_unpin(struct shared_memory *memory);
int virtcam_shared_make_writable(struct shared_memory *memory);
void virtcam_shared_put(void *memory);

/* shared-map.c */
int virtcam_shared_mmap(struct shared_memory *memory,
			struct vm_area_struct *vma);
void virtcam_shared_unmap(struct shared_memory *memory);

/* shared-dmabuf.c */
struct dma_buf *virtcam_shared_export(struct vb2_buffer *vb, void *priv,
				      unsigned long flags);

#endif
