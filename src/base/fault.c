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

static struct {
	bool read;
	char name[96];
	char action[24];
	unsigned long count;
	unsigned long passed;
	int trace; /* descriptor, or -1 */
} plan = {.trace = -1};

/* A plan that cannot be read would make a fault test pass without a fault: it ends the process. */
static _Noreturn void
bad_plan(const char *text)
{
	fprintf(stderr, "STEPMILL_FAULT=%s is not name:action[:count], with kill, stop, delay=MS, error or lie.\n",
		text);
	exit(2);
}

static void
read_plan(void)
{
	plan.read = true;
	const char *trace = getenv("STEPMILL_FAULT_TRACE");
	if (trace)
		plan.trace = open(trace, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	const char *text = getenv("STEPMILL_FAULT");
	if (!text || !*text)
		return;
	const char *colon = strchr(text, ':');
	if (!colon || colon == text || (size_t)(colon - text) >= sizeof plan.name)
		bad_plan(text);
	memcpy(plan.name, text, (size_t)(colon - text));
	const char *action = colon + 1;
	size_t n = strcspn(action, ":");
	if (n == 0 || n >= sizeof plan.action)
		bad_plan(text);
	memcpy(plan.action, action, n);
	unsigned long long number = 1;
	if (action[n] == ':' && (!str_to_u64(str_of(action + n + 1), 1000000000, &number) || number == 0))
		bad_plan(text);
	plan.count = (unsigned long)number;
	if (strcmp(plan.action, "kill") != 0 && strcmp(plan.action, "stop") != 0 && strcmp(plan.action, "error") != 0 &&
		strcmp(plan.action, "lie") != 0 &&
		(strncmp(plan.action, "delay=", 6) != 0 || !str_to_u64(str_of(plan.action + 6), 3600000, &number)))
		bad_plan(text);
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

/* Counts a place as passed; true when it is this place's turn to act. */
static bool
due(const char *name)
{
	if (!plan.read)
		read_plan();
	if (plan.trace >= 0) {
		char line[128];
		int n = snprintf(line, sizeof line, "%s\n", name);
		ssize_t ignored = write(plan.trace, line, (size_t)n);
		(void)ignored;
	}
	return strcmp(plan.name, name) == 0 && ++plan.passed == plan.count;
}

bool
fault(const char *name)
{
	if (!due(name))
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
	return due(name) && strcmp(plan.action, "lie") == 0;
}

#else

typedef int fault_is_not_compiled_in; /* ISO C wants a declaration in every file */

#endif
