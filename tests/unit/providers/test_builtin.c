/* The built-in model: what it says, how it says it, and how it misbehaves when told to. */
#include "../support.h"

#include "flow/models.h"
#include "providers/builtin.h"
#include "providers/builtin_text.h"
#include "json/schema.h"
#include "json/writer.h"

static struct builtin_answer answer;
static struct err err;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new();
	memset(&err, 0, sizeof err);
	return 0;
}

static bool
ask(const char *model, const char *prompt, const char *options, int attempt)
{
	struct model_request request = {
		.model = str_of(model), .prompt = str_of(prompt), .options = doc(options), .attempt = attempt};
	return builtin_answer(arena, &request, &answer, &err);
}

/* All pieces put together; each must be whole characters. */
static const char *
said(void)
{
	struct buf all;
	buf_init(&all, 1 << 20);
	for (unsigned i = 0; i < answer.piece_count; i++) {
		struct str piece = answer.pieces[i].text;
		assert_int_equal(str_utf8_bad(piece), piece.n);
		buf_add_str(&all, piece);
	}
	const char *text = arena_strz(arena, buf_str(&all));
	buf_release(&all);
	return text;
}

static const char *
answered(const char *model, const char *prompt, const char *options)
{
	if (!ask(model, prompt, options, 1))
		fail_msg("%s: %s", model, err.message);
	return said();
}

static const char NOTES[] = "Extract the key points from the text below.\n\n"
			    "The product team met on Tuesday. Sales grew by 14% in the third quarter because the new "
			    "editor launched in July. "
			    "Dr. Weber said hello. Marta must send the contract to Acme by Friday. We need to decide "
			    "on the price before 1 December. "
			    "Lunch was good. The risk is that support cannot answer all tickets in time.\n"
			    "- Jonas will hire two people for support\n"
			    "- The launch will be moved to March.\n\n"
			    "See you next week!";

static void
the_demo_chain_reads_well(void **state)
{
	(void)state;
	const char *points = answered("extract", NOTES, NULL);
	assert_string_equal(points,
		"- Sales grew by 14% in the third quarter because the new editor launched in July.\n"
		"- Marta must send the contract to Acme by Friday.\n"
		"- We need to decide on the price before 1 December.\n"
		"- Jonas will hire two people for support\n"
		"- The launch will be moved to March.");
	const char *digest = answered("summarise", arena_printf(arena, "Summarise.\n\n%s", points), NULL);
	assert_string_equal(digest,
		"Sales grew by 14% in the third quarter because the new editor launched in July. "
		"We need to decide on the price before 1 December. The launch will be moved to March.");
	assert_string_equal(answered("actions", arena_printf(arena, "List what is to be done.\n\n%s", digest), NULL),
		"- [ ] Decide on the price before 1 December\n- [ ] The launch will be moved to March\n"
		"- [ ] Follow up: Sales grew by 14% in the third quarter because the new editor launched in July");
	assert_string_equal(answered("actions", NOTES, NULL), "- [ ] Send the contract to Acme by Friday (Marta)\n"
							      "- [ ] Decide on the price before 1 December\n"
							      "- [ ] Hire two people for support (Jonas)\n"
							      "- [ ] The launch will be moved to March");
}

static void
echo_says_the_last_paragraph(void **state)
{
	(void)state;
	assert_string_equal(answered("echo", "Say this.\n \nOne.\n\nTwo\nthree 🙂 \n\n", NULL), "Two\nthree 🙂");
	assert_string_equal(answered("instant", "alone", NULL), "alone");
	assert_int_equal(answer.piece_count, 1);
	assert_int_equal(answer.pieces[0].wait_ms, 0);
	assert_string_equal(answered("echo", "", NULL), "");
	assert_string_equal(answered("echo", "\n\n", NULL), "");
}

static void
the_same_question_gets_the_same_answer(void **state)
{
	(void)state;
	for (const char *const *model = builtin_models; *model; model++) {
		const char *name = strchr(*model, '/') + 1;
		const char *options = strcmp(name, "schema") == 0 ? "{\"schema\": {\"type\": \"object\"}}" : NULL;
		assert_string_equal(answered(name, NOTES, options), answered(name, NOTES, options));
	}
}

