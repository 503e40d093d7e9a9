/* A run without a server; see play.h. */
#include "cli/play.h"

#include "base/time.h"
#include "flow/frame.h"
#include "flow/plan_retry.h"
#include "flow/state.h"
#include "json/schema_defaults.h"
#include "json/writer.h"

#define ROUNDS_MAX 200000
#define START "2026-01-01T00:00:00Z"

/* ---- what has become of steps ---- */

const struct play_step *
play_step(const struct play *play, struct str path)
{
	for (unsigned i = play->count; i-- > 0;)
		if (str_eq(play->steps[i].path, path))
			return &play->steps[i];
	return NULL;
}

static struct play_step *
row_of(struct play *play, unsigned step)
{
	struct str path = plan_path(&play->state, step);
	struct play_step *row = (struct play_step *)play_step(play, path);
	if (row)
		return row;
	if (play->count == play->room) {
		unsigned room = play->room * 2 + 64;
		struct play_step *more = arena_array(play->arena, room, sizeof *more);
		for (unsigned i = 0; i < play->count; i++)
			more[i] = play->steps[i];
		play->steps = more;
		play->room = room;
	}
	row = &play->steps[play->count++];
	*row = (struct play_step){.path = arena_str(play->arena, path)};
	return row;
}

static void
begin(struct play *play, unsigned step, int attempt, const struct json *input, enum step_status status)
{
	struct step_state *s = &play->state.steps[step];
	struct play_step *row = row_of(play, step);
	if (play->state.status == RUN_PENDING) {
		play->state.status = RUN_RUNNING;
		play->state.begun_us = play->state.now_us;
	}
	play->state.begun_steps += !step_has_steps(plan_def(&play->state, step));
	s->status = row->status = status;
	s->attempt = row->attempt = attempt;
	s->due_us = 0;
	s->asked = false;
	if (plan_def(&play->state, step)->is_poll)
		play->state.steps[step - 1].due_us = 0; /* its wait looks */
	row->input = input ? json_copy(play->arena, input) : NULL;
	row->output = NULL;
	row->error = (struct str){0};
}

static void
end(struct play *play, unsigned step, enum step_status status, const struct json *output, struct str error)
{
	struct step_state *s = &play->state.steps[step];
	struct play_step *row = row_of(play, step);
	s->status = row->status = status;
	s->due_us = 0;
	s->output = row->output = output ? json_copy(play->arena, output) : NULL;
	row->seq = ++play->ends;
	row->ended_us = play->state.now_us;
	s->error = row->error = error.n > 0 ? arena_str(play->arena, error) : (struct str){0};
	if (status == STEP_COMPLETED && row->cache_key.n > 0) {
		struct play_kept *kept = arena_new_of(play->arena, struct play_kept);
		*kept = (struct play_kept){play->kept, plan_def(&play->state, step), row->cache_key, row->output};
		play->kept = kept;
	}
	s->loop.items = s->loop.next = NULL;
}

/* ---- outputs that are kept ---- */

/* What the step has given before under the same key; NULL: nothing. */
static const struct json *
kept_for(const struct play *play, const struct step_def *def, struct str key)
{
	for (const struct play_kept *k = play->kept; k; k = k->next)
		if (k->def->index == def->index && str_eq(k->key, key))
			return k->output;
	return NULL;
}

/* Of an action that begins a step with a cache. True: it has ended with what was kept, or the planner is told that there is nothing. */
static bool
from_kept(struct play *play, const struct action *action)
{
	struct step_state *step = &play->state.steps[action->step];
	const struct json *kept;
	if (!action->cache_key || step->not_kept == action->attempt)
		return false;
	kept = kept_for(play, plan_def(&play->state, action->step), json_text(play->arena, action->cache_key));
	if (kept) {
		begin(play, action->step, action->attempt, action->input, STEP_RUNNING);
		end(play, action->step, STEP_COMPLETED, kept, (struct str){0});
	} else {
		step->not_kept = action->attempt;
	}
	return true;
}

/* ---- what the test says ---- */

