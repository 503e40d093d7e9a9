/* A test made of a run; see record.h. */
#include "cli/record.h"

#include "flow/definition.h"
#include "json/writer.h"

struct record {
	struct remote *remote;
	const char *run;
	struct json *answers, *approvals, *signals, *decisions, *steps;
	struct json *ends; /* path#attempt → status */
	struct err err;
};

static struct arena *
arena_of(const struct record *r)
{
	return r->remote->cli->arena;
}

/* To the list of a step, or of a signal. */
static void
add(struct record *r, struct json *to, struct str name, struct json *what)
{
	struct json *list = (struct json *)json_get_by(to, name);
	if (!list) {
		list = json_new_array(arena_of(r));
		json_add(to, name, list);
	}
	json_push(list, what);
}

/* A long one is not in the list, and is asked for. */
static bool
output_of(struct record *r, const struct json *row, struct json **ret_output)
{
	struct str path = STR("");
	int64_t attempt = 1;
	const struct json *output = json_get(row, "output"), *bytes = json_get(row, "output_bytes");
	bool there = bytes && bytes->type == JSON_NUMBER;
	if (!there || (output && output->type != JSON_NULL)) {
		*ret_output = output ? json_share(arena_of(r), output) : json_new_null(arena_of(r));
		return true;
	}
	(void)json_get_str(row, "path", &path);
	(void)json_get_int(row, "attempt", &attempt);
	return remote_get(r->remote,
		arena_printf(arena_of(r), "/runs/%s/step-runs/output?path=%s&attempt=%lld", r->run,
			client_escape(&r->remote->client, arena_of(r), arena_strz(arena_of(r), path)),
			(long long)attempt),
		ret_output, &r->err);
}

static void
add_decision(struct record *r, struct str path, struct str status, const struct json *output)
{
	struct json *said = json_new_object(arena_of(r));
	struct str comment;
	json_add(said, STR("decision"),
		json_new_str(arena_of(r), str_is(status, "completed") ? STR("approve") : STR("reject")));
	const struct json *data = json_get(output, "data");
	if (data && data->type == JSON_OBJECT)
		json_add(said, STR("data"), json_share(arena_of(r), data));
	if (json_get_str(output, "comment", &comment) && comment.n > 0)
		json_add(said, STR("comment"), json_new_str(arena_of(r), comment));
	add(r, r->approvals, path, said);
}

static void
add_answer(struct record *r, struct str path, struct str status, const struct json *row, struct json *output)
{
	struct json *answer = json_new_object(arena_of(r));
	const struct json *error = json_get(row, "error");
	if (str_is(status, "completed"))
		json_add(answer, STR("output"), output);
	else if (str_is(status, "failed") && error && error->type == JSON_OBJECT)
		json_add(answer, STR("error"), json_share(arena_of(r), error));
	else
		return;
	add(r, r->answers, path, answer);
}

static struct str
key_of(struct str path)
{
	size_t key = path.n;
	while (key > 0 && path.p[key - 1] != '/')
		key--;
	return (struct str){path.p + key, path.n - key};
}

/* Of the definition; NULL: it is a part of an agent. */
static const struct json *
step_of(const struct record *r, struct str path)
{
	struct str own = key_of(path), name;
	const struct json *todo[64] = {json_get(r->steps, "steps")};
	for (unsigned count = 1; count > 0;) {
		const struct json *list = todo[--count];
		json_each (step, list) {
			if (json_get_str(step, "key", &name) && str_eq(name, own))
				return step;
			if (json_get(step, "steps") && count < 64)
				todo[count++] = json_get(step, "steps");
		}
	}
	return NULL;
}

static struct str
signal_of(const struct record *r, struct str path)
{
	struct str name = key_of(path);
	const struct json *step = step_of(r, path);
	if (step)
		(void)json_get_str(step, "signal", &name);
	return name;
}

/* An agent that has tools: its turns have answers, and it none. */
static bool
has_turns(const struct record *r, struct str path)
{
	const struct json *step = step_of(r, path);
	return step && step_written_steps(step) != NULL;
}

static struct str
attempt_name(const struct record *r, struct str path, int64_t attempt)
{
	return str_of(arena_printf(arena_of(r), "%.*s#%lld", STR_ARG(path), (long long)attempt));
}

/* A person was asked about an attempt that had failed: what came next is what was decided. */
static bool
take_event(void *context, const struct json *event)
{
	struct record *r = context;
	struct str type, path;
	int64_t attempt = 0;
	if (!json_get_str(event, "type", &type) || !str_is(type, "step.asking") ||
		!json_get_str(event, "path", &path) || !json_get_int(event, "attempt", &attempt))
		return true;
	const struct json *next = json_get_by(r->ends, attempt_name(r, path, attempt + 1));
	struct str decision = !next ? STR("stop") : str_is(next->text, "skipped") ? STR("skip") : STR("retry");
	add(r, r->decisions, path, json_new_str(arena_of(r), decision));
	return true;
}

