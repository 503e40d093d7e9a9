/* Realms, their time and what they answer: see engine.h. */
#include "js/engine_internal.h"
#include "js/prelude.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#define THROWN_MAX 500 /* bytes of what an exception says */
#define WARM_CPU_MS 20
#define CPU_LEAST_S 0.001

/* Exported by the library and in none of its public headers. */
typedef bool should_terminate(JSContextRef context, void *with);
void JSContextGroupSetExecutionTimeLimit(JSContextGroupRef group, double seconds, should_terminate *ask, void *with);
void JSGlobalContextSetEvalEnabled(JSGlobalContextRef context, bool enabled, JSStringRef message);
void JSSynchronousGarbageCollectForDebugging(JSContextRef context);

/* The realm that runs: a callback of the engine's is told nothing of ours. */
static struct realm *current;

JSObjectRef
engine_clock(void)
{
	return current ? current->clock : NULL;
}

static int64_t
cpu_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- texts ---- */

JSStringRef
engine_text(struct arena *arena, struct str text)
{
	return JSStringCreateWithUTF8CString(arena_strz(arena, text));
}

/* At most `max` bytes, cut between characters; p NULL: it is longer, and `cut` does not allow that. */
static struct str
text_of(struct arena *arena, JSStringRef text, size_t max, bool cut)
{
	size_t length = JSStringGetLength(text), room = JSStringGetMaximumUTF8CStringSize(text);
	if (length > max && !cut)
		return (struct str){NULL, 0};
	if (room > 3 * max + 1)
		room = 3 * max + 1;
	char *out = malloc(room);
	if (!out)
		out_of_memory();
	size_t n = JSStringGetUTF8CString(text, out, room);
	n = n > 0 ? n - 1 : 0;
	struct str whole = {out, n}, kept = {NULL, 0};
	if (n > max && cut) {
		whole.n = max;
		whole.n = str_utf8_bad(whole);
	}
	if (whole.n <= max)
		kept = arena_str(arena, whole);
	free(out);
	return kept;
}

/* ---- time ---- */

static bool
time_is_over(JSContextRef context, void *with)
{
	struct engine *engine = with;
	(void)context;
	engine->timed_out = true;
	return true;
}

/* Before the engine is entered: what is left of the request's time. False: nothing is. */
bool
engine_grant_time(struct engine *engine)
{
	double left = (double)(engine->cpu_end_us - cpu_us()) / 1e6;
	if (engine->timed_out || left <= 0) {
		engine->timed_out = true;
		return false;
	}
	JSContextGroupSetExecutionTimeLimit(
		engine->group, left < CPU_LEAST_S ? CPU_LEAST_S : left, time_is_over, engine);
	return true;
}

static void
begin_time(struct engine *engine, uint32_t cpu_ms)
{
	engine->timed_out = false;
	engine->cpu_end_us = cpu_us() + (int64_t)cpu_ms * 1000;
}

/* ---- results ---- */

static uint32_t
number_of(struct realm *realm, JSObjectRef object, const char *name)
{
	JSStringRef key = JSStringCreateWithUTF8CString(name);
	JSValueRef unused = NULL, value = JSObjectGetProperty(realm->context, object, key, &unused);
	JSStringRelease(key);
	double number =
		value && JSValueIsNumber(realm->context, value) ? JSValueToNumber(realm->context, value, NULL) : 0;
	return number >= 1 && number < 1e6 ? (uint32_t)number : 0;
}

/* `wrapped`: sources begin on the second line of what the engine was given. */
void
engine_tell_thrown(struct realm *realm, JSValueRef thrown, enum js_status status, struct js_result *result)
{
	JSValueRef again = NULL;
	*result = (struct js_result){.status = status, .text = STR("")};
	if (realm->engine->timed_out || !engine_grant_time(realm->engine)) {
		result->status = JS_TIMED_OUT;
		return;
	}
	JSStringRef text = JSValueToStringCopy(realm->context, thrown, &again);
	if (text) {
		result->text = text_of(realm->arena, text, THROWN_MAX, true);
		JSStringRelease(text);
	}
	if (JSValueIsObject(realm->context, thrown)) {
		JSObjectRef object = JSValueToObject(realm->context, thrown, NULL);
		result->line = number_of(realm, object, "line");
		result->column = number_of(realm, object, "column");
		if (result->line > 0)
			result->line--;
	}
	if (realm->engine->timed_out)
		result->status = JS_TIMED_OUT;
}

