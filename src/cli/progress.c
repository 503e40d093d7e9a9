/* A run as it moves on; see progress.h. */
#include "cli/progress.h"

#include "cli/format.h"

#define TAIL_BYTES ((size_t)4096)

enum mark
progress_mark(const char *status)
{
	static const struct {
		const char *status;
		enum mark mark;
	} marks[] = {{"pending", MARK_PENDING}, {"running", MARK_RUNNING}, {"paused", MARK_WAITING},
		{"waiting", MARK_WAITING}, {"completed", MARK_COMPLETED}, {"failed", MARK_FAILED},
		{"skipped", MARK_SKIPPED}, {"cancelled", MARK_CANCELLED}, {"rolled_back", MARK_SKIPPED}};
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (strcmp(marks[i].status, status) == 0)
			return marks[i].mark;
	return MARK_PENDING;
}

static const char *
text_of(struct arena *arena, const struct json *object, const char *key)
{
	struct str text;
	return json_get_str(object, key, &text) ? arena_strz(arena, text) : NULL;
}

static int64_t
int_of(const struct json *object, const char *key, int64_t otherwise)
{
	int64_t value;
	return json_get_int(object, key, &value) ? value : otherwise;
}

static int64_t
time_of(const struct json *object, const char *key)
{
	struct str text;
	int64_t us;
	return json_get_str(object, key, &text) && format_parse_time(text, &us) ? us : 0;
}

static const char *
error_of(struct arena *arena, const struct json *object)
{
	const struct json *error = json_get(object, "error");
	return error ? text_of(arena, error, "message") : NULL;
}

/* The end of the text, whole characters only. */
static void
add_tail(struct progress_step *step, struct str text)
{
	step->characters += (int64_t)str_utf8_length(text);
	if (text.n > TAIL_BYTES)
		text = (struct str){text.p + text.n - TAIL_BYTES, TAIL_BYTES};
	buf_add_str(&step->tail, text);
	if (step->tail.n <= TAIL_BYTES)
		return;
	size_t cut = step->tail.n - TAIL_BYTES;
	while (cut < step->tail.n && ((unsigned char)step->tail.p[cut] & 0xc0) == 0x80)
		cut++;
	buf_drop_front(&step->tail, cut);
}

/* ---- rows ---- */

/* Whether `path` is inside of the group whose path is `outer`: review/grammar, each[3]/send. */
static bool
is_inside(const char *path, const char *outer)
{
	size_t n = strlen(outer);
	return strncmp(path, outer, n) == 0 && (path[n] == '/' || path[n] == '[');
}

/* The innermost row around a path; NULL: none. */
static struct progress_step *
around(struct progress *p, const char *path)
{
	struct progress_step *found = NULL;
	for (unsigned i = 0; i < p->count; i++)
		if (is_inside(path, p->steps[i].path) && (!found || strlen(p->steps[i].path) > strlen(found->path)))
			found = &p->steps[i];
	return found;
}

static bool
is_over(const struct progress_step *step)
{
	return step->mark == MARK_COMPLETED || step->mark == MARK_SKIPPED;
}

/* Of many turns, the row of the oldest step that is over gives way. */
static void
drop_turn(struct progress *p)
{
	unsigned rows = 0, oldest = p->count;
	for (unsigned i = 0; i < p->count; i++) {
		rows += p->steps[i].turn;
		if (oldest == p->count && p->steps[i].turn && is_over(&p->steps[i]))
			oldest = i;
	}
	if (rows < PROGRESS_TURNS_MAX || oldest == p->count)
		return;
	for (unsigned i = 0; i < p->count; i++)
		if (p->steps[i].loop && is_inside(p->steps[oldest].path, p->steps[i].path))
			p->steps[i].turns++;
	buf_release(&p->steps[oldest].tail);
	memmove(&p->steps[oldest], &p->steps[oldest + 1], (p->count - oldest - 1) * sizeof *p->steps);
	p->count--;
}

static struct progress_step *
add_step(struct progress *p, unsigned at, const char *path, const char *name)
{
	struct progress_step *step = &p->steps[at];
	memmove(step + 1, step, (p->count - at) * sizeof *step);
	p->count++;
	*step = (struct progress_step){.path = path, .name = name ? name : path, .duration_ms = -1, .cost_nano = -1};
	buf_init(&step->tail, TAIL_BYTES * 3);
	return step;
}

/* Usage as step runs and events both have it. */
static void
take_figures(struct progress_step *step, const struct json *from)
{
	double usd;
	step->tokens_in = int_of(from, "tokens_in", step->tokens_in);
	step->tokens_out = int_of(from, "tokens_out", step->tokens_out);
	step->duration_ms = int_of(from, "duration_ms", step->duration_ms);
	step->cached = false;
	json_get_bool(from, "cached", &step->cached);
	step->cost_nano = int_of(from, "cost_nano", step->cost_nano);
	if (json_get_double(from, "cost_usd", &usd))
		step->cost_nano = (int64_t)(usd * 1e9 + 0.5);
}