/* Groups, transforms, functions and waits do again here what they did there. */
static bool
take(void *context, const struct json *row)
{
	struct record *r = context;
	struct str path, kind, status;
	struct json *output;
	bool reused = false;
	if (!json_get_str(row, "path", &path) || !json_get_str(row, "kind", &kind) ||
		!json_get_str(row, "status", &status))
		return true;
	(void)json_get_bool(row, "reused", &reused);
	bool approval = str_is(kind, "approval"), signal = str_is(kind, "signal");
	static const char *const own[] = {"transform", "function", "wait", "sequential", "parallel", "conditional",
		"switch", "loop", "iteration", "tools", "note"};
	int64_t attempt = 1;
	(void)json_get_int(row, "attempt", &attempt);
	json_add(r->ends, attempt_name(r, path, attempt), json_new_str(arena_of(r), status));
	if (str_is(kind, "agent") && has_turns(r, path))
		return true;
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (str_is(kind, own[i]))
			return true;
	if (str_is(status, "rolled_back") || !output_of(r, row, &output))
		return r->err.code == ERR_NONE;
	if (approval && !str_is(status, "skipped"))
		add_decision(r, path, status, output);
	else if (signal && str_is(status, "completed"))
		add(r, r->signals, signal_of(r, path), output);
	else if (!approval && !signal)
		add_answer(r, path, status, row, output);
	return true;
}

/* What it came to is what is expected the next time. */
static struct json *
expect_of(struct record *r, const struct json *run, struct err *err)
{
	struct arena *arena = arena_of(r);
	struct json *expect = json_new_object(arena), *output;
	struct str status = STR("completed");
	bool truncated = false;
	(void)json_get_str(run, "status", &status);
	(void)json_get_bool(run, "truncated", &truncated);
	json_add(expect, STR("status"), json_new_str(arena, status));
	if (truncated && !remote_get(r->remote, arena_printf(arena, "/runs/%s/output", r->run), &output, err))
		return NULL;
	if (str_is(status, "completed"))
		json_add(expect, STR("output"), truncated ? output : json_share(arena, json_get(run, "output")));
	const struct json *code = json_get(json_get(run, "error"), "code");
	if (code) {
		struct json *error = json_new_object(arena);
		json_add(error, STR("code"), json_share(arena, code));
		json_add(expect, STR("error"), error);
	}
	return expect;
}

static void
add_if_any(struct json *to, struct str name, struct json *what)
{
	if (what->count > 0)
		json_add(to, name, what);
}

static bool
make(struct record *r, struct json **ret_doc, struct err *err)
{
	struct arena *arena = arena_of(r);
	struct json *run, *version, *doc = json_new_object(arena), *tests = json_new_array(arena),
				    *test = json_new_object(arena), *expect;
	struct str workflow, id, name = STR("A run");
	int64_t number = 1;
	if (!remote_get(r->remote, arena_printf(arena, "/runs/%s", r->run), &run, err))
		return false;
	const struct json *finished = json_get(run, "finished_at");
	if (!json_get_str(run, "workflow_id", &workflow) || !json_get_str(run, "id", &id) || !finished ||
		finished->type == JSON_NULL)
		return err_set(err, ERR_CONFLICT,
			"The run has not ended, and a test is made of one that has. \"stepmill run watch %s\" tells "
			"when.",
			r->run);
	(void)json_get_int(run, "workflow_version", &number);
	(void)json_get_str(run, "name", &name);
	if (!remote_get(r->remote,
		    arena_printf(arena, "/workflows/%.*s/versions/%lld", STR_ARG(workflow), (long long)number),
		    &version, err))
		return false;
	r->steps = json_share(arena, json_get(version, "definition"));
	if (!remote_pages(r->remote, arena_printf(arena, "/runs/%s/step-runs", r->run), INT64_MAX, take, r, err))
		return false;
	if (r->err.code != ERR_NONE) {
		*err = r->err;
		return false;
	}
	if (!remote_pages(r->remote, arena_printf(arena, "/runs/%s/events", r->run), INT64_MAX, take_event, r, err) ||
		!(expect = expect_of(r, run, err)))
		return false;
	json_add(test, STR("name"),
		json_new_str(arena, str_of(arena_printf(arena, "%.*s, as in run %.*s", STR_ARG(name), STR_ARG(id)))));
	json_add(test, STR("input"), json_share(arena, json_get(run, "input")));
	add_if_any(test, STR("answers"), r->answers);
	add_if_any(test, STR("approvals"), r->approvals);
	add_if_any(test, STR("signals"), r->signals);
	add_if_any(test, STR("decisions"), r->decisions);
	json_add(test, STR("expect"), expect);
	json_push(tests, test);
	json_add(doc, STR("definition"), r->steps);
	json_add(doc, STR("tests"), tests);
	*ret_doc = doc;
	return true;
}

int
record_run(struct remote *remote, const char *run)
{
	struct arena *arena = remote->cli->arena;
	struct record r = {.remote = remote,
		.run = run,
		.answers = json_new_object(arena),
		.approvals = json_new_object(arena),
		.signals = json_new_object(arena),
		.decisions = json_new_object(arena),
		.ends = json_new_object(arena)};
	struct err err = {0};
	struct json *doc = NULL;
	if (!make(&r, &doc, &err))
		return cli_fail(remote->cli, CLI_WRONG, &err);
	struct buf out;
	struct json_writer w;
	buf_init(&out, SIZE_MAX / 2);
	json_writer_init(&w, &out, 2);
	json_value(&w, doc);
	buf_add_char(&out, '\n');
	fwrite(out.p, 1, out.n, stdout);
	buf_release(&out);
	fprintf(stderr,
		"Its definition is in it. To test the workflow's file instead, write workflow: FILE in its place.\n");
	return CLI_OK;
}
