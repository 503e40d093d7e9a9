/*
 * Runs that steps of the kind "workflow" start. The row of such a run is written in the flush that says that its step waits, so there
 * is one or there is none, whoever dies; its id is made of the parent's, the path and the attempt. Its end leaves a request in
 * the parent's inbox in the flush that ends it (sql: flush_run_kin), and the parent's holder ends the step in the flush that
 * removes that request. Nobody holds the parent meanwhile.
 *
 * What such a run spends counts against what each run it is in may cost: budget.c.
 */
#include "exec/executor.h"

#include "base/log.h"
#include "crypto/token.h"
#include "exec/fault_points.h"
#include "json/schema.h"
#include "json/writer.h"

#include <stdio.h>

#define NAME_SIZE (2048 + ID_TEXT_SIZE + 32)

static const struct json_limits limits_output = {INPUT_MAX, 128, 5000000};

/* Of the parent's time, so that both lie in the same partitions. */
static struct id
child_id(const struct held *run, struct str path, int attempt)
{
	char name[NAME_SIZE];
	unsigned char hash[TOKEN_HASH_SIZE];
	struct id id = run->id;
	int n = snprintf(name, sizeof name, "%s child %d %.*s", run->id_text, attempt,
		(int)(path.n < 2048 ? path.n : 2048), path.p);
	token_hash((struct str){name, (size_t)n}, hash);
	memcpy(id.b + 6, hash, sizeof id.b - 6);
	id.b[6] = (uint8_t)((id.b[6] & 0x0f) | 0x70);
	id.b[8] = (uint8_t)((id.b[8] & 0x3f) | 0x80);
	return id;
}

static struct child *
child_find(const struct held *run, unsigned step)
{
	struct child *child = run->children;
	while (child && child->step != step)
		child = child->next;
	return child;
}

static void
child_add(struct held *run, unsigned step, struct id id)
{
	struct child *child = arena_new_of(run->arena, struct child);
	*child = (struct child){.next = run->children, .id = id, .step = step};
	run->children = child;
}

static void
child_forget(struct held *run, struct child *child)
{
	struct child **at = &run->children;
	while (*at != child)
		at = &(*at)->next;
	*at = child->next;
	if (child->ended)
		run->child_fetches--;
}

static void
child_ask(struct held *run, const struct child *child, const char *kind, struct str by)
{
	struct change *change = journal_add(run, CHANGE_CHILD_ASKED);
	change->child_asked.id = child->id;
	change->child_asked.kind = kind;
	change->child_asked.by = by.n > 0 ? arena_str(journal_arena(run), by) : (struct str){0};
}

bool
child_has_kin(const struct held *run)
{
	const struct definition *d = run->plan.definition;
	bool kin = run->is_child || !d;
	for (unsigned i = 0; !kin && i < d->step_count; i++)
		kin = d->steps[i].control == CONTROL_WORKFLOW;
	return kin;
}

/* ---- the start ---- */

static void
refuse(struct held *run, const struct action *action, const char *code, struct str message)
{
	struct action failed = *action;
	failed.kind = ACTION_FAIL;
	failed.begun = false;
	failed.message = NULL;
	failed.error = error_json(run->executor->tick, code, message);
	advance_fail(run, &failed);
}

