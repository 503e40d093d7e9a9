// What the run is a run of, as it was written: how far each step is at its line, and what went wrong at its place.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useRef } from 'react';
import type { Run } from '@/api/types';
import { Button, buttonClass } from '@/components/Button';
import { CodeEditor, type CodeEditorHandle } from '@/components/code/CodeEditor';
import { ErrorState } from '@/components/ErrorState';
import { Loading, Skeleton } from '@/components/Skeleton';
import { workflowVersionQuery } from '@/features/library/api';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { notAskedFor, notesOf, runMarks, runText } from '../model/source';
import { sourceWords as words } from '../source-strings';

export default function SourceView({ run }: { run: Run }) {
  const workspace = useWorkspace();
  const query = useQuery(workflowVersionQuery(workspace.id, run.workflow_id, run.workflow_version));
  const box = useRef<CodeEditorHandle>(null);
  const shown = useMemo(() => (query.data ? runText(query.data) : null), [query.data]);
  const notes = useMemo(() => (shown ? notesOf(run, shown) : []), [run, shown]);
  const marks = useMemo(() => (shown ? runMarks(run, shown) : []), [run, shown]);
  if (!shown)
    return query.isError ? (
      <ErrorState
        error={query.error}
        what={words.failed}
        onRetry={() => void query.refetch()}
        retrying={query.isFetching}
      />
    ) : (
      <Loading sentence={words.reading}>
        <div className="px-(--gutter) py-4">
          <Skeleton className="h-80" />
        </div>
      </Loading>
    );
  const params = { workspace: workspace.slug, workflow: run.workflow_id };
  const gone = notAskedFor(run);
  return (
    <div className="flex min-w-0 flex-col gap-3 px-(--gutter) py-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <p className="t-13 min-w-60 flex-1 text-text-2">
          {shown.code ? words.helpCode(run.workflow_version) : words.help(run.workflow_version)}
        </p>
        <div className="flex gap-2">
          <Button keys="Mod+F" onClick={() => box.current?.find()}>
            {words.find}
          </Button>
          {mayEdit(workspace) && (
            <Link
              to="/w/$workspace/workflows/$workflow/edit"
              params={params}
              search={{ view: 'source' }}
              className={buttonClass()}
            >
              {words.edit}
            </Link>
          )}
        </div>
      </div>
      {gone !== null && (
        <p className="t-13">
          {words.gone(gone)}{' '}
          <Link
            to="/w/$workspace/workflows/$workflow/versions"
            params={params}
            search={{ version: run.workflow_version }}
            className="link"
          >
            {words.compare}
          </Link>
        </p>
      )}
      <CodeEditor
        ref={box}
        label={words.label(run.name)}
        value={shown.text}
        language={shown.language}
        marks={marks}
        notes={notes}
        readOnly
        startLine={marks[0]?.line}
      />
    </div>
  );
}