static void
texts_without_sentences_are_answered(void **state)
{
	(void)state;
	static const char *const models[] = {"extract", "summarise", "actions", "score", "echo"};
	static const char *const prompts[] = {
		"", "\n\n", "x", "Do:\n\n", "Do:\n\n# Heading\n", "...", "[[", "a\n\n- \n* \n1. \n", "🙂", "{}"};
	for (size_t i = 0; i < 5; i++)
		for (size_t j = 0; j < sizeof prompts / sizeof *prompts; j++) {
			const char *text = answered(models[i], prompts[j], NULL);
			assert_true(i == 4 || text[0] != '\0');
		}
	assert_string_equal(answered("score", "Rate:\n\n", NULL), "0.00");
}

static void
scores_lie_between_nought_and_one(void **state)
{
	(void)state;
	struct str rich = text_score(arena, text_material(str_of(NOTES)));
	struct str poor = text_score(arena, STR("and and and and"));
	assert_true(rich.n == 4 && rich.p[0] == '0' && rich.p[1] == '.');
	assert_true(memcmp(poor.p, rich.p, 4) < 0);
}

static void
no_character_is_cut(void **state)
{
	(void)state;
	static const char *const models[] = {"extract", "summarise", "actions", "score", "echo"};
	static const char *const words[] = {"für", "müssen", "世界您好", "🙂", "👩‍👩‍👧", "ÄÖÜ", "一。",
		"deadline", "“so”", "…", "\n", "! ", "\n\n", "- "};
	unsigned seed = 7;
	for (int round = 0; round < 200; round++) {
		struct buf prompt;
		buf_init(&prompt, 1 << 20);
		buf_add_z(&prompt, "Do.\n\n");
		for (int i = 0; i < 150; i++) {
			seed = seed * 1103515245u + 12345u;
			buf_add_z(&prompt, words[(seed >> 16) % 14]);
			if ((seed >> 20) % 3 == 0)
				buf_add_char(&prompt, ' ');
		}
		const char *options = round % 2 ? "{\"fail\": \"broken_stream\"}" : NULL;
		answered(models[round % 5], arena_strz(arena, buf_str(&prompt)), options);
		buf_release(&prompt);
		arena_reset(arena);
	}
}

static void
words_stream_with_their_pauses(void **state)
{
	(void)state;
	assert_string_equal(answered("echo", "[[delay 500]] [[stream 20]]\none  two\nthree", NULL), "one  two\nthree");
	assert_int_equal(answer.piece_count, 3);
	assert_int_equal(answer.pieces[0].wait_ms, 500);
	assert_int_equal(answer.pieces[1].wait_ms, 20);
	assert_int_equal(answer.pieces[2].wait_ms, 20);
	answered("echo", "one two three", "{\"stream_ms\": 0, \"delay_ms\": 7}");
	assert_int_equal(answer.piece_count, 1);
	assert_int_equal(answer.pieces[0].wait_ms, 7);
	answered("echo", "世界您好世界您好世界您好世界您好世界您好世界您好", NULL);
	assert_true(answer.piece_count > 1);
}

static void
the_line_wins_over_the_option(void **state)
{
	(void)state;
	answered("echo", "[[stream 5]]\na b", "{\"stream_ms\": 9, \"delay_ms\": 1}");
	assert_int_equal(answer.pieces[1].wait_ms, 5);
	assert_int_equal(answer.pieces[0].wait_ms, 1);
}

static void
large_texts_are_no_burden(void **state)
{
	(void)state;
	static const char *const models[] = {"extract", "summarise", "actions", "score", "echo"};
	static const char *const units[] = {".", ". ", "a. ", "a", "世。", "[[", "\n- a", "\"", "!x", "1. "};
	for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
		struct buf prompt;
		buf_init(&prompt, 2 << 20);
		buf_add_z(&prompt, "Do.\n\n");
		while (prompt.n < 500000)
			buf_add_z(&prompt, units[u]);
		for (size_t m = 0; m < 5; m++)
			answered(models[m], arena_strz(arena, buf_str(&prompt)), NULL);
		buf_release(&prompt);
		arena_reset(arena);
	}
}

