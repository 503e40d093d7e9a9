/* Listeners of a board; see board.h. */
#include "live/board.h"

#include "base/time.h"
#include "live/frame.h"

#include <stdlib.h>

#define BOARD_RUNS 200 /* as many as the API shows */
#define LOOK_US ((int64_t)1000000)

struct known {
	struct id run;
	int64_t seq;
};

struct board {
	struct known known[2 * BOARD_RUNS]; /* some leave while others come */
	int count;
	int64_t looked_us;
};

struct board *
board_new(void)
{
	struct board *board = calloc(1, sizeof *board);
	if (!board)
		out_of_memory();
	return board;
}

void
board_free(struct board *board)
{
	free(board);
}

bool
board_due(const struct board *board, int64_t now)
{
	return now - board->looked_us >= LOOK_US;
}

void
board_ask(struct listener *l, struct db_batch *batch, struct arena *arena)
{
	struct db_array *runs = db_array_ids(arena), *seqs = db_array_ints(arena);
	for (int i = 0; i < l->board->count; i++) {
		db_array_id(runs, l->board->known[i].run);
		db_array_int(seqs, l->board->known[i].seq);
	}
	l->board->looked_us = boot_us();
	db_add(batch, DB_LIVE_BOARD);
	db_id(batch, l->workspace);
	db_id(batch, l->run);
	db_add_array(batch, runs);
	db_add_array(batch, seqs);
	db_int(batch, BOARD_RUNS);
}

static void
forget(struct board *board, struct id run)
{
	for (int i = 0; i < board->count; i++)
		if (id_eq(board->known[i].run, run)) {
			board->known[i] = board->known[--board->count];
			return;
		}
}

void
board_take(struct listener *l, const struct db_batch *batch, int statement, struct buf *text)
{
	struct board *board = l->board;
	struct id run;
	int64_t seq;
	for (int row = 0; row < db_rows(batch, statement); row++) {
		if (!db_value_id(batch, statement, row, 0, &run) || !db_value_int(batch, statement, row, 1, &seq))
			continue;
		forget(board, run);
		if (seq > 0 && board->count < 2 * BOARD_RUNS)
			board->known[board->count++] = (struct known){run, seq};
		frame_moved(text, run, seq);
	}
}
