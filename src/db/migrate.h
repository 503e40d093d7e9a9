/*
 * Applies sql/migrations/NNNN_name.sql in order, each in a transaction, under an advisory lock, and records number,
 * name and checksum. Refuses a changed or missing file, and a database newer than the program. `directory` holds the
 * files; the last number the program knows is compiled in (DB_SCHEMA_VERSION in db/statements.h).
 */
#ifndef STEPMILL_DB_MIGRATE_H
#define STEPMILL_DB_MIGRATE_H

#include "db/db.h"

bool db_migrate(const char *conninfo, const char *directory, int *ret_applied, struct err *err);
bool db_schema_check(struct db *db, struct err *err); /* the schema is the one this program was built for */
bool db_schema_look(struct db *db, struct err *err);  /* the same, without waiting for a database that is away */

#endif