static void
pieces_are_bounded(void **state)
{
	(void)state;
	char *prompt = arena_alloc(arena, 60002);
	for (int i = 0; i < 60000; i++)
		prompt[i] = i % 2 ? ' ' : 'a';
	const char *text = answered("echo", prompt, NULL);
	assert_true(answer.piece_count <= 5000 && answer.piece_count > 1000);
	assert_int_equal(strlen(text), 59999);
}

static void
it_fails_as_told(void **state)
{
	(void)state;
	assert_string_equal(answered("echo", "[[fail rate_limited]]\na b c d", NULL), "");
	assert_string_equal(answer.failure, "rate_limited");
	assert_non_null(answer.failure_text);
	assert_int_equal(answer.usage.tokens_in, 0);
	assert_string_equal(answered("echo", "a b c d", "{\"fail\": \"broken_stream\"}"), "a b");
	assert_string_equal(answer.failure, "broken_stream");
	assert_int_equal(answer.usage.tokens_out, 1);
	assert_string_equal(answered("echo", "[[fail refused]]\n[[delay 30]]\nx", NULL), "");
	assert_int_equal(answer.piece_count, 1); /* the wait before it refuses */
	assert_int_equal(answer.pieces[0].wait_ms, 30);
}

static void
it_fails_only_so_many_times(void **state)
{
	(void)state;
	const char *prompt = "[[fail overloaded]]\n[[fail-times 2]]\na";
	assert_true(ask("echo", prompt, NULL, 1) && answer.failure);
	assert_true(ask("echo", prompt, NULL, 2) && answer.failure);
	assert_true(ask("echo", prompt, NULL, 3) && !answer.failure);
	assert_string_equal(said(), "a");
	assert_true(ask("echo", "a", "{\"fail_times\": 1}", 1) && answer.failure);
	assert_true(ask("echo", "a", "{\"fail\": \"refused\", \"fail_times\": 0}", 1) && !answer.failure);
}

static void
it_hangs_as_told(void **state)
{
	(void)state;
	assert_string_equal(answered("echo", "[[hang]]\na", NULL), "");
	assert_true(answer.hangs);
	answered("echo", "a", "{\"hang\": false}");
	assert_false(answer.hangs);
}

static void
tokens_and_costs_are_counted(void **state)
{
	(void)state;
	answered("echo", "Say.\n\nabcde", NULL);
	assert_int_equal(answer.usage.tokens_in, 3);
	assert_int_equal(answer.usage.tokens_out, 2);
	assert_true(answer.usage.cost_known);
	assert_int_equal(answer.usage.cost_nano, 0);
	answered("echo", "[[tokens 100 50]]\n[[price 3 15]]\nx", NULL);
	assert_int_equal(answer.usage.tokens_in, 100);
	assert_int_equal(answer.usage.tokens_out, 50);
	assert_int_equal(answer.usage.cost_nano, 100 * 3000 + 50 * 15000);
	answered("echo", "x", "{\"tokens\": [1000000, 0], \"price\": [0.15, 0.6]}");
	assert_int_equal(answer.usage.cost_nano, 150000000); /* 15 cents */
}

static int64_t
ceiling(const char *prompt, const char *options)
{
	int64_t nano = -1;
	struct model_request request = {
		.model = STR("echo"), .prompt = str_of(prompt), .options = doc(options), .attempt = 1};
	builtin_ceiling(arena, &request, &nano);
	return nano;
}

