/*
 * Rows below a head, in columns as wide as what is in them. What others wrote is made harmless. On a terminal the widest column that
 * may be cut (`cut`) gives way until a row fits.
 *
 *	static const char *const heads[] = {"STATUS", "NAME", NULL};
 *	struct table table;
 *	table_init(&table, arena, heads, 1);
 *	table_row(&table, (const char *[]){"completed", name});
 *	table_print(&table, cli);
 */
#ifndef STEPMILL_CLI_TABLE_H
#define STEPMILL_CLI_TABLE_H

#include "cli/cli.h"

#define TABLE_COLUMNS_MAX 12

struct table {
	struct arena *arena;
	const char *const *heads;
	unsigned columns, cut;
	const char **cells;
	unsigned count, room; /* of cells */
};

void table_init(struct table *table, struct arena *arena, const char *const *heads, unsigned cut);
void table_row(struct table *table, const char *const *cells); /* as many as there are heads; NULL is a dash */
void table_print(const struct table *table, const struct cli *cli);

#endif
