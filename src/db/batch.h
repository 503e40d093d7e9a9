/* A batch from its making to its results; inside of src/db only. */
#ifndef STEPMILL_DB_BATCH_H
#define STEPMILL_DB_BATCH_H

#include "db/db.h"

#include <libpq-fe.h>

enum batch_state {
	BATCH_BUILDING, /* statements are added; nothing is sent */
	BATCH_OPENING,	/* waits for the connection; nothing is sent */
	BATCH_SENT,	/* owns the connection until the result of its Sync has come */
	BATCH_DONE,	/* committed; results are there */
	BATCH_FAILED,	/* may be started again */
};

struct batch_statement {
	enum db_statement statement;
	int first; /* its parameters in values, lengths, formats */
	int params;
	PGresult *result; /* belongs to the arena */
};

/* What was sent, in order: each answers with one result. */
struct batch_item {
	enum { ITEM_PAUSE, ITEM_PREPARE, ITEM_EXECUTE } kind;
	enum db_statement statement;
	int index; /* of the batch's statement, when it is one */
};

struct db_batch {
	struct db *db; /* NULL: freed before the batch */
	struct arena *arena;
	enum batch_state state;
	bool retry_lost;
	bool has_then;
	enum db_statement then; /* follows in a transaction of its own */

	struct batch_statement *statements;
	int count, room;
	const char **values; /* NULL: null */
	int *lengths;
	int *formats; /* 0 text, 1 binary */
	int params, params_room;
	struct err *wrong; /* a parameter that cannot be sent */

	/* of the current attempt */
	struct batch_item *items;
	int item_count;
	int answered; /* items whose result has come */
	bool then_sent;
	bool sync_sent;		/* from here on the server may commit */
	bool after_send_passed; /* the fault point, once an attempt */
	bool rolled_back;	/* the server has said so: the outcome is known whatever happens to the connection */
	enum { VERDICT_OK, VERDICT_REPORT, VERDICT_REPEAT, VERDICT_REPREPARE, VERDICT_LOST } verdict;
	struct err *failure; /* of the first result that was an error; NULL: none was */

	/* over all attempts since db_start */
	int repeats;
	bool reprepared;
	bool outcome_unknown;
	bool was_lost; /* failed because there was no connection, or it broke */
};

void batch_orphan(struct db_batch *batch); /* its db goes away while it runs */

#endif
