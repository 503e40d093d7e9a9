/* Everything that is wrong with a workflow, before it is saved. */
#include "api/routes.h"
#include "api/workflow_source.h"
#include "json/writer.h"

static void
write_findings(struct json_writer *w, const char *name, const struct findings *findings, bool warnings)
{
	json_key(w, name);
	json_array(w);
	for (unsigned i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->list[i];
		if (finding->warning != warnings)
			continue;
		json_object(w);
		finding_write(w, finding);
		json_end(w);
	}
	json_end(w);
}

static void
write_text(struct json_writer *w, const char *name, struct str text)
{
	json_key(w, name);
	if (text.n > 0)
		json_str(w, text);
	else
		json_null(w);
}

static void
answer(struct call *call, const struct findings *findings, const struct document_flow *flows, unsigned count,
	struct json *const *canonical)
{
	struct buf out;
	struct json_writer w;
	bool valid = findings->errors == 0;
	buf_init(&out, json_limits_stored.bytes);
	json_writer_init(&w, &out, 0);
	json_object(&w);
	json_key(&w, "valid");
	json_bool(&w, valid);
	write_findings(&w, "errors", findings, false);
	write_findings(&w, "warnings", findings, true);
	json_key(&w, "error_count");
	json_int(&w, findings->errors);
	json_key(&w, "workflows");
	json_array(&w);
	for (unsigned i = 0; i < count; i++) {
		json_object(&w);
		write_text(&w, "name", flows[i].name);
		write_text(&w, "description", flows[i].description);
		write_text(&w, "own_id", flows[i].own_id);
		json_key(&w, "definition");
		if (valid)
			json_value(&w, canonical[i]);
		else
			json_null(&w);
		json_end(&w);
	}
	json_end(&w);
	json_end(&w);
	response_json(call->response, 200, arena_str(call->arena, buf_str(&out)));
	buf_release(&out);
}

bool
check_workflow_body(struct call *call, struct err *err)
{
	struct findings findings = {.arena = call->arena};
	struct document_flow *flows;
	struct str source;
	unsigned count;
	if (!workflow_body_flows(call, "", &findings, &flows, &count, &source, err))
		return false;
	struct json **canonical = arena_array(call->arena, count + 1, sizeof *canonical);
	const struct document_flow none = {.prefix = "", .definition = json_new_object(call->arena)};
	struct findings ignored = {.arena = call->arena};
	/* Who asks is looked at with the prompts, also where there are none. */
	if (count == 0 && !workflow_flow_check(call, &none, &ignored, &canonical[0], err))
		return false;
	for (unsigned i = 0; i < count; i++) {
		if (!workflow_flow_check(call, &flows[i], &findings, &canonical[i], err))
			return false;
		if (source.p)
			findings_place(&findings, flows[i].definition, flows[i].prefix, source);
	}
	findings_sort(&findings);
	answer(call, &findings, flows, count, canonical);
	return true;
}
