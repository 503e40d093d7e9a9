// The independent checker: it compares what clients were told, what the built-in model was asked, the events, the rows and what
// listeners saw. It knows the schema's words and the promises of the engine, and nothing of the program's code.
//
//	const report = check(stack, { loads: [load], callFile });
//	report.violations: [] when all promises held; report.counts for people.
//
// Every violation is of a kind: lost (acknowledged and gone, or never ended), doubled (recorded, taken or called twice where once
// was promised), stale (written, called or begun by whom or when it must not be), other.

import fs from 'node:fs';
import { kinds } from './kinds.mjs';
import { summary } from './summary.mjs';

const ENDS = { 'run.completed': 'completed', 'run.failed': 'failed', 'run.cancelled': 'cancelled' };
const STEP_ENDS = { 'step.completed': 'completed', 'step.failed': 'failed', 'step.cancelled': 'cancelled' };
const OVER = Object.values(ENDS);

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

function byRun(rows) {
	const runs = new Map();
	for (const row of rows) {
		if (!runs.has(row.run_id)) runs.set(row.run_id, []);
		runs.get(row.run_id).push(row);
	}
	return runs;
}

/** Keys of the loops of which several iterations may be under way at once; those of an agent's tools. */
const manyAtOnce = new Set(['tools', ...Object.values(kinds).flatMap(function loops({ steps }) {
	return (Array.isArray(steps) ? steps : []).flatMap((step) => [...(step.kind === 'loop' && step.max_concurrency > 1 ? [step.key] : []), ...(step.steps ? loops(step) : [])]);
})]);

/**
 * May one step be open when the other begins? A group, loop or iteration around it, or a step of another branch of a parallel group around
 * both, or of another iteration of a loop that has several at once.
 */
function beside(one, other, kindOf) {
	if (other.startsWith(`${one}/`) || other.startsWith(`${one}[`)) return true;
	const a = one.split('/'), b = other.split('/');
	let n = 0;
	while (n < a.length && a[n] === b[n]) n++;
	const [loop, ofBoth] = [a[n], b[n]].map((part) => /^(.*)\[\d+\]$/.exec(part ?? '')?.[1]);
	return (loop !== undefined && loop === ofBoth && manyAtOnce.has(loop)) || (n > 0 && kindOf.get(a.slice(0, n).join('/')) === 'parallel');
}

