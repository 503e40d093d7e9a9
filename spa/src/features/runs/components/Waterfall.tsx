// Steps and their bars as one grid: step, lane, time, tokens, cost; the total sticks below. Groups open and close. Rows take the focus, one at a time; Enter
// selects, and while the panel is open selection goes along. Narrow: name above, bar below.
import { Fragment, type KeyboardEvent, type ReactNode, useRef, useState } from 'react';
import type { Run, StepRun } from '@/api/types';
import { ChevronDown, ChevronRight, smallIcon } from '@/components/Icon';
import { Duration, Tokens } from '@/components/Money';
import { StatusIcon } from '@/components/StatusIcon';
import { StepGlyph } from '@/components/StepGlyph';
import { useActions } from '@/lib/actions';
import { classes } from '@/lib/classes';
import { useNow } from '@/lib/clock';
import { duration, liveDuration } from '@/lib/format';
import { hasEnded, STATUS } from '@/lib/status';
import { markOf, stepToFollow } from '../model/facts';
import { type Phase, phasesOf } from '../model/phases';
import { aroundOf, closedAgents, closedBelow, type Row, rowsOf } from '../model/rows';
import { dearest, type Lane, type Waterfall as Lanes, type Tick, waterfallOf } from '../model/waterfall';
import { words } from '../strings';
import { RunCost } from './RunCost';
import { StepCost, StepTime, StepTokens } from './StepFigures';

export type WaterfallProps = {
  run: Run;
  /** All attempts, when some step needed more than one. */
  attempts: readonly StepRun[];
  selected: string | null;
  /** `push` when it was chosen, not merely walked over. */
  onSelect: (key: string, push: boolean) => void;
  /** Selection goes along with the focus. */
  following: boolean;
};

const GRID =
  'grid grid-cols-[minmax(0,1fr)_64px_72px] items-center gap-x-3 gap-y-1.5 px-(--gutter) ' +
  '@min-[480px]:grid-cols-[minmax(160px,240px)_minmax(120px,1fr)_72px_88px] ' +
  '@min-[800px]:grid-cols-[minmax(180px,280px)_minmax(160px,1fr)_72px_72px_88px]';
/** Bars that are narrower, as a share of the lane, have no place for the cut of their mark. */
const NOTCH = 0.1;
const ZOOMS = [1, 2, 4, 8, 16];
const NONE_CLOSED: ReadonlySet<string> = new Set();

