// SPDX-License-Identifier: GPL-2.0-only
#include "rate.h"

#include <string.h>

#include "error.h"

/* The kernel takes no larger numerator or denominator. */
#define MAX_TERM 100000

static guint64 greatest_divisor(guint64 a, guint64 b)
{
	return b ? greatest_divisor(b, a % b) : a;
}

/* Digits, with at most one point among them, as a fraction */
static gboolean decimal_parse(const char *text, guint64 *numerator,
			      guint64 *denominator)
{
	gboolean point = FALSE;

	*numerator = 0;
	*denominator = 1;
	if (!g_ascii_isdigit(*text) || strlen(text) > 12)
		return FALSE;
	for (; *text; text++) {
		if (*text == '.' && !point && g_ascii_isdigit(text[1])) {
			point = TRUE;
			continue;
		}
		if (!g_ascii_isdigit(*text))
			return FALSE;
		*numerator = *numerator * 10 + (*text - '0');
		if (point)
			*denominator *= 10;
	}
	return *numerator > 0;
}

/* One rate becomes its interval, or NULL. */
static char *single_to_interval(const char *rate)
{
	g_auto(GStrv) terms = g_strsplit(rate, "/", 3);
	guint64 n, d, dn = 1, dd = 1, divisor;

	if (!*terms || !decimal_parse(terms[0], &n, &d))
		return NULL;
	if (terms[1] && (terms[2] || !decimal_parse(terms[1], &dn, &dd)))
		return NULL;
	/* No product is above a u64: decimal_parse() takes 12 characters. */
	if (n > G_MAXUINT32 || d > G_MAXUINT32 || dn > G_MAXUINT32 ||
	    dd > G_MAXUINT32)
		return NULL;
	n *= dd;
	d *= dn;
	divisor = greatest_divisor(n, d);
	n /= divisor;
	d /= divisor;
	if (n > MAX_TERM || d > MAX_TERM)
		return NULL;
	return g_strdup_printf("%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, d, n);
}

/**
 * rate_to_interval() - what an attribute has in place of a rate
 * @rate: frames a second: 30, 29.97, 30000/1001; or a range of them, 5-60
 * @error: says what is allowed
 *
 * Return: seconds a frame, the caller's to free: 1/30, or 1/60-1/5; or NULL.
 */
char *rate_to_interval(const char *rate, GError **error)
{
	g_auto(GStrv) ends = g_strsplit(rate, "-", 3);
	g_autofree char *first = *ends ? single_to_interval(ends[0]) : NULL;
	g_autofree char *second = NULL;

	if (first && !ends[1])
		return g_steal_pointer(&first);
	if (first && !ends[2])
		second = single_to_interval(ends[1]);
	if (second)
		return g_strdup_printf("%s-%s", second, first);
	g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE,
		    "rate: '%s' is refused; allowed is a number of frames a second, such as 30, 29.97 or 30000/1001, or a range, such as 5-60, of which no term is above %d",
		    rate, MAX_TERM);
	return NULL;
}

/* Frames a second with two digits at most after the point */
char *rate_of_interval(guint32 numerator, guint32 denominator)
{
	char *text, *end;

	if (!numerator)
		return g_strdup("?");
	text = g_strdup_printf("%.2f", (double)denominator / numerator);
	for (end = text + strlen(text) - 1; *end == '0'; end--)
		*end = 0;
	if (*end == '.')
		*end = 0;
	return text;
}