/* "for approval", "until 14:02:05", "for signal paid until 14:02:05" */
static const char *
why_waiting(struct arena *arena, const char *waiting_for, int64_t until_us)
{
	const char *what = !waiting_for || strcmp(waiting_for, "time") == 0 ? "" : waiting_for;
	const char *until = until_us ? arena_printf(arena, "until %s", format_clock(arena, until_us)) : "";
	if (!*what)
		return *until ? until : NULL;
	return arena_printf(arena, "for %s%s%s", what, *until ? " " : "", until);
}

static void
start_step(struct progress *p, const struct json *from)
{
	const char *key = text_of(p->arena, from, "key");
	const char *kind = text_of(p->arena, from, "kind");
	struct progress_step *step = add_step(p, p->count, key ? key : "", text_of(p->arena, from, "name")), *outer;
	const struct json *run = json_get(from, "step_run");
	step->depth = int_of(from, "depth", 0);
	step->loop = kind && strcmp(kind, "loop") == 0;
	step->group = kind && (strcmp(kind, "sequential") == 0 || strcmp(kind, "parallel") == 0);
	outer = around(p, step->path);
	step->in_loop = outer && (outer->loop || outer->in_loop) && !strchr(step->path, '[');
	if (!run || run->type != JSON_OBJECT)
		return;
	const char *status = text_of(p->arena, run, "status");
	step->mark = progress_mark(status ? status : "pending");
	step->attempt = int_of(run, "attempt", 1);
	step->started_us = time_of(run, "started_at");
	step->error = error_of(p->arena, run);
	if (step->mark == MARK_WAITING)
		step->why = why_waiting(p->arena, text_of(p->arena, run, "waiting_for"), time_of(run, "due_at"));
	take_figures(step, run);
	struct str partial;
	if (json_get_str(run, "partial", &partial))
		add_tail(step, partial);
}

bool
progress_start(struct progress *p, struct arena *arena, const struct json *run, struct err *err)
{
	*p = (struct progress){.arena = arena};
	p->id = text_of(arena, run, "id");
	p->name = text_of(arena, run, "name");
	p->status = text_of(arena, run, "status");
	if (!p->id || !p->name || !p->status)
		return err_set(err, ERR_INTERNAL, "The server's answer is not a run.");
	p->seq = int_of(run, "last_event", 0);
	p->created_us = time_of(run, "created_at");
	p->ended_us = time_of(run, "finished_at");
	p->error = error_of(arena, run);
	double usd;
	p->tokens = int_of(run, "tokens_in", 0) + int_of(run, "tokens_out", 0);
	p->cost_nano = json_get_double(run, "cost_usd", &usd) ? (int64_t)(usd * 1e9 + 0.5) : -1;
	(void)json_get_bool(run, "reopening", &p->reopening);
	p->steps = arena_array(arena, PROGRESS_STEPS_MAX + 1, sizeof *p->steps);
	json_each (step, json_get(run, "steps"))
		if (p->count < PROGRESS_STEPS_MAX)
			start_step(p, step);
	return true;
}

void
progress_release(struct progress *p)
{
	for (unsigned i = 0; i < p->count; i++)
		buf_release(&p->steps[i].tail);
}

static struct progress_step *
find_step(struct progress *p, const struct json *event)
{
	const char *path = text_of(p->arena, event, "path");
	if (!path)
		return NULL;
	for (unsigned i = 0; i < p->count; i++)
		if (strcmp(p->steps[i].path, path) == 0)
			return &p->steps[i];
	drop_turn(p);
	if (p->count >= PROGRESS_STEPS_MAX)
		return NULL;
	/* One that the definition does not name: it stands behind what is in the same group. */
	const struct progress_step *outer = around(p, path);
	unsigned at = p->count;
	int64_t depth = outer ? outer->depth + 1 : 0;
	if (outer) {
		at = (unsigned)(outer - p->steps) + 1;
		while (at < p->count && is_inside(p->steps[at].path, p->steps[outer - p->steps].path))
			at++;
	}
	struct progress_step *step = add_step(p, at, path, text_of(p->arena, json_get(event, "data"), "name"));
	step->depth = depth;
	step->turn = strchr(path, '[') != NULL;
	return step;
}

