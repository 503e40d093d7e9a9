/* Why a run is not moving; see diagnosis.h. */
#include "cli/diagnosis.h"

#include "cli/format.h"
#include "json/json.h"

static struct diagnosis
ended(struct arena *arena, const struct run_facts *f)
{
	const char *ago = format_duration(arena, f->finished_ago);
	struct json *error;
	struct str message;
	if (f->error && json_read(arena, str_of(f->error), &json_limits_stored, &error, NULL) &&
		json_get_str(error, "message", &message))
		return (struct diagnosis){DIAGNOSIS_ENDED, f->status,
			arena_printf(arena, "It has ended as %s, %s ago. %.*s", f->status, ago, STR_ARG(message))};
	return (struct diagnosis){
		DIAGNOSIS_ENDED, f->status, arena_printf(arena, "It has ended as %s, %s ago.", f->status, ago)};
}

/* "Step extract, attempt 2, has been running for 4 s." */
static const char *
step_sentence(struct arena *arena, const struct run_facts *f)
{
	if (!f->path || !f->step_status)
		return "It has not started a step yet.";
	const char *ago = format_duration(arena, f->step_started_ago);
	if (strcmp(f->step_status, "running") == 0)
		return arena_printf(
			arena, "Step %s, attempt %lld, has been running for %s.", f->path, (long long)f->attempt, ago);
	if (strcmp(f->step_status, "waiting") == 0)
		return arena_printf(arena, "Step %s waits for %s, since %s.", f->path,
			f->waiting_for ? f->waiting_for : "something", ago);
	return arena_printf(
		arena, "Its last step run, %s, attempt %lld, is %s.", f->path, (long long)f->attempt, f->step_status);
}

static struct diagnosis
held(struct arena *arena, const struct run_facts *f)
{
	if (f->holder && f->lease_left > 0)
		return (struct diagnosis){DIAGNOSIS_MOVING, "held",
			arena_printf(arena, "Executor %s holds it, with a lease for another %s. %s", f->holder,
				format_duration(arena, f->lease_left), step_sentence(arena, f))};
	const char *who = f->holder
				  ? arena_printf(arena, "Executor %s, which held it, has not renewed its lease for %s.",
					    f->holder, format_duration(arena, -f->lease_left))
				  : "The executor that held it is gone.";
	if (f->alive == 0)
		return (struct diagnosis){DIAGNOSIS_STUCK, "holder_dead_no_executor",
			arena_printf(arena, "%s No other is alive to take it over. Start stepmill-executor.", who)};
	return (struct diagnosis){DIAGNOSIS_MOVING, "holder_dead",
		arena_printf(arena, "%s Another takes it over within seconds. Executors alive: %lld.", who,
			(long long)f->alive)};
}

/* "concurrency workflow:0198…" → what it means, who has it, what to do. */
static struct diagnosis
blocked(struct arena *arena, const struct run_facts *f)
{
	const char *scope = strchr(f->blocked_by, ' ');
	const char *of = scope ? scope + 1 : f->blocked_by, *what, *held = "";
	if (strncmp(f->blocked_by, "money", 5) == 0)
		what = arena_printf(arena,
			"the limit of $%.2f for %s%s: $%.2f are spent, and up to $%.2f kept for calls under way",
			(double)f->limit_cap / 1e9, of,
			strncmp(of, "run:", 4) == 0 ? " and the runs that its steps start" : "",
			(double)f->limit_spent / 1e9, (double)f->limit_drawn / 1e9);
	else if (strncmp(f->blocked_by, "rate", 4) == 0)
		what = arena_printf(arena, "the limit of %lld calls in %s for %s", (long long)f->limit_cap,
			format_duration(arena, f->limit_period_ms), of);
	else
		what = arena_printf(arena, "the limit of %lld calls at once for %s", (long long)f->limit_cap, of);
	if (f->limit_holders && strncmp(f->blocked_by, "concurrency", 11) == 0)
		held = arena_printf(arena, " It is held by %s.", f->limit_holders);
	return (struct diagnosis){DIAGNOSIS_WAITING, "limit",
		arena_printf(arena,
			"Its next step has been waiting for %s, for %s.%s Runs before it: %lld. It goes on by itself; "
			"a "
			"higher limit lets it go on sooner.",
			what, format_duration(arena, f->blocked_for), held, (long long)f->limit_ahead)};
}

