/*
 * A fuzz target without a fuzzer: the corpus, and what chance makes of it, always the same. It is linked with one target and
 * runs among the unit tests, with the sanitizers when they are on; tests/fuzz/run looks further, with libFuzzer.
 *
 * REPLAY_ROUNDS in the environment says how many inputs are made up; REPLAY_SEED chooses others.
 */
#include "base/buf.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#ifndef ROUNDS
#define ROUNDS 20000
#endif
#define INPUT_MOST 8192
#define FILES_MOST 256

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct buf corpus[FILES_MOST];
static unsigned count;
static uint64_t chance;

static unsigned
below(size_t n)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return n > 0 ? (unsigned)(chance % n) : 0;
}

static unsigned
number_of(const char *variable, unsigned otherwise)
{
	const char *text = getenv(variable);
	return text && *text ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

static void
read_corpus(void)
{
	struct dirent **entries;
	int n = scandir(CORPUS, &entries, NULL, alphasort);
	if (n < 0)
		fail_msg("%s cannot be read", CORPUS);
	for (int i = 0; i < n; i++) {
		char path[4096];
		snprintf(path, sizeof path, "%s/%s", CORPUS, entries[i]->d_name);
		int fd = entries[i]->d_name[0] == '.' || count == FILES_MOST ? -1 : open(path, O_RDONLY | O_CLOEXEC);
		free(entries[i]);
		if (fd < 0)
			continue;
		struct buf *file = &corpus[count++];
		buf_init(file, INPUT_MOST);
		char *room = buf_extend(file, INPUT_MOST);
		ssize_t length = read(fd, room, INPUT_MOST);
		file->n = length > 0 ? (size_t)length : 0;
		close(fd);
	}
	free(entries);
	assert_true(count > 0);
}

/* Copied, so that the sanitizers see a read past the end. */
static void
try(const struct buf *input)
{
	uint8_t *bytes = malloc(input->n ? input->n : 1);
	assert_non_null(bytes);
	memcpy(bytes, buf_str(input).p, input->n);
	LLVMFuzzerTestOneInput(bytes, input->n);
	free(bytes);
}

static void
change(struct buf *input)
{
	static const char *const pieces[] = {"{", "}", "[", "]", "\"", "\\", "#", ":", ",", "0", "-1", "1e99", "null",
		"\xff", "\xe2\x82\xac", "\\u0000", "*", "(", "&a ", "\n", "$ref"};
	size_t at = below(input->n + 1), n = below(input->n - at + 1);
	const struct buf *other = &corpus[below(count)];
	struct buf made;
	buf_init(&made, INPUT_MOST);
	buf_add(&made, buf_str(input).p, at);
	switch (below(5)) {
	case 0: /* left out */
		at += n < 16 ? n : below(16);
		break;
	case 1: /* a piece of syntax */
		buf_add_z(&made, pieces[below(sizeof pieces / sizeof pieces[0])]);
		break;
	case 2: /* another byte */
		buf_add_char(&made, (char)below(256));
		at += at < input->n;
		break;
	case 3: { /* part of another file */
		size_t from = below(other->n + 1);
		buf_add(&made, buf_str(other).p + from, below(other->n - from + 1));
		break;
	}
	default: /* twice */
		buf_add(&made, buf_str(input).p + at, n);
	}
	at = at < input->n ? at : input->n;
	buf_add(&made, buf_str(input).p + at, input->n - at);
	buf_clear(input);
	buf_add(input, buf_str(&made).p, made.n);
	buf_release(&made);
}

static void
the_corpus(void **state)
{
	(void)state;
	read_corpus();
	for (unsigned i = 0; i < count; i++)
		try(&corpus[i]);
}

static void
what_chance_makes_of_it(void **state)
{
	(void)state;
	unsigned rounds = number_of("REPLAY_ROUNDS", ROUNDS);
	chance = UINT64_C(0x9e3779b97f4a7c15) ^ number_of("REPLAY_SEED", 1);
	for (unsigned i = 0; i < rounds; i++) {
		struct buf input;
		const struct buf *from = &corpus[below(count)];
		buf_init(&input, INPUT_MOST);
		buf_add(&input, buf_str(from).p, from->n);
		for (unsigned k = 1 + below(4); k > 0; k--)
			change(&input);
		try(&input);
		buf_release(&input);
	}
	for (unsigned i = 0; i < count; i++)
		buf_release(&corpus[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_corpus),
		cmocka_unit_test(what_chance_makes_of_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
