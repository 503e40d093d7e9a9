/* Members and invitations; see member.h. */
#include "store/member.h"

#include "db/db.h"
#include "store/mail.h"
#include "store/thing.h"

static struct db_batch *
begin(const struct caller *caller, enum db_statement statement, int *ret_index)
{
	struct db_batch *batch = caller_batch(caller);
	*ret_index = db_add(batch, statement);
	if (caller->role)
		db_id(batch, caller->workspace);
	return batch;
}

bool
member_list(const struct caller *caller, struct str *ret_json, struct err *err)
{
	int index;
	struct db_batch *batch = begin(caller, DB_MEMBER_LIST, &index);
	return db_run(batch, err) && one_text(batch, index, "workspace", ret_json, err);
}

bool
members_gone(const struct caller *caller, struct str *ret_json, struct err *err)
{
	int index;
	struct db_batch *batch = begin(caller, DB_MEMBERS_GONE, &index);
	return db_run(batch, err) && one_text(batch, index, "workspace", ret_json, err);
}

bool
member_role(const struct caller *caller, struct id person, struct str role, struct str *ret_json, struct err *err)
{
	int index;
	struct db_batch *batch = begin(caller, DB_MEMBER_ROLE, &index);
	db_id(batch, person);
	db_str(batch, role);
	return caller_commit(batch, err) && one_text(batch, index, "member", ret_json, err);
}

bool
member_remove(const struct caller *caller, struct id person, struct err *err)
{
	int index;
	struct db_batch *batch = begin(caller, DB_MEMBER_REMOVE, &index);
	db_id(batch, person);
	return caller_commit(batch, err);
}

bool
member_leave(const struct caller *caller, struct err *err)
{
	int index;
	return caller_commit(begin(caller, DB_MEMBER_LEAVE, &index), err);
}

bool
member_transfer(const struct caller *caller, struct id person, struct err *err)
{
	int index;
	struct db_batch *batch = begin(caller, DB_MEMBER_TRANSFER, &index);
	db_id(batch, person);
	return caller_commit(batch, err);
}

bool
member_reassign(
	const struct caller *caller, struct id person, struct id new_owner, struct str *ret_json, struct err *err)
{
	int index;
	struct db_batch *batch = begin(caller, DB_MEMBER_REASSIGN, &index);
	db_id(batch, person);
	db_id(batch, new_owner);
	return caller_commit(batch, err) && one_text(batch, index, "member", ret_json, err);
}

bool
invitation_create(
	const struct caller *caller, const struct invitation_new *invitation, struct str *ret_json, struct err *err)
{
	int index;
	struct db_batch *batch = begin(caller, DB_INVITATION_CREATE, &index);
	db_id(batch, invitation->id);
	db_bytes(batch, invitation->token_hash, CALLER_TOKEN_SIZE);
	db_str(batch, invitation->role);
	db_str(batch, invitation->note);
	if (invitation->mail)
		mail_add(batch, invitation->mail);
	return caller_commit(batch, err) && one_text(batch, index, "invitation", ret_json, err);
}

bool
invitation_list(const struct caller *caller, struct str *ret_json, struct err *err)
{
	int index;
	struct db_batch *batch = begin(caller, DB_INVITATION_LIST, &index);
	return db_run(batch, err) && one_text(batch, index, "workspace", ret_json, err);
}

bool
invitation_revoke(const struct caller *caller, struct id id, struct err *err)
{
	int index;
	struct db_batch *batch = begin(caller, DB_INVITATION_REVOKE, &index);
	db_id(batch, id);
	return caller_commit(batch, err);
}

bool
invitation_read(const struct caller *caller, const unsigned char *token_hash, struct str *ret_json, struct err *err)
{
	int index;
	struct db_batch *batch = begin(caller, DB_INVITATION_READ, &index);
	db_bytes(batch, token_hash, CALLER_TOKEN_SIZE);
	return db_run(batch, err) && one_text(batch, index, "invitation", ret_json, err);
}

bool
invitation_accept(const struct caller *caller, const unsigned char *token_hash, struct str *ret_json, struct err *err)
{
	int index;
	struct db_batch *batch = begin(caller, DB_INVITATION_ACCEPT, &index);
	db_bytes(batch, token_hash, CALLER_TOKEN_SIZE);
	return caller_commit(batch, err) && one_text(batch, index, "invitation", ret_json, err);
}
