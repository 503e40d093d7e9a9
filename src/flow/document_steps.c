/*
 * The words for steps: those of other tools become ours, and times in milliseconds, or written out, our units. How long something is
 * kept, and what a rate is counted per, are seconds when they are bare numbers.
 */
#include "flow/document_internal.h"

#include "flow/code_text.h"
#include "flow/definition.h"
#include "flow/duration.h"
#include "flow/hint.h"

#include <stdio.h>
#include <strings.h>

#define AT_ONCE 10 /* iterations of a loop that is just said to be parallel */

enum turn {
	SAME,
	TIME,	  /* a time in milliseconds becomes one in seconds; a text such as "30s" in either */
	SECONDS,  /* seconds already; or a text */
	MS,	  /* stays in milliseconds; or a text */
	LIST,	  /* one text becomes a list of it */
	STEPS,	  /* a list of steps */
	STEP,	  /* one, which becomes a list */
	ONE_STEP, /* one, which stays one */
	AGENT,
	HANDLER,
	PARALLEL,
	METHOD,
	RETRY,
	CACHE,
	LIMIT,
};

struct word {
	const char *name, *ours;
	enum turn turn;
	const char *kind; /* of this kind of step only */
	bool whole;	  /* of a time: whole seconds, rounded up */
};

/* Those of one kind before those of all. */
static const struct word words[] = {
	{"duration", "seconds", TIME, "wait", false},
	{"seconds", "seconds", SECONDS, "wait", false},
	{"pollInterval", "poll_seconds", TIME, "wait", false},
	{"poll_interval", "poll_seconds", TIME, "wait", false},
	{"poll_seconds", "poll_seconds", SECONDS, "wait", false},
	{"maxWait", "max_seconds", TIME, "wait", false},
	{"max_wait", "max_seconds", TIME, "wait", false},
	{"max_seconds", "max_seconds", SECONDS, "wait", false},
	{"poll", "poll", ONE_STEP, "wait", false},
	{"step", "steps", STEP, "loop", false},
	{"parallel", "max_concurrency", PARALLEL, "loop", false},
	{"method", "method", METHOD, "http", false},
	{"fn", "code", SAME, "function", false},
	{"workingDirectory", "cwd", SAME, "script", false},
	{"working_directory", "cwd", SAME, "script", false},
	{"id", "key", SAME, NULL, false},
	{"type", "kind", SAME, NULL, false},
	{"agent", "agent", AGENT, NULL, false},
	{"agentId", "agent", AGENT, NULL, false},
	{"agent_id", "agent", AGENT, NULL, false},
	{"steps", "steps", STEPS, NULL, false},
	{"failFast", "fail_fast", SAME, NULL, false},
	{"maxConcurrency", "max_concurrency", SAME, NULL, false},
	{"maxIterations", "max_iterations", SAME, NULL, false},
	{"maxTurns", "max_turns", SAME, NULL, false},
	{"maxBytes", "max_bytes", SAME, NULL, false},
	{"needs", "needs", LIST, NULL, false},
	{"dependsOn", "needs", LIST, NULL, false},
	{"depends_on", "needs", LIST, NULL, false},
	{"onFailure", "on_failure", SAME, NULL, false},
	{"onStart", "on_start", HANDLER, NULL, false},
	{"on_start", "on_start", HANDLER, NULL, false},
	{"onComplete", "on_complete", HANDLER, NULL, false},
	{"on_complete", "on_complete", HANDLER, NULL, false},
	{"onError", "on_error", HANDLER, NULL, false},
	{"on_error", "on_error", HANDLER, NULL, false},
	{"timeout", "timeout_seconds", TIME, NULL, true},
	{"timeout_seconds", "timeout_seconds", SECONDS, NULL, true},
	{"timeoutSeconds", "timeout_seconds", SECONDS, NULL, true},
	{"retry", "retry", RETRY, NULL, false},
	{"cache", "cache", CACHE, NULL, false},
	{"concurrency", "concurrency", LIMIT, NULL, false},
	{"rate", "rate", LIMIT, NULL, false},
};

static const struct word retry_words[] = {
	{"maxAttempts", "max_attempts", SAME, NULL, false},
	{"delay", "delay_ms", MS, NULL, false},
	{"delay_ms", "delay_ms", MS, NULL, false},
	{"delayMs", "delay_ms", MS, NULL, false},
	{"maxDelay", "max_delay_ms", MS, NULL, false},
	{"max_delay", "max_delay_ms", MS, NULL, false},
	{"max_delay_ms", "max_delay_ms", MS, NULL, false},
	{"maxDelayMs", "max_delay_ms", MS, NULL, false},
	{"retryOn", "on", LIST, NULL, false},
	{"retry_on", "on", LIST, NULL, false},
	{"on", "on", LIST, NULL, false},
};

