/*
 * The REST API, as one signed-in person in one workspace. Where and who comes from options or the environment:
 * STEPMILL_URL, STEPMILL_LOGIN_FILE (two lines: e-mail, password) or STEPMILL_EMAIL and STEPMILL_PASSWORD,
 * STEPMILL_TOKEN (an API token, before all else) or what `stepmill login` keeps; STEPMILL_WORKSPACE (its slug or id). The session stays in memory and is signed out at the end.
 */
#ifndef STEPMILL_CLI_CLIENT_H
#define STEPMILL_CLI_CLIENT_H

#include "cli/cli.h"
#include "json/json.h"

#include <curl/curl.h>

struct client_settings {
	const char *url, *login_file, *email, *password, *token, *workspace;
	long seconds; /* that a call may take; 0: 60 */
};

#define CLIENT_OPTIONS(s) \
	CLI_TEXT("server", &(s)->url, "URL", "STEPMILL_URL", "where Stepmill is; http://127.0.0.1:8080 unless given"), \
		CLI_TEXT( \
			"login-file", &(s)->login_file, "FILE", "STEPMILL_LOGIN_FILE", "two lines: e-mail, password"), \
		CLI_TEXT("workspace", &(s)->workspace, "SLUG", "STEPMILL_WORKSPACE", "when you belong to several")

struct client {
	struct arena *arena;
	CURL *curl;
	const char *base; /* URL without a slash at its end */
	const char *email, *password;
	const char *token;     /* an API token; NULL: signs in */
	char *cookie;	       /* "name=value"; NULL: not signed in */
	const char *workspace; /* id */
	long seconds;	       /* as in the settings */
	char *etag;	       /* of the last answer; NULL: it had none */
	const char *if_match;  /* what a change is made on: sent with every call while it is set */
};

/* Signs in and chooses the workspace. */
bool client_open(struct client *client, struct arena *arena, const struct client_settings *settings, struct err *err);
/* Without choosing a workspace. */
bool client_connect(
	struct client *client, struct arena *arena, const struct client_settings *settings, struct err *err);
void client_close(struct client *client);
bool client_sign_in(struct client *client, struct err *err); /* again, when a session has ended */

/*
 * One call. `path` begins behind /api/workspaces/ID, or behind /api when it starts with "//". `body` NULL: none. A
 * problem document becomes `err` with its code; so does a connection that fails (ERR_UNAVAILABLE). A signed-out session
 * is renewed once; a `key` makes a lost answer safe to ask for again, which is done three times.
 */
bool client_call(struct client *client, struct arena *arena, const char *method, const char *path,
	const struct json *body, const char *key, struct json **ret_doc, struct err *err);

char *client_url(struct client *client, struct arena *arena, const char *path);
char *client_escape(struct client *client, struct arena *arena, const char *text); /* for a query */
void client_prepare(const struct client *client, CURL *curl);			   /* what every call of ours has set */
struct curl_slist *client_header(struct curl_slist *list, const char *text);

#endif
