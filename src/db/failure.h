/* What PostgreSQL says went wrong, as a struct err: the only place that knows SQLSTATEs. Inside of src/db only. */
#ifndef STEPMILL_DB_FAILURE_H
#define STEPMILL_DB_FAILURE_H

#include "base/err.h"

#include <libpq-fe.h>

/* What the batch does about it. */
enum failure_action {
	FAILURE_REPORT,	   /* tell the caller */
	FAILURE_REPEAT,	   /* lost against another transaction: the whole batch again, a little later */
	FAILURE_REPREPARE, /* the schema changed under a prepared statement: the whole batch again on a new connection
			    */
	FAILURE_LOST,	   /* the server is ending this connection, or is not the one that may write */
};

enum failure_action failure_action(const char *sqlstate);
enum err_code failure_code(const char *sqlstate);

/* Both return false. `statement` is the name of what failed; `why` is for the log. */
bool failure_of_result(struct err *err, const PGresult *result, const char *statement);
bool failure_unreachable(struct err *err, const char *why);
bool failure_outcome_unknown(struct err *err, const char *why);

#endif