/* What it waits for before it goes on, of events that do not end an attempt. */
static bool
apply_waiting(struct progress *p, struct progress_step *step, const char *verb, const struct json *data)
{
	struct arena *arena = p->arena;
	const char *code = text_of(arena, data, "code");
	if (strcmp(verb, "waiting") == 0) {
		step->why = why_waiting(arena, text_of(arena, data, "waiting_for"), time_of(data, "until"));
	} else if (strcmp(verb, "asking") == 0) {
		step->why = "for somebody to decide: it failed";
	} else if (strcmp(verb, "retrying") == 0) {
		step->why =
			why_waiting(arena, arena_printf(arena, "attempt %lld", (long long)int_of(data, "attempt", 0)),
				time_of(data, "at"));
		if (code)
			step->why = arena_printf(arena, "%s (%s)", step->why, code);
	} else if (strcmp(verb, "blocked") == 0) {
		const char *unit = text_of(arena, data, "unit"), *scope = text_of(arena, data, "scope");
		step->why = arena_printf(arena, "for the limit %s %s", unit ? unit : "", scope ? scope : "");
	} else {
		return false;
	}
	step->mark = MARK_WAITING;
	return true;
}

static void
apply_step(struct progress *p, struct progress_step *step, const char *verb, const struct json *event)
{
	const struct json *data = json_get(event, "data");
	struct str text;
	if (strcmp(verb, "output") == 0) {
		if (json_get_str(data, "text", &text))
			add_tail(step, text);
		return;
	}
	if (strcmp(verb, "started") == 0) {
		step->mark = MARK_RUNNING;
		step->attempt = int_of(event, "attempt", 1);
		step->started_us = time_of(event, "at");
		step->why = NULL;
		step->duration_ms = -1;
		step->characters = 0;
		step->error = NULL;
		buf_clear(&step->tail);
		return;
	}
	if (apply_waiting(p, step, verb, data))
		return;
	step->mark = progress_mark(verb);
	step->why = NULL;
	take_figures(step, data);
	int64_t nano = int_of(data, "cost_nano", 0);
	p->tokens += int_of(data, "tokens_in", 0) + int_of(data, "tokens_out", 0);
	p->cost_nano = p->cost_nano < 0 || nano < 0 ? -1 : p->cost_nano + nano;
	if (step->duration_ms < 0 && step->started_us > 0)
		step->duration_ms = (time_of(event, "at") - step->started_us) / 1000;
	if (step->mark == MARK_FAILED)
		step->error = text_of(p->arena, data, "message");
}

bool
progress_apply(
	struct progress *p, const struct json *event, bool *ret_new, struct progress_step **ret_step, struct err *err)
{
	int64_t seq = int_of(event, "seq", -1);
	const char *type = text_of(p->arena, event, "type");
	if (seq < 0 || !type)
		return err_set(err, ERR_INTERNAL, "The server sent something that is not an event.");
	*ret_new = seq > p->seq;
	*ret_step = NULL;
	if (!*ret_new)
		return true;
	if (seq != p->seq + 1)
		return err_set(err, ERR_INTERNAL, "An event was lost: number %lld came after %lld.", (long long)seq,
			(long long)p->seq);
	p->seq = seq;
	if (strncmp(type, "step.", 5) == 0) {
		*ret_step = find_step(p, event);
		if (*ret_step)
			apply_step(p, *ret_step, type + 5, event);
	} else if (strcmp(type, "run.started") == 0 || strcmp(type, "run.resumed") == 0) {
		p->status = "running";
	} else if (strcmp(type, "run.paused") == 0) {
		p->status = "paused";
	} else if (strcmp(type, "run.reopened") == 0 || strcmp(type, "run.moved") == 0) {
		p->stale = true;
	} else if (strcmp(type, "run.completed") == 0 || strcmp(type, "run.failed") == 0 ||
		   strcmp(type, "run.cancelled") == 0) {
		p->status = type + 4;
		p->ended_us = time_of(event, "at");
		p->error = text_of(p->arena, json_get(event, "data"), "message");
	}
	return true;
}

bool
progress_ended(const struct progress *p)
{
	return !p->reopening && (strcmp(p->status, "completed") == 0 || strcmp(p->status, "failed") == 0 ||
					strcmp(p->status, "cancelled") == 0);
}

static bool
counts(const struct progress_step *step)
{
	return !step->group && !step->in_loop && !step->turn;
}

unsigned
progress_count(const struct progress *p)
{
	unsigned count = 0;
	for (unsigned i = 0; i < p->count; i++)
		count += counts(&p->steps[i]);
	return count;
}

/* A group that recovered, or went on without them, is over with steps that failed or never began. */
static bool
group_is_over(const struct progress *p, unsigned step)
{
	for (unsigned i = 0; i < step; i++)
		if (p->steps[i].group && is_over(&p->steps[i]) && is_inside(p->steps[step].path, p->steps[i].path))
			return true;
	return false;
}

unsigned
progress_done(const struct progress *p)
{
	unsigned done = 0;
	for (unsigned i = 0; i < p->count; i++)
		done += counts(&p->steps[i]) && (is_over(&p->steps[i]) || group_is_over(p, i));
	return done;
}
