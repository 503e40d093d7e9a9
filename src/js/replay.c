/*
 * A workflow's function over what has been recorded: typescript/replay.js. Here is what drives it. Each result is handed over in a call of its own,
 * because what follows from it happens while the engine is left.
 */
#include "js/engine_internal.h"
#include "js/prelude.h"

/* clock(ms): from now on it is this late. */
static JSValueRef
on_clock(JSContextRef context, JSObjectRef function, JSObjectRef self, size_t count, const JSValueRef given[],
	JSValueRef *thrown)
{
	(void)function, (void)self;
	if (count > 0 && engine_clock())
		JSObjectCallAsFunction(context, engine_clock(), NULL, 1, given, thrown);
	return JSValueMakeUndefined(context);
}

static JSValueRef
call(struct realm *realm, JSObjectRef object, const char *name, size_t count, const JSValueRef given[],
	JSValueRef *thrown)
{
	JSStringRef key = JSStringCreateWithUTF8CString(name);
	JSValueRef member = JSObjectGetProperty(realm->context, object, key, thrown);
	JSStringRelease(key);
	if (*thrown || !member || !JSValueIsObject(realm->context, member) || !engine_grant_time(realm->engine))
		return NULL;
	return JSObjectCallAsFunction(
		realm->context, JSValueToObject(realm->context, member, NULL), object, count, given, thrown);
}

static JSObjectRef
make(struct realm *realm, JSValueRef *thrown)
{
	JSObjectRef native = engine_native(realm->context), made = engine_trusted(realm, js_replay);
	JSStringRef key = JSStringCreateWithUTF8CString("clock");
	JSObjectSetProperty(
		realm->context, native, key, JSObjectMakeFunctionWithCallback(realm->context, NULL, on_clock), 0, NULL);
	JSStringRelease(key);
	const JSValueRef given = native;
	if (!made || !engine_grant_time(realm->engine))
		return NULL;
	JSValueRef value = JSObjectCallAsFunction(realm->context, made, NULL, 1, &given, thrown);
	return value && JSValueIsObject(realm->context, value) ? JSValueToObject(realm->context, value, NULL) : NULL;
}

void
engine_replay(struct realm *realm, JSStringRef scope, struct str source, struct js_result *result)
{
	JSValueRef thrown = NULL, more, value = NULL, given[2];
	JSObjectRef replay = make(realm, &thrown);
	*result = (struct js_result){.status = JS_TIMED_OUT, .text = STR("")};
	if (replay) {
		JSStringRef code = engine_text(realm->arena, source);
		given[0] = JSValueMakeString(realm->context, code);
		given[1] = JSValueMakeString(realm->context, scope);
		JSStringRelease(code);
		JSValueProtect(realm->context, replay);
		call(realm, replay, "begin", 2, given, &thrown);
		do
			more = thrown ? NULL : call(realm, replay, "next", 0, NULL, &thrown);
		while (more && JSValueToBoolean(realm->context, more));
		value = thrown ? NULL : call(realm, replay, "result", 0, NULL, &thrown);
		JSValueUnprotect(realm->context, replay);
	}
	if (realm->engine->timed_out)
		return;
	if (value)
		engine_tell_value(realm, value, result);
	else
		engine_tell_thrown(realm, thrown ? thrown : JSValueMakeUndefined(realm->context), JS_THREW, result);
}
