/* The audit log of a workspace; see sql/migrations/0010_audit.sql. */
#ifndef STEPMILL_STORE_AUDIT_H
#define STEPMILL_STORE_AUDIT_H

#include "store/thing.h"

struct audit_ask {
	struct page_ask page;
	const struct id *person;			   /* NULL: anybody */
	struct str operation, kind, subject, since, until; /* p NULL: any */
};
bool audit_list(const struct caller *caller, const struct audit_ask *ask, struct page *ret_page, struct err *err);

#endif
