/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Deeds by write(), which all nodes refuse but those that take frames. */
#ifndef HOSTILE_WRITE_H
#define HOSTILE_WRITE_H

#include "hostile-caller.h"

/** Any number of bytes, at once or in pieces */
void hostile_write_oddly (Caller *caller);

/** What is not there, or not all of it */
void hostile_write_from_bad_places (Caller *caller);

/** What is taken away, or may not be read any more, while it is written */
void hostile_write_from_what_vanishes (Caller *caller);

#endif
