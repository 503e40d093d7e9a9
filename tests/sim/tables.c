/* What happens to a run from outside: answers of steps, requests of people. A new one is a line in its table. */
#include "sim.h"

#include "flow/state.h"
#include "json/writer.h"

/* ---- answers ---- */

static const char *const outputs[] = {"\"one two\"", "{\"title\":\"Title\",\"n\":[1,2]}", "7", "\"\"", "null",
	"\"Grüße 🙂\"", "{\"title\":null}", "[]", "\"1.5\""};
static const char *const errors[] = {"{\"code\":\"timeout\",\"message\":\"It took too long.\"}",
	"{\"code\":\"rate_limited\",\"message\":\"Too many.\"}",
	"{\"code\":\"rate_limited\",\"message\":\"Too many.\",\"retry_after_ms\":5000}",
	"{\"code\":\"rejected\",\"message\":\"No.\"}", ""};

static struct json *
some_output(struct world *w)
{
	struct json *value = NULL;
	json_read(w->arena, str_of(CHANCE_OF(&w->chance, outputs)), &json_limits_request, &value, NULL);
	return value;
}

static void
make_output(struct world *w, struct entry *entry)
{
	entry->value = some_output(w);
}

static void
make_error(struct world *w, struct entry *entry)
{
	entry->error = str_of(CHANCE_OF(&w->chance, errors));
}

static void
apply_completed(struct run_state *run, const struct entry *entry)
{
	run->steps[entry->step].status = STEP_COMPLETED;
	run->steps[entry->step].output = entry->value;
}

static void
apply_failed(struct run_state *run, const struct entry *entry)
{
	run->steps[entry->step].status = STEP_FAILED;
	run->steps[entry->step].error = entry->error;
}

const struct sim_answer sim_answers[] = {
	{"completed", 8, make_output, apply_completed},
	{"failed", 2, make_error, apply_failed},
};
const unsigned sim_answer_count = sizeof sim_answers / sizeof *sim_answers;

/* ---- requests ---- */

/* For lack of another: the number is the id. */
struct id
id_of(unsigned number)
{
	return (struct id){.b = {[6] = 0x70, [14] = (uint8_t)(number >> 8), [15] = (uint8_t)number}};
}

unsigned
number_of(struct id id)
{
	return (unsigned)id.b[14] << 8 | id.b[15];
}

static const struct json *
make_signal(struct world *w)
{
	static const char *const names[] = {"go", "go", "on", "off"};
	struct json *asked = json_new_object(w->arena);
	json_add(asked, STR("name"), json_new_str(w->arena, str_of(CHANCE_OF(&w->chance, names))));
	if (chance_percent(&w->chance, 80))
		json_add(asked, STR("data"), some_output(w));
	return asked;
}

/* About what waits, as a rule; and about an attempt that waits no more, or not yet, or is none. */
static const struct json *
make_decision(struct world *w)
{
	const struct run_state *run = &w->committed;
	struct json *asked = json_new_object(w->arena), *data = json_new_object(w->arena);
	unsigned step = step_first(run), steps = run->definition->step_count;
	if (step == steps || chance_percent(&w->chance, 10))
		step = chance_below(&w->chance, steps);
	int attempt = run->steps[step].attempt;
	if (chance_percent(&w->chance, 25))
		attempt += (int)chance_below(&w->chance, 3) - 1;
	bool approve = chance_percent(&w->chance, 70);
	json_add(asked, STR("path"), json_new_str(w->arena, run->definition->steps[step].key));
	json_add(asked, STR("attempt"), json_new_int(w->arena, attempt));
	json_add(asked, STR("decision"), json_new_str(w->arena, approve ? STR("approve") : STR("reject")));
	json_add(asked, STR("comment"),
		json_new_str(w->arena, chance_percent(&w->chance, 30) ? STR("too dear") : STR("")));
	json_add(data, STR("title"), some_output(w));
	if (chance_percent(&w->chance, 70))
		json_add(asked, STR("data"), data);
	return asked;
}

