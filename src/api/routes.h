/* The table from the contract's operations to their handlers. */
#ifndef STEPMILL_API_ROUTES_H
#define STEPMILL_API_ROUTES_H

#include "api/operation.h"

extern const struct route routes[]; /* ends with a NULL operation */

bool read_health(struct call *call, struct err *err);
bool read_live(struct call *call, struct err *err);
bool read_ready(struct call *call, struct err *err);
bool read_contract(struct call *call, struct err *err);
bool read_reference(struct call *call, struct err *err);
bool read_reference_style(struct call *call, struct err *err);
bool read_reference_script(struct call *call, struct err *err);
bool sign_in(struct call *call, struct err *err);
bool read_session(struct call *call, struct err *err);
bool sign_out(struct call *call, struct err *err);
bool read_account(struct call *call, struct err *err);
bool update_account(struct call *call, struct err *err);
bool read_sign_up(struct call *call, struct err *err);
bool sign_up(struct call *call, struct err *err);
bool change_password(struct call *call, struct err *err);
bool list_sessions(struct call *call, struct err *err);
bool end_session(struct call *call, struct err *err);
bool end_other_sessions(struct call *call, struct err *err);
bool reset_password(struct call *call, struct err *err);
bool create_reset_link(struct call *call, struct err *err);
bool read_installation(struct call *call, struct err *err);
bool update_installation(struct call *call, struct err *err);
bool list_tokens(struct call *call, struct err *err);
bool create_token(struct call *call, struct err *err);
bool revoke_token(struct call *call, struct err *err);
bool read_workspace(struct call *call, struct err *err);
bool update_workspace(struct call *call, struct err *err);
bool list_audit(struct call *call, struct err *err);
bool list_variables(struct call *call, struct err *err);
bool read_variable(struct call *call, struct err *err);
bool set_variable(struct call *call, struct err *err);
bool delete_variable(struct call *call, struct err *err);
bool list_secrets(struct call *call, struct err *err);
bool set_secret(struct call *call, struct err *err);
bool delete_secret(struct call *call, struct err *err);
bool create_workspace(struct call *call, struct err *err);
bool archive_workspace(struct call *call, struct err *err);
bool restore_workspace(struct call *call, struct err *err);
bool leave_workspace(struct call *call, struct err *err);
bool transfer_workspace(struct call *call, struct err *err);
bool list_members(struct call *call, struct err *err);
bool update_member(struct call *call, struct err *err);
bool remove_member(struct call *call, struct err *err);
bool reassign_member(struct call *call, struct err *err);
bool list_invitations(struct call *call, struct err *err);
bool create_invitation(struct call *call, struct err *err);
bool revoke_invitation(struct call *call, struct err *err);
bool read_invitation(struct call *call, struct err *err);
bool accept_invitation(struct call *call, struct err *err);
bool list_prompts(struct call *call, struct err *err);
bool create_prompt(struct call *call, struct err *err);
bool read_prompt(struct call *call, struct err *err);
bool update_prompt(struct call *call, struct err *err);
bool archive_prompt(struct call *call, struct err *err);
bool list_prompt_versions(struct call *call, struct err *err);
bool read_prompt_version(struct call *call, struct err *err);
bool list_workflows(struct call *call, struct err *err);
bool create_workflow(struct call *call, struct err *err);
bool read_workflow(struct call *call, struct err *err);
bool update_workflow(struct call *call, struct err *err);
bool archive_workflow(struct call *call, struct err *err);
bool list_workflow_versions(struct call *call, struct err *err);
bool read_workflow_version(struct call *call, struct err *err);
bool list_runs(struct call *call, struct err *err);
bool create_run(struct call *call, struct err *err);
bool create_runs_bulk(struct call *call, struct err *err);
bool read_run(struct call *call, struct err *err);
bool list_step_runs(struct call *call, struct err *err);
bool read_run_output(struct call *call, struct err *err);
bool read_step_input(struct call *call, struct err *err);
bool read_step_output(struct call *call, struct err *err);
bool list_events(struct call *call, struct err *err);
bool read_run_state(struct call *call, struct err *err);
bool cancel_run(struct call *call, struct err *err);
bool delete_run(struct call *call, struct err *err);
bool cancel_runs(struct call *call, struct err *err);
bool delete_runs(struct call *call, struct err *err);
bool retry_runs(struct call *call, struct err *err);
bool pause_run(struct call *call, struct err *err);
bool resume_run(struct call *call, struct err *err);
bool list_checkpoints(struct call *call, struct err *err);
bool read_checkpoint(struct call *call, struct err *err);
bool retry_run(struct call *call, struct err *err);
bool fork_run(struct call *call, struct err *err);
bool roll_back_run(struct call *call, struct err *err);
bool decide_approval(struct call *call, struct err *err);
bool decide_failure(struct call *call, struct err *err);
bool signal_run(struct call *call, struct err *err);
bool list_limits(struct call *call, struct err *err);
bool set_limit(struct call *call, struct err *err);
bool delete_limit(struct call *call, struct err *err);

#endif
