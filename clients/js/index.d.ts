// What the package is, for TypeScript. Shapes of the wire come from schema.d.ts alone, which is generated from the server's contract.
import type { components } from './schema.d.ts';

export type Schemas = components['schemas'];
export type Run = Schemas['Run'];
export type RunFacts = Schemas['RunFacts'];
export type RunCreated = Schemas['RunCreated'];
export type RunEvent = Schemas['Event'];
export type Workflow = Schemas['Workflow'];
export type WorkflowFacts = Schemas['WorkflowFacts'];
export type WorkflowDefinition = Schemas['WorkflowDefinition'];
export type StepDefinition = Schemas['StepDefinition'];
export type ProblemDocument = Schemas['Problem'];

// ---- the client ----

export interface ClientOptions {
	/** Where Stepmill is; STEPMILL_URL of the environment, or http://127.0.0.1:8080, unless given. */
	server?: string;
	/** An API token; STEPMILL_TOKEN unless given. Without one the browser's session is used. */
	token?: string;
	/** Slug or id, for who belongs to several; STEPMILL_WORKSPACE unless given. */
	workspace?: string;
	/** Instead of the global one. */
	fetch?: typeof fetch;
	/** How long events may fail to come before that is an error; two minutes unless given. */
	patienceMs?: number;
}

export interface WatchOptions {
	/** Each event once and in order, whatever breaks in between. */
	onEvent?: (event: RunEvent) => void;
	/** Ends the waiting, not the run. */
	signal?: AbortSignal;
}

export interface RunOptions extends WatchOptions {
	/** Unless false, the promise is of the run at its end. */
	wait?: boolean;
	/** That version instead of the current one. */
	version?: number;
	/** The same key with the same request makes no second run; a new one unless given. */
	idempotencyKey?: string;
}

export interface DecisionOptions {
	/** What the step's form asks for. */
	data?: Record<string, unknown>;
	comment?: string;
}

export interface Pushed {
	result: 'made' | 'changed' | 'unchanged';
	workflow: Workflow;
}

export interface Client {
	/** Runs a workflow, by its id or exact name. Of one that did not complete the promise is rejected with RunFailed. */
	runWorkflow(nameOrId: string, input: Record<string, unknown> | undefined, options: RunOptions & { wait: false }): Promise<RunCreated>;
	runWorkflow(nameOrId: string, input?: Record<string, unknown>, options?: RunOptions): Promise<Run>;

	workflows(options?: { search?: string; limit?: number }): AsyncIterable<WorkflowFacts>;
	workflow(nameOrId: string): Promise<Workflow>;
	/** Makes the workflow, or a new version of the one with its id or, without one, its name. */
	push(workflow: WorkflowDocument, options?: { message?: string }): Promise<Pushed>;

	runs(options?: { workflowId?: string; status?: string | string[]; limit?: number }): AsyncIterable<RunFacts>;
	run(id: string): Promise<Run>;
	/** Its events from the first on, or after a number, until it has ended. */
	events(id: string, options?: { after?: number; signal?: AbortSignal }): AsyncIterable<RunEvent>;
	/** The run at its end, as runWorkflow gives it. */
	wait(id: string, options?: WatchOptions & { after?: number }): Promise<Run>;
	cancel(id: string): Promise<Schemas['Accepted']>;
	pause(id: string): Promise<Schemas['Accepted']>;
	resume(id: string): Promise<Schemas['Accepted']>;
	retry(id: string, how?: Schemas['RunRetry']): Promise<Schemas['Accepted']>;
	approve(id: string, step: string, options?: DecisionOptions): Promise<Schemas['Accepted']>;
	reject(id: string, step: string, options?: DecisionOptions): Promise<Schemas['Accepted']>;
	signal(id: string, name: string, data?: unknown): Promise<Schemas['Accepted']>;

