/* Every operation of the contract, by its operationId. The program does not start when this table and the contract
 * disagree. */
#include "api/routes.h"

const struct route routes[] = {
	{"readHealth", read_health},
	{"readContract", read_contract},
	{"signIn", sign_in},
	{"readSession", read_session},
	{"signOut", sign_out},
	{"listPrompts", list_prompts},
	{"createPrompt", create_prompt},
	{"readPrompt", read_prompt},
	{"listWorkflows", list_workflows},
	{"createWorkflow", create_workflow},
	{"readWorkflow", read_workflow},
	{"listRuns", list_runs},
	{"createRun", create_run},
	{"createRunsBulk", create_runs_bulk},
	{"readRun", read_run},
	{"listStepRuns", list_step_runs},
	{"readRunOutput", read_run_output},
	{"readStepInput", read_step_input},
	{"readStepOutput", read_step_output},
	{"listEvents", list_events},
	{"readRunState", read_run_state},
	{"cancelRun", cancel_run},
	{"pauseRun", pause_run},
	{"resumeRun", resume_run},
	{"decideApproval", decide_approval},
	{"signalRun", signal_run},
	{NULL, NULL},
};