static struct diagnosis
unheld(struct arena *arena, const struct run_facts *f)
{
	if (f->alive == 0)
		return (struct diagnosis){DIAGNOSIS_STUCK, "no_executor",
			"No executor is alive, so nobody takes it. Start stepmill-executor."};
	if (f->planner > f->known_planner)
		return (struct diagnosis){DIAGNOSIS_STUCK, "planner_unknown",
			arena_printf(arena,
				"It was begun by planner %lld; the executors that are alive know planners up to %lld. "
				"Start one of the newer version.",
				(long long)f->planner, (long long)f->known_planner)};
	if (f->blocked_by)
		return blocked(arena, f);
	if (f->step_status && strcmp(f->step_status, "waiting") == 0)
		return (struct diagnosis){DIAGNOSIS_WAITING, "waiting", step_sentence(arena, f)};
	if (f->due_in > 0 && f->path && f->step_status && strcmp(f->step_status, "failed") == 0)
		return (struct diagnosis){DIAGNOSIS_WAITING, "waiting_for_retry",
			arena_printf(arena, "Attempt %lld of step %s failed; the next begins in %s.",
				(long long)f->attempt, f->path, format_duration(arena, f->due_in))};
	if (f->due_in > 0)
		return (struct diagnosis){DIAGNOSIS_WAITING, "not_due",
			arena_printf(arena, "It is not due for another %s. %s", format_duration(arena, f->due_in),
				step_sentence(arena, f))};
	if (f->ahead > 0)
		return (struct diagnosis){DIAGNOSIS_MOVING, "queued",
			arena_printf(arena,
				"It has been due for %s; runs due before it: %lld. Executors alive: %lld; "
				"more of them "
				"would be faster.",
				format_duration(arena, -f->due_in), (long long)f->ahead, (long long)f->alive)};
	return (struct diagnosis){DIAGNOSIS_MOVING, "due",
		arena_printf(arena, "It has been due for %s and is the next to be taken. Executors alive: %lld.",
			format_duration(arena, -f->due_in), (long long)f->alive)};
}

struct diagnosis
diagnose(struct arena *arena, const struct run_facts *f)
{
	struct diagnosis d;
	bool over = strcmp(f->status, "completed") == 0 || strcmp(f->status, "failed") == 0 ||
		    strcmp(f->status, "cancelled") == 0;
	if (over && !f->live)
		return ended(arena, f);
	if (!f->live)
		return (struct diagnosis){DIAGNOSIS_STUCK, "lost",
			"It has not ended, but has no row in run_live, so no executor sees it. That is an error of "
			"ours: report it."};
	d = f->held ? held(arena, f) : unheld(arena, f);
	if (over)
		d.text = arena_printf(
			arena, "It has ended as %s, and its next generation was asked for. %s", f->status, d.text);
	if (f->phase)
		d = (struct diagnosis){DIAGNOSIS_WAITING, "phase",
			arena_printf(arena,
				"It waits at the phase \"%s\", because its project lets a person begin each. "
				"\"stepmill run resume\", or Continue on its page, begins it.",
				f->phase)};
	else if (strcmp(f->status, "paused") == 0)
		d = (struct diagnosis){DIAGNOSIS_WAITING, "paused",
			arena_printf(arena, "A person has paused it. %s", f->held ? d.text : step_sentence(arena, f))};
	if (f->strikes > 0)
		d.text = arena_printf(
			arena, "%s Executors that died while they held it: %lld.", d.text, (long long)f->strikes);
	if (f->inbox)
		d.text = arena_printf(arena, "%s A request (%s) has been waiting for its holder for %s.", d.text,
			f->inbox, format_duration(arena, f->inbox_age));
	return d;
}