/* each[3]/send → each[*]/send */
static struct str
any_turn(struct arena *arena, struct str path)
{
	char *out = arena_alloc(arena, path.n * 2 + 1);
	size_t n = 0;
	for (size_t i = 0; i < path.n; i++) {
		out[n++] = path.p[i];
		if (path.p[i] != '[')
			continue;
		out[n++] = '*';
		while (i + 1 < path.n && path.p[i + 1] != ']')
			i++;
	}
	return (struct str){out, n};
}

static const struct json *
entry_of(const struct play *play, const char *member, struct str path)
{
	const struct json *all = json_get(play->test, member), *found = json_get_by(all, path);
	if (!found)
		found = json_get_by(all, any_turn(play->arena, path));
	size_t key = path.n;
	while (key > 0 && path.p[key - 1] != '/')
		key--;
	return found ? found : json_get_by(all, (struct str){path.p + key, path.n - key});
}

bool
play_uses(const struct play *play, const struct json *entry)
{
	for (const struct play_used *used = play->used; used; used = used->next)
		if (used->entry == entry)
			return true;
	return false;
}

/* Of a list the next one. */
static const struct json *
next_of(struct play *play, const struct json *entry)
{
	struct play_used *used = play->used;
	if (!entry)
		return NULL;
	while (used && used->entry != entry)
		used = used->next;
	if (!used) {
		used = arena_new_of(play->arena, struct play_used);
		used->entry = entry;
		used->next = play->used;
		play->used = used;
	}
	unsigned at = used->count++;
	if (entry->type != JSON_ARRAY)
		return entry;
	return entry->count == 0 ? NULL : json_at(entry, at < entry->count ? at : entry->count - 1);
}

/* ---- calls ---- */

static bool
read_answer(struct play *play, struct str path, const struct json *answer, struct play_call *call,
	int64_t timeout_seconds, struct err *err)
{
	const struct json *output = json_get(answer, "output"), *error = json_get(answer, "error");
	double seconds = 0;
	if (answer->type != JSON_OBJECT || !output == !error || (error && error->type != JSON_OBJECT))
		return err_set(err, ERR_INVALID,
			"The answer of %.*s is not {\"output\": …} or {\"error\": {\"code\": …, \"message\": …}}.",
			STR_ARG(path));
	(void)json_get_double(answer, "seconds", &seconds);
	if (timeout_seconds > 0 && seconds > (double)timeout_seconds) {
		call->due_us += timeout_seconds * 1000000;
		call->error = play_error(play->arena, "timeout",
			arena_printf(play->arena, "No answer after %lld s.", (long long)timeout_seconds));
		return true;
	}
	call->due_us += (int64_t)(seconds * 1e6);
	call->output = output;
	if (error)
		call->error = json_text(play->arena, error);
	return true;
}

static bool
start(struct play *play, const struct action *action, struct err *err)
{
	const struct step_def *def = plan_def(&play->state, action->step);
	struct str path = arena_str(play->arena, plan_path(&play->state, action->step));
	const struct json *answer = next_of(play, entry_of(play, "answers", path));
	struct play_call *call = arena_new_of(play->arena, struct play_call), **last = &play->calls;
	begin(play, action->step, action->attempt, action->input, STEP_RUNNING);
	*call = (struct play_call){.step = action->step, .due_us = play->state.now_us};
	if (def->on_start.n > 0) {
		const struct json *unused = NULL;
		if (!play_handler(play, action->step, def->on_start, NULL, (struct str){0}, &unused, &call->error, err))
			return false;
	}
	if (call->error.n > 0) {
		; /* nothing is called */
	} else if (answer) {
		if (!read_answer(play, path, answer, call, def->timeout_seconds, err))
			return false;
	} else if (str_is(def->kind, "function")) {
		if (!play_call(play, action->step, action->attempt, row_of(play, action->step)->input, &call->output,
			    &call->error, err))
			return false;
	} else {
		return err_set(err, ERR_INVALID,
			"%.*s (%.*s) is called and the test has no answer for it. Add answers: {%.*s: {output: …}}.",
			STR_ARG(path), STR_ARG(def->kind), STR_ARG(path));
	}
	while (*last)
		last = &(*last)->next;
	*last = call;
	return true;
}

