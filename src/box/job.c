/* A job as bytes: decimal numbers and texts, each with a zero behind it. */
#include "box/box.h"

#include "base/buf.h"

#include <stdlib.h>

#define LIST_MAX 10000

static void
add_number(struct buf *out, int64_t number)
{
	buf_printf(out, "%lld", (long long)number);
	buf_add_char(out, '\0');
}

static void
add_text(struct buf *out, const char *text)
{
	buf_add(out, text, strlen(text) + 1);
}

static void
add_list(struct buf *out, const char *const *list)
{
	int64_t count = 0;
	while (list[count])
		count++;
	add_number(out, count);
	for (int64_t i = 0; i < count; i++)
		add_text(out, list[i]);
}

struct str
box_job_pack(struct arena *arena, const struct box_job *job)
{
	const int64_t numbers[] = {job->level, job->uid, job->gid, job->memory_mb, job->processes, job->disk_mb,
		job->cpu_seconds, job->network, job->network_mb};
	struct buf out;
	buf_init(&out, BOX_STRINGS_MAX * 2);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		add_number(&out, numbers[i]);
	add_text(&out, job->allow_address);
	add_text(&out, job->directory);
	add_list(&out, job->arguments);
	add_list(&out, job->environment);
	struct str packed = buf_overflow(&out) ? (struct str){NULL, 0} : arena_str(arena, buf_str(&out));
	buf_wipe(&out);
	return packed;
}

static const char *
take_text(struct str *rest)
{
	const char *end = rest->n > 0 ? memchr(rest->p, '\0', rest->n) : NULL, *text = rest->p;
	if (!end)
		return NULL;
	rest->n -= (size_t)(end + 1 - rest->p);
	rest->p = end + 1;
	return text;
}

static bool
take_number(struct str *rest, int64_t *ret_number)
{
	const char *text = take_text(rest);
	char *end;
	if (!text || !*text)
		return false;
	*ret_number = strtoll(text, &end, 10);
	return *end == '\0';
}

static bool
take_list(struct arena *arena, struct str *rest, const char *const **ret_list)
{
	int64_t count;
	if (!take_number(rest, &count) || count < 0 || count > LIST_MAX)
		return false;
	const char **list = arena_array(arena, (size_t)count + 1, sizeof *list);
	for (int64_t i = 0; i < count; i++)
		if (!(list[i] = take_text(rest)))
			return false;
	*ret_list = list;
	return true;
}

bool
box_job_unpack(struct arena *arena, struct str packed, struct box_job *ret_job)
{
	struct box_job job = {0};
	int64_t level, network;
	if (!take_number(&packed, &level) || !take_number(&packed, &job.uid) || !take_number(&packed, &job.gid) ||
		!take_number(&packed, &job.memory_mb) || !take_number(&packed, &job.processes) ||
		!take_number(&packed, &job.disk_mb) || !take_number(&packed, &job.cpu_seconds) ||
		!take_number(&packed, &network) || !take_number(&packed, &job.network_mb) ||
		!(job.allow_address = take_text(&packed)) || !(job.directory = take_text(&packed)) ||
		!take_list(arena, &packed, &job.arguments) || !take_list(arena, &packed, &job.environment) ||
		packed.n > 0 || !job.arguments[0])
		return false;
	job.network = network == 1;
	job.level = level == BOX_BARE ? BOX_BARE : BOX_NAMESPACES;
	*ret_job = job;
	return true;
}
