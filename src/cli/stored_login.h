/*
 * What `stepmill login` keeps: the address of a server and an API token for it, two lines in a file that only its owner
 * can read: STEPMILL_LOGIN, or stepmill/login in XDG_CONFIG_HOME or ~/.config.
 */
#ifndef STEPMILL_CLI_STORED_LOGIN_H
#define STEPMILL_CLI_STORED_LOGIN_H

#include "base/arena.h"
#include "base/err.h"

struct stored_login {
	const char *url, *token; /* url without a slash at its end */
};

/* False without an error: nobody has logged in. With one: the file is there and of no use. */
bool stored_login_read(struct arena *arena, struct stored_login *ret_login, struct err *err);
bool stored_login_write(struct arena *arena, const struct stored_login *login, const char **ret_path, struct err *err);
bool stored_login_remove(struct arena *arena, struct err *err); /* also when there is none */

#endif
