/* Any text as a duration: what is read is what it says, worked out here a second time in numbers that cannot overflow. */
#include "flow/duration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static long double
worked_out(const char *text)
{
	static const struct {
		const char *name;
		long double ms;
	} units[] = {{"ms", 1}, {"s", 1e3L}, {"m", 6e4L}, {"h", 3.6e6L}, {"d", 8.64e7L}, {"w", 6.048e8L}};
	long double ms = 0;
	while (*text) {
		char *end;
		long double number = strtold(text, &end);
		size_t unit = 0;
		end += strspn(end, " ");
		size_t n = strspn(end, "abcdefghijklmnopqrstuvwxyz");
		while (unit < 6 && (strlen(units[unit].name) != n || strncmp(units[unit].name, end, n) != 0))
			unit++;
		if (end == text || unit == 6)
			abort();
		ms += floorl(number * units[unit].ms + 1e-6L);
		text = end + n + strspn(end + n, " ");
	}
	return ms;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct str text = {(const char *)bytes, size};
	int64_t ms = -1;
	if (size > 200)
		return 0;
	if (!duration_parse(text, &ms)) {
		if (ms != -1)
			abort();
		return 0;
	}
	if (ms < 0 || ms > DURATION_MS_MAX)
		abort();
	char copy[201];
	memcpy(copy, bytes, size);
	copy[size] = '\0';
	if (fabsl(worked_out(copy) - (long double)ms) > 6)
		abort();
	return 0;
}
