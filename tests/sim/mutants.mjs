// Slips that somebody could make in the planner, as a change of its text, and the simulator that must notice: it is linked with the changed file and
// run over `histories` from `seed` on. A text that is not there any more (just once) fails the test, so the list goes with the code.
export const mutants = [
	// loops: how many iterations, how many at once, how far apart
	{ name: 'an iteration more may lie between two', file: 'plan_loop.c', from: 'l->begun >= oldest + LOOP_SPAN', to: 'l->begun > oldest + LOOP_SPAN', by: 'loops', seed: 500, histories: 1 },
	{ name: 'an iteration less may lie between two', file: 'plan_loop.c', from: 'l->begun >= oldest + LOOP_SPAN', to: 'l->begun + 1 >= oldest + LOOP_SPAN', by: 'loops', seed: 500, histories: 1 },
	{ name: 'a loop while has an iteration more than it may', file: 'plan_loop.c', from: 'more && l->begun >= def->max_iterations', to: 'more && l->begun > def->max_iterations', by: 'loops' },
	{ name: 'a loop while has an iteration less than it may', file: 'plan_loop.c', from: 'more && l->begun >= def->max_iterations', to: 'more && l->begun + 1 >= def->max_iterations', by: 'loops' },
	{ name: 'a list just as long as it may be is too long', file: 'plan_step.c', from: 'items->count > def->max_iterations', to: 'items->count >= def->max_iterations', by: 'loops' },
	{ name: 'a list may be one longer', file: 'plan_step.c', from: 'items->count > def->max_iterations', to: 'items->count > def->max_iterations + 1', by: 'loops' },
	{ name: 'an iteration more is under way', file: 'plan_loop.c', from: 'running >= def->at_once', to: 'running > def->at_once', by: 'loops' },
	{ name: 'a paused loop goes on', file: 'plan_loop.c', from: 'p->state->status == RUN_PAUSED && (def->repeat_while || more)', to: 'false && (def->repeat_while || more)', by: 'loops' },
	{ name: 'a condition is not asked again', file: 'plan_step.c', from: ' && known->round == asked->round', to: '', by: 'loops' },
	{ name: 'what the iteration before gave is not fetched', file: 'plan_step.c', from: 'any |= fetch_previous(p, index);', to: '(void)fetch_previous;', by: 'loops' },
	{ name: 'the key of a cache is forgotten', file: 'plan_step.c', from: 'p->actions[before].cache_key = key;', to: '(void)key;', by: 'loops' },
	{ name: 'what is in iterations is not dropped', file: 'plan.c', from: 'for (const struct frame *f = p->state->steps[i].loop.frames; f; f = f->next)\n\t\t\tplanner_abort_between', to: 'for (const struct frame *f = NULL; f; f = f->next)\n\t\t\tplanner_abort_between', by: 'loops' },
	{ name: 'a step means its own loop by one around it', file: 'frame.c', from: 'while (f && index <= f->loop->index)', to: 'while (false)', by: 'loops' },
	// agents
	{ name: 'an agent has a turn more', file: 'plan_loop.c', from: 'loop.begun >= def->max_iterations', to: 'loop.begun > def->max_iterations', by: 'loops' },
	{ name: 'every tool is called', file: 'plan_agent.c', from: 'return call && call->item && !str_eq(asked_name(call->item), def->key);', to: 'return call && call->item && !str_eq(asked_name(call->item), def->key) && false;', by: 'loops' },
	{ name: 'a model is not told what its tools gave', file: 'plan_agent.c', from: 'add_results(p, tools->output, messages);', to: '(void)tools, (void)add_results;', by: 'loops' },
	{ name: 'a model is told nothing of earlier turns', file: 'plan_agent.c', from: 'json_push(messages, plan_share(p->arena, message));', to: '(void)message;', by: 'loops' },
	{ name: 'a tool is given what does not fit it', file: 'plan_agent.c', from: 'schema_check(schema, input, "", &found)))', to: 'true))', by: 'loops' },
	// handlers of the workflow, phases
	{ name: 'on_start is asked again', file: 'plan_handler.c', from: 'p->state->started || anything_begun(p)', to: 'anything_begun(p)', by: 'loops' },
	{ name: 'a cancelled run asks its handlers', file: 'plan_handler.c', from: 'end->kind != ACTION_END || end->end == RUN_CANCELLED', to: 'end->kind != ACTION_END', by: 'loops' },
	{ name: 'on_error does not recover', file: 'plan_handler.c', from: 'end->end = RUN_COMPLETED;', to: ';', by: 'loops' },
	{ name: 'a phase that nobody has begun begins', file: 'plan_phase.c', from: 'if (p->opens.n == 0 && fresh(p))', to: 'if (fresh(p) || true)', by: 'loops' },
	{ name: 'a phase that had nothing to do is no phase', file: 'plan_phase.c', from: 'state->begun_steps > 0 || state->any_over', to: 'state->begun_steps > 0', by: 'loops' },
	// code
	{ name: 'code is not run again when a step has ended', file: 'plan_code.c', from: 'bool fresh = known(state) && state->replay->seen == count_over(p->arena, state);', to: 'bool fresh = known(state);', by: 'code' },
	{ name: 'what code has not asked for begins', file: 'plan_code.c', from: '\t       json_get_by(p->state->replay->asks, def_of(p, index)->key);', to: '\t       true;', by: 'code' },
	{ name: 'a failure ends code that looks at it', file: 'plan.c', from: '(asked && def->on_failure == FAILURE_STOPS)', to: '(asked && false)', by: 'code' },
	// groups and branches
	{ name: 'a group has a step more under way', file: 'plan_list.c', from: 'at_once == 0 || begun < at_once', to: 'at_once == 0 || begun <= at_once', by: 'groups' },
	{ name: 'what nobody chose runs', file: 'plan_step.c', from: 'return def->chooser_count == 0;', to: 'return true;', by: 'groups' },
	{ name: 'a group waits where it should fail fast', file: 'plan_list.c', from: 'failed != NO_STEP && def->fail_fast && !iteration', to: 'failed != NO_STEP && false && !iteration', by: 'groups' },
	{ name: 'expressions of one step push out those of another', file: 'plan_step.c', from: 'e->coming && e->step != index && plan_wants(p->state, e)', to: 'false && e->step != index', by: 'groups' },
	{ name: 'one attempt too many', file: 'plan_retry.c', from: 'attempt - state->steps[index].before >= retry->max_attempts', to: 'attempt - state->steps[index].before > retry->max_attempts', by: 'groups' },
	// waits, signals, people
	{ name: 'a wait looks past its time', file: 'plan_look.c', from: 'at_us > end_us ? end_us : at_us', to: 'at_us', by: 'waits' },
	{ name: 'the steps of a run are one too many', file: 'plan.c', from: 'limit > 0 && count > limit', to: 'limit > 0 && count > limit + 1', by: 'waits' },
	{ name: 'a wait ends too early', file: 'plan_control.c', from: 'c.step->due_us == 0 || c.step->due_us > state->now_us', to: 'c.step->due_us == 0 || c.step->due_us > state->now_us + 1000', by: 'sim' },
	{ name: 'a decision about another attempt counts', file: 'plan_control.c', from: '(kind == MESSAGE_SIGNAL || m->attempt == c->step->attempt)', to: 'true', by: 'sim', histories: 20000 },
	{ name: 'two steps take the same signal', file: 'plan_step.c', from: '!asked.message || !p->told', to: 'true', by: 'loops' },
];
