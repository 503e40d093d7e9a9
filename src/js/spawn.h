/*
 * Starts a stepmill-js: beside the program that asks unless told otherwise, with a socket to it, and nothing else of ours: no environment, no
 * other descriptor.
 */
#ifndef STEPMILL_JS_SPAWN_H
#define STEPMILL_JS_SPAWN_H

#include "base/err.h"

#include <sys/types.h>

/* The environment that it runs in: its engine reads it when it is loaded. */
extern const char *const js_environment[];

/* `program` NULL or empty: the one beside /proc/self/exe. The descriptor does not block, and is closed on exec. */
bool js_spawn(const char *program, pid_t *ret_pid, int *ret_fd, struct err *err);

#endif
