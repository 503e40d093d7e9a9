// The versions of a prompt or a workflow, newest first; the chosen one with its text beside.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { type Column, DataTable, type RowLink } from '@/components/DataTable';
import { ErrorState } from '@/components/ErrorState';
import { TimeAgo } from '@/components/Money';
import { MoreRows } from '@/components/MoreRows';
import { ScrollText } from '@/components/ScrollText';
import { Loading, Skeleton } from '@/components/Skeleton';
import { useWorkspace } from '@/lib/workspace';
import { versionsQuery, versionTextQuery } from '../api';
import type { Thing } from '../model/thing';
import { words } from '../strings';

type Facts = {
  version: number;
  message: string;
  created_by: { name: string | null };
  created_at: string;
  step_count?: number;
  labels?: readonly string[];
  origin?: { source: string; path: string; commit?: string | null } | null;
  variables?: readonly string[];
};

export type VersionsProps = {
  thing: Pick<Thing, 'noun' | 'id'>;
  current: number;
  /** The chosen one. */
  shown: number | undefined;
  linkTo: (version: number) => RowLink;
  /** Under its text: "Use this text". */
  deedOf?: (version: number, text: string) => ReactNode;
  /** Over its text: what can be done with it, and what it changes. */
  overText?: (version: number) => ReactNode;
  /** That is not all there yet. */
  holdsText?: boolean;
};

export function Versions({ thing, current, shown, linkTo, deedOf, overText, holdsText }: VersionsProps) {
  const workspace = useWorkspace();
  const query = useInfiniteQuery(versionsQuery(workspace.id, thing));
  const rows: readonly Facts[] | undefined = query.data?.pages.flatMap((page): Facts[] => page.data);
  const columns: readonly Column<Facts>[] = [
    {
      id: 'message',
      header: words.message,
      width: '40%',
      cell: (one) => (
        <span className="block max-w-[38cqi] truncate" title={one.message}>
          {one.message || <span className="text-text-3">{words.noMessage}</span>}
        </span>
      ),
    },
    {
      id: 'holds',
      header: thing.noun === 'prompt' ? words.variables : words.stepsHeader,
      width: '160px',
      phone: 'hidden',
      from: 'desk',
      cell: (one) => (
        <span className="block max-w-36 truncate">{one.step_count ?? (one.variables?.join(', ') || '—')}</span>
      ),
    },
    ...(thing.noun === 'workflow'
      ? [
          {
            id: 'from',
            header: words.from,
            width: '200px',
            phone: 'hidden',
            from: 'desk',
            cell: (one: Facts) => <Origin of={one.origin ?? null} />,
          } as const,
        ]
      : []),
    {
      id: 'by',
      header: words.by,
      width: '144px',
      phone: 'hidden',
      cell: (one) => <span className="block max-w-32 truncate">{one.created_by.name ?? words.nobody}</span>,
    },
    {
      id: 'saved',
      header: words.saved,
      width: '120px',
      align: 'right',
      phone: 'end',
      cell: (one) => <TimeAgo at={one.created_at} />,
    },
  ];
  return (
    <div className="flex flex-col gap-4">
      <DataTable
        label={words.versions}
        columns={columns}
        rows={rows}
        rowKey={(one) => String(one.version)}
        skeletonRows={3}
        selectedKey={shown === undefined ? null : String(shown)}
        name={{
          header: words.versions,
          text: (one) => words.version(one.version),
          link: (one) => linkTo(one.version),
          after: (one) => <Names current={one.version === current} labels={one.labels ?? []} />,
        }}
        instead={
          query.isError && !rows ? (
            <ErrorState
              error={query.error}
              what={words.versionsFailed}
              onRetry={() => void query.refetch()}
              retrying={query.isFetching}
            />
          ) : undefined
        }
        footer={rows && <MoreRows shown={words.shown(rows.length, query.hasNextPage)} query={query} words={words} />}
      />
      {/* after the list, so that it is not pushed down */}
      {shown !== undefined && !query.isPending && overText?.(shown)}
      {shown !== undefined && !query.isPending && !holdsText && (
        <VersionText thing={thing} version={shown} deedOf={deedOf} />
      )}
    </div>
  );
}

/** The file that a version was synced from. */
function Origin({ of }: { of: NonNullable<Facts['origin']> | null }) {
  if (!of) return <span className="text-text-3">—</span>;
  return (
    <span className="block max-w-48 truncate" title={words.origin(of)}>
      {of.path}
      {of.commit && <span className="text-text-3"> {of.commit.slice(0, 7)}</span>}
    </span>
  );
}

function Names({ current, labels }: { current: boolean; labels: readonly string[] }) {
  return [...(current ? [words.current] : []), ...labels].map((name) => (
    <span key={name} className="t-12 text-text-2">
      {name}
    </span>
  ));
}

function VersionText({ thing, version, deedOf }: Pick<VersionsProps, 'thing' | 'deedOf'> & { version: number }) {
  const workspace = useWorkspace();
  const query = useQuery(versionTextQuery(workspace.id, thing, version));
  return (
    <section className="flex flex-col gap-2 px-(--gutter) pb-6">
      <h2 className="t-16">{words.textOf(version)}</h2>
      {query.data !== undefined ? (
        <>
          <ScrollText label={words.textOf(version)} text={query.data} />
          {deedOf?.(version, query.data)}
        </>
      ) : query.isError ? (
        <ErrorState
          error={query.error}
          what={words.versionFailed}
          onRetry={() => void query.refetch()}
          retrying={query.isFetching}
        />
      ) : (
        <Loading sentence={words.versionLoading}>
          <Skeleton className="w-2/3" />
        </Loading>
      )}
    </section>
  );
}
