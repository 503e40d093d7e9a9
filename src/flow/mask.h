/*
 * Secrets in what is recorded. A secret's value, and what filters make of it, becomes •••NAME•••: the value itself, without the blanks around it and
 * each long line of it; in small and capital letters; reversed; as JSON escapes it, once and twice; as addresses and forms encode it; in
 * base64 of both alphabets, wherever in a longer text it stood, and in hexadecimal, also of what JSON and addresses make of it.
 *
 *	struct mask *mask = mask_new(arena, secrets, count);            values are kept, not copied
 *	struct json *shown = mask_value(arena, mask, input, &patches);  the same tree when there is nothing to hide
 *	…
 *	mask_restore(arena, shown, patches, &input, &err);              whoever may see the patches gets it back
 *
 * What a person makes of a secret in other ways (every second letter, a sum) is not found: whoever writes a workflow is trusted with it.
 */
#ifndef STEPMILL_FLOW_MASK_H
#define STEPMILL_FLOW_MASK_H

#include "json/json.h"

#define MASK_LEAST 4 /* bytes: a shorter secret would be found everywhere */

struct mask_secret {
	struct str name, value;
};

struct mask;

bool mask_can_hide(struct str value); /* false: it is too short, without the blanks around it */

struct mask *mask_new(struct arena *arena, const struct mask_secret *secrets, unsigned count);

struct str mask_text(struct arena *arena, const struct mask *mask, struct str text);
/* `ret_patches`: a JSON array, or NULL when nothing was hidden; may be NULL itself. Keys and numbers are looked at, too. */
struct json *mask_value(
	struct arena *arena, const struct mask *mask, const struct json *value, struct json **ret_patches);
bool mask_restore(struct arena *arena, const struct json *value, const struct json *patches, struct json **ret_value,
	struct err *err);

/* Of a text of which more is to come: the bytes that can be masked and shown now, for no secret that goes on behind them begins in them. */
size_t mask_settled(const struct mask *mask, struct str text);

#endif
