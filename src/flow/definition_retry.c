/* What follows a failure: "retry" ("never", or how often, how long between, and after which errors), and "on_failure". */
#include "flow/definition_check.h"
#include "flow/hint.h"

static const char *const members[] = {"max_attempts", "delay_ms", "backoff", "max_delay_ms", "on"};

/* A whole number of the policy, or `otherwise` when it was left out. */
static int64_t
number(struct check *c, const struct json *retry, const char *name, int64_t least, int64_t most, int64_t otherwise)
{
	const struct json *given = json_get(retry, name);
	int64_t value = otherwise;
	if (given && (!json_to_int(given, &value) || value < least || value > most)) {
		check_report(c, check_step_path(c, arena_printf(c->arena, "/retry/%s", name)), "range",
			"This must be a whole number, %lld to %lld.", (long long)least, (long long)most);
		return otherwise;
	}
	return value;
}

static struct str
backoff(struct check *c, const struct json *retry)
{
	struct str name = STR("exponential");
	enum backoff known;
	const struct json *given = json_get(retry, "backoff");
	if (given && (!json_get_str(retry, "backoff", &name) || !backoff_parse(name, &known)))
		check_report(c, check_step_path(c, "/retry/backoff"), "unknown",
			"The wait between attempts grows by `none`, `linear` or `exponential`.");
	return name;
}

/* What a step can fail with; one that runs another workflow fails as that run did. */
static const char *const codes[] = {"answer_too_long", "broken_stream", "budget", "child_cancelled", "code",
	"expression", "expression_unavailable", "function", "function_unavailable", "handler", "http_address_refused",
	"http_broken_answer", "http_invalid", "http_redirect", "http_server_error", "http_status", "http_timeout",
	"http_too_large", "http_unexpected_body", "http_unreachable", "http_untrusted", "input_too_large", "internal",
	"invalid_input", "invalid_items", "invalid_output", "invalid_wait", "max_iterations", "max_turns", "max_wait",
	"output_too_large", "outputs_too_large", "overloaded", "poison", "rate_limited", "refused", "rejected",
	"request_log", "script_disk", "script_failed", "script_invalid", "script_lost", "script_memory",
	"script_network", "script_output", "script_unavailable", "secret_unavailable", "step_limit", "template",
	"time_limit", "timeout", "too_deep", "unknown_env", "unknown_kind", "unknown_model", "unknown_outcome",
	"unknown_price", "unknown_tool"};
#define CODES (sizeof codes / sizeof *codes)

/* One that no step ends with never asks for an attempt: most likely another was meant. */
static void
check_code_known(struct check *c, const struct json *code, unsigned index)
{
	struct str known[CODES];
	for (size_t i = 0; i < CODES; i++)
		known[i] = str_of(codes[i]);
	if (check_listed(known, CODES, code->text))
		return;
	const char *meant = hint_did_you_mean(c->arena, code->text, known, CODES);
	check_warn(c, check_step_path(c, arena_printf(c->arena, "/retry/on/%u", index)), "unknown_code",
		"No step fails with the code `%.*s`, so nothing is tried again for it.%s",
		STR_ARG(hint_clip(code->text, 63)),
		*meant ? meant : " Codes are, for example, rate_limited, timeout, http_server_error.");
}

/* Without `on` whatever may pass is tried again; what code or a template comes to does not. */
static void
warn_never_again(struct check *c, const struct json *step)
{
	struct str kind = STR("");
	json_get_str(step, "kind", &kind);
	if (findings_have_code(c->findings, check_step_path(c, "/retry"), "unknown_field"))
		return; /* there is no retry here at all */
	if (str_is(kind, "transform"))
		check_warn(c, check_step_path(c, "/retry"), "never_again",
			"A transform that failed is not tried again: the same would come of it. Take `retry` out.");
	else if (str_is(kind, "function"))
		check_warn(c, check_step_path(c, "/retry"), "never_again",
			"What code throws is not tried again: it would throw the same. Say `on: [function]` if it may "
			"pass, or take `retry` out.");
}

