// "Use last inputs": takes what the newest run was started with, and offers to take it back.
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, keys, unwrap } from '@/api/client';
import { toProblem } from '@/api/problem';
import type { Workflow } from '@/api/types';
import { Button } from '@/components/Button';
import type { KeptValues } from '@/components/SchemaForm';
import { toast } from '@/components/Toast';
import { initialValues, type JsonSchema, valuesOf } from '@/lib/schema-form';
import { useWorkspace } from '@/lib/workspace';
import { inputSchemaOf } from '../model/inputs';
import { words } from '../strings';

type LastInputsProps = { workflow: Workflow; schema: JsonSchema; form: KeptValues; fromRun?: string };

export function LastInputs({ workflow, schema, form, fromRun }: LastInputsProps) {
  const workspace = useWorkspace();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const last = workflow.last_runs?.[0];
  const take = (next: KeptValues['values'], text: string) => {
    const before = form.values;
    form.replace(next);
    void toast({ text, action: { label: words.undo, perform: () => form.replace(before) } });
  };
  const takeLast = async (runId: string) => {
    setBusy(true);
    try {
      const run = await client.fetchQuery({
        queryKey: keys.run(workspace.id, runId),
        queryFn: ({ signal }) =>
          unwrap(
            api.GET('/workspaces/{workspace_id}/runs/{run_id}', {
              params: { path: { workspace_id: workspace.id, run_id: runId } },
              signal,
            }),
          ),
      });
      take(valuesOf(schema, run.input), words.lastInputsTaken);
    } catch (error) {
      void toast({ text: words.lastInputsFailed(toProblem(error).detail) });
    } finally {
      setBusy(false);
    }
  };
  if (!last && !fromRun) return null;
  return (
    <div className="t-12 flex flex-wrap items-center gap-x-3 gap-y-1 text-text-2">
      {fromRun && <span>{words.inputsOfRun}</span>}
      {fromRun ? (
        <Button look="quiet" onClick={() => take(initialValues(inputSchemaOf(workflow.definition)), words.useDefaults)}>
          {words.useDefaults}
        </Button>
      ) : (
        last && (
          <Button look="plain" busy={busy} onClick={() => void takeLast(last.id)}>
            {words.lastInputs}
          </Button>
        )
      )}
    </div>
  );
}
