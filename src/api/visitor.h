/* Who comes to sign in or up: from where, with what, and the cookie they leave with. */
#ifndef STEPMILL_API_VISITOR_H
#define STEPMILL_API_VISITOR_H

#include "api/call.h"

#define SESSION_SECONDS (30 * 24 * 60 * 60)

const char *visitor_address(const struct call *call); /* as nginx saw it */
struct str visitor_agent(const struct call *call);    /* User-Agent as far as it is text */
/* The session's cookie; an empty token and 0 seconds take it away. */
void visitor_set_cookie(struct call *call, const char *token, int seconds);

#endif
