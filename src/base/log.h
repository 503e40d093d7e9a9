/*
 * One JSON object a line on standard error. Only the dispatcher of a request, the runner of a loop and main() log;
 * libraries fill a struct err. Never pass a secret, a body or an SQL parameter.
 *
 *	log_info("request", LOG_STR("route", "listRuns"), LOG_INT("status", 200), LOG_INT("us", 812));
 */
#ifndef STEPMILL_BASE_LOG_H
#define STEPMILL_BASE_LOG_H

#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_field {
	const char *name;
	const char *text; /* NULL: number counts */
	int64_t number;
};

#define LOG_STR(name, value) ((struct log_field){(name), (value) ? (value) : "", 0})
#define LOG_INT(name, value) ((struct log_field){(name), 0, (int64_t)(value)})

void log_open(const char *program, enum log_level least);
/* From here on every line carries this request_id, until NULL. Copied. For programs that do one thing at a time. */
void log_request(const char *id);
void log_write(enum log_level level, const char *what, const struct log_field *fields, int count);

/* The first, empty field is what makes an event without fields legal C. */
#define LOG_FIELDS(...) ((const struct log_field[]){{0}, ##__VA_ARGS__})
#define LOG_(level, what, ...) \
	log_write((level), (what), LOG_FIELDS(__VA_ARGS__) + 1, \
		(int)(sizeof(LOG_FIELDS(__VA_ARGS__)) / sizeof(struct log_field)) - 1)
#define log_debug(what, ...) LOG_(LOG_DEBUG, what, __VA_ARGS__)
#define log_info(what, ...) LOG_(LOG_INFO, what, __VA_ARGS__)
#define log_warn(what, ...) LOG_(LOG_WARN, what, __VA_ARGS__)
#define log_error(what, ...) LOG_(LOG_ERROR, what, __VA_ARGS__)

#endif
