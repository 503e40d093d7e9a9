/* Histories: kept, written as JSON and read again, and replayed. */
#include "sim.h"

#include "json/writer.h"

#include <stdio.h>

void
history_add(struct arena *arena, struct history *history, const struct entry *entry)
{
	if (history->count == history->room) {
		unsigned room = history->room ? history->room * 2 : 32;
		struct entry *list = arena_array(arena, room, sizeof *list);
		if (history->count)
			memcpy(list, history->list, history->count * sizeof *list);
		history->list = list;
		history->room = room;
	}
	history->list[history->count++] = *entry;
}

/* ---- JSON ---- */

/* {"decides": "start", "step": "s1", "attempt": 1, "value": …}; "happens", "asks" and "reloads" likewise. */
static const char *const sort_names[] = {"decides", "happens", "asks", "reloads", "passes", "sleeps"};

/* ---- entries ---- */

struct entry
entry_of(const struct action *action)
{
	bool end = action->kind == ACTION_END;
	return (struct entry){.sort = ENTRY_DECISION,
		.which = action->kind,
		.step = end ? 0 : action->step, /* of an end it is a note */
		.attempt = action->attempt,
		.value = end || action->kind == ACTION_COMPLETE ? action->output : action->input,
		.error = action->error,
		.waiting_for = action->waiting_for,
		.at_us = action->at_us,
		.request = action->message ? number_of(action->message->id) : 0,
		.answer = action->answer ? number_of(action->answer->id) : 0,
		.end = end ? action->end : RUN_PENDING};
}

bool
entry_same(const struct entry *a, const struct entry *b)
{
	return a->sort == b->sort && a->which == b->which && a->step == b->step && a->attempt == b->attempt &&
	       a->end == b->end && a->at_us == b->at_us && a->request == b->request && a->answer == b->answer &&
	       str_eq(a->error, b->error) && str_eq(a->waiting_for, b->waiting_for) && !a->value == !b->value &&
	       (!a->value || json_equal(a->value, b->value));
}

/* What was asked is in the inbox, not in the run; and nobody knows whether a call that was out was made. */
static void
apply_reload(struct run_state *run)
{
	run->cancel_asked = false;
	run->messages = NULL;
	for (unsigned i = 0; i < run->definition->step_count; i++)
		run->steps[i].outcome_unknown = run->steps[i].status == STEP_RUNNING;
}

static void
use_messages(struct run_state *run, const struct entry *entry)
{
	for (struct message *m = run->messages; m; m = m->next)
		m->used |= number_of(m->id) == entry->request || number_of(m->id) == entry->answer;
}

void
entry_apply(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	if (entry->sort == ENTRY_DECISION) {
		sim_actions[entry->which].apply(arena, run, entry);
		use_messages(run, entry);
	} else if (entry->sort == ENTRY_ANSWER)
		sim_answers[entry->which].apply(run, entry);
	else if (entry->sort == ENTRY_REQUEST)
		sim_requests[entry->which].apply(arena, run, entry);
	else if (entry->sort == ENTRY_CLOCK)
		run->now_us = entry->at_us;
	else if (entry->sort == ENTRY_RELOAD)
		apply_reload(run);
}

static const char *
which_name(const struct entry *entry)
{
	unsigned i = entry->which;
	if (entry->sort == ENTRY_DECISION)
		return i < sim_action_count && sim_actions[i].name ? sim_actions[i].name : "unknown";
	return entry->sort == ENTRY_ANSWER    ? sim_answers[i].name
	       : entry->sort == ENTRY_REQUEST ? sim_requests[i].name
					      : "all";
}

static bool
find_which(enum entry_sort sort, struct str name, unsigned *ret_which)
{
	const unsigned counts[] = {sim_action_count, sim_answer_count, sim_request_count, 1, 1, 1};
	struct entry entry = {.sort = sort};
	for (; entry.which < counts[sort]; entry.which++)
		if (str_is(name, which_name(&entry))) {
			*ret_which = entry.which;
			return true;
		}
	return false;
}

struct json *
history_json(struct arena *arena, const struct definition *definition, const struct history *history)
{
	struct json *list = json_new_array(arena);
	for (unsigned i = 0; i < history->count; i++) {
		const struct entry *e = &history->list[i];
		struct json *item = json_new_object(arena);
		json_add(item, str_of(sort_names[e->sort]), json_new_str(arena, str_of(which_name(e))));
		if (e->attempt) {
			json_add(item, STR("step"), json_new_str(arena, definition->steps[e->step].key));
			json_add(item, STR("attempt"), json_new_int(arena, e->attempt));
		}
		if (e->request)
			json_add(item, STR("request"), json_new_int(arena, e->request));
		if (e->answer)
			json_add(item, STR("answer"), json_new_int(arena, e->answer));
		if (e->waiting_for.n)
			json_add(item, STR("for"), json_new_str(arena, e->waiting_for));
		if (e->end)
			json_add(item, STR("end"), json_new_str(arena, str_of(run_status_name(e->end))));
		if (e->value)
			json_add(item, STR("value"), json_share(arena, e->value));
		if (e->at_us)
			json_add(item, STR("at"), json_new_int(arena, e->at_us));
		if (e->error.p)
			json_add(item, STR("error"), json_new_str(arena, e->error));
		json_push(list, item);
	}
	return list;
}

