/* Who belongs to a workspace: members, their roles, invitations. What may be is decided by sql/migrations/0011_spaces.sql. */
#ifndef STEPMILL_STORE_MEMBER_H
#define STEPMILL_STORE_MEMBER_H

#include "store/caller.h"

bool member_list(const struct caller *caller, struct str *ret_json, struct err *err);
bool member_role(const struct caller *caller, struct id person, struct str role, struct str *ret_json, struct err *err);
bool member_remove(const struct caller *caller, struct id person, struct err *err);
bool member_leave(const struct caller *caller, struct err *err);
bool member_transfer(const struct caller *caller, struct id person, struct err *err);
/* Private things of somebody who has left. */
bool member_reassign(
	const struct caller *caller, struct id person, struct id new_owner, struct str *ret_json, struct err *err);

struct mail;
struct invitation_new {
	struct id id;
	const unsigned char *token_hash;
	struct str role, note;
	const struct mail *mail; /* brings the link; NULL: whoever invites does */
};
/* Who has left and kept something private here. */
bool members_gone(const struct caller *caller, struct str *ret_json, struct err *err);

bool invitation_create(
	const struct caller *caller, const struct invitation_new *invitation, struct str *ret_json, struct err *err);
bool invitation_list(const struct caller *caller, struct str *ret_json, struct err *err);
bool invitation_revoke(const struct caller *caller, struct id id, struct err *err);
/* By whoever has the link; the caller has no workspace. */
bool invitation_read(
	const struct caller *caller, const unsigned char *token_hash, struct str *ret_json, struct err *err);
bool invitation_accept(
	const struct caller *caller, const unsigned char *token_hash, struct str *ret_json, struct err *err);

#endif
