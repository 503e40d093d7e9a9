/* Compiling and matching; regex_translate.c makes PCRE2's words of ECMAScript's. */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "json/regex.h"

#include "base/buf.h"

#include <pcre2.h>
#include <stdio.h>

#define TEXT_MOST 4096
#define TRANSLATED_MOST (TEXT_MOST * 64)

/*
 * An expression that tries everything is given up. What it may try grows with the text, so that plain repetition over a long
 * text is no reason; the upper bound is some tenths of a second.
 */
#define MATCH_LIMIT 100000
#define MATCH_LIMIT_A_BYTE 20
#define MATCH_LIMIT_MOST 4000000
#define HEAP_KIB 16384
#define JIT_STACK_FIRST (32 * 1024)
#define JIT_STACK_MOST (16 * 1024 * 1024) /* of addresses; memory only as far as a match goes back */
#define LONG_TEXT 4096

struct regex {
	pcre2_code *code;
	struct str source;
	bool used, compiled; /* by the JIT, when it is used again */
};

/* Of the process: programs have one thread, and matching is not entered twice. */
static pcre2_match_data *match_data;
static pcre2_match_context *match_context;

static void
prepare(void)
{
	if (match_data)
		return;
	match_data = pcre2_match_data_create(1, NULL);
	match_context = pcre2_match_context_create(NULL);
	pcre2_jit_stack *stack = pcre2_jit_stack_create(JIT_STACK_FIRST, JIT_STACK_MOST, NULL);
	if (!match_data || !match_context)
		out_of_memory();
	pcre2_set_heap_limit(match_context, HEAP_KIB);
	if (stack)
		pcre2_jit_stack_assign(match_context, NULL, stack);
}

static void
free_code(void *code)
{
	pcre2_code_free(code);
}

bool
regex_compile(struct arena *arena, struct str text, struct regex **ret_regex, char ret_why[REGEX_WHY_SIZE])
{
	const uint32_t options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALLOW_EMPTY_CLASS |
				 PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UCP;
	if (text.n > TEXT_MOST) {
		snprintf(ret_why, REGEX_WHY_SIZE, "It is longer than %d bytes.", TEXT_MOST);
		return false;
	}
	struct buf words;
	buf_init(&words, TRANSLATED_MOST);
	pcre2_code *code = NULL;
	if (regex_translate(text, &words, ret_why)) {
		int error;
		PCRE2_SIZE offset;
		code = pcre2_compile((PCRE2_SPTR)buf_str(&words).p, words.n, options, &error, &offset, NULL);
		char reason[100] = "";
		if (!code) {
			pcre2_get_error_message(error, (PCRE2_UCHAR *)reason, sizeof reason);
			snprintf(ret_why, REGEX_WHY_SIZE, "It cannot be read: %s.", reason);
		}
	}
	buf_release(&words);
	if (!code)
		return false;
	if (!arena) {
		pcre2_code_free(code);
		return true;
	}
	struct regex *regex = arena_new_of(arena, struct regex);
	regex->code = code;
	regex->source = text;
	arena_defer(arena, free_code, code);
	*ret_regex = regex;
	return true;
}

enum regex_result
regex_match(const struct regex *regex, struct str text)
{
	prepare();
	/* Most schemas of a request are used once, and the JIT takes longer than a few short texts. */
	if (!regex->compiled) {
		struct regex *own = (struct regex *)regex;
		if (own->used || text.n > LONG_TEXT) {
			pcre2_jit_compile(own->code, PCRE2_JIT_COMPLETE);
			own->compiled = true;
		}
		own->used = true;
	}
	uint64_t limit = MATCH_LIMIT + (uint64_t)text.n * MATCH_LIMIT_A_BYTE;
	pcre2_set_match_limit(match_context, limit < MATCH_LIMIT_MOST ? (uint32_t)limit : MATCH_LIMIT_MOST);
	const char *bytes = text.p ? text.p : "";
	int rc = pcre2_match(regex->code, (PCRE2_SPTR)bytes, text.n, 0, PCRE2_NO_UTF_CHECK, match_data, match_context);
	return rc >= 0 ? REGEX_MATCHES : rc == PCRE2_ERROR_NOMATCH ? REGEX_MISSES : REGEX_GIVES_UP;
}

struct str
regex_source(const struct regex *regex)
{
	return regex->source;
}

size_t
regex_size(const struct regex *regex)
{
	size_t size = 0;
	pcre2_pattern_info(regex->code, PCRE2_INFO_SIZE, &size);
	return size;
}
