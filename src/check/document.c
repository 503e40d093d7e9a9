/*
 * Documents of every kind. YAML and JSON are read here; TypeScript is read by a stepmill-js, which runs its declaration in a process that can only
 * compute, and says what was declared and where each part of it was written. What it says is looked at like anything else that a stranger sends.
 */
#include "check/check.h"

#include "flow/document_internal.h"
#include "js/ask.h"

#define DECLARE_CPU_MS 1000
#define DECLARE_WAIT_MS 60000 /* a process is started for it, on a machine that may be busy */
#define DEPTH_MOST 80

static const struct json_limits limits_answer = {JS_VALUES_MAX, DEPTH_MOST, 1000000};

/* Line and column of every node, as they come, from the list that the other side has made in the same order. */
static bool
take_place(struct json *node, const struct json **at)
{
	int64_t line, column;
	if (!*at || !(*at)->next || !json_to_int(*at, &line) || !json_to_int((*at)->next, &column) || line < 1 ||
		column < 1 || line > UINT32_MAX || column > UINT32_MAX)
		return false;
	node->line = (uint32_t)line;
	node->column = (uint32_t)column;
	*at = (*at)->next->next;
	return true;
}

static bool
take_places(struct json *doc, const struct json *places)
{
	const struct json *at = places ? places->child : NULL;
	struct json *open[DEPTH_MOST + 1];
	unsigned depth = 0;
	for (struct json *node = doc; node;) {
		if (!take_place(node, &at))
			return false;
		if (node->child && depth < DEPTH_MOST + 1) {
			open[depth++] = node;
			node = node->child;
			continue;
		}
		while (node != doc && !node->next)
			node = open[--depth];
		node = node == doc ? NULL : node->next;
	}
	return !at;
}

static const char *
stable(struct str code)
{
	static const char *const codes[] = {"endpoint", "not_awaited", "repeated_step", "typescript", "zod"};
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (str_is(code, codes[i]))
			return codes[i];
	return "typescript";
}

static void
take_findings(const struct json *list, const char *prefix, struct findings *findings)
{
	json_each (one, list) {
		struct str code = STR(""), message = STR("");
		int64_t line = 1, column = 1;
		unsigned before = findings->count;
		json_get_str(one, "code", &code);
		json_get_str(one, "message", &message);
		json_get_int(one, "line", &line);
		json_get_int(one, "column", &column);
		if (json_get(one, "warning"))
			finding_warn(findings, prefix, stable(code), "%.*s", STR_ARG(message));
		else
			finding_add(findings, prefix, stable(code), "%.*s", STR_ARG(message));
		if (findings->count == before)
			continue;
		findings->list[before].line = line > 0 && line < UINT32_MAX ? (unsigned)line : 1;
		findings->list[before].column = column > 0 && column < UINT32_MAX ? (unsigned)column : 1;
	}
}

static void
report(struct findings *findings, const char *prefix, const char *why)
{
	const struct json at = {.line = 1, .column = 1};
	document_report(findings, &at, prefix, "typescript", "%s", why);
}

static const char *
reason(struct arena *arena, const struct js_result *result)
{
	struct str text = result->text;
	switch (result->status) {
	case JS_TIMED_OUT:
		return arena_printf(arena,
			"Its declaration took more than %d s of computing and was stopped. A workflow is only "
			"declared "
			"here; its steps run later.",
			DECLARE_CPU_MS / 1000);
	case JS_TOO_LARGE:
		return "What it declares is larger than 8 MB. Make it smaller.";
	default:
		text.n = str_utf8_bad(text);
		return arena_printf(arena, "It cannot be read: %.*s", STR_ARG(text));
	}
}

static bool
read_typescript(struct str text, const char *program, const char *prefix, struct findings *findings,
	struct document_flow **ret_flows, unsigned *ret_count, struct err *err)
{
	struct arena *arena = findings->arena;
	struct js_request request = {.kind = JS_DECLARE, .cpu_ms = DECLARE_CPU_MS, .sources = &text, .count = 1};
	struct js_answer answer;
	struct json *said;
	struct err own = {0};
	*ret_flows = NULL;
	*ret_count = 0;
	if (str_utf8_bad(text) < text.n || memchr(text.p, '\0', text.n)) {
		report(findings, prefix, "This is no text in UTF-8.");
		return true;
	}
	if (!js_ask_alone(program, &request, DECLARE_WAIT_MS, arena, &answer, &own)) {
		if (own.code == ERR_LIMIT)
			report(findings, prefix, own.message);
		else if (err)
			*err = own;
		return own.code == ERR_LIMIT;
	}
	if (answer.results[0].status != JS_OK) {
		report(findings, prefix, reason(arena, &answer.results[0]));
		return true;
	}
	if (!json_read(arena, answer.results[0].text, &limits_answer, &said, NULL)) {
		report(findings, prefix,
			"What it declares cannot be kept as JSON: half a character, or nested too deeply.");
		return true;
	}
	take_findings(json_get(said, "findings"), prefix, findings);
	struct json *doc = (struct json *)json_get(said, "document");
	const struct json *places = json_get(said, "places");
	if (!doc)
		return true;
	doc->next = NULL; /* it stands alone from now on */
	bool placed = take_places(doc, places);
	if (placed)
		document_flows(doc, prefix, findings, ret_flows, ret_count);
	else
		report(findings, prefix, "What it declares does not fit together.");
	return true;
}

bool
check_document(struct str text, enum document_format format, const char *program, const char *prefix,
	struct findings *findings, struct document_flow **ret_flows, unsigned *ret_count, struct err *err)
{
	if (format == DOCUMENT_TYPESCRIPT)
		return read_typescript(text, program, prefix, findings, ret_flows, ret_count, err);
	document_read(text, format, prefix, findings, ret_flows, ret_count);
	return true;
}
