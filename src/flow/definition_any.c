/* What any step may say (its phase, a name for its output), notes, which say nothing else, and what a workflow gives in the end. */
#include "flow/code_text.h"
#include "flow/definition_check.h"
#include "flow/expression_tokens.h"
#include "flow/hint.h"
#include "flow/template.h"

#define PHASE_CHARACTERS_MAX 60
#define NOTE_BYTES_MAX 20000

bool
step_is_note(const struct json *step)
{
	struct str kind;
	return step->type == JSON_OBJECT && json_get_str(step, "kind", &kind) && str_is(kind, "note");
}

unsigned
definition_step_count(const struct json *steps)
{
	unsigned count = 0;
	json_each (step, steps)
		count += !step_is_note(step);
	return count;
}

/* ---- notes ---- */

/* It runs never, so nothing that says how or when has a meaning. */
void
check_note(struct check *c, const struct json *step)
{
	static const char *const own[] = {"key", "name", "kind", "text", "phase"};
	struct str text;
	if (!json_get_str(step, "text", &text) || text.n == 0 || text.n > NOTE_BYTES_MAX)
		check_report(c, check_step_path(c, json_get(step, "text") ? "/text" : ""), "required",
			"A note needs a text, of at most %d bytes.", NOTE_BYTES_MAX);
	json_each (member, step) {
		bool known = false;
		for (size_t i = 0; i < sizeof own / sizeof *own; i++)
			known |= str_is(member->key, own[i]);
		if (!known)
			check_report(c,
				check_step_path(
					c, arena_printf(c->arena, "/%.*s", STR_ARG(hint_clip(member->key, 60)))),
				"unknown_field", "A note never runs; it has a text, and perhaps a name and a phase.");
	}
}

/* A list of which nothing would run. */
void
check_some_run(struct check *c, const char *path, const struct json *steps)
{
	if (steps && steps->type == JSON_ARRAY && steps->count > 0 && definition_step_count(steps) == 0)
		check_report(c, path, "too_few", "There are only notes in this list. At least one step has to run.");
}

/* ---- any step ---- */

static bool
name_valid(struct str name)
{
	return definition_env_name_valid(name); /* the same letters */
}

static struct str
output_name(const struct check *c, unsigned step)
{
	struct str name = STR("");
	const struct json *written = c->places[step].written;
	if (written->type == JSON_OBJECT)
		json_get_str(written, "output", &name);
	return name;
}

void
check_any(struct check *c, const struct json *step)
{
	const struct json *phase = json_get(step, "phase"), *output = json_get(step, "output");
	struct str name;
	if (phase && (phase->type != JSON_STRING || phase->text.n == 0 ||
			     str_utf8_length(phase->text) > PHASE_CHARACTERS_MAX))
		check_report(c, check_step_path(c, "/phase"), "type",
			"A phase is a text of 1 to %d characters: the column that the step stands in.",
			PHASE_CHARACTERS_MAX);
	if (json_get(step, "text") && !step_is_note(step))
		check_report(c, check_step_path(c, "/text"), "unknown_field", "Only a note has a text.");
	if (!output || step_is_note(step))
		return;
	if (!json_get_str(step, "output", &name) || !name_valid(name)) {
		check_report(c, check_step_path(c, "/output"), "pattern",
			"The name of an output begins with a letter or `_`; letters, digits and `_` follow, 63 at most "
			"in all.");
		return;
	}
	for (unsigned i = 0; i < c->step; i++)
		if (str_eq(output_name(c, i), name)) {
			check_report(c, check_step_path(c, "/output"), "duplicate",
				"Step `%.*s` calls its output `%.*s` as well. Names must differ.",
				STR_ARG(hint_clip(c->keys[i], 60)), STR_ARG(name));
			return;
		}
}

/* outputs.NAME… is steps.KEY.output…; false: that was reported. */
bool
check_output_path(struct check *c, struct str path, struct str *ret_path)
{
	static const struct str root = {"outputs.", 8};
	struct str *names = arena_array(c->arena, c->step_count + 1, sizeof *names), rest = STR("");
	unsigned count = 0;
	if (!str_starts(path, root) || path.n == root.n)
		return check_report(
			c, c->at, "incomplete", "`%.*s` names no output. Write `outputs.NAME`.", STR_ARG(path));
	struct str name = {path.p + root.n, path.n - root.n};
	const char *dot = memchr(name.p, '.', name.n);
	if (dot) {
		rest = (struct str){dot, (size_t)(name.p + name.n - dot)};
		name.n -= rest.n;
	}
	for (unsigned i = 0; i < c->step_count; i++) {
		struct str other = output_name(c, i);
		if (other.n > 0 && str_eq(other, name)) {
			*ret_path = str_of(
				arena_printf(c->arena, "steps.%.*s.output%.*s", STR_ARG(c->keys[i]), STR_ARG(rest)));
			return true;
		}
		if (other.n > 0)
			names[count++] = other;
	}
	return check_report(c, c->at, "unknown_output", "No step calls its output `%.*s`%s%s.%s",
		STR_ARG(hint_clip(name, 60)), count ? "; there are " : "", hint_list(c->arena, names, count),
		hint_did_you_mean(c->arena, name, names, count));
}

