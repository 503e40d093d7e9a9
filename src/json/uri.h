/* RFC 3986: the parts of a URI reference, and what a reference means beside a base. */
#ifndef STEPMILL_JSON_URI_H
#define STEPMILL_JSON_URI_H

#include "base/arena.h"

struct uri {
	struct str scheme, authority, path, query, fragment; /* without their marks */
	bool has_scheme, has_authority, has_query, has_fragment;
};

/* Takes apart any text; whether its characters are allowed is not looked at. */
void uri_split(struct str text, struct uri *ret_uri);

/* `reference` beside `base`, dots resolved, without its fragment, which goes to ret_fragment as it is written. */
struct str uri_resolve(struct arena *arena, struct str base, struct str reference, struct str *ret_fragment);

/* "%41" → "A"; false when badly encoded. */
bool uri_decode(struct arena *arena, struct str text, struct str *ret_text);

#endif
