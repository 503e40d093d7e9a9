/*
 * The boxes in which commands of script steps run: a stepmill-box each (box/box.h), some at a time, those of the workspace first that has the fewest.
 *
 *	struct boxes *boxes = boxes_new(&timers, &settings, &err);
 *	struct box *box = box_ask(boxes, &request, what);
 *	poll(boxes_descriptor(boxes)) → boxes_advance(boxes);      // request.wrote(what, …), then request.ended(what, …), once
 *	box_cancel(box);                                            // or not at all
 *
 * A box ends with the executor, whatever ends that; with its lease; and within a moment of box_cancel(), grandchildren and all. What can be kept apart on
 * this machine is found out by a box that does nothing, before the first command is run.
 */
#ifndef STEPMILL_EXEC_BOXES_H
#define STEPMILL_EXEC_BOXES_H

#include "base/id.h"
#include "box/box.h"
#include "exec/timer.h"

struct boxes;
struct box;

struct boxes_settings {
	const char *program;	   /* "": beside the executor */
	const char *sandbox;	   /* "required", or "none" */
	const char *user;	   /* whom a command runs as when the executor is root */
	const char *directory;	   /* where working directories are */
	const char *allow_address; /* where those with network may go besides the public internet */
	long network_mb;	   /* as much may pass to and from one of them */
	long at_once, memory_mb, disk_mb, processes;
};

/* The texts live until the box has ended. */
struct box_request {
	struct id workspace;
	struct str place; /* below the workspace's directory: "runs/ID", "projects/NAME" */
	const char *const *arguments, *const *environment;
	const char *directory;
	struct str input;
	bool network;
	int64_t cpu_seconds;
	void (*wrote)(void *what, bool error, struct str bytes);
	void (*ended)(void *what, enum box_event event, int value, const char *why);
};

/* NULL: the settings make no sense. */
struct boxes *boxes_new(struct timers *timers, const struct boxes_settings *settings, struct err *err);
void boxes_free(struct boxes *boxes); /* without a word to who asked; NULL is fine */

int boxes_descriptor(const struct boxes *boxes);
void boxes_advance(struct boxes *boxes);
void boxes_lease(struct boxes *boxes, int64_t end_us); /* by the boot clock */

/* Nothing is said before this returns. */
struct box *box_ask(struct boxes *boxes, const struct box_request *request, void *what);
void box_cancel(struct box *box); /* NULL is fine */

bool boxes_have_network(const struct boxes *boxes); /* one that asks for it gets it: not without namespaces */

/* Working directories of runs that are over go. */
struct places *boxes_places(struct boxes *boxes);
void boxes_remove(struct boxes *boxes, int place); /* all that is in it; the descriptor is taken */

struct boxes_facts {
	const char *level; /* "namespaces", "none", "refused"; "unknown": nobody has looked yet */
	const char *why;   /* it is refused */
	int landlock;
	unsigned running, waiting;
	int64_t started, stopped;
};
struct boxes_facts boxes_facts(const struct boxes *boxes);

#endif