static void
drop_call(struct play *play, unsigned step)
{
	for (struct play_call **at = &play->calls; *at; at = &(*at)->next)
		if ((*at)->step == step) {
			*at = (*at)->next;
			return;
		}
}

/* The call has ended, and a handler may look on: what it returns is the output. */
static bool
end_call(struct play *play, struct play_call *call, struct err *err)
{
	const struct step_def *def = plan_def(&play->state, call->step);
	bool failed = call->error.n > 0;
	struct str code = failed ? def->on_error : def->on_complete, wrong = {0};
	const struct json *returned = NULL;
	int attempt = play->state.steps[call->step].attempt;
	/* A failure that another attempt follows is none yet. */
	bool again = failed && plan_would_retry(play->arena, &play->state, call->step, attempt, call->error);
	if (code.n > 0 && !again) {
		if (!play_handler(play, call->step, code, call->output, call->error, &returned, &wrong, err))
			return false;
		if (wrong.n > 0 || returned) {
			call->error = wrong;
			call->output = returned;
		}
	}
	end(play, call->step, call->error.n > 0 ? STEP_FAILED : STEP_COMPLETED, call->output, call->error);
	return true;
}

/* The next call that ends, by its time, if one does before `until_us`. */
static bool
answer_next(struct play *play, int64_t until_us, bool *ret_answered, struct err *err)
{
	struct play_call *first = play->calls;
	for (struct play_call *c = play->calls; c; c = c->next)
		if (c->due_us < first->due_us)
			first = c;
	*ret_answered = first && first->due_us <= until_us;
	if (!*ret_answered)
		return true;
	if (first->due_us > play->state.now_us)
		play->state.now_us = first->due_us;
	drop_call(play, first->step);
	return end_call(play, first, err);
}

/* ---- people and signals ---- */

static bool
hear(struct play *play, enum message_kind kind, struct json *data)
{
	return state_hear(play->arena, &play->state, kind, id_new(), json_text(play->arena, data), STR(""));
}

static struct json *
about(struct play *play, unsigned step)
{
	struct json *data = json_new_object(play->arena);
	json_add(data, STR("path"), json_new_str(play->arena, arena_str(play->arena, plan_path(&play->state, step))));
	json_add(data, STR("attempt"), json_new_int(play->arena, play->state.steps[step].attempt));
	return data;
}

/* What comes before its step is kept for it, so all of them are there from the beginning. */
static void
send_signals(struct play *play)
{
	json_each (signal, json_get(play->test, "signals")) {
		const struct json *list = signal->type == JSON_ARRAY ? signal->child : signal;
		for (const struct json *one = list; one; one = signal->type == JSON_ARRAY ? one->next : NULL) {
			struct json *data = json_new_object(play->arena);
			json_add(data, STR("name"), json_new_str(play->arena, signal->key));
			json_add(data, STR("data"), json_copy(play->arena, one));
			(void)hear(play, MESSAGE_SIGNAL, data);
		}
	}
}

static bool
is_one_of(struct str text, const char *const *words)
{
	while (*words && !str_is(text, *words))
		words++;
	return *words;
}

static bool
decide(struct play *play, unsigned step, struct err *err)
{
	static const char *const decisions[] = {"approve", "reject", NULL};
	const struct json *said = next_of(play, entry_of(play, "approvals", plan_path(&play->state, step)));
	struct json *data = about(play, step);
	struct str decision = STR("approve"), comment = STR("");
	if (!said)
		return true;
	if (said->type == JSON_STRING)
		decision = said->text;
	(void)json_get_str(said, "decision", &decision);
	(void)json_get_str(said, "comment", &comment);
	json_add(data, STR("decision"), json_new_str(play->arena, decision));
	json_add(data, STR("comment"), json_new_str(play->arena, comment));
	json_add(data, STR("by_name"), json_new_null(play->arena));
	if (json_get(said, "data"))
		json_add(data, STR("data"), json_copy(play->arena, json_get(said, "data")));
	if (!is_one_of(decision, decisions))
		return err_set(err, ERR_INVALID, "approvals.%.*s is neither approve nor reject.",
			STR_ARG(plan_path(&play->state, step)));
	return hear(play, MESSAGE_DECISION, data) ||
	       err_set(err, ERR_INVALID, "%.*s does not take this decision.", STR_ARG(plan_path(&play->state, step)));
}

