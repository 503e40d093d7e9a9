/* Variables and secrets of a workspace. */
#include "store/secret.h"

#include "api/call.h"
#include "api/routes.h"
#include "flow/mask.h"

#include <sodium.h>

static struct str
name_of(const struct call *call)
{
	struct str name = STR("");
	call_text(call, "name", &name);
	return name;
}

bool
list_variables(struct call *call, struct err *err)
{
	struct str json = {0};
	bool ok = variable_list(&call->caller, &json, err);
	return call_answer(call, ok, 200, &json);
}

bool
read_variable(struct call *call, struct err *err)
{
	struct str json = {0};
	bool ok = variable_read(&call->caller, name_of(call), &json, err);
	return call_answer(call, ok, 200, &json);
}

bool
set_variable(struct call *call, struct err *err)
{
	struct str json = {0};
	bool ok = variable_put(&call->caller, name_of(call), call_body_text(call, "value", ""), &json, err);
	return call_answer(call, ok, 200, &json);
}

bool
delete_variable(struct call *call, struct err *err)
{
	return call_done(call, variable_delete(&call->caller, name_of(call), err));
}

bool
list_secrets(struct call *call, struct err *err)
{
	struct str json = {0};
	bool ok = secret_list(&call->caller, &json, err);
	return call_answer(call, ok, 200, &json);
}

/* Sealed in this process, which cannot open it, and wiped from the body. Two round trips: the key, which may have been rotated, comes first. */
static bool
seal_body(struct call *call, struct seal_public *ret_to, struct str *ret_sealed, struct err *err)
{
	struct str value = call_body_text(call, "value", "");
	if (!mask_can_hide(value))
		return err_issue(err, "/value", "too_short",
			"has fewer than %d characters without the blanks around it, so it could not be hidden in what "
			"is "
			"recorded",
			MASK_LEAST);
	if (value.n > SECRET_MAX)
		return err_issue(err, "/value", "too_long", "is longer than %d bytes", SECRET_MAX);
	return secret_key(&call->caller, ret_to, err) &&
	       seal(call->arena, ret_to, call->caller.workspace, name_of(call), value, ret_sealed, err);
}

bool
set_secret(struct call *call, struct err *err)
{
	struct seal_public to;
	struct str sealed, json = {0};
	bool ok = seal_body(call, &to, &sealed, err);
	struct str value = call_body_text(call, "value", "");
	sodium_memzero((char *)(uintptr_t)value.p, value.n);
	sodium_memzero((char *)(uintptr_t)call->body_text.p, call->body_text.n);
	ok = ok && secret_put(&call->caller, name_of(call), to.id, sealed, &json, err);
	return call_answer(call, ok, 200, &json);
}

bool
delete_secret(struct call *call, struct err *err)
{
	return call_done(call, secret_delete(&call->caller, name_of(call), err));
}
