/* States of runs as JSON; see snapshot.h. */
#include "snapshot.h"

#include "flow/frame.h"
#include "json/writer.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const kinds[] = {
	[ACTION_BEGIN] = "begin",
	[ACTION_START] = "start",
	[ACTION_OPEN] = "open",
	[ACTION_ITERATE] = "iterate",
	[ACTION_WAIT] = "wait",
	[ACTION_LOOK] = "look",
	[ACTION_COMPLETE] = "complete",
	[ACTION_CHILD] = "child",
	[ACTION_RETRY] = "retry",
	[ACTION_ASK] = "ask",
	[ACTION_SKIP] = "skip",
	[ACTION_ABORT] = "abort",
	[ACTION_FAIL] = "fail",
	[ACTION_GATHER] = "gather",
	[ACTION_FETCH] = "fetch",
	[ACTION_EVALUATE] = "evaluate",
	[ACTION_REPLAY] = "replay",
	[ACTION_STAND] = "stand",
	[ACTION_SLEEP] = "sleep",
	[ACTION_END] = "end",
};

/* ---- writing: what is as it always is at first is left out ---- */

static void
add_int(struct arena *arena, struct json *to, const char *key, int64_t value)
{
	if (value != 0)
		json_add(to, str_of(key), json_new_int(arena, value));
}

static void
add_bool(struct arena *arena, struct json *to, const char *key, bool value)
{
	if (value)
		json_add(to, str_of(key), json_new_bool(arena, true));
}

static void
add_text(struct arena *arena, struct json *to, const char *key, struct str text)
{
	if (text.n > 0)
		json_add(to, str_of(key), json_new_str(arena, arena_str(arena, text)));
}

/* Beside null, which is a value. */
static void
add_value(struct arena *arena, struct json *to, const char *key, const struct json *value)
{
	if (value)
		json_add(to, str_of(key), json_copy(arena, value));
}

/* A step, or the run; of a handler of a step also which: review, review:on_start, run:4294967294. */
static struct str
called(struct arena *arena, const struct run_state *run, unsigned number)
{
	if (number >= RUN_STARTER)
		return str_of(arena_printf(arena, "run:%u", UINT_MAX - number));
	return str_of(arena_printf(arena, "%.*s%s", STR_ARG(plan_path(run, plan_asker(number))),
		number & STEP_STARTER ? ":start"
		: number & STEP_ENDER ? ":end"
				      : ""));
}

static void
add_loop(struct arena *arena, const struct loop_state *l, bool goes_on, struct json *to)
{
	add_int(arena, to, "begun", l->begun);
	add_int(arena, to, "earlier", l->before);
	add_value(arena, to, "gathered", l->gathered);
	if (goes_on)
		add_value(arena, to, "items", l->items);
	add_bool(arena, to, "items_away", l->items_away);
}

static void
add_step(struct arena *arena, const struct run_state *run, unsigned i, struct json *steps)
{
	const struct step_state *s = &run->steps[i];
	struct json *to = json_new_object(arena);
	add_text(arena, to, "status", s->status == STEP_PENDING ? STR("") : str_of(step_status_name(s->status)));
	add_int(arena, to, "attempt", s->attempt);
	add_value(arena, to, "output", s->output);
	add_bool(arena, to, "away", s->output_away);
	add_text(arena, to, "error", s->error);
	add_int(arena, to, "due", s->due_us);
	add_int(arena, to, "since", s->since_us);
	add_int(arena, to, "before", s->before);
	add_int(arena, to, "key_attempt", s->key_attempt);
	add_bool(arena, to, "asked", s->asked);
	add_int(arena, to, "not_kept", s->not_kept);
	add_bool(arena, to, "outcome_unknown", s->outcome_unknown);
	add_loop(arena, &s->loop, s->status == STEP_RUNNING, to);
	if (to->count > 0 || frame_is_iteration(run, i))
		json_add(steps, arena_str(arena, plan_path(run, i)), to);
}

