/* What a definition looks like: the contract's WorkflowDefinition with all it refers to, as JSON, made at build time by gen_contract. */
#ifndef STEPMILL_FLOW_DEFINITION_SCHEMA_H
#define STEPMILL_FLOW_DEFINITION_SCHEMA_H

#include <stddef.h>

extern const char definition_schema_json[];
extern const size_t definition_schema_json_length;

#endif
