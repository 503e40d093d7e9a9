/* Agents: what their models say, by the number of the turn, and what these must have been told before; see loops.h. */
#include "loops.h"

#include "flow/frame.h"
#include "json/writer.h"

#define CALLS_MOST 3

/* The same in every turn of that number of an agent, wherever it runs. */
static struct chance
chance_of(unsigned agent, unsigned turn)
{
	struct chance c = {(uint64_t)agent * 1000003 + turn * 7919 + 1};
	chance_next(&c);
	return c;
}

static struct json *
text(struct loops *p, const char *z)
{
	return json_new_str(p->arena, str_of(z));
}

/* Mostly what the tool takes; or of another type, or a tool that there is not. */
static struct json *
draw_call(struct loops *p, struct chance *c, unsigned turn, unsigned n)
{
	static const char *const names[] = {"add", "add", "ask", "breaks", "none"};
	struct json *call = json_new_object(p->arena), *input = json_new_object(p->arena);
	unsigned sort = chance_below(c, 8);
	json_add(call, STR("id"), text(p, arena_printf(p->arena, "%u-%u", turn + 1, n + 1)));
	json_add(call, STR("name"), text(p, CHANCE_OF(c, names)));
	json_add(input, STR("n"), sort == 0 ? text(p, "x") : json_new_int(p->arena, chance_below(c, 100)));
	json_add(call, STR("input"), sort == 1 ? json_new_int(p->arena, 5) : input);
	return call;
}

const struct json *
loops_model(struct loops *p, unsigned agent, unsigned turn, struct str asked)
{
	struct chance c = chance_of(agent, turn);
	struct json *said = json_new_object(p->arena), *calls = json_new_array(p->arena);
	if (turn >= p->fates[agent].turns) {
		json_add(said, STR("answer"), json_new_str(p->arena, asked));
		return said;
	}
	for (unsigned n = 0, count = 1 + chance_below(&c, CALLS_MOST); n < count; n++)
		json_push(calls, draw_call(p, &c, turn, n));
	json_add(said, STR("text"), text(p, arena_printf(p->arena, "turn %u", turn)));
	json_add(said, STR("calls"), calls);
	return said;
}

const struct json *
loops_tool(struct loops *p, struct str name, const struct json *input)
{
	int64_t n = 0;
	struct json *gives = json_new_object(p->arena);
	if (str_is(name, "breaks") || !json_get_int(input, "n", &n))
		return NULL;
	if (str_is(name, "add"))
		return json_new_int(p->arena, n + 1);
	json_add(gives, STR("child"), json_new_int(p->arena, n));
	return gives;
}

/* Why a call comes to nothing; NULL: it does not. */
static const char *
refused(const struct json *call)
{
	const struct json *input = json_get(call, "input");
	struct str name = json_get(call, "name")->text;
	int64_t n;
	if (str_is(name, "none"))
		return "unknown_tool";
	if (input->type != JSON_OBJECT || !json_get_int(input, "n", &n))
		return "invalid_input";
	return str_is(name, "breaks") ? "function" : NULL;
}

unsigned
loops_tool_rows(struct loops *p, unsigned agent, unsigned turn)
{
	const struct json *calls = json_get(loops_model(p, agent, turn, STR("")), "calls");
	unsigned rows = calls ? 1 : 0;
	json_each (call, calls)
		rows += str_is(json_get(call, "name")->text, "none") ? 1 : 2;
	return rows;
}

/* ---- what it is told ---- */

static bool
same(const struct json *a, const struct json *b)
{
	return a && b ? json_equal(a, b) : a == b;
}

static bool
is_result(struct loops *p, const struct json *message, const struct json *call)
{
	const char *why = refused(call);
	struct str code = STR(""), name = json_get(call, "name")->text;
	if (!str_is(json_get(message, "role")->text, "tool") || !same(json_get(message, "id"), json_get(call, "id")) ||
		!same(json_get(message, "name"), json_get(call, "name")))
		return false;
	if (!why)
		return !json_get(message, "error") &&
		       same(json_get(message, "output"), loops_tool(p, name, json_get(call, "input")));
	return !json_get(message, "output") && json_get(message, "error") &&
	       json_get_str(json_get(message, "error"), "code", &code) && str_is(code, why);
}

bool
loops_told(struct loops *p, unsigned step, const struct json *input)
{
	const struct frame *turn = frame_of(&p->run, step);
	unsigned agent = loops_number(plan_def(&p->run, turn->step)->key);
	const struct loop_row *given = loops_row(p, plan_path(&p->run, turn->step));
	const struct json *messages = json_get(input, "messages"), *at = messages ? messages->child : NULL;
	if (!given || !same(json_get(input, "input"), given->input))
		return loops_wrong(p, "a model is not given what its agent is", plan_path(&p->run, step));
	for (unsigned n = 0; n < turn->index; n++) {
		const struct json *said = loops_model(p, agent, n, STR("")), *calls = json_get(said, "calls");
		bool right = at && str_is(json_get(at, "role")->text, "assistant") &&
			     same(json_get(at, "text"), json_get(said, "text")) && same(json_get(at, "calls"), calls);
		json_each (call, right ? calls : NULL) {
			at = at->next;
			right = right && at && is_result(p, at, call);
			if (!right)
				break;
		}
		if (!right)
			return loops_wrong(p, "a model is not told what was said before", plan_path(&p->run, step));
		at = at->next;
	}
	return !at || loops_wrong(p, "a model is told more than was said", plan_path(&p->run, step));
}
