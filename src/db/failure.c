/*
 * SQLSTATE → err_code → words. Messages of our own functions (SMxxx) are shown as they are. Of PostgreSQL's own only
 * names of constraints, tables and types reach the log: its texts quote what people typed.
 */
#include "db/failure.h"

#include <stdio.h>
#include <string.h>

struct state {
	const char *prefix; /* the first match counts */
	enum err_code code;
	enum failure_action action;
	const char *message;
};

#define MESSAGE_UNREACHABLE "The database cannot be reached. It may be restarting. Try again in a moment."
#define MESSAGE_BUSY "The database is too busy. Nothing was changed. Try again in a moment."

static const struct state states[] = {
	{"SM400", ERR_MALFORMED, FAILURE_REPORT, NULL},
	{"SM401", ERR_UNAUTHENTICATED, FAILURE_REPORT, NULL},
	{"SM403", ERR_FORBIDDEN, FAILURE_REPORT, NULL},
	{"SMSCP", ERR_SCOPE, FAILURE_REPORT, NULL},
	{"SM404", ERR_NOT_FOUND, FAILURE_REPORT, NULL},
	{"SM409", ERR_CONFLICT, FAILURE_REPORT, NULL},
	{"SM412", ERR_PRECONDITION, FAILURE_REPORT, NULL},
	{"SM422", ERR_INVALID, FAILURE_REPORT, NULL},
	{"SM429", ERR_RATE_LIMITED, FAILURE_REPORT, NULL},
	{"40001", ERR_UNAVAILABLE, FAILURE_REPEAT, MESSAGE_BUSY},
	{"40P01", ERR_UNAVAILABLE, FAILURE_REPEAT, MESSAGE_BUSY},
	{"26000", ERR_UNAVAILABLE, FAILURE_REPREPARE, MESSAGE_UNREACHABLE}, /* prepared statement does not exist */
	{"0A000", ERR_INTERNAL, FAILURE_REPREPARE, NULL},	       /* cached plan must not change result type */
	{"25006", ERR_UNAVAILABLE, FAILURE_LOST, MESSAGE_UNREACHABLE}, /* read only: no longer the primary */
	{"57014", ERR_TIMEOUT, FAILURE_REPORT,
		"The database took too long and was stopped. Nothing was changed. Try again, or ask for less."},
	{"57P", ERR_UNAVAILABLE, FAILURE_LOST, MESSAGE_UNREACHABLE},
	{"08", ERR_UNAVAILABLE, FAILURE_LOST, MESSAGE_UNREACHABLE},
	{"53300", ERR_UNAVAILABLE, FAILURE_LOST, MESSAGE_BUSY}, /* too many connections */
	{"53", ERR_UNAVAILABLE, FAILURE_REPORT,
		"The database has run out of disk or memory. Nothing was changed. Its administrator must make room."},
	{"55P03", ERR_UNAVAILABLE, FAILURE_REPORT, MESSAGE_BUSY},
	{"23505", ERR_CONFLICT, FAILURE_REPORT, "This already exists. Nothing was changed."},
	{"23503", ERR_CONFLICT, FAILURE_REPORT,
		"It refers to something that does not exist, or is still referred to. Nothing was changed."},
	{"23514", ERR_INVALID, FAILURE_REPORT, "A value is not allowed here. Nothing was changed."},
	{"22", ERR_INVALID, FAILURE_REPORT, "A value cannot be stored. Nothing was changed."},
	{"54", ERR_LIMIT, FAILURE_REPORT, "A value is too large to be stored. Nothing was changed."},
	{"", ERR_INTERNAL, FAILURE_REPORT, NULL},
};

static const struct state *
find(const char *sqlstate)
{
	const struct state *s = states;
	while (strncmp(s->prefix, sqlstate ? sqlstate : "", strlen(s->prefix)) != 0)
		s++;
	return s;
}

enum failure_action
failure_action(const char *sqlstate)
{
	return find(sqlstate)->action;
}

enum err_code
failure_code(const char *sqlstate)
{
	return find(sqlstate)->code;
}

static const char *
field(const PGresult *result, int code)
{
	const char *value = PQresultErrorField(result, code);
	return value ? value : "";
}

/* The HINT of an error of ours: places in what was sent, one a line: path, code and message with tabs between. */
static void
take_places(struct err *err, const char *hint)
{
	char path[sizeof err->issues[0].path], code[sizeof err->issues[0].code];
	while (err && *hint) {
		size_t n = strcspn(hint, "\n");
		const char *second = memchr(hint, '\t', n);
		const char *third = second ? memchr(second + 1, '\t', n - (size_t)(second + 1 - hint)) : NULL;
		if (third) {
			snprintf(path, sizeof path, "%.*s", (int)(second - hint), hint);
			snprintf(code, sizeof code, "%.*s", (int)(third - second - 1), second + 1);
			err_issue(err, path, code, "%.*s", (int)(hint + n - third - 1), third + 1);
		}
		hint += n + (hint[n] == '\n');
	}
}

bool
failure_of_result(struct err *err, const PGresult *result, const char *statement)
{
	const char *sqlstate = field(result, PG_DIAG_SQLSTATE);
	const struct state *s = find(sqlstate);
	if (strncmp(sqlstate, "SM", 2) == 0 && s->code != ERR_INTERNAL) {
		err_set(err, s->code, "%s", field(result, PG_DIAG_MESSAGE_PRIMARY));
		take_places(err, field(result, PG_DIAG_MESSAGE_HINT));
		err_detail(err, "%s: %s %s", statement, sqlstate, field(result, PG_DIAG_MESSAGE_DETAIL));
		return false;
	}
	err_set(err, s->code, "%s", s->message ? s->message : "Something went wrong on our side. Nothing was changed.");
	if (s->code == ERR_UNAVAILABLE && err)
		err->retry_after_seconds = 1;
	bool quotes_values = strncmp(sqlstate, "22", 2) == 0;
	err_detail(err, "%s: SQLSTATE %s %s%s%s%s%s", statement, sqlstate[0] ? sqlstate : "none",
		quotes_values ? ""
		: sqlstate[0] ? field(result, PG_DIAG_MESSAGE_PRIMARY)
			      : PQresultErrorMessage(result),
		field(result, PG_DIAG_CONSTRAINT_NAME)[0] ? ", constraint " : "",
		field(result, PG_DIAG_CONSTRAINT_NAME), field(result, PG_DIAG_SOURCE_FUNCTION)[0] ? ", in " : "",
		field(result, PG_DIAG_SOURCE_FUNCTION));
	return false;
}

bool
failure_unreachable(struct err *err, const char *why)
{
	err_set(err, ERR_UNAVAILABLE, MESSAGE_UNREACHABLE);
	if (err)
		err->retry_after_seconds = 1;
	err_detail(err, "%s", why);
	return false;
}

bool
failure_outcome_unknown(struct err *err, const char *why)
{
	err_set(err, ERR_UNAVAILABLE,
		"The connection to the database broke before its answer came. "
		"The change may have been made or not. Look at what is there before you try again.");
	err_detail(err, "outcome unknown: %s", why);
	return false;
}
