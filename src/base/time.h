/*
 * Two clocks, never mixed. wall_us is for people and for ids; boot_us (CLOCK_BOOTTIME) is for everything that waits or
 * expires inside a process. What must hold between processes is judged by the database's clock alone.
 */
#ifndef STEPMILL_BASE_TIME_H
#define STEPMILL_BASE_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int64_t wall_us(void);
int64_t boot_us(void);

#define TIME_TEXT_SIZE 32
/* RFC 3339 in UTC with milliseconds: 2026-11-21T10:20:30.123Z */
void time_text(int64_t wall, char out[TIME_TEXT_SIZE]);

/* Reads RFC 3339 of the years 1970 to 9999, with any offset, to the microsecond; false for what is none. */
bool time_parse(const char *text, size_t n, int64_t *ret_wall);

#endif
