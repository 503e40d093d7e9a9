/* The kind "workflow": which workflow its run is of, and whether what it is given is what that takes. */
#include "flow/definition_check.h"
#include "flow/hint.h"

#include <strings.h>

/* The facts of the version asked for; of the newest when none was. */
static const struct workflow_facts *
find_workflow(const struct check *c, struct str id, int64_t version, bool *ret_other_versions)
{
	const struct workflow_facts *found = NULL;
	*ret_other_versions = false;
	for (unsigned i = 0; i < c->known->workflow_count; i++) {
		const struct workflow_facts *workflow = &c->known->workflows[i];
		/* An id in capitals is the same id. */
		if (workflow->id.n != id.n || strncasecmp(workflow->id.p, id.p, id.n) != 0)
			continue;
		*ret_other_versions = true;
		if (version ? workflow->version == version : !found || workflow->version > found->version)
			found = workflow;
	}
	return found;
}

static unsigned
names_of(struct check *c, const struct json *properties, struct str **ret_names)
{
	unsigned count = 0;
	*ret_names = arena_array(c->arena, properties ? properties->count + 1 : 1, sizeof **ret_names);
	json_each (property, properties)
		(*ret_names)[count++] = property->key;
	return count;
}

static bool
has_default(const struct json *schema, struct str name)
{
	const struct json *properties = json_get(schema, "properties"),
			  *property = properties ? json_get_by(properties, name) : NULL;
	return property && json_get(property, "default");
}

/* What the other workflow's input must have is given, and nothing that it does not know. */
static void
check_mapping(struct check *c, const struct workflow_facts *facts, const struct json *input)
{
	const struct json *required = json_get(facts->input, "required");
	struct str *names;
	unsigned count = names_of(c, json_get(facts->input, "properties"), &names);
	if (required && required->type == JSON_ARRAY)
		json_each (name, required)
			if (name->type == JSON_STRING && (!input || !json_get_by(input, name->text)) &&
				!has_default(facts->input, name->text))
				check_report(c, check_step_path(c, "/input"), "unmapped",
					"The workflow \"%.*s\" needs the input `%.*s`. Map it to an input, an earlier "
					"output or a value.",
					STR_ARG(hint_clip(facts->name, 60)), STR_ARG(hint_clip(name->text, 60)));
	if (!input || !json_get(facts->input, "properties") || !check_schema_closed(facts->input))
		return;
	json_each (member, input) {
		if (c->found >= FINDINGS_MAX)
			break; /* hints cost time, and these would not be shown */
		if (check_listed(names, count, member->key))
			continue;
		const char *path =
			check_step_path(c, arena_printf(c->arena, "/input/%s", pointer_part(c->arena, member->key)));
		check_report(c, path, "unknown_input", "The workflow \"%.*s\" has no input `%.*s`.%s",
			STR_ARG(hint_clip(facts->name, 60)), STR_ARG(hint_clip(member->key, 60)),
			hint_did_you_mean(c->arena, member->key, names, count));
	}
}

const struct workflow_facts *
check_child_workflow(struct check *c, const struct json *step, struct json *ret_step)
{
	struct str id;
	int64_t version = 0;
	bool others;
	const struct json *workflow = json_get(step, "workflow");
	if (!workflow || workflow->type != JSON_OBJECT || !json_get_str(workflow, "id", &id)) {
		check_report(c, check_step_path(c, workflow ? "/workflow" : ""), "required",
			"%s needs the workflow it starts a run of: {\"id\": …}.",
			c->in_tool ? "A workflow tool" : "A workflow step");
		return NULL;
	}
	if (json_get(workflow, "version") && (!json_get_int(workflow, "version", &version) || version < 1)) {
		check_report(c, check_step_path(c, "/workflow/version"), "type", "A version is a whole number from 1.");
		return NULL;
	}
	const struct workflow_facts *facts = find_workflow(c, id, version, &others);
	if (c->known->nothing) {
		json_add(ret_step, STR("workflow"), json_share(c->arena, workflow));
		return NULL;
	}
	if (!facts && others)
		check_report(c, check_step_path(c, "/workflow/version"), "unknown_version",
			"This workflow has no version %lld.", (long long)version);
	else if (!facts)
		check_report(c, check_step_path(c, "/workflow/id"), "unknown_workflow",
			"This workflow does not exist, or is not shared with this workspace.");
	struct json *pinned = json_new_object(c->arena);
	json_add(pinned, STR("id"), json_new_str(c->arena, id));
	json_add(pinned, STR("version"), json_new_int(c->arena, facts ? facts->version : version));
	json_add(ret_step, STR("workflow"), pinned);
	return facts;
}

void
check_child(struct check *c, const struct json *step, struct json *ret_step)
{
	static const char *const foreign[] = {"prompt", "model", "options"};
	const struct json *input = json_get(step, "input");
	const struct workflow_facts *facts = check_child_workflow(c, step, ret_step);
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
		if (json_get(step, foreign[i]))
			check_report(c, check_step_path(c, arena_printf(c->arena, "/%s", foreign[i])), "unknown_field",
				"A workflow step does not have this; there are workflow and input.");
	if (input && input->type != JSON_OBJECT) {
		check_report(c, check_step_path(c, "/input"), "type",
			"This must be an object: the input of the run that is started.");
		return;
	}
	if (facts)
		check_mapping(c, facts, input);
	json_add(ret_step, STR("input"), input ? check_value(c, "/input", input) : json_new_object(c->arena));
}
