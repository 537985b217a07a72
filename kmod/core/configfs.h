/* SPDX-License-Identifier: GPL-2.0-only */
/* Directories that make cameras. */
#ifndef CORE_CONFIGFS_H
#define CORE_CONFIGFS_H

struct configfs_attribute;
struct configfs_item_operations;
struct virtcam_kind;

int virtcam_configfs_register(void);
void virtcam_configfs_unregister(void);

/* What the directories of every kind have, ended by NULL */
extern struct configfs_attribute *const virtcam_dir_attributes[];
extern struct configfs_item_operations virtcam_dir_item_ops;

/* kind.c */
struct virtcam_kind *virtcam_kind_get(const char **name);

#endif
