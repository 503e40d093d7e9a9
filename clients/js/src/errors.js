// What can go wrong: the server says no (Problem), nobody answers (Unreachable), or a run that was waited for did not complete (RunFailed).

/** @typedef {import('../index.d.ts').Run} Run */

/** What the server answered instead (RFC 9457). */
export class Problem extends Error {
	/** @param {number} status @param {Partial<import('../index.d.ts').ProblemDocument>} document */
	constructor(status, document) {
		const places = (document.errors ?? []).map((e) => `${e.path}: ${e.message}`);
		super([document.detail ?? document.title ?? `The server answered ${status}.`, ...places].join('\n'));
		this.name = 'Problem';
		this.status = status;
		this.code = document.code ?? 'unknown';
		this.title = document.title ?? '';
		this.requestId = document.request_id ?? null;
		this.retryable = document.retryable ?? status >= 500;
		this.errors = document.errors ?? [];
	}
}

/** No answer, or one that is not Stepmill's. */
export class Unreachable extends Error {
	/** @param {string} server @param {string} why @param {unknown} [cause] */
	constructor(server, why, cause) {
		super(`${server} cannot be reached: ${why}`, cause === undefined ? undefined : { cause });
		this.name = 'Unreachable';
		this.server = server;
	}
}

/** A run ended as failed or cancelled; `run` is all of it. */
export class RunFailed extends Error {
	/** @param {Run} run */
	constructor(run) {
		super(run.status === 'cancelled' ? 'The run was cancelled.' : (run.error?.message ?? `The run ended as ${run.status}.`));
		this.name = 'RunFailed';
		this.run = run;
		this.code = run.status === 'cancelled' ? 'cancelled' : (run.error?.code ?? 'unknown');
		this.path = run.error?.path ?? null;
	}
}