export function Waterfall({ run, attempts, selected, onSelect, following }: WaterfallProps) {
  const now = useNow(!hasEnded(run.status));
  const lanes = waterfallOf(run, attempts, now);
  const grid = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const [zoom, setZoom] = useState(1);
  const most = dearest(run);
  const [closed, setClosed] = useState<ReadonlySet<string>>(() => closedAgents(run.steps));
  const shown = rowsOf(run.steps, closed);
  const nests = shown.some((row) => row.holds);
  const phases = phasesOf(run.steps);
  // of what is in a closed group its row stands for it
  const stand = (key: string | null | undefined) => (key ? [key, ...aroundOf(run.steps, key)] : []);
  const entry = [...stand(focused), ...stand(selected), run.steps[0]?.key].find((key) =>
    shown.some((row) => row.step.key === key),
  );
  const rows = () => [...(grid.current?.querySelectorAll<HTMLElement>('[data-step]') ?? [])];
  const focusRow = (key: string | undefined) =>
    rows()
      .find((row) => row.dataset.step === key)
      ?.focus();

  /** Through closed groups, which are opened for it. */
  const reveal = (key: string | undefined) => {
    const hidden = aroundOf(run.steps, key ?? '').filter((one) => closed.has(one));
    if (hidden.length === 0) return focusRow(key);
    setClosed(new Set([...closed].filter((one) => !hidden.includes(one))));
    requestAnimationFrame(() => focusRow(key));
  };
  const walkTo = (at: number) => focusRow(shown[Math.max(0, Math.min(shown.length - 1, at))]?.step.key);
  const setOpen = (keys: readonly string[], open: boolean) =>
    setClosed(new Set(open ? [...closed].filter((one) => !keys.includes(one)) : [...closed, ...keys]));
  const nextFailed = (by: 1 | -1) => {
    const at = run.steps.findIndex((step) => step.key === entry);
    const failed = run.steps
      .map((step, index) => (markOf(step) === 'failed' ? index : -1))
      .filter((index) => index >= 0);
    const next =
      by > 0
        ? (failed.find((index) => index > at) ?? failed[0])
        : (failed.findLast((index) => index < at) ?? failed.at(-1));
    if (next !== undefined) reveal(run.steps[next]?.key);
  };
  const zoomBy = (by: 1 | -1) => setZoom(ZOOMS[ZOOMS.indexOf(zoom) + by] ?? zoom);
  const hasFailed = () => run.steps.some((step) => markOf(step) === 'failed');
  useActions([
    {
      id: 'steps.nextFailed',
      name: words.nextFailed,
      keys: 'N',
      group: words.thisRun,
      when: hasFailed,
      perform: () => nextFailed(1),
    },
    {
      id: 'steps.previousFailed',
      name: words.previousFailed,
      keys: 'Shift+N',
      group: words.thisRun,
      when: hasFailed,
      perform: () => nextFailed(-1),
    },
    {
      id: 'steps.follow',
      name: words.followLive,
      keys: 'L',
      group: words.thisRun,
      when: () => !hasEnded(run.status),
      perform: () => reveal(stepToFollow(run)?.key),
    },
    {
      id: 'steps.openAll',
      name: words.openAll,
      keys: 'E',
      group: words.thisRun,
      when: () => nests,
      perform: () => setClosed(NONE_CLOSED),
    },
    {
      id: 'steps.closeAll',
      name: words.closeAll,
      keys: 'Shift+E',
      group: words.thisRun,
      when: () => nests,
      perform: () => setClosed(closedBelow(run.steps, 1)),
    },
    { id: 'steps.zoomIn', name: words.zoomIn, keys: '+', group: words.thisRun, perform: () => zoomBy(1) },
    { id: 'steps.zoomOut', name: words.zoomOut, keys: '-', group: words.thisRun, perform: () => zoomBy(-1) },
    { id: 'steps.fit', name: words.zoomFit, keys: '0', group: words.thisRun, perform: () => setZoom(1) },
  ]);

  const onKeyDown = (event: KeyboardEvent, row: Row, at: number) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return;
    const { step } = row;
    const moves: Record<string, () => void> = {
      ArrowDown: () => walkTo(at + 1),
      ArrowUp: () => walkTo(at - 1),
      ArrowRight: () => (row.holds && !row.open ? setOpen([step.key], true) : row.holds && walkTo(at + 1)),
      ArrowLeft: () => (row.holds && row.open ? setOpen([step.key], false) : row.parent && focusRow(row.parent)),
      Home: () => walkTo(0),
      End: () => walkTo(shown.length - 1),
      Enter: () => onSelect(step.key, true),
      ' ': () => onSelect(step.key, true),
      '*': () =>
        setOpen(
          shown.filter((one) => one.parent === row.parent).map((one) => one.step.key),
          true,
        ),
    };
    const levels =
      /^[1-9]$/.test(event.key) && nests ? () => setClosed(closedBelow(run.steps, Number(event.key))) : undefined;
    const move = moves[event.key] ?? levels;
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  };

  return (
    <div
      ref={grid}
      role="treegrid"
      aria-label={words.timelineOf(run.name)}
      aria-rowcount={shown.length + phases.size + 2}
      className="@container t-13"
      style={{ '--zoom': zoom } as React.CSSProperties}
    >
      <Head lanes={lanes} zoom={zoom} />
      {shown.map((row, at) => (
        <Fragment key={row.step.key}>
          <PhaseHead phase={phases.get(row.step.key)} />
          <div
            role="row"
            data-step={row.step.key}
            aria-level={row.step.depth + 1}
            aria-posinset={row.place}
            aria-setsize={row.of}
            aria-expanded={row.holds ? row.open : undefined}
            aria-selected={row.step.key === selected}
            tabIndex={row.step.key === entry ? 0 : -1}
            onFocus={() => {
              setFocused(row.step.key);
              if (following && row.step.key !== selected) onSelect(row.step.key, false);
            }}
            onClick={() => onSelect(row.step.key, true)}
            onKeyDown={(event) => onKeyDown(event, row, at)}
            className={classes(
              GRID,
              row.step.key === selected && 'tread',
              'relative min-h-(--row) cursor-default border-b border-line-1 py-0.5 -outline-offset-2 hover:bg-hover max-[479px]:py-2',
            )}
          >
            <StepRow
              lane={lanes.lanes[row.index]}
              dearest={row.step.key === most}
              zoom={zoom}
              twisty={
                nests && (row.holds ? <Twisty row={row} onTurn={() => setOpen([row.step.key], !row.open)} /> : <Gap />)
              }
            />
          </div>
        </Fragment>
      ))}
      <Total run={run} />
    </div>
  );
}

