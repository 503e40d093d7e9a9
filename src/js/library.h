/* Packages from npm that documents in TypeScript need, as text: see scripts/gen-library. */
#ifndef STEPMILL_JS_LIBRARY_H
#define STEPMILL_JS_LIBRARY_H

struct js_library {
	const char *name;
	const char *first; /* the file that the package begins with */
	const char *text;  /* an object: file → {names: what it requires, code} */
};

extern const struct js_library js_libraries[]; /* ends with a name that is NULL */

#endif
