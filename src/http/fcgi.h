/*
 * The accept loop of one worker over libfcgi: one request at a time, from the master's listening socket, until SIGTERM
 * has come and the request in hand is answered.
 *
 * libfcgi, measured: a SIGTERM handler without SA_RESTART that calls FCGX_ShutdownPending ends a blocked accept, if the
 * request was made with FCGI_FAIL_ACCEPT_ON_INTR; a signal that falls between libfcgi's check and accept() is lost, so
 * the master sends it again until the worker is gone.
 */
#ifndef STEPMILL_HTTP_FCGI_H
#define STEPMILL_HTTP_FCGI_H

#include "http/response.h"

struct fcgi_app {
	void *context;
	/* Fills the response; whatever happens, it is sent. */
	void (*answer)(void *context, struct request *request, struct response *response);
	/* When the answer is out and the connection closed: what should not delay it. May be NULL. */
	void (*after)(void *context);
};

/* A listening unix socket that only this user reaches; replaces a file of that name. */
bool fcgi_listen(const char *path, int *ret_socket, struct err *err);
/* Returns the exit status of the worker. */
int fcgi_serve(int listening, const struct fcgi_app *app);

#endif
