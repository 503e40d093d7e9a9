/*
 * The official cases of JSON Schema: 2020-12 from suite-2020-12/ beside this file, draft 7 from Debian's package
 * json-schema-test-suite. All mandatory ones; of the optional ones of draft 7, formats, big numbers and ECMAScript's
 * expressions. Where the package is missing, draft 7 is skipped, and says so.
 *
 * STEPMILL_SCHEMA_SUITE names another copy of the official repository, whose optional cases are then run too.
 */
#include "../support.h"

#include "json/schema.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEBIAN "/usr/share/json-schema-test-suite"

static const struct json_limits limits = {.bytes = 1 << 24, .depth = 100, .nodes = 1000000};

static struct schema_document documents[512];
static size_t document_count;

static const struct json *
read_file(const char *path)
{
	struct buf text;
	struct json *doc;
	struct err err = {0};
	char chunk[65536];
	buf_init(&text, limits.bytes);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail_msg("%s cannot be opened", path);
	for (ssize_t n; (n = read(fd, chunk, sizeof chunk)) > 0;)
		buf_add(&text, chunk, (size_t)n);
	close(fd);
	if (!json_read_with_nul(arena, arena_str(arena, buf_str(&text)), &limits, &doc, &err))
		fail_msg("%s:%u:%u: %s", path, err.line, err.column, err.message);
	buf_release(&text);
	return doc;
}

/* ---- the remote documents ---- */

static size_t remotes_length;

static int
add_remote(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)ftw;
	size_t n = strlen(path);
	if (type != FTW_F || n < 5 || strcmp(path + n - 5, ".json") != 0)
		return 0;
	assert_true(document_count < sizeof documents / sizeof documents[0]);
	documents[document_count++] = (struct schema_document){
		str_of(arena_printf(arena, "http://localhost:1234%s", path + remotes_length)), read_file(path)};
	return 0;
}

static void
read_remotes(const char *directory)
{
	document_count = 0;
	remotes_length = strlen(directory);
	nftw(directory, add_remote, 16, FTW_PHYS);
}

/* ---- cases ---- */

struct counts {
	unsigned cases, wrong;
	bool broken; /* a schema could not be compiled */
};

static void
count_issue(void *to, const struct schema_issue *issue)
{
	unsigned *count = to;
	++*count;
	if (!issue->message[0] || issue->schema_path[0] == '\0' || strlen(issue->message) < 8)
		fail_msg("an issue says nothing: %s %s", issue->schema_path, issue->message);
}

static void
run_group(const char *file, const struct json *group, const struct schema_options *options, struct counts *counts)
{
	struct schema *schema;
	struct err err = {0};
	struct str about = STR(""), what = STR("");
	json_get_str(group, "description", &about);
	if (!schema_compile_with(arena, json_get(group, "schema"), "", options, &schema, &err)) {
		print_error("%s: %.*s: %s\n", file, STR_ARG(about), err.message);
		counts->wrong += json_get(group, "tests")->count;
		return;
	}
	json_each (test, json_get(group, "tests")) {
		bool valid = false;
		unsigned issues = 0;
		json_get_bool(test, "valid", &valid);
		json_get_str(test, "description", &what);
		err_clear(&err);
		bool found = schema_check(schema, json_get(test, "data"), "", &err);
		bool each = schema_check_each(schema, json_get(test, "data"), count_issue, &issues, &err);
		bool mute = schema_check(schema, json_get(test, "data"), "", NULL);
		counts->cases++;
		/* All three ways of asking agree, and a refusal names a place. */
		if (found == valid && each == valid && mute == valid && (valid == (issues == 0)) &&
			valid == (err.issue_count == 0))
			continue;
		counts->wrong++;
		print_error("%s: %.*s: %.*s: should be %s (%s)\n", file, STR_ARG(about), STR_ARG(what),
			valid ? "valid" : "invalid", err.issue_count ? err.issues[0].message : err.message);
	}
}

static void
run_file(const char *path, const struct schema_options *options, struct counts *counts)
{
	const struct json *groups = read_file(path);
	json_each (group, groups)
		run_group(path, group, options, counts);
}

