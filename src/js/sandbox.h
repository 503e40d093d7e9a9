/*
 * What a stepmill-js takes from itself before it reads the first byte that a stranger has written. Afterwards it can compute, read and
 * write the descriptors it has, take memory up to a limit, and end. It cannot open, connect, start or signal anything, nor
 * make memory executable: code that takes over the process still has nothing but this channel.
 */
#ifndef STEPMILL_JS_SANDBOX_H
#define STEPMILL_JS_SANDBOX_H

#include "base/err.h"

/* `more_bytes`: memory that may be taken from now on. All threads are bound by it. */
bool sandbox_enter(size_t more_bytes, struct err *err);

/* Bytes of memory taken since then; 0: unknown. */
size_t sandbox_memory(void);

#endif
