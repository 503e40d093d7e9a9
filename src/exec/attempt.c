/* Steps in flight: what the executor does for them (steps/step.h), their deadlines, and what is recorded when they end.
 */
#include "exec/executor.h"

#include "base/log.h"
#include "base/time.h"
#include "exec/fault_points.h"
#include "json/writer.h"

#define TEXT_MAX ((size_t)16 << 20)
#define NODES_WEIGH_MAX (OUTPUT_MAX + ((size_t)64 << 20)) /* text, and 16 for each of 4 million nodes */

static const struct step_io io;

struct attempt *
attempt_find(struct held *run, unsigned index)
{
	struct attempt *a = run->attempts;
	while (a && a->index != index)
		a = a->next;
	return a;
}

/* The number in the key of its call: as long as nobody knows whether the call was made it is not a new call. */
static void
set_key(struct attempt *a)
{
	const struct step_state *step = &a->run->plan.steps[a->index];
	a->key_attempt = step->key_attempt > step->before ? step->key_attempt : a->step.attempt;
	a->step.key = str_of(
		arena_printf(a->step.arena, "%s/%.*s/%d", a->run->id_text, STR_ARG(a->step.path), a->key_attempt));
}

struct attempt *
attempt_new(struct held *run, unsigned index, int number, const struct json *input)
{
	struct executor *ex = run->executor;
	struct arena *arena = pool_take(&ex->pool);
	struct attempt *a = arena_new_of(arena, struct attempt);
	env_comes_into(run, arena);
	a->step.arena = arena;
	a->step.def = plan_def(&run->plan, index);
	a->step.path = arena_str(arena, plan_path(&run->plan, index));
	a->step.kind = step_kind_by_name(a->step.def->kind);
	a->step.attempt = number;
	a->step.model = step_model(a->step.def, plan_model(&run->plan, index));
	a->step.input = input ? json_copy(arena, input) : json_new_object(arena);
	a->step.prompt_text = run->definition->prompt_texts[a->step.def->index];
	a->step.io = &io;
	a->run = run;
	a->index = index;
	a->state = ATTEMPT_PLANNED;
	set_key(a);
	a->started_in = run->filling.number;
	buf_init(&a->text, TEXT_MAX);
	a->next = run->attempts;
	run->attempts = a;
	return a;
}

void
attempt_make_ready(struct attempt *a)
{
	struct executor *ex = a->run->executor;
	a->state = ATTEMPT_READY;
	a->next_ready = NULL;
	*(ex->ready_last ? &ex->ready_last->next_ready : &ex->ready_first) = a;
	ex->ready_last = a;
}

/* ---- letting go ---- */

static void
clear_timers(struct attempt *a)
{
	struct timers *timers = &a->run->executor->timers;
	timer_clear(timers, &a->timer);
	timer_clear(timers, &a->deadline);
	timer_clear(timers, &a->emit_timer);
}

static void
leave_ready(struct executor *ex, struct attempt *gone)
{
	struct attempt *before = NULL;
	for (struct attempt *a = ex->ready_first; a; before = a, a = a->next_ready) {
		if (a != gone)
			continue;
		*(before ? &before->next_ready : &ex->ready_first) = a->next_ready;
		if (ex->ready_last == a)
			ex->ready_last = before;
		return;
	}
}

/* Off the run's list. Its memory stays until the turn ends: who is ending it may still be running in it. */
static void
let_go(struct attempt *a)
{
	struct executor *ex = a->run->executor;
	struct attempt **at = &a->run->attempts;
	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	clear_timers(a);
	quota_call_over(a, NULL);
	net_cancel(a->call);
	js_cancel(a->script);
	a->script = NULL;
	box_cancel(a->box);
	a->box = NULL;
	if (a->state == ATTEMPT_READY)
		leave_ready(ex, a);
	a->state = ATTEMPT_DEAD;
	a->next_dead = ex->dead;
	ex->dead = a;
}

void
attempt_bury(struct executor *ex)
{
	while (ex->dead) {
		struct attempt *a = ex->dead;
		ex->dead = a->next_dead;
		buf_wipe(&a->text);
		pool_give(&ex->pool, a->step.arena);
	}
}

void
attempt_abort(struct attempt *a, struct step_usage *ret_usage)
{
	struct step_usage usage = {0};
	if (a->handling)
		usage = a->end.usage;
	else if (a->state == ATTEMPT_CALLING)
		a->step.kind->abort(&a->step, &usage);
	quota_call_over(a, &usage);
	let_go(a);
	if (ret_usage)
		*ret_usage = usage;
}

