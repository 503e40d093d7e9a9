/*
 * Mail as requests write it: plain text in one language, sealed at once. Everything that people typed stands in the body, which is encoded as a
 * whole; headers are ours, but for the receiver's address, which is refused unless it is of the plainest kind. So no name and no
 * address can add a header or a receiver.
 *
 *	if (mail_is_on(call)) …
 *	struct mail_text text = {.kind = "password_reset", .to = email, .subject = "…", .body = "…", .hours = 1};
 *	if (!mail_write(call, &text, &mail, err)) …	then mail_add() in the batch of the change
 */
#ifndef STEPMILL_API_MAIL_H
#define STEPMILL_API_MAIL_H

#include "api/call.h"
#include "store/mail.h"

struct mail_text {
	const char *kind;
	struct str to;
	const char *subject; /* ours: plain ASCII, one line */
	const char *body;
	int hours;
};

bool mail_is_on(const struct call *call);
/* ERR_CONFLICT, saying who can help instead (`instead`). */
bool mail_is_off(struct err *err, const char *instead);

/* Whether a mail can be sent to it. */
bool mail_address_is_plain(struct str address);
bool mail_write(struct call *call, const struct mail_text *text, struct mail *ret_mail, struct err *err);
/* A page of this installation with a token in its fragment, which no server is told. */
const char *mail_link(struct call *call, const char *page, const char *token);

/* The one that a new account, or one that asks, is sent; `hash` of the token in it. */
bool mail_confirmation(
	struct call *call, struct str email, unsigned char *ret_hash, struct mail *ret_mail, struct err *err);

#endif
