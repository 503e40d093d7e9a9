/* Who sees prompts and workflows, what is public in the installation, and private copies of what one sees. */
#ifndef STEPMILL_STORE_SHARING_H
#define STEPMILL_STORE_SHARING_H

#include "store/thing.h"

/* `seen_by`: private, workspace or public. The answer is the thing as it is now. */
struct sharing {
	struct id id;
	struct change change;
	struct str seen_by;
	bool share_prompts; /* of a workflow: those in it that fewer people see */
};
bool prompt_share(const struct caller *caller, const struct sharing *sharing, struct str *ret_json,
	int64_t *ret_revision, struct err *err);
bool workflow_share(const struct caller *caller, const struct sharing *sharing, struct str *ret_json,
	int64_t *ret_revision, struct err *err);

struct cloning {
	struct id id, source;
	struct str name; /* p NULL: the same */
};
bool prompt_clone(const struct caller *caller, const struct cloning *cloning, const struct once *once,
	struct created *ret_created, struct err *err);
bool workflow_clone(const struct caller *caller, const struct cloning *cloning, const struct once *once,
	struct created *ret_created, struct err *err);

/* The caller has no workspace: in one nothing of another is to be seen. */
bool public_prompt_list(
	const struct caller *caller, const struct page_ask *ask, struct page *ret_page, struct err *err);
bool public_prompt_read(const struct caller *caller, struct id id, struct str *ret_json, struct err *err);
bool public_workflow_list(
	const struct caller *caller, const struct page_ask *ask, struct page *ret_page, struct err *err);
bool public_workflow_read(const struct caller *caller, struct id id, struct str *ret_json, struct err *err);

#endif