void
child_start(struct held *run, const struct action *action)
{
	const struct step_def *def = plan_def(&run->plan, action->step);
	struct str path = plan_path(&run->plan, action->step);
	struct arena *arena = journal_arena(run);
	/* What is secret stays here: the other run's row would tell it. */
	struct str input = json_text(arena, env_shown(run, arena, action->input));
	struct action waiting = *action;
	char text[ID_TEXT_SIZE];
	struct id workflow;
	if (input.n > CHILD_INPUT_MAX) {
		refuse(run, action, "input_too_large",
			STR("The input of the run that it was to start is more than 1 MB of JSON. Refer to less, or "
			    "shorten it "
			    "first."));
		return;
	}
	if (run->depth >= CHILD_DEPTH_MAX || !id_parse(def->workflow_id, &workflow)) {
		refuse(run, action, "too_deep",
			STR("This run is 8 runs deep already, the most that may wait for each other. Let one of the "
			    "workflows "
			    "do the work itself."));
		return;
	}
	struct id id = child_id(run, path, action->attempt);
	id_text(id, text);
	waiting.waiting_for = str_of(arena_printf(arena, "run %s", text));
	wait_begin(run, &waiting);
	struct change *change = journal_add(run, CHANGE_CHILD);
	change->path = path;
	change->attempt = action->attempt;
	change->child.id = id;
	change->child.workflow = workflow;
	change->child.version = def->workflow_version;
	change->child.planner = FAULT_NUMBER("STEPMILL_PLANNER", PLANNER_VERSION);
	change->child.input = input;
	child_add(run, action->step, id);
	FAULT_PLACE("exec.child.start");
}

void
child_loaded(struct held *run, unsigned step)
{
	if (plan_def(&run->plan, step)->control == CONTROL_WORKFLOW)
		child_add(run, step, child_id(run, plan_path(&run->plan, step), run->plan.steps[step].attempt));
}

static void
tell_misfit(struct err *err, const struct err *found)
{
	const char *path = found->issue_count > 0 ? found->issues[0].path : "";
	err_set(err, ERR_INVALID,
		"Its input does not fit what its workflow takes: %s %s Change what the step gives it.",
		*path ? path : "it", found->issue_count > 0 ? found->issues[0].message : found->message);
}

bool
child_input_fits(struct held *run, struct err *err)
{
	struct schema *schema;
	struct err found = {0};
	if (!run->is_child || run->plan.status != RUN_PENDING || !run->plan.definition->input)
		return true;
	struct arena *arena = pool_take(&run->executor->pool);
	bool fits = schema_compile(arena, run->plan.definition->input, "", &schema, &found) &&
		    schema_check(schema, run->plan.input, "", &found);
	if (!fits)
		tell_misfit(err, &found);
	pool_give(&run->executor->pool, arena);
	return fits;
}

/* ---- the end ---- */

static struct step_usage
usage_of(const struct json *told)
{
	struct step_usage usage = {.sum = true};
	json_get_int(told, "tokens_in", &usage.model_usage.tokens_in);
	json_get_int(told, "tokens_out", &usage.model_usage.tokens_out);
	usage.model_usage.cost_known = json_get_int(told, "cost_nano", &usage.model_usage.cost_nano);
	return usage;
}

/* What went wrong in it, with what the step adds: which run that was. */
static struct str
error_of(struct held *run, const struct child *child, const struct json *told, struct str status)
{
	struct arena *arena = run->executor->tick;
	const struct json *error = json_get(told, "error");
	struct json *made = json_new_object(arena);
	struct str code = STR("internal"), message = STR("It gave no reason.");
	char text[ID_TEXT_SIZE];
	id_text(child->id, text);
	if (error && error->type == JSON_OBJECT) {
		json_get_str(error, "code", &code);
		json_get_str(error, "message", &message);
	}
	if (str_is(status, "cancelled")) {
		code = STR("child_cancelled");
		message = STR("The run that it had started was cancelled. Retry the step to start another one.");
	}
	json_add(made, STR("code"), json_new_str(arena, code));
	json_add(made, STR("message"), json_new_str(arena, message));
	json_add(made, STR("run"), json_new_str(arena, str_of(text)));
	return json_text(arena, made);
}

