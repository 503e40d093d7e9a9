/*
 * What is said between an executor and a stepmill-box, the program in which one command of a script step runs. It is started with
 *
 *	0, 1, 2      what the command reads and writes
 *	BOX_REPORTS  a pipe, on which it says how it went: struct box_report, at most two
 *	BOX_JOB      a file that only memory holds: struct box_job, packed
 *	BOX_LEASE    a page that the executor writes its lease's end into, in microseconds of the boot clock: nothing runs past that
 *	BOX_PLACE    the working directory, locked (flock) as long as the box is there
 *	BOX_PROXY    between the box and its proxy, where there is one: the socket that listens, and a byte when it is heard
 *
 *	stepmill-box run PID         supervise.c: makes the box, watches what it takes, and ends with it
 *	  stepmill-box proxy         proxy.c: its way out, where it may use the network
 *	  bwrap …                    namespaces.c: no network, no other processes, a file system of its own
 *	    stepmill-box inside      inside.c: limits, Landlock, seccomp, and then the command
 *	stepmill-box remove          remove.c: deletes BOX_PLACE and all that is in it, as the same user
 *
 * The supervisor dies with its executor, the first process of the box with the supervisor, and with it the kernel ends everything in there.
 */
#ifndef STEPMILL_BOX_BOX_H
#define STEPMILL_BOX_BOX_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

#define BOX_REPORTS 3
#define BOX_JOB 4
#define BOX_LEASE 5
#define BOX_PLACE 6
#define BOX_PROXY 7
#define BOX_PROXY_PORT 3128		  /* of the box's own 127.0.0.1 */
#define BOX_WORK "/work"		  /* the working directory, seen from inside */
#define BOX_STRINGS_MAX ((size_t)1 << 20) /* of all arguments and variables */

enum box_level {
	BOX_NAMESPACES, /* a world of its own */
	BOX_BARE,	/* an administrator wants it so: limits, Landlock and seccomp alone */
};

struct box_job {
	enum box_level level;
	int64_t uid, gid;	   /* whom a supervisor that is root becomes */
	int64_t memory_mb;	   /* of all of its processes, and of each */
	int64_t processes;	   /* and threads */
	int64_t disk_mb;	   /* in the working directory; no file is larger */
	int64_t cpu_seconds;	   /* of each process */
	bool network;		   /* through a proxy of its own */
	int64_t network_mb;	   /* that pass through it, both ways */
	const char *allow_address; /* besides the public internet; see net/guard.h */
	const char *directory;	   /* below the working directory: where the command begins; "": there */
	const char *const *arguments, *const *environment; /* each ends with NULL */
};

struct str box_job_pack(struct arena *arena, const struct box_job *job);
bool box_job_unpack(struct arena *arena, struct str packed, struct box_job *ret_job);

enum box_event {
	BOX_STARTED = 1, /* the command is about to run; value: what Landlock there is, 0: none */
	BOX_REFUSED,	 /* there is no box: `text` says why */
	BOX_NO_PROGRAM,	 /* nor the command; value: errno */
	BOX_NO_DIRECTORY,
	BOX_EXITED, /* value: its status, 128 + signal when it was killed */
	BOX_TOO_MUCH_MEMORY,
	BOX_TOO_MUCH_DISK,
	BOX_DISK_FULL,
	BOX_LEASE_OVER,
};

struct box_report {
	uint32_t event;
	int32_t value;
	char text[248];
};

#endif