static bool
answer_failure(struct play *play, unsigned step, struct err *err)
{
	static const char *const decisions[] = {"retry", "skip", "stop", NULL};
	struct str path = plan_path(&play->state, step);
	const struct json *said = next_of(play, entry_of(play, "decisions", path));
	struct json *data = about(play, step);
	play->state.steps[step].asked = true;
	if (!said || said->type != JSON_STRING)
		return err_set(err, ERR_INVALID,
			"%.*s failed and asks what to do. Add decisions: {%.*s: skip} (or retry, or stop).",
			STR_ARG(path), STR_ARG(path));
	json_add(data, STR("decision"), json_new_str(play->arena, said->text));
	if (!is_one_of(said->text, decisions))
		return err_set(err, ERR_INVALID, "decisions.%.*s is none of retry, skip, stop.", STR_ARG(path));
	return hear(play, MESSAGE_ANSWER, data) ||
	       err_set(err, ERR_INVALID, "%.*s does not take this decision.", STR_ARG(path));
}

static void
use(struct play *play, const struct message *used)
{
	for (struct message *m = play->state.messages; m; m = m->next)
		if (m == used)
			m->used = true;
}

/* ---- loops ---- */

static void
iterate(struct play *play, const struct action *action)
{
	struct frame *f = frame_open(play->arena, play->arena, &play->state, action->step, action->index);
	struct loop_state *l = &play->state.steps[action->step].loop;
	f->item = action->item;
	l->begun = action->index + 1;
	l->next = l->next ? l->next->next : NULL;
	begin(play, f->base, action->attempt, NULL, STEP_RUNNING);
}

/* The outputs of a loop's turns in their order, or the error of the first that failed. */
static void
gather(struct play *play, unsigned step)
{
	struct arena *arena = play->arena;
	struct loop_state *l = &play->state.steps[step].loop;
	struct json *outputs = json_new_array(arena), *gathered = json_new_object(arena), *error;
	unsigned count = l->items && l->items->count < l->begun ? l->items->count : l->begun;
	struct str loop = plan_path(&play->state, step);
	for (unsigned i = 0; i < count; i++) {
		struct str path = str_of(arena_printf(arena, "%.*s[%u]", STR_ARG(loop), i));
		const struct play_step *row = play_step(play, path);
		if (row && row->status == STEP_FAILED && row->error.n > 0 &&
			json_read(arena, row->error, &json_limits_stored, &error, NULL)) {
			struct json *told = json_new_object(arena);
			struct str message = STR(""), code = STR("internal"), inner = path;
			(void)json_get_str(error, "message", &message);
			(void)json_get_str(error, "code", &code);
			(void)json_get_str(error, "path", &inner);
			json_add(told, STR("code"), json_new_str(arena, code));
			json_add(told, STR("message"),
				json_new_str(arena, str_of(arena_printf(arena, "%.*s failed. %.*s", STR_ARG(path),
							    STR_ARG(message)))));
			json_add(told, STR("path"), json_new_str(arena, inner));
			json_add(gathered, STR("error"), told);
			l->gathered = gathered;
			return;
		}
		json_push(outputs, row && row->output ? json_copy(arena, row->output) : json_new_null(arena));
	}
	json_add(gathered, STR("outputs"), outputs);
	l->gathered = gathered;
}

static void
sweep(struct play *play)
{
	for (unsigned i = frame_slots(&play->state); play->state.slots > 0 && i-- > 0;) {
		struct frame *f;
		if (!frame_has(&play->state, i) || !play->state.steps[i].loop.frames)
			continue;
		while ((f = frame_unneeded(&play->state, i))) {
			frame_close(&play->state, f);
			frame_free(&play->state, f);
		}
	}
}