static const struct word cache_words[] = {
	{"ttl", "ttl_seconds", SECONDS, NULL, true},
	{"ttl_seconds", "ttl_seconds", SECONDS, NULL, true},
	{"ttlSeconds", "ttl_seconds", SECONDS, NULL, true},
};

static const struct word limit_words[] = {
	{"per", "per_seconds", SECONDS, NULL, false},
	{"per_seconds", "per_seconds", SECONDS, NULL, false},
	{"perSeconds", "per_seconds", SECONDS, NULL, false},
};

struct mapping {
	struct findings *findings;
	struct arena *arena;
	unsigned depth;
};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static const struct word *
find_word(const struct word *list, size_t count, struct str name, struct str kind)
{
	for (size_t i = 0; i < count; i++)
		if (str_is(name, list[i].name) && (!list[i].kind || str_is(kind, list[i].kind)))
			return &list[i];
	return NULL;
}

/* ---- times ---- */

static struct json *
seconds_of(struct arena *arena, int64_t ms, bool whole)
{
	if (whole || ms % 1000 == 0)
		return json_new_int(arena, (ms + 999) / 1000);
	return json_new_double(arena, (double)ms / 1000);
}

/* "{{x}}" in milliseconds as "{{(x) / 1000}}" in seconds. */
static struct json *
template_seconds(struct arena *arena, struct str text)
{
	if (text.n > 4 && memcmp(text.p, "{{", 2) == 0 && memcmp(text.p + text.n - 2, "}}", 2) == 0)
		return json_new_str(
			arena, str_of(arena_printf(arena, "{{(%.*s) / 1000}}", (int)(text.n - 4), text.p + 2)));
	return json_new_str(arena, text);
}

/* What cannot be understood stays as it is; the check of the definition says what belongs there. */
static struct json *
map_time(struct mapping *m, const struct word *word, const struct json *given, const char *path)
{
	int64_t ms;
	double number;
	if (given->type == JSON_STRING && memmem(given->text.p, given->text.n, "{{", 2))
		return word->turn == TIME ? template_seconds(m->arena, given->text) : json_share(m->arena, given);
	if (given->type == JSON_STRING && !duration_parse(given->text, &ms)) {
		document_report(m->findings, given, path, "duration",
			"`%.*s` is no length of time. Write a number with ms, s, m, h or d, such as `30s`.",
			STR_ARG(hint_clip(given->text, 40)));
		return json_share(m->arena, given);
	}
	if (given->type == JSON_STRING)
		return word->turn == MS ? json_new_int(m->arena, ms) : seconds_of(m->arena, ms, word->whole);
	if (word->turn != TIME || !json_to_double(given, &number) || number < 0 || number > (double)DURATION_MS_MAX)
		return json_share(m->arena, given);
	if (word->whole && number > 0 && number < 1000)
		finding_warn(m->findings, path, "milliseconds",
			"`%.*s: %.*s` is %.*s milliseconds, and becomes 1 second. Write `%.*ss` for seconds.",
			STR_ARG(given->key), STR_ARG(given->text), STR_ARG(given->text), STR_ARG(given->text));
	return seconds_of(m->arena, (int64_t)number, word->whole);
}

/* ---- values ---- */

/* "${AGENT_IDS.RESEARCHER}" is the agent of that name. */
static struct json *
map_agent(struct mapping *m, const struct json *given)
{
	static const struct str start = {"${AGENT_IDS.", 12};
	struct str text = given->text;
	if (given->type != JSON_STRING || !str_starts(text, start) || text.p[text.n - 1] != '}')
		return json_share(m->arena, given);
	return json_new_str(m->arena, (struct str){text.p + start.n, text.n - start.n - 1});
}

static struct json *
map_list(struct mapping *m, const struct json *given)
{
	if (given->type != JSON_STRING)
		return json_share(m->arena, given);
	struct json *list = json_new_array(m->arena);
	json_push(list, document_placed(json_share(m->arena, given), given));
	return list;
}

