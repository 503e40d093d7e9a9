// The independent checker: it compares what clients were told, what the built-in model was asked, the events, the rows and what
// listeners saw. It knows the schema's words and the promises of the engine, and nothing of the program's code.
//
//	const report = check(stack, { acknowledged, expected, calls, listeners });
//	report.violations: [] when all promises held; report.counts for people.

import fs from 'node:fs';

const ENDS = { 'run.completed': 'completed', 'run.failed': 'failed', 'run.cancelled': 'cancelled' };
const STEP_ENDS = { 'step.completed': 'completed', 'step.failed': 'failed', 'step.cancelled': 'cancelled' };

const json = (stack, query) => stack.sql(`select to_json(t)::text from (${query}) t`).map((row) => JSON.parse(row.join('\t')));

/** Requests that the built-in model wrote down, in order; a line cut off by a kill is not a request. */
export function readCalls(file) {
	if (!fs.existsSync(file)) return [];
	const calls = [];
	for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
		try {
			if (line) calls.push(JSON.parse(line));
		} catch {
			/* cut off */
		}
	}
	return calls;
}

function eventsByRun(stack) {
	const rows = json(stack, `select workspace_id, run_id, seq, type, path, attempt, extract(epoch from at)::float8 as at
		from run_event order by run_id, seq`);
	const runs = new Map();
	for (const row of rows) {
		if (!runs.has(row.run_id)) runs.set(row.run_id, []);
		runs.get(row.run_id).push(row);
	}
	return runs;
}

function checkEvents(run, events, stepRuns, bad) {
	events.forEach((event, i) => {
		if (event.seq !== i + 1) bad(run.id, `event ${i + 1} has number ${event.seq}`);
	});
	if (events[0]?.type !== 'run.created') bad(run.id, `the first event is ${events[0]?.type}`);
	const ends = events.filter((e) => ENDS[e.type]);
	if (ends.length !== 1) bad(run.id, `${ends.length} events end the run`);
	else {
		if (ends[0] !== events.at(-1)) bad(run.id, 'events after the end');
		if (ENDS[ends[0].type] !== run.status) bad(run.id, `row says ${run.status}, the event ${ends[0].type}`);
	}
	const open = new Map();
	const ended = new Set();
	for (const event of events) {
		const key = `${event.path}#${event.attempt}`;
		if (event.type === 'step.started') {
			if (open.has(key) || ended.has(key)) bad(run.id, `${key} started twice`);
			if (open.size) bad(run.id, `${key} started while ${[...open.keys()]} was open`);
			open.set(key, event);
		} else if (STEP_ENDS[event.type]) {
			if (ended.has(key)) bad(run.id, `the end of ${key} is recorded twice`);
			else if (!open.delete(key)) bad(run.id, `${key} ended without a start`);
			ended.add(key);
			const row = stepRuns.find((s) => `${s.path}#${s.attempt}` === key);
			if (row?.status !== STEP_ENDS[event.type]) bad(run.id, `${key}: row ${row?.status}, event ${event.type}`);
		} else if (event.type === 'step.output' && !open.has(key)) bad(run.id, `output of ${key}, which is not open`);
	}
	if (open.size) bad(run.id, `never ended: ${[...open.keys()]}`);
	for (const row of stepRuns) {
		if (!ended.has(`${row.path}#${row.attempt}`)) bad(run.id, `row ${row.path}#${row.attempt} (${row.status}) has no end event`);
	}
}

/**
 * acknowledged: Map of marker → run id, for every create that was answered 201. The marker is in the run's input.
 * expected: (run row) → the statuses it may end with.
 * listeners: [{ run, seqs: [1, 2, …] }] of listeners that saw their run's end.
 */
