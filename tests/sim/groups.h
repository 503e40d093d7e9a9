/*
 * Random histories of plan() with steps in steps: groups, branches, conditions and needs. What each step must come to is worked
 * out from the document alone, by rules written here a second time; then chance decides when calls are answered, time passes, a flush
 * is committed and the holder dies, and every action is looked at before it is taken.
 *
 *	live          groups.c        one history
 *	  prepare     groups_draw.c   a definition, and what each step must come to
 *	  turn        groups.c        asks plan() until it is at rest
 *	    check     groups_check.c  may this action be taken now?
 *	  happen      groups.c        an answer, time, a flush, a death
 */
#ifndef STEPMILL_TESTS_GROUPS_H
#define STEPMILL_TESTS_GROUPS_H

#include "sim.h"

#define STEPS 16

enum fate { FATE_NONE, FATE_DONE, FATE_SKIPPED, FATE_LOST, FATE_PASSED };

struct spot {
	const struct json *json;
	int parent; /* -1: none */
	bool group, parallel, fast;
	int at_once; /* 0: any */
	int needs[STEPS], need_count;
	int choosers[STEPS], chooser_count;
	int fails, attempts; /* of a call: how often it fails, of how many attempts */
	bool passes;	     /* the run goes on without it */
	enum fate fate;
	int target; /* of a conditional or switch: whom it chooses; -1: nobody */
};

struct play {
	struct arena *arena, *scratch;
	struct chance chance;
	struct flow flow;
	struct spot spots[STEPS];
	int count;
	struct run_state memory, committed;
	struct evaluation evaluation;	/* what JavaScript was asked last */
	const struct definition *shown; /* to the planner: broken on purpose, or the same */
	int64_t now_us, wake_us;
	char wrong[400];
	unsigned long long actions, deaths;
	bool trace;
};

/* Says what is wrong, unless something was before; always false. */
bool groups_wrong(struct play *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline struct str
groups_key(const struct play *p, int i)
{
	return p->flow.definition->steps[i].path;
}

/* groups_draw.c */
bool groups_prepare(struct play *p, struct arena *arena, struct arena *scratch, uint64_t seed);

/* groups_check.c */
bool groups_lost(const struct play *p, int i); /* it failed, and nothing changes that */
/* `ends`: the run as a whole is about to end. */
bool groups_check(struct play *p, const struct action *action, bool ends);

#endif
