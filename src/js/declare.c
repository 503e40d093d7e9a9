/*
 * Documents in TypeScript: the scripts of typescript/ take the types out, run the declaration and write down what it declares. Here is what it needs of the
 * engine: to run a text as a script, and the packages that were built in. What the document itself can do is what any code here can: compute.
 */
#include "js/engine_internal.h"
#include "js/library.h"
#include "js/prelude.h"

static void
set(JSContextRef context, JSObjectRef object, const char *name, JSValueRef value)
{
	JSStringRef key = JSStringCreateWithUTF8CString(name);
	JSObjectSetProperty(context, object, key, value, 0, NULL);
	JSStringRelease(key);
}

static JSValueRef
text_value(JSContextRef context, const char *text)
{
	JSStringRef string = JSStringCreateWithUTF8CString(text);
	JSValueRef value = JSValueMakeString(context, string);
	JSStringRelease(string);
	return value;
}

/* compile(text, name): what the script comes to; `name` is what errors call it. */
static JSValueRef
on_compile(JSContextRef context, JSObjectRef function, JSObjectRef self, size_t count, const JSValueRef given[],
	JSValueRef *thrown)
{
	JSValueRef value = NULL;
	(void)function, (void)self;
	JSStringRef text = count > 1 ? JSValueToStringCopy(context, given[0], thrown) : NULL;
	JSStringRef name = text ? JSValueToStringCopy(context, given[1], thrown) : NULL;
	if (name) {
		value = JSEvaluateScript(context, text, NULL, name, 1, thrown);
		JSStringRelease(name);
	}
	if (text)
		JSStringRelease(text);
	return value ? value : JSValueMakeUndefined(context);
}

/* library(name): {first, files}, or null. */
static JSValueRef
on_library(JSContextRef context, JSObjectRef function, JSObjectRef self, size_t count, const JSValueRef given[],
	JSValueRef *thrown)
{
	const struct js_library *library = js_libraries;
	(void)function, (void)self;
	JSStringRef name = count > 0 ? JSValueToStringCopy(context, given[0], thrown) : NULL;
	if (!name)
		return JSValueMakeNull(context);
	while (library->name && !JSStringIsEqualToUTF8CString(name, library->name))
		library++;
	JSStringRelease(name);
	if (!library->name)
		return JSValueMakeNull(context);
	JSStringRef text = JSStringCreateWithUTF8CString(library->text);
	JSStringRef where = JSStringCreateWithUTF8CString(library->name);
	JSValueRef files = JSEvaluateScript(context, text, NULL, where, 1, thrown);
	JSStringRelease(where);
	JSStringRelease(text);
	if (!files)
		return JSValueMakeUndefined(context);
	JSObjectRef found = JSObjectMake(context, NULL, NULL);
	set(context, found, "first", text_value(context, library->first));
	set(context, found, "files", files);
	return found;
}

JSObjectRef
engine_native(JSContextRef context)
{
	JSObjectRef native = JSObjectMake(context, NULL, NULL);
	set(context, native, "compile", JSObjectMakeFunctionWithCallback(context, NULL, on_compile));
	set(context, native, "library", JSObjectMakeFunctionWithCallback(context, NULL, on_library));
	return native;
}

void
engine_declare(struct realm *realm, struct str source, struct js_result *result)
{
	JSContextRef context = realm->context;
	JSValueRef thrown = NULL, value = NULL, given = engine_native(context);
	JSObjectRef make = engine_trusted(realm, js_typescript), declare = NULL;
	*result = (struct js_result){.status = JS_TIMED_OUT, .text = STR("")};
	if (!make || !engine_grant_time(realm->engine))
		return;
	value = JSObjectCallAsFunction(context, make, NULL, 1, &given, &thrown);
	if (value && JSValueIsObject(context, value))
		declare = JSValueToObject(context, value, NULL);
	if (declare) {
		JSStringRef text = engine_text(realm->arena, source);
		given = JSValueMakeString(context, text);
		JSStringRelease(text);
		value = JSObjectCallAsFunction(context, declare, NULL, 1, &given, &thrown);
	}
	if (realm->engine->timed_out)
		return;
	if (thrown || !value)
		engine_tell_thrown(realm, thrown ? thrown : JSValueMakeUndefined(context), JS_THREW, result);
	else
		engine_tell_value(realm, value, result);
}
