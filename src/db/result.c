/* Reading the results of a batch. All of them are text; the PGresults belong to the batch's arena. */
#include "db/batch.h"

#include <errno.h>
#include <stdlib.h>

static const PGresult *
result_of(const struct db_batch *batch, int index)
{
	if (batch->state != BATCH_DONE || index < 0 || index >= batch->count)
		return NULL;
	return batch->statements[index].result;
}

int
db_rows(const struct db_batch *batch, int index)
{
	const PGresult *result = result_of(batch, index);
	return result ? PQntuples(result) : 0;
}

bool
db_value(const struct db_batch *batch, int index, int row, int column, struct str *ret_value)
{
	const PGresult *result = result_of(batch, index);
	if (!result || row < 0 || row >= PQntuples(result) || column < 0 || column >= PQnfields(result) ||
		PQgetisnull(result, row, column))
		return false;
	*ret_value = (struct str){PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column)};
	return true;
}

bool
db_value_int(const struct db_batch *batch, int index, int row, int column, int64_t *ret_value)
{
	struct str s;
	if (!db_value(batch, index, row, column, &s) || s.n == 0)
		return false;
	char *end;
	errno = 0;
	long long value = strtoll(s.p, &end, 10);
	if (errno != 0 || end != s.p + s.n)
		return false;
	*ret_value = value;
	return true;
}

bool
db_value_bool(const struct db_batch *batch, int index, int row, int column, bool *ret_value)
{
	struct str s;
	if (!db_value(batch, index, row, column, &s) || (!str_is(s, "t") && !str_is(s, "f")))
		return false;
	*ret_value = s.p[0] == 't';
	return true;
}

bool
db_value_id(const struct db_batch *batch, int index, int row, int column, struct id *ret_value)
{
	struct str s;
	return db_value(batch, index, row, column, &s) && id_parse(s, ret_value);
}

int64_t
db_affected(const struct db_batch *batch, int index)
{
	const PGresult *result = result_of(batch, index);
	return result ? strtoll(PQcmdTuples((PGresult *)result), NULL, 10) : 0; /* PQcmdTuples only forgot the const */
}
