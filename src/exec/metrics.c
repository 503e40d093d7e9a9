/* Counters as JSON; see metrics.h. */
#include "exec/metrics.h"

#include "base/time.h"
#include "exec/executor.h"
#include "json/writer.h"

#include <stdio.h>
#include <unistd.h>

#define TELL_US ((int64_t)5000000)
#define JSON_MAX ((size_t)8192)

bool
metrics_due(const struct executor *ex, int64_t now_us)
{
	return now_us >= ex->metrics.next_us;
}

/* Bytes in memory; 0 where the system does not tell. */
static int64_t
memory(void)
{
	long pages = 0;
	FILE *in = fopen("/proc/self/statm", "re");
	if (!in)
		return 0;
	if (fscanf(in, "%*s %ld", &pages) != 1)
		pages = 0;
	fclose(in);
	return pages * sysconf(_SC_PAGESIZE);
}

static void
add(struct json_writer *w, const char *name, int64_t value)
{
	json_key(w, name);
	json_int(w, value);
}

static void
add_totals(struct json_writer *w, const struct executor *ex)
{
	const struct counters *c = &ex->counters;
	const struct {
		const char *name;
		int64_t value;
	} totals[] = {
		{"batches", c->batches},
		{"flushes", c->flushes},
		{"flushed", c->flushed},
		{"flush_us", c->flush_us},
		{"skipped", c->skipped},
		{"lost", c->lost},
		{"doubled", c->doubled},
		{"unrecordable", c->unrecordable},
		{"claims", c->claims},
		{"claimed", c->claimed},
		{"reaped", c->reaped},
		{"struck", c->struck},
		{"calls", c->calls},
		{"completed", c->completed},
		{"failed", c->failed},
		{"cancelled", c->cancelled},
		{"reconnects", c->reconnects},
		{"leases_lost", c->leases_lost},
		{"expired", ex->house.expired},
		{"removed", ex->house.removed},
		{"dropped", ex->house.dropped},
	};
	json_key(w, "total");
	json_object(w);
	for (size_t i = 0; i < sizeof totals / sizeof *totals; i++)
		add(w, totals[i].name, totals[i].value);
	json_end(w);
}

/* What keeps them apart from everything else, and how many there are. */
static void
add_scripts(struct json_writer *w, const struct executor *ex)
{
	struct boxes_facts facts = boxes_facts(ex->boxes);
	json_key(w, "scripts");
	json_object(w);
	json_key(w, "sandbox");
	json_str(w, str_of(facts.level));
	json_key(w, "why");
	json_str(w, str_of(facts.why));
	add(w, "landlock", facts.landlock);
	add(w, "running", facts.running);
	add(w, "waiting", facts.waiting);
	add(w, "started", facts.started);
	add(w, "stopped", facts.stopped);
	json_end(w);
}

static void
add_recent(struct json_writer *w, struct executor *ex, int64_t now_us)
{
	const struct counters *c = &ex->counters;
	struct metrics *m = &ex->metrics;
	json_key(w, "recent");
	json_object(w);
	add(w, "us", m->last_us ? now_us - m->last_us : 0);
	add(w, "flushes", c->flushes - m->flushes);
	add(w, "flushed", c->flushed - m->flushed);
	add(w, "flush_us", c->flush_us - m->flush_us);
	json_end(w);
	*m = (struct metrics){now_us + TELL_US, now_us, c->flushes, c->flushed, c->flush_us};
}

struct str
metrics_tell(struct executor *ex, struct arena *arena, int64_t now_us)
{
	struct buf out;
	struct json_writer w;
	buf_init(&out, JSON_MAX);
	json_writer_init(&w, &out, 0);
	json_object(&w);
	add(&w, "slots", ex->settings->slots);
	add(&w, "held", ex->held_count);
	add(&w, "memory", memory());
	add_scripts(&w, ex);
	add_totals(&w, ex);
	add_recent(&w, ex, now_us);
	json_end(&w);
	struct str text = arena_str(arena, buf_str(&out));
	buf_release(&out);
	return text;
}