/* Steps before the iterations of their loops, which then come oldest first: so they are opened in that order again. */
static void
add_steps(struct arena *arena, const struct run_state *run, unsigned first, unsigned end, struct json *steps)
{
	for (unsigned i = first; i < end; i++)
		add_step(arena, run, i, steps);
	for (unsigned i = first; i < end; i++)
		for (const struct frame *f = run->steps[i].loop.frames; f; f = f->next)
			add_steps(arena, run, f->base, frame_end(run, f->base), steps);
}

static struct json *
evaluations_of(struct arena *arena, const struct run_state *run)
{
	struct json *list = json_new_array(arena);
	for (const struct evaluation *e = run->evaluation; e; e = e->next) {
		struct json *to = json_new_object(arena);
		if (e->step < RUN_STARTER && !frame_has(run, plan_asker(e->step)))
			continue;
		add_text(arena, to, "of", called(arena, run, e->step));
		add_int(arena, to, "attempt", e->attempt);
		add_int(arena, to, "round", e->round);
		add_bool(arena, to, "coming", e->coming);
		if (!e->coming) {
			add_value(arena, to, "values", e->values);
			add_text(arena, to, "error", e->error);
		}
		json_push(list, to);
	}
	return list;
}

static struct json *
messages_of(struct arena *arena, const struct run_state *run)
{
	struct json *list = json_new_array(arena);
	for (const struct message *m = run->messages; m; m = m->next) {
		struct json *to = json_new_object(arena);
		add_int(arena, to, "kind", m->kind);
		add_text(arena, to, "name", m->name);
		add_int(arena, to, "attempt", m->attempt);
		add_value(arena, to, "data", m->data);
		add_text(arena, to, "by", m->by);
		add_bool(arena, to, "used", m->used);
		json_push(list, to);
	}
	return list;
}

static struct json *
replay_of(struct arena *arena, const struct replay *r)
{
	struct json *to = json_new_object(arena);
	add_bool(arena, to, "coming", r->coming);
	add_bool(arena, to, "known", r->known);
	add_int(arena, to, "seen", r->seen);
	add_value(arena, to, "asks", r->asks);
	add_bool(arena, to, "over", r->over);
	add_value(arena, to, "output", r->output);
	add_text(arena, to, "error", r->error);
	return to;
}

struct json *
snapshot_of(struct arena *arena, const struct run_state *run)
{
	struct json *whole = json_new_object(arena), *to = json_new_object(arena), *steps = json_new_object(arena);
	add_text(arena, to, "status", str_of(run_status_name(run->status)));
	add_value(arena, to, "input", run->input);
	add_bool(arena, to, "started", run->started);
	add_bool(arena, to, "cancel_asked", run->cancel_asked);
	add_int(arena, to, "now", run->now_us);
	add_int(arena, to, "begun", run->begun_us);
	add_int(arena, to, "begun_steps", run->begun_steps);
	add_bool(arena, to, "any_over", run->any_over);
	add_bool(arena, to, "manual", run->manual);
	add_value(arena, to, "passed", run->passed);
	add_value(arena, to, "models", run->models);
	add_value(arena, to, "inputs", run->inputs);
	add_value(arena, to, "env", run->env);
	add_value(arena, to, "env_why", run->env_why);
	json_add(to, STR("evaluations"), evaluations_of(arena, run));
	json_add(to, STR("messages"), messages_of(arena, run));
	if (run->replay)
		json_add(to, STR("replay"), replay_of(arena, run->replay));
	add_steps(arena, run, 0, run->definition->step_count, steps);
	json_add(whole, STR("run"), to);
	json_add(whole, STR("steps"), steps);
	return whole;
}

static int
place_of(const struct run_state *run, const struct message *wanted)
{
	int place = 1;
	for (const struct message *m = run->messages; m && m != wanted; m = m->next)
		place++;
	return place;
}

