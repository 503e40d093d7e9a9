/* The scripts of stepmill-js as text, for engine.c and declare.c. */
#ifndef STEPMILL_JS_PRELUDE_H
#define STEPMILL_JS_PRELUDE_H

extern const char js_prelude[];
extern const char
	js_typescript[]; /* typescript/: a function of {compile, library} that gives one of the text of a document */

extern const char js_replay[]; /* the same of {compile, library, clock}: an object of begin, next and result */

#endif