static struct json *
map_method(struct mapping *m, const struct json *given)
{
	if (given->type != JSON_STRING)
		return json_share(m->arena, given);
	char *text = arena_strz(m->arena, given->text);
	for (size_t i = 0; i < given->text.n; i++)
		if (text[i] >= 'a' && text[i] <= 'z')
			text[i] = (char)(text[i] - 'a' + 'A');
	return json_new_str(m->arena, (struct str){text, given->text.n});
}

static struct json *map_object(struct mapping *m, const struct word *list, size_t count, const struct json *given,
	struct str kind, const char *path);
static struct json *map_step(struct mapping *m, const struct json *step, const char *path);

static struct json *
map_steps(struct mapping *m, const struct json *steps, const char *path)
{
	struct json *list = json_new_array(m->arena);
	unsigned index = 0;
	if (steps->type != JSON_ARRAY || m->depth > DEFINITION_DEPTH_MAX + 1)
		return json_share(m->arena, steps);
	m->depth++;
	json_each (step, steps)
		json_push(list, map_step(m, step, arena_printf(m->arena, "%s/%u", path, index++)));
	m->depth--;
	return list;
}

static struct json *
map_one(struct mapping *m, const struct json *step, const char *path)
{
	if (m->depth > DEFINITION_DEPTH_MAX + 1)
		return json_share(m->arena, step);
	m->depth++;
	struct json *mapped = map_step(m, step, path);
	m->depth--;
	return mapped;
}

static struct json *
map_body(struct mapping *m, const struct json *step, const char *path)
{
	struct json *list = json_new_array(m->arena);
	json_push(list, map_one(m, step, arena_printf(m->arena, "%s/0", path)));
	return list;
}

/* NULL: there is nothing to say, or what is wrong was said. */
static struct json *
map_value(struct mapping *m, const struct word *word, const struct json *given, const char *path)
{
	switch (word->turn) {
	case SAME:
		break;
	case TIME:
	case SECONDS:
	case MS:
		return map_time(m, word, given, path);
	case LIST:
		return map_list(m, given);
	case STEPS:
		return map_steps(m, given, path);
	case STEP:
		return map_body(m, given, path);
	case ONE_STEP:
		return map_one(m, given, path);
	case AGENT:
		return map_agent(m, given);
	case HANDLER:
		return document_handler(m->arena, given);
	case PARALLEL:
		if (given->type == JSON_FALSE)
			return NULL;
		return given->type == JSON_TRUE ? json_new_int(m->arena, AT_ONCE) : json_share(m->arena, given);
	case METHOD:
		return map_method(m, given);
	case RETRY:
		return map_object(m, retry_words, COUNT(retry_words), given, STR(""), path);
	case CACHE:
		return map_object(m, cache_words, COUNT(cache_words), given, STR(""), path);
	case LIMIT:
		return map_object(m, limit_words, COUNT(limit_words), given, STR(""), path);
	}
	return json_share(m->arena, given);
}

static struct json *
map_object(struct mapping *m, const struct word *list, size_t count, const struct json *given, struct str kind,
	const char *path)
{
	if (given->type != JSON_OBJECT)
		return json_share(m->arena, given);
	struct json *to = document_placed(json_new_object(m->arena), given);
	json_each (member, given) {
		const struct word *word = find_word(list, count, member->key, kind);
		if (!word) {
			document_add(m->findings, to, arena_strz(m->arena, member->key), json_share(m->arena, member),
				member, path);
			continue;
		}
		/* `parallel: true` only says that there is no number. */
		if (word->turn == PARALLEL && json_get(given, "maxConcurrency"))
			continue;
		struct json *value = map_value(m, word, member, arena_printf(m->arena, "%s/%s", path, word->ours));
		if (value)
			document_add(m->findings, to, word->ours, value, member, path);
	}
	return to;
}

/* ---- what is more than a word ---- */

/* A function of other tools, (data, context) => …, an expression of `data`, or a body that sees it; ours is the body of a function of `input`. */
static struct str
function_body(struct arena *arena, struct str text)
{
	struct code_text read = code_text_read(text);
	return str_of(arena_printf(arena,
		read.form == CODE_FUNCTION     ? "return await (%.*s)(input.data, {input})"
		: read.form == CODE_EXPRESSION ? "const data = input.data; return (%.*s)"
					       : "const data = input.data; %.*s",
		STR_ARG(read.text)));
}

static struct json *
without(struct arena *arena, const struct json *step, const char *a, const char *b)
{
	struct json *rest = document_placed(json_new_object(arena), step);
	json_each (member, step)
		if (!str_is(member->key, a) && !str_is(member->key, b))
			json_add(rest, member->key, json_share(arena, member));
	return rest;
}

