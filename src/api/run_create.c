/*
 * Making runs. The usual case is one round trip: the input is checked against the schema this worker remembers, and the
 * statement that makes the run refuses when that was not the version it had to be.
 *
 *	remembered?  no: load it, guard included
 *	defaults     are filled in
 *	input fits?  no, and it was just loaded: 422
 *	             no, and it was remembered: load it and look again; what is remembered may be out of date, and must
 *	             tell nothing to somebody who may not see the workflow
 *	make         stale: load it and start again
 */
#include "api/call.h"
#include "api/input_cache.h"
#include "api/routes.h"
#include "api/wake.h"
#include "base/fault.h"
#include "flow/plan.h"
#include "store/project.h"
#include "store/run.h"
#include "store/workflow_version.h"
#include "json/schema_defaults.h"
#include "json/writer.h"

#include <stdio.h>

#define PRIORITY_SINGLE 0
#define PRIORITY_BULK 1 /* a person who waits for one run does not wait for a thousand others */
#define ROUNDS_MAX 4	/* a workflow saved that often while we look is answered with "try again" */

struct making {
	struct call *call;
	struct id workflow, project;
	int64_t asked; /* version; 0: the current one */
	const struct input_entry *entry;
	bool fresh;		    /* loaded for this request, by somebody who may see it */
	const struct json **inputs; /* as they came */
	const char **places;	    /* of each input in the body */
	struct run_new run;
};

static bool
load(struct making *m, struct err *err)
{
	struct call *call = m->call;
	int64_t version;
	struct str schema;
	m->fresh = true;
	return workflow_input(&call->caller, m->workflow, m->asked, &version, &schema, err) &&
	       input_cache_put(call->api->inputs, call->caller.workspace, m->workflow, m->asked, version, schema,
		       &m->entry, err);
}

/* With its defaults an input is what the run is made with. */
static bool
inputs_fit(struct making *m, struct err *err)
{
	struct arena *arena = m->call->arena;
	struct str *texts = arena_array(arena, m->run.count, sizeof *texts);
	bool ok = true;
	for (unsigned i = 0; i < m->run.count; i++) {
		const struct json *input;
		if (!schema_fill(arena, m->entry->doc, m->inputs[i], &input, err))
			return false;
		if (!schema_check(m->entry->schema, input, m->places[i], err))
			ok = false;
		texts[i] = json_text(arena, input);
	}
	m->run.inputs = texts;
	return ok;
}

/* What the client will be told; the version is only known now. */
static struct str
answer_of(const struct making *m, bool bulk)
{
	struct buf out;
	struct json_writer w;
	char id[ID_TEXT_SIZE];
	buf_init(&out, (size_t)1 << 20);
	json_writer_init(&w, &out, 0);
	json_object(&w);
	if (bulk) {
		json_key(&w, "ids");
		json_array(&w);
	} else {
		json_key(&w, "id");
	}
	for (unsigned i = 0; i < m->run.count; i++) {
		id_text(m->run.ids[i], id);
		json_strz(&w, id);
	}
	if (bulk) {
		json_end(&w);
	} else {
		id_text(m->workflow, id);
		json_key(&w, "status");
		json_strz(&w, "pending");
		json_key(&w, "workflow_id");
		json_strz(&w, id);
		json_key(&w, "workflow_version");
		json_int(&w, m->entry->version);
	}
	json_end(&w);
	struct str answer = arena_str(m->call->arena, buf_str(&out));
	buf_release(&out);
	return answer;
}

