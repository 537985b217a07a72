/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ways in which a storm takes its cameras away. */
#ifndef STORM_WAYS_H
#define STORM_WAYS_H

#include "camera.h"
#include "storm-board.h"

/**
 * StormPrey:
 * @fed: it is to be a feed
 * @camera: what is to be taken away; its nodes are set
 * @remover: a thread that wants to remove the module, or NULL
 * @refused: how often removing the module was refused
 * @removed: how often removing it was what took a camera away
 */
typedef struct {
  gboolean fed;
  TestCamera *camera;
  GThread *remover;
  guint refused;
  guint removed;
} StormPrey;

guint storm_way_count (void);

/**
 * storm_way_make:
 * @other: of two forms of the camera, the other one
 *
 * Makes a camera, or the feed that @prey wants, that can be taken away so.
 */
void storm_way_make (guint way, StormPrey *prey, gboolean other);

/**
 * storm_way_attack:
 *
 * Tries to remove the module while the camera is used. That must be refused,
 * with nothing changed; but a camera that the module itself made and that
 * nobody has open at the moment may go.
 *
 * Returns: whether the camera has gone
 */
gboolean storm_way_attack (guint way, StormPrey *prey, StormBoard *board);

/** Takes the camera away, whoever uses it. */
void storm_way_take (guint way, StormPrey *prey);

/** When nobody has it open any more: makes all as it was before. */
void storm_way_finish (guint way, StormPrey *prey);

#endif
