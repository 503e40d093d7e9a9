// Values with a name: variables, which everybody here reads, and secrets, which nobody does once they are written.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { toProblem } from '@/api/problem';
import type { Secret, Variable } from '@/api/types';
import { AskDialog } from '@/components/AskDialog';
import { Button } from '@/components/Button';
import { type Column, DataTable } from '@/components/DataTable';
import { ErrorState } from '@/components/ErrorState';
import { Ellipsis, icon } from '@/components/Icon';
import { IconButton } from '@/components/IconButton';
import { LazyMenu } from '@/components/LazyMenu';
import { TimeAgo } from '@/components/Money';
import { toast } from '@/components/Toast';
import { useActions } from '@/lib/actions';
import { useWorkspace } from '@/lib/workspace';
import { type SettingKind, secretsQuery, useDeleteSetting, useSetSetting, variablesQuery } from '../api';
import { SettingDialog } from '../components/SettingDialog';
import { atLeast } from '../model/roles';
import { SectionHeader } from '../SettingsPage';
import { words } from '../strings';

type Asked =
  | { deed: 'set'; kind: SettingKind; was: Variable | Secret | null }
  | { deed: 'delete'; secret: Secret }
  | null;

export default function Variables() {
  const workspace = useWorkspace();
  const manages = atLeast(workspace.role, 'admin');
  const reads = atLeast(workspace.role, 'member');
  // both are asked for at once
  const variables = useQuery(variablesQuery(workspace.id));
  useQuery({ ...secretsQuery(workspace.id), enabled: reads });
  const [asked, setAsked] = useState<Asked>(null);
  const add = (kind: SettingKind) => setAsked({ deed: 'set', kind, was: null });
  useActions([
    {
      id: 'variable.add',
      name: words.addVariable,
      keys: 'C',
      group: words.settings,
      when: () => manages,
      perform: () => add('variable'),
    },
    {
      id: 'secret.add',
      name: words.addSecret,
      group: words.settings,
      when: () => manages,
      perform: () => add('secret'),
    },
  ]);
  return (
    <>
      <SectionHeader section="variables" title={words.variables} />
      <VariablesTable manages={manages} onAsk={setAsked} onAdd={() => add('variable')} />
      {/* after what stands above it, so that it is not pushed down */}
      {reads && !variables.isPending && <SecretsTable manages={manages} onAsk={setAsked} onAdd={() => add('secret')} />}
      {asked?.deed === 'set' && <Setting kind={asked.kind} was={asked.was} onClose={() => setAsked(null)} />}
      {asked?.deed === 'delete' && <DeleteSecret secret={asked.secret} onClose={() => setAsked(null)} />}
    </>
  );
}

/** The dialog, with the names that are taken. */
function Setting({ kind, was, onClose }: { kind: SettingKind; was: Variable | Secret | null; onClose: () => void }) {
  const workspace = useWorkspace();
  const variables = useQuery({ ...variablesQuery(workspace.id), enabled: kind === 'variable' });
  const secrets = useQuery({ ...secretsQuery(workspace.id), enabled: kind === 'secret' });
  const taken = (kind === 'variable' ? variables.data : secrets.data) ?? [];
  return <SettingDialog kind={kind} was={was} taken={taken.map((one) => one.name)} onClose={onClose} />;
}

type TableProps = { manages: boolean; onAsk: (asked: Asked) => void; onAdd: () => void };

const changedColumns: readonly Column<Variable | Secret>[] = [
  {
    id: 'by',
    header: words.changedBy,
    width: '144px',
    phone: 'hidden',
    from: 'desk',
    cell: (one) => <span className="block max-w-32 truncate">{one.updated_by.name ?? words.nobody}</span>,
  },
  {
    id: 'at',
    header: words.changed,
    width: '128px',
    align: 'right',
    cell: (one) => <TimeAgo at={one.updated_at} />,
  },
];

type HeadProps = { id: string; title: string; help: string; count?: number; addVerb: string; onAdd?: () => void };

function Head({ id, title, help, count, addVerb, onAdd }: HeadProps) {
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-(--gutter) pt-4 pb-1">
      <div className="min-w-0 flex-1">
        <h2 id={id} tabIndex={-1} className="t-16">
          {title} {count !== undefined && <span className="t-13 text-text-3">{count}</span>}
        </h2>
        <p className="t-12 text-text-2">{help}</p>
      </div>
      {onAdd && <Button onClick={onAdd}>{addVerb}</Button>}
    </div>
  );
}

