/* "limits" of a workflow: what a run may cost, how long it may take and how many steps; "concurrency" and "rate" of a step: what it allows of a key of its own. */
#include "flow/definition_check.h"
#include "flow/hint.h"

/* ---- reading ---- */

int64_t
usd_to_nano(double usd)
{
	return (int64_t)(usd * 1e9 + 0.5);
}

/* What comes in a tenth of a second: whoever asks for a thousand a second does not mean one a millisecond. */
int64_t
limit_burst(int64_t cap, int64_t period_ms)
{
	int64_t burst = cap * 100 / (period_ms > 0 ? period_ms : 1);
	return burst > 1 ? burst : 1;
}

bool
definition_read_limits(const struct json *doc, struct definition *definition)
{
	const struct json *limits = json_get(doc, "limits"), *cost, *warn, *seconds;
	bool chain = str_is(definition->type, "chain");
	double number;
	definition->cost_nano = chain ? usd_to_nano(CHAIN_COST_USD) : -1;
	definition->warn_nano = chain ? usd_to_nano(CHAIN_WARN_USD) : -1;
	if (!limits)
		return true;
	cost = json_get(limits, "cost_usd");
	warn = json_get(limits, "warn_usd");
	seconds = json_get(limits, "seconds");
	json_get_int(limits, "steps", &definition->limit_steps);
	if (seconds) {
		if (!json_to_double(seconds, &number))
			return false;
		definition->limit_us = (int64_t)(number * 1e6);
	}
	if (cost) {
		if (!json_to_double(cost, &number))
			return false;
		definition->cost_nano = usd_to_nano(number);
	}
	if (warn) {
		if (!json_to_double(warn, &number))
			return false;
		definition->warn_nano = usd_to_nano(number);
	}
	return true;
}

static bool
read_own(const struct json *from, bool rate, struct own_limit *own)
{
	double seconds = 0;
	if (!from)
		return true;
	const struct json *per = json_get(from, "per_seconds");
	if (!json_get_str(from, "key", &own->key) || !json_get_int(from, "limit", &own->cap) || own->cap < 1)
		return false;
	if (!rate)
		return true;
	if (!per || !json_to_double(per, &seconds) || seconds <= 0)
		return false;
	own->period_ms = (int64_t)(seconds * 1000 + 0.5);
	if (!json_get_int(from, "burst", &own->burst))
		own->burst = limit_burst(own->cap, own->period_ms);
	return own->period_ms > 0;
}

bool
definition_read_own_limits(const struct json *step, struct step_def *ret_step)
{
	return read_own(json_get(step, "concurrency"), false, &ret_step->concurrency) &&
	       read_own(json_get(step, "rate"), true, &ret_step->rate);
}

/* ---- checking ---- */

static void
check_members(struct check *c, const char *path, const struct json *object, const char *const *names)
{
	struct str known[8];
	unsigned count = 0;
	for (; count < 8 && names[count]; count++)
		known[count] = str_of(names[count]);
	json_each (member, object)
		if (!check_listed(known, count, member->key))
			check_report(c, arena_printf(c->arena, "%s/%s", path, pointer_part(c->arena, member->key)),
				"unknown_field", "There is no `%.*s` here; there are %s.%s",
				STR_ARG(hint_clip(member->key, 60)), hint_list(c->arena, known, count),
				hint_did_you_mean(c->arena, member->key, known, count));
}

static void
check_usd(struct check *c, const struct json *limits, const char *name)
{
	double usd;
	const struct json *given = json_get(limits, name);
	if (given && (!json_to_double(given, &usd) || usd < 0 || usd > LIMIT_USD_MAX))
		check_report(c, arena_printf(c->arena, "/limits/%s", name), "range",
			"This must be a number of dollars, 0 to %d.", LIMIT_USD_MAX);
}

void
check_limits(struct check *c, const struct json *doc, struct json *ret_doc)
{
	static const char *const members[] = {"cost_usd", "warn_usd", "seconds", "steps", NULL};
	const struct json *limits = json_get(doc, "limits"), *steps, *seconds;
	int64_t count;
	double number;
	if (!limits)
		return;
	if (limits->type != JSON_OBJECT) {
		check_report(c, "/limits", "type", "The limits are an object, such as {\"cost_usd\": 5}.");
		return;
	}
	check_members(c, "/limits", limits, members);
	check_usd(c, limits, "cost_usd");
	check_usd(c, limits, "warn_usd");
	steps = json_get(limits, "steps");
	seconds = json_get(limits, "seconds");
	if (steps && (!json_to_int(steps, &count) || count < 1 || count > LIMIT_STEPS_MAX))
		check_report(c, "/limits/steps", "range", "This must be a whole number, 1 to %d.", LIMIT_STEPS_MAX);
	if (seconds && (!json_to_double(seconds, &number) || number < 1 || number > WAIT_SECONDS_MAX))
		check_report(
			c, "/limits/seconds", "range", "This must be a number of seconds, 1 to %d.", WAIT_SECONDS_MAX);
	json_add(ret_doc, STR("limits"), json_share(c->arena, limits));
}