/* ---- what is recorded ---- */

static struct str
completed_data(struct held *run, const struct step_usage *usage, int64_t duration_ms)
{
	struct arena *arena = journal_arena(run);
	const struct model_usage *m = &usage->model_usage;
	bool called = usage->provider.p || usage->sum;
	struct json *data = json_new_object(arena);
	json_add(data, STR("tokens_in"), called ? json_new_int(arena, m->tokens_in) : json_new_null(arena));
	json_add(data, STR("tokens_out"), called ? json_new_int(arena, m->tokens_out) : json_new_null(arena));
	json_add(data, STR("cost_nano"),
		called && m->cost_known ? json_new_int(arena, m->cost_nano) : json_new_null(arena));
	json_add(data, STR("duration_ms"), json_new_int(arena, duration_ms));
	if (usage->cached)
		json_add(data, STR("cached"), json_new_bool(arena, true));
	return json_text(arena, data);
}

static void
count_usage(struct held *run, const struct step_usage *usage)
{
	if (!usage->provider.p && !usage->sum)
		return;
	run->tokens_in += usage->model_usage.tokens_in;
	run->tokens_out += usage->model_usage.tokens_out;
	run->cost_nano += usage->model_usage.cost_known ? usage->model_usage.cost_nano : 0;
	run->cost_unknown |= !usage->model_usage.cost_known;
}

void
attempt_record_end(struct held *run, unsigned index, enum step_status status, const struct json *output,
	struct str error, const struct step_usage *usage, int64_t duration_ms)
{
	static const struct step_usage none;
	struct step_state *step = &run->plan.steps[index];
	struct str path = plan_path(&run->plan, index);
	struct arena *arena = journal_arena(run);
	output = env_shown(run, arena, output);
	error = env_shown_text(run, arena, error);
	struct str text = output ? json_text(arena, output) : (struct str){0};
	if (!usage)
		usage = &none;
	if (output && (text.n > OUTPUT_MAX || json_weigh(output, NODES_WEIGH_MAX) > NODES_WEIGH_MAX)) {
		status = STEP_FAILED;
		output = NULL;
		error = error_json(arena, "output_too_large",
			str_of(arena_printf(arena,
				"The step answered with %zu MB of JSON. At most 64 MB, of at most 4 million values, "
				"are kept. Let it answer with less, or split it into several steps.",
				(text.n + ((size_t)1 << 20) - 1) >> 20)));
		text = (struct str){0};
	}
	child_leave(run, index);
	step->status = status;
	step->due_us = 0;
	run->plan.any_over = true;
	if (run->large[index].items)
		frames_items_go(run, index);
	step->error = error.n > 0 ? arena_str(frames_arena(run, index), error) : (struct str){0};
	count_usage(run, usage);

	struct change *change = journal_add(run, CHANGE_STEP_ENDED);
	change->path = path;
	change->attempt = step->attempt;
	change->step = index;
	change->ended.status = status;
	change->ended.seq = run->seq + 1;
	change->ended.output = text;
	change->ended.cached = usage->cached;
	change->ended.error = step->error;
	if (status == STEP_COMPLETED)
		cache_keep(run, index, text);
	cache_forget(run, index);
	large_ended(run, index, output, text.n, change);
	journal_large(run, text);
	if (usage->provider.p) {
		change->ended.provider = arena_str(arena, usage->provider);
		change->ended.model = arena_str(arena, usage->model);
	}
	if (usage->provider.p || usage->sum) {
		change->ended.sum = usage->sum;
		change->ended.tokens_in = usage->model_usage.tokens_in;
		change->ended.tokens_out = usage->model_usage.tokens_out;
		change->ended.tokens_cached = usage->model_usage.tokens_cached;
		change->ended.cost_nano =
			(struct maybe_int){usage->model_usage.cost_known, usage->model_usage.cost_nano};
	}
	bool reserved = quota_settle(run, index, usage);
	change->ended.paid =
		usage->provider.p && (reserved || !change->ended.cost_nano.known || change->ended.cost_nano.value > 0);
	if (status == STEP_COMPLETED)
		journal_event(run, "step.completed", path, step->attempt, completed_data(run, usage, duration_ms));
	else if (status == STEP_FAILED)
		journal_event(run, "step.failed", path, step->attempt, step->error);
	else
		journal_event(run, "step.cancelled", path, step->attempt, (struct str){0});
	if (run->strikes > 0) {
		run->strikes = 0;
		journal_add(run, CHANGE_PROGRESS);
	}
}

