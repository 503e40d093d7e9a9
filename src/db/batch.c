/*
 * Building a batch: statements and their parameters in three parallel arrays, as libpq wants them. Numbers and truth
 * values go as text, so that a parameter may be of any type; ids, bytes and arrays go binary. What is wrong with a
 * parameter is remembered and told when the batch is started: no caller has to look at each one.
 */
#include "db/batch.h"

#include "db/array.h"
#include "db/connection.h"

#include <inttypes.h>
#include <limits.h>

static void *
grown(struct arena *arena, const void *old, int count, int room, size_t size)
{
	void *p = arena_array(arena, (size_t)room, size);
	if (count > 0)
		memcpy(p, old, (size_t)count * size);
	return p;
}

/* The arena ends: a batch that still runs takes its connection with it, because its answers have nowhere to go. */
static void
abandon(void *object)
{
	struct db_batch *batch = object;
	/* Only then it is certain that the db still exists: db_free makes a running batch a failed one. */
	if (batch->state != BATCH_OPENING && batch->state != BATCH_SENT)
		return;
	connection_drop(batch->db);
	batch->db->running = NULL;
}

void
batch_orphan(struct db_batch *batch)
{
	batch->db = NULL;
	batch->state = BATCH_FAILED;
}

struct db_batch *
db_batch_new(struct db *db, struct arena *arena)
{
	struct db_batch *batch = arena_new_of(arena, struct db_batch);
	batch->db = db;
	batch->arena = arena;
	arena_defer(arena, abandon, batch);
	return batch;
}

static void
wrong(struct db_batch *batch, enum err_code code, const char *message, const char *detail)
{
	if (batch->wrong)
		return;
	batch->wrong = arena_new_of(batch->arena, struct err);
	err_set(batch->wrong, code, "%s", message);
	const char *name =
		batch->count > 0 ? db_statement_table[batch->statements[batch->count - 1].statement].name : "batch";
	err_detail(batch->wrong, "%s: %s", name, detail);
}

int
db_add(struct db_batch *batch, enum db_statement statement)
{
	if (batch->count == batch->room) {
		batch->room = batch->room > 0 ? batch->room * 2 : 8;
		batch->statements =
			grown(batch->arena, batch->statements, batch->count, batch->room, sizeof *batch->statements);
	}
	batch->statements[batch->count] = (struct batch_statement){.statement = statement, .first = batch->params};
	return batch->count++;
}

static void
add_param(struct db_batch *batch, const char *value, size_t length, int format)
{
	if (batch->count == 0 || length > INT_MAX) {
		wrong(batch, ERR_LIMIT, "A value is too large to be stored.",
			"a parameter of over 2 GB, or without statement");
		return;
	}
	if (batch->params == batch->params_room) {
		int room = batch->params_room > 0 ? batch->params_room * 2 : 16;
		batch->values = grown(batch->arena, batch->values, batch->params, room, sizeof *batch->values);
		batch->lengths = grown(batch->arena, batch->lengths, batch->params, room, sizeof *batch->lengths);
		batch->formats = grown(batch->arena, batch->formats, batch->params, room, sizeof *batch->formats);
		batch->params_room = room;
	}
	batch->values[batch->params] = value;
	batch->lengths[batch->params] = (int)length;
	batch->formats[batch->params] = format;
	batch->params++;
	batch->statements[batch->count - 1].params++;
}

void
db_null(struct db_batch *batch)
{
	add_param(batch, NULL, 0, 0);
}

void
db_text(struct db_batch *batch, const char *z)
{
	add_param(batch, z, 0, 0);
}

void
db_str(struct db_batch *batch, struct str s)
{
	if (s.p && memchr(s.p, '\0', s.n))
		wrong(batch, ERR_INVALID, "A text contains the character U+0000, which cannot be stored. Remove it.",
			"NUL in a parameter");
	add_param(batch, s.p ? arena_strz(batch->arena, s) : NULL, 0, 0);
}

void
db_bytes(struct db_batch *batch, const void *bytes, size_t n)
{
	add_param(batch, bytes, n, 1);
}

void
db_int(struct db_batch *batch, int64_t value)
{
	add_param(batch, arena_printf(batch->arena, "%" PRId64, value), 0, 0);
}

void
db_double(struct db_batch *batch, double value)
{
	add_param(batch, arena_printf(batch->arena, "%.17g", value), 0, 0);
}

void
db_bool(struct db_batch *batch, bool value)
{
	add_param(batch, value ? "t" : "f", 0, 0);
}

void
db_id(struct db_batch *batch, struct id id)
{
	struct id *copy = arena_new_of(batch->arena, struct id);
	*copy = id;
	add_param(batch, (const char *)copy->b, sizeof copy->b, 1);
}

void
db_maybe_id(struct db_batch *batch, const struct id *id)
{
	if (id)
		db_id(batch, *id);
	else
		db_null(batch);
}

void
db_add_array(struct db_batch *batch, const struct db_array *array)
{
	struct str bytes = {NULL, 0};
	if (!array_binary(array, &bytes))
		wrong(batch, ERR_LIMIT, "There is too much to be stored at once.", "an array of over 64 MB");
	add_param(batch, bytes.p, bytes.n, 1);
}

void
db_then(struct db_batch *batch, enum db_statement statement)
{
	batch->has_then = true;
	batch->then = statement;
}

bool
db_then_sent(const struct db_batch *batch)
{
	return batch->then_sent;
}

void
db_retry_lost(struct db_batch *batch)
{
	batch->retry_lost = true;
}
