/* Reading the installation's numbers; see metrics.h. */
#include "store/metrics.h"

#include "db/db.h"

bool
metrics_read(struct db *db, struct arena *arena, struct metric **ret_metrics, unsigned *ret_count, struct err *err)
{
	struct db_batch *batch = db_batch_new(db, arena);
	int index = db_add(batch, DB_METRICS_READ);
	if (!db_run(batch, err))
		return false;
	int rows = db_rows(batch, index);
	struct metric *metrics = arena_array(arena, (size_t)rows + 1, sizeof *metrics);
	for (int i = 0; i < rows; i++) {
		db_value(batch, index, i, 0, &metrics[i].name);
		db_value(batch, index, i, 1, &metrics[i].label);
		db_value(batch, index, i, 2, &metrics[i].value);
		db_value(batch, index, i, 3, &metrics[i].number);
	}
	*ret_metrics = metrics;
	*ret_count = (unsigned)rows;
	return true;
}
