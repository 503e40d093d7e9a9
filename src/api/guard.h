/*
 * Who asks, as far as it can be told without the database: the session's cookie, and whether a browser sent the request
 * on behalf of a page of ours. What the person may do is asked in the same round trip as the work (store/caller.h).
 */
#ifndef STEPMILL_API_GUARD_H
#define STEPMILL_API_GUARD_H

#include "http/request.h"
#include "store/caller.h"

#define SESSION_COOKIE "__Host-stepmill"

enum guard_token { GUARD_NO_TOKEN, GUARD_BAD_TOKEN, GUARD_TOKEN };
/* The hash of the session's token. A token that we cannot have given is told without the database. */
enum guard_token guard_token(const struct request *request, unsigned char ret_hash[CALLER_TOKEN_SIZE]);

/*
 * The same for an API token: "Authorization: Bearer sm_…", and nowhere else. Another scheme is not ours: a server in
 * front may have asked for it. Where a token is sent the cookie is not looked at, so that no page of another site can
 * make use of it.
 */
#define API_TOKEN_PREFIX "sm_"
enum guard_token guard_bearer(const struct request *request, unsigned char ret_hash[CALLER_TOKEN_SIZE]);

/*
 * Refuses requests that change something and that a browser says come from elsewhere (Sec-Fetch-Site, else Origin).
 * Clients that are no browsers send neither and hold no cookies of somebody else. `also` is one more origin that may;
 * NULL: none.
 */
bool guard_origin(const struct request *request, const char *also, struct err *err);

#endif
