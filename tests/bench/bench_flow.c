/*
 * What the planner's side costs: a definition of 1,000 steps checked, read and planned, and plain templates filled. Prints one JSON object a
 * line; tests/bench/flow.mjs makes a table of them.
 *
 *	bench_flow ROUNDS
 */
#include "flow/definition.h"
#include "flow/plan.h"
#include "flow/template.h"
#include "json/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define STEPS 1000
#define FILLS 1000

static double
cpu_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void
tell(const char *what, double ms, unsigned times)
{
	printf("{\"what\": \"%s\", \"ms\": %.6f, \"times\": %u}\n", what, ms, times);
}

/* Ten groups of a hundred steps that follow each other; each names the one before it, in a path, and every tenth in an expression. */
static struct json *
make_document(struct arena *arena)
{
	struct buf text;
	struct json *document = NULL;
	struct err err = {0};
	buf_init(&text, (size_t)4 << 20);
	buf_add_z(&text, "{\"type\": \"flow\", \"steps\": [");
	for (unsigned i = 0; i < STEPS; i++) {
		if (i % 100 == 0)
			buf_printf(&text, "%s{\"key\": \"g%u\", \"kind\": \"sequential\", \"steps\": [",
				i ? "]}, " : "", i);
		else if (i % 100 == 1)
			buf_printf(
				&text, "{\"key\": \"s%u\", \"kind\": \"transform\", \"value\": \"{{input.text}}\"}", i);
		else if (i % 10 == 0)
			buf_printf(&text,
				", {\"key\": \"s%u\", \"kind\": \"transform\", \"value\": \"{{steps.s%u.output.length "
				"+ 1}}\"}",
				i, i - 1);
		else
			buf_printf(&text,
				", {\"key\": \"s%u\", \"kind\": \"transform\", \"value\": {\"a\": "
				"\"{{steps.s%u.output}}\", \"b\": \"{{input.n "
				"|| 1}}\"}}",
				i, i - 1);
	}
	buf_add_z(&text, "]}]}");
	if (!json_read(arena, arena_str(arena, buf_str(&text)), &json_limits_stored, &document, &err))
		fprintf(stderr, "bench_flow: %s\n", err.message);
	buf_release(&text);
	return document;
}

static bool
once(const struct json *document, const struct json *input, double *ret_ms)
{
	struct arena *arena = arena_new();
	struct json *canonical;
	struct definition *definition;
	struct action *actions;
	unsigned count;
	struct err err = {0};
	double begun = cpu_ms(), checked, read;
	bool ok = definition_check(arena, document, "", NULL, 0, &canonical, &err);
	checked = cpu_ms();
	ok = ok && definition_read(arena, canonical, &definition, &err);
	read = cpu_ms();
	if (ok) {
		struct run_state run = {.definition = definition, .input = input, .status = RUN_PENDING};
		run.steps = arena_array(arena, definition->step_count, sizeof *run.steps);
		ok = plan(arena, &run, &actions, &count, &err);
	}
	ret_ms[0] += checked - begun;
	ret_ms[1] += read - checked;
	ret_ms[2] += cpu_ms() - read;
	if (!ok)
		fprintf(stderr, "bench_flow: %s\n", err.issue_count ? err.issues[0].message : err.message);
	arena_free(arena);
	return ok;
}

static bool
fill(const struct json *input, unsigned rounds)
{
	struct arena *arena = arena_new(), *scratch = arena_new();
	struct json *root = json_new_object(arena), *value;
	const struct str text = STR("Dear {{input.text}}, {{input.n || 1}} of {{input.list.2.name}}");
	double begun = cpu_ms();
	bool ok = true;
	json_add(root, STR("input"), json_share(arena, input));
	for (unsigned i = 0; ok && i < rounds * FILLS; i++) {
		ok = template_fill(scratch, text, root, &value, NULL);
		if (i % 1000 == 0)
			arena_reset(scratch);
	}
	tell("templates", cpu_ms() - begun, rounds * FILLS * 3);
	arena_free(scratch);
	arena_free(arena);
	return ok;
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 20;
	double ms[3] = {0};
	struct json *input, *document = make_document(arena);
	bool ok = document &&
		  json_read(arena, STR("{\"text\": \"you\", \"n\": 7, \"list\": [1, 2, {\"name\": \"three\"}]}"),
			  &json_limits_stored, &input, NULL);
	for (unsigned i = 0; ok && i < rounds; i++)
		ok = once(document, input, ms);
	if (ok) {
		tell("check", ms[0], rounds);
		tell("read", ms[1], rounds);
		tell("plan", ms[2], rounds);
		ok = fill(input, rounds);
	}
	arena_free(arena);
	return ok ? 0 : 1;
}
