/* Compiling a contract: what it says is taken, what does not fit keeps the program from starting, with the place named.
 */
#include "api/contract.h"
#include "api/operation.h"
#include "api/routes.h"

#include "../support.h"

static struct err err;

static bool
nothing(struct call *call, struct err *unused)
{
	(void)call;
	(void)unused;
	return true;
}

static const struct route one[] = {{"doIt", nothing}, {NULL, NULL}};

static struct operations *
compile(const char *paths, const struct route *table)
{
	struct operations *operations = NULL;
	const char *text = arena_printf(arena,
		"{\"servers\":[{\"url\":\"/"
		"api\"}],\"paths\":%s,\"components\":{\"schemas\":{\"Id\":{\"type\":\"string\",\"format\":\"uuid\"}},"
		"\"parameters\":{\"w\":{\"name\":\"workspace_id\",\"in\":\"path\",\"required\":true,\"schema\":{\"$"
		"ref\":\"#/components/schemas/Id\"}}}}}",
		paths);
	err_clear(&err);
	return operations_compile(arena, str_of(text), table, &operations, &err) ? operations : NULL;
}

static void
our_own_contract_has_a_handler_for_every_route_and_the_other_way_round(void **state)
{
	(void)state;
	struct operations *operations;
	err_clear(&err);
	if (!operations_compile(arena, (struct str){contract_json, contract_json_length}, routes, &operations, &err))
		fail_msg("%s", err.message);
	unsigned count = 0;
	while (routes[count].operation)
		count++;
	assert_int_equal(operations->count, count);
	assert_true(str_is(operations->prefix, "api"));
	for (unsigned i = 0; i < operations->count; i++)
		assert_true(operations->list[i].is_public || operations->list[i].role ||
			    strcmp(operations->list[i].id, "readSession") == 0 ||
			    strcmp(operations->list[i].scope, "session") == 0);
}

static void
an_operation_is_taken_as_it_is_described(void **state)
{
	(void)state;
	struct operations *operations =
		compile("{\"/w/{workspace_id}/x\":{\"parameters\":[{\"$ref\":\"#/components/parameters/"
			"w\"}],\"post\":{\"operationId\":\"doIt\",\"x-role\":\"member\","
			"\"x-idempotent\":true,\"parameters\":[{\"name\":\"limit\",\"in\":\"query\",\"schema\":{"
			"\"type\":\"integer\",\"default\":7}}],"
			"\"requestBody\":{\"required\":true,\"content\":{\"application/"
			"json\":{\"schema\":{\"type\":\"object\"}}}}}}}",
			one);
	assert_non_null(operations);
	const struct operation *op = &operations->list[0];
	assert_string_equal(op->role, "member");
	assert_true(op->method == HTTP_POST && op->idempotent && op->body && op->body_required && !op->is_public);
	assert_int_equal(op->param_count, 2);
	assert_string_equal(op->params[0].place_name, "path.workspace_id");
	assert_true(op->params[0].kind == PARAM_TEXT && op->params[0].required);
	assert_string_equal(op->params[1].place_name, "query.limit");
	assert_true(op->params[1].kind == PARAM_INTEGER && op->params[1].fallback);
	assert_ptr_equal(op->handle, nothing);
}

static void
contracts_that_cannot_be_kept_are_refused_with_the_place(void **state)
{
	(void)state;
	static const struct {
		const char *paths, *place;
	} cases[] = {
		{"{\"/x\":{\"get\":{\"operationId\":\"other\",\"x-role\":\"public\"}}}", "other"},
		{"{}", "doIt"},
		{"{\"/x\":{\"get\":{\"operationId\":\"doIt\"}}}", "x-role"},
		{"{\"/x\":{\"get\":{\"operationId\":\"doIt\",\"x-role\":\"king\"}}}", "x-role"},
		{"{\"/x\":{\"get\":{\"operationId\":\"doIt\",\"x-role\":\"viewer\"}}}", "workspace"},
		{"{\"/x\":{\"get\":{\"x-role\":\"public\"}}}", "/paths/~1x/get"},
		{"{\"/x\":{\"brew\":{\"operationId\":\"doIt\",\"x-role\":\"public\"}}}", "/paths/~1x/brew"},
		{"{\"/x\":{\"get\":{\"operationId\":\"doIt\",\"x-role\":\"public\",\"parameters\":[{\"$ref\":\"#/"
		 "nowhere\"}]}}}",
			"/nowhere"},
		{"{\"/"
		 "x\":{\"get\":{\"operationId\":\"doIt\",\"x-role\":\"public\",\"parameters\":[{\"name\":\"a\",\"in\":"
		 "\"cookie\",\"schema\":{}}]}}}",
			"/paths/~1x/get/parameters/0"},
		{"{\"/"
		 "x\":{\"post\":{\"operationId\":\"doIt\",\"x-role\":\"public\",\"requestBody\":{\"content\":{\"text/"
		 "plain\":{}}}}}}",
			"/paths/~1x/post"},
		{"{\"/"
		 "x\":{\"post\":{\"operationId\":\"doIt\",\"x-role\":\"public\",\"requestBody\":{\"content\":{"
		 "\"application/json\":{\"schema\":"
		 "{\"type\":\"objct\"}}}}}}}",
			"/paths/~1x/post/requestBody"},
		{"{\"/"
		 "x\":{\"post\":{\"operationId\":\"doIt\",\"x-role\":\"public\",\"requestBody\":{\"content\":{"
		 "\"application/json\":{\"schema\":"
		 "{\"neverHeardOf\":1}}}}}}}",
			"/paths/~1x/post/requestBody"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (compile(cases[i].paths, one))
			fail_msg("taken: %s", cases[i].paths);
		if (!strstr(err.message, cases[i].place))
			fail_msg("%s does not name %s", err.message, cases[i].place);
	}
}

static void
what_the_live_server_serves_is_left_out(void **state)
{
	(void)state;
	static const struct route none[] = {{NULL, NULL}};
	struct operations *operations = compile(
		"{\"/x\":{\"get\":{\"operationId\":\"watch\",\"x-role\":\"public\",\"x-server\":\"live\"}}}", none);
	assert_non_null(operations);
	assert_int_equal(operations->count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(our_own_contract_has_a_handler_for_every_route_and_the_other_way_round,
			arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(an_operation_is_taken_as_it_is_described, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(
			contracts_that_cannot_be_kept_are_refused_with_the_place, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(what_the_live_server_serves_is_left_out, arena_setup, arena_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
