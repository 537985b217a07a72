// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shared memory (shared.h) as dma-bufs. A device that has one mapped pins the memory;
 * a program that has one mapped does not.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "shared.h"

static int dmabuf_fill_table(struct sg_table *table, const void *address,
			     unsigned long size)
{
	struct scatterlist *sg;
	unsigned int i;
	int err = sg_alloc_table(table, size >> PAGE_SHIFT, GFP_KERNEL);

	if (err)
		return err;
	for_each_sgtable_sg(table, sg, i)
		sg_set_page(sg, vmalloc_to_page(address + i * PAGE_SIZE),
			    PAGE_SIZE, 0);
	return 0;
}

static int dmabuf_map_table(struct shared_memory *memory,
			    struct dma_buf_attachment *attachment,
			    struct sg_table *table,
			    enum dma_data_direction direction)
{
	int err = dmabuf_fill_table(table, memory->frame->address,
				    memory->size);

	if (err)
		return err;
	err = dma_map_sgtable(attachment->dev, table, direction, 0);
	if (err)
		sg_free_table(table);
	return err;
}

static struct sg_table *dmabuf_map(struct dma_buf_attachment *attachment,
				   enum dma_data_direction direction)
{
	struct shared_memory *memory = attachment->dmabuf->priv;
	struct sg_table *table = kzalloc(sizeof(*table), GFP_KERNEL);
	int err;

	if (!table)
		return ERR_PTR(-ENOMEM);
	err = virtcam_shared_pin(memory);
	if (err)
		goto free_table;
	err = dmabuf_map_table(memory, attachment, table, direction);
	if (err)
		goto unpin;
	return table;

unpin:
	virtcam_shared_unpin(memory);
free_table:
	kfree(table);
	return ERR_PTR(err);
}

static void dmabuf_unmap(struct dma_buf_attachment *attachment,
			 struct sg_table *table,
			 enum dma_data_direction direction)
{
	dma_unmap_sgtable(attachment->dev, table, direction, 0);
	sg_free_table(table);
	kfree(table);
	virtcam_shared_unpin(attachment->dmabuf->priv);
}

static int dmabuf_vmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct shared_memory *memory = dmabuf->priv;
	int err = virtcam_shared_pin(memory);

	if (err)
		return err;
	iosys_map_set_vaddr(map, memory->frame->address);
	return 0;
}

static void dmabuf_vunmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	virtcam_shared_unpin(dmabuf->priv);
}

static int dmabuf_mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	return virtcam_shared_mmap(dmabuf->priv, vma);
}

static void dmabuf_release(struct dma_buf *dmabuf)
{
	virtcam_shared_put(dmabuf->priv);
}

static const struct dma_buf_ops dmabuf_ops = {
	.map_dma_buf = dmabuf_map,
	.unmap_dma_buf = dmabuf_unmap,
	.vmap = dmabuf_vmap,
	.vunmap = dmabuf_vunmap,
	.mmap = dmabuf_mmap,
	.release = dmabuf_release,
};

/**
 * virtcam_shared_export() - make a dma-buf of a memory
 * @vb: the buffer
 * @priv: its memory
 * @flags: O_ACCMODE flags
 *
 * Context: may sleep.
 * Return: the dma-buf, which holds the memory; or NULL.
 */
struct dma_buf *virtcam_shared_export(struct vb2_buffer *vb, void *priv,
				      unsigned long flags)
{
	struct shared_memory *memory = priv;
	struct dma_buf *dmabuf;
	DEFINE_DMA_BUF_EXPORT_INFO(info);

	info.ops = &dmabuf_ops;
	info.size = memory->size;
	info.flags = flags;
	info.priv = memory;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf))
		return NULL;
	refcount_inc(&memory->references);
	return dmabuf;
}