void
engine_tell_value(struct realm *realm, JSValueRef value, struct js_result *result)
{
	JSValueRef thrown = NULL;
	*result = (struct js_result){.status = JS_NOTHING, .text = STR("")};
	if (JSValueIsUndefined(realm->context, value))
		return;
	if (JSValueIsNumber(realm->context, value) && !isfinite(JSValueToNumber(realm->context, value, NULL))) {
		*result = (struct js_result){.status = JS_THREW, .text = STR("The result is not a finite number.")};
		return;
	}
	if (realm->promise && JSValueIsObject(realm->context, value) &&
		JSValueIsInstanceOfConstructor(realm->context, value, realm->promise, NULL)) {
		*result = (struct js_result){
			.status = JS_THREW, .text = STR("It gave a promise, and cannot wait for it.")};
		return;
	}
	if (!engine_grant_time(realm->engine)) {
		result->status = JS_TIMED_OUT;
		return;
	}
	JSStringRef json = JSValueCreateJSONString(realm->context, value, 0, &thrown);
	if (realm->engine->timed_out) {
		result->status = JS_TIMED_OUT;
	} else if (thrown) {
		engine_tell_thrown(realm, thrown, JS_THREW, result);
	} else if (json) {
		result->text = text_of(realm->arena, json, JS_VALUES_MAX - realm->bytes, false);
		result->status = result->text.p ? JS_OK : JS_TOO_LARGE;
		realm->bytes += result->text.n;
	}
	if (json)
		JSStringRelease(json);
}

/* ---- functions ---- */

struct wrapping {
	const char *before, *after;
};

/*
 * An expression stands in parentheses, and would have to stand in brackets as well: "1) + f(2" fits between the one, "1], [2"
 * between the other, and only what is one expression fits between both. The body of a function would have to be one of a method, too.
 */
static const struct wrapping expression = {"(function(input,steps,loop,poll,env){\"use strict\";return (\n", "\n)})"},
			     expression_again = {"(function(input,steps,loop,poll,env){\"use strict\";return [\n",
				     "\n]})"},
			     body = {"(async function(input,env){\"use strict\";\n", "\n})"},
			     body_again = {"class C{static async m(input,env){\n", "\n}}"};

static JSStringRef
wrap(struct realm *realm, const struct wrapping *with, struct str source)
{
	char *text = arena_printf(realm->arena, "%s%.*s%s", with->before, STR_ARG(source), with->after);
	return JSStringCreateWithUTF8CString(text);
}

static bool
check_wrapped(struct realm *realm, const struct wrapping *with, struct str source, struct js_result *result)
{
	JSValueRef thrown = NULL;
	if (!engine_grant_time(realm->engine)) {
		*result = (struct js_result){.status = JS_TIMED_OUT, .text = STR("")};
		return false;
	}
	JSStringRef text = wrap(realm, with, source);
	bool ok = JSCheckScriptSyntax(realm->context, text, NULL, 1, &thrown);
	JSStringRelease(text);
	if (!ok)
		engine_tell_thrown(realm, thrown, JS_SYNTAX, result);
	return ok;
}

static void
check_source(struct realm *realm, const struct js_request *request, struct str source, struct js_result *result)
{
	bool code = request->kind == JS_CHECK_CODE;
	if (memchr(source.p, '\0', source.n))
		*result = (struct js_result){.status = JS_SYNTAX, .text = STR("It holds a zero byte.")};
	else if (check_wrapped(realm, code ? &body : &expression, source, result) &&
		 check_wrapped(realm, code ? &body_again : &expression_again, source, result))
		*result = (struct js_result){.status = JS_OK, .text = STR("")};
}