/* ---- expressions ---- */

static bool
evaluate(struct play *play, const struct action *action, struct err *err)
{
	struct evaluation *made = arena_new_of(play->arena, struct evaluation);
	struct evaluation **at = &play->evaluations;
	if (!play_evaluate(play, action, made, err))
		return false;
	while (*at && (*at)->step != action->step)
		at = (struct evaluation **)&(*at)->next;
	if (*at) /* that it answers has changed meanwhile */
		*at = (struct evaluation *)(*at)->next;
	made->next = play->evaluations;
	play->evaluations = made;
	play->state.evaluation = made;
	return true;
}

static void
forget_evaluations(struct play *play)
{
	struct evaluation *kept = NULL;
	for (struct evaluation *e = play->evaluations, *next; e; e = next) {
		next = (struct evaluation *)e->next;
		if (!plan_wants(&play->state, e))
			continue;
		e->next = kept;
		kept = e;
	}
	play->evaluations = kept;
	play->state.evaluation = kept;
}

/* ---- plan ---- */

static bool
wait(struct play *play, const struct action *action, struct err *err)
{
	begin(play, action->step, action->attempt, action->input, STEP_WAITING);
	play->state.steps[action->step].due_us = action->at_us == PLAN_NEVER ? 0 : action->at_us;
	play->state.steps[action->step].since_us = play->state.now_us;
	return plan_def(&play->state, action->step)->control != CONTROL_APPROVAL || decide(play, action->step, err);
}

/* Time passes until a call ends, or the planner wants to look again. */
static bool
sleep_until(struct play *play, int64_t at_us, struct err *err)
{
	bool answered;
	if (!answer_next(play, at_us, &answered, err))
		return false;
	if (answered)
		return true;
	if (at_us != PLAN_NEVER) {
		play->state.now_us = at_us > play->state.now_us ? at_us : play->state.now_us + 1;
		return true;
	}
	for (unsigned i = 0; i < frame_slots(&play->state); i++)
		if (frame_has(&play->state, i) && play->state.steps[i].status == STEP_WAITING) {
			const struct step_def *def = plan_def(&play->state, i);
			struct str path = plan_path(&play->state, i);
			if (def->control == CONTROL_SIGNAL)
				return err_set(err, ERR_INVALID,
					"%.*s waits for the signal %.*s for ever. Add signals: {%.*s: …}.",
					STR_ARG(path), STR_ARG(def->signal), STR_ARG(def->signal));
			return err_set(err, ERR_INVALID,
				"%.*s waits for approval for ever. Add approvals: {%.*s: {decision: approve}}.",
				STR_ARG(path), STR_ARG(path));
		}
	return err_set(err, ERR_INVALID, "The run waits for ever, and the test does not say for what to wait.");
}

