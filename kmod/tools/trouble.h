/* SPDX-License-Identifier: GPL-2.0-only */
/* Why cameras cannot be made, and what to do about it, from what the system says. */
#ifndef TOOLS_TROUBLE_H
#define TOOLS_TROUBLE_H

#include <glib.h>

/**
 * struct facts - what the system says
 * @kernel: the running kernel's release
 * @loaded: the module is
 * @installed: there is a module for this kernel
 * @signer: who has signed it, or NULL
 * @signed_only: the kernel loads none but those that are signed by a key it knows
 * @secure_boot: the machine's firmware is in that mode
 * @dkms_key: DKMS has a key of its own, which it signs with
 * @configfs: it is mounted where it belongs
 * @directories: a module of ours makes cameras there
 */
struct facts {
	char *kernel;
	gboolean loaded;
	gboolean installed;
	char *signer;
	gboolean signed_only;
	gboolean secure_boot;
	gboolean dkms_key;
	gboolean configfs;
	gboolean directories;
};

char *trouble_explain(const struct facts *facts);

#endif