export function check(stack, { acknowledged, expected, callFile, listeners }) {
	const violations = [];
	const kinds = { lost: 0, doubled: 0, stale: 0, other: 0 };
	const bad = (kind) => (run, what) => {
		kinds[kind]++;
		violations.push(`${kind}: run ${run}: ${what}`);
	};
	const runs = json(stack, `select id, status, input, output is not null as has_output, error, finished_at is not null as finished from run`);
	const byId = new Map(runs.map((run) => [run.id, run]));
	const steps = new Map();
	for (const row of json(stack, `select run_id, path, attempt, status, extract(epoch from started_at)::float8 as started,
			extract(epoch from finished_at)::float8 as finished from step_run`)) {
		if (!steps.has(row.run_id)) steps.set(row.run_id, []);
		steps.get(row.run_id).push(row);
	}
	const events = eventsByRun(stack);

	const markers = new Map();
	for (const run of runs) {
		const { marker } = JSON.parse(run.input);
		if (marker === undefined) continue;
		if (markers.has(marker)) bad('doubled')(run.id, `made twice under one Idempotency-Key (${marker})`);
		markers.set(marker, run.id);
	}
	for (const [marker, id] of acknowledged) {
		if (!byId.has(id)) bad('lost')(id, `acknowledged (${marker}) and gone`);
		else if (markers.get(marker) !== id) bad('doubled')(id, `answered for ${marker}, whose run is ${markers.get(marker)}`);
	}
	for (const run of runs) {
		if (!['completed', 'failed', 'cancelled'].includes(run.status)) {
			bad('lost')(run.id, `never ended: ${run.status}`);
			continue;
		}
		const allowed = expected(run);
		if (!allowed.includes(run.status)) bad('stale')(run.id, `ended ${run.status} (${run.error}), expected ${allowed}`);
		if (!run.finished) bad('other')(run.id, 'ended without a time');
		checkEvents(run, events.get(run.id) ?? [], steps.get(run.id) ?? [], bad('doubled'));
	}
	for (const row of json(stack, 'select run_id from run_live')) bad('other')(row.run_id, 'left in run_live');
	// A request may arrive in the very moment its run ends; housekeeping removes such rows later.
	for (const row of json(stack, 'select run_id from run_inbox')) {
		if (!byId.has(row.run_id)) bad('other')(row.run_id, 'a request to no run');
	}

	// Calls: only after the committed start of their attempt, never after its recorded end, never by a holder that another has
	// followed; and each recorded end had one.
	const calls = readCalls(callFile);
	const called = new Map();
	const epochs = new Map();
	for (const call of calls) {
		const key = `${call.run} ${call.path}#${call.attempt}`;
		const row = (steps.get(call.run) ?? []).find((s) => s.path === call.path && s.attempt === call.attempt);
		const at = Date.parse(call.at) / 1000;
		if (!row) bad('stale')(call.run, `call for ${call.path}#${call.attempt}, which was never recorded as started`);
		else if (at + 0.001 < row.started) bad('stale')(call.run, `call for ${call.path}#${call.attempt} before its start was committed`);
		if (row?.finished && at > row.finished + 0.001) bad('stale')(call.run, `call for ${call.path}#${call.attempt} after its recorded end`);
		if (call.epoch < (epochs.get(call.run) ?? 0)) bad('stale')(call.run, `call under epoch ${call.epoch} after one under ${epochs.get(call.run)}`);
		epochs.set(call.run, call.epoch);
		called.set(key, (called.get(key) ?? 0) + 1);
	}
	for (const [run, rows] of steps) {
		for (const row of rows) {
			if (row.status === 'completed' && !called.has(`${run} ${row.path}#${row.attempt}`)) {
				bad('other')(run, `${row.path}#${row.attempt} completed without a call`);
			}
		}
	}

	for (const { run, seqs } of listeners) {
		const count = events.get(run)?.length ?? 0;
		if (seqs.length !== count || seqs.some((seq, i) => seq !== i + 1)) {
			bad('doubled')(run, `a listener saw ${seqs.length} of ${count} events: ${seqs.slice(0, 40)}`);
		}
	}
	const repeated = [...called.values()].reduce((sum, n) => sum + n - 1, 0);
	return { violations, counts: { runs: runs.length, acknowledged: acknowledged.size, calls: calls.length, repeated, listeners: listeners.length, ...kinds } };
}
