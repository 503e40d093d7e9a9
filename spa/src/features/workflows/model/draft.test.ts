import { describe, expect, test } from 'vitest';
import {
  acceptAll,
  addStep,
  type Draft,
  type DraftPrompt,
  emptyDraft,
  keysOf,
  mapVariable,
  moveStep,
  removeStep,
  runInputsOf,
  suggestionsOf,
  toWorkflow,
} from './draft';
import { fieldIds, issuesOf, issuesOfProblem } from './issues';

const prompt = (name: string, ...variables: string[]): DraftPrompt => ({
  id: `id-${name}`,
  name,
  version: 3,
  body: variables.map((variable) => `{{${variable}}}`).join(' '),
  variables,
});
const build = (...prompts: DraftPrompt[]): Draft =>
  prompts.reduce((draft, one, index) => addStep(draft, one, `s${index + 1}`), { ...emptyDraft, name: 'Chain' });
const sourceOf = (draft: Draft, step: number, variable: string) => draft.steps[step]?.mappings[variable]?.source;

const demo = build(
  prompt('Extract key points', 'text'),
  prompt('Summarise for executive', 'tone', 'content'),
  prompt('Generate action items', 'summary'),
);

describe('suggestions', () => {
  test('the first step reads run inputs of the same names', () => {
    expect(sourceOf(demo, 0, 'text')).toEqual({ kind: 'input', name: 'text' });
  });

  test('what is to be worked on comes from the step before', () => {
    expect(sourceOf(demo, 1, 'content')).toEqual({ kind: 'step', id: 's1' });
    expect(sourceOf(build(prompt('One', 'text'), prompt('Two', 'text')), 1, 'text')).toEqual({
      kind: 'step',
      id: 's1',
    });
  });

  test('a variable that is named like what a step does comes from that step, the nearest one', () => {
    expect(sourceOf(demo, 2, 'summary')).toEqual({ kind: 'step', id: 's2' });
    const far = build(
      prompt('Summarise', 'text'),
      prompt('Translate', 'text'),
      prompt('Compare', 'summary', 'translation'),
    );
    expect(sourceOf(far, 2, 'summary')).toEqual({ kind: 'step', id: 's1' });
    expect(sourceOf(far, 2, 'translation')).toEqual({ kind: 'step', id: 's2' });
  });

  test('everything else is a run input', () => {
    expect(sourceOf(demo, 1, 'tone')).toEqual({ kind: 'input', name: 'tone' });
  });

  test('they are suggestions until a person takes them', () => {
    expect(suggestionsOf(demo)).toBe(4);
    expect(suggestionsOf(acceptAll(demo))).toBe(0);
    const one = mapVariable(demo, 's2', 'tone', { kind: 'text', text: 'dry' });
    expect(suggestionsOf(one)).toBe(3);
  });
});

describe('order', () => {
  test('a step that moves before what it reads loses that mapping, and it is told which', () => {
    const { draft, lost } = moveStep(demo, 's2', 0);
    expect(draft.steps.map((step) => step.id)).toEqual(['s2', 's1', 's3']);
    expect(lost.map(({ variable, step }) => [step.id, variable])).toEqual([['s2', 'content']]);
    expect(sourceOf(draft, 0, 'content')).toBeNull();
    expect(sourceOf(draft, 2, 'summary')).toEqual({ kind: 'step', id: 's2' });
  });

  test('a move that breaks nothing loses nothing', () => {
    const { draft, lost } = moveStep(build(prompt('A', 'x'), prompt('B', 'y')), 's2', 0);
    expect(draft.steps.map((step) => step.id)).toEqual(['s2', 's1']);
    expect(lost).toEqual([]);
  });

  test('a place beyond the end is the end', () => {
    expect(moveStep(demo, 's1', 99).draft.steps.at(-1)?.id).toBe('s1');
  });

  test('what read a removed step is unmapped', () => {
    const { draft, lost } = removeStep(demo, 's1');
    expect(draft.steps.map((step) => step.id)).toEqual(['s2', 's3']);
    expect(lost.map(({ variable }) => variable)).toEqual(['content']);
  });
});

describe('what is sent', () => {
  test('keys are made of the names, valid, each once', () => {
    const draft = build(prompt('Über-Prüfung!'), prompt('über prüfung'), prompt('要約'), prompt('2nd pass'));
    const keys = [...keysOf(draft).values()];
    expect(new Set(keys).size).toBe(4);
    for (const key of keys) expect(key).toMatch(/^[a-z][a-z0-9_-]{0,62}$/);
  });

  test('mappings become templates', () => {
    const { definition } = toWorkflow(mapVariable(demo, 's2', 'tone', { kind: 'text', text: 'dry' }));
    expect(definition.steps.map((step) => step.input)).toEqual([
      { text: '{{input.text}}' },
      { tone: 'dry', content: '{{steps.extract_key_points.output}}' },
      { summary: '{{steps.summarise_for_executive.output}}' },
    ]);
    expect(definition.steps[0]).toMatchObject({ kind: 'prompt', prompt: { id: 'id-Extract key points', version: 3 } });
  });

  test('the model that does what the prompt is called after is taken', () => {
    expect(demo.steps.map((step) => step.model)).toEqual(['builtin/extract', 'builtin/summarise', 'builtin/actions']);
    expect(build(prompt('Say it')).steps[0]?.model).toBe('builtin/echo');
  });

  test('run inputs are those that are read, with the steps that read them', () => {
    expect(runInputsOf(demo).map(({ name, steps }) => [name, steps.map((step) => step.id)])).toEqual([
      ['text', ['s1']],
      ['tone', ['s2']],
    ]);
  });
});

describe('what keeps it from being saved', () => {
  test('a name, two steps, every variable', () => {
    const ids = (draft: Draft) => issuesOf(draft).map((issue) => issue.fieldId);
    expect(ids(emptyDraft)).toEqual([fieldIds.name, fieldIds.add]);
    expect(ids(demo)).toEqual([]);
    expect(ids(mapVariable(demo, 's2', 'tone', null))).toEqual([fieldIds.variable('s2', 'tone')]);
    expect(ids(mapVariable(demo, 's2', 'tone', { kind: 'text', text: '' }))).toEqual([fieldIds.variable('s2', 'tone')]);
    expect(ids({ ...demo, name: 'x'.repeat(101), description: 'y'.repeat(501) })).toEqual([
      fieldIds.name,
      fieldIds.description,
    ]);
  });

  test('the server’s places lead to the fields; what leads nowhere stays', () => {
    const place = (path: string) => ({ path, code: 'x', message: 'm' });
    const { issues, others } = issuesOfProblem(demo, [
      place('/name'),
      place('/definition/steps/1/input/tone'),
      place('/definition/steps/2/prompt/id'),
      place('/definition/steps'),
      place('/definition/steps/9/key'),
      place('header.Idempotency-Key'),
    ]);
    expect(issues.map((issue) => issue.fieldId)).toEqual([
      fieldIds.name,
      fieldIds.variable('s2', 'tone'),
      fieldIds.step('s3'),
      fieldIds.add,
    ]);
    expect(others.map((one) => one.path)).toEqual(['/definition/steps/9/key', 'header.Idempotency-Key']);
  });
});
