/*
 * Mail goes out: what requests left in the table `mail` is taken, opened with the executors' key, and given to the mail server (SMTP, by
 * libcurl). Only where the settings `smtp` and `key_file` name both; any number of executors may.
 *
 *	every two seconds    mail_take: some that are due, ours for five minutes
 *	                     each in a transfer of its own, a few at a time; curl is looked after every 20 ms while there are any
 *	then                 mail_sent, mail_failed: tried again with a growing pause, given up when it is of no use any more
 *
 * Nothing waits for it: it has a connection of its own, closed between rounds. A mail goes out twice only when an executor dies between the
 * server's answer and its own note of it; both then have the same Message-ID.
 */
#ifndef STEPMILL_EXEC_MAIL_H
#define STEPMILL_EXEC_MAIL_H

#include "db/db.h"
#include "exec/timer.h"

#define MAIL_ROUND_MAX 8 /* at a time */

struct executor;
struct seal_key;
struct mail_transfer;

enum mail_step {
	MAIL_REST, /* the timer begins a round */
	MAIL_TAKE, /* a batch is under way */
	MAIL_SEND, /* transfers are */
	MAIL_TELL, /* a batch is, with what became of them; again until it is there */
};

struct mailer {
	enum mail_step step;
	struct seal_key *key;	/* NULL: this executor sends no mail */
	struct db *db;		/* NULL while it rests */
	struct arena *arena;	/* of the round; NULL while it rests */
	struct db_batch *batch; /* under way; NULL: none */
	enum db_progress progress;
	struct timer timer;
	void *multi; /* curl's */
	struct mail_transfer *transfers;
	unsigned count, running;
	int64_t sent, failed; /* since the start */
};

/* False: the settings are wrong. */
bool mail_start(struct executor *ex, struct err *err);
void mail_advance(struct executor *ex); /* its batch's socket is ready, or a second has passed */
void mail_release(struct executor *ex);

#endif
