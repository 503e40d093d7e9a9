/*
 * What the API's things have in common, whatever they are: they are listed page by page, made once, changed by whoever saw what they change,
 * and some keep numbered versions. A file of this directory says which statements are its own:
 *
 *	static const struct thing prompt = {"prompt", DB_PROMPT_READ};
 *	…
 *	return thing_read(caller, &prompt, id, ret_json, ret_revision, err);
 */
#ifndef STEPMILL_STORE_THING_H
#define STEPMILL_STORE_THING_H

#include "store/caller.h"

struct db_array;

/* A list's page: what is asked for, and what came. The cursor is the last row shown: its time and id. */
struct page_ask {
	int64_t limit;
	bool has_cursor;
	int64_t us;
	struct id id;
	const struct db_array *words; /* NULL: all */
};
struct page {
	struct str json; /* array */
	bool more;
	int64_t us; /* with more: where the next page starts */
	struct id id;
};

/* A creation that happens once: its key (p NULL: none was given) and the hash of the request that brought it. */
struct once {
	struct str key;
	unsigned char request[32];
};
struct created {
	struct str json;
	bool replayed; /* it happened before; this is the answer of then */
};

/* Versions, newest first: the cursor is the number of the last one shown. */
struct version_page {
	struct str json; /* array */
	bool more;
	int64_t last; /* with more */
};

/* A change of a thing that counts its revisions. */
struct change {
	struct id id;	 /* new for every request: when the batch is sent again, the change is made once */
	int64_t assumed; /* the revision it was made on; 0: any */
};

/* The words of a search, up to ten, for page_ask; NULL: none. */
const struct db_array *words_of(struct arena *arena, struct str search);

/* ---- for the files of this directory ---- */

/* Parameters of a list (page_place: without words), and its one row. */
void page_place(struct db_batch *batch, const struct page_ask *ask);
void page_params(struct db_batch *batch, const struct page_ask *ask);
bool page_result(const struct db_batch *batch, int index, struct page *ret_page, struct err *err);
/* The one row of a creation: replayed, answer. */
bool created_result(const struct db_batch *batch, int index, struct created *ret_created, struct err *err);
/* The first parameters of all changes: workspace, id of the thing, revision, id of the change. */
void change_params(struct db_batch *batch, const struct caller *caller, struct id id, const struct change *change);
/* A page of numbered versions: workspace, id of the thing, limit, number they are below (0: from the newest). */
bool versions_read(const struct caller *caller, int statement, const char *what, struct id id, int64_t limit,
	int64_t below, struct version_page *ret_page, struct err *err);
/* One version by its number. */
bool version_read(const struct caller *caller, int statement, struct id id, int64_t version, struct str *ret_json,
	struct err *err);
/* The single text of a :maybe statement; ERR_NOT_FOUND saying so of `what` when there is no row. */
bool one_text(const struct db_batch *batch, int index, const char *what, struct str *ret_text, struct err *err);

/* ---- things with a revision: a workspace's prompts, workflows, agents, projects ---- */

struct thing {
	const char *what; /* it is, in what is said of one that is not there */
	int read;	  /* statement: workspace, id → its JSON, its revision, … */
};

/* A page, with or without what is archived. */
bool thing_list(const struct caller *caller, int list, const struct page_ask *ask, bool archived, struct page *ret_page,
	struct err *err);
bool thing_read(const struct caller *caller, const struct thing *thing, struct id id, struct str *ret_json,
	int64_t *ret_revision, struct err *err);
/* Runs a batch that changes one, and reads what it is then. */
bool thing_commit(struct db_batch *batch, const struct caller *caller, const struct thing *thing, struct id id,
	struct str *ret_json, int64_t *ret_revision, struct err *err);
bool thing_archive(
	const struct caller *caller, int archive, struct id id, const struct change *change, struct err *err);

/* ---- versions that others name: ids as they spell them, and a number each ---- */

struct named_versions {
	const struct str *ids;
	const int64_t *numbers;
	unsigned count;
	struct id *parsed; /* filled in */
};
/* Adds a statement: workspace, ids, numbers. Of what is no id nothing is asked. */
int named_versions_add(
	struct db_batch *batch, const struct caller *caller, int statement, struct named_versions *named);
/* The id of a row's first column as one of the places spells it; p NULL: none does. */
struct str named_versions_id(const struct db_batch *batch, int index, int row, const struct named_versions *named);

#endif