/* ---- outputs that are kept ---- */

/* Why what such a step gives is never taken from another run; NULL: it may be. */
static const char *
never_kept(enum step_control control)
{
	switch (control) {
	case CONTROL_WAIT:
		return "A wait gives nothing that could be kept: it is there to pass time in each run. Put `cache` on "
		       "the "
		       "steps that are worked out.";
	case CONTROL_APPROVAL:
		return "What a person has decided counts for the run that they were asked in, and for no other.";
	case CONTROL_SIGNAL:
		return "A signal is sent to one run: another cannot have received it.";
	case CONTROL_CONDITIONAL:
	case CONTROL_SWITCH:
		return "A step that chooses only looks at what is there, in each run anew. Put `cache` on the steps "
		       "that "
		       "it chooses.";
	default:
		return NULL;
	}
}

/* Of a group or a loop nothing begins then, so nothing in it may be what each run has to wait for by itself. */
static bool
may_be_kept(struct check *c, enum step_control control)
{
	const char *why = never_kept(control);
	if (why)
		return check_report(c, check_step_path(c, "/cache"), "unknown_field", "%s", why);
	for (unsigned i = c->step + 1; i < c->places[c->step].end; i++) {
		struct str kind;
		const struct json *written = c->places[i].written;
		if (written->type == JSON_OBJECT && json_get_str(written, "kind", &kind) &&
			(str_is(kind, "approval") || str_is(kind, "signal")))
			return check_report(c, check_step_path(c, "/cache"), "unknown_field",
				"Step `%.*s` in it waits for somebody, in each run anew: what this step gives cannot "
				"be "
				"kept. Put `cache` on the steps that are worked out.",
				STR_ARG(hint_clip(c->keys[i], 60)));
	}
	return true;
}

void
check_cache(struct check *c, enum step_control control, const struct json *step, struct json *ret_step)
{
	const struct json *cache = json_get(step, "cache"), *key = NULL;
	int64_t seconds;
	if (!cache)
		return;
	if (!may_be_kept(c, control))
		return;
	if (cache->type == JSON_OBJECT)
		key = json_get(cache, "key");
	if (!key || key->type != JSON_STRING || key->text.n == 0 || cache->count != 2) {
		check_report(c, check_step_path(c, "/cache"), "type",
			"A cache has a key, a template such as `{{input.url}}`, and ttl_seconds: how long an output is "
			"kept.");
		return;
	}
	if (!json_get_int(cache, "ttl_seconds", &seconds) || seconds < 1 || seconds > CACHE_SECONDS_MAX)
		check_report(c, check_step_path(c, "/cache/ttl_seconds"), "range",
			"This must be a whole number of seconds, 1 to %d: 30 days at most.", CACHE_SECONDS_MAX);
	struct json *canonical = json_new_object(c->arena);
	json_add(canonical, STR("key"), check_value(c, "/cache/key", key));
	json_add(canonical, STR("ttl_seconds"), json_share(c->arena, json_get(cache, "ttl_seconds")));
	json_add(ret_step, STR("cache"), canonical);
}

/* ---- handlers ---- */

const char *const handler_names[] = {"on_start", "on_complete", "on_error", NULL};

/*
 * On the first line of the code, so that its lines are those that people wrote. In a function of their own, so that code may name the parts of
 * the context itself: `const { output } = context`.
 */
#define HANDLER_HEAD "return await (({ input, output, error, steps, workflow }) => async function (context) { "
#define HANDLER_TAIL "\n})(input)(input)"

struct str
handler_source(struct arena *arena, const struct json *step, const char *name)
{
	const struct json *handler = json_get(step, name);
	const char *first = strcmp(name, "on_start") == 0      ? "input, context"
			    : strcmp(name, "on_complete") == 0 ? "output, context"
							       : "error, context";
	struct str code;
	if (!handler || handler->type != JSON_OBJECT || !json_get_str(handler, "code", &code))
		return STR("");
	code = code_text_body(arena, code, first);
	return str_of(arena_printf(arena, HANDLER_HEAD "%.*s" HANDLER_TAIL, STR_ARG(code)));
}

/* What people wrote of it. */
static struct str
written_of(struct str source)
{
	const size_t head = sizeof HANDLER_HEAD - 1, tail = sizeof HANDLER_TAIL - 1;
	return source.n > head + tail ? (struct str){source.p + head, source.n - head - tail} : STR("");
}

