/* A job for a box, packed and unpacked; whatever else comes is none. */
#include "../support.h"

#include "box/box.h"

static const char *const arguments[] = {"sh", "-c", "", "a b\n", NULL};
static const char *const environment[] = {"A=1", "B=", NULL};
static const struct box_job job = {.level = BOX_BARE,
	.uid = 65534,
	.gid = 1,
	.memory_mb = 1024,
	.processes = 64,
	.disk_mb = INT64_MAX,
	.cpu_seconds = 900,
	.network = true,
	.network_mb = 7,
	.allow_address = "10.0.0.0/8:80",
	.directory = "app/web",
	.arguments = arguments,
	.environment = environment};

static void
what_is_packed_comes_out(void **state)
{
	(void)state;
	struct box_job got;
	assert_true(box_job_unpack(arena, box_job_pack(arena, &job), &got));
	assert_int_equal(got.level, BOX_BARE);
	assert_int_equal(got.uid, 65534);
	assert_int_equal(got.gid, 1);
	assert_int_equal(got.memory_mb, 1024);
	assert_int_equal(got.processes, 64);
	assert_true(got.disk_mb == INT64_MAX);
	assert_int_equal(got.cpu_seconds, 900);
	assert_true(got.network);
	assert_int_equal(got.network_mb, 7);
	assert_string_equal(got.allow_address, "10.0.0.0/8:80");
	assert_string_equal(got.directory, "app/web");
	for (int i = 0; arguments[i]; i++)
		assert_string_equal(got.arguments[i], arguments[i]);
	assert_null(got.arguments[4]);
	assert_string_equal(got.environment[1], "B=");
	assert_null(got.environment[2]);
}

static void
a_part_or_more_is_none(void **state)
{
	(void)state;
	struct str packed = box_job_pack(arena, &job);
	struct box_job got;
	for (size_t n = 0; n < packed.n; n++)
		assert_false(box_job_unpack(arena, (struct str){packed.p, n}, &got));
	char *more = arena_alloc(arena, packed.n + 1);
	memcpy(more, packed.p, packed.n);
	assert_false(box_job_unpack(arena, (struct str){more, packed.n + 1}, &got));
	assert_false(box_job_unpack(arena, STR("1\0x\0"), &got));
}

static void
one_without_a_program_or_too_large_is_none(void **state)
{
	(void)state;
	static const char *const none[] = {NULL};
	struct box_job other = job, got;
	other.arguments = none;
	assert_false(box_job_unpack(arena, box_job_pack(arena, &other), &got));
	char *large = arena_alloc(arena, 3 * BOX_STRINGS_MAX);
	memset(large, 'x', 3 * BOX_STRINGS_MAX - 1);
	const char *const much[] = {large, NULL};
	other.arguments = much;
	assert_null(box_job_pack(arena, &other).p);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_is_packed_comes_out),
		TEST(a_part_or_more_is_none),
		TEST(one_without_a_program_or_too_large_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
