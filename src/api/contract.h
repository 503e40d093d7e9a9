/* openapi.yaml as JSON, made at build time by gen_contract. */
#ifndef STEPMILL_API_CONTRACT_H
#define STEPMILL_API_CONTRACT_H

#include <stddef.h>

extern const char contract_json[];
extern const size_t contract_json_length;

#endif