static void
check_codes(struct check *c, const struct json *on, struct json *ret_retry)
{
	unsigned index = 0;
	bool texts = on->type == JSON_ARRAY && on->count > 0 && on->count <= RETRY_CODES_MAX;
	if (texts)
		json_each (code, on)
			texts &= code->type == JSON_STRING && code->text.n > 0 && code->text.n <= 63;
	if (!texts)
		check_report(c, check_step_path(c, "/retry/on"), "type",
			"This must be a list of 1 to %d codes of errors, such as `rate_limited`.", RETRY_CODES_MAX);
	else
		json_add(ret_retry, STR("on"), json_share(c->arena, on));
	if (texts)
		json_each (code, on)
			check_code_known(c, code, index++);
}

static void
check_members(struct check *c, const struct json *retry)
{
	struct str known[sizeof members / sizeof *members];
	unsigned count = 0;
	for (; count < sizeof members / sizeof *members; count++)
		known[count] = str_of(members[count]);
	json_each (member, retry)
		if (str_is(member->key, "jitter"))
			check_report(c, check_step_path(c, "/retry/jitter"), "unknown_field",
				"There is no `jitter` to set: up to a fifth is taken off each wait at random. Leave it "
				"out.");
		else if (!check_listed(known, count, member->key))
			check_report(c,
				check_step_path(
					c, arena_printf(c->arena, "/retry/%s", pointer_part(c->arena, member->key))),
				"unknown_field", "There is no `%.*s` here; there are %s.%s",
				STR_ARG(hint_clip(member->key, 60)), hint_list(c->arena, known, count),
				hint_did_you_mean(c->arena, member->key, known, count));
}

static bool
is_group(enum step_control control)
{
	return control == CONTROL_SEQUENTIAL || control == CONTROL_PARALLEL || control == CONTROL_LOOP;
}

void
check_retry(struct check *c, enum step_control control, const struct json *step, struct json *ret_step)
{
	const struct json *retry = json_get(step, "retry");
	if (!retry)
		return;
	if (is_group(control)) {
		check_report(c, check_step_path(c, "/retry"), "unknown_field",
			"A group or loop is not tried again as a whole. Give its steps a retry of their own.");
		return;
	}
	if (retry->type == JSON_STRING && str_is(retry->text, "never")) {
		json_add(ret_step, STR("retry"), json_share(c->arena, retry));
		return;
	}
	if (retry->type != JSON_OBJECT || !json_get(retry, "max_attempts")) {
		check_report(c, check_step_path(c, "/retry"), "type",
			"This must be `never`, or an object with max_attempts: {\"max_attempts\": 3, \"delay_ms\": "
			"1000}.");
		return;
	}
	struct json *canonical = json_new_object(c->arena);
	check_members(c, retry);
	int64_t attempts = number(c, retry, "max_attempts", 1, RETRY_ATTEMPTS_MAX, 1);
	int64_t delay = number(c, retry, "delay_ms", 0, RETRY_DELAY_MS_MAX, RETRY_DELAY_MS);
	int64_t otherwise = delay > RETRY_MAX_DELAY_MS ? delay : RETRY_MAX_DELAY_MS;
	int64_t most = number(c, retry, "max_delay_ms", 0, RETRY_DELAY_MS_MAX, otherwise);
	json_add(canonical, STR("max_attempts"), json_new_int(c->arena, attempts));
	json_add(canonical, STR("delay_ms"), json_new_int(c->arena, delay));
	json_add(canonical, STR("backoff"), json_new_str(c->arena, backoff(c, retry)));
	json_add(canonical, STR("max_delay_ms"), json_new_int(c->arena, most));
	if (json_get(retry, "on"))
		check_codes(c, json_get(retry, "on"), canonical);
	else if (attempts > 1)
		warn_never_again(c, step);
	json_add(ret_step, STR("retry"), canonical);
}

void
check_on_failure(struct check *c, enum step_control control, const struct json *step, struct json *ret_step)
{
	const struct json *given = json_get(step, "on_failure");
	enum on_failure policy;
	if (given && is_group(control) && given->type == JSON_STRING && str_is(given->text, "ask")) {
		check_report(c, check_step_path(c, "/on_failure"), "unknown",
			"A group or loop that failed can `stop` the run or let it `continue`. Let the steps in it "
			"`ask`.");
		return;
	}
	if (given && (given->type != JSON_STRING || !on_failure_parse(given->text, &policy)))
		check_report(c, check_step_path(c, "/on_failure"), "unknown",
			"When a step has failed the run can `stop`, `continue` without it, or `ask` a person.");
	else if (given)
		json_add(ret_step, STR("on_failure"), json_share(c->arena, given));
}
