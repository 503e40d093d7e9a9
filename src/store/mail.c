/* Mail; see mail.h. */
#include "store/mail.h"

#include "db/db.h"

void
mail_add(struct db_batch *batch, const struct mail *mail)
{
	db_add(batch, DB_MAIL_PUT);
	db_id(batch, mail->id);
	db_text(batch, mail->kind);
	db_id(batch, mail->key);
	db_bytes(batch, mail->sealed.p, mail->sealed.n);
	db_int(batch, mail->hours);
}

bool
reset_request_look(const struct caller *caller, const struct attempt *attempt, struct str email,
	struct reset_asked *ret_asked, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int counted = attempt_add(batch, attempt);
	int index = db_add(batch, DB_RESET_REQUEST_LOOK);
	db_str(batch, email);
	if (!db_run(batch, err) || !attempt_allowed(batch, counted, err))
		return false;
	*ret_asked = (struct reset_asked){.email = email};
	ret_asked->known =
		db_value_id(batch, index, 0, 0, &ret_asked->person) && db_value(batch, index, 0, 1, &ret_asked->email);
	return true;
}

static void
add_text(struct db_batch *batch, const struct mail *mail)
{
	db_id(batch, mail->id);
	db_id(batch, mail->key);
	db_bytes(batch, mail->sealed.p, mail->sealed.n);
}

bool
reset_request(const struct caller *caller, const struct reset_asked *asked, const unsigned char *token,
	const struct mail *mail, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	db_add(batch, DB_RESET_REQUEST);
	if (asked->known)
		db_id(batch, asked->person);
	else
		db_null(batch);
	db_bytes(batch, token, CALLER_TOKEN_SIZE);
	add_text(batch, mail);
	return caller_commit(batch, err);
}

void
confirmation_add(struct db_batch *batch, const unsigned char *token, const struct mail *mail)
{
	db_add(batch, DB_CONFIRMATION_MAKE);
	db_bytes(batch, token, CALLER_TOKEN_SIZE);
	add_text(batch, mail);
}

bool
confirmation_make(const struct caller *caller, const unsigned char *token, const struct mail *mail, struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	confirmation_add(batch, token, mail);
	return caller_commit(batch, err);
}

bool
confirmation_use(const struct caller *caller, const struct attempt *attempt, const unsigned char *token, bool *ret_good,
	struct err *err)
{
	struct db_batch *batch = caller_batch(caller);
	int counted = attempt_add(batch, attempt);
	if (!db_run(batch, err) || !attempt_allowed(batch, counted, err))
		return false;
	/* Not sent twice: the second would find the link used. */
	batch = db_batch_new(caller->db, caller->arena);
	caller_acting(batch, caller);
	int index = db_add(batch, DB_CONFIRMATION_USE);
	db_bytes(batch, token, CALLER_TOKEN_SIZE);
	return caller_commit(batch, err) && db_value_bool(batch, index, 0, 0, ret_good);
}