/** Numbers without a gap, one end, each attempt begun and ended once, nothing begun while the run was paused. */
function checkEvents(run, events, stepRuns, bad, kind) {
	events.forEach((event, i) => {
		if (event.seq !== i + 1) bad(`event ${i + 1} has number ${event.seq}`);
	});
	if (events[0]?.type !== 'run.created') bad(`the first event is ${events[0]?.type}`);
	// A run ends once in each of its generations, and a generation is opened by nothing but its event.
	const ends = events.filter((e) => ENDS[e.type]);
	const reopened = events.filter((e) => e.type === 'run.reopened').length;
	if (ends.length !== 1 + reopened) bad(`${ends.length} events end the run, ${reopened} reopen it`);
	for (const end of ends) {
		const next = events[end.seq]?.type;
		if (next && next !== 'run.reopened') bad(`${next} after the end`);
	}
	if (ENDS[ends.at(-1)?.type] !== run.status) bad(`row says ${run.status}, the event ${ends.at(-1)?.type}`);
	const open = new Map();
	const ended = new Set(stepRuns.filter((s) => s.reused_from).map((s) => `${s.path}#${s.attempt}`)); // copied: it ended elsewhere
	const kindOf = new Map(stepRuns.map((s) => [s.path, s.kind]));
	let paused = false;
	for (const event of events) {
		const key = `${event.path}#${event.attempt}`;
		if (event.type === 'run.paused' || event.type === 'run.resumed') {
			if (paused === (event.type === 'run.paused')) bad(`${event.type} twice`);
			paused = event.type === 'run.paused';
		} else if (event.type === 'step.started') {
			if (paused) bad(`${key} started while the run was paused`);
			if (open.has(key) || ended.has(key)) bad(`${key} started twice`);
			for (const other of open.values()) if (!kind?.beside && !beside(other.path, event.path, kindOf)) bad(`${key} started while ${other.path} was open`);
			if (event.attempt > 1 && !ended.has(`${event.path}#${event.attempt - 1}`)) bad(`${key} started before the attempt before it ended`);
			open.set(key, event);
		} else if (STEP_ENDS[event.type]) {
			if (ended.has(key)) bad(`the end of ${key} is recorded twice`);
			else if (!open.delete(key)) bad(`${key} ended without a start`);
			ended.add(key);
			const row = stepRuns.find((s) => `${s.path}#${s.attempt}` === key);
			if (row?.status !== STEP_ENDS[event.type]) bad(`${key}: row ${row?.status}, event ${event.type}`);
		} else if (event.type === 'step.skipped') {
			if (ended.has(key) || open.has(key)) bad(`${key} is skipped and had begun`);
			ended.add(key);
		} else if (event.type === 'step.output' && !open.has(key)) bad(`output of ${key}, which is not open`);
		else if (event.type === 'step.retrying' && !ended.has(key)) bad(`${key} is tried again and has not ended`);
	}
	if (open.size) bad(`never ended: ${[...open.keys()]}`);
	for (const row of stepRuns) {
		if (!ended.has(`${row.path}#${row.attempt}`)) bad(`row ${row.path}#${row.attempt} (${row.status}) has no end event`);
	}
}

/** Nothing before its time, all of it by the database's clock. */
function checkTimes(stepRuns, bad) {
	for (const row of stepRuns) {
		if (row.kind === 'wait' && row.status === 'completed' && row.due && row.finished < row.due) bad(`the wait ${row.path} was over ${row.due - row.finished} s early`);
		const next = stepRuns.find((s) => s.path === row.path && s.attempt === row.attempt + 1);
		if (row.status === 'failed' && next && !(next.started >= row.due)) bad(`${row.path}#${next.attempt} began before it was due`);
	}
}

/**
 * What a run cost is recorded once: a line of the ledger for each call that answered and costs, and their sum in the run. Where its money is limited,
 * calls that were made again have more lines: one for each time that nobody knows what became of it.
 */
function checkMoney(run, stepRuns, ledger, limited, bad) {
	const answered = stepRuns.filter((s) => s.model_answered !== null && s.model_answered !== 'cache/kept' && s.kind !== 'workflow' && s.cost_nano !== 0 && !s.reused_from);
	const lines = new Set(ledger.map((line) => `${line.path}#${line.attempt}`));
	for (const s of answered) if (limited && !lines.has(`${s.path}#${s.attempt}`)) bad(`${s.path}#${s.attempt} has cost, and the ledger does not say so`);
	if (!limited && ledger.length !== answered.length) bad(`${ledger.length} lines of the ledger for ${answered.length} calls that cost`);
	for (const name of ['tokens_in', 'tokens_out']) {
		const sum = stepRuns.reduce((all, s) => all + (s[name] ?? 0), 0);
		if (run[name] !== sum) bad(`${name} is ${run[name]}, its steps have ${sum}`);
	}
}

/** No workflow has spent more than it may: what calls cost, or may have cost at most where nobody knows. */
function checkLimits(stack, loads, bad) {
	const spent = new Map(json(stack, `select r.workflow_id as workflow, max(r.id::text) as run, sum(coalesce(l.cost_nano, l.reserved_nano))::float8 as nano
		from ledger l join run r on r.workspace_id = l.workspace_id and r.id = l.run_id group by 1`).map((row) => [row.workflow, row]));
	for (const { workflows } of loads.flatMap((load) => load.spaces)) {
		for (const [kind, id] of Object.entries(workflows)) {
			const { nano, run } = spent.get(id) ?? {};
			const { unit, cost_usd } = kinds[kind].limit ?? {};
			if (unit === 'money' && nano > cost_usd * 1e9) bad('stale', run, `its workflow has spent ${nano / 1e9} of ${cost_usd}`);
		}
	}
}

