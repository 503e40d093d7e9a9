/* People and workspaces of the installation as its administrators see them, and the log of accounts. */
#ifndef STEPMILL_STORE_ADMINISTRATION_H
#define STEPMILL_STORE_ADMINISTRATION_H

#include "store/thing.h"

/* What is not asked for has p NULL, or is NULL. */
struct activity_ask {
	struct page_ask page;
	struct str event, since, until;
	const struct id *person, *actor;
};
bool activity_own(const struct caller *caller, const struct activity_ask *ask, struct page *ret_page, struct err *err);
bool activity_all(const struct caller *caller, const struct activity_ask *ask, struct page *ret_page, struct err *err);

/* `state`: active, disabled or admin; p NULL: all. */
bool user_list(const struct caller *caller, const struct page_ask *ask, struct str state, struct page *ret_page,
	struct err *err);
struct user_change {
	struct id person;
	bool sets_disabled, disabled, sets_admin, admin;
};
bool user_change(const struct caller *caller, const struct user_change *change, struct str *ret_json, struct err *err);

bool workspaces_all(const struct caller *caller, const struct page_ask *ask, struct page *ret_page, struct err *err);

#endif
