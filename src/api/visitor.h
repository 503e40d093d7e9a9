/* Who comes to sign in or up: from where, with what, and the cookie they leave with. */
#ifndef STEPMILL_API_VISITOR_H
#define STEPMILL_API_VISITOR_H

#include "api/call.h"

#define SESSION_SECONDS (30 * 24 * 60 * 60)
/* No secret, and proves nothing: tells the page that the browser has a session's cookie, which scripts cannot see. Without it the page asks for no session. */
#define HERE_COOKIE "__Host-stepmill-here"
/* Between the password and the code. */
#define CHALLENGE_COOKIE "__Host-stepmill-challenge"
#define CHALLENGE_SECONDS (5 * 60)

const char *visitor_address(const struct call *call); /* as nginx saw it */
struct str visitor_agent(const struct call *call);    /* User-Agent as far as it is text */
/* The session's cookie, and the one that tells of it; an empty token and 0 seconds take it away. */
void visitor_set_cookie(struct call *call, const char *token, int seconds);
void visitor_set_challenge(struct call *call, const char *token, int seconds);

struct attempt;
/* Asks who has just shown a right password for the second factor; false, with ERR_SECOND_FACTOR when all is well. */
bool ask_second_factor(struct call *call, const struct attempt *attempt, struct id person, struct err *err);

#endif