/** Over the steps of a phase: its name, and how many of them are over. */
function PhaseHead({ phase }: { phase: Phase | undefined }) {
  if (!phase) return null;
  return (
    <PlainRow className="t-12 flex h-(--row) items-center gap-3 border-b border-line-1 bg-bg-0 px-(--gutter) text-text-2">
      <Cell className="min-w-0 truncate font-medium">{phase.name ?? words.noPhase}</Cell>
      <Cell>{words.phaseDone(phase.done, phase.of)}</Cell>
    </PlainRow>
  );
}

/** Near the edge there is no place for the words. */
const fitsItsLabel = (zoom: number) => (tick: Tick) => tick.at < 1 - 0.16 / zoom;

/** "30 s", "2 m", "500 ms": what a round number needs. */
function tickLabel(ms: number): string {
  if (ms >= 60_000 && ms % 60_000 === 0 && ms < 3_600_000) return `${ms / 60_000}\u00a0m`;
  return ms % 1000 === 0 ? liveDuration(ms) : duration(ms);
}

/** A row that takes no focus: the head, the total. */
function PlainRow({ className, children }: { className: string; children: ReactNode }) {
  const role = 'row';
  return (
    <div role={role} className={className}>
      {children}
    </div>
  );
}

type CellProps = { head?: boolean; className?: string; children?: ReactNode };

/** A cell takes no focus: its row has it, and is read as a whole. */
function Cell({ head, className, children }: CellProps) {
  return (
    <div role={head ? 'columnheader' : 'gridcell'} className={className}>
      {children}
    </div>
  );
}

function Head({ lanes, zoom }: { lanes: Lanes; zoom: number }) {
  const right = 'text-right font-medium';
  return (
    <PlainRow className={classes(GRID, 't-12 h-(--row) border-b border-line-2 bg-bg-1 text-text-2')}>
      <Cell head className="font-medium">
        {words.step}
      </Cell>
      <Cell head className="hidden h-full overflow-hidden @min-[480px]:block">
        <span className="sr-only">{words.lane}</span>
        <div className="t-11 relative h-full" style={{ width: `${zoom * 100}%` }} aria-hidden="true">
          {lanes.ticks.filter(fitsItsLabel(zoom)).map((tick) => (
            <span
              key={tick.ms}
              className="absolute top-0 flex h-full items-center border-l border-line-2 pl-1 whitespace-nowrap text-text-3"
              style={{ left: `${tick.at * 100}%` }}
            >
              {tickLabel(tick.ms)}
            </span>
          ))}
        </div>
      </Cell>
      <Cell head className={right}>
        {words.time}
      </Cell>
      <Cell head className={classes(right, 'hidden @min-[800px]:block')}>
        {words.tokens}
      </Cell>
      <Cell head className={right}>
        {words.cost}
      </Cell>
    </PlainRow>
  );
}