/* The function that a script evaluates to; NULL: `result` says why there is none. */
static JSObjectRef
make_function(struct realm *realm, JSStringRef text, struct js_result *result)
{
	JSValueRef thrown = NULL, value;
	if (!engine_grant_time(realm->engine)) {
		*result = (struct js_result){.status = JS_TIMED_OUT, .text = STR("")};
		return NULL;
	}
	value = JSEvaluateScript(realm->context, text, NULL, NULL, 1, &thrown);
	if (value && JSValueIsObject(realm->context, value))
		return JSValueToObject(realm->context, value, NULL);
	if (thrown)
		engine_tell_thrown(realm, thrown, JS_SYNTAX, result);
	else
		*result = (struct js_result){.status = JS_SYNTAX, .text = STR("This is not one expression.")};
	return NULL;
}

/* The scope anew for each: what one changes, the next does not see. False: `result` says why. */
static bool
read_scope(struct realm *realm, JSStringRef scope, JSValueRef *ret_scope, struct js_result *result)
{
	*ret_scope = JSValueMakeFromJSONString(realm->context, scope);
	if (*ret_scope)
		return true;
	*result = (struct js_result){.status = JS_THREW, .text = STR("What it is to look at could not be read.")};
	return false;
}

static JSValueRef
member(struct realm *realm, JSValueRef scope, const char *name)
{
	JSStringRef key = JSStringCreateWithUTF8CString(name);
	JSObjectRef object = JSValueToObject(realm->context, scope, NULL);
	JSValueRef value = object ? JSObjectGetProperty(realm->context, object, key, NULL) : NULL;
	JSStringRelease(key);
	return value ? value : JSValueMakeUndefined(realm->context);
}

static void
evaluate(struct realm *realm, JSStringRef scope_text, struct str source, struct js_result *result)
{
	JSValueRef thrown = NULL, scope, value, given[5];
	JSStringRef text = wrap(realm, &expression, source);
	JSObjectRef function = make_function(realm, text, result);
	JSStringRelease(text);
	if (!function || !read_scope(realm, scope_text, &scope, result))
		return;
	given[0] = member(realm, scope, "input");
	given[1] = member(realm, scope, "steps");
	given[2] = member(realm, scope, "loop");
	given[3] = member(realm, scope, "poll");
	given[4] = member(realm, scope, "env");
	if (!engine_grant_time(realm->engine)) {
		*result = (struct js_result){.status = JS_TIMED_OUT, .text = STR("")};
		return;
	}
	value = JSObjectCallAsFunction(realm->context, function, NULL, 5, given, &thrown);
	if (realm->engine->timed_out)
		*result = (struct js_result){.status = JS_TIMED_OUT, .text = STR("")};
	else if (!value || thrown)
		engine_tell_thrown(realm, thrown, JS_THREW, result);
	else
		engine_tell_value(realm, value, result);
}

/* ---- code ---- */

static JSValueRef
settle(JSContextRef context, size_t count, const JSValueRef given[], bool rejected)
{
	JSValueRef nothing = JSValueMakeUndefined(context);
	if (current && !current->settled) {
		current->settled = count > 0 ? given[0] : nothing;
		current->rejected = rejected;
		JSValueProtect(context, current->settled);
	}
	return nothing;
}

static JSValueRef
on_done(JSContextRef context, JSObjectRef function, JSObjectRef self, size_t count, const JSValueRef given[],
	JSValueRef *thrown)
{
	(void)function, (void)self, (void)thrown;
	return settle(context, count, given, false);
}

static JSValueRef
on_failed(JSContextRef context, JSObjectRef function, JSObjectRef self, size_t count, const JSValueRef given[],
	JSValueRef *thrown)
{
	(void)function, (void)self, (void)thrown;
	return settle(context, count, given, true);
}