static void
the_most_it_may_cost_is_never_less_than_what_it_costs(void **state)
{
	(void)state;
	static const char *const prompts[] = {"x", "[[price 3 15]]\nx", "[[tokens 100 50]]\n[[price 3 15]]\nx",
		"[[price 1 2]]\n[[max-tokens 1]]\nabcdefghi", "[[price 1 2]]\n[[max-tokens 500]]\nabcdefghi",
		"[[fail broken_stream]]\n[[price 1 2]]\nabcdefghi", "[[fail refused]]\n[[price 1 2]]\nabcdefghi"};
	for (size_t i = 0; i < sizeof prompts / sizeof *prompts; i++) {
		ask("echo", prompts[i], NULL, 1);
		assert_true(ceiling(prompts[i], NULL) >= answer.usage.cost_nano);
	}
	assert_int_equal(ceiling("x", NULL), 0);
	assert_int_equal(ceiling("abcd", "{\"price\": [1, 2], \"max_tokens\": 10}"), 1 * 1000 + 10 * 2000);
	assert_int_equal(ceiling("abcd", "{\"price\": [1, 2]}"), 1 * 1000 + 1 * 2000);
}

static void
it_says_no_more_than_it_is_let(void **state)
{
	(void)state;
	assert_string_equal(answered("echo", "abcdefghijkl", "{\"max_tokens\": 2}"), "abcdefgh");
	assert_int_equal(answer.usage.tokens_out, 2);
	answered("echo", "x", "{\"max_tokens\": 2, \"tokens\": [1, 50]}");
	assert_int_equal(answer.usage.tokens_out, 2);
	assert_false(ask("echo", "x", "{\"max_tokens\": 0}", 1));
}

static void
what_certainly_costs_nothing_is_told_without_the_prompt(void **state)
{
	(void)state;
	assert_false(builtin_may_cost(NULL, STR("Say {{text}}"), doc("{\"text\": \"hello\"}")));
	assert_false(builtin_may_cost(doc("{\"delay_ms\": 3}"), STR(""), NULL));
	assert_true(builtin_may_cost(doc("{\"price\": [1, 1]}"), STR("x"), NULL));
	assert_true(builtin_may_cost(NULL, STR("[[price 1 1]]"), NULL));
	assert_true(builtin_may_cost(NULL, STR("{{text}}"), doc("{\"text\": \"[[price 1 1]]\"}")));
	assert_true(builtin_may_cost(NULL, STR("[{{text}}"), doc("{\"text\": \"[price 1 1]]\"}")));
	assert_true(builtin_may_cost(NULL, STR("{{a}}"), doc("{\"a\": [\"x\"]}")));
}

static void
what_it_does_not_understand_is_an_error(void **state)
{
	(void)state;
	static const char *const prompts[] = {"[[delay x]]", "[[delay -1]]", "[[delay 9999999]]", "[[delay]]",
		"[[fail maybe]]", "[[tokens 1]]", "[[tokens 1 2 3]]", "[[price a b]]", "[[price 1e9 1]]", "[[hang 3]]"};
	static const char *const options[] = {"{\"delay_ms\": \"x\"}", "{\"tokens\": [1]}", "{\"tokens\": [1, 2, 3]}",
		"{\"fail\": 7}", "{\"dealy_ms\": 7}", "{\"delay_ms\": {}}", "{\"stream_ms\": 1.5}",
		"{\"price\": [1, {}]}"};
	for (size_t i = 0; i < sizeof prompts / sizeof *prompts; i++) {
		assert_false(ask("echo", prompts[i], NULL, 1));
		assert_int_equal(err.code, ERR_INVALID);
	}
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		assert_false(ask("echo", "x", options[i], 1));
	assert_false(ask("gpt", "x", NULL, 1));
	assert_non_null(strstr(err.message, "extract"));
}

static void
other_brackets_are_text(void **state)
{
	(void)state;
	assert_string_equal(
		answered("echo", "[[Main page]] and [[hang]] here", NULL), "[[Main page]] and [[hang]] here");
	assert_string_equal(answered("echo", "[[delay 5]] text", NULL), "[[delay 5]] text");
	assert_false(answer.hangs);
}