/** How the run ended, and with what. `injected`: a call may have been refused by the test itself. */
function checkEnd(run, fact, stepRuns, injected, bad) {
	const kind = kinds[fact.kind];
	const code = run.error?.code;
	if (run.status === 'cancelled' && !fact.cancelled) bad('it was cancelled, and nobody had asked');
	if (run.status === 'failed' && code !== kind.fails && !(injected && /fault test/.test(run.error?.message))) bad(`it failed: ${JSON.stringify(run.error)}`);
	const wrong = run.status === 'completed' && kind.wrong?.(run, fact, stepRuns);
	if (wrong) bad(wrong);
}

/** One run for each attempt of a step that starts one, ended as that says, with the same output, and none that nobody waits for. */
function checkChildren(stack, byId, kindOf, bad) {
	const children = json(stack, `select id, parent_run_id as parent, parent_path as path, parent_attempt as attempt from run where parent_run_id is not null`);
	const seen = new Set();
	for (const { id, parent, path, attempt } of children) {
		const key = `${parent} ${path}#${attempt}`;
		if (seen.has(key)) bad('doubled', parent, `${path}#${attempt} has started two runs`);
		seen.add(key);
		if (!byId.has(parent)) bad('other', id, 'started by a run that is gone');
	}
	for (const step of json(stack, `select s.run_id as run, s.path, s.attempt, s.status, s.waiting_for, md5(coalesce(s.output, s.output_blob::text)) as output, c.status as ended,
			md5(coalesce(c.output, c.output_blob::text)) as gave, s.output_blob is not null as large
			from step_run s left join run c on c.workspace_id = s.workspace_id and c.parent_run_id = s.run_id and c.parent_path = s.path and c.parent_attempt = s.attempt
			where s.kind = 'workflow' and s.waiting_for is not null and s.reused_from is null`)) {
		const what = `${step.path}#${step.attempt}`;
		if (!step.ended) bad('lost', step.run, `${what} waits for ${step.waiting_for}, which is not there`);
		else if (step.status === 'completed' && step.ended !== 'completed') bad('stale', step.run, `${what} completed with a run that is ${step.ended}`);
		else if (step.status === 'completed' && !step.large && step.output !== step.gave && !kindOf(step.run)?.changes?.includes(step.path)) bad('stale', step.run, `${what} has another output than its run`);
	}
}

function checkMarkers(runs, byId, loads, bad) {
	const markers = new Map();
	for (const run of runs) {
		const { marker } = run.input;
		if (marker === undefined) continue;
		if (markers.has(marker)) bad('doubled', run.id, `made twice under one Idempotency-Key (${marker})`);
		markers.set(marker, run.id);
	}
	for (const load of loads) {
		for (const [marker, id] of load.acknowledged) {
			if (!byId.has(id)) bad('lost', id, `acknowledged (${marker}) and gone`);
			else if (markers.get(marker) !== id) bad('doubled', id, `answered for ${marker}, whose run is ${markers.get(marker)}`);
		}
	}
}

/**
 * Calls: only after the committed start of their attempt, never after its recorded end, never by a holder that another has
 * followed, never twice where that was forbidden; and each recorded answer had one.
 */