/* The promise is followed while the engine is left: then everything it waits for has happened, or never will. */
static void
call(struct realm *realm, JSObjectRef follow, JSStringRef scope_text, struct str source, struct js_result *result)
{
	JSValueRef thrown = NULL, scope, given[5];
	JSStringRef text = wrap(realm, &body, source);
	JSObjectRef function = make_function(realm, text, result);
	JSStringRelease(text);
	if (!function || !read_scope(realm, scope_text, &scope, result))
		return;
	given[0] = function;
	given[1] = member(realm, scope, "input");
	given[2] = member(realm, scope, "env");
	given[3] = JSObjectMakeFunctionWithCallback(realm->context, NULL, on_done);
	given[4] = JSObjectMakeFunctionWithCallback(realm->context, NULL, on_failed);
	realm->settled = NULL;
	if (engine_grant_time(realm->engine))
		JSObjectCallAsFunction(realm->context, follow, NULL, 5, given, &thrown);
	if (realm->engine->timed_out)
		*result = (struct js_result){.status = JS_TIMED_OUT, .text = STR("")};
	else if (thrown)
		engine_tell_thrown(realm, thrown, JS_THREW, result);
	else if (!realm->settled)
		*result = (struct js_result){
			.status = JS_THREW, .text = STR("It waits for a promise that nothing here will ever settle.")};
	else if (realm->rejected)
		engine_tell_thrown(realm, realm->settled, JS_THREW, result);
	else
		engine_tell_value(realm, realm->settled, result);
	if (realm->settled)
		JSValueUnprotect(realm->context, realm->settled);
	realm->settled = NULL;
}

/* ---- realms ---- */

static JSValueRef
on_say(JSContextRef context, JSObjectRef function, JSObjectRef self, size_t count, const JSValueRef given[],
	JSValueRef *thrown)
{
	(void)function, (void)self;
	JSStringRef text = count > 0 && current ? JSValueToStringCopy(context, given[0], thrown) : NULL;
	if (text && current->log.n < JS_LOG_MAX) {
		struct str line = text_of(current->arena, text, JS_LOG_MAX - current->log.n, true);
		buf_add_str(&current->log, line);
		buf_add_char(&current->log, '\n');
	}
	if (text)
		JSStringRelease(text);
	return JSValueMakeUndefined(context);
}

JSObjectRef
engine_trusted(struct realm *realm, const char *text)
{
	JSStringRef source = JSStringCreateWithUTF8CString(text);
	JSValueRef value = JSEvaluateScript(realm->context, source, NULL, NULL, 1, NULL);
	JSStringRelease(source);
	return value && JSValueIsObject(realm->context, value) ? JSValueToObject(realm->context, value, NULL) : NULL;
}

static bool
prepare(struct realm *realm, const struct js_request *request)
{
	JSContextRef context = realm->context;
	JSObjectRef prelude = engine_trusted(realm, js_prelude);
	realm->promise = engine_trusted(realm, "Promise");
	JSValueRef thrown = NULL, given[4] = {
					  JSValueMakeNumber(context, (double)request->now_ms),
					  JSValueMakeNumber(context, (double)(uint32_t)request->seed),
					  JSValueMakeNumber(context, (double)(uint32_t)(request->seed >> 32)),
					  JSObjectMakeFunctionWithCallback(context, NULL, on_say),
				  };
	if (!prelude)
		return false;
	JSValueRef clock = JSObjectCallAsFunction(context, prelude, NULL, 4, given, &thrown);
	if (clock && JSValueIsObject(context, clock)) {
		realm->clock = JSValueToObject(context, clock, NULL);
		JSValueProtect(context, clock);
	}
	JSStringRef why = JSStringCreateWithUTF8CString("code cannot be made from text here");
	JSGlobalContextSetEvalEnabled(realm->context, false, why);
	JSStringRelease(why);
	return !thrown;
}

static void
answer_all(struct realm *realm, const struct js_request *request, struct js_result *results)
{
	JSStringRef scope = engine_text(realm->arena, request->scope.n > 0 ? request->scope : STR("{}"));
	JSObjectRef follow =
		request->kind == JS_CALL
			? engine_trusted(realm, "(function(f,input,env,done,failed){f(input,env).then(done,failed)})")
			: NULL;
	for (unsigned i = 0; i < request->count; i++) {
		struct js_result *result = &results[i];
		if (realm->engine->timed_out)
			*result = (struct js_result){.status = JS_TIMED_OUT, .text = STR("")};
		else if (request->kind == JS_EVALUATE)
			evaluate(realm, scope, request->sources[i], result);
		else if (request->kind == JS_REPLAY)
			engine_replay(realm, scope, request->sources[i], result);
		else if (request->kind == JS_DECLARE)
			engine_declare(realm, request->sources[i], result);
		else if (request->kind == JS_CALL)
			call(realm, follow, scope, request->sources[i], result);
		else
			check_source(realm, request, request->sources[i], result);
	}
	JSStringRelease(scope);
}