bool
handler_speaks_of(struct str source, struct str word)
{
	struct str written = written_of(source);
	return memmem(written.p, written.n, word.p, word.n);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Behind `steps`: .KEY, ?.KEY or ['KEY'], which name one. */
static bool
names_one(const char *at, const char *end)
{
	while (at < end && is_blank(*at))
		at++;
	if (at + 1 < end && at[0] == '?' && at[1] == '.')
		at++;
	if (at < end && *at == '.')
		at++;
	if (at < end && *at != '[')
		return at[-1] == '.' && scan_name_byte(*at);
	for (at++; at < end && is_blank(*at); at++)
		;
	return at < end && (*at == '"' || *at == '\'');
}

bool
handler_reads_step(struct str source, struct str key)
{
	static const struct str word = {"steps", 5};
	struct str written = written_of(source);
	const char *end = written.p + written.n;
	if (memmem(written.p, written.n, key.p, key.n))
		return true;
	for (const char *at = written.p; (at = memmem(at, (size_t)(end - at), word.p, word.n)); at += word.n) {
		bool whole = (at == written.p || !scan_name_byte(at[-1])) &&
			     (at + word.n == end || !scan_name_byte(at[word.n]));
		if (whole && !names_one(at + word.n, end))
			return true;
	}
	return false;
}

void
definition_read_handlers(struct arena *arena, const struct json *from, struct step_def *step)
{
	step->on_start = handler_source(arena, from, "on_start");
	step->on_complete = handler_source(arena, from, "on_complete");
	step->on_error = handler_source(arena, from, "on_error");
}

static void
check_handler(struct check *c, const char *place, const struct json *handler, const char *instead)
{
	struct str code;
	struct expression env;
	struct expression_fault fault = {0};
	if (handler->type != JSON_OBJECT || handler->count != 1 || !json_get_str(handler, "code", &code) ||
		code.n == 0 || code.n > FUNCTION_CODE_MAX)
		check_report(c, place, "type",
			"A handler has code: the body of a function of `context` and its parts, such as `return "
			"output.items`; at most %d bytes.",
			FUNCTION_CODE_MAX);
	else if (!expression_env(c->arena, code, &env, &fault) || env.ref_count > 0)
		check_report(c, place, "env_here", "Handlers do not see variables and secrets. %s", instead);
	else if (code_text_read(code).idle)
		check_warn(c, place, "returns_nothing",
			"This handler returns nothing, so it changes nothing. Write `return …`, one expression, or a "
			"function such as `(output, context) => output.items`.");
}

void
check_handlers(struct check *c, const struct json *step)
{
	for (const char *const *name = handler_names; *name; name++) {
		const struct json *handler = json_get(step, *name);
		const char *place = check_step_path(c, arena_printf(c->arena, "/%s", *name));
		if (handler)
			check_handler(c, place, handler, "Name them in the step's input.");
	}
}

/* ---- the workflow ---- */

void
check_run_handlers(struct check *c, const struct json *doc)
{
	for (const char *const *name = handler_names; *name; name++) {
		const struct json *handler = json_get(doc, *name);
		if (handler)
			check_handler(c, arena_printf(c->arena, "/%s", *name), handler, "Let a step use them.");
	}
}

void
check_output(struct check *c, const struct json *doc, struct json *ret_canonical)
{
	const struct json *output = json_get(doc, "output");
	struct json *canonical = NULL;
	struct str *sources;
	unsigned count;
	struct err own = {0};
	if (!output)
		return;
	c->step = c->step_count; /* it looks back on all of them */
	c->member = "/output";
	c->shown = true;
	if (!template_map(c->arena, output, check_string, c, &canonical, &own))
		check_report(c, "/output", "too_deep", "%s", own.message);
	else if (!template_expressions(c->arena, canonical, &sources, &count, &own) && own.code == ERR_LIMIT)
		check_report(c, "/output", "too_many", "%s", own.message);
	else
		json_add(ret_canonical, STR("output"), canonical);
	c->shown = false;
}

/* A template that is a step's output and nothing else: then nothing has to be made, however large that is. */
static unsigned
whole_output_of(struct arena *arena, const struct definition *d)
{
	if (d->output->type != JSON_STRING)
		return NO_STEP;
	for (unsigned i = 0; i < d->step_count; i++)
		if (str_eq(d->output->text,
			    str_of(arena_printf(arena, "{{steps.%.*s.output}}", STR_ARG(d->steps[i].key)))))
			return i;
	return NO_STEP;
}

bool
definition_read_output(struct arena *arena, const struct json *doc, struct definition *d, struct err *err)
{
	d->output = json_get(doc, "output");
	d->output_step = NO_STEP;
	if (!d->output)
		return true;
	d->output_step = whole_output_of(arena, d);
	return template_expressions(arena, d->output, &d->output_sources, &d->output_source_count, err);
}
