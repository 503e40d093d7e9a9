/* Mail, put into the database with the change that causes it. What it says is sealed. Executors take it out: mail_out.h. */
#ifndef STEPMILL_STORE_MAIL_H
#define STEPMILL_STORE_MAIL_H

#include "store/attempt.h"
#include "store/mail_out.h"

struct mail {
	struct id id, key;
	const char *kind;
	struct str sealed;
	int hours; /* it is of use for so long */
};
/* As part of a batch that writes. */
void mail_add(struct db_batch *batch, const struct mail *mail);

/* ---- links that come by mail ---- */

struct reset_asked {
	bool known;
	struct id person;
	struct str email; /* as the account has it */
};
/* Counts the attempt before it looks. */
bool reset_request_look(const struct caller *caller, const struct attempt *attempt, struct str email,
	struct reset_asked *ret_asked, struct err *err);
/* The same work for nobody. */
bool reset_request(const struct caller *caller, const struct reset_asked *asked, const unsigned char *token,
	const struct mail *mail, struct err *err);

void confirmation_add(struct db_batch *batch, const unsigned char *token, const struct mail *mail);
bool confirmation_make(
	const struct caller *caller, const unsigned char *token, const struct mail *mail, struct err *err);
bool confirmation_use(const struct caller *caller, const struct attempt *attempt, const unsigned char *token,
	bool *ret_good, struct err *err);

#endif
