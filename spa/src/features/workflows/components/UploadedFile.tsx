// One file of an upload: what is wrong with it, the workflows in it, what saving each would do, and what became of it.
import type { UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Problem } from '@/api/problem';
import type { WorkflowPushed } from '@/api/types';
import { Button } from '@/components/Button';
import { ErrorState } from '@/components/ErrorState';
import { FieldError } from '@/components/Field';
import { Folded } from '@/components/Folded';
import { icon, X } from '@/components/Icon';
import { IconButton } from '@/components/IconButton';
import { StatusIcon } from '@/components/StatusIcon';
import { privatePrompts } from '@/features/library/model/sharing';
import { useWorkspace } from '@/lib/workspace';
import { flat } from '../model/tree';
import type { Found, UploadFile, uploadQuery } from '../upload-api';
import { uploadWords as words } from '../upload-strings';
import { Findings } from './Findings';
import { Changes } from './VersionDiff';

export type Outcome = { pushed: WorkflowPushed } | { problem: Problem };
type Looked = Awaited<ReturnType<NonNullable<ReturnType<typeof uploadQuery>['queryFn']>>>;

type UploadedFileProps = {
  file: UploadFile;
  query: UseQueryResult<Looked>;
  outcomeOf: (index: number) => Outcome | undefined;
  /** Others of the files have the same workflow. */
  isTwice: (found: Found) => boolean;
  busy: boolean;
  onRemove: () => void;
  onShare: (index: number) => void;
};

export function UploadedFile({ file, query, outcomeOf, isTwice, busy, onRemove, onShare }: UploadedFileProps) {
  const { checked, found = [], unnamed } = query.data ?? {};
  const findings = [
    ...(checked?.errors ?? []).map((finding) => ({ ...finding, serious: true })),
    ...(checked?.warnings ?? []).map((finding) => ({ ...finding, serious: false })),
  ];
  return (
    <section aria-label={file.name} className="rounded-card border border-line-1 bg-bg-2 px-3 py-2">
      <div className="flex items-center gap-2">
        <h3 className="mono-13 min-w-0 flex-1 truncate font-medium" title={file.name}>
          {file.name}
        </h3>
        <IconButton label={words.remove(file.name)} onClick={onRemove}>
          <X {...icon} />
        </IconButton>
      </div>
      {query.isPending && <p className="t-13 text-text-2">{words.checking}</p>}
      {query.isError && (
        <ErrorState
          error={query.error}
          what={words.checkFailed}
          onRetry={() => void query.refetch()}
          retrying={query.isFetching}
        />
      )}
      <Findings findings={findings} />
      {checked?.valid && checked.workflows.length === 0 && <FieldError>{words.none}</FieldError>}
      {unnamed && <FieldError>{words.unnamed}</FieldError>}
      {found.some(Boolean) && (
        <ul>
          {found.map(
            (one, index) =>
              one && (
                <FoundWorkflow
                  key={index}
                  found={one}
                  outcome={outcomeOf(index)}
                  twice={isTwice(one)}
                  busy={busy}
                  onShare={() => onShare(index)}
                />
              ),
          )}
        </ul>
      )}
    </section>
  );
}

const NAMED = 6;

type FoundProps = { found: Found; outcome?: Outcome; twice: boolean; busy: boolean; onShare: () => void };

function FoundWorkflow({ found, outcome, twice, busy, onShare }: FoundProps) {
  const steps = flat(found.definition.steps).map(({ step }) => step.name ?? step.key);
  return (
    <li className="flex flex-col gap-1 border-t border-line-1 py-2">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <h4 className="t-13 min-w-0 font-medium wrap-break-word">{found.name}</h4>
        <span className="t-12 text-text-2">{outcome ? <Became outcome={outcome} /> : does(found)}</span>
      </div>
      <p className="t-12 min-w-0 text-text-2 wrap-break-word">
        {words.steps(steps.length, steps.slice(0, NAMED).join(', '), steps.length - NAMED)}
      </p>
      {found.does === 'ask' && <FieldError>{words.several(found.count)}</FieldError>}
      {twice && <p className="t-12 text-text-2">{words.twice}</p>}
      {outcome && 'problem' in outcome && <NotSaved problem={outcome.problem} busy={busy} onShare={onShare} />}
      {found.does === 'change' && !(outcome && 'pushed' in outcome) && <WhatChanges found={found} />}
    </li>
  );
}

function does(found: Found): string {
  if (found.does === 'create') return words.creates;
  if (found.does === 'change') return words.changes(found.there.version);
  return found.does === 'nothing' ? words.unchanged(found.there.version) : '';
}

function Became({ outcome }: { outcome: Outcome }) {
  const workspace = useWorkspace();
  if ('problem' in outcome) return words.notSaved;
  const { outcome: what, workflow } = outcome.pushed;
  return (
    <span className="inline-flex items-center gap-1.5">
      <StatusIcon status="completed" size={14} decorative />
      <Link
        to="/w/$workspace/workflows/$workflow"
        params={{ workspace: workspace.slug, workflow: workflow.id }}
        className="link"
      >
        {what === 'created' ? words.made : what === 'changed' ? words.saved(workflow.version) : words.same}
      </Link>
    </span>
  );
}

function NotSaved({ problem, busy, onShare }: { problem: Problem; busy: boolean; onShare: () => void }) {
  const prompts = privatePrompts(problem);
  return (
    <div className="flex flex-col items-start gap-1">
      <FieldError>{prompts.length > 0 ? words.privatePrompts(prompts) : problem.detail}</FieldError>
      {prompts.length > 0 ? (
        <Button busy={busy ? words.saving : false} onClick={onShare}>
          {words.shareAndSave}
        </Button>
      ) : (
        problem.errors.map((place) => (
          <p key={`${place.path} ${place.message}`} className="t-12 text-text-2">
            <span className="mono-12">{place.path}</span> {place.message}
          </p>
        ))
      )}
    </div>
  );
}

function WhatChanges({ found }: { found: Extract<Found, { does: 'change' }> }) {
  const { diff, name } = found;
  if (diff.steps.length === 0 && diff.fields.length === 0) return <p className="t-12 text-text-2">{words.onlyText}</p>;
  return (
    <Folded opened={false} summary={<span className="t-13">{words.whatChanges(name)}</span>}>
      <Changes diff={diff} />
    </Folded>
  );
}