/** For the pointer; by keys the arrows open and close the row that has the focus. */
function Twisty({ row, onTurn }: { row: Row; onTurn: () => void }) {
  const Glyph = row.open ? ChevronDown : ChevronRight;
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={row.open ? words.closeGroup(row.step.name) : words.openGroup(row.step.name)}
      onClick={(event) => {
        event.stopPropagation();
        onTurn();
      }}
      className="-mx-1 inline-flex h-(--row) w-6 shrink-0 items-center justify-center rounded-control text-text-3 hover:text-text-1"
    >
      <Glyph {...smallIcon} />
    </button>
  );
}

const Gap = () => <span className="w-4 shrink-0" />;

type StepRowProps = { lane: Lane | undefined; dearest: boolean; zoom: number; twisty: ReactNode };

function StepRow({ lane, dearest, zoom, twisty }: StepRowProps) {
  if (!lane) return null;
  const { step } = lane;
  const attempt = step.step_run;
  const status = markOf(step);
  return (
    <>
      <Cell className="flex min-w-0 items-center gap-2">
        {step.depth > 0 && <span className="shrink-0" style={{ width: step.depth * 16 }} />}
        {twisty}
        <StepGlyph kind={step.kind} />
        <span className="min-w-0 flex-1 truncate" title={step.name}>
          {step.name}
        </span>
        {attempt?.waiting_for && (
          <span className="t-12 truncate text-waiting">{words.waitingFor(attempt.waiting_for)}</span>
        )}
        <StatusIcon status={status} turning />
      </Cell>
      <Cell className="row-start-2 col-span-3 min-w-0 overflow-hidden @min-[480px]:row-start-auto @min-[480px]:col-span-1">
        <Bars lane={lane} zoom={zoom} />
      </Cell>
      <Cell className="text-right">
        <StepTime step={attempt} />
      </Cell>
      <Cell className="hidden text-right @min-[800px]:block">
        <StepTokens step={attempt} />
      </Cell>
      <Cell className={classes('text-right', dearest && 'font-semibold')}>
        <StepCost step={attempt} />
      </Cell>
    </>
  );
}

function Bars({ lane, zoom }: { lane: Lane; zoom: number }) {
  const place = ({ from, to }: { from: number; to: number }) => ({
    left: `${from * 100}%`,
    width: `${(to - from) * 100}%`,
  });
  const said = lane.bars.map((bar) => STATUS[bar.status].word).join(', ') || words.notStartedYet;
  return (
    <div className="relative h-3" style={{ width: `${zoom * 100}%` }} role="img" aria-label={said}>
      {lane.queued && <span className="absolute top-1/2 h-px bg-line-3" style={place(lane.queued)} />}
      {lane.bars.map((bar) => (
        <span
          key={bar.attempt}
          className={`segment segment-${bar.status} absolute min-w-[3px] border-r-bg-1`}
          style={{ ...place(bar), clipPath: bar.to - bar.from < NOTCH ? 'none' : undefined }}
        />
      ))}
    </div>
  );
}

function Total({ run }: { run: Run }) {
  const going = !hasEnded(run.status);
  const tokens = run.tokens_in + run.tokens_out;
  return (
    <PlainRow
      className={classes(GRID, 'sticky bottom-0 z-(--z-sticky) h-(--row) border-t border-line-2 bg-bg-1 font-medium')}
    >
      <Cell>{words.total}</Cell>
      <Cell className="hidden @min-[480px]:block" />
      <Cell className="text-right">
        <Duration ms={run.duration_ms} since={going ? run.created_at : null} />
      </Cell>
      <Cell className="hidden text-right @min-[800px]:block">
        <Tokens count={tokens} settled={!going} />
      </Cell>
      <Cell className="text-right">{going && tokens === 0 ? '—' : <RunCost run={run} />}</Cell>
    </PlainRow>
  );
}
