/* Passwords, their slots across processes, and token hashes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/password.h"
#include "crypto/password_rules.h"
#include "crypto/token.h"

#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int
start(void **state)
{
	(void)state;
	struct err err = {0};
	return crypto_start(&err) ? 0 : -1;
}

static void
a_password_is_known_again_and_no_other_is(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct err err = {0};
	char *hash, *other;
	assert_true(password_hash(arena, STR("Grüße 世界"), &hash, &err));
	assert_memory_equal(hash, "$argon2id$v=19$m=65536,t=2,p=1$", 31);
	assert_true(password_verify(hash, STR("Grüße 世界")));
	assert_false(password_verify(hash, STR("Grüße 世")));
	assert_false(password_verify(hash, STR("")));
	assert_true(password_hash(arena, STR("Grüße 世界"), &other, &err));
	assert_string_not_equal(hash, other);
	assert_false(password_verify("nonsense", STR("x")));
	assert_false(password_verify(NULL, STR("x")));
	arena_free(arena);
}

static void
too_long_and_empty_passwords_are_refused(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct err err = {0};
	char *hash = NULL, *text = arena_alloc(arena, 1025);
	memset(text, 'x', 1025);
	assert_false(password_hash(arena, (struct str){text, 1025}, &hash, &err));
	assert_int_equal(err.code, ERR_INVALID);
	assert_false(password_hash(arena, STR(""), &hash, &err));
	assert_null(hash);
	arena_free(arena);
}

static void
nobody_is_never_let_in(void **state)
{
	(void)state;
	assert_false(password_verify_nobody(STR("demo")));
	assert_false(password_verify_nobody(STR("")));
}

/* In a child: takes a slot, tells so, and keeps it until it is killed. */
static pid_t
holder(struct password_slots *slots)
{
	int ready[2];
	char c;
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		c = password_slot_take(slots, NULL) ? 'y' : 'n';
		if (write(ready[1], &c, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	assert_int_equal(c, 'y');
	return pid;
}

static void
end(pid_t pid)
{
	int status;
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

static void
a_killed_holder_s_slot_comes_back(void **state)
{
	(void)state;
	struct password_slots *slots = password_slots_new(2, 1);
	struct err err = {0};
	pid_t first = holder(slots), second = holder(slots);
	assert_false(password_slot_take(slots, &err));
	assert_int_equal(err.code, ERR_RATE_LIMITED);
	assert_true(err.retry_after_seconds > 0);
	end(first);
	assert_true(password_slot_take(slots, &err));
	password_slot_give(slots);
	pid_t third = holder(slots); /* the slot is whole again, also for others */
	assert_false(password_slot_take(slots, &err));
	struct password_slots *no_places = password_slots_new(1, 0);
	pid_t only = holder(no_places);
	assert_false(password_slot_take(no_places, &err));
	assert_int_equal(err.code, ERR_RATE_LIMITED);
	end(only);
	end(second);
	end(third);
	for (int i = 0; i < 5; i++) {
		assert_true(password_slot_take(slots, &err));
		password_slot_give(slots);
	}
	password_slot_give(slots); /* more often than taken does no harm */
}

static void
a_token_s_hash_is_blake2b_and_its_own(void **state)
{
	(void)state;
	unsigned char a[TOKEN_HASH_SIZE], b[TOKEN_HASH_SIZE];
	char text[65];
	token_hash(STR("abc"), a);
	token_hash(STR("abd"), b);
	assert_memory_not_equal(a, b, sizeof a);
	sodium_bin2hex(text, sizeof text, a, sizeof a);
	assert_string_equal(text, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

static void
weak_passwords_are_told_from_good_ones(void **state)
{
	(void)state;
	const struct str email = STR("Ada.Lovelace@example.org");
	static const char *const weak[] = {"ada.lovelace@EXAMPLE.org", "ADA.LOVELACE", "password123", "PassWord123",
		"qwertyuiop", "aaaaaaaaaaaa", "ababababab"};
	static const char *const good[] = {"correct horse battery staple", "ada.lovelace@example.orgX", "abcabcabcabc",
		"password123 is weak", "zwölf Boxkämpfer"};
	for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++)
		if (!password_weakness(str_of(weak[i]), email))
			fail_msg("taken: %s", weak[i]);
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		if (password_weakness(str_of(good[i]), email))
			fail_msg("refused: %s", good[i]);
	assert_null(password_weakness(STR("something long"), STR("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_password_is_known_again_and_no_other_is),
		cmocka_unit_test(weak_passwords_are_told_from_good_ones),
		cmocka_unit_test(too_long_and_empty_passwords_are_refused),
		cmocka_unit_test(nobody_is_never_let_in),
		cmocka_unit_test(a_killed_holder_s_slot_comes_back),
		cmocka_unit_test(a_token_s_hash_is_blake2b_and_its_own),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