struct json *
snapshot_actions(struct arena *arena, const struct run_state *run, const struct action *actions, unsigned count)
{
	struct json *list = json_new_array(arena);
	for (unsigned i = 0; i < count; i++) {
		const struct action *a = &actions[i];
		struct json *to = json_new_object(arena), *sources = json_new_array(arena);
		bool whole = a->kind == ACTION_END || a->kind == ACTION_SLEEP || a->kind == ACTION_STAND ||
			     a->kind == ACTION_BEGIN || a->kind == ACTION_REPLAY;
		add_text(arena, to, "does", str_of(kinds[a->kind]));
		if (!whole || (a->kind == ACTION_END && a->output && a->step > 0))
			add_text(arena, to, "step", called(arena, run, a->step));
		add_int(arena, to, "attempt", a->attempt);
		add_value(arena, to, "input", a->input);
		add_value(arena, to, "cache_key", a->cache_key);
		add_int(arena, to, "index", a->index);
		add_value(arena, to, "item", a->item);
		for (unsigned n = 0; n < a->source_count; n++)
			json_push(sources, json_new_str(arena, arena_str(arena, a->sources[n])));
		if (a->source_count > 0)
			json_add(to, STR("sources"), sources);
		if (a->kind == ACTION_END)
			add_text(arena, to, "as", str_of(run_status_name(a->end)));
		add_value(arena, to, "output", a->output);
		add_bool(arena, to, "begun", a->begun);
		add_text(arena, to, "waiting_for", a->waiting_for);
		add_int(arena, to, "message", a->message ? place_of(run, a->message) : 0);
		add_int(arena, to, "answer", a->answer ? place_of(run, a->answer) : 0);
		add_int(arena, to, "at", a->at_us);
		add_bool(arena, to, "rests", a->rests);
		add_text(arena, to, "error", a->error);
		add_text(arena, to, "handler", str_of(a->handler ? a->handler : ""));
		add_text(arena, to, "why", str_of(a->why ? a->why : ""));
		json_push(list, to);
	}
	return list;
}

/* ---- reading ---- */

static int
get_int(const struct json *from, const char *key)
{
	int64_t value = 0;
	json_get_int(from, key, &value);
	return (int)value;
}

static bool
get_bool(const struct json *from, const char *key)
{
	bool value = false;
	json_get_bool(from, key, &value);
	return value;
}

static struct str
get_text(const struct json *from, const char *key)
{
	struct str text = {0};
	json_get_str(from, key, &text);
	return text;
}

static bool
read_number(const struct run_state *run, struct str name, unsigned *ret_number)
{
	unsigned flag = 0;
	const char *colon = memchr(name.p, ':', name.n);
	if (str_starts(name, STR("run:"))) {
		*ret_number = UINT_MAX - (unsigned)atoi(name.p + 4);
		return true;
	}
	if (colon) {
		flag = colon[1] == 's' ? STEP_STARTER : STEP_ENDER;
		name.n = (size_t)(colon - name.p);
	}
	if (!frame_find(run, name, ret_number))
		return false;
	*ret_number |= flag;
	return true;
}

static bool
read_step(struct arena *arena, struct run_state *run, const struct json *from)
{
	struct str loop, status = get_text(from, "status");
	unsigned i, step;
	if (frame_path(from->key, &loop, &i)) {
		if (!frame_find(run, loop, &step))
			return false;
		if (plan_def(run, step)->control == CONTROL_LOOP)
			frame_open(arena, arena, run, step, i);
	}
	if (!frame_find(run, from->key, &i))
		return false;
	struct step_state *s = &run->steps[i];
	if (status.n > 0 && !step_status_parse(status, &s->status))
		return false;
	s->attempt = get_int(from, "attempt");
	s->output = json_get(from, "output");
	s->output_away = get_bool(from, "away");
	s->error = get_text(from, "error");
	json_get_int(from, "due", &s->due_us);
	json_get_int(from, "since", &s->since_us);
	s->before = get_int(from, "before");
	s->key_attempt = get_int(from, "key_attempt");
	s->asked = get_bool(from, "asked");
	s->not_kept = get_int(from, "not_kept");
	s->outcome_unknown = get_bool(from, "outcome_unknown");
	s->loop.begun = (unsigned)get_int(from, "begun");
	s->loop.before = get_int(from, "earlier");
	s->loop.gathered = json_get(from, "gathered");
	s->loop.items_away = get_bool(from, "items_away");
	return true;
}