void
engine_answer(
	struct engine *engine, struct arena *arena, const struct js_request *request, struct js_answer *ret_answer)
{
	struct realm realm = {.engine = engine, .arena = arena};
	struct js_result *results = arena_array(arena, request->count + 1, sizeof *results);
	buf_init(&realm.log, JS_LOG_MAX + 1);
	realm.context = JSGlobalContextCreateInGroup(engine->group, NULL);
	current = &realm;
	JSContextGroupSetExecutionTimeLimit(engine->group, 60, NULL, NULL); /* what is ours is not limited */
	begin_time(engine, request->cpu_ms);
	if (!prepare(&realm, request))
		for (unsigned i = 0; i < request->count; i++)
			results[i] = (struct js_result){.status = JS_THREW, .text = STR("It could not be prepared.")};
	else
		answer_all(&realm, request, results);
	current = NULL;
	if (realm.clock)
		JSValueUnprotect(realm.context, realm.clock);
	JSGlobalContextRelease(realm.context);
	*ret_answer = (struct js_answer){results, request->count, arena_str(arena, buf_str(&realm.log)), false};
	buf_release(&realm.log);
}

bool
engine_tired(const struct engine *engine)
{
	return engine->timed_out;
}

void
engine_collect(struct engine *engine)
{
	JSSynchronousGarbageCollectForDebugging(engine->keeper);
}

/* ---- start ---- */

/* Threads, time zones, tables of characters: what is opened or started at its first use is used once. */
static const char *const warm_expressions[] = {
	"[3,1,2].sort().map(x => x * 2).join() + /(a+)b/u.exec('aab')[1] + 'é'.normalize('NFD').toUpperCase()",
	"new Date(0).toString() + new Date(0).toLocaleString('de', {timeZone: 'Europe/Berlin', timeStyle: 'full', "
	"dateStyle: 'full'})",
	"new Intl.NumberFormat('en', {style: 'currency', currency: 'EUR'}).format(1) + 'a'.localeCompare('b') + "
	"(1.5).toLocaleString()",
	"Object.fromEntries(new Map([['a', 10n ** 20n + '']])).a + structure", "(function f() { return f() + 1 })()",
	"(() => { for (;;); })()", /* the watch that ends it has a thread, which begins here */
};

struct engine *
engine_new(struct err *err)
{
	struct engine *engine = calloc(1, sizeof *engine);
	struct arena *arena = arena_new();
	struct str sources[sizeof warm_expressions / sizeof *warm_expressions];
	struct js_request request = {
		.kind = JS_EVALUATE, .cpu_ms = WARM_CPU_MS, .scope = STR("{\"input\":{}}"), .sources = sources};
	struct js_answer answer;
	if (!engine)
		out_of_memory();
	engine->group = JSContextGroupCreate();
	engine->keeper = JSGlobalContextCreateInGroup(engine->group, NULL);
	while (request.count < sizeof sources / sizeof *sources) {
		sources[request.count] = str_of(warm_expressions[request.count]);
		request.count++;
	}
	request.cpu_ms = 2000;
	request.count--;
	engine_answer(engine, arena, &request, &answer);
	bool ok = answer.results[0].status == JS_OK && answer.results[1].status == JS_OK &&
		  answer.results[2].status == JS_OK;
	request.cpu_ms = WARM_CPU_MS;
	request.sources = sources + request.count;
	request.count = 1;
	engine_answer(engine, arena, &request, &answer);
	ok = ok && answer.results[0].status == JS_TIMED_OUT;
	engine->timed_out = false;
	engine_collect(engine);
	arena_free(arena);
	if (ok)
		return engine;
	err_set(err, ERR_INTERNAL, "JavaScript cannot be run here: the engine does not do what it should.");
	free(engine);
	return NULL;
}