static bool
take(struct play *play, const struct action *action, bool *ret_slept, struct err *err)
{
	struct arena *arena = play->arena;
	if (from_kept(play, action)) {
		if (step_ended(play->state.steps[action->step].status))
			use(play, action->answer);
		return true;
	}
	use(play, action->answer);
	if (action->cache_key)
		row_of(play, action->step)->cache_key = json_text(arena, action->cache_key);
	switch (action->kind) {
	case ACTION_BEGIN:
		play->state.started = true;
		if (action->input)
			play->state.input = json_copy(arena, action->input);
		return true;
	case ACTION_START:
		return start(play, action, err);
	case ACTION_CHILD: /* the other run is a call to this one */
		if (!start(play, action, err))
			return false;
		play->state.steps[action->step].status = STEP_WAITING;
		return true;
	case ACTION_OPEN:
		begin(play, action->step, action->attempt, action->input, STEP_RUNNING);
		if (action->input)
			frame_items(&play->state, action->step, json_copy(arena, action->input));
		return true;
	case ACTION_ITERATE:
		iterate(play, action);
		return true;
	case ACTION_GATHER:
		gather(play, action->step);
		return true;
	case ACTION_EVALUATE:
		return evaluate(play, action, err);
	case ACTION_REPLAY:
		play->state.replay = &play->replay;
		return play_replay(play, &play->replay, err);
	case ACTION_WAIT:
		return wait(play, action, err);
	case ACTION_LOOK:
		play->state.steps[action->step].due_us = action->at_us;
		play->state.steps[action->step].loop.begun++;
		use(play, action->message);
		return true;
	case ACTION_COMPLETE:
		if (!action->begun)
			begin(play, action->step, action->attempt, action->input, STEP_RUNNING);
		end(play, action->step, STEP_COMPLETED, action->output, (struct str){0});
		use(play, action->message);
		return true;
	case ACTION_FAIL:
		if (!action->begun)
			begin(play, action->step, action->attempt, NULL, STEP_RUNNING);
		end(play, action->step, STEP_FAILED, NULL, action->error);
		use(play, action->message);
		return true;
	case ACTION_RETRY:
		play->state.steps[action->step].due_us = action->at_us;
		return true;
	case ACTION_ASK:
		return answer_failure(play, action->step, err);
	case ACTION_SKIP:
		begin(play, action->step, action->attempt, NULL, STEP_RUNNING);
		play->state.begun_steps -= !step_has_steps(plan_def(&play->state, action->step));
		end(play, action->step, STEP_SKIPPED, NULL, (struct str){0});
		return true;
	case ACTION_ABORT:
		drop_call(play, action->step);
		end(play, action->step, STEP_CANCELLED, NULL, (struct str){0});
		return true;
	case ACTION_SLEEP:
		*ret_slept = true;
		return sleep_until(play, action->at_us, err);
	case ACTION_END:
		play->ended = true;
		play->end = action->end;
		play->output = action->output ? json_copy(arena, action->output) : NULL;
		play->error = action->error.n > 0 ? arena_str(arena, action->error) : (struct str){0};
		return true;
	default:
		return err_set(err, ERR_INVALID,
			"%.*s needs something that only a server has. Run the workflow there: stepmill workflow run.",
			STR_ARG(plan_path(&play->state, action->step)));
	}
}

static bool
turn(struct play *play, struct err *err)
{
	struct action *actions;
	unsigned count;
	bool slept = false;
	if (!plan(play->arena, &play->state, &actions, &count, err))
		return false;
	for (unsigned i = 0; i < count && !play->ended; i++)
		if (!take(play, &actions[i], &slept, err))
			return false;
	if (play->ended)
		return true;
	sweep(play);
	forget_evaluations(play);
	/* Nothing more is to begin now: calls go on. */
	return count > 0 || slept || sleep_until(play, PLAN_NEVER, err);
}

bool
play_run(struct play *play, struct arena *arena, const struct definition *definition, const struct json *test,
	struct err *err)
{
	const struct json *input = json_get(test, "input"), *env = json_get(test, "env");
	struct str at = STR(START);
	*play = (struct play){.arena = arena, .test = test};
	(void)json_get_str(test, "start", &at);
	play->state = (struct run_state){
		.definition = definition,
		.input = input ? input : json_new_object(arena),
		.env = env,
		.status = RUN_PENDING,
		.steps = arena_array(arena, definition->step_count, sizeof(struct step_state)),
	};
	if (!time_parse(at.p, at.n, &play->state.now_us))
		return err_set(err, ERR_INVALID, "start: %.*s is not a time such as %s.", STR_ARG(at), START);
	if (definition->input && !schema_fill(arena, definition->input, play->state.input, &play->state.input, err))
		return false;
	play->started_us = play->state.now_us;
	send_signals(play);
	for (unsigned round = 0; round < ROUNDS_MAX; round++) {
		if (!turn(play, err))
			return false;
		if (play->ended)
			return true;
	}
	return err_set(err, ERR_LIMIT,
		"The run has not ended after %d turns of the planner. Look whether its loops can end.", ROUNDS_MAX);
}
