/* What must come of a definition, and how many rows of it there are, by the document and what was drawn alone; see loops.h. */
#include "loops.h"

#include "json/writer.h"

#include <stdlib.h>

/* Where a step stands. */
struct here {
	const struct json *item; /* or the number of the iteration, where there are none; NULL: in no loop */
	unsigned index;
	const struct json *before;   /* what the step before it gave */
	const struct json *previous; /* … and the iteration before; NULL: there is none */
};

static const struct json *expect_list(struct loops *p, const struct json *steps, struct here here, bool *lost);

struct str
loops_said(struct loops *p, struct str item)
{
	return str_of(arena_printf(p->arena, "%.*sw%s", STR_ARG(item), p->on_start == HANDLER_RETURNS ? "s" : "i"));
}

static struct str
item_text(const struct here *here)
{
	return here->item ? here->item->text : STR("x");
}

/* More than it may have are not begun, of items not one of them. */
static const struct json *
expect_loop(struct loops *p, const struct json *step, bool *lost)
{
	struct json *all = json_new_array(p->arena);
	const struct json *items = json_get(step, "items"), *question = json_get(step, "while");
	int64_t most = INT64_MAX, count = 0;
	json_get_int(step, "max_iterations", &most);
	if (items && items->type == JSON_STRING)
		items = json_get(p->given, "list");
	if (items && items->count > most) {
		*lost = true;
		return NULL;
	}
	if (question)
		count = atoi(question->text.p + strlen("{{loop.index < "));
	const struct json *item = items ? items->child : NULL, *gives = NULL;
	for (unsigned n = 0; items ? item != NULL : n < count && n < most; n++) {
		struct here here = {item ? item : json_new_int(p->arena, n), n, NULL, gives};
		p->expected_rows++;
		gives = expect_list(p, json_get(step, "steps"), here, lost);
		json_push(all, gives ? json_share(p->arena, gives) : json_new_null(p->arena));
		item = item ? item->next : NULL;
	}
	*lost |= count > most;
	return all;
}

static const struct json *
expect_agent(struct loops *p, unsigned number, struct str asked, bool *lost)
{
	struct loop_fate fate = p->fates[number];
	for (unsigned turn = 0; turn <= fate.turns; turn++)
		p->expected_rows += 2 + loops_tool_rows(p, number, turn);
	*lost |= fate.fails >= fate.attempts || fate.turns >= fate.max_turns;
	return json_new_str(p->arena, asked);
}

static const struct json *
expect_call(struct loops *p, unsigned number, struct str said, bool *lost)
{
	struct loop_fate fate = p->fates[number];
	if (fate.fails < fate.attempts)
		return json_new_str(p->arena, said);
	*lost |= !fate.recovers;
	return json_new_str(p->arena, STR("recovered"));
}

static const struct json *
expect_transform(struct loops *p, struct str value, const struct here *here)
{
	struct str before = here->previous ? here->previous->text : STR("n");
	if (str_starts(value, STR("{{steps.")))
		return here->before;
	if (str_starts(value, STR("{{loop.previous")))
		return json_new_str(p->arena, str_of(arena_printf(p->arena, "%.*s.%u", STR_ARG(before), here->index)));
	if (!here->item)
		return json_new_str(p->arena, STR("x"));
	return json_new_str(
		p->arena, str_of(arena_printf(p->arena, "%.*s.%u", STR_ARG(here->item->text), here->index)));
}

static const struct json *expect_step(struct loops *p, const struct json *step, struct here here, bool *lost);

/* What comes of the step itself, before its handlers look on. */
static const struct json *
expect_bare(struct loops *p, const struct json *step, struct here here, bool *lost)
{
	struct str kind = json_get(step, "kind")->text, said = loops_said(p, item_text(&here));
	unsigned number = loops_number(json_get(step, "key")->text);
	if (str_is(kind, "transform"))
		return expect_transform(p, json_get(step, "value")->text, &here);
	if (str_is(kind, "signal")) {
		p->signals++;
		return json_new_str(p->arena, STR("go"));
	}
	if (str_is(kind, "prompt") || str_is(kind, "script"))
		return expect_call(p, number, said, lost);
	if (str_is(kind, "workflow"))
		return json_new_str(p->arena, said);
	if (str_is(kind, "agent"))
		return expect_agent(p, number, said, lost);
	if (str_is(kind, "loop"))
		return expect_loop(p, step, lost);
	if (str_is(kind, "sequential"))
		return expect_list(p, json_get(step, "steps"), here, lost);
	struct json *all = json_new_object(p->arena);
	json_each (one, json_get(step, "steps")) {
		const struct json *gives = expect_step(p, one, here, lost);
		json_add(
			all, json_get(one, "key")->text, gives ? json_share(p->arena, gives) : json_new_null(p->arena));
	}
	return all;
}

/* NULL: nothing. */
static const struct json *
expect_step(struct loops *p, const struct json *step, struct here here, bool *lost)
{
	struct loop_fate fate = p->fates[loops_number(json_get(step, "key")->text)];
	bool own = fate.on_start == HANDLER_THROWS;
	p->expected_rows++;
	const struct json *gives = own ? NULL : expect_bare(p, step, here, &own);
	if (own && fate.on_error == HANDLER_RETURNS) {
		p->recovered = true;
		return json_new_str(p->arena, STR("r"));
	}
	*lost |= own || fate.on_complete == HANDLER_THROWS;
	return !own && fate.on_complete == HANDLER_RETURNS ? json_new_str(p->arena, STR("h")) : gives;
}

/* What stands behind a step that is lost is not come to: nothing of it is asked for then. */
static const struct json *
expect_list(struct loops *p, const struct json *steps, struct here here, bool *lost)
{
	const struct json *last = NULL;
	bool gone = false;
	json_each (step, steps) {
		here.before = last;
		last = expect_step(p, step, here, &gone);
		if (gone)
			break;
	}
	*lost |= gone;
	return last;
}

void
loops_expect(struct loops *p)
{
	p->expected = expect_list(p, json_get(p->document, "steps"), (struct here){0}, &p->lost);
}
