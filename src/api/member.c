/* Members of a workspace, and invitations by link. */
#include "store/member.h"

#include "api/call.h"
#include "api/routes.h"
#include "crypto/token.h"

static bool
answer(struct call *call, bool ok, struct str json)
{
	if (ok)
		response_json(call->response, 200, json);
	return ok;
}

static bool
done(struct call *call, bool ok)
{
	if (ok)
		response_empty(call->response, 204);
	return ok;
}

/* A member of the body that the contract knows as an id. */
static struct id
body_id(const struct call *call, const char *name)
{
	struct id id = {{0}};
	id_parse(call_body_text(call, name, ""), &id);
	return id;
}

bool
list_members(struct call *call, struct err *err)
{
	struct str json = {0};
	bool ok = member_list(&call->caller, &json, err);
	return answer(call, ok, json);
}

bool
update_member(struct call *call, struct err *err)
{
	struct str json = {0};
	bool ok = member_role(&call->caller, call_id(call, "user_id"), call_body_text(call, "role", ""), &json, err);
	return answer(call, ok, json);
}

bool
remove_member(struct call *call, struct err *err)
{
	return done(call, member_remove(&call->caller, call_id(call, "user_id"), err));
}

bool
leave_workspace(struct call *call, struct err *err)
{
	return done(call, member_leave(&call->caller, err));
}

bool
transfer_workspace(struct call *call, struct err *err)
{
	return done(call, member_transfer(&call->caller, body_id(call, "user_id"), err));
}

bool
reassign_member(struct call *call, struct err *err)
{
	struct str json = {0};
	bool ok = member_reassign(&call->caller, call_id(call, "user_id"), body_id(call, "to"), &json, err);
	return answer(call, ok, json);
}

bool
list_former_members(struct call *call, struct err *err)
{
	struct str json = {0};
	bool ok = members_gone(&call->caller, &json, err);
	return answer(call, ok, json);
}

/* ---- invitations ---- */

bool
list_invitations(struct call *call, struct err *err)
{
	struct str json = {0};
	bool ok = invitation_list(&call->caller, &json, err);
	return answer(call, ok, json);
}

/* The token is in this answer and nowhere else. */
bool
create_invitation(struct call *call, struct err *err)
{
	char token[TOKEN_TEXT_SIZE];
	unsigned char hash[TOKEN_HASH_SIZE];
	token_new(token);
	token_hash(str_of(token), hash);
	struct invitation_new invitation = {
		.id = id_new(),
		.token_hash = hash,
		.role = call_body_text(call, "role", "member"),
		.note = call_body_text(call, "note", ""),
	};
	struct str json;
	if (!invitation_create(&call->caller, &invitation, &json, err))
		return false;
	response_json(call->response, 201,
		str_of(arena_printf(call->arena, "%.*s, \"token\": \"%s\"}", (int)json.n - 1, json.p, token)));
	return true;
}

bool
revoke_invitation(struct call *call, struct err *err)
{
	return done(call, invitation_revoke(&call->caller, call_id(call, "invitation_id"), err));
}

static void
link_hash(const struct call *call, unsigned char hash[TOKEN_HASH_SIZE])
{
	struct str token = STR("");
	call_text(call, "token", &token);
	token_hash(token, hash);
}

bool
read_invitation(struct call *call, struct err *err)
{
	unsigned char hash[TOKEN_HASH_SIZE];
	struct str json = {0};
	link_hash(call, hash);
	bool ok = invitation_read(&call->caller, hash, &json, err);
	return answer(call, ok, json);
}

bool
accept_invitation(struct call *call, struct err *err)
{
	unsigned char hash[TOKEN_HASH_SIZE];
	struct str json = {0};
	link_hash(call, hash);
	bool ok = invitation_accept(&call->caller, hash, &json, err);
	return answer(call, ok, json);
}