static bool
make(struct making *m, bool bulk, struct err *err)
{
	struct call *call = m->call;
	struct once once = call_once(call);
	struct created created;
	m->entry = input_cache_get(call->api->inputs, call->caller.workspace, m->workflow, m->asked);
	m->run.wake = !FAULT("api.wake") && wake_alone(call->api->wake);
	for (int round = 0; round < ROUNDS_MAX; round++) {
		if (!m->entry && !load(m, err))
			return false;
		if (!inputs_fit(m, err)) {
			if (m->fresh)
				return false;
			err_clear(err);
			m->entry = NULL;
			continue;
		}
		m->run.version = m->entry->version;
		m->run.answer = answer_of(m, bulk);
		bool woke = false, ok = run_create(&call->caller, &m->run, &once, &created, &woke, err);
		if (ok || err->code != ERR_PRECONDITION) {
			call->api->wake_asked = ok && !created.replayed && !woke;
			return call_created(call, ok, &created, &once, err);
		}
		err_clear(err);
		m->entry = NULL;
	}
	return err_set(
		err, ERR_UNAVAILABLE, "The workflow is being changed at this moment. Nothing was made. Try again.");
}

/* The one that is named, or that of the project. */
static bool
find_workflow(struct making *m, struct err *err)
{
	struct call *call = m->call;
	struct str workflow, project;
	bool in_project = json_get_str(call->body, "project_id", &project);
	if (in_project && !id_parse(project, &m->project))
		return err_issue(err, "/project_id", "format", "is not an id, which is a UUID");
	if (json_get_str(call->body, "workflow_id", &workflow))
		return id_parse(workflow, &m->workflow) ||
		       err_issue(err, "/workflow_id", "format", "is not an id, which is a UUID");
	if (!in_project)
		return err_issue(
			err, "/workflow_id", "required", "is missing: name a workflow, or a project that has one");
	bool has;
	if (!project_workflow(&call->caller, m->project, &has, &m->workflow, err))
		return false;
	return has || err_issue(err, "/workflow_id", "required", "is missing: the project has no default workflow");
}

static bool
prepare(struct making *m, struct call *call, uint32_t count, struct err *err)
{
	m->call = call;
	if (!find_workflow(m, err))
		return false;
	if (json_get(call->body, "version") && !json_get_int(call->body, "version", &m->asked))
		return err_issue(err, "/version", "type", "is not the number of a version, 1 or more");
	struct str label;
	if (json_get_str(call->body, "label", &label)) {
		if (m->asked > 0)
			return err_issue(err, "/label", "twice", "says the same as `version`: leave one of them out");
		if (!workflow_label_version(&call->caller, m->workflow, label, &m->asked, err))
			return false;
	}
	struct id *ids = arena_array(call->arena, count, sizeof *ids);
	for (uint32_t i = 0; i < count; i++)
		ids[i] = id_new();
	m->inputs = arena_array(call->arena, count, sizeof(struct json *));
	m->places = arena_array(call->arena, count, sizeof(char *));
	m->run = (struct run_new){
		.workflow = m->workflow,
		.pinned = m->asked > 0,
		.ids = ids,
		.count = count,
		.planner = FAULT_NUMBER("STEPMILL_PLANNER", PLANNER_VERSION),
		.project = json_get(call->body, "project_id") ? &m->project : NULL,
	};
	return true;
}

static void
take_inputs(struct making *m, const struct json *first)
{
	unsigned i = 0;
	for (const struct json *input = first; i < m->run.count; input = input->next, i++)
		m->inputs[i] = input;
}

bool
create_run(struct call *call, struct err *err)
{
	struct making m = {0};
	if (!prepare(&m, call, 1, err))
		return false;
	m.places[0] = "/input";
	m.run.priority = PRIORITY_SINGLE;
	take_inputs(&m, json_get(call->body, "input"));
	return make(&m, false, err);
}

bool
create_runs_bulk(struct call *call, struct err *err)
{
	const struct json *inputs = json_get(call->body, "inputs");
	struct making m = {0};
	if (!prepare(&m, call, inputs->count, err))
		return false;
	for (uint32_t i = 0; i < inputs->count; i++)
		m.places[i] = arena_printf(call->arena, "/inputs/%u", i);
	m.run.priority = PRIORITY_BULK;
	take_inputs(&m, inputs->child);
	return make(&m, true, err);
}
