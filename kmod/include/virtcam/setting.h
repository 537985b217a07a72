/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Settings as text, which is how configfs has them.
 *
 * This file includes no device header, and is tested on the host.
 */
#ifndef VIRTCAM_SETTING_H
#define VIRTCAM_SETTING_H

#include <linux/types.h>

/* Bytes that hold any setting as text, with its NUL */
#define VIRTCAM_TEXT_SIZE 512

/**
 * struct virtcam_setting - one setting of something, as text
 * @name: what users call it
 * @allow: writes what a value may be, for an error message
 * @parse: takes @text, which it may change, into @object; -EINVAL and @object as
 *	it was if @text is not allowed
 * @print: writes the value without a newline
 *
 * @allow and @print write at most @size bytes with a NUL, and return the length
 * without it.
 */
struct virtcam_setting {
	const char *name;
	int (*allow)(char *text, size_t size);
	int (*parse)(void *object, char *text);
	int (*print)(const void *object, char *text, size_t size);
};

/**
 * struct virtcam_file - a setting that is a file's bytes
 * @data: the bytes, of kvmalloc(); NULL: there is no file
 * @size: how many there are
 */
struct virtcam_file {
	u8 *data;
	size_t size;
};

/**
 * struct virtcam_file_setting - one setting of something, as a file
 * @name: what users call it
 * @allowed: what a file may be, for an error message
 * @is_allowed: whether a file of at least one byte is that
 * @offset: where in the settings its struct virtcam_file is
 */
struct virtcam_file_setting {
	const char *name;
	const char *allowed;
	bool (*is_allowed)(const u8 *data, size_t size);
	size_t offset;
};

/* Bytes that the elements of any list take */
#define VIRTCAM_LIST_BYTES 256

/**
 * struct virtcam_list - what all lists of one type have in common
 * @max: how many elements there may be; @max times @size is VIRTCAM_LIST_BYTES at
 *	most
 * @size: bytes of an element
 * @parse: one word becomes an element, or -EINVAL
 * @same: whether two elements are the same, which a list may not have
 * @print: writes an element, returns its length
 */
struct virtcam_list {
	unsigned int max;
	size_t size;
	int (*parse)(const char *word, void *element);
	bool (*same)(const void *a, const void *b);
	int (*print)(const void *element, char *text, size_t size);
};

int virtcam_list_parse(const struct virtcam_list *list, void *elements,
		       unsigned int *num, char *text);
int virtcam_list_print(const struct virtcam_list *list, const void *elements,
		       unsigned int num, char *text, size_t size);

int virtcam_setting_parse_number(const char *word, u32 max, u32 *number);
int virtcam_setting_parse_pair(const char *word, char mark, u32 max, u32 *a,
			       u32 *b);
int virtcam_setting_parse_name(const char * const *names, unsigned int num,
			       const char *text);
int virtcam_setting_parse_card(char *card, size_t size, const char *text);

#endif
