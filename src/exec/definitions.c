/* A list in the order of use. The ones in use are few hundred at most and the hot ones in front, so it is searched. */
#include "exec/definitions.h"

#include <stdlib.h>

static void
detach(struct definitions *all, struct definition_entry *e)
{
	*(e->previous ? &e->previous->next : &all->first) = e->next;
	*(e->next ? &e->next->previous : &all->last) = e->previous;
	e->previous = e->next = NULL;
	all->count--;
}

static void
attach_first(struct definitions *all, struct definition_entry *e)
{
	e->next = all->first;
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): an entry is detached before it is freed */
	*(all->first ? &all->first->previous : &all->last) = e;
	all->first = e;
	all->count++;
}

static bool
wanting(enum definition_state state)
{
	return state == DEFINITION_WANTED || state == DEFINITION_PROMPTS_WANTED;
}

static void
set_state(struct definitions *all, struct definition_entry *e, enum definition_state state)
{
	all->wanting -= wanting(e->state);
	e->state = state;
	all->wanting += wanting(e->state);
}

static void
entry_free(struct definition_entry *e)
{
	arena_free(e->arena);
	free(e);
}

static void
trim(struct definitions *all)
{
	for (struct definition_entry *e = all->last, *previous; e && all->count > DEFINITIONS_MAX; e = previous) {
		previous = e->previous;
		if (e->users > 0)
			continue;
		all->wanting -= wanting(e->state);
		detach(all, e);
		entry_free(e);
	}
}

struct definition_entry *
definitions_use(struct definitions *all, struct id workspace, struct id workflow, int64_t version)
{
	struct definition_entry *e = all->first;
	while (e && !(e->version == version && id_eq(e->workflow, workflow) && id_eq(e->workspace, workspace)))
		e = e->next;
	if (e && e->state == DEFINITION_BROKEN && e->users == 0) {
		/* Looked for once more: somebody may have mended it. */
		detach(all, e);
		entry_free(e);
		e = NULL;
	}
	if (e) {
		detach(all, e);
	} else {
		e = calloc(1, sizeof *e);
		if (!e)
			out_of_memory();
		e->workspace = workspace;
		e->workflow = workflow;
		e->version = version;
		e->arena = arena_new();
		e->state = DEFINITION_WANTED;
		all->wanting++;
	}
	attach_first(all, e);
	e->users++;
	trim(all);
	return e;
}

void
definitions_done(struct definitions *all, struct definition_entry *entry)
{
	entry->users--;
	trim(all);
}

void
definitions_release(struct definitions *all)
{
	while (all->first) {
		struct definition_entry *e = all->first;
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the same */
		detach(all, e);
		entry_free(e);
	}
	*all = (struct definitions){0};
}

/* ---- reading ---- */

static bool
prompt_missing(const struct definition_entry *e, unsigned step)
{
	return e->definition->steps[step].prompt_id.n > 0 && !e->prompt_texts[step].p;
}

void
definitions_ask(struct definitions *all, struct version_keys *ret_definitions, struct version_keys *ret_prompts)
{
	for (struct definition_entry *e = all->first; e && all->wanting > 0; e = e->next) {
		if (e->state == DEFINITION_WANTED) {
			version_keys_add(ret_definitions, e->workspace, e->workflow, e->version);
			set_state(all, e, DEFINITION_ASKED);
		} else if (e->state == DEFINITION_PROMPTS_WANTED) {
			for (unsigned i = 0; i < e->definition->step_count; i++) {
				struct id prompt;
				if (prompt_missing(e, i) && id_parse(e->definition->steps[i].prompt_id, &prompt))
					version_keys_add(ret_prompts, e->workspace, prompt,
						e->definition->steps[i].prompt_version);
			}
			set_state(all, e, DEFINITION_PROMPTS_ASKED);
		}
	}
}

static void
set_broken(struct definitions *all, struct definition_entry *e)
{
	set_state(all, e, DEFINITION_BROKEN);
}

static void
read_definition(struct definitions *all, struct definition_entry *e, struct str text)
{
	struct json *doc;
	bool prompts = false;
	if (!json_read(e->arena, arena_str(e->arena, text), &json_limits_stored, &doc, &e->error) ||
		!definition_read(e->arena, doc, &e->definition, &e->error)) {
		set_broken(all, e);
		return;
	}
	e->prompt_texts = arena_array(e->arena, e->definition->step_count, sizeof *e->prompt_texts);
	for (unsigned i = 0; i < e->definition->step_count; i++) {
		e->prompt_texts[i] = e->definition->steps[i].agent_text;
		prompts |= prompt_missing(e, i);
	}
	set_state(all, e, prompts ? DEFINITION_PROMPTS_WANTED : DEFINITION_READY);
}

void
definitions_take(struct definitions *all, const struct version_row *row)
{
	for (struct definition_entry *e = all->first; e; e = e->next)
		if (e->state == DEFINITION_ASKED && e->version == row->version && id_eq(e->workflow, row->id) &&
			id_eq(e->workspace, row->workspace)) {
			read_definition(all, e, row->text);
			return;
		}
}

static void
take_prompt(struct definition_entry *e, const struct version_row *row)
{
	for (unsigned i = 0; i < e->definition->step_count; i++) {
		const struct step_def *step = &e->definition->steps[i];
		struct id prompt;
		if (prompt_missing(e, i) && step->prompt_version == row->version &&
			id_parse(step->prompt_id, &prompt) && id_eq(prompt, row->id))
			e->prompt_texts[i] = arena_str(e->arena, row->text);
	}
}

void
definitions_take_prompt(struct definitions *all, const struct version_row *row)
{
	for (struct definition_entry *e = all->first; e; e = e->next)
		if (e->state == DEFINITION_PROMPTS_ASKED && id_eq(e->workspace, row->workspace))
			take_prompt(e, row);
}

static void
prompts_taken(struct definitions *all, struct definition_entry *e)
{
	for (unsigned i = 0; i < e->definition->step_count; i++)
		if (prompt_missing(e, i)) {
			err_set(&e->error, ERR_NOT_FOUND,
				"Step %u, %.*s, uses a prompt that does not exist. Choose another prompt.", i + 1,
				STR_ARG(e->definition->steps[i].name));
			set_broken(all, e);
			return;
		}
	set_state(all, e, DEFINITION_READY);
}

void
definitions_taken(struct definitions *all)
{
	for (struct definition_entry *e = all->first; e; e = e->next) {
		if (e->state == DEFINITION_ASKED) {
			err_set(&e->error, ERR_NOT_FOUND,
				"The version of the workflow that this run uses does not exist any more.");
			set_broken(all, e);
		} else if (e->state == DEFINITION_PROMPTS_ASKED) {
			prompts_taken(all, e);
		}
	}
}

void
definitions_ask_failed(struct definitions *all)
{
	for (struct definition_entry *e = all->first; e; e = e->next) {
		if (e->state == DEFINITION_ASKED)
			set_state(all, e, DEFINITION_WANTED);
		else if (e->state == DEFINITION_PROMPTS_ASKED)
			set_state(all, e, DEFINITION_PROMPTS_WANTED);
	}
}
