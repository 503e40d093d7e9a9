// What differs between two versions: the workflow itself, then step by step, each field as it was and as it is.
import { useQuery } from '@tanstack/react-query';
import type { WorkflowDiff } from '@/api/types';
import { ErrorState } from '@/components/ErrorState';
import { Loading, Skeleton } from '@/components/Skeleton';
import { textOf } from '@/lib/text-of';
import { useWorkspace } from '@/lib/workspace';
import { versionWords as words } from '../version-strings';
import { diffQuery } from '../versions-api';

type VersionDiffProps = { workflow: string; from: number; to: number };

export function VersionDiff({ workflow, from, to }: VersionDiffProps) {
  const workspace = useWorkspace();
  const query = useQuery(diffQuery(workspace.id, workflow, from, to));
  if (query.isError && !query.data)
    return (
      <ErrorState
        error={query.error}
        what={words.changesFailed}
        onRetry={() => void query.refetch()}
        retrying={query.isFetching}
      />
    );
  if (!query.data)
    return (
      <Loading sentence={words.changesLoading}>
        <Skeleton className="w-2/3" />
      </Loading>
    );
  return <Changes diff={query.data} />;
}

type Change = WorkflowDiff['fields'][number];
type StepChange = WorkflowDiff['steps'][number];

export function Changes({ diff }: { diff: Pick<WorkflowDiff, 'fields' | 'steps'> }) {
  const count = diff.steps.length;
  if (count === 0 && diff.fields.length === 0) return <p className="t-13 text-text-2">{words.same}</p>;
  return (
    <div className="flex flex-col gap-3">
      {count > 0 && (
        <p className="t-12 text-text-2">{count === 1 ? words.oneStepChanged : words.stepsChanged(count)}</p>
      )}
      {diff.fields.length > 0 && (
        <section className="rounded-card border border-line-1 px-3 py-2">
          <h3 className="t-13 font-medium">{words.workflowItself}</h3>
          <Fields fields={diff.fields} />
        </section>
      )}
      {diff.steps.map((step) => (
        <section key={step.key} className="rounded-card border border-line-1 px-3 py-2">
          <h3 className="t-13 flex flex-wrap items-baseline gap-x-3 font-medium">
            <span className="mono-12">{step.path_after ?? step.path_before ?? step.key}</span>
            <span className="t-12 font-normal text-text-2">{saidOf(step)}</span>
          </h3>
          {step.fields.length > 0 && <Fields fields={step.fields} />}
        </section>
      ))}
    </div>
  );
}

const saidOf = ({ change, moved }: StepChange): string =>
  `${words[change]}${moved && change === 'changed' ? ` ${words.alsoMoved}` : ''}`;

function Fields({ fields }: { fields: readonly Change[] }) {
  return (
    <dl className="mt-1 flex flex-col gap-2">
      {fields.map(({ field, before, after }) => (
        <div key={field} className="grid gap-x-3 gap-y-1 @tablet:grid-cols-[120px_minmax(0,1fr)_minmax(0,1fr)]">
          <dt className="mono-12 text-text-2">{field}</dt>
          <Side value={before} sign="−" said={words.before} tint="bg-(--del)" />
          <Side value={after} sign="+" said={words.after} tint="bg-(--add)" />
        </div>
      ))}
    </dl>
  );
}

function Side({ value, sign, said, tint }: { value: unknown; sign: string; said: string; tint: string }) {
  const text = textOf(value);
  return (
    <dd className={`mono-12 min-w-0 rounded-badge px-2 py-1 wrap-break-word whitespace-pre-wrap ${text ? tint : ''}`}>
      <span className="sr-only">{said}: </span>
      {text ? (
        <>
          <span aria-hidden="true">{sign} </span>
          {text}
        </>
      ) : (
        words.nothing
      )}
    </dd>
  );
}
