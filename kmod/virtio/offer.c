// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>

#include "offer.h"

struct offer_piece {
	struct list_head list;
	u8 data[] __aligned(8);
};

/**
 * vmcam_offer_alloc() - memory that goes with all that belongs to it
 * @memory: what belongs together
 * @size: bytes
 *
 * Return: memory of zeros until vmcam_offer_free(), or NULL.
 */
void *vmcam_offer_alloc(struct list_head *memory, size_t size)
{
	struct offer_piece *piece =
		kzalloc(struct_size(piece, data, size), GFP_KERNEL);

	if (!piece)
		return NULL;
	list_add(&piece->list, memory);
	return piece->data;
}

/**
 * vmcam_offer_free() - free memory
 * @memory: of these vmcam_offer_alloc() calls
 */
void vmcam_offer_free(struct list_head *memory)
{
	struct offer_piece *piece, *next;

	list_for_each_entry_safe(piece, next, memory, list) kfree(piece);
	INIT_LIST_HEAD(memory);
}
