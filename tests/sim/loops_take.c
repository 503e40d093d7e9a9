/* What plan() asks for: may it be taken now? And then it is, in memory and as a row; see loops.h. */
#include "loops.h"

#include "flow/frame.h"
#include "json/writer.h"

static bool
underway(enum step_status status)
{
	return status == STEP_RUNNING || status == STEP_WAITING;
}

/* Its phase is the first, before which no call was, or something of it has begun, or somebody has begun it. */
static bool
phase_is_open(struct loops *p, unsigned step)
{
	struct str phase;
	bool any = false, over = false;
	if (!p->manual || frame_of(&p->run, step) || plan_def(&p->run, step)->parent != NO_STEP ||
		!json_get_str(p->written[loops_number(plan_def(&p->run, step)->key)], "phase", &phase))
		return true;
	json_each (name, p->rows.passed)
		if (str_eq(name->text, phase))
			return true;
	for (unsigned i = 0; i < p->rows.count; i++) {
		struct str path = p->rows.list[i].path, other;
		over |= step_ended(p->rows.list[i].status);
		if (memchr(path.p, '/', path.n) || memchr(path.p, '[', path.n) ||
			!json_get_str(p->written[loops_number(path)], "phase", &other))
			continue;
		any = true;
		if (str_eq(other, phase))
			return true;
	}
	return !any || (p->run.begun_steps == 0 &&
			       !over); /* of a later generation, for all that is known: somebody asked for that */
}

/* Nothing goes on, and what is next is of a phase that nobody has begun. */
static bool
stands(struct loops *p, struct str phase)
{
	for (unsigned i = 0; i < frame_slots(&p->run); i++)
		if (frame_has(&p->run, i) && underway(p->run.steps[i].status))
			return loops_wrong(
				p, "the run stands before a phase, and it is under way", plan_path(&p->run, i));
	p->stands = arena_str(p->arena, phase);
	p->run.status = RUN_PAUSED;
	loops_commit(p);
	return p->manual || loops_wrong(p, "a run stands that nobody has to take on", phase);
}

/* The first attempt, or the next of one that failed and whose time has come. */
static bool
begins(struct loops *p, const struct action *a, unsigned step, enum step_status status, const struct json *input)
{
	struct str path = arena_str(p->arena, plan_path(&p->run, step));
	struct loop_row *row = loops_row(p, path);
	if (p->cancelled)
		return loops_wrong(p, "it begins in a run that is to end", path);
	if (p->run.status == RUN_PAUSED)
		return loops_wrong(p, "it begins in a paused run", path);
	if (p->on_start != HANDLER_NONE && !p->run.started)
		return loops_wrong(p, "it begins before on_start was asked", path);
	if (!phase_is_open(p, step))
		return loops_wrong(p, "it begins in a phase that nobody has begun", path);
	for (unsigned i = frame_parent(&p->run, step); i != NO_STEP; i = frame_parent(&p->run, i))
		if (p->run.steps[i].status != STEP_RUNNING)
			return loops_wrong(p, "it begins, and what it is in does not go on", path);
	if (row) {
		if (row->status != STEP_FAILED || a->attempt != row->attempt + 1 || row->due_us == 0 ||
			row->due_us > p->run.now_us)
			return loops_wrong(p, "it begins a second time", path);
	} else if (p->rows.count == LOOP_ROWS_MAX || a->attempt != 1) {
		return loops_wrong(p, "it begins with another attempt than its first", path);
	} else {
		row = &p->rows.list[p->rows.count++];
	}
	int64_t due = status == STEP_WAITING && a->at_us != PLAN_NEVER ? a->at_us : 0;
	*row = (struct loop_row){.path = path,
		.attempt = a->attempt,
		.status = status,
		.due_us = due,
		.input = input ? json_copy(p->arena, input) : NULL};
	struct step_state *s = &p->run.steps[step];
	s->status = status;
	s->attempt = a->attempt;
	p->run.begun_steps += !step_has_steps(plan_def(&p->run, step));
	s->due_us = due;
	s->error = (struct str){0};
	s->outcome_unknown = false;
	return true;
}

