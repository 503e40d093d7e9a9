/* Reading a definition that has been checked before, and the prompts a document names. */
#include "flow/definition.h"

#include "flow/code_text.h"
#include "flow/definition_http.h"
#include "flow/definition_nest.h"
#include "flow/definition_script.h"
#include "flow/models.h"
#include "flow/template.h"

static bool
broken(struct err *err, unsigned step, const char *what)
{
	err_set(err, ERR_INTERNAL, "The stored definition of this workflow cannot be read. Save the workflow again.");
	err_detail(err, "step %u: %s", step, what);
	return false;
}

static const char *const backoffs[] = {
	[BACKOFF_NONE] = "none",
	[BACKOFF_LINEAR] = "linear",
	[BACKOFF_EXPONENTIAL] = "exponential",
};

bool
backoff_parse(struct str name, enum backoff *ret_backoff)
{
	for (unsigned i = 0; i < sizeof backoffs / sizeof *backoffs; i++)
		if (str_is(name, backoffs[i])) {
			*ret_backoff = (enum backoff)i;
			return true;
		}
	return false;
}

static const char *const failures[] = {
	[FAILURE_STOPS] = "stop",
	[FAILURE_CONTINUES] = "continue",
	[FAILURE_ASKS] = "ask",
};

bool
on_failure_parse(struct str name, enum on_failure *ret_policy)
{
	for (unsigned i = 0; i < sizeof failures / sizeof *failures; i++)
		if (str_is(name, failures[i])) {
			*ret_policy = (enum on_failure)i;
			return true;
		}
	return false;
}

static bool
read_retry(const struct json *from, struct retry_def *retry)
{
	struct str name;
	int64_t attempts;
	if (!from)
		return true;
	if (from->type == JSON_STRING)
		return retry->never = str_is(from->text, "never");
	retry->on = json_get(from, "on");
	if (!json_get_int(from, "max_attempts", &attempts) || attempts < 1 || attempts > RETRY_ATTEMPTS_MAX ||
		!json_get_int(from, "delay_ms", &retry->delay_ms) ||
		!json_get_int(from, "max_delay_ms", &retry->max_delay_ms) || !json_get_str(from, "backoff", &name))
		return false;
	retry->max_attempts = (int)attempts;
	return backoff_parse(name, &retry->backoff);
}

enum step_control
step_control(struct str kind)
{
	static const char *const names[] = {
		[CONTROL_CALL] = "",
		[CONTROL_TRANSFORM] = "transform",
		[CONTROL_WAIT] = "wait",
		[CONTROL_APPROVAL] = "approval",
		[CONTROL_SIGNAL] = "signal",
		[CONTROL_SEQUENTIAL] = "sequential",
		[CONTROL_PARALLEL] = "parallel",
		[CONTROL_CONDITIONAL] = "conditional",
		[CONTROL_SWITCH] = "switch",
		[CONTROL_WORKFLOW] = "workflow",
		[CONTROL_LOOP] = "loop",
	};
	for (unsigned i = CONTROL_TRANSFORM; i < sizeof names / sizeof *names; i++)
		if (str_is(kind, names[i]))
			return (enum step_control)i;
	return CONTROL_CALL;
}

static bool
read_control(const struct json *from, struct step_def *step)
{
	step->value = json_get(from, "value");
	step->seconds = json_get(from, "seconds");
	step->until = json_get(from, "until");
	bool named = json_get_str(from, "signal", &step->signal);
	return (step->control != CONTROL_TRANSFORM || step->value) &&
	       (step->control != CONTROL_WAIT || step->seconds || step->until || json_get(from, "while")) &&
	       (step->control != CONTROL_SIGNAL || named);
}

/* All that is filled when it begins. */
static bool
read_expressions(struct arena *arena, struct step_def *step, struct err *err)
{
	const struct json *values[] = {
		step->input, step->value, step->seconds, step->until, step->condition, step->items, step->cache_key};
	struct json *all = json_new_array(arena);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (values[i])
			json_push(all, json_share(arena, values[i]));
	if (step->repeat_while &&
		!template_expressions(arena, step->repeat_while, &step->while_sources, &step->while_source_count, err))
		return false;
	return template_expressions(arena, all, &step->sources, &step->source_count, err);
}

