/* SPDX-License-Identifier: GPL-2.0-only */
/* Errors: a sentence each, that says what was wrong and what to do. */
#ifndef TOOLS_ERROR_H
#define TOOLS_ERROR_H

#include <glib.h>

#define CTL_ERROR g_quark_from_static_string("virtcamctl")

/**
 * enum ctl_error - what main() makes of an error
 * @CTL_ERROR_FAILED: it could not be done
 * @CTL_ERROR_USAGE: it was not said right
 */
enum ctl_error {
	CTL_ERROR_FAILED,
	CTL_ERROR_USAGE,
};

#define ctl_fail(error, ...) \
	g_set_error(error, CTL_ERROR, CTL_ERROR_FAILED, __VA_ARGS__)

#endif
