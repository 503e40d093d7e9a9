/* Lists of runs; see run_facts.h. */
#include "cli/run_facts.h"

#include "cli/format.h"
#include "cli/progress.h"
#include "cli/view.h"

static const char *const heads[] = {"STATUS", "NAME", "STEPS", "STARTED", "TOOK", "COST", "RUN", NULL};

void
run_facts_init(struct table *table, struct arena *arena)
{
	table_init(table, arena, heads, 1);
}

static const char *
text_of(struct arena *arena, const struct json *object, const char *key)
{
	struct str text;
	return json_get_str(object, key, &text) ? arena_strz(arena, text) : NULL;
}

void
run_facts_row(struct table *table, const struct json *run, int64_t now_us)
{
	struct arena *arena = table->arena;
	const char *status = text_of(arena, run, "status");
	int64_t done = 0, all = 0, ms, created;
	double usd;
	struct str at;
	(void)json_get_int(run, "steps_done", &done);
	(void)json_get_int(run, "step_count", &all);
	bool dated = json_get_str(run, "created_at", &at) && format_parse_time(at, &created);
	table_row(
		table, (const char *[]){
			       status ? arena_printf(arena, "%s %s", view_sign(progress_mark(status)), status) : NULL,
			       text_of(arena, run, "name"),
			       arena_printf(arena, "%lld/%lld", (long long)done, (long long)all),
			       dated ? format_when(arena, created, now_us) : NULL,
			       json_get_int(run, "duration_ms", &ms) ? format_duration(arena, ms) : NULL,
			       json_get_double(run, "cost_usd", &usd) ? format_money(arena, (int64_t)(usd * 1e9 + 0.5))
								      : "unknown",
			       text_of(arena, run, "id"),
		       });
}
