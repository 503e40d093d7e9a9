/*
 * What is said between an executor (or an API worker that checks a definition) and a stepmill-js: frames over a socket
 * pair. A frame is its length in four bytes and then numbers (four or eight bytes, the lowest first) and texts (length in four
 * bytes, then the bytes). After its start stepmill-js says a greeting; then it answers requests one by one, in order.
 *
 * Whoever reads believes nothing: the code on the other side may have taken over its process. A length is checked before
 * anything is done with it, and what is wrong makes the frame unreadable as a whole.
 */
#ifndef STEPMILL_JS_WIRE_H
#define STEPMILL_JS_WIRE_H

#include "base/arena.h"
#include "base/buf.h"

#include <stdint.h>

#define JS_CHANNEL 3 /* the descriptor, in stepmill-js */
#define JS_VERSION 1
#define JS_FRAME_MAX ((size_t)32 << 20)
#define JS_SOURCES_MAX 1000
#define JS_SCOPE_MAX ((size_t)16 << 20)
#define JS_VALUES_MAX ((size_t)8 << 20) /* all values of an answer */
#define JS_LOG_MAX ((size_t)64 << 10)	/* what console.log of one request has said */

enum js_kind {
	JS_CHECK,      /* are these expressions? nothing is run */
	JS_CHECK_CODE, /* are these bodies of functions? */
	JS_EVALUATE,   /* expressions over the scope's `input`, `steps` and `env` */
	JS_CALL,       /* bodies of functions, called with the scope's `input` and `env` */
	JS_DECLARE,    /* documents in TypeScript: what they declare, as typescript/document.js writes it */
	JS_REPLAY,     /* the code of a workflow, over the scope's history: what it asks for next, or has come to */
	JS_KINDS
};

struct js_request {
	enum js_kind kind;
	uint32_t cpu_ms;  /* of all sources together */
	int64_t now_ms;	  /* the time it is in there */
	uint64_t seed;	  /* of Math.random */
	struct str scope; /* JSON text; empty: none */
	const struct str *sources;
	unsigned count;
};

enum js_status {
	JS_OK,	      /* `text` is the value as JSON; of a check: empty */
	JS_NOTHING,   /* undefined, a function: nothing that JSON can write */
	JS_THREW,     /* `text` is what was said; line and column where, 0: unknown */
	JS_SYNTAX,    /* the same, before anything was run */
	JS_TIMED_OUT, /* this one, and all that follow */
	JS_TOO_LARGE,
	JS_STATUSES
};

struct js_result {
	enum js_status status;
	struct str text;
	uint32_t line, column;
};

struct js_answer {
	const struct js_result *results; /* as many as there were sources */
	unsigned count;
	struct str log; /* lines, each with its \n */
	bool last;	/* whoever says this ends now */
};

/* Each adds one frame. False: it would be larger than JS_FRAME_MAX. */
bool wire_add_greeting(struct buf *out);
bool wire_add_request(struct buf *out, const struct js_request *request);
bool wire_add_answer(struct buf *out, const struct js_answer *answer);

/* The first frame of what has come: 1 it is whole, 0 more is to come, -1 it never will be. `used`: bytes of it in all. */
int wire_frame(struct str come, struct str *ret_frame, size_t *ret_used);

/* Of a frame; slices of it. False: that is not what it is. */
bool wire_read_greeting(struct str frame);
bool wire_read_request(struct arena *arena, struct str frame, struct js_request *ret_request);
bool wire_read_answer(struct arena *arena, struct str frame, struct js_answer *ret_answer);

#endif
