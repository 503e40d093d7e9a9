/* Is the JavaScript in a definition any? A stepmill-js started for the purpose reads it, and runs nothing of it. */
#include "check/check.h"

#include "flow/definition_expressions.h"
#include "flow/hint.h"
#include "js/ask.h"

#define CPU_MS 1000
#define WAIT_MS 20000 /* a process is started for it, on a machine that may be busy */

/* Without "SyntaxError: ", and in words of ours where the engine speaks of what was put around it. */
static struct str
reason(const struct js_result *result)
{
	static const struct str prefix = {"SyntaxError: ", 13};
	struct str text = result->text;
	text.n = str_utf8_bad(text);
	if (str_starts(text, prefix))
		text = (struct str){text.p + prefix.n, text.n - prefix.n};
	return text.n > 0 ? text : STR("It is not JavaScript.");
}

static unsigned
lines_of(struct str text)
{
	unsigned lines = 1;
	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	return lines;
}

static void
report(const struct expression_use *use, const struct js_result *result, struct findings *findings)
{
	const char *code = use->code ? "code" : "expression", *hint = "";
	struct str why = hint_clip(reason(result), 90);
	unsigned line = use->line + (result->line > 0 ? result->line - 1 : 0), before = findings->count;
	if (!use->code && result->status == JS_SYNTAX)
		hint = " Write `\\{{` for plain braces.";
	if (result->status == JS_TIMED_OUT)
		finding_add(findings, use->path, code, "There is too much JavaScript to look at. Make it shorter.");
	else if (result->line > lines_of(use->source) - use->added)
		finding_add(findings, use->path, code, "It ends too early: something is still to come.%s", hint);
	else
		finding_add(findings, use->path, code, "%.*s (line %u)%s", STR_ARG(why), line, hint);
	if (findings->count == before)
		return;
	const char *end = memchr(use->written.p, '\n', use->written.n);
	struct str first = {use->written.p, end ? (size_t)(end - use->written.p) : use->written.n};
	findings->list[before].near = hint_clip(first, 80);
	if (result->line <= lines_of(use->source))
		findings->list[before].near_lines = line - use->line;
}

/* Expressions or bodies of functions, as many as a request takes at a time. */
static bool
check_some(struct arena *arena, const struct expression_use *uses, unsigned count, bool code, const char *program,
	struct findings *findings, struct err *err)
{
	struct str *sources = arena_array(arena, JS_SOURCES_MAX, sizeof *sources);
	const struct expression_use **asked = arena_array(arena, JS_SOURCES_MAX, sizeof *asked);
	struct js_request request = {.kind = code ? JS_CHECK_CODE : JS_CHECK, .cpu_ms = CPU_MS, .sources = sources};
	struct js_answer answer;
	for (unsigned i = 0; i < count; i++) {
		if (uses[i].code == code) {
			asked[request.count] = &uses[i];
			sources[request.count++] = uses[i].source;
		}
		if (request.count == 0 || (request.count < JS_SOURCES_MAX && i + 1 < count))
			continue;
		if (!js_ask_alone(program, &request, WAIT_MS, arena, &answer, err))
			return false;
		for (unsigned j = 0; j < answer.count; j++)
			if (answer.results[j].status != JS_OK)
				report(asked[j], &answer.results[j], findings);
		request.count = 0;
	}
	return true;
}

bool
check_expressions(const struct json *definition, const char *prefix, const char *program, struct findings *findings,
	struct err *err)
{
	struct expression_use *uses;
	unsigned count;
	return definition_expressions(findings->arena, definition, prefix, &uses, &count, err) &&
	       check_some(findings->arena, uses, count, false, program, findings, err) &&
	       check_some(findings->arena, uses, count, true, program, findings, err);
}
