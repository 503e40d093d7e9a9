// Rows of things: a table from tablet width on, two-line rows on the phone. The name is the link, stretched over its row; J and K walk.
// Loading, empty and failed stand in the table's own place. Long lists draw only the rows in view.
import { Link, type LinkProps } from '@tanstack/react-router';
import { type ReactNode, useRef } from 'react';
import { useActions } from '@/lib/actions';
import { classes } from '@/lib/classes';
import { usePhone } from '@/lib/phone';
import { useWindowed } from '@/lib/windowed';
import { Skeleton, useSlow } from './Skeleton';

export type RowLink = Pick<LinkProps, 'to' | 'params' | 'search'>;

export type Column<Row> = {
  id: string;
  header: string;
  /** The column's name only for screen readers (actions). */
  quietHeader?: boolean;
  cell: (row: Row) => ReactNode;
  /** On the phone, where no header says what a figure is: "3 steps". */
  cellOnPhone?: (row: Row) => ReactNode;
  align?: 'right';
  /** CSS width: "96px", "30%". One column without takes the rest. */
  width?: string;
  /** On the phone: part of the first line's end, of the second line (default), or not at all. */
  phone?: 'end' | 'second' | 'hidden';
  /** Shown from this container width on. */
  from?: 'desk' | 'wide';
};

export type DataTableProps<Row> = {
  /** "Runs", named for screen readers. */
  label: string;
  columns: readonly Column<Row>[];
  /** undefined while loading */
  rows: readonly Row[] | undefined;
  rowKey: (row: Row) => string;
  /** What the row is, and where it leads: drawn first, before the columns. */
  name: {
    header: string;
    text: (row: Row) => string;
    before?: (row: Row) => ReactNode;
    /** Left out: the rows lead nowhere. */
    link?: (row: Row) => RowLink;
    after?: (row: Row) => ReactNode;
  };
  /** Under the name: why it waits or failed, the description. A row has it or not. */
  secondLine?: (row: Row) => ReactNode | null;
  /** Descriptions may be left out on the phone, reasons may not. */
  secondLineOnPhone?: boolean;
  selectedKey?: string | null;
  /** Of many; the caller draws their boxes. */
  selectedKeys?: ReadonlySet<string>;
  /** No longer fits the filter: stays, dimmed, until the next load. */
  dimmed?: (row: Row) => boolean;
  /** In place of rows: EmptyState or ErrorState. */
  instead?: ReactNode;
  skeletonRows?: number;
  /** "25 of 214", Load more. */
  footer?: ReactNode;
};

const HEAD = 'sticky top-(--page-header) z-(--z-sticky) border-b border-line-2 bg-bg-1 font-medium';
const FROM = { desk: 'hidden @desk:table-cell', wide: 'hidden @wide:table-cell' } as const;

export function DataTable<Row>(props: DataTableProps<Row>) {
  const phone = usePhone();
  const box = useRef<HTMLDivElement>(null);
  const slow = useSlow(props.rows === undefined && !props.instead);
  useWalk(box, props.name.link !== undefined);
  const inner = props.instead ?? (phone ? <PhoneRows {...props} slow={slow} /> : <WideTable {...props} slow={slow} />);
  return (
    <div ref={box} className="@container" aria-busy={props.rows === undefined && !props.instead}>
      {inner}
      {props.footer && !props.instead && props.rows !== undefined && (
        <div className="t-12 flex min-h-(--row-table) items-center gap-3 px-(--gutter) py-2 text-text-2">
          {props.footer}
        </div>
      )}
    </div>
  );
}

/** J and K move along the rows' links; focus is the place. */
function useWalk(box: React.RefObject<HTMLDivElement | null>, leads: boolean) {
  const walk = (by: 1 | -1) => {
    const links = [...(box.current?.querySelectorAll<HTMLElement>('[data-row-link]') ?? [])];
    const at = links.indexOf(document.activeElement as HTMLElement);
    const next = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + by))];
    next?.focus();
    next?.scrollIntoView({ block: 'nearest' });
  };
  useActions([
    { id: 'list.next', name: 'Next row', keys: 'J', group: 'This list', when: () => leads, perform: () => walk(1) },
    {
      id: 'list.previous',
      name: 'Previous row',
      keys: 'K',
      group: 'This list',
      when: () => leads,
      perform: () => walk(-1),
    },
  ]);
}

type InnerProps<Row> = DataTableProps<Row> & { slow: boolean };

