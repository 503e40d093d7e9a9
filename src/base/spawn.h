/*
 * Starts another of our programs: with the descriptors it is given and no other, with signals as usual, and with an environment that is not ours.
 *
 *	static char name[] = "stepmill-js", *const argv[] = {name, NULL}, *const environment[] = {NULL};
 *	const int descriptors[] = {SPAWN_NOWHERE, SPAWN_NOWHERE, STDERR_FILENO, channel};
 *	int failure = spawn_program("", argv, environment, descriptors, 4, &pid);
 */
#ifndef STEPMILL_BASE_SPAWN_H
#define STEPMILL_BASE_SPAWN_H

#include <sys/types.h>

#define SPAWN_DESCRIPTORS_MAX 8
#define SPAWN_NOWHERE -1 /* /dev/null */

/*
 * `program` NULL or empty: the one called argv[0] that is beside this program. It finds descriptors[i] as number i; whoever asks keeps them. 0, or
 * what errno says of it.
 */
int spawn_program(const char *program, char *const argv[], char *const environment[], const int *descriptors,
	unsigned count, pid_t *ret_pid);

#endif