/* The key with its templates, checked and rewritten. */
static void
check_key(struct check *c, const char *path, const struct json *from, struct json *ret_limit)
{
	const struct json *key = json_get(from, "key");
	struct json *canonical = NULL;
	struct err own = {0};
	if (!key || key->type != JSON_STRING || key->text.n == 0 || key->text.n > LIMIT_KEY_MAX) {
		check_report(c, check_step_path(c, arena_printf(c->arena, "%s/key", path)), "required",
			"It needs a key, a text of at most %d bytes, perhaps with templates: steps with the same key "
			"share the limit.",
			LIMIT_KEY_MAX);
		return;
	}
	c->member = arena_printf(c->arena, "%s/key", path);
	c->plain = true;
	if (!template_map(c->arena, key, check_string, c, &canonical, &own))
		check_report(c, check_step_path(c, c->member), "too_deep", "%s", own.message);
	c->member = "/input";
	c->plain = false;
	if (canonical)
		json_add(ret_limit, STR("key"), canonical);
}

static void
check_number(struct check *c, const char *path, const struct json *from, const char *name, int64_t most, bool needed,
	struct json *ret_limit)
{
	int64_t number;
	const struct json *given = json_get(from, name);
	if (!given && !needed)
		return;
	if (!given || !json_to_int(given, &number) || number < 1 || number > most)
		check_report(c, check_step_path(c, arena_printf(c->arena, "%s/%s", path, name)), "range",
			"This must be a whole number, 1 to %lld.", (long long)most);
	else
		json_add(ret_limit, str_of(name), json_share(c->arena, given));
}

static void
check_seconds(struct check *c, const char *path, const struct json *from, struct json *ret_limit)
{
	double seconds;
	const struct json *given = json_get(from, "per_seconds");
	if (!given || !json_to_double(given, &seconds) || seconds < 0.001 || seconds > LIMIT_SECONDS_MAX)
		check_report(c, check_step_path(c, arena_printf(c->arena, "%s/per_seconds", path)), "range",
			"This must be a number of seconds, 0.001 to %d.", LIMIT_SECONDS_MAX);
	else
		json_add(ret_limit, STR("per_seconds"), json_share(c->arena, given));
}

static void
check_own(struct check *c, enum step_control control, const char *name, const struct json *step, struct json *ret_step)
{
	static const char *const of_concurrency[] = {"key", "limit", NULL};
	static const char *const of_rate[] = {"key", "limit", "per_seconds", "burst", NULL};
	bool rate = strcmp(name, "rate") == 0;
	const struct json *given = json_get(step, name);
	const char *path = arena_printf(c->arena, "/%s", name);
	struct json *canonical = json_new_object(c->arena);
	if (!given)
		return;
	if (control != CONTROL_CALL) {
		check_report(c, check_step_path(c, path), "unknown_field",
			"This kind of step makes no call, so there is nothing to limit.");
		return;
	}
	if (given->type != JSON_OBJECT) {
		check_report(c, check_step_path(c, path), "type", "This must be an object, such as %s.",
			rate ? "{\"key\": \"mail\", \"limit\": 10, \"per_seconds\": 1}"
			     : "{\"key\": \"mail\", \"limit\": 2}");
		return;
	}
	check_members(c, check_step_path(c, path), given, rate ? of_rate : of_concurrency);
	check_key(c, path, given, canonical);
	check_number(c, path, given, "limit", LIMIT_UNITS_MAX, true, canonical);
	if (rate) {
		check_seconds(c, path, given, canonical);
		check_number(c, path, given, "burst", LIMIT_UNITS_MAX, false, canonical);
	}
	json_add(ret_step, str_of(name), canonical);
}

void
check_own_limits(struct check *c, enum step_control control, const struct json *step, struct json *ret_step)
{
	check_own(c, control, "concurrency", step, ret_step);
	check_own(c, control, "rate", step, ret_step);
}
