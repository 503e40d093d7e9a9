/* The numbers as text; see metrics.h. What they mean is in one table here, how they are counted in sql/migrations. */
#include "api/metrics.h"

#include "base/buf.h"
#include "base/log.h"
#include "http/plain.h"
#include "store/metrics.h"

#include <unistd.h>

#define TEXT_MAX ((size_t)4 << 20)

static const struct {
	const char *name, *help;
} helps[] = {
	{"runs", "Runs that have not ended: held by an executor, due, asleep until a time, waiting for somebody; "
		 "counted up to 100000 each"},
	{"due_oldest_seconds", "How long the run that is due longest has been due"},
	{"inbox_requests", "Requests to runs that no executor has read yet"},
	{"inbox_oldest_seconds", "Age of the oldest of them"},
	{"mail", "Mails that wait to go out, and those that were given up in the last 30 days; counted up to 100000 "
		 "each"},
	{"mail_oldest_seconds", "Age of the oldest mail that waits"},
	{"deleted_runs", "Deleted runs whose rows are not removed yet"},
	{"executors", "Executors with a lease, and those whose lease is over and that nobody has retired yet"},
	{"executor_lease_seconds", "What is left of its lease"},
	{"executor_told_seconds", "How long ago it told its counters"},
	{"executor_held", "Runs it holds"},
	{"executor_slots", "Runs it may hold"},
	{"executor_memory_bytes", "Its memory"},
	{"executor_flushes_total", "Flushes"},
	{"executor_flushed_total", "Runs in them: by flushes, the mean batch"},
	{"executor_flush_seconds_total", "Time they took: by flushes, the mean"},
	{"executor_skipped_total", "Runs that somebody had locked, flushed again"},
	{"executor_lost_total", "Runs that another held, dropped"},
	{"executor_doubled_total", "Steps or runs that had ended already; 0 unless something is wrong"},
	{"executor_unrecordable_total", "Runs whose changes the database refused"},
	{"executor_struck_total", "Runs of dead executors that it made due again, with a strike"},
	{"executor_calls_total", "Calls of models and others"},
};

static void
write_head(struct buf *out, struct str name)
{
	bool counter = name.n > 6 && memcmp(name.p + name.n - 6, "_total", 6) == 0;
	for (size_t i = 0; i < sizeof helps / sizeof *helps; i++)
		if (str_is(name, helps[i].name))
			buf_printf(out, "# HELP stepmill_%s %s.\n", helps[i].name, helps[i].help);
	buf_printf(out, "# TYPE stepmill_%.*s %s\n", STR_ARG(name), counter ? "counter" : "gauge");
}

static void
write_label(struct buf *out, const struct metric *metric)
{
	if (metric->label.n == 0)
		return;
	buf_printf(out, "{%.*s=\"", STR_ARG(metric->label));
	for (size_t i = 0; i < metric->value.n; i++) {
		char ch = metric->value.p[i];
		if (ch == '"' || ch == '\\')
			buf_add_char(out, '\\');
		if (ch == '\n')
			buf_add(out, "\\n", 2);
		else
			buf_add_char(out, ch);
	}
	buf_add(out, "\"}", 2);
}

static void
write_all(struct buf *out, const struct metric *metrics, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (i == 0 || !str_eq(metrics[i].name, metrics[i - 1].name))
			write_head(out, metrics[i].name);
		buf_printf(out, "stepmill_%.*s", STR_ARG(metrics[i].name));
		write_label(out, &metrics[i]);
		buf_printf(out, " %.*s\n", STR_ARG(metrics[i].number));
	}
}

static void
answer(void *context, struct arena *arena, struct str path, struct plain_response *ret_response)
{
	struct metric *metrics;
	unsigned count;
	struct err err = {0};
	struct buf out;
	if (!str_is(path, "/metrics")) {
		*ret_response = (struct plain_response){404, "text/plain; charset=utf-8", STR("There is /metrics.\n")};
		return;
	}
	if (!metrics_read(context, arena, &metrics, &count, &err)) {
		log_warn("metrics could not be read", LOG_STR("why", err.message), LOG_STR("detail", err.detail));
		*ret_response = (struct plain_response){
			503, "text/plain; charset=utf-8", STR("The database does not answer.\n")};
		return;
	}
	buf_init(&out, TEXT_MAX);
	write_all(&out, metrics, count);
	*ret_response = (struct plain_response){
		200, "text/plain; version=0.0.4; charset=utf-8", arena_str(arena, buf_str(&out))};
	buf_release(&out);
}

int
metrics_serve(const char *address, struct db *db)
{
	struct err err = {0};
	int listening;
	if (!plain_listen(address, &listening, &err)) {
		log_error("metrics", LOG_STR("why", err.message));
		return 1;
	}
	int status = plain_serve(listening, answer, db);
	close(listening);
	return status;
}
