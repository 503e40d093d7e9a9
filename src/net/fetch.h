/*
 * One HTTP request, waited for: how a worker of the API asks another server something (a sign-in provider). It is strict where the
 * executor's client (exec/net.h) is obliging: no redirects, one deadline for everything, a small answer.
 *
 *	struct fetch_settings settings;				once: fetch_settings_parse(allow_address, ca_file, arena, &settings, err)
 *	struct fetch_request request = {.url = …, .deadline_us = boot_us() + 5000000};
 *	if (fetch(arena, &settings, &request, &answer, err))	any status; ERR_UNAVAILABLE: none came
 *
 * Only https; http where `allow_address` names the server, which nothing on the public internet can be. The address is judged when the
 * socket is opened, so that neither a name nor a spelling leads inside.
 */
#ifndef STEPMILL_NET_FETCH_H
#define STEPMILL_NET_FETCH_H

#include "base/arena.h"
#include "base/err.h"
#include "net/guard.h"

#include <stdint.h>

#define FETCH_ANSWER_MAX ((size_t)256 << 10)

struct fetch_settings {
	struct net_guard guard;
	const char *ca_file; /* certificates to trust instead of the system's; "": those */
};
bool fetch_settings_parse(const char *allow_address, const char *ca_file, struct arena *arena,
	struct fetch_settings *ret_settings, struct err *err);

struct fetch_request {
	const char *url;
	struct str form;	   /* POST application/x-www-form-urlencoded; p NULL: GET */
	const char *authorization; /* the header's value; NULL: none */
	int64_t deadline_us;	   /* boot clock */
};
struct fetch_answer {
	int status;
	struct str body;
};
bool fetch(struct arena *arena, const struct fetch_settings *settings, const struct fetch_request *request,
	struct fetch_answer *ret_answer, struct err *err);

/* Adds "name=value" to a form, or to the query of an address. */
struct buf;
void fetch_add_value(struct buf *form, struct str value); /* encoded for one */
void fetch_add_field(struct buf *form, const char *name, struct str value);

#endif