function checkCalls(calls, steps, facts, clocks, bad) {
	const called = new Map();
	const epochs = new Map();
	for (const call of calls) {
		const key = `${call.run} ${call.path}#${call.attempt}`;
		const row = (steps.get(call.run) ?? []).find((s) => s.path === call.path && s.attempt === call.attempt);
		const at = clocks ? Date.parse(call.at) / 1000 : NaN;
		if (!row) bad('stale', call.run, `call for ${call.path}#${call.attempt}, which was never recorded as started`);
		else if (at + 0.001 < row.started) bad('stale', call.run, `call for ${call.path}#${call.attempt} before its start was committed`);
		if (row?.finished && at > row.finished + 0.001) bad('stale', call.run, `call for ${call.path}#${call.attempt} after its recorded end`);
		if (call.epoch < (epochs.get(call.run) ?? 0)) bad('stale', call.run, `call under epoch ${call.epoch} after one under ${epochs.get(call.run)}`);
		epochs.set(call.run, call.epoch);
		called.set(key, (called.get(key) ?? 0) + 1);
		if (called.get(key) === 2 && kinds[facts.get(call.run)?.kind]?.never === call.path) bad('doubled', call.run, `${call.path} was called twice, which it said must never be`);
	}
	for (const [run, rows] of steps) {
		for (const row of rows) {
			if (['prompt', 'model'].includes(row.kind) && row.status === 'completed' && !row.reused_from && row.model_answered !== 'cache/kept' && !called.has(`${run} ${row.path}#${row.attempt}`)) {
				bad('other', run, `${row.path}#${row.attempt} completed without a call`);
			}
		}
	}
	return [...called.values()].reduce((sum, n) => sum + n - 1, 0);
}

/** What scripts asked the load's server, by the key of the call that each said it was: RUN/PATH/ATTEMPT. */
function checkAsked(servers, steps, facts, bad) {
	const asked = new Map();
	for (const { headers } of servers.flatMap((server) => server.asked())) {
		const [, run, path] = /^([^/]+)\/(.+)\/\d+$/.exec(headers['x-key']);
		const key = `${run} ${path}`;
		asked.set(key, (asked.get(key) ?? 0) + 1);
		if (!(steps.get(run) ?? []).some((s) => s.path === path)) bad('stale', run, `${path} asked, which was never recorded as started`);
		if (asked.get(key) === 2 && kinds[facts.get(run)?.kind]?.never === path) bad('doubled', run, `${path} asked twice, which it said must never be`);
	}
	for (const [run, { kind }] of facts) {
		if (!kinds[kind].network) continue;
		for (const s of steps.get(run) ?? []) if (s.kind === 'script' && s.status === 'completed' && !asked.has(`${run} ${s.path}`)) bad('other', run, `${s.path} completed and had not asked`);
	}
	return [...asked.values()].reduce((sum, n) => sum + n, 0);
}

/** No more calls of a kind at once than it allows: as they were seen to begin, for as long as the model takes. */
function checkAtOnce(calls, facts, bad) {
	const marks = new Map();
	for (const call of calls) {
		const { kind, cancelled } = facts.get(call.run) ?? {};
		const { seconds, key } = kinds[kind]?.atOnce ?? {};
		if (!seconds || (key && (cancelled || key(call) === undefined))) continue;
		const place = `${kind} ${call.workspace} ${key ? `${key(call)} ${call.incarnation}` : ''}`;
		const at = Date.parse(call.at) / 1000;
		marks.set(place, [...(marks.get(place) ?? []), [at, 1, call], [at + seconds - 0.002, -1, call]]);
	}
	for (const [place, list] of marks) {
		const most = kinds[place.split(' ')[0]].atOnce.calls;
		let now = 0;
		for (const [, change, call] of list.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
			now += change;
			if (change > 0 && now > most) bad('stale', call.run, `call ${now} at once, where ${most} may be`);
		}
	}
}

