/* Housekeeping beside the work; see housekeep.h. */
#include "exec/housekeep.h"

#include "base/log.h"
#include "base/time.h"
#include "exec/executor.h"
#include "exec/fault_points.h"
#include "exec/places.h"
#include "store/executor.h"

#define ROUND_US ((int64_t)60000000)
#define DROP_US ((int64_t)3600000000)
#define PAUSE_US ((int64_t)100000) /* between two transactions of a round: others want the disk as well */
#define PLACES_MAX 500		   /* working directories a round */
#define REMOVED_MAX 16		   /* at once */
#define PURGE_ROWS 3000		   /* a transaction; some ten milliseconds */

static void begin(void *what);

static void
next(struct executor *ex, enum house_task task, int64_t pause_us)
{
	struct housekeeping *house = &ex->house;
	house->task = task;
	if (task == HOUSE_REST) {
		db_free(house->db);
		house->db = NULL;
	}
	timer_set(&ex->timers, &house->timer, boot_us() + pause_us, begin, ex);
}

static void
drop_batch(struct executor *ex)
{
	struct arena *arena = ex->house.arena;
	ex->house.arena = NULL;
	ex->house.batch = NULL;
	pool_give(&ex->pool, arena);
}

static int64_t
until_next_round(const struct executor *ex)
{
	return ex->house.more ? ROUND_US / 60 : ROUND_US;
}

static void
failed(struct executor *ex, const struct err *err)
{
	log_warn("housekeeping failed, will be tried again", LOG_STR("why", err->message),
		LOG_STR("detail", err->detail));
	drop_batch(ex);
	next(ex, HOUSE_REST, ROUND_US);
}

static void
remove_gone(struct executor *ex)
{
	int gone[REMOVED_MAX];
	unsigned count = places_gone(boxes_places(ex->boxes), gone, REMOVED_MAX);
	for (unsigned i = 0; i < count; i++)
		boxes_remove(ex->boxes, gone[i]);
	ex->house.more |= count == REMOVED_MAX;
}

static unsigned
seen_to(struct housekeeping *house, unsigned seen, unsigned count)
{
	house->more |= count == PLACES_MAX;
	return count == PLACES_MAX ? seen + PLACES_MAX : 0;
}

/* False: there is none. What was moved away before goes now. */
static bool
look_for_places(struct executor *ex)
{
	struct housekeeping *house = &ex->house;
	struct places *places = boxes_places(ex->boxes);
	remove_gone(ex);
	house->workspaces = arena_array(house->arena, PLACES_MAX, sizeof *house->workspaces);
	house->runs = arena_array(house->arena, PLACES_MAX, sizeof *house->runs);
	house->place_count = places_runs(places, house->places_seen, house->workspaces, house->runs, PLACES_MAX);
	house->places_seen = seen_to(house, house->places_seen, house->place_count);
	struct id *spaces = arena_array(house->arena, PLACES_MAX, sizeof *spaces);
	struct str *names = arena_array(house->arena, PLACES_MAX, sizeof *names);
	unsigned count = places_projects(places, house->arena, house->projects_seen, spaces, names, PLACES_MAX);
	house->projects_seen = seen_to(house, house->projects_seen, count);
	house->over = house->deserted = -1;
	if (house->place_count > 0)
		house->over = housekeeping_add_over(
			house->batch, house->arena, house->workspaces, house->runs, house->place_count);
	if (count > 0)
		house->deserted = housekeeping_add_deserted(house->batch, house->arena, spaces, names, count);
	return house->over >= 0 || house->deserted >= 0;
}

static void
part_with_run(struct executor *ex, struct id workspace, struct id run)
{
	char id[ID_TEXT_SIZE];
	id_text(run, id);
	if (!held_find(ex, workspace, run))
		places_part(boxes_places(ex->boxes), workspace, str_of(arena_printf(ex->house.arena, "runs/%s", id)));
}

