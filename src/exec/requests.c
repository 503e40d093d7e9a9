/* What was asked of a run: rows of its inbox, read by its holder, each deleted in the flush that records what it did.
 */
#include "exec/executor.h"

#include "base/log.h"
#include "exec/fault_points.h"
#include "flow/state.h"
#include "json/writer.h"

/* True: it is done with. False: it is left for later. */
typedef bool request_kind(struct held *run, const struct request *request);

static bool
take_cancel(struct held *run, const struct request *request)
{
	if (!run->plan.cancel_asked)
		run->cancelled_by = arena_str(run->arena, request->by);
	run->plan.cancel_asked = true;
	return true;
}

static bool
take_pause(struct held *run, const struct request *request)
{
	if (run->plan.status != RUN_PAUSED) {
		wait_set_status(run, RUN_PAUSED, "run.paused", request->by);
		child_ask_all(run, "pause", request->by);
	}
	return true;
}

static bool
take_resume(struct held *run, const struct request *request)
{
	if (run->plan.status == RUN_PAUSED) {
		wait_set_status(run, RUN_RUNNING, "run.resumed", request->by);
		child_ask_all(run, "resume", request->by);
	}
	return true;
}

/* Kept until a step takes it. A decision that no step waits for any more is dropped. */
static bool
take_signal(struct held *run, const struct request *request)
{
	return !state_hear(run->arena, &run->plan, MESSAGE_SIGNAL, request->id, request->data, request->by);
}

static bool
take_decision(struct held *run, const struct request *request)
{
	return !state_hear(run->arena, &run->plan, MESSAGE_DECISION, request->id, request->data, request->by);
}

static bool
take_answer(struct held *run, const struct request *request)
{
	return !state_hear(run->arena, &run->plan, MESSAGE_ANSWER, request->id, request->data, request->by);
}

static const struct {
	const char *name;
	request_kind *take;
} kinds[] = {
	{"cancel", take_cancel},
	{"pause", take_pause},
	{"resume", take_resume},
	{"signal", take_signal},
	{"approval", take_decision},
	{"failure", take_answer},
	{"child", child_ended},
	{"move", take_move},
};

/* Of a kind that is not known: left for an executor that knows it; the end of the run removes it. */
static bool
take(struct held *run, const struct request *request)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (str_is(request->kind, kinds[i].name))
			return kinds[i].take(run, request);
	log_warn("request of unknown kind", LOG_STR("run", run->id_text),
		LOG_STR("kind", arena_strz(run->executor->tick, request->kind)));
	return false;
}

static struct id *
seen_place(const struct seen *seen, struct id id)
{
	static const struct id nobody;
	unsigned at =
		((unsigned)id.b[12] << 24 | (unsigned)id.b[13] << 16 | (unsigned)id.b[14] << 8 | id.b[15]) % seen->room;
	while (!id_eq(seen->ids[at], nobody) && !id_eq(seen->ids[at], id))
		at = (at + 1) % seen->room;
	return &seen->ids[at];
}

static bool
seen_before(struct held *run, struct id id)
{
	struct seen *seen = &run->requests;
	if (seen->count >= seen->room / 2) {
		struct seen more = {.room = seen->room > 0 ? seen->room * 2 : 8};
		more.ids = arena_array(run->arena, more.room, sizeof *more.ids);
		for (unsigned i = 0; i < seen->room; i++)
			if (!id_eq(seen->ids[i], (struct id){0}))
				*seen_place(&more, seen->ids[i]) = seen->ids[i];
		more.count = seen->count;
		*seen = more;
	}
	struct id *place = seen_place(seen, id);
	if (id_eq(*place, id))
		return true;
	*place = id;
	seen->count++;
	return false;
}

void
request_take(struct held *run, const struct request *request)
{
	/* A run that loads or goes is not asked: the request stays, for the next look or the next holder; an end
	 * removes it. */
	if (run->state == HELD_LOADING && run->copying && str_is(request->kind, "cancel") &&
		(request->generation <= 0 || request->generation == run->generation)) {
		take_cancel(run, request); /* its row goes with the end, as below */
		rest_give_up_copy(run);
	}
	if (run->state != HELD_ACTIVE || seen_before(run, request->id))
		return;
	FAULT_PLACE("exec.inbox");
	/* What was asked of an earlier generation came too late: that one has ended. */
	bool late = request->generation > 0 && request->generation != run->generation;
	bool done = late || take(run, request);
	/* Nothing but its row keeps a cancellation, so that goes with the end of the run, whatever is flushed before. */
	if (done && !late && str_is(request->kind, "cancel"))
		held_mark_changed(run);
	else if (done)
		journal_add(run, CHANGE_INBOX)->inbox.id = request->id;
	else if (!request->kept)
		journal_add(run, CHANGE_KEPT)->inbox.id = request->id;
	held_mark_changed(run);
}

void
requests_take(struct held *run, struct str inbox_json)
{
	struct json *rows;
	struct err err = {0};
	if (inbox_json.n == 0)
		return;
	if (!json_read(run->arena, inbox_json, &json_limits_stored, &rows, &err)) {
		log_error("inbox cannot be read", LOG_STR("run", run->id_text), LOG_STR("why", err.message));
		return;
	}
	json_each (row, rows) {
		struct request request = {.workspace = run->workspace, .run = run->id};
		struct str id;
		const struct json *data = json_get(row, "data");
		if (!json_get_str(row, "id", &id) || !id_parse(id, &request.id) ||
			!json_get_str(row, "kind", &request.kind))
			continue;
		json_get_str(row, "by", &request.by);
		json_get_bool(row, "kept", &request.kept);
		json_get_int(row, "generation", &request.generation);
		if (data && data->type != JSON_NULL)
			request.data = json_text(run->arena, data);
		request_take(run, &request);
	}
}

/* ---- before a time-out ---- */

void
requests_look(struct held *run)
{
	run->look = LOOK_WANTED;
	run->executor->next_inbox_us = 0;
}

void
requests_looking(struct executor *ex)
{
	for (struct held *run = ex->first_held; run; run = run->next)
		if (run->look != LOOK_NONE)
			run->look = LOOK_UNDER_WAY;
}

void
requests_looked(struct executor *ex)
{
	for (struct held *run = ex->first_held; run; run = run->next)
		if (run->look == LOOK_UNDER_WAY) {
			run->look = LOOK_NONE;
			held_mark_changed(run);
		}
}