static bool
read_step(struct arena *arena, const struct json *from, unsigned index, struct step_def *step, struct err *err)
{
	step->index = index;
	if (!step->is_poll && !json_get_str(from, "key", &step->key))
		return broken(err, index, "no key");
	if (!json_get_str(from, "kind", &step->kind))
		return broken(err, index, "no kind");
	step->control = step_control(step->kind);
	step->timeout_seconds = step->control == CONTROL_CALL ? STEP_TIMEOUT_SECONDS : 0;
	json_get_str(from, "phase", &step->phase);
	if (!json_get_str(from, "name", &step->name))
		step->name = step->key;
	if (!json_get_str(from, "model", &step->model))
		step->model = STR("");
	const struct json *prompt = json_get(from, "prompt");
	if (prompt && (!json_get_str(prompt, "id", &step->prompt_id) ||
			      !json_get_int(prompt, "version", &step->prompt_version)))
		return broken(err, index, "no prompt");
	const struct json *workflow = json_get(from, "workflow");
	if (step->control == CONTROL_WORKFLOW && (!workflow || !json_get_str(workflow, "id", &step->workflow_id) ||
							 !json_get_int(workflow, "version", &step->workflow_version)))
		return broken(err, index, "no workflow");
	step->input = json_get(from, "input");
	step->options = json_get(from, "options");
	if (str_is(step->kind, "http")) {
		step->timeout_seconds = HTTP_TIMEOUT_SECONDS;
		if (!definition_read_http(arena, from, step))
			return broken(err, index, "no url");
	}
	if (str_is(step->kind, "script")) {
		step->timeout_seconds = SCRIPT_TIMEOUT_SECONDS;
		if (!definition_read_script(arena, from, step))
			return broken(err, index, "no command");
	}
	if (!definition_read_part(arena, from, step) ||
		(str_is(step->kind, "agent") && step->part == PART_NONE && !definition_read_agent(arena, from, step)))
		return broken(err, index, "no call");
	if (str_is(step->kind, "function")) {
		step->timeout_seconds = FUNCTION_TIMEOUT_SECONDS;
		if (!json_get_str(from, "code", &step->code))
			return broken(err, index, "no code");
		step->code = code_text_body(arena, step->code, "input");
	}
	if (!read_control(from, step))
		return broken(err, index, "no value, time or name");
	if (!nest_read(arena, from, step))
		return broken(err, index, "no steps, question or targets");
	int64_t seconds;
	if (json_get_int(from, "timeout_seconds", &seconds))
		step->timeout_seconds = seconds;
	if (!read_retry(json_get(from, "retry"), &step->retry))
		return broken(err, index, "no retry");
	if (!definition_read_own_limits(from, step))
		return broken(err, index, "no limit");
	definition_read_handlers(arena, from, step);
	const struct json *cache = json_get(from, "cache");
	step->written = from;
	step->cache_key = cache ? json_get(cache, "key") : NULL;
	if (cache && (!step->cache_key || !json_get_int(cache, "ttl_seconds", &step->cache_ttl)))
		return broken(err, index, "no cache");
	if (!read_expressions(arena, step, err) || !definition_read_env(arena, step, err))
		return broken(err, index, "no expression");
	struct str policy;
	if (json_get_str(from, "on_failure", &policy) && !on_failure_parse(policy, &step->on_failure))
		return broken(err, index, "no policy of failures");
	return true;
}

/* Steps while they are read: the list, and what each was written as. */
struct reading {
	struct arena *arena;
	struct definition *definition;
	const struct json **written;
	unsigned depth;
};

/* What a step is of the agent that it is in. */
static void
link_part(struct definition *d, const struct json *from, struct step_def *step)
{
	struct step_def *parent = step->parent == NO_STEP ? NULL : &d->steps[step->parent];
	if (step->part == PART_MODEL && parent)
		definition_link_model(parent, step);
	if (parent && parent->part == PART_TOOLS) {
		step->part = PART_TOOL;
		step->schema = json_get(from, "input_schema");
	}
}

static struct str
below(struct arena *arena, struct str path, struct str key)
{
	return str_of(arena_printf(arena, "%.*s/%.*s", STR_ARG(path), STR_ARG(key)));
}

static bool read_steps(struct reading *r, const struct json *steps, unsigned parent, struct err *err);

/* A step, and what is in it. `poll`: it is its parent's own, and has no key but its parent's. */
static bool
read_whole(struct reading *r, const struct json *from, unsigned parent, bool poll, struct err *err)
{
	struct definition *d = r->definition;
	unsigned index = d->step_count++;
	struct step_def *step = &d->steps[index];
	r->written[index] = from;
	*step = (struct step_def){.is_poll = poll};
	if (poll)
		step->key = below(r->arena, d->steps[parent].key, STR(POLL_KEY));
	if (!read_step(r->arena, from, index, step, err))
		return false;
	step->parent = parent;
	step->loop = parent == NO_STEP				? NO_STEP
		     : d->steps[parent].control == CONTROL_LOOP ? parent
								: d->steps[parent].loop;
	link_part(d, from, step);
	step->path = step->key;
	if (parent != NO_STEP)
		step->path = below(r->arena, d->steps[parent].path, poll ? STR(POLL_KEY) : step->key);
	if (step_has_steps(step) && !read_steps(r, step_written_steps(from), index, err))
		return false;
	if (step->polls && !read_whole(r, json_get(from, "poll"), index, true, err))
		return false;
	step->end = d->step_count;
	return true;
}

