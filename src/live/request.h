/* What a listener asks for, read from its request: which run, board or person, after which event, on whose behalf. Pure. */
#ifndef STEPMILL_LIVE_REQUEST_H
#define STEPMILL_LIVE_REQUEST_H

#include "base/err.h"
#include "base/id.h"

#include <stdint.h>

#define SESSION_COOKIE "__Host-stepmill"

enum live_topic {
	LIVE_RUN,    /* /api/workspaces/ID/runs/ID/live */
	LIVE_BOARD,  /* /api/workspaces/ID/projects/ID/live */
	LIVE_PERSON, /* /api/session/live: whoever asks */
};

struct live_place {
	enum live_topic topic;
	struct id workspace, thing; /* of LIVE_PERSON neither */
};

/* ERR_NOT_FOUND for another path, ERR_MALFORMED for what is not an id. */
bool live_path(struct str path, struct live_place *ret_place, struct err *err);

/* The number of an event, as Last-Event-ID or ?after= give it; `where` names the place for the error. */
bool live_number(struct str text, const char *where, int64_t *ret_number, struct err *err);

/* A cookie of a Cookie header; false when it is not there, or empty. */
bool live_cookie(struct str header, const char *name, struct str *ret_value);

/* The token of "Authorization: Bearer sm_…"; false when another scheme or none was sent. */
bool live_bearer(struct str header, struct str *ret_token);

#endif
