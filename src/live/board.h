/*
 * A listener of a board: it is told which runs of a project have moved, and reads these from the API. What it knows of each run is
 * the number of its newest event; a comparison of all of them cannot miss one, and one that comes back begins with none.
 */
#ifndef STEPMILL_LIVE_BOARD_H
#define STEPMILL_LIVE_BOARD_H

#include "live/live.h"

struct board;

struct board *board_new(void);
void board_free(struct board *board);
bool board_due(const struct board *board, int64_t now);

/* Adds the statement that compares; and puts what it found into `text`, known from then on. */
void board_ask(struct listener *listener, struct db_batch *batch, struct arena *arena);
void board_take(struct listener *listener, const struct db_batch *batch, int statement, struct buf *text);

#endif
