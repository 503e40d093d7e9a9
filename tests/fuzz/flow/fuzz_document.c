/*
 * Any bytes as a document. Whatever is found has words and a place in the text; what nothing is wrong with can be read, and its
 * canonical form is a document that means the same.
 */
#include "flow/definition.h"
#include "flow/definition_expressions.h"
#include "flow/document.h"
#include "flow/duration.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define PROMPT "01920000-0000-7000-8000-000000000001"

static const struct str variables[] = {{"text", 4}};
static const struct prompt_facts prompts[] = {{{PROMPT, 36}, 1, variables, 1}};
static const struct definition_known known = {.prompts = prompts, .prompt_count = 1};

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
look_at(const struct findings *findings, unsigned lines)
{
	must(findings->errors + findings->warnings >= findings->count);
	for (unsigned i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->list[i];
		must(finding->message[0] != '\0' && finding->code[0] != '\0');
		must(str_utf8_bad(str_of(finding->message)) == strlen(finding->message));
		must(str_utf8_bad(str_of(finding->hint)) == strlen(finding->hint));
		must(finding->line >= 1 && finding->line <= lines && finding->column >= 1);
	}
}

static void
check_flow(const struct document_flow *flow, struct findings *findings)
{
	struct arena *arena = findings->arena;
	struct json *canonical, *again;
	struct definition *definition;
	struct document_flow *flows;
	unsigned count, before = findings->errors;
	struct err err = {0};
	bool valid = definition_examine(flow->definition, flow->prefix, &known, findings, &canonical);
	must(valid ? findings->errors == before : findings->errors > 0);
	must(definition_shape(flow->definition, flow->prefix, findings, &err));
	if (findings->errors > 0)
		return;
	must(definition_read(arena, canonical, &definition, &err));
	struct expression_use *uses;
	unsigned use_count;
	if (!definition_expressions(arena, canonical, "", &uses, &use_count, &err) || use_count > 0)
		return; /* whether that is JavaScript, and means the same again, only the engine could say */
	struct findings none = {.arena = arena};
	document_flows(canonical, "", &none, &flows, &count);
	must(count == 1 && json_equal(canonical, flows[0].definition));
	must(definition_examine(flows[0].definition, "", &known, &none, &again) && json_equal(canonical, again));
	must(definition_shape(canonical, "", &none, &err) && none.errors == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct str text = {(const char *)bytes, size};
	struct arena *arena = arena_new();
	struct findings findings = {.arena = arena};
	struct document_flow *flows;
	unsigned count, lines = 2;
	int64_t ms;
	if (duration_parse(text, &ms))
		must(ms >= 0 && ms <= DURATION_MS_MAX);
	for (size_t i = 0; i < size; i++)
		lines += bytes[i] == '\n' || bytes[i] == '\r' || bytes[i] == 0x85 || bytes[i] == 0xe2;
	document_read(text, size > 0 && bytes[0] == '{' ? DOCUMENT_JSON : DOCUMENT_YAML, "", &findings, &flows, &count);
	for (unsigned i = 0; i < count; i++) {
		check_flow(&flows[i], &findings);
		findings_place(&findings, flows[i].definition, flows[i].prefix, text);
	}
	findings_sort(&findings);
	look_at(&findings, lines);
	arena_free(arena);
	return 0;
}
