/* What engine.c and the files beside it share. */
#ifndef STEPMILL_JS_ENGINE_INTERNAL_H
#define STEPMILL_JS_ENGINE_INTERNAL_H

#include "js/engine.h"

#include <JavaScriptCore/JavaScript.h>

struct engine {
	JSContextGroupRef group;
	JSGlobalContextRef keeper; /* an empty realm, for collecting */
	bool timed_out;
	int64_t cpu_end_us;
};

/* One request. */
struct realm {
	struct engine *engine;
	struct arena *arena;
	JSGlobalContextRef context;
	struct buf log;
	size_t bytes;	     /* of values so far */
	JSObjectRef promise; /* its constructor */
	JSObjectRef clock;   /* sets the time */
	/* what a called function has come to */
	JSValueRef settled;
	bool rejected;
};

JSStringRef engine_text(struct arena *arena, struct str text);

/* Before the engine is entered: what is left of the request's time. False: nothing is. */
bool engine_grant_time(struct engine *engine);

/* `wrapped`: sources begin on the second line of what the engine was given. */
void engine_tell_thrown(struct realm *realm, JSValueRef thrown, enum js_status status, struct js_result *result);
void engine_tell_value(struct realm *realm, JSValueRef value, struct js_result *result);

/* A function of ours, from its text; NULL: it is none. */
JSObjectRef engine_trusted(struct realm *realm, const char *text);

/* Of the realm that runs: sets the time it is in there; NULL: there is none. */
JSObjectRef engine_clock(void);

/* declare.c: what scripts of ours need of the engine, {compile, library} */
JSObjectRef engine_native(JSContextRef context);
void engine_declare(struct realm *realm, struct str source, struct js_result *result);

/* replay.c */
void engine_replay(struct realm *realm, JSStringRef scope, struct str source, struct js_result *result);

#endif
