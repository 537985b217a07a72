// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <virtcam/setting.h>
#include <virtcam/text.h>

/* The next word of *@text, or NULL; the text is cut up. */
static char *setting_next_word(char **text)
{
	char *word;

	do {
		word = strsep(text, " \t");
	} while (word && !*word);
	return word;
}

static int list_add(const struct virtcam_list *list, u8 *elements,
		    unsigned int num, const char *word)
{
	u8 *element = elements + num * list->size;
	unsigned int i;
	int err;

	if (num == list->max)
		return -EINVAL;
	err = list->parse(word, element);
	if (err)
		return err;
	for (i = 0; i < num; i++)
		if (list->same(elements + i * list->size, element))
			return -EINVAL;
	return 0;
}

/**
 * virtcam_list_parse() - take the words of a text as a list
 * @list: the type of the list
 * @elements: @list->max elements; set only if every word is right
 * @num: how many there are; likewise
 * @text: one word or more with spaces or tabs between them; cut up
 *
 * Return: 0, or -EINVAL for a wrong word, no word, too many, or one twice.
 */
int virtcam_list_parse(const struct virtcam_list *list, void *elements,
		       unsigned int *num, char *text)
{
	u64 found[VIRTCAM_LIST_BYTES / sizeof(u64)];
	unsigned int count = 0;
	const char *word;
	int err;

	while ((word = setting_next_word(&text))) {
		err = list_add(list, (u8 *)found, count, word);
		if (err)
			return err;
		count++;
	}
	if (!count)
		return -EINVAL;
	memcpy(elements, found, count * list->size);
	*num = count;
	return 0;
}

/**
 * virtcam_list_print() - write a list as words
 * @list: the type of the list
 * @elements: its elements
 * @num: how many
 * @text: where to
 * @size: bytes of @text, enough for all
 *
 * Return: the length of the text.
 */
int virtcam_list_print(const struct virtcam_list *list, const void *elements,
		       unsigned int num, char *text, size_t size)
{
	const u8 *element = elements;
	int used = 0;

	for (; num--; element += list->size) {
		if (used)
			used += snprintf(text + used, size - used, " ");
		used += list->print(element, text + used, size - used);
	}
	return used;
}

/* A whole number from 1 to @max, as its digits and nothing else */
static int setting_parse_number(const char **at, u32 max, u32 *number)
{
	const char *p = *at;
	u32 n = 0;

	for (; *p >= '0' && *p <= '9' && n <= max; p++)
		n = n * 10 + (*p - '0');
	if (p == *at || !n || n > max)
		return -EINVAL;
	*number = n;
	*at = p;
	return 0;
}

/**
 * virtcam_setting_parse_number() - take a word as a number
 * @word: digits
 * @max: the largest number allowed, at most 400 million; the smallest is 1
 * @number: the number
 *
 * Return: 0, or -EINVAL and @number is as it was.
 */
int virtcam_setting_parse_number(const char *word, u32 max, u32 *number)
{
	u32 found;

	if (setting_parse_number(&word, max, &found) || *word)
		return -EINVAL;
	*number = found;
	return 0;
}

/**
 * virtcam_setting_parse_pair() - take a word as two numbers
 * @word: digits, @mark, digits
 * @mark: what stands between the numbers
 * @max: the largest number allowed, at most 400 million; the smallest is 1
 * @a: the first number
 * @b: the second number
 *
 * Return: 0 or -EINVAL.
 */
int virtcam_setting_parse_pair(const char *word, char mark, u32 max, u32 *a,
			       u32 *b)
{
	if (setting_parse_number(&word, max, a) || *word++ != mark ||
	    setting_parse_number(&word, max, b) || *word)
		return -EINVAL;
	return 0;
}

/**
 * virtcam_setting_parse_name() - look a text up among names
 * @names: the names
 * @num: how many
 * @text: the text
 *
 * Return: the index of @text among @names, or -EINVAL.
 */
int virtcam_setting_parse_name(const char * const *names, unsigned int num,
			       const char *text)
{
	unsigned int i;

	for (i = 0; i < num; i++)
		if (!strcmp(text, names[i]))
			return i;
	return -EINVAL;
}

/**
 * virtcam_setting_parse_card() - take a text as a camera's name for people
 * @card: where it goes, filled with NULs
 * @size: bytes of @card
 * @text: 1 to @size - 1 bytes of UTF-8 without control characters
 *
 * Return: 0, or -EINVAL and @card is as it was.
 */
int virtcam_setting_parse_card(char *card, size_t size, const char *text)
{
	size_t length = strlen(text);
	size_t i, bytes;
	u32 c;

	if (!length || length >= size)
		return -EINVAL;
	for (i = 0; i < length; i += bytes) {
		bytes = virtcam_text_next(text + i, length - i, &c);
		if (!bytes)
			return -EINVAL;
	}
	memset(card, 0, size);
	memcpy(card, text, length);
	return 0;
}
