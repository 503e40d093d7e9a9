/* The REST API for commands; see client.h. */
#include "cli/client.h"

#include "base/buf.h"
#include "cli/stored_login.h"
#include "json/writer.h"

#include <poll.h>
#include <stdlib.h>

#define ANSWER_MAX ((size_t)64 << 20)
#define CONNECT_SECONDS 10L
#define CALL_SECONDS 60L
#define TRIES 3

struct answer {
	struct client *client;
	struct buf body;
};

static size_t
take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct answer *answer = context;
	buf_add(&answer->body, bytes, size * count);
	return buf_overflow(&answer->body) ? 0 : size * count;
}

/* The value of a header line of that name, without what stands around it. */
static bool
header_value(struct str line, struct str name, struct str *ret_value)
{
	if (line.n <= name.n || strncasecmp(line.p, name.p, name.n) != 0)
		return false;
	struct str value = {line.p + name.n, line.n - name.n};
	while (value.n > 0 && *value.p == ' ')
		value = (struct str){value.p + 1, value.n - 1};
	while (value.n > 0 && (value.p[value.n - 1] == '\r' || value.p[value.n - 1] == '\n'))
		value.n--;
	*ret_value = value;
	return true;
}

/* Keeps the session's cookie: the first name=value of its Set-Cookie. An empty value ends the session. */
static size_t
take_header(char *bytes, size_t size, size_t count, void *context)
{
	struct answer *answer = context;
	struct str line = {bytes, size * count};
	struct str pair;
	if (header_value(line, STR("etag:"), &pair))
		answer->client->etag = arena_strz(answer->client->arena, pair);
	if (!header_value(line, STR("set-cookie:"), &pair) || !str_starts(pair, STR("__Host-stepmill=")))
		return size * count;
	for (size_t i = 0; i < pair.n; i++)
		if (pair.p[i] == ';')
			pair.n = i;
	answer->client->cookie = pair.p[pair.n - 1] == '=' ? NULL : arena_strz(answer->client->arena, pair);
	return size * count;
}

struct curl_slist *
client_header(struct curl_slist *list, const char *text)
{
	struct curl_slist *longer = curl_slist_append(list, text);
	if (!longer)
		out_of_memory();
	return longer;
}

void
client_prepare(const struct client *client, CURL *curl)
{
	(void)client;
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "stepmill/" PACKAGE_VERSION);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
	curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

char *
client_url(struct client *client, struct arena *arena, const char *path)
{
	if (strncmp(path, "//", 2) == 0)
		return arena_printf(arena, "%s/api%s", client->base, path + 1);
	return arena_printf(arena, "%s/api/workspaces/%s%s", client->base, client->workspace, path);
}

char *
client_escape(struct client *client, struct arena *arena, const char *text)
{
	char *escaped = curl_easy_escape(client->curl, text, 0);
	if (!escaped)
		out_of_memory();
	char *copy = arena_strdup(arena, escaped);
	curl_free(escaped);
	return copy;
}

/* ---- problems ---- */

static enum err_code
code_of(struct str name, long status)
{
	for (int c = ERR_NONE + 1; c < ERR_CODES; c++)
		if (str_is(name, err_name((enum err_code)c)))
			return (enum err_code)c;
	return status == 404   ? ERR_NOT_FOUND
	       : status == 401 ? ERR_UNAUTHENTICATED
	       : status >= 500 ? ERR_UNAVAILABLE
			       : ERR_INVALID;
}

static bool
problem(const struct json *doc, long status, struct err *err)
{
	struct str text = {0}, id = {0};
	(void)json_get_str(doc, "code", &text);
	enum err_code code = code_of(text, status);
	struct str detail = STR("It did not say why.");
	if (!json_get_str(doc, "detail", &detail))
		(void)json_get_str(doc, "title", &detail);
	err_set(err, code, "%.*s", STR_ARG(detail));
	json_each (issue, json_get(doc, "errors")) {
		struct str path = {"", 0}, kind = {"", 0}, message = {"", 0};
		(void)json_get_str(issue, "path", &path);
		(void)json_get_str(issue, "code", &kind);
		(void)json_get_str(issue, "message", &message);
		char where[160], what[32];
		snprintf(where, sizeof where, "%.*s", STR_ARG(path));
		snprintf(what, sizeof what, "%.*s", STR_ARG(kind));
		err_issue(err, where, what, "%.*s", STR_ARG(message));
	}
	if (json_get_str(doc, "request_id", &id))
		err_detail(err, "status %ld, %.*s, request %.*s", status, STR_ARG(text), STR_ARG(id));
	return false;
}

