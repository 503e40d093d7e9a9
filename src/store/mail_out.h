/* Mail, taken out of the database and sent: the executors' side of mail.h. */
#ifndef STEPMILL_STORE_MAIL_OUT_H
#define STEPMILL_STORE_MAIL_OUT_H

#include "base/arena.h"
#include "base/id.h"

struct db_batch;

/* What is sealed: a line with the sender's address, a line with the receiver's, and the message (RFC 5322). */
#define MAIL_SEAL_NAME STR("mail")

int mail_add_take(struct db_batch *batch, int most);
struct mail_taken {
	struct id id, key;
	struct str sealed;
};
bool mail_taken(const struct db_batch *batch, int index, int row, struct arena *arena, struct mail_taken *ret_mail);
void mail_add_sent(struct db_batch *batch, struct id id);
void mail_add_failed(struct db_batch *batch, struct id id, const char *why, bool forever);

#endif
