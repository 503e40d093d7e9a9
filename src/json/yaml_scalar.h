/* Plain scalars of YAML, resolved by the core schema. For yaml.c. */
#ifndef STEPMILL_JSON_YAML_SCALAR_H
#define STEPMILL_JSON_YAML_SCALAR_H

#include "base/arena.h"

#include <stdint.h>

enum yaml_kind {
	YAML_TEXT,
	YAML_NULL,
	YAML_TRUE,
	YAML_FALSE,
	YAML_NUMBER,	 /* ret_text: as JSON writes it */
	YAML_NOT_FINITE, /* .inf, .nan: JSON has none */
	YAML_TOO_LARGE	 /* hexadecimal or octal past 64 bits */
};

enum yaml_kind yaml_resolve(struct arena *arena, struct str text, struct str *ret_text);

#endif