static void
read_messages(struct arena *arena, struct run_state *run, const struct json *list)
{
	struct message **at = &run->messages;
	json_each (from, list) {
		struct message *m = arena_new_of(arena, struct message);
		*m = (struct message){.kind = (enum message_kind)get_int(from, "kind"),
			.name = get_text(from, "name"),
			.attempt = get_int(from, "attempt"),
			.data = json_get(from, "data"),
			.by = get_text(from, "by"),
			.used = get_bool(from, "used")};
		*at = run->newest = m;
		at = &m->next;
	}
}

static bool
read_evaluations(struct arena *arena, struct run_state *run, const struct json *list)
{
	const struct evaluation **at = &run->evaluation;
	json_each (from, list) {
		struct evaluation *e = arena_new_of(arena, struct evaluation);
		int64_t round = 0;
		if (!read_number(run, get_text(from, "of"), &e->step))
			return false;
		json_get_int(from, "round", &round);
		e->attempt = get_int(from, "attempt");
		e->round = (unsigned)round;
		e->coming = get_bool(from, "coming");
		e->values = json_get(from, "values");
		e->error = get_text(from, "error");
		*at = e;
		at = &e->next;
	}
	return true;
}

static const struct replay *
read_replay(struct arena *arena, const struct json *from)
{
	struct replay *r = arena_new_of(arena, struct replay);
	*r = (struct replay){.coming = get_bool(from, "coming"),
		.known = get_bool(from, "known"),
		.seen = (unsigned)get_int(from, "seen"),
		.asks = json_get(from, "asks"),
		.over = get_bool(from, "over"),
		.output = json_get(from, "output"),
		.error = get_text(from, "error")};
	return r;
}

bool
snapshot_read(struct arena *arena, const struct definition *definition, const struct json *snapshot,
	struct run_state *ret_run)
{
	const struct json *from = json_get(snapshot, "run"), *replay = json_get(from, "replay");
	*ret_run = (struct run_state){.definition = definition,
		.input = json_get(from, "input"),
		.started = get_bool(from, "started"),
		.cancel_asked = get_bool(from, "cancel_asked"),
		.any_over = get_bool(from, "any_over"),
		.begun_steps = get_int(from, "begun_steps"),
		.manual = get_bool(from, "manual"),
		.passed = json_get(from, "passed"),
		.models = json_get(from, "models"),
		.inputs = json_get(from, "inputs"),
		.env = json_get(from, "env"),
		.env_why = json_get(from, "env_why"),
		.steps = arena_array(arena, definition->step_count, sizeof(struct step_state))};
	json_get_int(from, "now", &ret_run->now_us);
	json_get_int(from, "begun", &ret_run->begun_us);
	if (!run_status_parse(get_text(from, "status"), &ret_run->status))
		return false;
	json_each (step, json_get(snapshot, "steps"))
		if (!read_step(arena, ret_run, step))
			return false;
	json_each (step, json_get(snapshot, "steps")) {
		unsigned i;
		const struct json *items = json_get(step, "items");
		if (items && frame_find(ret_run, step->key, &i) && plan_def(ret_run, i)->control == CONTROL_LOOP)
			frame_items(ret_run, i, items);
	}
	read_messages(arena, ret_run, json_get(from, "messages"));
	ret_run->replay = replay ? read_replay(arena, replay) : NULL;
	return read_evaluations(arena, ret_run, json_get(from, "evaluations"));
}

/* ---- what changes from call to call ---- */

static bool
same(struct arena *arena, const struct json *a, const struct json *b)
{
	return a && b && str_eq(json_text(arena, a), json_text(arena, b));
}

