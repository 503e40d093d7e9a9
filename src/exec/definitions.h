/*
 * Workflow versions and the prompt texts they name, as this process has read them: a version never changes, so what is
 * here stays right. Bounded; what no run uses and was not asked for the longest time goes first.
 */
#ifndef STEPMILL_EXEC_DEFINITIONS_H
#define STEPMILL_EXEC_DEFINITIONS_H

#include "flow/definition.h"
#include "store/claim.h"

#define DEFINITIONS_MAX 512

/* Each state says what is there; a batch of work.c moves WANTED on to ASKED, its rows move ASKED on. */
enum definition_state {
	DEFINITION_WANTED,	   /* nothing is there */
	DEFINITION_ASKED,	   /* a batch that reads it is on its way; back to WANTED when that fails */
	DEFINITION_PROMPTS_WANTED, /* the definition is there, texts of its prompts are not */
	DEFINITION_PROMPTS_ASKED,
	DEFINITION_READY,  /* everything is there */
	DEFINITION_BROKEN, /* `error` says why: runs of it fail */
};

struct definition_entry {
	struct definition_entry *previous, *next; /* most recently used first */
	struct id workspace, workflow;
	int64_t version;
	enum definition_state state;
	unsigned users; /* runs held that point here */
	struct arena *arena;
	struct definition *definition;
	struct str *prompt_texts; /* by step; p NULL: not there yet */
	struct err error;
};

struct definitions {
	struct definition_entry *first, *last;
	unsigned count;
	unsigned wanting; /* entries in DEFINITION_WANTED or DEFINITION_PROMPTS_WANTED */
};

/* The entry of a version; each use counts until definitions_done. */
struct definition_entry *definitions_use(
	struct definitions *all, struct id workspace, struct id workflow, int64_t version);
void definitions_done(struct definitions *all, struct definition_entry *entry);
void definitions_release(struct definitions *all);

/* What is wanted, as keys to read; marks it as asked. Either may come out empty. */
void definitions_ask(struct definitions *all, struct version_keys *ret_definitions, struct version_keys *ret_prompts);
void definitions_take(struct definitions *all, const struct version_row *row);
void definitions_take_prompt(struct definitions *all, const struct version_row *row);
/* After all rows of a batch were taken: what was asked for and did not come is broken. */
void definitions_taken(struct definitions *all);
void definitions_ask_failed(struct definitions *all);

#endif
