// What the package exports; index.d.ts describes it.
export { createClient, runWorkflow } from './client.js';
export { createWorkflow, defineWorkflow } from './define.js';
export { Problem, RunFailed, Unreachable } from './errors.js';
