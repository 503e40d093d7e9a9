/* Variables and secrets of a workspace. A secret comes here sealed, and goes nowhere from here. */
#ifndef STEPMILL_STORE_SECRET_H
#define STEPMILL_STORE_SECRET_H

#include "crypto/seal.h"
#include "store/caller.h"

bool variable_list(const struct caller *caller, struct str *ret_json, struct err *err);
bool variable_read(const struct caller *caller, struct str name, struct str *ret_json, struct err *err);
bool variable_put(
	const struct caller *caller, struct str name, struct str value, struct str *ret_json, struct err *err);
bool variable_delete(const struct caller *caller, struct str name, struct err *err);

bool secret_list(const struct caller *caller, struct str *ret_json, struct err *err);
/* What is sealed to; the caller may write secrets. ERR_CONFLICT: the installation has no key yet. */
bool secret_key(const struct caller *caller, struct seal_public *ret_public, struct err *err);
bool secret_put(const struct caller *caller, struct str name, struct id key, struct str sealed, struct str *ret_json,
	struct err *err);
bool secret_delete(const struct caller *caller, struct str name, struct err *err);

#endif
