// Values with a name: variables, which everybody here reads, and secrets, which nobody does once they are written.
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
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
  const secrets = useQuery({ ...secretsQuery(workspace.id), enabled: reads });
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
      <ValuesTable
        id="variables-heading"
        title={words.variablesHeading}
        help={words.variablesHelp}
        addVerb={words.addVariable}
        failed={words.variablesFailed}
        empty={words.variablesEmpty}
        query={variables}
        value={shownValue}
        menu={manages ? (variable) => <VariableMenu variable={variable} onAsk={setAsked} /> : undefined}
        onAdd={() => add('variable')}
      />
      {/* after what stands above it, so that it is not pushed down */}
      {reads && !variables.isPending && (
        <ValuesTable
          id="secrets-heading"
          title={words.secretsHeading}
          help={words.secretsHelp}
          addVerb={words.addSecret}
          failed={words.secretsFailed}
          empty={words.secretsEmpty}
          query={secrets}
          value={sealed}
          menu={
            manages
              ? (secret) => (
                  <OneMenu
                    name={secret.name}
                    change={words.replace}
                    onChange={() => setAsked({ deed: 'set', kind: 'secret', was: secret })}
                    remove={words.deleteMore}
                    onRemove={() => setAsked({ deed: 'delete', secret })}
                  />
                )
              : undefined
          }
          onAdd={() => add('secret')}
        />
      )}
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

type TableProps<Row> = {
  id: string;
  title: string;
  help: string;
  addVerb: string;
  failed: string;
  empty: string;
  query: UseQueryResult<Row[]>;
  value: (one: Row) => ReactNode;
  /** Of who may change them: what can be done to one, and Add. */
  menu?: (one: Row) => ReactNode;
  onAdd: () => void;
};

/** Variables or secrets: they differ in how a value looks, and in what can be done to it. */
function ValuesTable<Row extends Variable | Secret>(props: TableProps<Row>) {
  const { id, title, help, addVerb, failed, empty, query, value, menu, onAdd } = props;
  const columns: Column<Row>[] = [
    { id: 'value', header: words.value, width: '40%', cell: value },
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
  if (menu)
    columns.push({
      id: 'actions',
      header: words.actions,
      quietHeader: true,
      width: '52px',
      align: 'right',
      phone: 'end',
      cell: menu,
    });
  const count = query.data?.length;
  return (
    <section aria-labelledby={id} className="not-first:mt-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-(--gutter) pt-4 pb-1">
        <div className="min-w-0 flex-1">
          <h2 id={id} tabIndex={-1} className="t-16">
            {title} {count !== undefined && <span className="t-13 text-text-3">{count}</span>}
          </h2>
          <p className="t-12 text-text-2">{help}</p>
        </div>
        {menu && <Button onClick={onAdd}>{addVerb}</Button>}
      </div>
      <DataTable
        label={title}
        columns={columns}
        rows={query.data}
        rowKey={(one) => one.name}
        skeletonRows={3}
        name={{ header: words.settingName, text: (one) => one.name }}
        instead={
          query.isError && !query.data ? (
            <ErrorState
              error={query.error}
              what={failed}
              onRetry={() => void query.refetch()}
              retrying={query.isFetching}
            />
          ) : count === 0 ? (
            <p className="t-13 px-(--gutter) py-2 text-text-2">{empty}</p>
          ) : undefined
        }
      />
    </section>
  );
}

const shownValue = ({ value }: Variable) =>
  value === '' ? (
    <span className="text-text-3">{words.emptyValue}</span>
  ) : (
    <span className="mono-12 block max-w-80 truncate" title={value}>
      {value}
    </span>
  );

const sealed = () => (
  <span className="mono-12 text-text-3">
    <span aria-hidden="true">•••• </span>
    {words.sealed}
  </span>
);

type OneMenuProps = { name: string; change: string; onChange: () => void; remove: string; onRemove: () => void };

function OneMenu({ name, change, onChange, remove, onRemove }: OneMenuProps) {
  return (
    <LazyMenu
      label={words.actionsOf(name)}
      align="end"
      trigger={
        <IconButton label={words.actionsOf(name)}>
          <Ellipsis {...icon} />
        </IconButton>
      }
      sections={[
        { items: [{ id: 'change', name: change, onSelect: onChange }] },
        { items: [{ id: 'delete', name: remove, danger: true, onSelect: onRemove }] },
      ]}
    />
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
    <OneMenu
      name={variable.name}
      change={words.change}
      onChange={() => onAsk({ deed: 'set', kind: 'variable', was: variable })}
      remove={words.delete}
      onRemove={perform}
    />
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
