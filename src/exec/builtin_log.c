/* What the built-in model was asked, one JSON line a request, written before it answers: the fault tests' independent
 * witness. */
#include "exec/executor.h"

#include "base/time.h"
#include "json/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096

bool
builtin_log_open(struct executor *ex, struct err *err)
{
	ex->builtin_log = -1;
	if (!ex->settings->builtin_log[0])
		return true;
	ex->builtin_log = open(ex->settings->builtin_log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (ex->builtin_log < 0)
		return err_set(err, ERR_INVALID, "The built-in model's log %s cannot be opened: %s.",
			ex->settings->builtin_log, strerror(errno));
	return true;
}

bool
builtin_log_write(struct attempt *attempt, struct str model)
{
	const struct held *run = attempt->run;
	const struct executor *ex = run->executor;
	if (ex->builtin_log < 0)
		return true;
	char at[TIME_TEXT_SIZE];
	time_text(wall_us(), at);
	struct buf line;
	struct json_writer w;
	buf_init(&line, LINE_MAX_BYTES);
	json_writer_init(&w, &line, 0);
	json_object(&w);
	json_key(&w, "at");
	json_strz(&w, at);
	json_key(&w, "workspace");
	json_strz(&w, run->workspace_text);
	json_key(&w, "run");
	json_strz(&w, run->id_text);
	json_key(&w, "path");
	json_str(&w, attempt->step.path);
	json_key(&w, "attempt");
	json_int(&w, attempt->step.attempt);
	json_key(&w, "model");
	json_str(&w, model);
	json_key(&w, "incarnation");
	json_strz(&w, ex->incarnation_text);
	json_key(&w, "epoch");
	json_int(&w, run->epoch);
	json_end(&w);
	buf_add_char(&line, '\n');
	/* One write of one line to a file opened for appending: lines of several executors do not mix. */
	bool ok = !buf_overflow(&line) && write(ex->builtin_log, line.p, line.n) == (ssize_t)line.n;
	buf_release(&line);
	return ok;
}
