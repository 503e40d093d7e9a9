/* Prompts, as the API reads and makes them. */
#ifndef STEPMILL_STORE_PROMPT_H
#define STEPMILL_STORE_PROMPT_H

#include "flow/definition.h"
#include "store/thing.h"

struct prompt_new {
	struct id id;
	struct str name, description, body;
	const char *visibility;
	const struct str *variables;
	unsigned variable_count;
};

/* What stays has p NULL. */
struct prompt_change {
	struct id id;
	struct change change;
	struct str name, description, body, message;
	const struct str *variables; /* of the body */
	unsigned variable_count;
};

bool prompt_list(const struct caller *caller, const struct page_ask *ask, struct page *ret_page, struct err *err);
bool prompt_read(
	const struct caller *caller, struct id id, struct str *ret_json, int64_t *ret_revision, struct err *err);
bool prompt_create(const struct caller *caller, const struct prompt_new *prompt, const struct once *once,
	struct created *ret_created, struct err *err);

/* A text that differs from the current one makes a version. The answer is the prompt as it is now. */
bool prompt_change(const struct caller *caller, const struct prompt_change *prompt, struct str *ret_json,
	int64_t *ret_revision, struct err *err);
bool prompt_archive(const struct caller *caller, struct id id, const struct change *change, struct err *err);
bool prompt_versions(const struct caller *caller, struct id id, int64_t limit, int64_t below,
	struct version_page *ret_page, struct err *err);
bool prompt_version_read(
	const struct caller *caller, struct id id, int64_t version, struct str *ret_json, struct err *err);

/* Facts of those prompts that the caller can see, of the version asked for (0: the current one); the others are left
 * out. */
bool prompt_load_facts(const struct caller *caller, const struct str *ids, const int64_t *versions, unsigned count,
	struct prompt_facts **ret_facts, unsigned *ret_count, struct err *err);

extern const struct thing prompt_thing; /* for the files of this directory */

#endif