bool
loops_end(struct loops *p, unsigned step, enum step_status status, const struct json *output, struct str error)
{
	struct loop_row *row = loops_row(p, plan_path(&p->run, step));
	struct step_state *s = &p->run.steps[step];
	if (!row || step_ended(row->status))
		return loops_wrong(p, "it ends and does not go on", plan_path(&p->run, step));
	row->status = s->status = status;
	row->due_us = s->due_us = 0;
	p->run.any_over = true;
	row->error = s->error = error.n > 0 ? arena_str(p->arena, error) : (struct str){0};
	row->output = s->output = status != STEP_COMPLETED ? NULL
				  : output		   ? json_copy(p->arena, output)
							   : json_new_null(p->arena);
	return true;
}

/* What its output is kept under is its item, wherever it begins. */
static bool
keeps(struct loops *p, const struct action *a)
{
	struct str path = plan_path(&p->run, a->step);
	bool kept = plan_def(&p->run, a->step)->cache_key != NULL;
	const struct frame *f = frame_of(&p->run, a->step);
	if (kept != (a->cache_key != NULL))
		return loops_wrong(p, "it is kept and should not be, or the other way round", path);
	if (!kept)
		return true;
	struct str key = json_text(p->scratch, a->cache_key);
	struct str right = f && f->item ? json_text(p->scratch, f->item)
			   : f		? str_of(arena_printf(p->scratch, "%u", f->index))
					: STR("\"x\"");
	return str_eq(key, right) || loops_wrong(p, "it is kept under another key than its item", key);
}

/* ---- loops ---- */

/* As exec/gather.c reads it from the rows: all that they gave, or what the first that failed says. */
static bool
gather(struct loops *p, unsigned step)
{
	struct json *gathered = json_new_object(p->arena), *outputs = json_new_array(p->arena), *error = NULL;
	struct str path = plan_path(&p->run, step);
	if (p->run.steps[step].loop.gathered)
		return loops_wrong(p, "it is gathered a second time", path);
	for (unsigned i = 0; i < p->run.steps[step].loop.begun; i++) {
		const struct loop_row *row = loops_row(p, str_of(arena_printf(p->arena, "%.*s[%u]", STR_ARG(path), i)));
		if (!row || !step_ended(row->status))
			return loops_wrong(p, "an iteration is missing", path);
		if (row->status == STEP_FAILED && !error)
			json_read(p->arena, row->error, &json_limits_stored, &error, NULL);
		json_push(outputs, row->output ? json_share(p->arena, row->output) : json_new_null(p->arena));
	}
	if (error)
		json_add(gathered, STR("error"), error);
	else
		json_add(gathered, STR("outputs"), outputs);
	p->run.steps[step].loop.gathered = gathered;
	p->progress = true;
	return true;
}

/* How many iterations it may have, as it is written. */
static int64_t
iterations_most(struct loops *p, unsigned step)
{
	const struct step_def *def = plan_def(&p->run, step);
	int64_t most = LOOP_ITERATIONS_MAX;
	if (def->part == PART_TOOLS)
		return AGENT_CALLS_MAX;
	json_get_int(
		p->written[loops_number(def->key)], def->part == PART_AGENT ? "max_turns" : "max_iterations", &most);
	return most;
}

/* In turn, as many at once as it says, and none too far from one that still goes on. */
static bool
iterates(struct loops *p, const struct action *a)
{
	struct str path = plan_path(&p->run, a->step);
	struct loop_state *l = &p->run.steps[a->step].loop;
	unsigned running = 0, oldest = a->index;
	for (const struct frame *f = l->frames; f; f = f->next)
		if (underway(p->run.steps[f->base].status)) {
			running++;
			oldest = f->index < oldest ? f->index : oldest;
		}
	if (a->index != l->begun)
		return loops_wrong(p, "an iteration begins out of turn", path);
	if (a->index >= iterations_most(p, a->step))
		return loops_wrong(p, "it has more iterations than it may have", path);
	if (running >= plan_def(&p->run, a->step)->at_once)
		return loops_wrong(p, "more iterations are under way than may be", path);
	if (a->index - oldest >= LOOP_SPAN)
		return loops_wrong(p, "an iteration begins too far from one that goes on", path);
	l->begun = a->index + 1;
	l->next = a->item ? a->item->next : NULL;
	struct frame *f = frame_open(p->arena, p->arena, &p->run, a->step, a->index);
	f->item = a->item;
	p->turns += plan_def(&p->run, a->step)->part == PART_AGENT;
	return begins(p, a, f->base, STEP_RUNNING, NULL);
}

