/* prelude.js as text, for engine.c. */
#ifndef STEPMILL_JS_PRELUDE_H
#define STEPMILL_JS_PRELUDE_H

extern const char js_prelude[];

#endif