static void
schemas_are_satisfied(void **state)
{
	(void)state;
	static const char *const schemas[] = {
		"{}",
		"{\"type\": \"object\", \"properties\": {\"title\": {\"type\": \"string\", \"maxLength\": 12}, \"n\": "
		"{\"type\": \"integer\","
		" \"minimum\": 5, \"maximum\": 6}, \"mood\": {\"enum\": [\"good\", \"bad\"]}, \"kind\": {\"const\": "
		"4}},"
		" \"required\": [\"title\", \"other\"], \"additionalProperties\": {\"type\": \"boolean\"}}",
		"{\"type\": \"array\", \"minItems\": 3, \"uniqueItems\": true, \"items\": {\"type\": \"string\", "
		"\"minLength\": 300}}",
		"{\"type\": \"array\", \"minItems\": 3, \"uniqueItems\": true, \"items\": {\"type\": \"number\", "
		"\"minimum\": 0, \"maximum\": 1}}",
		"{\"type\": \"array\", \"minItems\": 2, \"uniqueItems\": true, \"items\": {\"enum\": [1, 2]}}",
		"{\"type\": [\"null\", \"number\"], \"exclusiveMinimum\": 0, \"exclusiveMaximum\": 1}",
		"{\"type\": \"integer\", \"exclusiveMinimum\": 3, \"multipleOf\": 7}",
		"{\"type\": \"integer\", \"maximum\": -5}",
		"{\"type\": \"number\", \"exclusiveMaximum\": -5}",
		"{\"type\": \"string\", \"default\": \"d\"}",
		"{\"type\": \"boolean\"}",
		"{\"type\": \"null\"}",
		"{\"type\": \"object\", \"properties\": {\"when\": {\"type\": \"string\", \"format\": \"date-time\"}, "
		"\"mail\": {\"type\": \"string\","
		" \"format\": \"email\"}, \"id\": {\"type\": \"string\", \"format\": \"uuid\"}}}",
		"{\"$ref\": \"#/$defs/a\", \"$defs\": {\"a\": {\"type\": \"object\", \"properties\": {\"next\": "
		"{\"$ref\": \"#/$defs/a\"}},"
		" \"required\": [\"name\"]}}}",
		"{\"allOf\": [{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"integer\"}}, \"required\": "
		"[\"a\"]},"
		" {\"properties\": {\"b\": {\"type\": \"string\"}}, \"required\": [\"b\"]}]}",
		"{\"anyOf\": [{\"type\": \"integer\"}, {\"type\": \"string\"}]}",
		"{\"type\": \"string\", \"maxLength\": 3}",
		"{\"prefixItems\": [{\"type\": \"integer\"}, {\"type\": \"string\"}], \"items\": false, \"type\": "
		"\"array\"}",
	};
	for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
		struct schema *schema;
		const char *text =
			answered("schema", "Make one.\n\nGrüße aus 世界. Und 🙂🙂🙂🙂🙂🙂🙂🙂!",
				arena_printf(arena, "{\"schema\": %s}", schemas[i]));
		struct err e = {0};
		assert_true(schema_compile(arena, doc(schemas[i]), "", &schema, &e));
		assert_true(schema_check(schema, doc(text), "", &e));
	}
}

static void
a_schema_that_cannot_be_met_is_an_error(void **state)
{
	(void)state;
	assert_false(ask("schema", "x", NULL, 1));
	assert_non_null(strstr(err.message, "schema"));
	assert_false(ask("schema", "x", "{\"schema\": {\"type\": \"string\", \"pattern\": \"^[0-9]{7}$\"}}", 1));
	assert_non_null(strstr(err.message, "cannot make"));
	assert_false(ask("schema", "x", "{\"schema\": {\"type\": 5}}", 1));
	assert_non_null(strstr(err.message, "broken"));
	assert_false(ask("schema", "x",
		"{\"schema\": {\"$ref\": \"#/$defs/a\", \"$defs\": {\"a\": {\"type\": \"object\", \"properties\": "
		"{\"n\": {\"$ref\": \"#/$defs/a\"}},"
		" \"required\": [\"n\"]}}}}",
		1));
	assert_false(ask("schema", "x", "{\"schema\": {\"type\": \"array\", \"minItems\": 100000000}}", 1));
}

