/*
 * What this process holds in arenas and buffers, in bytes: nearly all there is. Counted where blocks are taken and given
 * back, so it is exact whoever asks for memory, and costs nothing to ask. Each thread counts its own; of programs here only a box's proxy has more than one.
 */
#ifndef STEPMILL_BASE_MEMORY_H
#define STEPMILL_BASE_MEMORY_H

#include <stddef.h>

size_t memory_held(void);

void memory_taken(size_t bytes); /* for arena.c and buf.c */
void memory_given(size_t bytes);

#endif
