/* What commands that talk to a server have in common; see remote.h. */
#include "cli/remote.h"

#include "base/id.h"
#include "json/writer.h"

#include <stdlib.h>

#define PAGES_MAX 1000
#define DATA_MAX ((size_t)1 << 20)

bool
remote_open(struct remote *remote, struct cli *cli, int *ret_status)
{
	struct err err = {0};
	remote->cli = cli;
	if (client_open(&remote->client, cli->arena, &remote->settings, &err))
		return true;
	*ret_status = cli_fail(cli, CLI_WRONG, &err);
	client_close(&remote->client);
	return false;
}

int
remote_end(struct remote *remote, int status)
{
	client_close(&remote->client);
	return status;
}

int
remote_fail(struct remote *remote, bool change, const struct err *err)
{
	return cli_fail(remote->cli, change && err->code != ERR_UNAVAILABLE ? CLI_FAILED : CLI_WRONG, err);
}

/* ---- asking ---- */

bool
remote_get(struct remote *remote, const char *path, struct json **ret_doc, struct err *err)
{
	return client_call(&remote->client, remote->cli->arena, "GET", path, NULL, NULL, ret_doc, err);
}

bool
remote_post(struct remote *remote, const char *path, const struct json *body, bool safe, struct json **ret_doc,
	struct err *err)
{
	char key[ID_TEXT_SIZE];
	id_text(id_new(), key);
	return client_call(&remote->client, remote->cli->arena, "POST", path, body, safe ? key : NULL, ret_doc, err);
}

bool
remote_pages(struct remote *remote, const char *path, int64_t most, remote_each *each, void *context, struct err *err)
{
	struct arena *arena = remote->cli->arena;
	const char *mark = strchr(path, '?') ? "&" : "?", *cursor = NULL;
	for (int page = 0; page < PAGES_MAX && most > 0; page++) {
		struct json *list;
		const char *at =
			arena_printf(arena, "%s%slimit=%lld%s%s", path, mark, (long long)(most < 100 ? most : 100),
				cursor ? "&cursor=" : "", cursor ? client_escape(&remote->client, arena, cursor) : "");
		if (!remote_get(remote, at, &list, err))
			return false;
		json_each (item, json_get(list, "data"))
			if (most-- <= 0 || !each(context, item))
				return true;
		struct str next;
		if (!json_get_str(list, "next_cursor", &next))
			return true;
		cursor = arena_strz(arena, next);
	}
	return true;
}

/* ---- finding ---- */

struct search {
	struct arena *arena;
	const char *name, *id;
	int found;
};

static bool
look(void *context, const struct json *workflow)
{
	struct search *search = context;
	struct str name, id;
	if (json_get_str(workflow, "name", &name) && str_is(name, search->name) && json_get_str(workflow, "id", &id)) {
		search->id = arena_strz(search->arena, id);
		search->found++;
	}
	return true;
}

bool
remote_named(struct remote *remote, const char *name, const char **ret_id, int *ret_found, struct err *err)
{
	struct search search = {remote->cli->arena, name, NULL, 0};
	/* Words find it at once among many; a name without words is looked for in the whole list. */
	if (strlen(name) <= 200) {
		const char *query = arena_printf(remote->cli->arena, "/workflows?q=%s",
			client_escape(&remote->client, remote->cli->arena, name));
		struct err ignored = {0};
		if (!remote_pages(remote, query, INT64_MAX, look, &search, &ignored))
			search.found = 0;
	}
	if (search.found == 0 && !remote_pages(remote, "/workflows", INT64_MAX, look, &search, err))
		return false;
	*ret_id = search.id;
	*ret_found = search.found;
	return true;
}

bool
remote_workflow(struct remote *remote, const char *given, struct json **ret_workflow, struct err *err)
{
	const char *id = given;
	struct id parsed;
	int found = 1;
	if (!id_parse(str_of(given), &parsed) && !remote_named(remote, given, &id, &found, err))
		return false;
	if (found == 0)
		return err_set(err, ERR_NOT_FOUND,
			"There is no workflow \"%s\" here. Names have to be exact; an id does as well.", given);
	if (found > 1)
		return err_set(
			err, ERR_CONFLICT, "%d workflows have the name \"%s\". Give the id of one.", found, given);
	return remote_get(remote, arena_printf(remote->cli->arena, "/workflows/%s", id), ret_workflow, err);
}

bool
remote_is_run(const struct cli *cli, const char *given)
{
	struct id id;
	if (id_parse(str_of(given), &id))
		return true;
	cli_complain(cli, CLI_WRONG, "\"%s\" is not the id of a run. \"%s run list\" shows them.", given, cli->program);
	return false;
}

bool
remote_parse_run(const struct cli *cli, const struct cli_command *command, const struct cli_option *options, int argc,
	char **argv, int least, int most, struct cli_args *ret_args, int *ret_status)
{
	if (!cli_parse(cli, command, options, argc, argv, least, most, ret_args, ret_status))
		return false;
	*ret_status = CLI_WRONG;
	return remote_is_run(cli, ret_args->items[0]);
}

/* ---- what is given and printed ---- */

void
remote_print(const struct json *doc)
{
	struct arena *arena = arena_new();
	struct str text = json_text(arena, doc);
	fwrite(text.p, 1, text.n, stdout);
	putchar('\n');
	arena_free(arena);
}

bool
remote_limit(const struct cli *cli, const char *given, int64_t otherwise, int64_t *ret_limit)
{
	unsigned long long value;
	*ret_limit = otherwise;
	if (!given)
		return true;
	if (strcmp(given, "all") == 0) {
		*ret_limit = INT64_MAX;
		return true;
	}
	if (!str_to_u64(str_of(given), 1000000000, &value) || value == 0) {
		cli_complain(cli, CLI_WRONG, "--limit %s is not a number from 1, nor \"all\".", given);
		return false;
	}
	*ret_limit = (int64_t)value;
	return true;
}

bool
remote_data(struct cli *cli, const char *option, const char *given, struct json **ret_data, struct err *err)
{
	struct str text = str_of(given);
	struct err why = {0};
	if (given[0] == '@' && !cli_read_file(cli->arena, given + 1, DATA_MAX, &text, err))
		return false;
	if (json_read(cli->arena, text, &json_limits_request, ret_data, &why))
		return true;
	return err_set(err, ERR_MALFORMED,
		"--%s is not JSON. Line %u, column %u: %.150s A text needs quotes: '\"yes\"'.", option, why.line,
		why.column, why.message);
}
