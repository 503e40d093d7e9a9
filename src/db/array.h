/* How an array looks on the wire; inside of src/db and its test only. */
#ifndef STEPMILL_DB_ARRAY_H
#define STEPMILL_DB_ARRAY_H

#include "db/db.h"

/* PostgreSQL's binary form; lives as long as the array does not grow. False: it grew past ARRAY_MAX bytes. */
bool array_binary(const struct db_array *array, struct str *ret_bytes);

#define ARRAY_MAX ((size_t)64 << 20)

#endif
