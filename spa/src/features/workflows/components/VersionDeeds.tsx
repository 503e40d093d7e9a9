// What can be done with one version: published, labelled, made the current one again; and what it changes of another.
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { toProblem } from '@/api/problem';
import type { Workflow } from '@/api/types';
import { Button } from '@/components/Button';
import { Select } from '@/components/Choice';
import { FieldError } from '@/components/Field';
import { icon, X } from '@/components/Icon';
import { IconButton } from '@/components/IconButton';
import { TextField } from '@/components/TextField';
import { toast } from '@/components/Toast';
import { useWorkspace } from '@/lib/workspace';
import { versionWords as words } from '../version-strings';
import { useLabel, useRollBack } from '../versions-api';
import { VersionDiff } from './VersionDiff';

type VersionDeedsProps = {
  workflow: Workflow;
  version: number;
  /** What it is compared with. */
  from: number | undefined;
  may: boolean;
};

const PUBLISHED = 'published';
const LABEL = /^[a-z][a-z0-9_.-]{0,62}$/;
const SHOWN = 100;

export function VersionDeeds({ workflow, version, from, may }: VersionDeedsProps) {
  const labels = Object.entries(workflow.labels)
    .filter(([, named]) => named === version)
    .map(([label]) => label);
  return (
    <section className="flex flex-col gap-3 px-(--gutter) pb-2" aria-labelledby="version-heading">
      <div className="flex flex-wrap items-center gap-2">
        <h2 id="version-heading" className="t-16 mr-auto">
          {words.heading(version)}
        </h2>
        {may && <Deeds workflow={workflow} version={version} published={labels.includes(PUBLISHED)} />}
      </div>
      <Labels workflow={workflow} version={version} labels={labels} may={may} />
      <Compared workflow={workflow} version={version} from={from} />
    </section>
  );
}

type DeedsProps = { workflow: Workflow; version: number; published: boolean };

function Deeds({ workflow, version, published }: DeedsProps) {
  const workspace = useWorkspace();
  const router = useRouter();
  const label = useLabel(workspace.id, workflow.id);
  const back = useRollBack(workspace.id, workflow.id);
  const failed = (what: string) => (error: unknown) => void toast({ text: `${what} ${toProblem(error).detail}` });
  return (
    <>
      {published ? (
        <span className="t-12 text-text-2">{words.isPublished}</span>
      ) : (
        <Button
          busy={label.isPending ? words.publishing : false}
          onClick={() => label.mutate({ label: PUBLISHED, version }, { onError: failed(words.notPublished) })}
        >
          {words.publish(version)}
        </Button>
      )}
      {version !== workflow.version && (
        <Button
          busy={back.isPending ? words.goingBack : false}
          onClick={() =>
            back.mutate(version, {
              onError: failed(words.notCurrent),
              onSuccess: (now) => {
                void toast({ text: words.nowCurrent(version, now.version) });
                void router.navigate({
                  to: '/w/$workspace/workflows/$workflow/versions',
                  params: { workspace: workspace.slug, workflow: workflow.id },
                  search: { version: now.version },
                });
              },
            })
          }
        >
          {words.makeCurrent(version)}
        </Button>
      )}
    </>
  );
}

type LabelsProps = { workflow: Workflow; version: number; labels: readonly string[]; may: boolean };

function Labels({ workflow, version, labels, may }: LabelsProps) {
  const workspace = useWorkspace();
  const set = useLabel(workspace.id, workflow.id);
  const [typed, setTyped] = useState('');
  const [wrong, setWrong] = useState<string | undefined>(undefined);
  const failed = (what: string) => (error: unknown) => setWrong(`${what} ${toProblem(error).detail}`);
  const add = () => {
    const label = typed.trim();
    if (!LABEL.test(label)) return setWrong(words.labelWrong);
    set.mutate({ label, version }, { onError: failed(words.notLabelled), onSuccess: () => setTyped('') });
  };
  return (
    <div className="flex flex-col gap-2">
      {labels.length > 0 && (
        <ul aria-label={words.labels} className="flex flex-wrap gap-2">
          {labels.map((label) => (
            <li key={label} className="t-12 flex items-center gap-1 rounded-badge bg-bg-3 pl-2">
              {label}
              {may ? (
                <IconButton
                  label={words.takeOff(label)}
                  onClick={() => set.mutate({ label, version: null }, { onError: failed(words.notTaken) })}
                >
                  <X {...icon} />
                </IconButton>
              ) : (
                <span className="pr-2" />
              )}
            </li>
          ))}
        </ul>
      )}
      {may && (
        <form
          noValidate
          className="flex max-w-96 items-end gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            add();
          }}
        >
          <div className="min-w-0 flex-1">
            <TextField
              label={words.label}
              help={words.labelHelp}
              optional
              value={typed}
              maxLength={63}
              spellCheck={false}
              autoCapitalize="none"
              onChange={(text) => {
                setTyped(text);
                setWrong(undefined);
              }}
            />
          </div>
          <Button type="submit">{words.addLabel}</Button>
        </form>
      )}
      {wrong && <FieldError>{wrong}</FieldError>}
    </div>
  );
}

function Compared({ workflow, version, from }: Omit<VersionDeedsProps, 'may'>) {
  const workspace = useWorkspace();
  const router = useRouter();
  const newest = Array.from({ length: Math.min(workflow.version, SHOWN) }, (_, index) => workflow.version - index);
  const others = newest.filter((one) => one !== version);
  if (others.length === 0) return <p className="t-13 text-text-2">{words.first}</p>;
  const choose = (chosen: string) =>
    void router.navigate({
      to: '/w/$workspace/workflows/$workflow/versions',
      params: { workspace: workspace.slug, workflow: workflow.id },
      search: { version, diff: `${chosen}..${version}` },
    });
  return (
    <div className="@container flex flex-col gap-2">
      <div className="max-w-48">
        <Select
          label={words.compare}
          value={from === undefined ? '' : String(from)}
          options={[
            ...(from === undefined ? [{ value: '', label: words.nothing }] : []),
            ...others.map((one) => ({ value: String(one), label: words.versionChoice(one) })),
            ...(from !== undefined && !others.includes(from) && from !== version
              ? [{ value: String(from), label: words.versionChoice(from) }]
              : []),
          ]}
          onChange={choose}
        />
      </div>
      {from !== undefined && from !== version && (
        <section aria-label={words.changes(from, version)}>
          <VersionDiff workflow={workflow.id} from={from} to={version} />
        </section>
      )}
    </div>
  );
}