static bool
opens(struct loops *p, const struct action *a)
{
	if (!begins(p, a, a->step, STEP_RUNNING, a->input))
		return false;
	if (a->input)
		frame_items(&p->run, a->step, loops_row(p, plan_path(&p->run, a->step))->input);
	return true;
}

/* Why a step fails without a call: a loop or an agent that would be too long, or what it is in failed. */
static bool
fails(struct loops *p, const struct action *a)
{
	struct str path = plan_path(&p->run, a->step), code = STR("");
	const struct step_def *def = plan_def(&p->run, a->step);
	const struct loop_state *l = &p->run.steps[a->step].loop;
	struct json *error = NULL;
	if (!json_read(p->scratch, a->error, &json_limits_stored, &error, NULL) || !json_get_str(error, "code", &code))
		return loops_wrong(p, "it fails without a reason", path);
	bool own = !json_get(error, "path");
	if (own && str_is(code, "max_turns") && (def->part != PART_AGENT || l->begun != iterations_most(p, a->step)))
		return loops_wrong(p, "an agent fails of its turns and has others", path);
	if (own && str_is(code, "max_iterations") && def->part == PART_AGENT)
		return loops_wrong(p, "an agent fails as a loop does", path);
	if (own && str_is(code, "max_iterations") && a->begun && l->begun != iterations_most(p, a->step))
		return loops_wrong(p, "a loop fails of its iterations and may have others", path);
	return (a->begun || begins(p, a, a->step, STEP_RUNNING, NULL)) &&
	       loops_end(p, a->step, STEP_FAILED, NULL, a->error);
}

/* ---- messages ---- */

/* A message is one step's alone. */
static bool
use(struct loops *p, const struct action *a)
{
	struct message **at = &p->run.messages;
	unsigned number = a->message->id.b[14] * 256u + a->message->id.b[15];
	bool drop = loops_is_broken(p, "takes-twice") && chance_percent(&p->chance, 20);
	while (*at && *at != a->message)
		at = &(*at)->next;
	if (!*at || p->rows.taken[number])
		return loops_wrong(p, "a signal is taken a second time", plan_path(&p->run, a->step));
	p->rows.used++;
	if (drop)
		return true;
	p->rows.taken[number] = true;
	*at = (*at)->next;
	p->run.newest = p->run.messages;
	while (p->run.newest && p->run.newest->next)
		p->run.newest = p->run.newest->next;
	return true;
}

static bool
completes(struct loops *p, const struct action *a)
{
	if (!a->begun && !begins(p, a, a->step, STEP_RUNNING, NULL))
		return false;
	if (a->message && !use(p, a))
		return false;
	return loops_end(p, a->step, STEP_COMPLETED, a->output, STR(""));
}

/* ---- calls ---- */

static bool
starts(struct loops *p, const struct action *a)
{
	if (plan_def(&p->run, a->step)->part == PART_MODEL && !loops_told(p, a->step, a->input))
		return false;
	return begins(p, a, a->step, STEP_RUNNING, a->input);
}

static bool
tries_again(struct loops *p, const struct action *a)
{
	struct loop_row *row = loops_row(p, plan_path(&p->run, a->step));
	if (!row || row->status != STEP_FAILED || row->due_us != 0 || a->attempt != row->attempt + 1 ||
		row->attempt >= loops_fate(p, a->step).attempts)
		return loops_wrong(p, "it is tried again", plan_path(&p->run, a->step));
	row->due_us = p->run.steps[a->step].due_us = a->at_us;
	p->retries++;
	return true;
}