/* As its step's handler makes it. False: that is asked first. */
static bool
end_step(struct held *run, struct child *child, const struct json *told, const struct json *output)
{
	struct step_usage usage = usage_of(told);
	struct str status = STR("failed");
	struct action asks, end = {.step = child->step, .attempt = run->plan.steps[child->step].attempt, .begun = true};
	int64_t ms = 0, lost = 0;
	json_get_str(told, "status", &status);
	json_get_int(told, "ms", &ms);
	json_get_int(told, "lost_nano", &lost);
	bool completed = str_is(status, "completed");
	end.kind = completed ? ACTION_COMPLETE : ACTION_FAIL;
	end.output = completed ? output : NULL;
	if (!completed)
		end.error = error_of(run, child, told, status);
	if (!plan_handle_step(run->executor->tick, &run->plan, &end, &asks)) {
		if (asks.kind == ACTION_FETCH)
			large_fetch_output(run, asks.step);
		else
			evaluate_begin(run, &asks);
		return false;
	}
	child_forget(run, child);
	run->unknown_nano += lost;
	attempt_record_end(run, end.step, end.kind == ACTION_COMPLETE ? STEP_COMPLETED : STEP_FAILED, end.output,
		end.error, &usage, ms);
	FAULT_PLACE("exec.child.ended");
	held_mark_changed(run);
	return true;
}

/* Its handler is asked: what it is asked of stays with the run, which is not given back meanwhile. */
static void
keep_ended(struct held *run, struct child *child, struct id request, const struct json *told, const struct json *output)
{
	child->request = request;
	child->told = told;
	child->output = output ? json_copy(run->arena, output) : NULL;
	child->ended = true;
	run->child_fetches++;
	held_mark_changed(run);
}

void
child_settle(struct held *run)
{
	for (struct child *child = run->children, *next; child; child = next) {
		struct id request = child->request;
		next = child->next;
		if (child->ended && end_step(run, child, child->told, child->output))
			journal_add(run, CHANGE_INBOX)->inbox.id = request;
	}
}

static void
fetch_output(struct held *run, struct child *child, const struct json *told, int64_t bytes)
{
	struct fetch_key key = {.workspace = run->workspace, .run = child->id, .what = FETCH_CHILD_OUTPUT};
	struct str blob;
	key.in_blob = json_get_str(told, "blob", &blob) && id_parse(blob, &key.blob);
	large_fetch(run, &key, child->step, (size_t)bytes);
	run->child_fetches++;
}

/* Of one that no step waits for any more nothing is wanted. One whose output is large is left for later, until that has come. */
bool
child_ended(struct held *run, const struct request *request)
{
	struct child *child = run->children;
	struct json *told;
	int64_t bytes = 0;
	while (child && !id_eq(child->id, request->id))
		child = child->next;
	if (!child)
		return true;
	if (!json_read(run->arena, arena_str(run->arena, request->data), &json_limits_stored, &told, NULL)) {
		log_error("what a run has told its parent cannot be read", LOG_STR("run", run->id_text));
		told = json_new_object(run->arena);
	}
	json_get_int(told, "bytes", &bytes);
	if (bytes > 0) {
		child->request = request->id;
		child->told = told;
		fetch_output(run, child, told, bytes);
		return false;
	}
	if (end_step(run, child, told, json_get(told, "output")))
		return true;
	keep_ended(run, child, request->id, told, json_get(told, "output"));
	return false;
}

void
child_output(struct held *run, struct id id, struct str text)
{
	struct child *child = run->children;
	struct arena *arena = pool_take(&run->executor->pool);
	struct json *output;
	struct err err = {0};
	run->child_fetches--;
	while (child && !id_eq(child->id, id))
		child = child->next;
	if (child && json_read(arena, text, &limits_output, &output, &err)) {
		struct id request = child->request;
		if (end_step(run, child, child->told, output))
			journal_add(run, CHANGE_INBOX)->inbox.id = request;
		else
			keep_ended(run, child, request, child->told, output);
	} else if (child) {
		log_error("output cannot be read", LOG_STR("run", run->id_text), LOG_STR("why", err.message));
		advance_end_failed(run, "internal", STR("The output of a run that a step had started cannot be read."));
	}
	held_mark_changed(run);
	pool_give(&run->executor->pool, arena);
}

void
child_leave(struct held *run, unsigned step)
{
	struct child *child = child_find(run, step);
	if (!child)
		return;
	child_ask(run, child, "cancel", run->cancelled_by);
	child_forget(run, child);
}

void
child_ask_all(struct held *run, const char *kind, struct str by)
{
	for (const struct child *child = run->children; child; child = child->next)
		child_ask(run, child, kind, by);
}