/* About what failed first, as a rule. */
static const struct json *
make_answer(struct world *w)
{
	static const char *const decisions[] = {"retry", "retry", "skip", "stop"};
	const struct run_state *run = &w->committed;
	struct json *asked = json_new_object(w->arena);
	unsigned step = 0, steps = run->definition->step_count;
	while (step < steps && !run->steps[step].asked)
		step++;
	if (step == steps || chance_percent(&w->chance, 10))
		step = chance_below(&w->chance, steps);
	int attempt = run->steps[step].attempt;
	if (chance_percent(&w->chance, 25))
		attempt += (int)chance_below(&w->chance, 3) - 1;
	json_add(asked, STR("path"), json_new_str(w->arena, run->definition->steps[step].key));
	json_add(asked, STR("attempt"), json_new_int(w->arena, attempt));
	json_add(asked, STR("decision"), json_new_str(w->arena, str_of(CHANCE_OF(&w->chance, decisions))));
	json_add(asked, STR("comment"), json_new_str(w->arena, STR("")));
	return asked;
}

/* The end of what waits, as a rule; and of an attempt that waits no more, or of none. */
static const struct json *
make_child(struct world *w)
{
	const struct run_state *run = &w->committed;
	struct json *asked = json_new_object(w->arena), *error = NULL;
	unsigned step = step_first(run), steps = run->definition->step_count;
	if (step == steps || chance_percent(&w->chance, 10))
		step = chance_below(&w->chance, steps);
	int attempt = run->steps[step].attempt;
	if (chance_percent(&w->chance, 15))
		attempt += (int)chance_below(&w->chance, 3) - 1;
	json_add(asked, STR("path"), json_new_str(w->arena, run->definition->steps[step].key));
	json_add(asked, STR("attempt"), json_new_int(w->arena, attempt));
	if (chance_percent(&w->chance, 70))
		json_add(asked, STR("output"), some_output(w));
	else if (json_read(w->arena, str_of(errors[chance_below(&w->chance, 4)]), &json_limits_request, &error, NULL))
		json_add(asked, STR("error"), error);
	return asked;
}

/* ---- the next generation ---- */

static void
add_kept(struct arena *arena, struct json *reused, struct str key, const struct step_state *step)
{
	struct json *kept = json_new_object(arena);
	json_add(kept, STR("attempt"), json_new_int(arena, step->attempt));
	if (step->output)
		json_add(kept, STR("output"), json_share(arena, step->output));
	if (step->status == STEP_SKIPPED)
		json_add(kept, STR("skipped"), json_new_bool(arena, true));
	json_add(reused, key, kept);
}

/*
 * Where to begin, and what is kept of before: what had completed and stands before that, now or in a state of earlier. A newer
 * version of the workflow may have lost a step of it.
 */
static const struct json *
make_reopening(struct world *w)
{
	const struct run_state *run = &w->committed;
	const struct step_state *from = run->steps;
	unsigned steps = run->definition->step_count, place = steps;
	struct json *asked = json_new_object(w->arena), *reused = json_new_object(w->arena),
		    *tried = json_new_object(w->arena);
	unsigned sort = chance_below(&w->chance, 4);
	if (sort == 0)
		place = 0;
	else if (sort == 1)
		place = chance_below(&w->chance, steps);
	else if (sort == 2 && w->checkpoint_count)
		from = w->checkpoints[chance_below(&w->chance, w->checkpoint_count)];
	else
		place = step_first(run);
	for (unsigned i = 0; i < steps; i++) {
		struct str key = run->definition->steps[i].key;
		if (i < place && step_done(&from[i]) && !chance_percent(&w->chance, 5))
			add_kept(w->arena, reused, key, &from[i]);
		if (w->tried[i])
			json_add(tried, key, json_new_int(w->arena, w->tried[i]));
	}
	json_add(asked, STR("reused"), reused);
	json_add(asked, STR("tried"), tried);
	return asked;
}