/* ---- the whole ---- */

static bool
fetches(struct loops *p, unsigned step)
{
	struct str path = plan_path(&p->run, step);
	if (!p->run.steps[step].output_away)
		return loops_wrong(p, "an output is fetched that is here", path);
	for (unsigned i = 0; i < p->fetches; i++)
		if (str_eq(p->fetching[i], path))
			return true;
	if (p->fetches == LOOP_COMING_MAX)
		return loops_wrong(p, "too much is fetched at once", path);
	p->fetching[p->fetches++] = arena_str(p->arena, path);
	p->progress = true;
	return true;
}

static bool
begins_with(struct loops *p, const struct action *a)
{
	if (p->rows.count > 0 || p->run.started || p->on_start == HANDLER_NONE)
		return loops_wrong(p, "on_start is over a second time, or there is none", STR(""));
	p->run.started = p->rows.started = true;
	if (a->input)
		p->run.input = p->rows.input = json_copy(p->arena, a->input);
	return true;
}

static bool
ends(struct loops *p, const struct action *a)
{
	for (unsigned i = 0; i < frame_slots(&p->run); i++)
		if (frame_has(&p->run, i) && underway(p->run.steps[i].status))
			return loops_wrong(p, "the run ends, and it is under way", plan_path(&p->run, i));
	const struct json *output = a->output;
	if (!output && a->end == RUN_COMPLETED && p->run.steps[a->step].output_away) /* it says where it is */
		output = loops_row(p, plan_path(&p->run, a->step))->output;
	p->run.status = p->rows.status = a->end;
	p->rows.output = output ? json_copy(p->arena, output) : NULL;
	return true;
}

/* It begins a step, or skips over its beginning: it completes at once. */
static bool
is_beginning(const struct loops *p, const struct action *a)
{
	bool at_once = a->kind == ACTION_COMPLETE && !a->begun;
	return a->kind == ACTION_START || a->kind == ACTION_OPEN || a->kind == ACTION_CHILD ||
	       (at_once && plan_def(&p->run, a->step)->control == CONTROL_TRANSFORM);
}

/* Nothing is kept: plan() is told so, and asks for the same again. */
static bool
is_told(struct loops *p, const struct action *a)
{
	struct step_state *s = &p->run.steps[a->step];
	if (!a->cache_key || s->not_kept == a->attempt)
		return false;
	s->not_kept = a->attempt;
	return true;
}

static bool
take(struct loops *p, const struct action *a)
{
	if (is_beginning(p, a) && !keeps(p, a))
		return false;
	if (is_told(p, a))
		return true;
	switch (a->kind) {
	case ACTION_BEGIN:
		return begins_with(p, a);
	case ACTION_START:
		return starts(p, a);
	case ACTION_OPEN:
		return opens(p, a);
	case ACTION_ITERATE:
		return iterates(p, a);
	case ACTION_WAIT:
	case ACTION_CHILD:
		return begins(p, a, a->step, STEP_WAITING, a->input);
	case ACTION_COMPLETE:
		return completes(p, a);
	case ACTION_RETRY:
		return tries_again(p, a);
	case ACTION_FAIL:
		return fails(p, a);
	case ACTION_ABORT:
		return loops_end(p, a->step, STEP_CANCELLED, NULL, STR(""));
	case ACTION_STAND:
		return stands(p, a->waiting_for);
	case ACTION_END:
		return ends(p, a);
	default:
		return loops_wrong(p, "an action that has no place here", STR(""));
	}
}

bool
loops_take(struct loops *p, const struct action *a)
{
	switch (a->kind) {
	case ACTION_SLEEP:
		return true;
	case ACTION_GATHER:
		return gather(p, a->step);
	case ACTION_FETCH:
		return fetches(p, a->step);
	case ACTION_EVALUATE:
		return loops_evaluate(p, a);
	default:
		p->progress = true;
		return take(p, a);
	}
}