static bool
find_step(const struct definition *definition, struct str key, unsigned *ret_step)
{
	for (unsigned i = 0; i < definition->step_count; i++)
		if (str_eq(definition->steps[i].key, key)) {
			*ret_step = i;
			return true;
		}
	return false;
}

static bool
entry_read(const struct definition *definition, const struct json *item, struct entry *ret_entry, struct err *err)
{
	struct entry e = {0};
	struct str name = {0}, key, end;
	int64_t attempt = 0, request = 0, answer = 0;
	while (e.sort <= ENTRY_SLEEP && !json_get_str(item, sort_names[e.sort], &name))
		e.sort++;
	if (e.sort > ENTRY_SLEEP || !find_which(e.sort, name, &e.which))
		return err_set(err, ERR_INVALID, "No such entry: \"%.*s\".", STR_ARG(name));
	if (json_get_str(item, "step", &key) && !find_step(definition, key, &e.step))
		return err_set(err, ERR_INVALID, "No such step: \"%.*s\".", STR_ARG(key));
	if (json_get_str(item, "end", &end) && !run_status_parse(end, &e.end))
		return err_set(err, ERR_INVALID, "No such end: \"%.*s\".", STR_ARG(end));
	json_get_int(item, "attempt", &attempt);
	e.attempt = (int)attempt;
	json_get_int(item, "request", &request);
	e.request = (unsigned)request;
	json_get_int(item, "answer", &answer);
	e.answer = (unsigned)answer;
	json_get_str(item, "for", &e.waiting_for);
	json_get_int(item, "at", &e.at_us);
	e.value = json_get(item, "value");
	json_get_str(item, "error", &e.error);
	*ret_entry = e;
	return true;
}

bool
history_read(struct arena *arena, const struct definition *definition, const struct json *list,
	struct history *ret_history, struct err *err)
{
	struct history history = {0};
	json_each (item, list) {
		struct entry entry;
		if (!entry_read(definition, item, &entry, err))
			return false;
		history_add(arena, &history, &entry);
	}
	*ret_history = history;
	return true;
}

/* ---- replay ---- */

static bool
same_error(struct arena *arena, struct str a, struct str b)
{
	struct json *left, *right;
	struct str code[2] = {{0}}, path[2] = {{0}};
	if (a.n == 0 || b.n == 0)
		return a.n == b.n;
	if (!json_read(arena, a, &json_limits_stored, &left, NULL) ||
		!json_read(arena, b, &json_limits_stored, &right, NULL))
		return false;
	json_get_str(left, "code", &code[0]), json_get_str(right, "code", &code[1]);
	json_get_str(left, "path", &path[0]), json_get_str(right, "path", &path[1]);
	return str_eq(code[0], code[1]) && str_eq(path[0], path[1]);
}

static const char *
shown(struct arena *arena, const struct definition *definition, struct entry *entry)
{
	struct history one = {entry, 1, 1};
	return json_text(arena, history_json(arena, definition, &one)).p;
}

/* What plan() wants first: an action, to sleep, or nothing (false). */
static bool
first_wish(struct arena *arena, plan_function *plan_it, const struct flow *flow, const struct run_state *run,
	struct entry *ret_entry, struct err *err)
{
	struct action *actions;
	struct rest rest;
	unsigned count = 0;
	if (!ask_plan(plan_it, arena, run, &actions, &count, &rest, err))
		return false;
	if (rest.evaluate) {
		struct evaluation evaluation = expect_evaluation(arena, flow, run, rest.evaluate - 1, rest.attempt);
		struct run_state with = *run;
		with.evaluation = &evaluation;
		if (!ask_plan(plan_it, arena, &with, &actions, &count, &rest, err))
			return false;
	}
	if (count > 0)
		*ret_entry = entry_of(&actions[0]);
	else if (rest.sleep_us)
		*ret_entry = (struct entry){.sort = ENTRY_SLEEP, .at_us = rest.sleep_us};
	return count > 0 || rest.sleep_us;
}

/* Of an error only code and path count; when the next attempt is due is in its row from then on. */
static bool
alike(struct arena *arena, struct entry wanted, const struct entry *recorded)
{
	bool same = same_error(arena, wanted.error, recorded->error);
	wanted.error = recorded->error;
	if (recorded->sort == ENTRY_DECISION && recorded->which == ACTION_RETRY)
		wanted.at_us = recorded->at_us;
	return same && entry_same(&wanted, recorded);
}

bool
replay(struct arena *arena, const struct flow *flow, plan_function *plan_it, const struct history *history,
	char *ret_wrong, size_t size)
{
	struct run_state run = run_new(arena, flow);
	for (unsigned i = 0; i < history->count; i++) {
		struct entry *recorded = &history->list[i], wanted = {0};
		bool decision = recorded->sort == ENTRY_DECISION || recorded->sort == ENTRY_SLEEP;
		/* A request may be read together with an answer; an answer comes to a holder that has asked. */
		if (decision || recorded->sort == ENTRY_ANSWER) {
			struct err err = {0};
			bool wants = first_wish(arena, plan_it, flow, &run, &wanted, &err);
			if (wants != decision || err.code || (decision && !alike(arena, wanted, recorded))) {
				snprintf(ret_wrong, size, "entry %u is %s, and now plan() wants %s%s", i + 1,
					shown(arena, flow->definition, recorded),
					wants ? shown(arena, flow->definition, &wanted) : "nothing", err.message);
				return false;
			}
		}
		entry_apply(arena, &run, recorded);
	}
	return true;
}
