/* Sealing to the executors' key, and the file that opens it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/password.h"
#include "crypto/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/stepmill-seal-XXXXXX";
static char path[64], other_path[64];

static int
start(void **state)
{
	(void)state;
	struct err err = {0};
	if (!crypto_start(&err) || !mkdtemp(directory))
		return -1;
	snprintf(path, sizeof path, "%s/key", directory);
	snprintf(other_path, sizeof other_path, "%s/other", directory);
	return seal_key_create(path, SEAL_OF_EXECUTORS, &err) && seal_key_create(other_path, SEAL_OF_EXECUTORS, &err)
		       ? 0
		       : -1;
}

static int
end(void **state)
{
	(void)state;
	unlink(path);
	unlink(other_path);
	return rmdir(directory);
}

static struct seal_key *
key_of(const char *file)
{
	struct seal_key *key;
	struct err err = {0};
	assert_true(seal_key_read(file, SEAL_OF_EXECUTORS, &key, &err));
	return key;
}

static void
what_was_sealed_opens_with_the_file_alone(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct err err = {0};
	struct seal_key *key = key_of(path), *other = key_of(other_path);
	struct seal_public public;
	struct secret *secret = NULL;
	struct id here = id_new();
	struct str sealed, again, value = {"a\0b, Grüße", 12};
	seal_key_public(key, &public);
	assert_true(seal(arena, &public, here, STR("KEY"), value, &sealed, &err));
	assert_true(seal(arena, &public, here, STR("KEY"), value, &again, &err));
	assert_false(str_eq(sealed, again));
	assert_null(memmem(sealed.p, sealed.n, value.p, value.n));
	assert_true(seal_open(key, here, STR("KEY"), sealed, &secret, &err));
	assert_true(str_eq(secret_text(secret), value));
	secret_free(secret);
	assert_false(seal_open(other, here, STR("KEY"), sealed, &secret, &err));
	seal_key_free(key);
	seal_key_free(other);
	arena_free(arena);
}

static void
it_opens_in_its_own_place_alone_and_undamaged(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct err err = {0};
	struct seal_key *key = key_of(path);
	struct seal_public public;
	struct secret *secret = NULL;
	struct id here = id_new();
	struct str sealed;
	seal_key_public(key, &public);
	assert_true(seal(arena, &public, here, STR("KEY"), STR("value"), &sealed, &err));
	assert_false(seal_open(key, id_new(), STR("KEY"), sealed, &secret, &err));
	assert_false(seal_open(key, here, STR("KEYv"), sealed, &secret, &err));
	assert_false(seal_open(key, here, STR("KE"), sealed, &secret, &err));
	for (size_t cut = 0; cut < sealed.n; cut++)
		assert_false(seal_open(key, here, STR("KEY"), (struct str){sealed.p, cut}, &secret, &err));
	char *bytes = arena_alloc(arena, sealed.n);
	memcpy(bytes, sealed.p, sealed.n);
	bytes[sealed.n / 2] = (char)(bytes[sealed.n / 2] ^ 1);
	assert_false(seal_open(key, here, STR("KEY"), (struct str){bytes, sealed.n}, &secret, &err));
	assert_int_equal(err.code, ERR_INVALID);
	assert_null(secret);
	seal_key_free(key);
	arena_free(arena);
}

static void
a_secret_may_be_empty_and_long_and_no_longer(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct err err = {0};
	struct seal_key *key = key_of(path);
	struct seal_public public;
	struct secret *secret;
	struct id here = id_new();
	struct str sealed;
	char *text = arena_alloc(arena, SECRET_MAX + 1);
	memset(text, 'x', SECRET_MAX + 1);
	seal_key_public(key, &public);
	const size_t lengths[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, SECRET_MAX};
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		assert_true(seal(arena, &public, here, STR("K"), (struct str){text, lengths[i]}, &sealed, &err));
		assert_true(seal_open(key, here, STR("K"), sealed, &secret, &err));
		assert_int_equal(secret_text(secret).n, lengths[i]);
		assert_int_equal((uintptr_t)secret % sizeof(size_t), 0);
		secret_free(secret);
	}
	assert_false(seal(arena, &public, here, STR("K"), (struct str){text, SECRET_MAX + 1}, &sealed, &err));
	assert_false(seal(arena, &public, here, STR(""), STR("x"), &sealed, &err));
	seal_key_free(key);
	arena_free(arena);
}

static void
the_file_is_its_owners_alone_and_is_never_replaced(void **state)
{
	(void)state;
	struct err err = {0};
	struct seal_key *key;
	struct stat stat_;
	assert_int_equal(stat(path, &stat_), 0);
	assert_int_equal(stat_.st_mode & 0777, 0600);
	assert_false(seal_key_create(path, SEAL_OF_EXECUTORS, &err));
	assert_int_equal(err.code, ERR_CONFLICT);
	assert_int_equal(chmod(other_path, 0640), 0);
	assert_false(seal_key_read(other_path, SEAL_OF_EXECUTORS, &key, &err));
	assert_int_equal(err.code, ERR_FORBIDDEN);
	assert_int_equal(chmod(other_path, 0600), 0);
	assert_int_equal(truncate(other_path, 20), 0);
	assert_false(seal_key_read(other_path, SEAL_OF_EXECUTORS, &key, &err));
	assert_int_equal(err.code, ERR_MALFORMED);
	assert_false(seal_key_read("/nowhere/key", SEAL_OF_EXECUTORS, &key, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void
the_id_of_a_key_is_the_same_wherever_it_is_made(void **state)
{
	(void)state;
	struct seal_key *one = key_of(path), *two = key_of(path);
	struct seal_public a, b;
	seal_key_public(one, &a);
	seal_key_public(two, &b);
	assert_true(id_eq(a.id, b.id));
	assert_true(id_eq(a.id, seal_public_of(a.key).id));
	seal_key_free(one);
	seal_key_free(two);
}

static void
a_key_for_hashes_is_of_its_file_workspace_and_name(void **state)
{
	(void)state;
	struct seal_key *one = key_of(path), *same = key_of(path), *other = key_of(other_path);
	struct id here = id_new(), there = id_new();
	unsigned char keys[5][SEAL_HASH_KEY_SIZE];
	seal_hash_key(one, here, STR("a"), keys[0]);
	seal_hash_key(same, here, STR("a"), keys[1]);
	seal_hash_key(other, here, STR("a"), keys[2]);
	seal_hash_key(one, there, STR("a"), keys[3]);
	seal_hash_key(one, here, STR("b"), keys[4]);
	assert_memory_equal(keys[0], keys[1], SEAL_HASH_KEY_SIZE);
	for (size_t i = 2; i < 5; i++)
		for (size_t j = 1; j < i; j++)
			assert_memory_not_equal(keys[i], keys[j], SEAL_HASH_KEY_SIZE);
	seal_key_free(one);
	seal_key_free(same);
	seal_key_free(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_sealed_opens_with_the_file_alone),
		cmocka_unit_test(it_opens_in_its_own_place_alone_and_undamaged),
		cmocka_unit_test(a_secret_may_be_empty_and_long_and_no_longer),
		cmocka_unit_test(the_id_of_a_key_is_the_same_wherever_it_is_made),
		cmocka_unit_test(a_key_for_hashes_is_of_its_file_workspace_and_name),
		cmocka_unit_test(the_file_is_its_owners_alone_and_is_never_replaced),
	};
	return cmocka_run_group_tests(tests, start, end);
}