/* ---- calls ---- */

static bool
unreachable(const struct client *client, CURLcode code, struct err *err)
{
	err_set(err, ERR_UNAVAILABLE, "%s does not answer: %s. Is it running, and is the address right?", client->base,
		curl_easy_strerror(code));
	return false;
}

static bool
once(struct client *client, struct arena *arena, const char *method, const char *path, const struct json *body,
	const char *key, struct json **ret_doc, struct err *err)
{
	CURL *curl = client->curl;
	struct answer answer = {.client = client};
	buf_init(&answer.body, ANSWER_MAX);
	struct curl_slist *headers = client_header(NULL, "Accept: application/json");
	if (client->token)
		headers = client_header(headers, arena_printf(arena, "Authorization: Bearer %s", client->token));
	else if (client->cookie)
		headers = client_header(headers, arena_printf(arena, "Cookie: %s", client->cookie));
	if (client->if_match)
		headers = client_header(headers, arena_printf(arena, "If-Match: %s", client->if_match));
	client->etag = NULL;
	if (key)
		headers = client_header(headers, arena_printf(arena, "Idempotency-Key: %s", key));
	curl_easy_reset(curl);
	client_prepare(client, curl);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, client->seconds ? client->seconds : CALL_SECONDS);
	curl_easy_setopt(curl, CURLOPT_URL, client_url(client, arena, path));
	if (strcmp(method, "GET") != 0) {
		struct str text = body ? json_text(arena, body) : STR("");
		if (body)
			headers = client_header(headers, "Content-Type: application/json");
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)text.n);
		curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, text.p);
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
		headers = client_header(headers, "Expect:");
	}
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer);
	CURLcode code = curl_easy_perform(curl);
	curl_slist_free_all(headers);

	bool ok = true;
	long status = 0;
	struct json *doc = NULL;
	struct err unreadable = {0};
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK)
		ok = unreachable(client, code, err);
	else if (answer.body.n > 0 &&
		 !json_read(arena, arena_str(arena, buf_str(&answer.body)), &json_limits_stored, &doc, &unreadable))
		ok = err_set(err, ERR_UNAVAILABLE, "%s answered %ld with something that is not JSON. Is this Stepmill?",
			client->base, status);
	else if (status >= 400)
		ok = problem(doc, status, err);
	else if (ret_doc)
		*ret_doc = doc ? doc : json_new_null(arena);
	buf_release(&answer.body);
	return ok;
}

bool
client_call(struct client *client, struct arena *arena, const char *method, const char *path, const struct json *body,
	const char *key, struct json **ret_doc, struct err *err)
{
	bool safe = key || strcmp(method, "GET") == 0, signed_in = false;
	for (int tried = 1;; tried++) {
		err_clear(err);
		if (once(client, arena, method, path, body, key, ret_doc, err))
			return true;
		if (err->code == ERR_UNAUTHENTICATED && client->cookie && !signed_in) {
			signed_in = true;
			if (!client_sign_in(client, err))
				return false;
		} else if (err->code != ERR_UNAVAILABLE || !safe || tried >= TRIES) {
			return false;
		} else {
			(void)poll(NULL, 0, 300 * tried);
		}
	}
}

/* ---- signing in ---- */

bool
client_sign_in(struct client *client, struct err *err)
{
	struct json *body = json_new_object(client->arena), *session;
	json_add(body, STR("email"), json_new_str(client->arena, str_of(client->email)));
	json_add(body, STR("password"), json_new_str(client->arena, str_of(client->password)));
	client->cookie = NULL;
	return client_call(client, client->arena, "POST", "//session", body, NULL, &session, err);
}