/* {kind: transform, input, transform: code} computes; {kind: transform, input} hands on. */
static struct json *
map_transform(struct mapping *m, struct json *step)
{
	const struct json *code = json_get(step, "transform"), *input = json_get(step, "input");
	if (json_get(step, "value") || (!code && !input))
		return step;
	if (!code) {
		struct json *to = without(m->arena, step, "input", "");
		json_add(to, STR("value"), document_placed(json_share(m->arena, input), input));
		return to;
	}
	if (code->type != JSON_STRING)
		return step;
	struct json *to = without(m->arena, step, "transform", "input"), *given = json_new_object(m->arena);
	for (struct json *member = to->child; member; member = member->next)
		if (str_is(member->key, "kind"))
			member->text = STR("function");
	if (input)
		json_add(given, STR("data"), document_placed(json_share(m->arena, input), input));
	json_add(to, STR("input"), document_placed(given, input ? input : code));
	json_add(to, STR("code"), document_placed(json_new_str(m->arena, function_body(m->arena, code->text)), code));
	return to;
}

/* An agent's prompt may stand beside its input. */
static struct json *
map_agent_step(struct mapping *m, struct json *step, const char *path)
{
	const struct json *permission = json_get(step, "permission");
	if (permission) {
		finding_warn(m->findings, arena_printf(m->arena, "%s/permission", path), "permission",
			"`permission` is left out. What an agent may do is said where it is registered.");
		step = without(m->arena, step, "permission", "");
	}
	const struct json *prompt = json_get(step, "prompt"), *input = json_get(step, "input");
	if (prompt && prompt->type == JSON_STRING &&
		(!input || (input->type == JSON_OBJECT && !json_get(input, "prompt")))) {
		struct json *to = without(m->arena, step, "prompt", "input"), *both = json_new_object(m->arena);
		json_add(both, STR("prompt"), document_placed(json_share(m->arena, prompt), prompt));
		json_each (member, input)
			json_add(both, member->key, json_share(m->arena, member));
		json_add(to, STR("input"), document_placed(both, input ? input : prompt));
		step = to;
	}
	return step;
}

/* A prompt's id alone stands for the prompt in its current version. */
static struct json *
map_prompt_step(struct mapping *m, struct json *step)
{
	for (struct json *member = step->child; member; member = member->next) {
		if (!str_is(member->key, "prompt") || member->type != JSON_STRING)
			continue;
		struct json *id = document_placed(json_new_str(m->arena, member->text), member);
		member->type = JSON_OBJECT;
		member->text = STR("");
		json_add(member, STR("id"), id);
	}
	return step;
}

/*
 * Other tools' waits go on while their `condition` holds, for a `duration` at most. One that says in our words how long it takes has a condition as any
 * step does: whether it runs.
 */
static struct json *
map_wait(struct mapping *m, const struct json *written, struct json *step)
{
	bool ours = json_get(written, "seconds") || json_get(written, "until") || json_get(written, "while");
	for (struct json *member = ours ? NULL : step->child; member; member = member->next)
		if (str_is(member->key, "condition"))
			member->key = STR("while");
	const struct json *seconds = json_get(step, "seconds");
	if (!seconds || !json_get(step, "while"))
		return step;
	struct json *to = without(m->arena, step, "seconds", "");
	if (!json_get(to, "max_seconds"))
		json_add(to, STR("max_seconds"), document_placed(json_share(m->arena, seconds), seconds));
	return to;
}

static struct json *
map_step(struct mapping *m, const struct json *step, const char *path)
{
	struct str kind = STR("");
	if (step->type != JSON_OBJECT)
		return json_share(m->arena, step);
	if (!json_get_str(step, "kind", &kind))
		json_get_str(step, "type", &kind);
	struct json *to = map_object(m, words, COUNT(words), step, kind, path);
	if (str_is(kind, "transform"))
		return map_transform(m, to);
	if (str_is(kind, "agent"))
		return map_agent_step(m, to, path);
	if (str_is(kind, "prompt"))
		return map_prompt_step(m, to);
	if (str_is(kind, "wait"))
		return map_wait(m, step, to);
	return to;
}

struct json *
document_steps(struct findings *findings, const struct json *steps, const char *path, unsigned depth)
{
	struct mapping m = {.findings = findings, .arena = findings->arena, .depth = depth};
	return map_steps(&m, steps, path);
}
