/* Lists of runs as people read them. */
#ifndef STEPMILL_CLI_RUN_FACTS_H
#define STEPMILL_CLI_RUN_FACTS_H

#include "cli/table.h"
#include "json/json.h"

void run_facts_init(struct table *table, struct arena *arena);
void run_facts_row(struct table *table, const struct json *run, int64_t now_us); /* RunFacts of the contract */

#endif
