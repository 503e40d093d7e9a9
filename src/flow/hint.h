/* What makes an error helpful: the name that was probably meant, the names there are, and texts cut to a readable
 * length. */
#ifndef STEPMILL_FLOW_HINT_H
#define STEPMILL_FLOW_HINT_H

#include "base/arena.h"

/* The first `bytes` of a text or fewer, never half a character. */
struct str hint_clip(struct str text, size_t bytes);

/* The candidate closest to `wanted` by edit distance, or an empty text when none is close. */
struct str hint_nearest(struct str wanted, const struct str *candidates, size_t count);

/* " Did you mean `x`?", or "" when nothing is close. */
const char *hint_did_you_mean(struct arena *arena, struct str wanted, const struct str *candidates, size_t count);

/* "a, b, c and 4 more": the first few, each cut. */
const char *hint_list(struct arena *arena, const struct str *names, size_t count);

#endif