static bool
choose_workspace(struct client *client, const char *wanted, struct err *err)
{
	struct json *session;
	if (!client_call(client, client->arena, "GET", "//session", NULL, NULL, &session, err))
		return false;
	/* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): client_call() has set it when it is true */
	const struct json *list = json_get(session, "workspaces");
	struct str id, slug;
	if (!wanted && list && list->count > 1)
		return err_set(
			err, ERR_INVALID, "You belong to %u workspaces. Choose one with --workspace.", list->count);
	json_each (workspace, list) {
		if (!json_get_str(workspace, "id", &id) || !json_get_str(workspace, "slug", &slug))
			continue;
		if (wanted && !str_is(id, wanted) && !str_is(slug, wanted))
			continue;
		client->workspace = arena_strz(client->arena, id);
		return true;
	}
	if (wanted)
		return err_set(err, ERR_NOT_FOUND, "You do not belong to a workspace \"%s\".", wanted);
	return err_set(err, ERR_NOT_FOUND, "You do not belong to any workspace. Somebody there has to add you.");
}

/* "email=…" and "password=…" are understood as well as the bare lines. */
static char *
login_line(struct arena *arena, struct str *rest, const char *name)
{
	size_t n = 0;
	while (n < rest->n && rest->p[n] != '\n' && rest->p[n] != '\r')
		n++;
	struct str line = {rest->p, n};
	while (n < rest->n && (rest->p[n] == '\n' || rest->p[n] == '\r'))
		n++;
	*rest = (struct str){rest->p + n, rest->n - n};
	size_t length = strlen(name);
	if (line.n > length && memcmp(line.p, name, length) == 0 && line.p[length] == '=')
		line = (struct str){line.p + length + 1, line.n - length - 1};
	return arena_strz(arena, line);
}

/* False without an error: none was given. */
static bool
take_login(struct client *client, const struct client_settings *settings, struct err *err)
{
	client->email = settings->email ? settings->email : getenv("STEPMILL_EMAIL");
	client->password = settings->password ? settings->password : getenv("STEPMILL_PASSWORD");
	if (settings->login_file) {
		struct str text;
		if (!cli_read_file(client->arena, settings->login_file, 4096, &text, err))
			return false;
		client->email = login_line(client->arena, &text, "email");
		client->password = login_line(client->arena, &text, "password");
	}
	return client->email && *client->email && client->password && *client->password;
}

static char *
base_of(struct arena *arena, const char *url)
{
	char *base = arena_strdup(arena, url && *url ? url : "http://127.0.0.1:8080");
	for (size_t n = strlen(base); n > 0 && base[n - 1] == '/'; n--)
		base[n - 1] = '\0';
	return base;
}

/* A token that was kept is sent to the server it was kept for, and to no other. */
static bool
take_stored(struct client *client, const struct client_settings *settings, struct err *err)
{
	struct stored_login login;
	if (!stored_login_read(client->arena, &login, err)) {
		if (err->code == ERR_NONE)
			err_set(err, ERR_INVALID,
				"Who signs in is not known. Run stepmill login, set STEPMILL_TOKEN, or STEPMILL_EMAIL "
				"and "
				"STEPMILL_PASSWORD, or give --login-file.");
		return false;
	}
	if (settings->url && *settings->url && strcmp(client->base, login.url) != 0)
		return err_set(err, ERR_INVALID,
			"You are logged in at %.150s, not at %.150s. Log in there: stepmill login --server.", login.url,
			client->base);
	client->base = login.url;
	client->token = login.token;
	return true;
}

bool
client_connect(struct client *client, struct arena *arena, const struct client_settings *settings, struct err *err)
{
	*client = (struct client){.arena = arena, .base = base_of(arena, settings->url), .seconds = settings->seconds};
	const char *token = settings->token ? settings->token : getenv("STEPMILL_TOKEN");
	err_clear(err);
	if (token && *token)
		client->token = token;
	else if (!take_login(client, settings, err) && (err->code != ERR_NONE || !take_stored(client, settings, err)))
		return false;
	if (client->token && strpbrk(client->token, "\r\n"))
		return err_set(err, ERR_INVALID, "The token holds a line end. Give it as it was shown.");
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0 || !(client->curl = curl_easy_init()))
		return err_set(err, ERR_INTERNAL, "libcurl did not start.");
	return client->token || client_sign_in(client, err);
}

bool
client_open(struct client *client, struct arena *arena, const struct client_settings *settings, struct err *err)
{
	return client_connect(client, arena, settings, err) && choose_workspace(client, settings->workspace, err);
}

void
client_close(struct client *client)
{
	struct err ignored = {0};
	if (client->curl && client->cookie)
		(void)once(client, client->arena, "DELETE", "//session", NULL, NULL, NULL, &ignored);
	if (client->curl)
		curl_easy_cleanup(client->curl);
	client->curl = NULL;
}
