// What the run was started with: as the form showed it, or as JSON.
import type { Run } from '@/api/types';
import { CopyButton } from '@/components/CopyButton';
import { JsonTree } from '@/components/JsonTree';
import { OutputText } from '@/components/OutputText';
import type { JsonSchema } from '@/lib/schema-form';
import { labelOf } from '@/lib/schema-form';
import { textOf } from '../model/facts';
import { words } from '../strings';

export function InputView({ run }: { run: Run }) {
  const schema = (run.input_schema ?? {}) as JsonSchema;
  const entries = Object.entries(run.input);
  const plain = entries.every(([, value]) => typeof value !== 'object' || value === null);
  return (
    <div className="flex flex-col gap-5 px-(--gutter) py-4">
      {entries.length === 0 && <p className="t-14 text-text-2">{words.noInputs}</p>}
      {plain ? (
        entries.map(([name, value]) => (
          <div key={name}>
            <h2 className="t-13 mb-1 font-medium">{labelOf(name, schema.properties?.[name] ?? {})}</h2>
            <OutputText text={textOf(value)} what={words.inputOf(name)} />
          </div>
        ))
      ) : (
        <JsonTree value={run.input} label={words.runInput} />
      )}
      {entries.length > 0 && (
        <p className="t-12 flex items-center gap-2 text-text-2">
          JSON <CopyButton text={() => JSON.stringify(run.input, null, 2)} what={words.runInput} />
        </p>
      )}
      {run.started_with && (
        <section>
          <h2 className="t-13 mb-1 font-medium">{words.startedWith}</h2>
          <p className="t-13 mb-2 text-text-2">{words.startedWithWhy}</p>
          <JsonTree value={run.started_with} label={words.startedWith} />
        </section>
      )}
    </div>
  );
}