	/** Any call of the API. The path begins behind /api/workspaces/ID, or behind /api when it starts with "//". */
	request(
		method: string,
		path: string,
		options?: { body?: unknown; query?: Record<string, unknown>; idempotencyKey?: string; ifMatch?: string; signal?: AbortSignal },
	): Promise<any>;
}

export function createClient(options?: ClientOptions): Client;

/** With a client of what the environment says. */
export function runWorkflow(nameOrId: string, input: Record<string, unknown> | undefined, options: RunOptions & { wait: false }): Promise<RunCreated>;
export function runWorkflow(nameOrId: string, input?: Record<string, unknown>, options?: RunOptions): Promise<Run>;

// ---- what goes wrong ----

/** The server said no. */
export class Problem extends Error {
	constructor(status: number, document: Partial<ProblemDocument>);
	status: number;
	/** Stable: not_found, invalid, … */
	code: string;
	title: string;
	requestId: string | null;
	retryable: boolean;
	errors: NonNullable<ProblemDocument['errors']>;
}

/** A run ended as failed or cancelled. */
export class RunFailed extends Error {
	constructor(run: Run);
	run: Run;
	code: string;
	/** The step; null: none in particular. */
	path: string | null;
}

/** Nobody answered. */
export class Unreachable extends Error {
	constructor(server: string, why: string, cause?: unknown);
	server: string;
}

// ---- writing workflows ----

/** What push() takes and `stepmill workflow push` reads. */
export interface WorkflowDocument {
	id?: string;
	name: string;
	description?: string;
	definition: WorkflowDefinition;
}

type Handler = (context: any) => unknown;

/** A step in the contract's spelling; the other spellings are of documents that were written for other programs. */
export type Step = Omit<Partial<StepDefinition>, 'key' | 'kind' | 'steps' | 'retry'> & {
	key?: string;
	kind?: string;
	steps?: Step[];
	retry?: StepDefinition['retry'] | { maxAttempts: number; delay?: number | string; backoff?: string };
	/** Of a function: what runs in the server's sandbox. Nothing around it comes along. */
	run?: (input: any) => unknown;
	/** Of a transform: the same, of its input. */
	transform?: (data: any, context: { input: any }) => unknown;
	onStart?: Handler;
	onComplete?: Handler;
	onError?: Handler;
	/** Milliseconds, or "30s". */
	timeout?: number | string;
	duration?: number | string;
	[other: string]: unknown;
};

export interface WorkflowInput {
	id?: string;
	name: string;
	description?: string;
	/** JSON Schema of a run's input. */
	input?: Record<string, unknown>;
	steps: Step[];
	limits?: WorkflowDefinition['limits'];
	state?: Record<string, unknown>;
	output?: unknown;
	[other: string]: unknown;
}

export function defineWorkflow(workflow: WorkflowInput): WorkflowDocument;

export interface WorkflowBuilder {
	setId(id: string): this;
	setDescription(text: string): this;
	setInput(schema: Record<string, unknown>): this;
	setOutput(output: unknown): this;
	setState(state: Record<string, unknown>): this;
	setLimits(limits: NonNullable<WorkflowDefinition['limits']>): this;
	addStep(key: string, step: Step): this;
	onStepStart(key: string, handler: (key: string, context: any) => unknown): this;
	/** What it returns, unless undefined, is the step's output instead. */
	onStepComplete(key: string, handler: (key: string, output: any, context: any) => unknown): this;
	/** What it returns, unless undefined, is the step's output: it has recovered. */
	onStepError(key: string, handler: (key: string, error: any, context: any) => unknown): this;
	onWorkflowStart(handler: (input: any, context: any) => unknown): this;
	onWorkflowComplete(handler: (output: any, context: any) => unknown): this;
	onWorkflowError(handler: (error: any, context: any) => unknown): this;
	build(): WorkflowDocument;
	toJSON(): WorkflowDocument;
}

export function createWorkflow(name: string): WorkflowBuilder;
