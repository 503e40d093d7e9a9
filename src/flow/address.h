/*
 * The address of a call, with templates in it. A template at its beginning gives it as it is; each further one is a value within
 * it, and stays one: whatever it holds cannot end the host, leave the path, add a parameter or cut anything off.
 */
#ifndef STEPMILL_FLOW_ADDRESS_H
#define STEPMILL_FLOW_ADDRESS_H

#include "json/json.h"

/* What is to be filled in instead of `text`: that itself, or a list of what stands literally and of templates, in turn. */
struct json *address_take_apart(struct arena *arena, struct str text);

/* The address that such a list has become; false: a value makes a part of its path "..". */
bool address_join(struct arena *arena, const struct json *filled, struct json **ret_address, struct err *err);

/* Whether a part of the path of this address, or of this path, is "." or "..". */
bool address_climbs(struct str text);

#endif