/** loads: all that made runs in this stack; injected: the test made calls fail; clocks: false when it moved those of the programs. */
export function check(stack, { loads, callFile, injected = false, clocks = true }) {
	const violations = [];
	const counts = { lost: 0, doubled: 0, stale: 0, other: 0 };
	const bad = (kind, run, what) => {
		counts[kind]++;
		violations.push(`${kind}: run ${run}${facts.has(run) ? ` (${facts.get(run).kind})` : ''}: ${what}`);
	};
	const facts = new Map(loads.flatMap((load) => [...load.runs]));
	const runs = json(stack, `select id, status, workflow_version, input::json, coalesce(output, (select string_agg(b.content, '' order by b.part) from blob b
		where b.workspace_id = run.workspace_id and b.run_id = run.id and b.id = run.output_blob))::json as output,
		error::json, tokens_in, tokens_out, finished_at is not null as finished from run`);
	const byId = new Map(runs.map((run) => [run.id, run]));
	const steps = byRun(json(stack, `select run_id, path, attempt, kind, status, reused_from, tokens_in, tokens_out, cost_nano, model_answered,
		extract(epoch from started_at)::float8 as started, extract(epoch from finished_at)::float8 as finished, extract(epoch from due_at)::float8 as due from step_run`));
	const events = byRun(json(stack, 'select run_id, seq, type, path, attempt from run_event order by run_id, seq'));
	const ledger = byRun(json(stack, 'select run_id, path, attempt from ledger where cost_nano is distinct from 0'));

	checkMarkers(runs, byId, loads, bad);
	checkChildren(stack, byId, (run) => kinds[facts.get(run)?.kind], bad);
	for (const run of runs) {
		const rows = steps.get(run.id) ?? [];
		if (!OVER.includes(run.status)) {
			bad('lost', run.id, `never ended: ${run.status}`);
			continue;
		}
		if (!run.finished) bad('other', run.id, 'ended without a time');
		checkEvents(run, events.get(run.id) ?? [], rows, (what) => bad('doubled', run.id, what), kinds[facts.get(run.id)?.kind]);
		checkTimes(rows, (what) => bad('stale', run.id, what));
		checkMoney(run, rows, ledger.get(run.id) ?? [], kinds[facts.get(run.id)?.kind]?.limit, (what) => bad('doubled', run.id, what));
		if (facts.has(run.id)) checkEnd(run, facts.get(run.id), rows, injected, (what) => bad('stale', run.id, what));
	}
	for (const row of json(stack, 'select run_id from run_live l where not exists (select from run r where r.id = l.run_id and r.status in (\'pending\', \'running\', \'paused\'))')) {
		bad('other', row.run_id, 'left in run_live');
	}
	// A request may arrive in the very moment its run ends; housekeeping removes such rows later.
	for (const row of json(stack, 'select run_id from run_inbox')) {
		if (!byId.has(row.run_id)) bad('other', row.run_id, 'a request to no run');
	}
	const calls = readCalls(callFile);
	const repeated = checkCalls(calls, steps, facts, clocks, bad);
	if (clocks) checkAtOnce(calls, facts, bad);
	checkLimits(stack, loads, bad);
	const asked = checkAsked(loads.flatMap((load) => load.server ?? []), steps, facts, bad);
	const listeners = loads.flatMap((load) => load.listeners);
	for (const { run, seqs } of listeners) {
		const count = events.get(run)?.length ?? 0;
		if (seqs.length !== count || seqs.some((seq, i) => seq !== i + 1)) bad('doubled', run, `a listener saw ${seqs.length} of ${count} events: ${seqs.slice(0, 40)}`);
	}
	return { violations, counts: { runs: runs.length, calls: calls.length, repeated, asked, listeners: listeners.length, ...counts } };
}

/** The usual end of a test: all is over, nothing was refused, every listener saw its run's end, nothing is violated. `done`: faults by name. */
export function verdict(assert, t, stack, options, told, done) {
	const { violations, counts } = check(stack, options);
	t.diagnostic(JSON.stringify({ ...told, ...done, ...counts }));
	summary(t, done, counts);
	for (const load of options.loads) {
		assert.deepEqual(load.refused.slice(0, 5), []);
		assert.equal(load.listeners.length, load.open.length, 'every listener saw the end of its run');
	}
	assert.deepEqual(violations.slice(0, 20), []);
	return counts;
}
