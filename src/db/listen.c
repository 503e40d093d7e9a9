/* LISTEN and what it brings, on a connection that does nothing else. */
#include "db/connection.h"
#include "db/failure.h"

#include <stdio.h>

bool
db_listen(struct db *db, const char *channel, struct err *err)
{
	if (!db_connect(db, err))
		return false;
	char *name = PQescapeIdentifier(db->conn, channel, strlen(channel));
	if (!name)
		return failure_unreachable(err, PQerrorMessage(db->conn));
	char text[160]; /* a channel's name has at most 63 bytes */
	int n = snprintf(text, sizeof text, "LISTEN %s", name);
	PQfreemem(name);
	if (n < 0 || (size_t)n >= sizeof text)
		return err_ours(err, "the name of a channel is too long: %s", channel);
	return connection_script(db, text, err);
}

bool
db_notification(struct db *db, struct arena *arena, struct str *ret_channel, struct str *ret_payload)
{
	if (!db->ready)
		return false;
	PGnotify *notify = PQnotifies(db->conn);
	if (!notify) {
		if (!connection_alive(db)) /* reads what has come */
			return false;
		notify = PQnotifies(db->conn);
	}
	if (!notify)
		return false;
	*ret_channel = arena_str(arena, str_of(notify->relname));
	*ret_payload = arena_str(arena, str_of(notify->extra));
	PQfreemem(notify);
	return true;
}
