/* The places where a fault test makes this process fail. Compiled to nothing unless configured with --enable-faults. */
#include "base/fault.h"

#ifdef STEPMILL_FAULTS

#include "base/str.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PLAN_MAX 160

static struct {
	bool read;
	char text[PLAN_MAX]; /* as it was read; another text is another plan */
	char name[96];
	char action[24];
	unsigned long count;
	unsigned long passed;
	int trace, file, clock; /* descriptors, or -1 */
} plan = {.trace = -1, .file = -1, .clock = -1};

/* A plan that cannot be read would make a fault test pass without a fault: it ends the process. */
static _Noreturn void
bad_plan(const char *text)
{
	fprintf(stderr, "STEPMILL_FAULT=%s is not name:action[:count], with kill, stop, delay=MS, error or lie.\n",
		text);
	exit(2);
}

static void
parse_plan(const char *text)
{
	const char *colon = strchr(text, ':');
	if (!colon || colon == text || (size_t)(colon - text) >= sizeof plan.name)
		bad_plan(text);
	snprintf(plan.name, sizeof plan.name, "%.*s", (int)(colon - text), text);
	const char *action = colon + 1;
	size_t n = strcspn(action, ":");
	if (n == 0 || n >= sizeof plan.action)
		bad_plan(text);
	snprintf(plan.action, sizeof plan.action, "%.*s", (int)n, action);
	unsigned long long number = 1;
	if (action[n] == ':' && (!str_to_u64(str_of(action + n + 1), 1000000000, &number) || number == 0))
		bad_plan(text);
	plan.count = (unsigned long)number;
	plan.passed = 0;
	if (strcmp(plan.action, "kill") != 0 && strcmp(plan.action, "stop") != 0 && strcmp(plan.action, "error") != 0 &&
		strcmp(plan.action, "lie") != 0 &&
		(strncmp(plan.action, "delay=", 6) != 0 || !str_to_u64(str_of(plan.action + 6), 3600000, &number)))
		bad_plan(text);
}

static int
open_named(const char *variable, int flags)
{
	const char *name = getenv(variable);
	if (!name || !*name)
		return -1;
	int fd = open(name, flags | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	fprintf(stderr, "%s=%s cannot be opened.\n", variable, name);
	exit(2);
}

static void
read_environment(void)
{
	if (plan.read)
		return;
	plan.read = true;
	plan.trace = open_named("STEPMILL_FAULT_TRACE", O_WRONLY | O_APPEND);
	plan.file = open_named("STEPMILL_FAULT_FILE", O_RDWR);
	plan.clock = open_named("STEPMILL_CLOCK_FILE", O_RDONLY);
	const char *text = getenv("STEPMILL_FAULT");
	if (text && *text)
		parse_plan(text);
}

/* A plan of the file is one line; without its end it is still being written. */
static void
read_file(void)
{
	char text[PLAN_MAX];
	if (plan.file < 0)
		return;
	ssize_t n = pread(plan.file, text, sizeof text - 1, 0);
	if (n == 0 && plan.text[0]) /* another process of ours has acted */
		plan.name[0] = plan.text[0] = '\0';
	if (n <= 1 || text[n - 1] != '\n')
		return;
	text[n - 1] = '\0';
	if (strcmp(text, plan.text) == 0)
		return;
	memcpy(plan.text, text, (size_t)n);
	parse_plan(text);
}

static void
write_trace(const char *name, const char *action)
{
	char line[160];
	if (plan.trace < 0)
		return;
	int n = snprintf(line, sizeof line, "%s%s%s\n", name, *action ? " " : "", action);
	ssize_t ignored = write(plan.trace, line, (size_t)n);
	(void)ignored;
}

static void
act_delay(void)
{
	unsigned long long ms = 0;
	str_to_u64(str_of(plan.action + 6), 3600000, &ms);
	struct timespec left = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
	while (nanosleep(&left, &left) != 0)
		;
}

/* Counts a place as passed; true when it is this place's turn to act. `lying`: asked where only a lie may be told. */
static bool
due(const char *name, bool lying)
{
	read_environment();
	read_file();
	write_trace(name, "");
	bool lie = strcmp(plan.action, "lie") == 0;
	if (strcmp(plan.name, name) != 0 || lie != lying || ++plan.passed != plan.count)
		return false;
	write_trace(name, plan.action);
	if (plan.file >= 0 && plan.text[0] && ftruncate(plan.file, 0) == 0)
		plan.text[0] = '\0'; /* the same may be ordered again */
	return true;
}

bool
fault(const char *name)
{
	if (!due(name, false))
		return false;
	if (strcmp(plan.action, "kill") == 0)
		raise(SIGKILL);
	else if (strcmp(plan.action, "stop") == 0)
		raise(SIGSTOP);
	else if (strncmp(plan.action, "delay=", 6) == 0)
		act_delay();
	return strcmp(plan.action, "error") == 0;
}

bool
fault_lies(const char *name)
{
	return due(name, true);
}

bool
fault_mutated(const char *name)
{
	const char *mutation = getenv("STEPMILL_MUTATION");
	return mutation && strcmp(mutation, name) == 0;
}

int
fault_number(const char *variable, int otherwise)
{
	const char *text = getenv(variable);
	unsigned long long number;
	return text && str_to_u64(str_of(text), 1000000, &number) ? (int)number : otherwise;
}

int64_t
fault_clock_us(bool boot)
{
	static long long wall_ahead, boot_ahead; /* as last read whole: a line without its end is still being written */
	char text[64];
	long long wall, boot_too;
	read_environment();
	if (plan.clock < 0)
		return 0;
	ssize_t n = pread(plan.clock, text, sizeof text - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	if (strchr(text, '\n') && sscanf(text, "%lld %lld", &wall, &boot_too) == 2) {
		wall_ahead = wall;
		boot_ahead = boot_too;
	}
	return boot ? boot_ahead : wall_ahead;
}

#else

typedef int fault_is_not_compiled_in; /* ISO C wants a declaration in every file */

#endif
