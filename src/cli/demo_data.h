/* What the demo workspace holds. The ids never change, so that scripts and tests can name them. */
#ifndef STEPMILL_CLI_DEMO_DATA_H
#define STEPMILL_CLI_DEMO_DATA_H

#define DEMO_SLUG "demo"
#define DEMO_WORKSPACE_NAME "Demo"
#define DEMO_USER_NAME "Ada Byron"
#define DEMO_WORKSPACE "01900000-0000-7000-8000-0000000000d0"
#define DEMO_USER "01900000-0000-7000-8000-0000000000a0"
#define DEMO_EXTRACT "01900000-0000-7000-8000-0000000001a1"
#define DEMO_SUMMARISE "01900000-0000-7000-8000-0000000001a2"
#define DEMO_ACTIONS "01900000-0000-7000-8000-0000000001a3"
#define DEMO_CHAIN "01900000-0000-7000-8000-0000000001c1"
#define DEMO_INSTANT "01900000-0000-7000-8000-0000000001c2"

struct demo_prompt {
	const char *id, *name, *description, *body;
	const char *variables[4]; /* ends in NULL; in order of first appearance */
};

struct demo_workflow {
	const char *id, *name, *description;
	const char *definition; /* canonical, as definition_check would give it */
	int step_count;
};

extern const struct demo_prompt demo_prompts[];	    /* ends with an entry without an id */
extern const struct demo_workflow demo_workflows[]; /* likewise */

#endif