static void
record_piece(struct attempt *a, struct str piece)
{
	struct held *run = a->run;
	struct arena *arena = journal_arena(run);
	struct json *data = json_new_object(arena);
	json_add(data, STR("text"), json_new_str(arena, arena_str(arena, piece)));
	json_add(data, STR("offset"), json_new_int(arena, a->text_offset));
	journal_event(run, "step.output", plan_path(&run->plan, a->index), a->step.attempt, json_text(arena, data));
	a->text_offset += (int64_t)str_utf8_length(piece);
	a->text_bytes += piece.n;
}

/*
 * Text emitted and not in an event yet becomes one, or several; what is too much for events is seen at the step's end. What may be the
 * beginning of a secret is kept until it is known; `all`: nothing more comes.
 */
static void
record_text(struct attempt *a, bool all)
{
	struct held *run = a->run;
	struct str come = buf_str(&a->text);
	if (!all)
		come.n = env_settled(run, come);
	for (struct str rest = env_shown_text(run, journal_arena(run), come);
		rest.n > 0 && a->text_bytes < EMIT_ALL_MAX;) {
		struct str piece = {rest.p, part_length(rest, EMIT_MAX)};
		record_piece(a, piece);
		rest = (struct str){rest.p + piece.n, rest.n - piece.n};
	}
	a->emitted_us = boot_us();
	buf_drop_front(&a->text, come.n);
	a->text_held = a->text.n > 0;
}

/* What the next attempt has to know of this one's failure stands beside its code and message. */
static struct str
failure_json(struct attempt *a, const char *code, struct str message)
{
	const struct step_failure *failure = &a->step.failure;
	struct json *error = json_new_object(a->step.arena);
	json_add(error, STR("code"), json_new_str(a->step.arena, str_of(code)));
	json_add(error, STR("message"), json_new_str(a->step.arena, message));
	if (failure->status > 0)
		json_add(error, STR("status"), json_new_int(a->step.arena, failure->status));
	if (failure->retry_after_ms > 0)
		json_add(error, STR("retry_after_ms"), json_new_int(a->step.arena, failure->retry_after_ms));
	if (failure->outcome_unknown)
		json_add(error, STR("key_attempt"), json_new_int(a->step.arena, a->key_attempt));
	a->run->plan.steps[a->index].key_attempt = failure->outcome_unknown ? a->key_attempt : 0;
	return json_text(a->step.arena, error);
}

static void
end_attempt(struct attempt *a, enum step_status status, const struct json *output, struct str error,
	const struct step_usage *usage)
{
	FAULT_PLACE("exec.step.after_call");
	if (FAULT_LIES("exec.step.after_call")) {
		status = STEP_FAILED;
		output = NULL;
		error = error_json(a->step.arena, "overloaded", STR("A fault test took this answer away."));
	}
	if (a->text_offset > 0 || a->text_held)
		record_text(a, true);
	clear_timers(a);
	a->end = (struct attempt_end){.status = status,
		.output = output,
		.error = error,
		.duration_ms = a->called_us > 0 ? (boot_us() - a->called_us) / 1000 : 0};
	if (usage)
		a->end.usage = *usage;
	if (!handler_end(a))
		attempt_ended(a);
}

void
attempt_ended(struct attempt *a)
{
	struct held *run = a->run;
	struct attempt_end end = a->end;
	let_go(a);
	attempt_record_end(run, a->index, end.status, end.output, end.error, &end.usage, end.duration_ms);
	held_mark_changed(run);
}

/* ---- what steps ask for ---- */

static void
io_timer_fired(void *what)
{
	struct attempt *a = what;
	void (*then)(struct step_attempt *) = a->then;
	then(&a->step);
}

static void
io_timer(struct step_attempt *step, int64_t ms, void (*then)(struct step_attempt *))
{
	struct attempt *a = (struct attempt *)step;
	a->then = then;
	timer_set(&a->run->executor->timers, &a->timer, boot_us() + ms * 1000, io_timer_fired, a);
}

static void
emit_pause_over(void *what)
{
	record_text(what, false);
}

/* The first piece at once, what follows at most every EMIT_PAUSE_US. */
static void
io_emit(struct step_attempt *step, struct str text)
{
	struct attempt *a = (struct attempt *)step;
	buf_add_str(&a->text, text);
	int64_t due = a->emitted_us + EMIT_PAUSE_US;
	if (boot_us() >= due)
		record_text(a, false);
	else if (!a->emit_timer.place)
		timer_set(&a->run->executor->timers, &a->emit_timer, due, emit_pause_over, a);
}

