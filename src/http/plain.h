/*
 * A small HTTP/1.1 server of its own for who watches the installation from the machine itself: one connection at a time, GET only, a
 * short head, two seconds for all of it. Not for browsers, and not for the world: requests of people come by FastCGI.
 *
 *	int status = plain_serve("127.0.0.1:9464", answer, context);   // until a signal ends the process
 */
#ifndef STEPMILL_HTTP_PLAIN_H
#define STEPMILL_HTTP_PLAIN_H

#include "base/arena.h"
#include "base/err.h"

struct plain_response {
	int status;
	const char *type;
	struct str body;
};
/* The answer for one path, in the arena of the request. */
typedef void plain_answer(void *context, struct arena *arena, struct str path, struct plain_response *ret_response);

/* HOST:PORT with a numeric host, [::1]:PORT. */
bool plain_listen(const char *address, int *ret_listening, struct err *err);
int plain_serve(int listening, plain_answer *answer, void *context); /* the exit status of its process */

#endif
