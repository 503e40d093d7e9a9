/* The page that people read the contract on, /api/docs; made at build time by scripts/gen-reference. */
#ifndef STEPMILL_API_REFERENCE_H
#define STEPMILL_API_REFERENCE_H

#include "base/str.h"

extern const struct str reference_page, reference_style, reference_script;

#endif
