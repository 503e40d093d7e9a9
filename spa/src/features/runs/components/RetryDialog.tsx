// One sentence built by three choices: retry from this step, on this version, with this model; and what that reuses.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Select } from '@/components/Choice';
import { workflowQuery } from '@/features/workflows/api';
import { MODELS } from '@/features/workflows/model/draft';
import { useWorkspace } from '@/lib/workspace';
import { useRetryRun } from '../again';
import { firstOpen, reusedBefore, type StepOfVersion, stepsOf } from '../model/again';
import { words } from '../strings';
import { AgainDialog, type AgainDialogProps } from './AgainDialog';

type Version = 'same' | 'latest';

export default function RetryDialog({ run, onClose }: AgainDialogProps) {
  const workspace = useWorkspace();
  const workflow = useQuery(workflowQuery(workspace.id, run.workflow_id)).data;
  const retry = useRetryRun(workspace.id, run.id);
  const [version, setVersion] = useState<Version>('same');
  const [chosen, setChosen] = useState('');
  const [model, setModel] = useState('');

  const newer = workflow !== undefined && workflow.version !== run.workflow_version;
  const latest: StepOfVersion[] | undefined = workflow?.definition.steps.map((step) => ({
    key: step.key,
    name: step.name ?? step.key,
    kind: step.kind,
  }));
  const steps = version === 'latest' && latest ? latest : stepsOf(run);
  const from = steps.some((step) => step.key === chosen) ? chosen : firstOpen(run, steps);
  const at = steps.findIndex((step) => step.key === from);
  const asksModel = steps[at]?.kind === 'prompt';
  const reused = reusedBefore(run, steps, from);

  return (
    <AgainDialog
      title={words.retryFrom}
      verb={words.retryVerb(at + 1)}
      busy={retry.isPending}
      error={retry.error}
      onClose={onClose}
      onVerb={() =>
        retry.mutate(
          { from: { step: from }, version, ...(model && asksModel ? { models: { [from]: model } } : {}) },
          { onSuccess: onClose },
        )
      }
    >
      <Select
        label={words.retryFromField}
        value={from}
        onChange={setChosen}
        options={steps.map((step, index) => ({ value: step.key, label: words.numbered(index + 1, step.name) }))}
      />
      <Select<Version>
        label={words.onVersion}
        value={version}
        onChange={setVersion}
        disabled={!newer}
        options={[
          { value: 'same', label: words.sameVersion(run.workflow_version) },
          ...(newer ? [{ value: 'latest' as const, label: words.latestVersion(workflow.version) }] : []),
        ]}
      />
      {asksModel && (
        <Select
          label={words.withModel}
          value={model}
          onChange={setModel}
          options={[{ value: '', label: words.sameModel }, ...MODELS.map((name) => ({ value: name, label: name }))]}
        />
      )}
      <p className="t-13 text-text-2" aria-live="polite">
        {reused.length > 0 ? words.reusedList(reused.map((step) => step.name)) : words.reusedNothing}
      </p>
    </AgainDialog>
  );
}