static bool
io_note_call(struct step_attempt *step, struct str model)
{
	return builtin_log_write((struct attempt *)step, model);
}

static void
io_finish(struct step_attempt *step, const struct json *output, const struct step_usage *usage)
{
	struct attempt *a = (struct attempt *)step;
	if (a->state == ATTEMPT_CALLING)
		end_attempt(a, STEP_COMPLETED, output, (struct str){0}, usage);
}

static void
io_fail(struct step_attempt *step, const char *code, struct str message, const struct step_usage *usage)
{
	struct attempt *a = (struct attempt *)step;
	if (a->state == ATTEMPT_CALLING)
		end_attempt(a, STEP_FAILED, NULL, failure_json(a, code, message), usage);
}

static void
io_answered(void *what, const struct call_answer *answer)
{
	struct attempt *a = what;
	a->called(&a->step, answer);
}

static void
io_http(struct step_attempt *step, const struct call_request *request, call_done *done)
{
	struct attempt *a = (struct attempt *)step;
	net_cancel(a->call);
	a->called = done;
	a->call = net_start(a->run->executor->net, a->run->workspace, request, step->arena, io_answered, a);
}

static void
io_script(struct step_attempt *step, struct str source, script_done *done)
{
	script_start((struct attempt *)step, source, done);
}

static void
io_command(struct step_attempt *step, const struct command_request *request, command_done *done)
{
	command_start((struct attempt *)step, request, done);
}

static const struct step_io io = {
	.timer = io_timer,
	.emit = io_emit,
	.note_call = io_note_call,
	.http = io_http,
	.script = io_script,
	.command = io_command,
	.finish = io_finish,
	.fail_with = io_fail,
};

/* ---- calls ---- */

static int64_t
time_allowed(const struct attempt *a)
{
	const struct step_def *def = a->step.def;
	return def->prompt_id.n > 0 && a->run->timeout_seconds > 0 ? a->run->timeout_seconds : def->timeout_seconds;
}

static void
too_late(void *what)
{
	struct attempt *a = what;
	struct step_usage usage = {0};
	struct str message = str_of(arena_printf(a->step.arena,
		"It took longer than %d s and was stopped. Give it more time, or ask for less.", (int)time_allowed(a)));
	a->step.kind->abort(&a->step, &usage);
	a->step.failure.outcome_unknown = true;
	end_attempt(a, STEP_FAILED, NULL, failure_json(a, "timeout", message), &usage);
}

static void
begin(struct attempt *a, bool refused)
{
	struct executor *ex = a->run->executor;
	if (!refused && a->state != ATTEMPT_STARTING && handler_start(a))
		return;
	a->state = ATTEMPT_CALLING;
	a->called_us = boot_us();
	ex->counters.calls++;
	if (time_allowed(a) > 0)
		timer_set(&ex->timers, &a->deadline, a->called_us + time_allowed(a) * 1000000, too_late, a);
	if (refused)
		io_fail(&a->step, "overloaded", STR("A fault test refused this call."), NULL);
	else
		a->step.kind->start(&a->step);
}

/* The lease may have become short meanwhile: then the call waits for the next one, like any other. */
void
attempt_started(struct attempt *a, struct str error)
{
	if (error.n > 0) {
		a->state = ATTEMPT_CALLING;
		end_attempt(a, STEP_FAILED, NULL, error, NULL);
	} else if (lease_good(a->run->executor)) {
		begin(a, false);
	} else {
		attempt_make_ready(a);
	}
}

/*
 * Asked to stop, calls are left to others; but nobody else would make one that must not be made twice, because its start is
 * recorded, or about to be.
 */
bool
attempt_may_begin(const struct attempt *a)
{
	enum executor_state state = a->run->executor->state;
	return state == EXECUTOR_RUNNING || (state == EXECUTOR_STOPPING && a->step.def->retry.never);
}

/* The oldest; while memory is short only one that may go above the cap. */
static struct attempt *
next_ready(struct executor *ex)
{
	struct attempt *a = ex->ready_first;
	while (a && (!attempt_may_begin(a) || (memory_full(ex) && !memory_grant(a->run, 0))))
		a = a->next_ready;
	return a;
}

/* With too little of the lease left nothing begins: the renewal under way, or the next one, brings them back here. */
void
attempt_begin_ready(struct executor *ex)
{
	struct attempt *a;
	while ((a = next_ready(ex))) {
		bool refused = FAULT("exec.step.before_call");
		if (!lease_good(ex))
			break;
		leave_ready(ex, a);
		if (quota_may_begin(a))
			begin(a, refused);
	}
}