function VariablesTable({ manages, onAsk, onAdd }: TableProps) {
  const workspace = useWorkspace();
  const query = useQuery(variablesQuery(workspace.id));
  const columns: Column<Variable>[] = [
    {
      id: 'value',
      header: words.value,
      width: '40%',
      cell: (one) =>
        one.value === '' ? (
          <span className="text-text-3">{words.emptyValue}</span>
        ) : (
          <span className="mono-12 block max-w-80 truncate" title={one.value}>
            {one.value}
          </span>
        ),
    },
    ...changedColumns,
  ];
  if (manages)
    columns.push({
      id: 'actions',
      header: words.actions,
      quietHeader: true,
      width: '52px',
      align: 'right',
      phone: 'end',
      cell: (one) => <VariableMenu variable={one} onAsk={onAsk} />,
    });
  return (
    <section aria-labelledby="variables-heading">
      <Head
        id="variables-heading"
        title={words.variablesHeading}
        help={words.variablesHelp}
        count={query.data?.length}
        addVerb={words.addVariable}
        onAdd={manages ? onAdd : undefined}
      />
      <DataTable
        label={words.variablesHeading}
        columns={columns}
        rows={query.data}
        rowKey={(one) => one.name}
        skeletonRows={3}
        name={{ header: words.settingName, text: (one) => one.name }}
        instead={
          query.isError && !query.data ? (
            <ErrorState
              error={query.error}
              what={words.variablesFailed}
              onRetry={() => void query.refetch()}
              retrying={query.isFetching}
            />
          ) : query.data?.length === 0 ? (
            <p className="t-13 px-(--gutter) py-2 text-text-2">{words.variablesEmpty}</p>
          ) : undefined
        }
      />
    </section>
  );
}

function VariableMenu({ variable, onAsk }: { variable: Variable; onAsk: (asked: Asked) => void }) {
  const workspace = useWorkspace();
  const remove = useDeleteSetting(workspace.id, 'variable');
  const set = useSetSetting(workspace.id, 'variable');
  const refused = (error: unknown) => void toast({ text: `${words.notDeleted} ${toProblem(error).detail}` });
  const perform = () =>
    remove.mutate(variable.name, {
      onSuccess: () => {
        document.getElementById('variables-heading')?.focus();
        void toast({
          text: words.variableDeleted(variable.name),
          action: { label: words.undo, perform: () => set.mutate({ name: variable.name, value: variable.value }) },
        });
      },
      onError: refused,
    });
  return (
    <LazyMenu
      label={words.actionsOf(variable.name)}
      align="end"
      trigger={
        <IconButton label={words.actionsOf(variable.name)}>
          <Ellipsis {...icon} />
        </IconButton>
      }
      sections={[
        {
          items: [
            {
              id: 'change',
              name: words.change,
              onSelect: () => onAsk({ deed: 'set', kind: 'variable', was: variable }),
            },
          ],
        },
        { items: [{ id: 'delete', name: words.delete, danger: true, onSelect: perform }] },
      ]}
    />
  );
}

function SecretsTable({ manages, onAsk, onAdd }: TableProps) {
  const workspace = useWorkspace();
  const query = useQuery(secretsQuery(workspace.id));
  const columns: Column<Secret>[] = [
    {
      id: 'value',
      header: words.value,
      width: '40%',
      cell: () => (
        <span className="mono-12 text-text-3">
          <span aria-hidden="true">•••• </span>
          {words.sealed}
        </span>
      ),
    },
    ...changedColumns,
  ];
  if (manages)
    columns.push({
      id: 'actions',
      header: words.actions,
      quietHeader: true,
      width: '52px',
      align: 'right',
      phone: 'end',
      cell: (secret) => (
        <LazyMenu
          label={words.actionsOf(secret.name)}
          align="end"
          trigger={
            <IconButton label={words.actionsOf(secret.name)}>
              <Ellipsis {...icon} />
            </IconButton>
          }
          sections={[
            {
              items: [
                {
                  id: 'replace',
                  name: words.replace,
                  onSelect: () => onAsk({ deed: 'set', kind: 'secret', was: secret }),
                },
              ],
            },
            {
              items: [
                {
                  id: 'delete',
                  name: words.deleteMore,
                  danger: true,
                  onSelect: () => onAsk({ deed: 'delete', secret }),
                },
              ],
            },
          ]}
        />
      ),
    });
  return (
    <section aria-labelledby="secrets-heading" className="mt-4">
      <Head
        id="secrets-heading"
        title={words.secretsHeading}
        help={words.secretsHelp}
        count={query.data?.length}
        addVerb={words.addSecret}
        onAdd={manages ? onAdd : undefined}
      />
      <DataTable
        label={words.secretsHeading}
        columns={columns}
        rows={query.data}
        rowKey={(one) => one.name}
        skeletonRows={3}
        name={{ header: words.settingName, text: (one) => one.name }}
        instead={
          query.isError && !query.data ? (
            <ErrorState
              error={query.error}
              what={words.secretsFailed}
              onRetry={() => void query.refetch()}
              retrying={query.isFetching}
            />
          ) : query.data?.length === 0 ? (
            <p className="t-13 px-(--gutter) py-2 text-text-2">{words.secretsEmpty}</p>
          ) : undefined
        }
      />
    </section>
  );
}

function DeleteSecret({ secret, onClose }: { secret: Secret; onClose: () => void }) {
  const workspace = useWorkspace();
  const remove = useDeleteSetting(workspace.id, 'secret');
  return (
    <AskDialog
      title={words.deleteSecretTitle(secret.name)}
      verb={words.deleteIt(secret.name)}
      busyVerb={words.deleting}
      keep={words.keepSecret}
      busy={remove.isPending}
      error={remove.error}
      notDone={words.notDeleted}
      onPerform={() =>
        remove.mutate(secret.name, {
          onSuccess: () => {
            onClose();
            document.getElementById('secrets-heading')?.focus();
          },
        })
      }
      onClose={onClose}
    >
      <p>{words.deleteSecretText}</p>
    </AskDialog>
  );
}
