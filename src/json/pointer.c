/* RFC 6901. "~1" is a slash and "~0" a tilde; an index has no leading zero; "-" names nothing that exists. */
#include "json/json.h"

/* Does the escaped token spell this key? False for a token with a broken escape. */
static bool
token_is(struct str token, struct str key)
{
	size_t i = 0, k = 0;
	for (; i < token.n; i++, k++) {
		char c = token.p[i];
		if (c == '~') {
			i++;
			if (i >= token.n || (token.p[i] != '0' && token.p[i] != '1'))
				return false;
			c = token.p[i] == '0' ? '~' : '/';
		}
		if (k >= key.n || key.p[k] != c)
			return false;
	}
	return k == key.n;
}

static const struct json *
step(const struct json *at, struct str token)
{
	if (at->type == JSON_OBJECT) {
		json_each (member, at)
			if (token_is(token, member->key))
				return member;
		return NULL;
	}
	unsigned long long index;
	if (at->type != JSON_ARRAY || !str_to_u64(token, UINT32_MAX, &index) || (token.n > 1 && token.p[0] == '0'))
		return NULL;
	return json_at(at, (uint32_t)index);
}

const struct json *
json_pointer(const struct json *doc, struct str pointer)
{
	const struct json *at = doc;
	while (at && pointer.n > 0) {
		if (pointer.p[0] != '/')
			return NULL;
		pointer = (struct str){pointer.p + 1, pointer.n - 1};
		const char *slash = memchr(pointer.p, '/', pointer.n);
		struct str token = {pointer.p, slash ? (size_t)(slash - pointer.p) : pointer.n};
		pointer = (struct str){pointer.p + token.n, pointer.n - token.n};
		at = step(at, token);
	}
	return at;
}