static bool
read_steps(struct reading *r, const struct json *steps, unsigned parent, struct err *err)
{
	if (r->depth > DEFINITION_DEPTH_MAX + AGENT_DEPTH)
		return broken(err, r->definition->step_count, "too deep");
	r->depth++;
	json_each (from, steps)
		if (!step_is_note(from) && !read_whole(r, from, parent, false, err))
			return false;
	r->depth--;
	return true;
}

bool
definition_read(struct arena *arena, const struct json *doc, struct definition **ret_definition, struct err *err)
{
	const struct json *steps = json_get(doc, "steps");
	struct definition *definition = arena_new_of(arena, struct definition);
	unsigned count = nest_count(steps);
	if (count == 0 || count > DEFINITION_STEPS_MAX)
		return broken(err, 0, "no steps");
	if (!json_get_str(doc, "type", &definition->type))
		return broken(err, 0, "no type");
	definition->input = json_get(doc, "input");
	json_get_str(doc, "code", &definition->code);
	definition->on_start = handler_source(arena, doc, "on_start");
	definition->on_complete = handler_source(arena, doc, "on_complete");
	definition->on_error = handler_source(arena, doc, "on_error");
	if (!definition_read_limits(doc, definition))
		return broken(err, 0, "no limits");
	definition->steps = arena_array(arena, count, sizeof *definition->steps);
	struct reading r = {.arena = arena, .definition = definition};
	r.written = arena_array(arena, count, sizeof *r.written);
	if (!read_steps(&r, steps, NO_STEP, err))
		return false;
	for (unsigned i = 0; i < definition->step_count; i++) {
		const struct step_def *step = &definition->steps[i];
		definition->steps_handled |= step->control != CONTROL_CALL &&
					     (step->on_start.n > 0 || step->on_complete.n > 0 || step->on_error.n > 0);
	}
	if (!nest_link(arena, definition, r.written))
		return broken(err, 0, "no such step is needed");
	if (definition->step_count == 0 || !definition_read_output(arena, doc, definition, err))
		return broken(err, 0, "no steps that run, or no output");
	definition_join_env(arena, definition);
	*ret_definition = definition;
	return true;
}

#define NAMED_MAX (2 * DEFINITION_STEPS_MAX)

/* The prompts, or the workflows, that steps and tools name, those of nested ones too. */
struct named {
	const char *member;
	struct str *ids;
	int64_t *versions;
	unsigned count, depth;
};

static void
name_one(struct named *named, const struct json *step)
{
	struct str id;
	int64_t version = 0;
	const struct json *thing = step->type == JSON_OBJECT ? json_get(step, named->member) : NULL;
	if (!thing || thing->type != JSON_OBJECT || !json_get_str(thing, "id", &id))
		return;
	if (json_get(thing, "version") && (!json_get_int(thing, "version", &version) || version < 1))
		return; /* the check says so */
	for (unsigned i = 0; i < named->count; i++)
		if (str_eq(named->ids[i], id) && named->versions[i] == version)
			return;
	if (named->count == NAMED_MAX)
		return; /* of more than steps can name the check says that they are unknown */
	named->ids[named->count] = id;
	named->versions[named->count++] = version;
}

static void
name_all(struct named *named, const struct json *steps)
{
	if (!steps || steps->type != JSON_ARRAY || named->depth > DEFINITION_DEPTH_MAX)
		return;
	named->depth++;
	json_each (step, steps) {
		if (step->type != JSON_OBJECT)
			continue;
		name_all(named, json_get(step, "steps"));
		name_all(named, json_get(step, "tools"));
		name_one(named, step);
		if (json_get(step, "poll"))
			name_one(named, json_get(step, "poll"));
	}
	named->depth--;
}

static bool
find_named(struct arena *arena, const struct json *doc, const char *member, struct str **ret_ids,
	int64_t **ret_versions, unsigned *ret_count, struct err *err)
{
	const struct json *steps = doc && doc->type == JSON_OBJECT ? json_get(doc, "steps") : NULL;
	unsigned room = nest_count(steps);
	if (room > DEFINITION_STEPS_MAX)
		return err_set(err, ERR_LIMIT, "The workflow has more than %d steps, the most that are allowed.",
			DEFINITION_STEPS_MAX);
	struct named named = {.member = member,
		.ids = arena_array(arena, NAMED_MAX, sizeof *named.ids),
		.versions = arena_array(arena, NAMED_MAX, sizeof *named.versions)};
	name_all(&named, steps);
	*ret_ids = named.ids;
	*ret_versions = named.versions;
	*ret_count = named.count;
	return true;
}

bool
definition_prompts(struct arena *arena, const struct json *doc, struct str **ret_ids, int64_t **ret_versions,
	unsigned *ret_count, struct err *err)
{
	return find_named(arena, doc, "prompt", ret_ids, ret_versions, ret_count, err);
}

bool
definition_workflows(struct arena *arena, const struct json *doc, struct str **ret_ids, int64_t **ret_versions,
	unsigned *ret_count, struct err *err)
{
	return find_named(arena, doc, "workflow", ret_ids, ret_versions, ret_count, err);
}
