// The definitions of examples/ run to their end: checked and pushed by the command line as they are written, asked of agents with the
// built-in model and of a server that answers as written here.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { startRogue } from '../harness/rogue.mjs';
import { root, startStack, until } from '../harness/stack.mjs';

const files = fs.readdirSync(`${root}/examples`).filter((name) => /^[^.]+\.(yaml|js|ts)$/.test(name));
const score = { grammar: 0.9, facts: 0.95 };
let stack, client, rogue;

/** What the services behind the agents answer, and the API that one workflow calls. */
function answer(request, response, kept) {
	const { pathname } = new URL(request.url, 'http://x');
	const body = kept.body ? JSON.parse(kept.body) : null;
	const answers = {
		'/grammar/score': { score: score.grammar },
		'/facts/score': { score: score.facts },
		'/blog/api/publish': { published: 'blog', content: body?.content },
		'/social/api/publish': { published: 'social', content: body?.content },
		'/email/api/publish': { published: 'email', content: body?.content },
		'/process': { processed: true },
	};
	response.writeHead(answers[pathname] ? 200 : 404, { 'content-type': 'application/json' });
	response.end(JSON.stringify(answers[pathname] ?? { unknown: pathname }));
	return true;
}

const at = (rest) => `/workspaces/${client.workspace}${rest}`;
async function ok(promise, status) {
	const { status: got, body } = await promise;
	assert.equal(got, status, JSON.stringify(body));
	return body;
}
function stepmill(...args) {
	const env = { PATH: process.env.PATH, LANG: 'C.UTF-8', HOME: stack.dir, STEPMILL_URL: stack.url, STEPMILL_TOKEN: stack.token };
	const r = spawnSync(`${stack.build}/stepmill`, args, { encoding: 'utf8', cwd: `${root}/examples`, env });
	return { status: r.status, out: r.stdout, err: r.stderr };
}

before(async () => {
	rogue = await startRogue({ handler: answer });
	stack = await startStack({ executors: 1, env: { STEPMILL_ALLOW_ADDRESS: `127.0.0.1:${rogue.port}` } });
	client = await stack.signIn();
	stack.token = (await ok(client.post('/account/tokens', { name: 'Examples', scopes: ['read', 'runs:write', 'workflows:write'] }), 201)).token;
	const agent = (name, kind, config) => ok(client.post(at('/agents'), { name, kind, config }), 201);
	for (const name of ['RESEARCH_AGENT', 'ANALYSIS_AGENT', 'SUMMARIZER_AGENT', 'KEYWORD_AGENT', 'FORMATTER_AGENT', 'UNRELIABLE_AGENT', 'CONTENT_GENERATOR', 'TONE_ANALYZER', 'EDITOR_AGENT', 'claude']) {
		await agent(name, 'prompt', { system: `You are ${name}.` });
	}
	for (const [name, place] of Object.entries({ GRAMMAR_AGENT: 'grammar', FACT_CHECKER: 'facts', BLOG_PUBLISHER: 'blog', SOCIAL_PUBLISHER: 'social', EMAIL_PUBLISHER: 'email' })) {
		await agent(name, 'http', { base_url: `${rogue.url}/${place}` });
	}
	await ok(client.request('PUT', at('/variables/API_URL'), { value: rogue.url }), 200);
	await ok(client.request('PUT', at('/secrets/API_KEY'), { value: 'k-4711-secret' }), 200);
});
after(async () => {
	await stack?.stop();
	await rogue?.stop();
});

/** Runs it by its name: the run at its end, and its steps by their paths. */
async function run(name, input) {
	const { data } = await ok(client.get(at('/workflows')), 200);
	const workflow = data.find((one) => one.name === name);
	assert.ok(workflow, name);
	const { id } = await ok(client.post(at('/runs'), { workflow_id: workflow.id, input }), 201);
	const ended = await until(`${name} to end`, async () => {
		const now = await ok(client.get(at(`/runs/${id}`)), 200);
		return now.finished_at && now;
	});
	const steps = Object.fromEntries(ended.steps.map((step) => [step.key, step.step_run?.status ?? 'pending']));
	assert.equal(ended.status, 'completed', JSON.stringify(ended.error));
	return { ended, steps };
}