static void
run_directory(const char *directory, struct schema_options options, struct counts *counts)
{
	struct dirent **entries;
	options.documents = documents;
	options.document_count = document_count;
	int n = scandir(directory, &entries, NULL, alphasort);
	if (n < 0)
		fail_msg("%s cannot be read", directory);
	for (int i = 0; i < n; i++) {
		size_t length = strlen(entries[i]->d_name);
		if (length > 5 && strcmp(entries[i]->d_name + length - 5, ".json") == 0)
			run_file(arena_printf(arena, "%s/%s", directory, entries[i]->d_name), &options, counts);
		free(entries[i]);
	}
	free(entries);
}

static void
must_be_right(const char *what, const struct counts *counts, unsigned least)
{
	print_message("%s: %u cases, %u wrong\n", what, counts->cases, counts->wrong);
	assert_int_equal(counts->wrong, 0);
	assert_true(counts->cases >= least);
}

/* ---- tests ---- */

static void
every_mandatory_case_of_2020_12(void **state)
{
	(void)state;
	struct counts counts = {0};
	read_remotes(SUITES "/suite-2020-12/remotes");
	run_directory(
		SUITES "/suite-2020-12/tests/draft2020-12", (struct schema_options){.draft = SCHEMA_2020_12}, &counts);
	must_be_right("2020-12", &counts, 1290);
}

static void
need_debian(void)
{
	if (access(DEBIAN "/tests/draft7", R_OK) == 0)
		return;
	print_message("SKIPPED: draft 7 was not tested. The Debian package json-schema-test-suite is not installed.\n");
	skip();
}

static void
every_mandatory_case_of_draft_7(void **state)
{
	(void)state;
	struct counts counts = {0};
	need_debian();
	read_remotes(DEBIAN "/remotes");
	run_directory(DEBIAN "/tests/draft7", (struct schema_options){.draft = SCHEMA_DRAFT_7}, &counts);
	must_be_right("draft 7", &counts, 400);
}

static void
optional_cases_of_draft_7(void **state)
{
	(void)state;
	struct counts counts = {0};
	const struct schema_options options = {.draft = SCHEMA_DRAFT_7, .formats = true};
	need_debian();
	run_directory(DEBIAN "/tests/draft7/optional/format", options, &counts);
	run_file(DEBIAN "/tests/draft7/optional/bignum.json", &options, &counts);
	run_file(DEBIAN "/tests/draft7/optional/ecmascript-regex.json", &options, &counts);
	run_file(DEBIAN "/tests/draft7/optional/zeroTerminatedFloats.json", &options, &counts);
	must_be_right("draft 7, optional", &counts, 130);
}

/* Says how many are wrong, and which; not an error, for these are optional, and newer than what is here. */
static void
another_copy(void **state)
{
	(void)state;
	static const char *const drafts[] = {"draft2020-12", "draft7"};
	const char *suite = getenv("STEPMILL_SCHEMA_SUITE");
	if (!suite)
		return;
	read_remotes(arena_printf(arena, "%s/remotes", suite));
	for (size_t i = 0; i < 2; i++) {
		struct schema_options options = {.draft = i ? SCHEMA_DRAFT_7 : SCHEMA_2020_12};
		struct counts mandatory = {0}, optional = {0}, formats = {0};
		run_directory(arena_printf(arena, "%s/tests/%s", suite, drafts[i]), options, &mandatory);
		run_directory(arena_printf(arena, "%s/tests/%s/optional", suite, drafts[i]), options, &optional);
		options.formats = true;
		run_directory(arena_printf(arena, "%s/tests/%s/optional/format", suite, drafts[i]), options, &formats);
		print_message("%s: mandatory %u of %u wrong, optional %u of %u, formats %u of %u\n", drafts[i],
			mandatory.wrong, mandatory.cases, optional.wrong, optional.cases, formats.wrong, formats.cases);
		assert_int_equal(mandatory.wrong, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_mandatory_case_of_2020_12, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(every_mandatory_case_of_draft_7, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(optional_cases_of_draft_7, arena_setup, arena_teardown),
		cmocka_unit_test_setup_teardown(another_copy, arena_setup, arena_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
