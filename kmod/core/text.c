// SPDX-License-Identifier: GPL-2.0-only
#include <linux/export.h>
#include <linux/kernel.h>

#include <virtcam/text.h>

/* A following byte of a character: 6 bits, and this above them */
#define MORE 0x80
#define MORE_MASK 0xc0

/*
 * How the first byte of a character of 1, 2, 3 and 4 bytes begins, and the least that
 * so many bytes may say: what is less has fewer, or is a control character.
 */
static const struct {
	u8 mask;
	u8 lead;
	u32 least;
} lengths[] = {
	{ 0x80, 0x00, ' ' },
	{ 0xe0, 0xc0, 0xa0 },
	{ 0xf0, 0xe0, 0x800 },
	{ 0xf8, 0xf0, 0x10000 },
};

static unsigned int text_length(u8 first)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++)
		if ((first & lengths[i].mask) == lengths[i].lead)
			return i + 1;
	return 0;
}

/* Neither what no character has (surrogates, beyond the last one) nor DEL */
static bool text_is_shown(u32 c, unsigned int length)
{
	return c >= lengths[length - 1].least && c != 0x7f && c <= 0x10ffff &&
	       (c < 0xd800 || c > 0xdfff);
}

/**
 * virtcam_text_next() - read a character of UTF-8
 * @text: its first byte
 * @size: bytes of @text; a NUL may come before
 * @character: gets its number in Unicode
 *
 * Return: how many bytes it has; 0 at the end of the text, and where it is a control
 * character or no UTF-8.
 */
unsigned int virtcam_text_next(const void *text, size_t size, u32 *character)
{
	const u8 *bytes = text;
	unsigned int length = size ? text_length(bytes[0]) : 0;
	unsigned int i;
	u32 c;

	if (!length || length > size)
		return 0;
	c = bytes[0] & (u8)~lengths[length - 1].mask;
	for (i = 1; i < length; i++) {
		if ((bytes[i] & MORE_MASK) != MORE)
			return 0;
		c = c << 6 | (bytes[i] & ~MORE_MASK);
	}
	if (!text_is_shown(c, length))
		return 0;
	*character = c;
	return length;
}
EXPORT_SYMBOL_GPL(virtcam_text_next);
