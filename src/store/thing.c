/* What the API's things have in common; see thing.h. */
#include "store/thing.h"

#include "db/db.h"

const struct db_array *
words_of(struct arena *arena, struct str search)
{
	struct db_array *words = db_array_texts(arena);
	unsigned count = 0;
	for (size_t i = 0; i < search.n && count < 10;) {
		size_t n = 0;
		while (i + n < search.n && search.p[i + n] != ' ')
			n++;
		if (n > 0) {
			db_array_str(words, (struct str){search.p + i, n});
			count++;
		}
		i += n + 1;
	}
	return count > 0 ? words : NULL;
}

void
page_place(struct db_batch *batch, const struct page_ask *ask)
{
	static const struct id zero;
	db_int(batch, ask->limit);
	if (ask->has_cursor)
		db_int(batch, ask->us);
	else
		db_null(batch);
	db_id(batch, ask->has_cursor ? ask->id : zero);
}

void
page_params(struct db_batch *batch, const struct page_ask *ask)
{
	page_place(batch, ask);
	if (ask->words)
		db_add_array(batch, ask->words);
	else
		db_null(batch);
}

static bool
not_there(struct err *err)
{
	return err_ours(err, "a result has no value where one must be");
}

bool
page_result(const struct db_batch *batch, int index, struct page *ret_page, struct err *err)
{
	if (!db_value(batch, index, 0, 0, &ret_page->json) || !db_value_bool(batch, index, 0, 1, &ret_page->more))
		return not_there(err);
	if (ret_page->more &&
		(!db_value_int(batch, index, 0, 2, &ret_page->us) || !db_value_id(batch, index, 0, 3, &ret_page->id)))
		return not_there(err);
	return true;
}

bool
created_result(const struct db_batch *batch, int index, struct created *ret_created, struct err *err)
{
	if (!db_value_bool(batch, index, 0, 0, &ret_created->replayed) ||
		!db_value(batch, index, 0, 1, &ret_created->json))
		return not_there(err);
	return true;
}

bool
one_text(const struct db_batch *batch, int index, const char *what, struct str *ret_text, struct err *err)
{
	if (db_value(batch, index, 0, 0, ret_text))
		return true;
	return err_set(err, ERR_NOT_FOUND, "There is no such %s, or you cannot see it.", what);
}

void
change_params(struct db_batch *batch, const struct caller *caller, struct id id, const struct change *change)
{
	db_id(batch, caller->workspace);
	db_id(batch, id);
	db_int(batch, change->assumed);
	db_id(batch, change->id);
}

bool
versions_read(const struct caller *caller, int statement, const char *what, struct id id, int64_t limit, int64_t below,
	struct version_page *ret_page, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int list = db_add(batch, statement);
	db_id(batch, caller->workspace);
	db_id(batch, id);
	db_int(batch, limit);
	db_int(batch, below > 0 ? below : INT64_MAX);
	if (!db_run(batch, err) || !one_text(batch, list, what, &ret_page->json, err))
		return false;
	if (!db_value_bool(batch, list, 0, 1, &ret_page->more) ||
		(ret_page->more && !db_value_int(batch, list, 0, 2, &ret_page->last)))
		return not_there(err);
	return true;
}

bool
version_read(const struct caller *caller, int statement, struct id id, int64_t version, struct str *ret_json,
	struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int read = db_add(batch, statement);
	db_id(batch, caller->workspace);
	db_id(batch, id);
	db_int(batch, version);
	return db_run(batch, err) && one_text(batch, read, "version", ret_json, err);
}

/* ---- things with a revision ---- */

bool
thing_list(const struct caller *caller, int list, const struct page_ask *ask, bool archived, struct page *ret_page,
	struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int index = db_add(batch, list);
	db_id(batch, caller->workspace);
	page_params(batch, ask);
	db_bool(batch, archived);
	return db_run(batch, err) && page_result(batch, index, ret_page, err);
}

static int
add_read(struct db_batch *batch, const struct caller *caller, const struct thing *thing, struct id id)
{
	int index = db_add(batch, thing->read);
	db_id(batch, caller->workspace);
	db_id(batch, id);
	return index;
}

static bool
read_result(const struct db_batch *batch, int index, const struct thing *thing, struct str *ret_json,
	int64_t *ret_revision, struct err *err)
{
	return one_text(batch, index, thing->what, ret_json, err) && db_value_int(batch, index, 0, 1, ret_revision);
}

bool
thing_read(const struct caller *caller, const struct thing *thing, struct id id, struct str *ret_json,
	int64_t *ret_revision, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int read = add_read(batch, caller, thing, id);
	return db_run(batch, err) && read_result(batch, read, thing, ret_json, ret_revision, err);
}

bool
thing_commit(struct db_batch *batch, const struct caller *caller, const struct thing *thing, struct id id,
	struct str *ret_json, int64_t *ret_revision, struct err *err)
{
	int read = add_read(batch, caller, thing, id);
	return caller_commit(batch, err) && read_result(batch, read, thing, ret_json, ret_revision, err);
}

bool
thing_archive(const struct caller *caller, int archive, struct id id, const struct change *change, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	db_add(batch, archive);
	change_params(batch, caller, id, change);
	return caller_commit(batch, err);
}

/* ---- versions that others name ---- */

int
named_versions_add(struct db_batch *batch, const struct caller *caller, int statement, struct named_versions *named)
{
	struct db_array *ids = db_array_ids(caller->arena), *numbers = db_array_ints(caller->arena);
	named->parsed = arena_array(caller->arena, named->count + 1, sizeof *named->parsed);
	for (unsigned i = 0; i < named->count; i++) {
		if (!id_parse(named->ids[i], &named->parsed[i]))
			continue;
		db_array_id(ids, named->parsed[i]);
		db_array_int(numbers, named->numbers[i]);
	}
	int index = db_add(batch, statement);
	db_id(batch, caller->workspace);
	db_add_array(batch, ids);
	db_add_array(batch, numbers);
	return index;
}

struct str
named_versions_id(const struct db_batch *batch, int index, int row, const struct named_versions *named)
{
	struct id id;
	struct str spelled = {0};
	if (!db_value_id(batch, index, row, 0, &id))
		return spelled;
	for (unsigned i = 0; i < named->count; i++)
		if (id_eq(named->parsed[i], id))
			spelled = named->ids[i];
	return spelled;
}
