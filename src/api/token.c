/* API tokens of the person who asks. The secret is in the answer that makes it, and nowhere after. */
#include "store/token.h"

#include "api/call.h"
#include "api/guard.h"
#include "api/routes.h"
#include "crypto/token.h"

/* The answer's first member is the secret. */
static struct str
with_secret(struct arena *arena, const char *secret, struct str json)
{
	return str_of(arena_printf(arena, "{\"token\":\"%s\",%.*s", secret, (int)json.n - 1, json.p + 1));
}

bool
create_token(struct call *call, struct err *err)
{
	struct token_new token = {.id = id_new(), .name = call_body_text(call, "name", "")};
	struct str text, json;
	token.scopes = json_get(call->body, "scopes");
	json_get_int(call->body, "expires_in_days", &token.days); /* null leaves it 0 */
	token.one_workspace = json_get_str(call->body, "workspace_id", &text) && id_parse(text, &token.workspace);
	char random[TOKEN_TEXT_SIZE];
	token_new(random);
	const char *secret = arena_printf(call->arena, API_TOKEN_PREFIX "%s", random);
	token_hash(str_of(secret), token.hash);
	if (!token_make(&call->caller, &token, &json, err))
		return false;
	response_json(call->response, 201, with_secret(call->arena, secret, json));
	return true;
}

bool
list_tokens(struct call *call, struct err *err)
{
	struct str json;
	if (!token_list(&call->caller, &json, err))
		return false;
	response_json(call->response, 200, json);
	return true;
}

bool
revoke_token(struct call *call, struct err *err)
{
	return call_done(call, token_revoke(&call->caller, call_id(call, "token_id"), err));
}