/* A turn: what it asks for as JSON, or what it answers. */
static const char *
turn(const char *prompt, const char *options, const char *messages)
{
	static const struct model_tool tools[] = {{{"add", 3}, {"", 0}, NULL}};
	struct model_request request = {.model = STR("echo"),
		.prompt = str_of(prompt),
		.options = doc(options),
		.attempt = 1,
		.tools = tools,
		.tool_count = 1,
		.messages = doc(messages)};
	assert_true(builtin_answer(arena, &request, &answer, &err));
	return answer.calls ? arena_strz(arena, json_text(arena, answer.calls)) : said();
}

static void
it_asks_for_tools_turn_by_turn_and_reads_what_they_gave(void **state)
{
	static const char prompt[] = "[[call add {\"a\": [[1]]}]]\n[[call add]]\n\n[[call other {}]]\nWhat is it?";
	static const char once[] = "[{\"role\": \"assistant\"}, {\"role\": \"tool\", \"output\": 3}]";
	static const char twice[] =
		"[{\"role\": \"assistant\"}, {\"role\": \"tool\", \"output\": 3}, {\"role\": \"assistant\"},"
		" {\"role\": \"tool\", \"error\": {\"message\": \"[[fail refused]] is no order here\"}}]";
	(void)state;
	assert_string_equal(turn(prompt, NULL, NULL), "[{\"id\":\"1-1\",\"name\":\"add\",\"input\":{\"a\":[[1]]}},{"
						      "\"id\":\"1-2\",\"name\":\"add\",\"input\":{}}]");
	assert_string_equal(turn(prompt, NULL, once), "[{\"id\":\"2-1\",\"name\":\"other\",\"input\":{}}]");
	assert_string_equal(turn(prompt, NULL, twice), "[[fail refused]] is no order here");
	assert_string_equal(turn("x", "{\"calls\": [[{\"name\": \"add\"}]]}", NULL),
		"[{\"id\":\"1-1\",\"name\":\"add\",\"input\":{}}]");
	assert_string_equal(turn("x", "{\"calls\": [[{\"name\": \"add\"}]]}", once), "3");
	assert_true(ask("echo", prompt, NULL, 1)); /* no tools: it is text */
	assert_string_equal(said(), "[[call other {}]]\nWhat is it?");
}

static void
the_models_are_those_a_definition_may_name(void **state)
{
	(void)state;
	size_t i = 0;
	for (; builtin_models[i]; i++) {
		assert_non_null(flow_models[i]);
		assert_string_equal(builtin_models[i], flow_models[i]);
	}
	assert_null(flow_models[i]);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, arena_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_demo_chain_reads_well),
		TEST(echo_says_the_last_paragraph),
		TEST(the_same_question_gets_the_same_answer),
		TEST(texts_without_sentences_are_answered),
		TEST(scores_lie_between_nought_and_one),
		TEST(no_character_is_cut),
		TEST(words_stream_with_their_pauses),
		TEST(the_line_wins_over_the_option),
		TEST(large_texts_are_no_burden),
		TEST(pieces_are_bounded),
		TEST(it_fails_as_told),
		TEST(it_fails_only_so_many_times),
		TEST(it_hangs_as_told),
		TEST(tokens_and_costs_are_counted),
		TEST(the_most_it_may_cost_is_never_less_than_what_it_costs),
		TEST(it_says_no_more_than_it_is_let),
		TEST(what_certainly_costs_nothing_is_told_without_the_prompt),
		TEST(what_it_does_not_understand_is_an_error),
		TEST(other_brackets_are_text),
		TEST(schemas_are_satisfied),
		TEST(a_schema_that_cannot_be_met_is_an_error),
		TEST(it_asks_for_tools_turn_by_turn_and_reads_what_they_gave),
		TEST(the_models_are_those_a_definition_may_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
