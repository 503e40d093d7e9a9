/* The checks of waits that go on while a condition holds, and of the step of their own that runs between looks. */
#include "flow/definition_check.h"
#include "flow/hint.h"

/* ---- what the condition and that step see of it ---- */

static const struct json *
own_step(const struct check *c)
{
	const struct json *written = c->step < c->step_count ? c->places[c->step].written : NULL;
	struct str kind;
	bool wait =
		written && written->type == JSON_OBJECT && json_get_str(written, "kind", &kind) && str_is(kind, "wait");
	return wait && c->in_while ? json_get(written, "poll") : NULL;
}

bool
check_sees_poll(const struct check *c)
{
	return c->step < c->step_count && (c->places[c->step].poll || own_step(c));
}

/* poll.output…, `names` beginning behind "poll". */
void
check_poll_ref(struct check *c, const struct str *names, unsigned count)
{
	static const struct str known[] = {{"output", 6}, {"error", 5}};
	if (!check_sees_poll(c))
		check_report(c, c->at, "outside_poll",
			"`poll` is what the `poll` step of a wait gave last, and can only be named in that wait's "
			"`while` and in that step.");
	else if (count > 0 && !check_listed(known, 2, names[0]))
		check_report(c, c->at, "unknown_field", "There are `poll.output` and `poll.error`.%s",
			hint_did_you_mean(c->arena, names[0], known, 2));
}

/* ---- the wait ---- */

static void
check_seconds(struct check *c, const struct json *step, const char *name, double least, double most,
	const struct json *otherwise, struct json *ret_step)
{
	double seconds;
	const struct json *given = json_get(step, name) ? json_get(step, name) : otherwise;
	if (!given)
		return;
	if (!json_to_double(given, &seconds) || seconds < least || seconds > most)
		check_report(c, check_step_path(c, arena_printf(c->arena, "/%s", name)), "range",
			"This must be a number of seconds, %g to %.0f.", least, most);
	else
		json_add(ret_step, str_of(name), json_share(c->arena, given));
}

void
check_look(struct check *c, const struct json *step, struct json *ret_step)
{
	static const char *const others[] = {"seconds", "until"};
	struct str signal = c->keys[c->step];
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (json_get(step, others[i]))
			check_report(c, check_step_path(c, arena_printf(c->arena, "/%s", others[i])), "unknown_field",
				"A wait that has `while` goes on as long as that holds. Say with `max_seconds` how "
				"long it "
				"may take at most.");
	c->in_while = true;
	check_question(c, "/while", json_get(step, "while"), ret_step);
	c->in_while = false;
	check_seconds(c, step, "poll_seconds", 1, POLL_SECONDS_MAX, json_new_int(c->arena, POLL_SECONDS), ret_step);
	check_seconds(c, step, "max_seconds", 1, WAIT_SECONDS_MAX, NULL, ret_step);
	if (json_get(step, "signal") && (!json_get_str(step, "signal", &signal) || !check_key_valid(signal)))
		check_report(c, check_step_path(c, "/signal"), "pattern",
			"The name of a signal begins with a small letter; small letters, digits, `_` and `-` follow.");
	json_add(ret_step, STR("signal"), json_new_str(c->arena, signal));
}

/* What only a wait with a condition has. */
void
check_no_look(struct check *c, const struct json *step)
{
	static const char *const names[] = {"poll", "poll_seconds", "max_seconds", "signal"};
	check_foreign(c, step, names, sizeof names / sizeof *names,
		"Only a wait that looks at a condition, `while`, has this.");
}

/* ---- its own step ---- */

void
check_poll(struct check *c, const struct json *poll)
{
	static const char *const kinds[] = {"prompt", "http", "function", "agent", "workflow", "transform"};
	static const char *const none[] = {"key", "output", "needs", "phase"};
	struct str kind, policy;
	bool known = !json_get_str(poll, "kind", &kind); /* that is reported elsewhere */
	const struct json *retry = json_get(poll, "retry");
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		known = known || str_is(kind, kinds[i]);
	if (!known)
		check_report(c, check_step_path(c, "/kind"), "unknown_kind",
			"A wait can run a step of the kind prompt, http, function, agent, workflow or transform before "
			"it looks "
			"again, not `%.*s`.",
			STR_ARG(hint_clip(kind, 40)));
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		if (json_get(poll, none[i]))
			check_report(c, check_step_path(c, arena_printf(c->arena, "/%s", none[i])), "unknown_field",
				"The step that a wait runs before it looks again has no `%s`. What it gives is "
				"`poll.output`.",
				none[i]);
	if (retry && !(retry->type == JSON_STRING && str_is(retry->text, "never")))
		check_report(c, check_step_path(c, "/retry"), "unknown_field",
			"This step runs again anyway. Let the wait go on when it fails by `on_failure: continue`.");
	if (json_get_str(poll, "on_failure", &policy) && str_is(policy, "ask"))
		check_report(c, check_step_path(c, "/on_failure"), "unknown",
			"When this step fails the wait can `stop`, which is to fail, or `continue`, which is to look "
			"again.");
}
