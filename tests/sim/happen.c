/* What happens to a run and its holder, by chance; and what people do in the end, so that it can end. */
#include "sim.h"

#include "json/writer.h"

#define SECOND_US INT64_C(1000000)
#define HOUR_US (3600 * SECOND_US)

/* A call whose "started" is committed may end, for its holder; anybody else's end is late and dropped. */
static bool
answer(struct world *w)
{
	unsigned steps = w->memory.definition->step_count, first = chance_below(&w->chance, steps);
	for (unsigned n = 0; w->held && n < steps; n++) {
		unsigned i = (first + n) % steps, allowed = sim_kinds[w->flow->steps[i].kind].answers, which;
		const struct step_state *step = &w->memory.steps[i], *row = &w->committed.steps[i];
		if (step->status != STEP_RUNNING || row->status != STEP_RUNNING || row->attempt != step->attempt)
			continue;
		do
			which = chance_below(&w->chance, sim_answer_count);
		while (!(allowed >> which & 1) || chance_below(&w->chance, 8) >= sim_answers[which].weight);
		struct entry entry = {.sort = ENTRY_ANSWER, .which = which, .step = i, .attempt = step->attempt};
		sim_answers[which].make(w, &entry);
		world_add(w, &entry);
		w->changed = true;
		return true;
	}
	return false;
}

static void
request(struct world *w)
{
	unsigned which;
	if (world_ended(w) && w->reopenings && chance_percent(&w->chance, 70)) {
		w->reopenings--;
		world_ask(w, REQUEST_REOPEN, sim_requests[REQUEST_REOPEN].make(w));
		return;
	}
	if (world_ended(w) && chance_percent(&w->chance, 80))
		return; /* else it saw the run just before its end */
	do
		which = chance_below(&w->chance, sim_request_count);
	while (chance_below(&w->chance, 5) >= sim_requests[which].weight);
	do /* as a rule of several people one is quick enough */
		world_ask(w, which, sim_requests[which].make ? sim_requests[which].make(w) : NULL);
	while (which >= REQUEST_CHILD && chance_percent(&w->chance, 40));
}

/* A moment, or just until the run is due, or so long that all is over. */
static void
pass(struct world *w)
{
	unsigned draw = chance_below(&w->chance, 10);
	int64_t left = w->due_us == PLAN_NEVER ? 0 : w->due_us - w->now_us;
	if (draw < 5 || left <= 0)
		world_pass(w, chance_below(&w->chance, 2000) * INT64_C(1000));
	else if (draw < 9)
		world_pass(w, left - 1 + (draw & 1) * (1 + w->lag_us));
	else
		world_pass(w, HOUR_US);
}

void
world_happen(struct world *w)
{
	unsigned draw = chance_below(&w->chance, 100);
	if (draw < 30) {
		if (!world_bring(w))
			answer(w);
	} else if (draw < 55) {
		world_commit(w);
	} else if (draw < 69) {
		request(w);
	} else if (draw < 75) {
		w->changed |= w->held; /* a look at the inbox */
	} else if (draw < 82) {
		world_die(w); /* killed, or past its lease */
	} else if (draw < 96) {
		pass(w);
	} else {
		world_commit(w); /* told to stop: everything is recorded, then another goes on */
		world_die(w);
	}
}

/* ---- when it is calm ---- */

static void
answer_what_waits(struct world *w, unsigned step)
{
	struct json *asked = json_new_object(w->arena);
	const struct step_def *def = &w->memory.definition->steps[step];
	if (flow_control(w->flow, step) == CONTROL_SIGNAL) {
		json_add(asked, STR("name"), json_new_str(w->arena, def->signal));
		json_add(asked, STR("data"), json_new_int(w->arena, 7));
		world_ask(w, REQUEST_SIGNAL, asked);
		return;
	}
	if (flow_control(w->flow, step) == CONTROL_WORKFLOW) {
		json_add(asked, STR("path"), json_new_str(w->arena, def->key));
		json_add(asked, STR("attempt"), json_new_int(w->arena, w->memory.steps[step].attempt));
		json_add(asked, STR("output"), json_new_int(w->arena, 7));
		world_ask(w, REQUEST_CHILD, asked);
		return;
	}
	json_add(asked, STR("path"), json_new_str(w->arena, def->key));
	json_add(asked, STR("attempt"), json_new_int(w->arena, w->memory.steps[step].attempt));
	json_add(asked, STR("decision"), json_new_str(w->arena, STR("approve")));
	json_add(asked, STR("comment"), json_new_str(w->arena, STR("")));
	world_ask(w, REQUEST_DECISION, asked);
}

/* Everything is recorded and read, whatever was paused is let go, and whoever is waited for comes. */
void
world_help(struct world *w)
{
	unsigned first = expect_first(w);
	world_commit(w);
	if (world_ended(w) || world_wakes(w)) {
		w->reopenings = 0;
		return;
	}
	for (unsigned i = 0; i < w->inbox_count; i++)
		if (w->held && !w->inbox[i].gone && !w->inbox[i].place && !w->inbox[i].kept) {
			w->changed = true; /* a look at the inbox */
			return;
		}
	if (world_bring(w) || answer(w))
		return;
	if (w->memory.status == RUN_PAUSED)
		world_ask(w, REQUEST_RESUME, NULL);
	else if (w->memory.steps[first].asked)
		world_ask(w, REQUEST_ANSWER, sim_requests[REQUEST_ANSWER].make(w));
	else if (w->due_us != PLAN_NEVER &&
		 (w->memory.steps[first].status != STEP_WAITING || chance_percent(&w->chance, 40)))
		world_pass(w, w->due_us + w->lag_us - w->now_us);
	else if (w->memory.steps[first].status == STEP_WAITING && flow_control(w->flow, first) != CONTROL_WAIT)
		answer_what_waits(w, first);
	else if (w->due_us != PLAN_NEVER)
		world_pass(w, w->due_us + w->lag_us - w->now_us);
}
