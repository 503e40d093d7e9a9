/* The one table from a code to its stable name, its HTTP status, its title, and whether trying again can help. */
#include "base/err.h"

#include <stdio.h>

#undef err_set
#undef err_ours
#undef err_issue

static const struct {
	const char *name;
	int status;
	const char *title;
	bool retryable;
} codes[ERR_CODES] = {
	[ERR_NONE] = {"none", 200, "No error", false},
	[ERR_MALFORMED] = {"malformed", 400, "Malformed request", false},
	[ERR_UNAUTHENTICATED] = {"unauthenticated", 401, "Not signed in", false},
	[ERR_SECOND_FACTOR] = {"second_factor", 401, "A second factor is needed", false},
	[ERR_FORBIDDEN] = {"forbidden", 403, "Not allowed", false},
	[ERR_SCOPE] = {"scope", 403, "Not a scope of this token", false},
	[ERR_NOT_FOUND] = {"not_found", 404, "Not found", false},
	[ERR_METHOD] = {"method_not_allowed", 405, "Method not allowed", false},
	[ERR_NOT_ACCEPTABLE] = {"not_acceptable", 406, "Not acceptable", false},
	[ERR_CONFLICT] = {"conflict", 409, "Conflict", false},
	[ERR_PRECONDITION] = {"precondition_failed", 412, "Changed in the meantime", false},
	[ERR_TOO_LARGE] = {"too_large", 413, "Too large", false},
	[ERR_MEDIA_TYPE] = {"unsupported_media_type", 415, "Unsupported media type", false},
	[ERR_INVALID] = {"invalid", 422, "Not valid", false},
	[ERR_PRECONDITION_REQUIRED] = {"precondition_required", 428, "Precondition required", false},
	[ERR_RATE_LIMITED] = {"rate_limited", 429, "Too many requests", true},
	[ERR_INTERNAL] = {"internal", 500, "Internal error", false},
	[ERR_UNAVAILABLE] = {"unavailable", 503, "Unavailable", true},
	[ERR_TIMEOUT] = {"timeout", 504, "Took too long", true},
	[ERR_LIMIT] = {"limit_reached", 422, "A limit was reached", false},
	[ERR_CANCELLED] = {"cancelled", 409, "Cancelled", false},
};

static bool
known(enum err_code code)
{
	return (int)code >= 0 && code < ERR_CODES;
}

void
err_clear(struct err *err)
{
	if (!err)
		return;
	err->code = ERR_NONE;
	err->message[0] = '\0';
	err->detail[0] = '\0';
	err->retry_after_seconds = 0;
	err->line = err->column = 0;
	err->issue_count = err->issues_dropped = 0;
}

/*
 * Half a character would make the whole response invalid UTF-8. It comes of a text cut at the end of its field, and is
 * left out; and of a name that was cut before it became an argument ("%.80s"), and becomes a question mark.
 */
__attribute__((format(printf, 3, 0))) static void
format_into(char *out, size_t room, const char *format, va_list args)
{
	int n = vsnprintf(out, room, format, args);
	if (n < 0) {
		out[0] = '\0';
		return;
	}
	bool cut = (size_t)n >= room;
	size_t end = strlen(out);
	for (size_t at = 0; (at += str_utf8_bad((struct str){out + at, end - at})) < end;) {
		if (cut && end - at < 4) {
			out[at] = '\0';
			return;
		}
		out[at] = '?';
	}
}

bool
err_set(struct err *err, enum err_code code, const char *format, ...)
{
	if (!err)
		return false;
	/* Formatted aside: an argument may be the very message that is replaced. */
	char message[sizeof err->message];
	va_list args;
	va_start(args, format);
	format_into(message, sizeof message, format, args);
	va_end(args);
	err_clear(err);
	err->code = code;
	memcpy(err->message, message, sizeof message);
	return false;
}

void
err_detail(struct err *err, const char *format, ...)
{
	if (!err)
		return;
	char detail[sizeof err->detail];
	va_list args;
	va_start(args, format);
	format_into(detail, sizeof detail, format, args);
	va_end(args);
	memcpy(err->detail, detail, sizeof detail);
}

bool
err_ours(struct err *err, const char *format, ...)
{
	char detail[sizeof err->detail];
	va_list args;
	va_start(args, format);
	format_into(detail, sizeof detail, format, args);
	va_end(args);
	err_set(err, ERR_INTERNAL, "Something went wrong on our side.");
	err_detail(err, "%s", detail);
	return false;
}

/* Cuts like format_into, for a text that is already one. */
static void copy_into(char *out, size_t room, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void
copy_into(char *out, size_t room, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	format_into(out, room, format, args);
	va_end(args);
}

__attribute__((format(printf, 4, 0))) static struct err_issue *
add_issue(struct err *err, const char *path, const char *code, const char *format, va_list args)
{
	if (err->code == ERR_NONE)
		err_set(err, ERR_INVALID, "Some values are not valid.");
	if (err->issue_count >= ERR_ISSUES_MAX) {
		err->issues_dropped++;
		return NULL;
	}
	struct err_issue *issue = &err->issues[err->issue_count++];
	copy_into(issue->path, sizeof issue->path, "%s", path);
	copy_into(issue->code, sizeof issue->code, "%s", code);
	format_into(issue->message, sizeof issue->message, format, args);
	issue->line = issue->column = 0;
	return issue;
}

bool
err_issue(struct err *err, const char *path, const char *code, const char *format, ...)
{
	if (!err)
		return false;
	va_list args;
	va_start(args, format);
	add_issue(err, path, code, format, args);
	va_end(args);
	return false;
}

bool
err_issue_at(
	struct err *err, unsigned line, unsigned column, const char *path, const char *code, const char *format, ...)
{
	if (!err)
		return false;
	va_list args;
	va_start(args, format);
	struct err_issue *issue = add_issue(err, path, code, format, args);
	va_end(args);
	if (issue) {
		issue->line = line;
		issue->column = column;
	}
	return false;
}

const char *
err_name(enum err_code code)
{
	return codes[known(code) ? code : ERR_INTERNAL].name;
}

int
err_status(enum err_code code)
{
	return codes[known(code) ? code : ERR_INTERNAL].status;
}

const char *
err_title(enum err_code code)
{
	return codes[known(code) ? code : ERR_INTERNAL].title;
}

bool
err_retryable(enum err_code code)
{
	return known(code) && codes[code].retryable;
}