static enum heard
ask_reopening(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	(void)arena;
	const struct json *reused = json_get(entry->value, "reused"), *tried = json_get(entry->value, "tried");
	run->status = RUN_RUNNING;
	run->messages = NULL;
	for (unsigned i = 0; i < run->definition->step_count; i++) {
		struct str key = run->definition->steps[i].key;
		const struct json *kept = json_get_by(reused, key), *before = json_get_by(tried, key);
		int64_t attempts = 0, attempt = 0;
		if (before)
			json_to_int(before, &attempts);
		run->steps[i] = (struct step_state){.attempt = (int)attempts, .before = (int)attempts};
		if (!kept || !json_get_int(kept, "attempt", &attempt))
			continue;
		run->steps[i].status = json_get(kept, "skipped") ? STEP_SKIPPED : STEP_COMPLETED;
		run->steps[i].attempt = (int)attempt;
		run->steps[i].output = json_get(kept, "output");
	}
	return HEARD_ENDS;
}

/* ---- */

static enum heard
ask_cancel(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	(void)arena, (void)entry;
	run->cancel_asked = true;
	return HEARD_ENDS;
}

static enum heard
ask_pause(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	(void)arena, (void)entry;
	if (!run_ended(run->status))
		run->status = RUN_PAUSED;
	return HEARD_DONE;
}

static enum heard
ask_resume(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	(void)arena, (void)entry;
	if (run->status == RUN_PAUSED)
		run->status = RUN_RUNNING;
	return HEARD_DONE;
}

/* As its holder does: the step ends when the request is read. */
static enum heard
ask_child(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	struct str path = STR("");
	int64_t attempt = 0;
	json_get_str(entry->value, "path", &path);
	json_get_int(entry->value, "attempt", &attempt);
	for (unsigned i = 0; i < run->definition->step_count; i++) {
		struct step_state *step = &run->steps[i];
		const struct step_def *def = &run->definition->steps[i];
		const struct json *error = json_get(entry->value, "error");
		if (!str_eq(def->key, path) || def->control != CONTROL_WORKFLOW || step->status != STEP_WAITING ||
			step->attempt != attempt)
			continue;
		step->status = error ? STEP_FAILED : STEP_COMPLETED;
		step->due_us = 0;
		step->output = error ? NULL : json_get(entry->value, "output");
		step->error = error ? json_text(arena, error) : (struct str){0};
	}
	return HEARD_DONE;
}

static enum heard
hear(struct arena *arena, struct run_state *run, const struct entry *entry, enum message_kind kind)
{
	return state_hear(arena, run, kind, id_of(entry->request), json_text(arena, entry->value), STR(SIM_PERSON))
		       ? HEARD_KEPT
		       : HEARD_DONE;
}

static enum heard
ask_signal(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	return hear(arena, run, entry, MESSAGE_SIGNAL);
}

static enum heard
ask_decision(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	return hear(arena, run, entry, MESSAGE_DECISION);
}

static enum heard
ask_answer(struct arena *arena, struct run_state *run, const struct entry *entry)
{
	return hear(arena, run, entry, MESSAGE_ANSWER);
}

const struct sim_request sim_requests[] = {
	[REQUEST_CANCEL] = {"cancel", 1, NULL, ask_cancel},
	[REQUEST_PAUSE] = {"pause", 2, NULL, ask_pause},
	[REQUEST_RESUME] = {"resume", 3, NULL, ask_resume},
	[REQUEST_CHILD] = {"child", 5, make_child, ask_child},
	[REQUEST_SIGNAL] = {"signal", 5, make_signal, ask_signal},
	[REQUEST_DECISION] = {"approval", 5, make_decision, ask_decision},
	[REQUEST_ANSWER] = {"failure", 5, make_answer, ask_answer},
	[REQUEST_REOPEN] = {"reopen", 0, make_reopening, ask_reopening}, /* of a run that has ended */
};
const unsigned sim_request_count = sizeof sim_requests / sizeof *sim_requests;