/* Members that are other ones than before; what is gone is null. */
static struct json *
changed(struct arena *arena, const struct json *before, const struct json *now)
{
	struct json *to = json_new_object(arena);
	json_each (one, before)
		if (!json_get_by(now, one->key))
			json_add(to, one->key, json_new_null(arena));
	json_each (one, now)
		if (!same(arena, json_get_by(before, one->key), one))
			json_add(to, one->key, json_copy(arena, one));
	return to;
}

static struct json *
merged(struct arena *arena, const struct json *before, const struct json *call)
{
	struct json *to = json_new_object(arena);
	json_each (one, before)
		if (!json_get_by(call, one->key))
			json_add(to, one->key, json_share(arena, one));
		else if (json_get_by(call, one->key)->type != JSON_NULL)
			json_add(to, one->key, json_share(arena, json_get_by(call, one->key)));
	json_each (one, call)
		if (one->type != JSON_NULL && !json_get_by(before, one->key))
			json_add(to, one->key, json_share(arena, one));
	return to;
}

struct json *
snapshot_merge(struct arena *arena, const struct json *before, const struct json *call)
{
	struct json *whole = json_new_object(arena);
	if (get_bool(call, "afresh"))
		before = NULL;
	json_add(whole, STR("run"), merged(arena, json_get(before, "run"), json_get(call, "run")));
	json_add(whole, STR("steps"), merged(arena, json_get(before, "steps"), json_get(call, "steps")));
	return whole;
}

/* ---- recording ---- */

void
recorder_open(const struct recorder *r)
{
	if (r->most > 0)
		printf("{\"planner\": %d, \"histories\": [", PLANNER_VERSION);
}

bool
recorder_close(const struct recorder *r)
{
	if (r->most > 0)
		printf("]}\n");
	return r->most > 0;
}

void
recorder_begin(struct recorder *r, struct arena *arena)
{
	r->arena = arena;
	r->before = NULL;
	r->calls = json_new_array(arena);
}

static bool
wrong(struct recorder *r, const char *what, struct str text)
{
	snprintf(r->wrong, sizeof r->wrong, "what is recorded %s: %.*s", what, (int)(text.n < 500 ? text.n : 500),
		text.p);
	return false;
}

static struct json *
call_of(struct arena *arena, const struct json *before, const struct json *now)
{
	struct json *call = json_new_object(arena);
	if (!before)
		json_add(call, STR("afresh"), json_new_bool(arena, true));
	json_add(call, STR("run"), changed(arena, json_get(before, "run"), json_get(now, "run")));
	json_add(call, STR("steps"), changed(arena, json_get(before, "steps"), json_get(now, "steps")));
	return call;
}

bool
recorder_call(struct recorder *r, const struct run_state *run, const struct action *actions, unsigned count)
{
	struct json *now = snapshot_of(r->arena, run), *call = call_of(r->arena, r->before, now);
	struct json *wants = snapshot_actions(r->arena, run, actions, count);
	struct json *back = snapshot_merge(r->arena, r->before, call);
	struct run_state again;
	struct action *said;
	struct err err = {0};
	/* Who took it over has its iterations in another order. */
	if (!same(r->arena, json_get(back, "steps"), json_get(now, "steps"))) {
		call = call_of(r->arena, NULL, now);
		back = snapshot_merge(r->arena, NULL, call);
	}
	json_add(call, STR("wants"), wants);
	if (!snapshot_read(r->arena, run->definition, back, &again))
		return wrong(r, "cannot be read", json_text(r->arena, back));
	if (!plan(r->arena, &again, &said, &count, &err) ||
		!same(r->arena, snapshot_actions(r->arena, &again, said, count), wants))
		return wrong(r, "leads to something else than the run", json_text(r->arena, call));
	json_push(r->calls, call);
	r->before = back;
	return true;
}

void
recorder_end(struct recorder *r, const struct json *definition)
{
	if (r->calls->count > r->most)
		return;
	printf("%s\n{\"definition\": %s,\n \"calls\": [", r->kept++ ? "," : "", json_text(r->arena, definition).p);
	json_each (call, r->calls)
		printf("%s\n%s", call == r->calls->child ? "" : ",", json_text(r->arena, call).p);
	printf("]}");
}