function WideTable<Row>({
  label,
  columns,
  rows,
  rowKey,
  name,
  secondLine,
  selectedKey,
  selectedKeys,
  dimmed,
  skeletonRows = 15,
  slow,
}: InnerProps<Row>) {
  const body = useRef<HTMLTableSectionElement>(null);
  const view = useWindowed(body, rows?.length ?? 0);
  const span = columns.length + 1;
  return (
    <table
      className="t-13 w-full border-separate border-spacing-0"
      aria-label={label}
      aria-rowcount={rows ? rows.length + 1 : undefined}
    >
      <thead>
        <tr className="t-12 h-(--row-table) text-left text-text-2">
          <th scope="col" className={classes(HEAD, 'pr-3 pl-(--gutter)')}>
            {name.header}
          </th>
          {columns.map((column) => (
            <th
              key={column.id}
              scope="col"
              style={{ width: column.width }}
              className={classes(
                HEAD,
                'px-3 whitespace-nowrap last:pr-(--gutter)',
                column.align === 'right' && 'text-right',
                column.from && FROM[column.from],
              )}
            >
              {column.quietHeader ? <span className="sr-only">{column.header}</span> : column.header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody ref={body}>
        {view.before > 0 && <tr aria-hidden="true" style={{ height: view.before }} />}
        {rows?.slice(view.first, view.end).map((row, index) => {
          const second = secondLine?.(row);
          const key = rowKey(row);
          return (
            <tr
              key={key}
              aria-rowindex={view.first + index + 2}
              className={classes(
                'relative h-(--row-table) hover:bg-hover has-[[data-row-link]:focus-visible]:outline-2 has-[[data-row-link]:focus-visible]:-outline-offset-2 has-[[data-row-link]:focus-visible]:outline-focus',
                (key === selectedKey || selectedKeys?.has(key)) && 'tread',
                dimmed?.(row) && 'dimmed',
              )}
            >
              <td className="max-w-0 border-b border-line-1 py-0.5 pr-3 pl-(--gutter)">
                <span className="flex min-w-0 items-center gap-2">
                  {name.before?.(row)}
                  <RowName row={row} name={name} />
                  {name.after?.(row)}
                </span>
                {second && <span className="t-12 block truncate text-text-2">{second}</span>}
              </td>
              {columns.map((column) => (
                <td
                  key={column.id}
                  className={classes(
                    'border-b border-line-1 px-3 py-0.5 whitespace-nowrap last:pr-(--gutter)',
                    column.align === 'right' && 'text-right',
                    column.from && FROM[column.from],
                  )}
                >
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          );
        })}
        {view.after > 0 && <tr aria-hidden="true" style={{ height: view.after }} />}
        {slow &&
          Array.from({ length: skeletonRows }, (_, index) => (
            <tr key={index} aria-hidden="true" className="h-(--row-table)">
              {Array.from({ length: span }, (_, cell) => (
                <td
                  key={cell}
                  className={
                    cell === 0
                      ? 'border-b border-line-1 pr-3 pl-(--gutter)'
                      : classes(
                          'border-b border-line-1 px-3 last:pr-(--gutter)',
                          columns[cell - 1]?.from && FROM[columns[cell - 1]?.from ?? 'wide'],
                        )
                  }
                >
                  <Skeleton className={cell === 0 ? 'w-64' : 'ml-auto w-12'} />
                </td>
              ))}
            </tr>
          ))}
      </tbody>
    </table>
  );
}

function RowName<Row>({ row, name }: { row: Row; name: DataTableProps<Row>['name'] }) {
  const text = name.text(row);
  const link = name.link?.(row);
  if (!link)
    return (
      <span title={text} className="min-w-0 truncate font-medium">
        {text}
      </span>
    );
  return (
    <Link
      to={link.to}
      params={link.params}
      search={link.search}
      data-row-link
      title={text}
      className="min-w-0 truncate font-medium outline-none after:absolute after:inset-0"
    >
      {text}
    </Link>
  );
}

function PhoneRows<Row>({
  label,
  columns,
  rows,
  rowKey,
  name,
  secondLine,
  secondLineOnPhone = true,
  selectedKey,
  selectedKeys,
  dimmed,
  skeletonRows = 8,
  slow,
}: InnerProps<Row>) {
  const list = useRef<HTMLUListElement>(null);
  const view = useWindowed(list, rows?.length ?? 0);
  const end = columns.filter((column) => column.phone === 'end');
  const second = columns.filter((column) => column.phone === undefined || column.phone === 'second');
  return (
    <ul ref={list} aria-label={label} className="t-13">
      {view.before > 0 && <li aria-hidden="true" style={{ height: view.before }} />}
      {rows?.slice(view.first, view.end).map((row) => {
        const why = secondLineOnPhone && secondLine?.(row);
        return (
          <li
            key={rowKey(row)}
            className={classes(
              'relative flex min-h-(--row-table) flex-col justify-center gap-0.5 border-b border-line-1 px-(--gutter) py-2 has-[[data-row-link]:focus-visible]:outline-2 has-[[data-row-link]:focus-visible]:-outline-offset-2 has-[[data-row-link]:focus-visible]:outline-focus',
              (rowKey(row) === selectedKey || selectedKeys?.has(rowKey(row))) && 'tread',
              dimmed?.(row) && 'dimmed',
            )}
          >
            <span className="flex min-w-0 items-center gap-2">
              {name.before?.(row)}
              <RowName row={row} name={name} />
              {name.after?.(row)}
              <span className="ml-auto flex shrink-0 items-center gap-2 text-right">
                {end.map((column) => (
                  <span key={column.id}>{(column.cellOnPhone ?? column.cell)(row)}</span>
                ))}
              </span>
            </span>
            <span className="t-12 flex min-w-0 items-center gap-x-3 text-text-2">
              {second.map((column) => (
                <span
                  key={column.id}
                  className={classes('min-w-0 whitespace-nowrap', column.align !== 'right' && 'flex-1 truncate')}
                >
                  {(column.cellOnPhone ?? column.cell)(row)}
                </span>
              ))}
            </span>
            {why && <span className="t-12 line-clamp-2 text-text-2">{why}</span>}
          </li>
        );
      })}
      {view.after > 0 && <li aria-hidden="true" style={{ height: view.after }} />}
      {slow &&
        Array.from({ length: skeletonRows }, (_, index) => (
          <li
            key={index}
            aria-hidden="true"
            className="flex min-h-(--row-table) flex-col justify-center gap-2 border-b border-line-1 px-(--gutter)"
          >
            <Skeleton className="w-2/3" />
            <Skeleton className="w-1/3" />
          </li>
        ))}
    </ul>
  );
}
