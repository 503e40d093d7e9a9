// What the address of a run may say: which view, which step with which attempt, and which tab of its panel.
export const VIEWS = ['timeline', 'output', 'input', 'source'] as const;
export type RunView = (typeof VIEWS)[number];

export const STEP_TABS = ['output', 'input', 'facts'] as const;
export type StepTab = (typeof STEP_TABS)[number];

export type RunSearch = { view?: RunView; step?: string; attempt?: number; tab?: StepTab };