static void
places_looked_at(struct executor *ex)
{
	struct housekeeping *house = &ex->house;
	struct id space;
	struct str name;
	int64_t at;
	for (int row = 0; house->over >= 0 && housekeeping_over(house->batch, house->over, row, &at); row++)
		if (at >= 0 && at < house->place_count)
			part_with_run(ex, house->workspaces[at], house->runs[at]);
	for (int row = 0;
		house->deserted >= 0 && housekeeping_deserted(house->batch, house->deserted, row, &space, &name); row++)
		places_part(boxes_places(ex->boxes), space,
			str_of(arena_printf(house->arena, "projects/%.*s", STR_ARG(name))));
	remove_gone(ex);
	drop_batch(ex);
	next(ex, HOUSE_PURGE, 0);
}

static void
begin(void *what)
{
	struct executor *ex = what;
	struct housekeeping *house = &ex->house;
	struct err err = {0};
	if (ex->state != EXECUTOR_RUNNING) {
		next(ex, HOUSE_REST, ROUND_US / 60);
		return;
	}
	if (house->task == HOUSE_REST) {
		house->task = HOUSE_MONTHS;
		house->more = false;
		house->db = db_new(ex->settings->db, "stepmill-executor housekeeping");
	}
	house->arena = pool_take(&ex->pool);
	house->batch = db_batch_new(house->db, house->arena);
	if (house->task == HOUSE_PLACES && !look_for_places(ex)) {
		drop_batch(ex);
		next(ex, HOUSE_PURGE, 0);
		return;
	}
	if (house->task == HOUSE_MONTHS)
		housekeeping_add_months(house->batch);
	else if (house->task == HOUSE_ORDER)
		housekeeping_add_order(house->batch);
	else if (house->task == HOUSE_PURGE)
		housekeeping_add_purge(house->batch, PURGE_ROWS);
	else if (house->task == HOUSE_DROP)
		housekeeping_add_drop(house->batch);
	bool refused = FAULT("exec.housekeeping");
	if (refused)
		err_set(&err, ERR_UNAVAILABLE, "A fault test refused this batch.");
	if (refused || !db_start(house->batch, &err)) {
		failed(ex, &err);
		return;
	}
	house->progress = DB_WAIT_WRITE;
	housekeep_advance(ex);
}

static void
purged(struct executor *ex)
{
	struct purged done = housekeeping_purged(ex->house.batch, 0);
	bool drop = boot_us() >= ex->house.next_drop_us;
	ex->house.expired += done.expired;
	ex->house.removed += done.removed;
	drop_batch(ex);
	if (done.busy)
		next(ex, HOUSE_PURGE, PAUSE_US);
	else
		next(ex, drop ? HOUSE_DROP : HOUSE_REST, drop ? 0 : until_next_round(ex));
}

static void
dropped(struct executor *ex)
{
	struct str name;
	bool busy, any = housekeeping_dropped(ex->house.batch, 0, &name, &busy);
	if (any) {
		ex->house.dropped++;
		log_info("partition dropped", LOG_STR("table", arena_strz(ex->tick, name)));
	} else if (!busy) {
		ex->house.next_drop_us = boot_us() + DROP_US;
	}
	drop_batch(ex);
	next(ex, any ? HOUSE_DROP : HOUSE_REST, any ? PAUSE_US : until_next_round(ex));
}

void
housekeep_advance(struct executor *ex)
{
	struct housekeeping *house = &ex->house;
	struct err err = {0};
	house->progress = db_advance(house->batch, &err);
	if (house->progress == DB_FAILED) {
		failed(ex, &err);
	} else if (house->progress == DB_DONE && house->task == HOUSE_MONTHS) {
		drop_batch(ex);
		next(ex, HOUSE_ORDER, 0);
	} else if (house->progress == DB_DONE && house->task == HOUSE_ORDER) {
		drop_batch(ex);
		next(ex, HOUSE_PLACES, 0);
	} else if (house->progress == DB_DONE && house->task == HOUSE_PLACES) {
		places_looked_at(ex);
	} else if (house->progress == DB_DONE) {
		house->task == HOUSE_PURGE ? purged(ex) : dropped(ex);
	}
}

void
housekeep_start(struct executor *ex)
{
	timer_set(&ex->timers, &ex->house.timer, boot_us(), begin, ex);
}

void
housekeep_release(struct executor *ex)
{
	if (ex->house.arena)
		drop_batch(ex);
	db_free(ex->house.db);
	ex->house.db = NULL;
}