describe('the examples', () => {
	test('are all here, and nothing is wrong with them', () => {
		assert.deepEqual(files.sort(), [
			'content-generation-pipeline.js', 'content-generation-pipeline.yaml', 'implement-feature.ts',
			'research-and-summarize.yaml', 'research-in-depth.js', 'research-in-depth.yaml', 'simple-pipeline.yaml',
		]);
		const { status, out, err } = stepmill('workflow', 'check', ...files);
		assert.equal(status, 0, out + err);
		const pushed = stepmill('workflow', 'push', ...files);
		assert.equal(pushed.status, 0, pushed.out + pushed.err);
	});

	test('have tests of their own, which need no server', () => {
		const { status, out, err } = stepmill('workflow', 'test', '.', '--json');
		assert.equal(status, 0, out + err);
		assert.equal(out.trim().split('\n').length, 2);
	});

	test('research and summarize: two agents, one after the other', async () => {
		const { ended, steps } = await run('Research and Summarize', { topic: 'bees' });
		assert.deepEqual(steps, { 'fetch-research': 'completed', summarize: 'completed' });
		assert.match(JSON.stringify(ended.output), /Summarize: .*Research: bees/);
	});

	for (const [name, place] of [['Research in Depth', 0], ['research-and-summarize-in-depth', 1]]) test(`${name}: branches, a switch, code, a call with a secret, a wait`, async () => {
		const { ended, steps } = await run(name, { topic: 'bees', type: 'analysis' });
		assert.deepEqual([steps['short-summary'], steps['long-summary']], ['completed', 'skipped']);
		assert.deepEqual(['research-path', 'analysis-path', 'summary-path', 'default-path'].map((key) => steps[key]), ['skipped', 'completed', 'skipped', 'skipped']);
		assert.deepEqual([steps['parallel-tasks/summarize'], steps['external-api'], steps.wait, steps['retry-step']], Array(4).fill('completed'));
		assert.deepEqual(Object.keys(ended.output), ['summary', 'keywords', 'timestamp']);
		assert.match(ended.output.keywords, /Extract keywords from/);
		const call = rogue.asked('/process')[place];
		assert.equal(call.headers.authorization, 'Bearer k-4711-secret');
		assert.deepEqual(JSON.parse(call.body), ended.output);
		assert.ok(!JSON.stringify(ended).includes('k-4711'), 'the secret is in no record');
	});

	for (const name of ['Content Generation Pipeline', 'content-generation-pipeline-js']) test(`${name}: what the reviewers like is approved, the rest revised, and it goes where it was meant to`, async () => {
		score.facts = 0.95;
		const liked = await run(name, { topic: 'bees', style: 'short', publishTarget: 'social' });
		assert.deepEqual([liked.steps.approve, liked.steps.revise], ['completed', 'skipped']);
		assert.deepEqual(['publish-blog', 'publish-social', 'publish-email'].map((key) => liked.steps[key]), ['skipped', 'completed', 'skipped']);
		const sent = JSON.parse(rogue.asked('/social/api/publish').at(-1).body);
		assert.equal(sent.content.status, 'approved');
		score.facts = 0.2;
		const disliked = await run(name, { topic: 'bees', style: 'short', publishTarget: 'nowhere' });
		assert.deepEqual([disliked.steps.approve, disliked.steps.revise, disliked.steps['publish-blog']], ['skipped', 'completed', 'completed']);
		const blog = JSON.parse(rogue.asked('/blog/api/publish').at(-1).body);
		assert.match(blog.content, /"fact-check":\{"score":0.2\}/, 'the editor was told what the reviewers said');
	});

	test('implement feature: a function asks for agents and commands, one after the other', async () => {
		const { ended, steps } = await run('Implement Feature', { featureName: 'login', requirements: 'JWT' });
		assert.deepEqual(steps, { 'research-codebase': 'completed', 'create-spec': 'completed', implement: 'completed', 'run-tests': 'completed', build: 'completed', 'comment-1': 'completed' });
		assert.match(ended.output.research, /Research the codebase to understand how to implement: login/);
		assert.match(ended.output.implementation, /Create a spec for implementing login. Requirements: JWT/);
		const outputs = Object.fromEntries(ended.steps.map((step) => [step.key, step.step_run.output]));
		assert.deepEqual([outputs['run-tests'].stdout, outputs.build.stdout, outputs['comment-1'].comment], ['tested\n', 'built\n', 'Feature implementation complete!']);
		assert.deepEqual(ended.steps.map((step) => step.phase), ['research', 'plan', 'implement', 'test', 'test', null]);
	});

	test('simple build pipeline: commands in the sandbox', async () => {
		const { ended } = await run('Simple Build Pipeline', { environment: 'staging' });
		assert.equal(ended.output.stdout, 'deployed to staging\n');
		const { status } = await client.post(at('/runs'), { workflow_id: ended.workflow_id, input: { environment: 'elsewhere' } });
		assert.equal(status, 422);
	});
});
