/* What the executor keeps of workflow versions: read once, kept while used, bounded. */
#include "../support.h"

#include "exec/definitions.h"

#include <stdlib.h>

#define DEFINITION \
	"{\"type\":\"chain\",\"steps\":[{\"key\":\"a\",\"name\":\"A\",\"kind\":\"prompt\",\"prompt\":{\"id\":" \
	"\"00000000-0000-7000-8000-0000000000f0\"," \
	"\"version\":2},\"input\":{}},{\"key\":\"b\",\"name\":\"B\",\"kind\":\"prompt\"," \
	"\"prompt\":{\"id\":\"00000000-0000-7000-8000-0000000000f0\",\"version\":2},\"input\":{}}]}"

static struct definitions all;

static int
teardown(void **state)
{
	(void)state;
	definitions_release(&all);
	arena_free(arena);
	return 0;
}

static struct id
id(unsigned n)
{
	struct id id = {{0}};
	id.b[15] = (uint8_t)n;
	id.b[14] = (uint8_t)(n >> 8);
	return id;
}

static void
ask(int want_definitions, int want_prompts)
{
	struct version_keys *definitions = version_keys_new(arena), *prompts = version_keys_new(arena);
	definitions_ask(&all, definitions, prompts);
	assert_int_equal(version_keys_count(definitions), want_definitions);
	assert_int_equal(version_keys_count(prompts), want_prompts);
	assert_int_equal(all.wanting, 0);
}

static struct version_row
row(struct id what, int64_t version, const char *text)
{
	return (struct version_row){.workspace = id(1), .id = what, .version = version, .text = str_of(text)};
}

static struct id
prompt_id(void)
{
	struct id prompt;
	assert_true(id_parse(STR("00000000-0000-7000-8000-0000000000f0"), &prompt));
	return prompt;
}

static void
a_version_is_read_and_then_the_prompts_it_names(void **state)
{
	(void)state;
	struct definition_entry *e = definitions_use(&all, id(1), id(2), 3);
	assert_ptr_equal(definitions_use(&all, id(1), id(2), 3), e);
	assert_int_equal(e->users, 2);
	assert_int_equal(all.wanting, 1);
	ask(1, 0);
	ask(0, 0); /* what is asked for is not asked for again */
	struct version_row definition = row(id(2), 3, DEFINITION);
	definitions_take(&all, &definition);
	definitions_taken(&all);
	assert_int_equal(e->state, DEFINITION_PROMPTS_WANTED);
	ask(0, 2);
	struct version_row text = row(prompt_id(), 2, "Say {{x}}");
	definitions_take_prompt(&all, &text);
	definitions_taken(&all);
	assert_int_equal(e->state, DEFINITION_READY);
	assert_true(str_is(e->prompt_texts[0], "Say {{x}}"));
	assert_true(str_is(e->prompt_texts[1], "Say {{x}}"));
}

static void
what_a_failed_batch_asked_for_is_asked_for_again(void **state)
{
	(void)state;
	definitions_use(&all, id(1), id(2), 3);
	ask(1, 0);
	definitions_ask_failed(&all);
	ask(1, 0);
}

static void
what_does_not_come_is_broken_and_looked_for_by_the_next_run(void **state)
{
	(void)state;
	struct definition_entry *e = definitions_use(&all, id(1), id(2), 3);
	ask(1, 0);
	definitions_taken(&all);
	assert_int_equal(e->state, DEFINITION_BROKEN);
	assert_int_equal(e->error.code, ERR_NOT_FOUND);
	definitions_done(&all, e);
	e = definitions_use(&all, id(1), id(2), 3);
	assert_int_equal(e->state, DEFINITION_WANTED);
}

static void
a_prompt_of_another_workspace_is_no_answer(void **state)
{
	(void)state;
	struct definition_entry *e = definitions_use(&all, id(1), id(2), 3);
	ask(1, 0);
	struct version_row definition = row(id(2), 3, DEFINITION);
	definitions_take(&all, &definition);
	ask(0, 2);
	struct version_row text = row(prompt_id(), 2, "Say {{x}}");
	text.workspace = id(9);
	definitions_take_prompt(&all, &text);
	definitions_taken(&all);
	assert_int_equal(e->state, DEFINITION_BROKEN);
}

static void
unused_versions_go_the_oldest_first_and_used_ones_stay(void **state)
{
	(void)state;
	struct definition_entry *used = definitions_use(&all, id(1), id(0), 1);
	for (unsigned i = 1; i <= DEFINITIONS_MAX + 10; i++)
		definitions_done(&all, definitions_use(&all, id(1), id(i), 1));
	assert_int_equal(all.count, DEFINITIONS_MAX);
	assert_ptr_equal(all.last, used);
	assert_true(id_eq(all.first->workflow, id(DEFINITIONS_MAX + 10)));
	definitions_done(&all, used);
	definitions_done(&all, definitions_use(&all, id(1), id(DEFINITIONS_MAX + 11), 1));
	assert_int_equal(all.count, DEFINITIONS_MAX);
	assert_false(id_eq(all.last->workflow, id(0)));
	unsigned wanting = 0;
	for (struct definition_entry *e = all.first; e; e = e->next)
		wanting += e->state == DEFINITION_WANTED;
	assert_int_equal(all.wanting, wanting);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_version_is_read_and_then_the_prompts_it_names),
		TEST(what_a_failed_batch_asked_for_is_asked_for_again),
		TEST(what_does_not_come_is_broken_and_looked_for_by_the_next_run),
		TEST(a_prompt_of_another_workspace_is_no_answer),
		TEST(unused_versions_go_the_oldest_first_and_used_ones_stay),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
