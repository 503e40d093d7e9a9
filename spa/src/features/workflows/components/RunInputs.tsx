// What a run of the draft will ask for.
import { fieldsOf } from '@/lib/schema-form';
import { words } from '../builder-strings';
import { type Draft, runInputsOf } from '../model/draft';
import { numberOf } from '../model/tree';

export function RunInputs({ draft }: { draft: Draft }) {
  const inputs = runInputsOf(draft);
  const fields = fieldsOf({ properties: Object.fromEntries(inputs.map(({ name }) => [name, { type: 'string' }])) });
  return (
    <section aria-labelledby="run-inputs">
      <h2 id="run-inputs" className="t-13 font-medium">
        {words.runInputs}
      </h2>
      <p className="t-12 mb-1 text-text-2">{words.runInputsHelp}</p>
      {inputs.length === 0 ? (
        <p className="t-12 text-text-3">{words.noRunInputs}</p>
      ) : (
        <ul className="border-t border-line-1">
          {inputs.map((input, index) => (
            <li key={input.name} className="flex min-h-(--row) items-center gap-3 border-b border-line-1">
              <span className="mono-12 truncate">{input.name}</span>
              <span className="t-12 shrink-0 text-text-2">
                {fields[index]?.kind === 'long' ? words.longText : words.shortText}
              </span>
              <span className="t-12 ml-auto truncate text-text-3">
                {words.usedBy(input.steps.map((step) => numberOf(draft.steps, step)).join(', '))}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
