/*
 * A call over HTTP, as a kind of step asks for it (step_http in step.h) and as it is answered. Who makes it is the
 * executor's guarded client (exec/net.h): kinds know nothing of sockets.
 *
 * What is asked is kept by whoever asks, in the attempt's arena; what is answered lives until `done` returns.
 */
#ifndef STEPMILL_STEPS_CALL_H
#define STEPMILL_STEPS_CALL_H

#include "base/str.h"

#include <stdint.h>

struct step_attempt;

struct call_header {
	struct str name, value;
};

struct call_request {
	struct str method, url;
	const struct call_header *headers;
	unsigned header_count;
	struct str body;   /* p NULL: none */
	size_t answer_max; /* bytes of the answer's body, decoded */
	unsigned redirects_max;
};

enum call_outcome {
	CALL_ANSWERED,	/* whole, whatever its status */
	CALL_INVALID,	/* the request is none: nothing was sent */
	CALL_REFUSED,	/* every address of the host is one that no call may go to */
	CALL_UNREACHED, /* no connection: name, network, nobody listening, or it took too long */
	CALL_UNTRUSTED, /* its certificate does not hold */
	CALL_STALLED,	/* answered too slowly to wait for the rest */
	CALL_TOO_LARGE,
	CALL_MISLED, /* too many redirects, or one that leads nowhere */
	CALL_BROKEN, /* what came was no answer, or not all of it */
};

struct call_answer {
	enum call_outcome outcome;
	const char *why; /* not answered: what happened, why, what to do; for people */
	bool sent;	 /* not answered: the other side may have done it all the same */
	int status;
	const struct call_header *headers; /* names in lower case, as they came, repeated ones too */
	unsigned header_count;
	struct str body;
	struct str url;		/* that answered in the end */
	bool framed;		/* its end was told; false: it ended where the connection did */
	int64_t retry_after_ms; /* 0: it did not say */
};

typedef void call_done(struct step_attempt *attempt, const struct call_answer *answer);

#endif
