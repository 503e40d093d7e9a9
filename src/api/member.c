/* Members of a workspace, and invitations by link. */
#include "store/member.h"

#include "api/call.h"
#include "api/mail.h"
#include "api/routes.h"
#include "crypto/token.h"

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
	return call_answer(call, ok, 200, &json);
}

bool
update_member(struct call *call, struct err *err)
{
	struct str json = {0};
	bool ok = member_role(&call->caller, call_id(call, "user_id"), call_body_text(call, "role", ""), &json, err);
	return call_answer(call, ok, 200, &json);
}

bool
remove_member(struct call *call, struct err *err)
{
	return call_done(call, member_remove(&call->caller, call_id(call, "user_id"), err));
}

bool
leave_workspace(struct call *call, struct err *err)
{
	return call_done(call, member_leave(&call->caller, err));
}

bool
transfer_workspace(struct call *call, struct err *err)
{
	return call_done(call, member_transfer(&call->caller, body_id(call, "user_id"), err));
}

bool
reassign_member(struct call *call, struct err *err)
{
	struct str json = {0};
	bool ok = member_reassign(&call->caller, call_id(call, "user_id"), body_id(call, "to"), &json, err);
	return call_answer(call, ok, 200, &json);
}

bool
list_former_members(struct call *call, struct err *err)
{
	struct str json = {0};
	bool ok = members_gone(&call->caller, &json, err);
	return call_answer(call, ok, 200, &json);
}

/* ---- invitations ---- */

bool
list_invitations(struct call *call, struct err *err)
{
	struct str json = {0};
	bool ok = invitation_list(&call->caller, &json, err);
	return call_answer(call, ok, 200, &json);
}

/* Without a name in it: what strangers write is not sent on in our name. The page says who invites, and to what. */
static bool
write_mail(struct call *call, struct str email, const char *token, struct mail *ret_mail, struct err *err)
{
	if (!mail_is_on(call))
		return mail_is_off(err, "Leave the e-mail address out, and send the link yourself.");
	if (!mail_address_is_plain(email))
		return err_issue(
			err, "/email", "format", "is not an address that mail can be sent to, such as ada@example.org");
	struct mail_text text = {
		.kind = "invitation",
		.to = email,
		.subject = "An invitation to Stepmill",
		.body = arena_printf(call->arena,
			"You are invited to a workspace at\n%s\n\nSee by whom and to what, and accept it here, within "
			"7 days; the link is "
			"good for one person:\n%s/invitations/%s\n",
			call->api->public_url, call->api->public_url, token),
		.hours = 24,
	};
	return mail_write(call, &text, ret_mail, err);
}

/* The token is in this answer, in the mail, and nowhere else. */
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
	struct str json, email;
	struct mail mail;
	if (json_get_str(call->body, "email", &email)) {
		if (!write_mail(call, email, token, &mail, err))
			return false;
		invitation.mail = &mail;
		invitation.note = call_body_text(call, "note", arena_strz(call->arena, email));
	}
	if (!invitation_create(&call->caller, &invitation, &json, err))
		return false;
	response_json(call->response, 201,
		str_of(arena_printf(call->arena, "%.*s, \"token\": \"%s\"}", (int)json.n - 1, json.p, token)));
	return true;
}

bool
revoke_invitation(struct call *call, struct err *err)
{
	return call_done(call, invitation_revoke(&call->caller, call_id(call, "invitation_id"), err));
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
	return call_answer(call, ok, 200, &json);
}

bool
accept_invitation(struct call *call, struct err *err)
{
	unsigned char hash[TOKEN_HASH_SIZE];
	struct str json = {0};
	link_hash(call, hash);
	bool ok = invitation_accept(&call->caller, hash, &json, err);
	return call_answer(call, ok, 200, &json);
}
