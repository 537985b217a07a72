/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory whose pages are missing until the test gives them, by userfaultfd:
 * whoever touches it, the kernel on behalf of a system call as well, waits.
 */
#ifndef TEST_MISSING_PAGE_H
#define TEST_MISSING_PAGE_H

#include <glib.h>

/**
 * MissingPage:
 * @data: the memory
 * @size: in bytes, whole pages
 */
typedef struct {
  guint8 *data;
  gsize size;
  int fd; /* the userfaultfd */
} MissingPage;

/**
 * missing_page_new:
 *
 * Returns: (transfer full) (nullable): at least so many bytes; NULL where this
 *   kernel gives no userfaultfd, with the reason in errno
 */
MissingPage *missing_page_new (gsize size);

/** Waits until somebody waits for a page. */
void missing_page_await_fault (MissingPage *page);

/** Gives the first @size bytes. */
void missing_page_resolve_first (MissingPage *page, gsize size);

/** Gives all pages: who waits goes on. */
void missing_page_resolve (MissingPage *page);

/** Unmaps the memory. */
void missing_page_free (MissingPage *page);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MissingPage, missing_page_free)

#endif
