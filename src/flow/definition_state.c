/* What a workflow publishes about its runs: names of values with templates, which may speak of the input and of every step. */
#include "flow/definition_check.h"
#include "flow/published.h"

void
check_state(struct check *c, const struct json *doc, struct json *ret_canonical)
{
	const struct json *state = json_get(doc, "state");
	struct json *canonical = NULL;
	struct err own = {0};
	if (!state)
		return;
	if (state->type != JSON_OBJECT) {
		check_report(c, "/state", "type", "The state must be an object: name → any JSON, with templates.");
		return;
	}
	if (state->count > STATE_NAMES_MAX) {
		check_report(c, "/state", "too_many", "The state has %u names. At most %d are allowed.", state->count,
			STATE_NAMES_MAX);
		return;
	}
	json_each (member, state)
		if (!check_key_valid(member->key))
			check_report(c, "/state", "pattern",
				"A name of the state begins with a small letter; small letters, digits, `_` and `-` "
				"follow.");
	c->step = c->step_count; /* it looks back on all of them */
	c->member = "/state";
	c->plain = true;
	if (!template_map(c->arena, state, check_string, c, &canonical, &own))
		check_report(c, "/state", "too_deep", "%s", own.message);
	else
		json_add(ret_canonical, STR("state"), canonical);
	c->plain = false;
}
